#!/usr/bin/env python3
"""Measures meshtwin-proxy beside nginx, haproxy and two relays that only copy bytes, on this machine.

Rounds are interleaved: each measures every proxy once, so that what disturbs the machine for a while disturbs
all of them, and ratios are of figures of the same round. Programs come from the build folder; everything is
on loopback, on free ports, and ends with this program. The status is 1 when a proxy failed or a promise is
missed, and 130 after Ctrl-C.
"""

import argparse
import contextlib
import json
import os
import sys

sys.dont_write_bytecode = True

import measures  # noqa: E402
import report  # noqa: E402
from figures import Figures  # noqa: E402
from processes import Failure, bench_processes, exit_status, first_line, only_one_at_a_time  # noqa: E402
from subjects import KINDS, RELAYS, Context  # noqa: E402

_UPSTREAMS = 4
_IDLE_CONNECTIONS = 10_000
_MEASURES = ('cpu', 'latency', 'download', 'upload', 'setups', 'idle')
_DISTURBED = 0.05


def arguments():
    parser = argparse.ArgumentParser(prog='meshtwin bench proxy', description=__doc__.splitlines()[0])
    parser.add_argument('--build', required=True, help=argparse.SUPPRESS)
    parser.add_argument('--rounds', type=int, default=7, help='how often each proxy is measured (7)')
    parser.add_argument('--seconds', type=float, default=1.0, help='length of one measurement (1)')
    parser.add_argument('--quick', action='store_true',
                        help='2 rounds of 0.2 s: whether it works, not what it measures')
    parser.add_argument('--proxies', type=lambda text: text.split(','), default=list(KINDS),
                        help=f'some of {",".join(KINDS)}')
    parser.add_argument('--measures', type=lambda text: text.split(','), default=list(_MEASURES),
                        help=f'some of {",".join(_MEASURES)}')
    parser.add_argument('--rate', type=float,
                        help='requests a second for latency; else half of what saturates the slowest proxy')
    parser.add_argument('--idle', type=int, default=_IDLE_CONNECTIONS, help='idle connections (10000)')
    parser.add_argument('--realtime', action='store_true',
                        help='before all other processes, for a machine that is not idle (as root)')
    parser.add_argument('--json', action='store_true', help='one document, and nothing else')
    args = parser.parse_args()
    for given, known in ((args.proxies, KINDS), (args.measures, _MEASURES)):
        for name in given:
            if name not in known:
                parser.error(f'unknown "{name}" (known here: {", ".join(known)})')
    if args.rounds < 1 or args.seconds <= 0 or args.idle < 1 or (args.rate is not None and args.rate <= 0):
        parser.error('--rounds, --seconds, --idle and --rate must be more than 0')
    if args.realtime and os.geteuid() != 0:
        parser.error('--realtime needs root')
    if args.quick:
        args.rounds, args.seconds = 2, 0.2
    return args


