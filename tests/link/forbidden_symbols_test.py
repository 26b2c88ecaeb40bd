#!/usr/bin/env python3
"""The symbol check itself, on objects compiled here. Environment: CXX and NM name the tools."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import forbidden_symbols

# (rule, source) that must be found in any core object.
VIOLATIONS = [
    ('clock', '#include <time.h>\nlong f() { timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_nsec; }'),
    ('clock', '#include <chrono>\nlong f() { return std::chrono::steady_clock::now().time_since_epoch().count(); }'),
    ('socket', '#include <sys/socket.h>\nint f() { return socket(1, 2, 3); }'),
    ('thread', '#include <thread>\nvoid f(std::thread& t) { t.join(); }'),
    ('file', '#include <fstream>\n#include <string>\nbool f() { std::ifstream in(std::string("x")); return in.good(); }'),
    ('console', '#include <iostream>\nvoid f() { std::cout.flush(); }'),
    ('random', '#include <stdlib.h>\nint f() { return rand(); }'),
    ('random', '#include <random>\nunsigned f() { return std::random_device{}(); }'),
    ('environment', '#include <stdlib.h>\nchar* f() { return getenv("HOME"); }'),
]
CLEAN = '''
#include <cassert>
#include <cmath>
#include <map>
#include <string>
struct Call { void send(int); int time(); };
int f(Call& c, std::map<std::string, double>& m, int n) { assert(n > 0); c.send(n); m["x"] = std::sqrt(n); return c.time(); }
'''
LOGARITHM = '#include <cmath>\ndouble f(double x) { return log(x); }'


def rules_broken(source, folder='meshtwin_core.dir'):
    with tempfile.TemporaryDirectory() as root:
        path = pathlib.Path(root) / folder / 'a.o'
        path.parent.mkdir(parents=True)
        subprocess.run([os.environ.get('CXX', 'c++'), '-std=c++20', '-x', 'c++', '-c', '-o', str(path), '-'],
                       input=source, text=True, check=True)
        return {rule for _, rule, _ in forbidden_symbols.violations(os.environ.get('NM', 'nm'), [str(path)])}


class ForbiddenSymbolsTest(unittest.TestCase):
    def test_every_violation_is_found(self):
        for rule, source in VIOLATIONS:
            with self.subTest(rule=rule, source=source):
                self.assertIn(rule, rules_broken(source))

    def test_clean_code_passes(self):
        self.assertEqual(rules_broken(CLEAN, 'meshtwin_policies.dir/balancers'), set())

    def test_libm_is_forbidden_where_the_last_bit_counts(self):
        self.assertEqual(rules_broken(LOGARITHM, 'meshtwin_policies.dir/balancers'), {'math'})
        self.assertEqual(rules_broken(LOGARITHM, 'meshtwin_core.dir/random'), {'math'})
        self.assertEqual(rules_broken(LOGARITHM, 'meshtwin_core.dir/models'), set())

    def test_every_rule_is_seeded(self):
        self.assertEqual({rule for rule, _ in VIOLATIONS} | {'simgrid'}, set(forbidden_symbols.FORBIDDEN))


if __name__ == '__main__':
    unittest.main()
