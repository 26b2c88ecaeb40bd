"""The proxies that are compared, each with one worker, four upstreams, kept connections and no access log."""

import json
import os
import pathlib
import shutil

from processes import Failure, family, first_line, free_port, wait_for_port

# What Debian installs is not always on the path of a user.
_PATH = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
_CONNECTIONS_MAX = 12000


class Subject:
    """One running proxy."""

    def __init__(self, name, child, port):
        self.name = name
        self.child = child
        self.address = f'127.0.0.1:{port}'

    def processes(self):
        return family(self.child.pid)


def _relay(kind):
    def start(name, context):
        program = context.program(f'meshtwin-bench-relay-{kind}')
        child = context.start(name, [program, '127.0.0.1:0', *context.upstreams])
        return Subject(name, child, int(first_line(child)[0]))
    return start


def _nginx(name, context):
    program = _find('nginx')
    port = free_port()
    folder = context.folder(name)
    servers = '\n'.join(f'    server {upstream};' for upstream in context.upstreams)
    temporary = '\n'.join(f'  {kind}_temp_path {folder}/{kind};'
                          for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    config = folder / 'nginx.conf'
    config.write_text(f'''
{'user root;' if os.geteuid() == 0 else ''}
daemon off;
worker_processes 1;
worker_rlimit_nofile {context.descriptors};
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections {_CONNECTIONS_MAX}; }}
http {{
{temporary}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_max_body_size 0;
  upstream app {{
    least_conn;
{servers}
    keepalive 128;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
    }}
  }}
}}
''')
    child = context.start(name, [program, '-e', 'stderr', '-p', folder, '-c', config])
    wait_for_port(child, port)
    return Subject(name, child, port)


def _haproxy(name, context):
    program = _find('haproxy')
    port = free_port()
    folder = context.folder(name)
    servers = '\n'.join(f'  server s{i} {upstream}' for i, upstream in enumerate(context.upstreams))
    config = folder / 'haproxy.cfg'
    config.write_text(f'''
global
  nbthread 1
  maxconn {_CONNECTIONS_MAX}
  no strict-limits
defaults
  mode http
  maxconn {_CONNECTIONS_MAX}
  option http-keep-alive
  timeout connect 10s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
frontend in
  bind 127.0.0.1:{port} backlog 4096
  default_backend app
backend app
  balance leastconn
  http-reuse always
{servers}
''')
    child = context.start(name, [program, '-db', '-q', '-f', config])
    wait_for_port(child, port)
    return Subject(name, child, port)


def _meshtwin(journal):
    def start(name, context):
        program = context.program('meshtwin-proxy')
        if not program.exists():
            raise Failure(f'{program.name} is not built')
        port = free_port()
        folder = context.folder(name)
        config = {
            'workers': 1,
            'listeners': [{'name': 'in', 'address': f'127.0.0.1:{port}', 'routes': [{'upstream': 'app'}]}],
            'upstreams': {'app': {'policy': {'balancer': {'type': 'least_request'}},
                                  'endpoints': context.upstreams}},
            'admin': {'address': '127.0.0.1:0'},
        }
        if journal:
            config['journal'] = {'folder': str(folder / 'journal'), 'bytes_max': '1GiB'}
            (folder / 'journal').mkdir(exist_ok=True)
        path = folder / 'proxy.json'
        path.write_text(json.dumps(config))
        child = context.start(name, [program, '--config', path])
        wait_for_port(child, port)
        return Subject(name, child, port)
    return start


def _find(program):
    path = shutil.which(program, path=_PATH)
    if path is None:
        raise Failure(f'{program} is not installed')
    return path


# In the order of a round.
KINDS = {
    'relay-epoll': _relay('epoll'),
    'relay-asio': _relay('asio'),
    'nginx': _nginx,
    'haproxy': _haproxy,
    'meshtwin': _meshtwin(journal=False),
    'meshtwin-journal': _meshtwin(journal=True),
}
RELAYS = ('relay-epoll', 'relay-asio')
RIVALS = ('nginx', 'haproxy')


class Context:
    """What a proxy needs to be started."""

    def __init__(self, processes, build, folder, upstreams, descriptors):
        self._processes = processes
        self._build = pathlib.Path(build)
        self._folder = pathlib.Path(folder)
        self.upstreams = upstreams
        self.descriptors = descriptors

    def program(self, name):
        return self._build / name

    def folder(self, name):
        path = self._folder / name
        path.mkdir(exist_ok=True)
        return path

    def start(self, name, command):
        return self._processes.start(name, self._processes.placement.proxy, command)
