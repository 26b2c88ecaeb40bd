"""Endpoints that fail in their own ways, each a process: they can be killed, restarted and replaced."""

import json
import os
import pathlib

from processes import Failure, first_line

# Longer than any run; whoever is restarted begins anew.
_DURATION_S = 1500


def _now_and_then(every, lasting, fault):
    """So many seconds of each `every`, from the first one's end on."""
    return [{'at': f'{k * every - lasting:.3f}s', 'for': f'{lasting}s', **fault}
            for k in range(1, int(_DURATION_S / every))]


# What goes wrong at the endpoints themselves, by their names.
_FAULTS = {
    'sound-1': [],
    'sound-2': [],
    'sound-3': [],
    'slow': _now_and_then(2, 0.7, {'slow': 40}),
    'failing': _now_and_then(1, 0.97, {'error_rate': 0.1}) + _now_and_then(3, 0.6, {'error_rate': 0.7}),
    'resetting': _now_and_then(1.5, 0.2, {'crash': True}),
    'silent': _now_and_then(2.5, 0.15, {'blackhole': True}),
}
_WEIGHTS = (1, 2, 3)
_FAR = ('sound-3', 'resetting')  # of another locality
_SPARE = ('sound-2', 'silent')   # of the second priority


class FaultyEndpoints:
    """All of them, and the file that tells the proxy where they are."""

    def __init__(self, processes, program, folder):
        self._processes = processes
        self._program = program
        self._folder = pathlib.Path(folder)
        self._running = {}  # by name
        self._down = []     # names
        self._ports = {}
        self._turn = 0
        self.file = self._folder / 'endpoints.json'
        self._round = ((self._kill, 'killed'), (self._replace, 'replaced'), (self._restart, 'restarted'),
                       (self._tell, 'reweighed'))
        self.done = {}
        for name, faults in _FAULTS.items():
            self._scenario(name).write_text(json.dumps(_scenario(faults)))
            self._start(name)
        self._tell()

    def disturb(self):
        """The next fault of a round; each of them leaves most endpoints alone."""
        fault, done = self._round[self._turn % len(self._round)]
        self._turn += 1
        fault()
        self.done[done] = self.done.get(done, 0) + 1

    def had_a_round(self):
        return self._turn >= len(self._round)

    def _kill(self):
        name = self._next()
        child = self._running.pop(name)
        child.kill()
        self._processes.stop(child)
        self._down.append(name)

    def _restart(self):
        for name in self._down:
            try:
                self._start(name, self._ports[name])
            except Failure:
                # Another process has got the port meanwhile.
                self._start(name)
                self._tell()
        self._down.clear()

    def _replace(self):
        """Another process on another port, told to the proxy before the former one ends."""
        name = self._next()
        former = self._running[name]
        self._start(name)
        self._tell()
        self._processes.stop(former)

    def _next(self):
        names = sorted(self._running)
        return names[self._turn % len(names)]

    def _start(self, name, port=0):
        child = self._processes.start(f'endpoint-{name}', self._processes.placement.backend,
                                      [self._program, 'backend', self._scenario(name), '--port', port])
        self._ports[name] = int(first_line(child)[-1].rpartition(':')[2])
        self._running[name] = child

    def _tell(self):
        """By renaming, so that the proxy never reads a part of it."""
        endpoints = [{'name': name, 'address': f'127.0.0.1:{port}',
                      'weight': _WEIGHTS[(number + self._turn) % len(_WEIGHTS)],
                      'locality': 'far' if name in _FAR else 'near', 'priority': int(name in _SPARE)}
                     for number, (name, port) in enumerate(self._ports.items())]
        new = self.file.with_suffix('.new')
        new.write_text(json.dumps(endpoints))
        os.replace(new, self.file)

    def _scenario(self, name):
        return self._folder / f'{name}.json'


def _scenario(faults):
    return {
        'duration': f'{_DURATION_S}s',
        'services': {'echo': {
            'concurrency': 200, 'response_bytes': 100,
            # Some answers of any endpoint take long enough for a hedge.
            'service_time': {'dist': 'lognormal', 'mean': '1.5ms', 'cv': 2}}},
        'clients': {'nobody': {'calls': 'echo', 'arrivals': {'process': 'poisson', 'rate': 1}}},
        # It reads load reports and probes, so that the endpoints give and answer them.
        'policies': {'echo': {'balancer': {'type': 'prequal'}}},
        'faults': [{'target': 'echo', **fault} for fault in faults],
    }
