#!/usr/bin/env python3
"""Checks that core/ and policies/ stay sans-IO and deterministic, and that the layers include only what they may.

usage: purity.py [ROOT]     prints `file:line: rule: remedy` for each violation; exit 1 if there is any
"""

import pathlib
import re
import sys

import cpp_text

PURE = ('core/', 'policies/')
# Where a result decides what a simulation does next, so that the last bit counts.
EXACT = ('core/random/', 'policies/')
LAYERS = {
    'core': {'core'},
    'policies': {'core', 'policies'},
    'sim': {'core', 'policies', 'sim'},
    'real': {'core', 'policies', 'real'},
}
TOP_FOLDERS = {*LAYERS, 'tests', 'python'}
SIMGRID = 'sim/network/simgrid/'

# A name that is used as a free function: no member, no other namespace than std or the global one.
FREE = r'(?<![\w.:>~])(?:std\s*::\s*|::\s*)?'
QUALIFIED = r'(?<![\w:.>])(?:std)?\s*::\s*'

REMEDIES = {
    'clock': 'take the time as an argument (core/time.h)',
    'socket': 'hand the action to the driver as an output',
    'thread': 'a core belongs to one thread; share nothing',
    'random': "draw from the core's own generator and distributions (core/random)",
    'logging': 'return what happened (Result, outputs); the driver reports it',
    'file': 'take the content as an argument; the driver reads and writes files',
    'environment': 'take the setting as an argument',
    'global': 'make it constexpr or const, or a member of an object that the caller owns',
    'hash-order': 'iterate a vector or a std::map; hash tables have no order to rely on',
    'math': "use the core's deterministic functions; libm differs from machine to machine",
    'layer': 'depend on lower layers alone',
    'simgrid': f'only {SIMGRID} includes SimGrid, and only sim/cli/ includes {SIMGRID}',
    'include-path': "name the header from the repository's root, or in <> if it is a library's",
    'readme': 'add a README.md: what the folder is for and what it may include',
}

CALLS = {
    'clock': r'::\s*now\s*\(|\b(?:system|steady|high_resolution|utc|file)_clock\b|\b\w*rdtscp?\w*\b|'
             + FREE + r'(?:clock_gettime|gettimeofday|timespec_get|nanosleep|usleep|localtime|gmtime|strftime)\s*\(|'
             + QUALIFIED + r'(?:time|clock)\s*\(|' + FREE + r'time\s*\(\s*(?:NULL|nullptr|0|&\s*\w+)\s*\)',
    'socket': r'(?<![\w:.>])::\s*(?:socket|connect|bind|listen|accept4?|send(?:to|msg)?|recv(?:from|msg)?|poll'
              r'|epoll_\w+)\s*\(|' + FREE + r'(?:socket|socketpair|setsockopt|getaddrinfo|epoll_\w+)\s*\(|\bboost::asio\b',
    'thread': r'\bstd\s*::\s*(?:jthread|thread|this_thread|(?:\w+_)?mutex|(?:shared|unique|scoped)_lock|lock_guard'
              r'|condition_variable\w*|atomic\w*|async|future|shared_future|promise|packaged_task|call_once|once_flag'
              r'|counting_semaphore|binary_semaphore|latch|barrier|stop_token)\b|\bthread_local\b|\bpthread_\w+'
              r'|\bvolatile\b|' + FREE + r'fork\s*\(',
    'random': r'\bstd\s*::\s*(?:mt19937\w*|minstd_rand0?|ranlux\w+|rand|knuth_b|random_device|default_random_engine'
              r'|linear_congruential_engine|mersenne_twister_engine|\w+_distribution|generate_canonical|shuffle'
              r'|sample|seed_seq)\b|' + FREE + r'(?:s?rand|rand_r|s?random_r|[delmn]rand48|arc4random\w*|getrandom'
              r'|getentropy|RAND_bytes)\s*\(|\bboost::random\b',
    'logging': r'\bstd\s*::\s*(?:cout|cerr|clog|cin|wcout|wcerr|print|println)\b|' + FREE
               + r'(?:v?f?printf|f?puts|f?putc|putchar|perror|syslog)\s*\(|\bfmt\s*::\s*print(?:ln)?\b|\bspdlog\b',
    'file': r'\bstd\s*::\s*(?:basic_)?[io]?f(?:stream|ilebuf)\b|\bstd\s*::\s*filesystem\b|\bFILE\s*\*|' + FREE
            + r'(?:f(?:re|d)?open|tmpfile|mkstemp|fread|fwrite|fclose|openat|creat)\s*\('
            + r'|(?<![\w:.>])::\s*(?:open|read|write|close|unlink|rename|remove)\s*\(',
    'environment': FREE + r'(?:(?:secure_)?getenv|(?:un)?setenv|putenv|system|popen|setlocale)\s*\(|\benviron\b',
}
CALLS = {rule: re.compile(pattern) for rule, pattern in CALLS.items()}
# Unqualified calls may be the core's own functions; tests/link finds those that end in libm.
MATH = re.compile(
    QUALIFIED + r'(?:log(?:2|10|1p|b)?|exp(?:2|10|m1)?|pow|cbrt|hypot|a?(?:sin|cos|tan)h?|atan2|[lt]gamma|erfc?)[fl]?\s*\(')

