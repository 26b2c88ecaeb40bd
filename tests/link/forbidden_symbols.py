#!/usr/bin/env python3
"""Fails if compiled objects call what their layer must not: clocks, sockets, threads, files, console, libc's chance.

usage: forbidden_symbols.py NM OBJECT...     prints `object: rule: symbol` for each; exit 1 if there is any

The objects of random streams and policies must not call libm either, except for what IEEE 754 defines to the last bit.
"""

import re
import subprocess
import sys

FORBIDDEN = {
    'clock': r'clock_gettime|clock|gettimeofday|time|timespec_get|(?:clock_)?nanosleep|usleep|sleep|localtime(?:_r)?'
             r'|gmtime(?:_r)?|strftime|std::chrono::_V2::\w+_clock::now\(\)',
    'socket': r'socket|socketpair|connect|bind|listen|accept4?|send(?:to|m?msg)?|recv(?:from|m?msg)?|poll|select'
              r'|epoll_\w+|[gs]etsockopt|getaddrinfo',
    'thread': r'pthread_\w+|sem_\w+|fork|vfork|std::thread::.*|std::condition_variable::.*|std::mutex::.*'
              r'|std::__atomic_futex_.*',
    'file': r'open(?:64|at|at64)?|creat|close|p?read|p?write|unlink|rename|remove|mmap(?:64)?|f?stat(?:64)?|fopen(?:64)?'
            r'|freopen|fdopen|fread|fclose|tmpfile|std::(?:basic_)?[io]?f(?:stream|ilebuf)\b.*|std::basic_filebuf.*'
            r'|std::filesystem::.*',
    'console': r'(?:v?f?printf|__v?f?printf_chk)|f?puts|f?putc|putchar|perror|syslog|std::w?(?:cout|cerr|clog|cin)'
               # Not std::ios_base::Init: headers of Boost.Math include <iostream> and use nothing of it.
               r'|fmt::v\d+::v?print.*|spdlog::.*',
    'random': r's?rand|rand_r|s?random(?:_r)?|[delmn]rand48|arc4random\w*|getrandom|getentropy|std::random_device::.*'
              r'|RAND_\w+',
    'environment': r'(?:secure_)?getenv|setenv|putenv|system|popen|setlocale',
    'simgrid': r'simgrid::.*|xbt_\w+',
}
MATH = re.compile(r'(?:log(?:2|10|1p|b)?|exp(?:2|10|m1)?|pow|cbrt|hypot|sincos|a?(?:sin|cos|tan)h?|atan2|[lt]gamma'
                  r'|erfc?)[fl]?(?:_r)?')
EXACT_OBJECT = re.compile(r'(?:^|/)(?:meshtwin_policies\.dir|meshtwin_core\.dir/random)/')


def rule_broken(symbol, exact):
    for rule, pattern in FORBIDDEN.items():
        if re.fullmatch(pattern, symbol):
            return rule
    return 'math' if exact and MATH.fullmatch(symbol) else None


def undefined_symbols(nm, path):
    output = subprocess.run([nm, '--undefined-only', '--demangle', '--format=posix', path],
                            check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        symbol = re.fullmatch(r'(.+?) [Uvw]\s*', line)
        if symbol:
            yield symbol[1].split('@')[0]


def violations(nm, paths):
    for path in paths:
        exact = EXACT_OBJECT.search(path) is not None
        for symbol in undefined_symbols(nm, path):
            rule = rule_broken(symbol, exact)
            if rule:
                yield path, rule, symbol


def main():
    nm, *paths = sys.argv[1:]
    found = list(violations(nm, paths))
    for path, rule, symbol in found:
        print(f'{path}: {rule}: {symbol}')
    return 1 if found or not paths else 0


if __name__ == '__main__':
    sys.exit(main())
