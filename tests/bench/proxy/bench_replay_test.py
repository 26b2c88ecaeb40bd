#!/usr/bin/env python3
"""The recording with faults: that it replays, that nothing of it is left, and what it calls wrong."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import replay_report
from processes import family

BUILD = os.environ['MESHTWIN_BUILD']


def bench(folder, decisions):
    return subprocess.Popen(
        [sys.executable, 'bench_replay.py', '--build', BUILD, '--json', '--decisions', str(decisions)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, 'TMPDIR': folder})


class BenchReplay(unittest.TestCase):
    def test_some_decisions_with_faults_replay_and_nothing_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            run = bench(folder, 20_000)
            out, errors = run.communicate(timeout=300)
            self.assertEqual(run.returncode, 0, errors + out)
            document = json.loads(out)
            self.assertGreaterEqual(document['decisions'], 20_000)
            self.assertEqual((document['divergences'], document['gaps'], document['problems']), (0, 0, []))
            for part in ('retries', 'hedges'):
                self.assertGreater(document[part], 0)
            self.assertGreater(len(document['picks_by_policy']), 20)
            self.assertEqual(set(document['faults']), {'killed', 'replaced', 'restarted', 'reweighed'})
            self.assertEqual(os.listdir(folder), [])

    def test_interrupted_it_ends_its_children_and_removes_its_files(self):
        with tempfile.TemporaryDirectory() as folder:
            run = bench(folder, 1_000_000_000)
            # By the first fault everything has been started.
            for line in run.stderr:
                if ' decisions of ' in line:
                    break
            children = family(run.pid)[1:]
            self.assertGreaterEqual(len(children), 9)
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=60)
            self.assertEqual(run.returncode, 130)
            self.assertEqual([child for child in children if pathlib.Path('/proc', str(child)).exists()], [])
            self.assertEqual(os.listdir(folder), [])

    def test_what_proves_nothing_is_named(self):
        counts = {'upstream_rq_total': 50, 'upstream_rq_retry_total': 5, 'upstream_rq_hedge_total': 4,
                  'journal_records_total': 100, 'seconds': 1, 'picks': {'some': 50}}
        whole = {'inputs': 100, 'decisions': 150, 'bytes': 800, 'bytes_per_input': 8, 'segments': 1,
                 'wall_seconds': 1, 'gaps': 0, 'lost_inputs': 0, 'missing_inputs': 0, 'torn_segments': 0,
                 'damaged_files': [], 'divergences': 0, 'first_divergence': None}
        first = {'input': 7, 'upstream': 'app', 'what': 'a call', 'recorded': 'this', 'replayed': 'that'}
        for change, said in (
                ({}, None),
                ({'divergences': 1, 'first_divergence': first}, '1 decisions came out otherwise'),
                ({'gaps': 1, 'lost_inputs': 9}, '1 gaps: 9 inputs found no room'),
                ({'missing_inputs': 3}, '3 inputs are missing'),
                ({'torn_segments': 1}, '1 segments are torn off'),
                ({'damaged_files': [{'file': 'a.mtj', 'problem': 'offset 3: bad'}]}, 'a.mtj: offset 3: bad'),
                ({'inputs': 99}, '100 inputs were recorded, and 99 replayed'),
                ({'decisions': 149}, '149 decisions are fewer than 150')):
            with self.subTest(said):
                document = replay_report.document(150, counts, {}, {**whole, **change})
                self.assertEqual(document['problems'], [said] if said else [])
                text = '\n'.join(replay_report.lines(document))
                self.assertEqual('NOT PROVEN' in text, said is not None)
        idle = replay_report.document(150, {**counts, 'picks': {'some': 50, 'none': 0}}, {}, whole)
        self.assertEqual(idle['problems'], ['nothing was picked by none'])


if __name__ == '__main__':
    unittest.main()
