#!/usr/bin/env python3
"""Records what meshtwin-proxy decides under load with faults, replays it, and compares every decision.

The proxy has an upstream for each algorithm of the catalog, and two busy ones with retries, hedges, breakers
and limits. All have the same endpoints: some are slow, failing, resetting or silent at times, and all of them are
killed, restarted, replaced and given other weights meanwhile. Clients go away, too. Everything is on loopback, on
free ports, and ends with this program. The status is 1 where a decision came out otherwise, or the journal isn't
whole, and 130 after Ctrl-C.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

import replay_report  # noqa: E402
from processes import Failure, bench_processes, exit_status, last_words  # noqa: E402
from recording import Recording  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog='meshtwin bench replay', description=__doc__.splitlines()[0])
    parser.add_argument('--build', required=True, help=argparse.SUPPRESS)
    parser.add_argument('--decisions', type=int, default=10_000_000,
                        help='how many are recorded at least (10000000)')
    parser.add_argument('--journal', metavar='FOLDER', help='a new folder, in which the journal stays')
    parser.add_argument('--json', action='store_true', help='one document, and nothing else')
    args = parser.parse_args()
    if args.decisions < 1:
        parser.error('--decisions must be more than 0')
    if args.journal is not None and pathlib.Path(args.journal).exists():
        parser.error(f'--journal {args.journal}: it is there already; name a new folder')
    return args


def replay(args, processes, journal):
    """What `meshtwin replay --json` tells."""
    child = processes.start('replay', processes.placement.proxy,
                            [pathlib.Path(args.build, 'meshtwin'), 'replay', '--json', journal])
    text = child.stdout.read()
    if child.wait() not in (0, 1):
        raise Failure(f'the journal can\'t be replayed: {last_words(child)}')
    return json.loads(text)


def progress(text):
    print(f'bench replay: {text}', file=sys.stderr, flush=True)


def record_and_replay(args):
    """Returns the document; whatever happens, no process is left."""
    with bench_processes(False) as (processes, folder, _):
        recording = Recording(args, processes, folder, progress)
        counts = recording.run()
        progress('replaying')
        document = replay_report.document(args.decisions, counts, recording.endpoints.done,
                                          replay(args, processes, recording.journal))
        if document['problems'] and not args.journal:
            kept = pathlib.Path(tempfile.mkdtemp(prefix='meshtwin-journal-'))
            document['journal'] = shutil.move(recording.journal, kept)
        return document


def main():
    args = arguments()
    return exit_status(lambda: show(args, record_and_replay(args)), progress)


def show(args, document):
    print(json.dumps(document, indent=2) if args.json else '\n'.join(replay_report.lines(document)))
    return 1 if document['problems'] else 0


if __name__ == '__main__':
    sys.exit(main())
