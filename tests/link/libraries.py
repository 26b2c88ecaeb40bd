#!/usr/bin/env python3
"""Checks that what is deployed needs no simulator and no Python to start.

usage: libraries.py READELF PROGRAM...     names each library that must not be needed; exit 1 if there is any
"""

import re
import subprocess
import sys

_NEVER = re.compile(r'simgrid|python|ns3|gsl|boost', re.IGNORECASE)


def needed(readelf, program):
    text = subprocess.run([readelf, '--dynamic', program], check=True, capture_output=True, text=True).stdout
    found = re.findall(r'\(NEEDED\).*\[(.+)\]', text)
    if not any(library.startswith('libc.so') for library in found):
        sys.exit(f'{program}: {readelf} tells of no C library; nothing can be said of the others')
    return found


def main():
    readelf, *programs = sys.argv[1:]
    wrong = [f'{program}: needs {library}, which belongs to the simulator'
             for program in programs for library in needed(readelf, program) if _NEVER.search(library)]
    print('\n'.join(wrong), end='\n' if wrong else '')
    return 1 if wrong or not programs else 0


if __name__ == '__main__':
    sys.exit(main())
