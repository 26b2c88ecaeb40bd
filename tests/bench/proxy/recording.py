"""A run of meshtwin-proxy with its journal on, under load and with faults."""

import json
import pathlib
import signal
import time
import urllib.request

from faulty_endpoints import FaultyEndpoints
from processes import Failure, first_line, last_words
from recorded_policies import BUSY, CATALOG

_CONNECTIONS = 48  # to each busy upstream
_CONNECTIONS_OF_CATALOG = 6 * len(CATALOG)
_STEPS = 60  # of a run, each with a fault
_LOOK_S = 0.05
_PATIENCE_S = 60
_BYTES_A_DECISION_MAX = 16
_POLICIES = {**BUSY, **CATALOG}


class Recording:
    """The proxy with its endpoints and clients, until so many decisions have been journalled."""

    def __init__(self, args, processes, folder, progress):
        self._args = args
        self._progress = progress
        self._processes = processes
        self._build = pathlib.Path(args.build)
        self._folder = pathlib.Path(folder)
        self.journal = pathlib.Path(args.journal) if args.journal else self._folder / 'journal'
        self.journal.mkdir(parents=True)
        self.endpoints = FaultyEndpoints(processes, self._build / 'meshtwin-testbed', folder)
        self._proxy, self._addresses = self._start_proxy()
        self._targets = {**{name: ([name], _CONNECTIONS) for name in BUSY},
                         'catalog': (list(CATALOG), _CONNECTIONS_OF_CATALOG)}
        self._loads = {}

    def run(self):
        """Returns the last counts of the proxy's metrics."""
        for load in self._targets:
            self._start_load(load)
        counts = {}
        began = grew = time.monotonic()
        decisions = steps = 0
        while decisions < self._args.decisions or not self.endpoints.had_a_round():
            time.sleep(_LOOK_S)
            self._check_children()
            counts = self._counts()
            if counts['journal_decisions_total'] > decisions:
                grew = time.monotonic()
            elif time.monotonic() > grew + _PATIENCE_S:
                raise Failure(f'the proxy has decided nothing for {_PATIENCE_S} s')
            decisions = int(counts['journal_decisions_total'])
            if decisions * _STEPS >= steps * self._args.decisions:
                if steps % 6 == 0:
                    self._progress(f'{decisions:,} decisions of {self._args.decisions:,}')
                steps += 1
                self._disturb(steps)
        for load in self._loads.values():
            self._processes.stop(load)
        counts = self._counts()
        counts['seconds'] = time.monotonic() - began
        self._end_proxy()
        return counts

    def _disturb(self, step):
        self.endpoints.disturb()
        if step % 5 == 0:
            load = list(self._targets)[step // 5 % len(self._targets)]
            self._processes.stop(self._loads[load])
            self._start_load(load)

    def _start_proxy(self):
        config = {
            'workers': 2,
            'locality': 'near',
            'listeners': [{'name': name, 'address': '127.0.0.1:0', 'routes': [{'upstream': name}]}
                          for name in _POLICIES],
            'upstreams': {name: {'policy': policy, 'endpoints_file': str(self.endpoints.file)}
                          for name, policy in _POLICIES.items()},
            'admin': {'address': '127.0.0.1:0'},
            # More than the whole run takes: no segment may give way.
            'journal': {'folder': str(self.journal), 'segment_bytes': '4MiB',
                        'bytes_max': f'{256 + self._args.decisions * _BYTES_A_DECISION_MAX // 2**20}MiB'},
        }
        path = self._folder / 'proxy.json'
        path.write_text(json.dumps(config))
        child = self._processes.start('proxy', self._processes.placement.proxy,
                                      [self._build / 'meshtwin-proxy', '--config', path])
        addresses = {}
        while (words := first_line(child)) != ['ready']:
            addresses[words[-2]] = words[-1]
        return child, addresses

    def _start_load(self, name):
        upstreams, connections = self._targets[name]
        addresses = [f'address={self._addresses[upstream]}' for upstream in upstreams]
        self._loads[name] = self._processes.start(
            f'load-{name}', self._processes.placement.client,
            [self._build / 'meshtwin-bench-load', 'closed', *addresses, f'connections={connections}',
             'seconds=100000', 'tolerant=1'])

    def _check_children(self):
        for child in (self._proxy, *self._loads.values()):
            if child.poll() is not None:
                raise Failure(f'{child.name} ended with status {child.returncode}: {last_words(child)}')

    def _counts(self):
        """Sums over all labels, by name, and the picks of each upstream."""
        url = f'http://{self._addresses["admin"]}/metrics'
        with urllib.request.urlopen(url, timeout=_PATIENCE_S) as page:
            lines = page.read().decode().splitlines()
        sums = {}
        picks = dict.fromkeys(_POLICIES, 0)
        for line in lines:
            if not line.startswith('#'):
                name, _, value = line.rpartition(' ')
                name, _, labels = name.partition('{')
                sums[name] = sums.get(name, 0) + float(value)
                if name == 'upstream_rq_total':
                    picks[labels.partition('upstream="')[2].partition('"')[0]] += int(value)
        return {**sums, 'picks': picks}

    def _end_proxy(self):
        self._proxy.send_signal(signal.SIGTERM)
        if self._proxy.wait(_PATIENCE_S) != 0:
            raise Failure(f'the proxy ended with status {self._proxy.returncode}: {last_words(self._proxy)}')
