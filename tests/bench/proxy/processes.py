"""Child processes of the benchmark: on cores of their own, found with their children, ended by their ids."""

import contextlib
import ctypes
import errno
import os
import pathlib
import resource
import signal
import socket
import subprocess
import tempfile
import time

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 5
_START_SECONDS = 10
_libc = ctypes.CDLL(None)


class Failure(Exception):
    """What went wrong, in one line."""


class Placement:
    """Which core each part has: the proxy one for itself, the client and the backend another (or two)."""

    def __init__(self, realtime):
        cores = sorted(os.sched_getaffinity(0))
        self.realtime = realtime
        self.pinned = len(cores) > 1
        self.proxy = cores[-1]
        self.client = cores[0]
        self.backend = cores[1] if len(cores) > 2 else cores[0]

    def describe(self):
        if not self.pinned:
            return 'everything on the only core'
        where = f'proxy on core {self.proxy}, client on core {self.client}, backend on core {self.backend}'
        return where + (', all before other processes (real-time)' if self.realtime else '')

    def apply(self, core):
        """In the child, before the program starts."""
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if self.pinned:
            os.sched_setaffinity(0, {core})
        if self.realtime:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


class Processes:
    """Everything started here ends with stop_all(), also what was started by it."""

    def __init__(self, placement, folder):
        self.placement = placement
        self._folder = folder
        self._children = []

    def start(self, name, core, command):
        """Standard error goes to a file; the first line of standard output is for first_line()."""
        log = pathlib.Path(self._folder, f'{name}.log')
        with open(log, 'ab') as errors:
            child = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors, start_new_session=True, preexec_fn=lambda: self.placement.apply(core))
        child.name = name
        child.log = log
        self._children.append(child)
        return child

    def stop(self, child):
        if child not in self._children:
            return
        child.terminate()
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for process in reversed(family(child.pid)):
                os.kill(process, signal.SIGKILL)
            child.wait()
        child.stdout.close()
        self._children.remove(child)

    def stop_all(self):
        for child in self._children:
            if child.poll() is None:
                child.terminate()
        for child in list(self._children):
            self.stop(child)

    def run_load(self, command):
        """Runs the client and returns what it printed; its complaint becomes a Failure."""
        child = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=lambda: self.placement.apply(self.placement.client))
        try:
            out, errors = child.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            raise Failure('no end within two minutes') from None
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        if child.returncode != 0:
            raise Failure(errors.strip().splitlines()[-1] if errors.strip() else f'status {child.returncode}')
        return out


def only_one_at_a_time(say):
    """Waits while another such benchmark runs on this machine. Keep what it returns."""
    # A name outside of the file system goes with its process.
    turn = socket.socket(socket.AF_UNIX)
    waits = False
    while True:
        try:
            turn.bind('\0meshtwin-bench-proxy')
            return turn
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        if not waits:
            say('waiting for another one to end')
            waits = True
        time.sleep(0.5)


def first_line(child):
    line = child.stdout.readline().decode()
    if not line:
        raise Failure(f'{child.name} ended at once: {last_words(child)}')
    return line.split()


def last_words(child):
    lines = child.log.read_text(errors='replace').strip().splitlines()
    return lines[-1] if lines else 'it said nothing'


def wait_for_port(child, port):
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if child.poll() is not None:
            raise Failure(f'{child.name} ended at once: {last_words(child)}')
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Failure(f'{child.name} does not listen: {last_words(child)}')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def family(process):
    """The id and those of all descendants."""
    parents = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                stat = pathlib.Path('/proc', entry, 'stat').read_text()
            except OSError:
                continue
            parents.setdefault(int(stat.rpartition(')')[2].split()[1]), []).append(int(entry))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


@contextlib.contextmanager
def bench_processes(realtime):
    """Processes with a folder and as many files as may be: (processes, folder, files). None is left at the end."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    with tempfile.TemporaryDirectory(prefix='meshtwin-bench-') as folder:
        processes = Processes(Placement(realtime), folder)
        try:
            yield processes, folder, files
        finally:
            # A second Ctrl-C must not leave anything behind.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            processes.stop_all()


def exit_status(bench, progress):
    """Of a program that is bench(), which returns its own; SIGTERM ends it as Ctrl-C does."""
    def end(signal_number, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        return bench()
    except Failure as failure:
        progress(failure)
        return 1
    except KeyboardInterrupt:
        progress('interrupted')
        return 130
