"""What is measured of a proxy: each measure is one run of the client, and gives named figures."""

import json

BODY_BYTES = 1 << 20
_SMALL_BYTES = 100
_CONNECTIONS = 32
_OPEN_CONNECTIONS = 256
_TRANSFER_CONNECTIONS = 8


class Client:
    """Runs the load client against an address and a proxy's processes."""

    def __init__(self, processes, program, seconds):
        self._processes = processes
        self._program = program
        self._seconds = seconds

    def run(self, kind, address, processes, **options):
        command = [self._program, kind, f'address={address}']
        command += [f'process={process}' for process in processes]
        options = {'seconds': self._seconds, 'warmup': self._seconds / 4, **options}
        command += [f'{name}={value}' for name, value in options.items()]
        return json.loads(self._processes.run_load(command))


def cpu(client, address, processes):
    """Kept-alive connections in a closed loop with small responses."""
    result = client.run('closed', address, processes, connections=_CONNECTIONS, response=_SMALL_BYTES)
    return {'cpu_us': _cpu_us(result), 'requests_per_s': result['requests'] / result['seconds'],
            'waiting': _waiting(result)}


def latency(client, address, processes, rate):
    """Requests on schedule, whatever has become of the others."""
    result = client.run('open', address, processes, connections=_OPEN_CONNECTIONS, response=_SMALL_BYTES,
                        rate=rate)
    return {'p50_us': result['p50_us'], 'p99_us': result['p99_us'], 'sent_late_max_us': result['late_max_us'],
            'waiting': _waiting(result)}


def download(client, address, processes):
    return _transfer(client, address, processes, response=BODY_BYTES)


def upload(client, address, processes):
    return _transfer(client, address, processes, response=_SMALL_BYTES, body=BODY_BYTES)


def setups(client, address, processes):
    """A new connection for each request."""
    result = client.run('reconnect', address, processes, connections=_CONNECTIONS, response=_SMALL_BYTES)
    return {'cpu_us': _cpu_us(result), 'setups_per_s': result['requests'] / result['seconds'],
            'waiting': _waiting(result)}


def idle(client, address, processes, connections):
    """Memory of connections that had one request each and now none."""
    result = client.run('idle', address, processes, connections=connections, response=_SMALL_BYTES)
    return {'bytes': result['bytes'] / result['connections']}


def _transfer(client, address, processes, **shape):
    result = client.run('closed', address, processes, connections=_TRANSFER_CONNECTIONS, **shape)
    return {'mib_per_s': result['requests'] / result['seconds'], 'cpu_us_per_mib': _cpu_us(result),
            'waiting': _waiting(result)}


def _cpu_us(result):
    return result['cpu_ns'] / 1e3 / result['requests']


def _waiting(result):
    return result['waiting_ns'] / 1e9 / result['seconds']