class Bench:
    def __init__(self, args, processes, folder, descriptors):
        self.args = args
        self.figures = Figures()
        self.skipped = {}
        self.failed = {}
        self.rate = args.rate
        self.idle_connections = min(args.idle, descriptors - 1000)
        self._processes = processes
        self._client = measures.Client(processes, f'{args.build}/meshtwin-bench-load', args.seconds)
        backend = processes.start('backend', processes.placement.backend,
                                  [f'{args.build}/meshtwin-bench-backend', _UPSTREAMS])
        upstreams = [f'127.0.0.1:{port}' for port in first_line(backend)]
        self._direct = upstreams[0]
        self._context = Context(processes, args.build, folder, upstreams, descriptors)
        self.subjects = {}

    def run(self):
        for name in self.args.proxies:
            self._start(name)
        if not self.subjects:
            raise Failure('no proxy to measure: ' + '; '.join(f'{k}: {v}' for k, v in self.skipped.items()))
        for measure in self.args.measures:
            if measure == 'idle':
                self._measure_idle()
            elif measure == 'latency':
                self._measure_latency()
            else:
                self._rounds(measure, getattr(measures, measure))

    def _start(self, name):
        try:
            self.subjects[name] = KINDS[name](name, self._context)
        except Failure as failure:
            self.skipped[name] = str(failure)
            progress(f'{name} left out: {failure}')

    def _rounds(self, measure, function, direct=False, **options):
        for number in range(self.args.rounds):
            progress(f'{measure}: round {number + 1} of {self.args.rounds}')
            if direct:
                self.figures.add(measure, 'direct', function(self._client, self._direct, [], **options))
            for subject in list(self.subjects.values()):
                self._guarded(subject, lambda: self.figures.add(
                    measure, subject.name,
                    function(self._client, subject.address, subject.processes(), **options)))

    def _measure_latency(self):
        if self.rate is None:
            # What saturates a proxy's core, whether or not the client's core could bring it.
            if 'cpu' not in self.args.measures:
                self._rounds('cpu', measures.cpu)
            slowest = max((self.figures.spread('cpu', name, 'cpu_us')[0] for name in self.subjects
                           if name not in RELAYS), default=None)
            if slowest is None:
                slowest = max(self.figures.spread('cpu', name, 'cpu_us')[0] for name in self.subjects)
            self.rate = round(0.5 / (slowest / 1e6))
        self._rounds('latency', measures.latency, direct=True, rate=self.rate)

    def _measure_idle(self):
        """Once, on fresh proxies, since memory once taken is used again. Relays have nothing to compare."""
        for name in [name for name in self.subjects if name not in RELAYS]:
            progress(f'idle: {name}')
            try:
                subject = KINDS[name](f'{name}-idle', self._context)
            except Failure as failure:
                self._fail(name, failure)
                continue
            self._guarded(self.subjects[name], lambda: self.figures.add('idle', name, measures.idle(
                self._client, subject.address, subject.processes(), self.idle_connections)))
            self._processes.stop(subject.child)

    def _guarded(self, subject, measure):
        try:
            measure()
        except Failure as failure:
            self._fail(subject.name, failure)

    def _fail(self, name, failure):
        progress(f'{name} failed: {failure}')
        self.failed[name] = str(failure)
        self.figures.drop(name)
        self._processes.stop(self.subjects.pop(name).child)

    def document(self, judged):
        return {'placement': self._processes.placement.describe(), 'rounds': self.args.rounds,
                'seconds': self.args.seconds, 'latency_rate_per_s': self.rate,
                'idle_connections': self.idle_connections, 'skipped': self.skipped, 'failed': self.failed,
                'waiting_share': self.figures.waiting(), 'measures': self.figures.document(),
                'promises': judged}

    def lines(self, judged):
        lines = report.table(self.figures, list(self.subjects), {**self.skipped, **self.failed})
        lines += report.promise_lines(judged)
        how = (f'{self.args.rounds} interleaved rounds of {self.args.seconds:g} s; '
               + self._processes.placement.describe())
        if self.rate is not None:
            how += f'; latency at {self.rate:,.0f} requests/s'
        lines += ['', how]
        waiting = self.figures.waiting()
        if waiting > _DISTURBED:
            lines.append(f'Disturbed: the proxies waited for their core for {waiting:.0%} of the time; '
                         'use an idle machine, or --realtime.')
        return lines


def progress(text):
    print(f'bench proxy: {text}', file=sys.stderr, flush=True)


def measure(args):
    """Returns the finished bench; whatever happens, nothing of it is left."""
    turn = contextlib.nullcontext() if args.quick else only_one_at_a_time(progress)
    with turn, bench_processes(args.realtime) as (processes, folder, files):
        bench = Bench(args, processes, folder, files)
        bench.run()
        return bench


def main():
    args = arguments()
    return exit_status(lambda: show(args, measure(args)), progress)


def show(args, bench):
    judged = report.promises(bench.figures)
    if args.json:
        print(json.dumps(bench.document(judged), indent=2))
    else:
        print('\n'.join(bench.lines(judged)))
    return 1 if bench.failed or not all(promise['kept'] for promise in judged) else 0


if __name__ == '__main__':
    sys.exit(main())
