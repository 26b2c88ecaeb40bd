#!/usr/bin/env python3
"""The benchmark itself: that it measures, that no wrong answer counts, and that nothing is left of it."""

import glob
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import report
from figures import Figures
from processes import family

BUILD = os.environ['MESHTWIN_BUILD']


def bench(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, 'bench_proxy.py', '--build', BUILD, '--quick', '--json', *arguments], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, 'TMPDIR': folder})


def load(kind, port, *options):
    """Standard error of the client, which must have failed."""
    done = subprocess.run([f'{BUILD}/meshtwin-bench-load', kind, f'address=127.0.0.1:{port}', *options],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, (done.returncode, done.stdout)
    return done.stderr


class Server:
    """Answers each connection's first bytes with the same bytes, and closes."""

    def __init__(self, answer):
        self._listener = socket.create_server(('127.0.0.1', 0))
        self._answer = answer
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(self._answer)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class BenchProxy(unittest.TestCase):
    def test_relays_are_measured_and_nothing_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            run = bench(folder, '--proxies', 'relay-epoll,relay-asio', '--rate', '500',
                        '--measures', 'cpu,latency,upload,setups')
            out, errors = run.communicate(timeout=120)
            self.assertEqual(run.returncode, 0, errors)
            measured = json.loads(out)['measures']
            for measure, figure in (('cpu', 'cpu_us'), ('latency', 'p99_us'), ('upload', 'mib_per_s'),
                                    ('setups', 'setups_per_s')):
                for relay in ('relay-epoll', 'relay-asio'):
                    self.assertGreater(measured[measure][relay][figure]['min'], 0)
            self.assertEqual(os.listdir(folder), [])

    def test_interrupted_it_ends_its_children_and_removes_its_files(self):
        with tempfile.TemporaryDirectory() as folder:
            run = bench(folder, '--proxies', 'relay-epoll', '--measures', 'cpu')
            # By the first round everything has been started.
            for line in run.stderr:
                if 'round 1' in line:
                    break
            children = family(run.pid)[1:]
            self.assertGreaterEqual(len(children), 2)
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=60)
            self.assertEqual(run.returncode, 130)
            self.assertEqual([child for child in children if pathlib.Path('/proc', str(child)).exists()], [])
            self.assertEqual(glob.glob(f'{folder}/*'), [])

    def test_a_wrong_answer_counts_as_none(self):
        good = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'
        for answer, complaint in (
                (b'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n', '503'),
                (b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n' + b'x' * 99, 'should have 100 bytes'),
                (b'HTTP/1.1 200 OK\r\n\r\n' + b'x' * 100, 'should have 100 bytes'),
                (good + b'x' * 101, 'longer than its Content-Length'),
                (good + b'x' * 99, 'closed a connection instead of answering')):
            server = Server(answer)
            with self.subTest(complaint):
                self.assertIn(complaint, load('closed', server.port, 'connections=1'))
            server.close()

    def test_ratios_are_of_the_same_round(self):
        figures = Figures()
        for ours, theirs in ((10, 20), (30, 20), (40, 50)):
            figures.add('cpu', 'meshtwin', {'cpu_us': ours})
            figures.add('cpu', 'nginx', {'cpu_us': theirs})
        self.assertEqual(figures.ratio('cpu', 'meshtwin', 'nginx', 'cpu_us'), (0.8, 0.5, 1.5))
        self.assertEqual(figures.added('cpu', 'meshtwin', 'nginx', 'cpu_us'), (-10, -10, 10))
        judged = report.promises(figures)
        self.assertEqual([(promise['text'], promise['kept']) for promise in judged],
                         [('CPU per request, ratio to nginx', True)])
        self.assertIn('within the spread', report.promise_lines(judged)[-1])


if __name__ == '__main__':
    unittest.main()