HEADERS = {
    'clock': r'ctime|time\.h|sys/times?\.h|x86intrin\.h|fmt/chrono\.h',
    'socket': r'sys/(?:socket|epoll|select|un|ioctl)\.h|netinet/.*|arpa/.*|netdb\.h|poll\.h|boost/asio.*',
    'thread': r'thread|mutex|shared_mutex|condition_variable|atomic|future|semaphore|latch|barrier|stop_token'
              r'|pthread\.h|signal\.h|csignal|unistd\.h|boost/(?:thread|atomic|fiber|lockfree).*',
    'random': r'random|boost/random.*|sys/random\.h|openssl/rand\.h',
    'logging': r'iostream|print|cstdio|stdio\.h|syslog\.h|spdlog/.*',
    'file': r'fstream|filesystem|fcntl\.h|sys/(?:stat|mman|file|uio)\.h|boost/(?:filesystem|interprocess).*',
    'layer': r'CLI/.*',
}
HEADERS = {rule: re.compile(pattern) for rule, pattern in HEADERS.items()}


def check_includes(path, text):
    layer = path.split('/')[0]
    for line, include, quoted in cpp_text.includes(text):
        top = include.split('/')[0]
        if quoted and (top not in TOP_FOLDERS or '/' not in include):
            yield line, 'include-path'
        elif quoted and top not in LAYERS[layer]:
            yield line, 'layer'
        if re.match(r'simgrid/|xbt/', include) and not path.startswith(SIMGRID):
            yield line, 'simgrid'
        elif include.startswith(SIMGRID) and not path.startswith((SIMGRID, 'sim/cli/')):
            yield line, 'simgrid'
        elif path.startswith(PURE):
            yield from ((line, rule) for rule, names in HEADERS.items() if not quoted and names.fullmatch(include))


def hash_tables(code):
    """Names of variables that are declared with a hash table's type, or an alias of one, in this text."""
    aliases = re.findall(r'\busing\s+(\w+)\s*=[^;]*\bunordered_\w*(?:map|set)\b', code)
    types = '|'.join([r'unordered_\w*(?:map|set)\s*<', *(alias + r'\b' for alias in aliases)])
    names = set()
    for match in re.finditer(rf'\b(?:{types})', code):
        end = match.end()
        depth = int(match[0].endswith('<'))
        while depth and end < len(code):
            depth += {'<': 1, '>': -1}.get(code[end], 0)
            end += 1
        declared = re.match(r'[\s&*]*(?:const\b)?[\s&*]*(\w+)\s*[;={(),[]', code[end:])
        if declared:
            names.add(declared[1])
    return names


def check_hash_order(code, header_code):
    names = '|'.join(sorted(hash_tables(header_code + '\n' + code)))
    if not names:
        return
    iteration = re.compile(
        rf'\b(?:{names})\s*(?:\.|->)\s*c?begin\s*\(|\bc?begin\s*\(\s*(?:{names})\s*\)'
        rf'|\branges\s*::\s*[\w:]+\s*\(\s*(?:{names})\b|\b(?:{names})\s*\|(?!\|)')
    yield from ((cpp_text.line_of(code, match.start()), 'hash-order') for match in iteration.finditer(code))
    for offset, expression in cpp_text.range_for_expressions(code):
        if re.fullmatch(rf'(?:.*\W)?(?:{names})', expression, re.DOTALL):
            yield cpp_text.line_of(code, offset), 'hash-order'


def check_pure(path, code, header_code):
    for rule, pattern in CALLS.items():
        yield from ((cpp_text.line_of(code, match.start()), rule) for match in pattern.finditer(code))
    if path.startswith(EXACT):
        yield from ((cpp_text.line_of(code, match.start()), 'math') for match in MATH.finditer(code))
    yield from ((cpp_text.line_of(code, offset), 'global') for offset in cpp_text.mutable_statics(code))
    yield from check_hash_order(code, header_code)


def check_file(root, path):
    text = (root / path).read_text(encoding='utf-8')
    yield from check_includes(path, text)
    if path.startswith(PURE):
        header = (root / path).with_suffix('.h')
        header_text = header.read_text(encoding='utf-8') if header.exists() else ''
        yield from check_pure(path, cpp_text.code_only(text), cpp_text.code_only(header_text))


def check_tree(root):
    """Yields (path, line, rule) of every violation under a repository's root, in order."""
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and not folder.name.startswith('.') and folder.name not in ('build', 'out'):
            if not (folder / 'README.md').exists():
                yield folder.name, 1, 'readme'
    for layer in LAYERS:
        for file in sorted((root / layer).rglob('*')):
            if file.suffix in ('.h', '.cc'):
                path = file.relative_to(root).as_posix()
                yield from ((path, line, rule) for line, rule in sorted(set(check_file(root, path))))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    violations = list(check_tree(root))
    for path, line, rule in violations:
        print(f'{path}:{line}: {rule}: {REMEDIES[rule]}')
    return 1 if violations else 0


if __name__ == '__main__':
    sys.exit(main())
