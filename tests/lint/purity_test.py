#!/usr/bin/env python3
"""The lint itself: each rule finds its seeded violations, and leaves alone what only looks like one."""

import pathlib
import tempfile
import unittest

import purity

# (rule, path, source): the lint must report exactly this rule, on line 2.
VIOLATIONS = [
    ('clock', 'core/a.cc', 'auto f() {\n return std::chrono::steady_clock::now(); }'),
    ('clock', 'core/a.cc', 'void f() {\n use(Clock::now()); }'),
    ('clock', 'core/a.cc', 'void f(timespec* t) {\n clock_gettime(CLOCK_MONOTONIC, t); }'),
    ('clock', 'policies/a.h', 'inline long f() {\n return std::time(nullptr); }'),
    ('clock', 'core/a.cc', 'long f() {\n return time(NULL); }'),
    ('clock', 'core/a.cc', 'long f() {\n return __rdtsc(); }'),
    ('clock', 'core/a.cc', '\n#include <ctime>'),
    ('clock', 'core/a.h', '\n#define NOW() std::chrono::system_clock::now()'),
    ('socket', 'core/a.cc', '\n#include <sys/socket.h>'),
    ('socket', 'core/a.cc', '\n#include <boost/asio.hpp>'),
    ('socket', 'core/a.cc', 'int f() {\n return ::socket(1, 2, 3); }'),
    ('thread', 'core/a.cc', '\n#include <mutex>'),
    ('thread', 'policies/a.cc', 'struct A {\n std::atomic<int> n; };'),
    ('thread', 'policies/a.cc', 'void f(Lock& m) {\n std::lock_guard lock(m); }'),
    ('random', 'core/a.cc', '\n#include <random>'),
    ('random', 'core/a.cc', 'int f() {\n return rand() % 6; }'),
    ('random', 'core/a.cc', 'void f(V& v, R& r) {\n std::shuffle(v.first(), v.last(), r); }'),
    ('random', 'policies/a.cc', 'double f(R& r) {\n return std::uniform_real_distribution<>(0, 1)(r); }'),
    ('logging', 'core/a.cc', '\n#include <iostream>'),
    ('logging', 'core/a.cc', 'void f() {\n std::cerr << 1; }'),
    ('logging', 'core/a.cc', 'void f() {\n printf("x"); }'),
    ('logging', 'core/a.cc', 'void f() {\n fmt::print("x"); }'),
    ('logging', 'core/a.cc', 'void f() {\n spdlog::info("x"); }'),
    ('file', 'core/a.cc', '\n#include <fstream>'),
    ('file', 'core/a.cc', 'void f() {\n fopen("x", "r"); }'),
    ('file', 'core/a.cc', 'bool f(P p) {\n return std::filesystem::exists(p); }'),
    ('environment', 'core/a.cc', 'auto f() {\n return std::getenv("HOME"); }'),
    ('global', 'core/a.cc', 'namespace a {\nint count = 0; }'),
    ('global', 'core/a.cc', 'namespace a { namespace {\nstd::map<int, std::string> cache; } }'),
    ('global', 'core/a.cc', 'void f() {}\nFoo instance{1};'),
    ('global', 'core/a.cc', 'void f() {}\nFoo instance(1);'),
    ('global', 'core/a.h', 'struct A { int x; };\ninline A a = {1};'),
    ('global', 'core/a.h', 'struct A { int x;\n static inline int total; };'),
    ('global', 'core/a.cc', '#include "core/a.h"\nint A::total = 0;'),
    ('global', 'core/a.cc', 'int f() {\n static int calls = 0; return ++calls; }'),
    ('global', 'core/a.cc', 'A& f() {\n static A the_only_one; return the_only_one; }'),
    ('global', 'core/a.cc', '\nstatic const char* name = "x";'),
    ('global', 'core/a.cc', 'void f() { run([&] {\n static int n = 0; ++n; }); }'),
    ('global', 'core/a.cc', 'struct A { int x; }\n shared;'),
    ('hash-order', 'core/a.cc', 'int f(const std::unordered_map<int, V>& m) {\n for (auto& [k, v] : m) use(k); }'),
    ('hash-order', 'core/a.cc', 'struct A { std::unordered_set<int> ids_; int f() {\n return *ids_.begin(); } };'),
    ('hash-order', 'core/a.cc', 'using Index = std::unordered_map<int, int>; struct A { Index i_; };\n'
     'void f(A& a) { for (auto x : a.i_) use(x); }'),
    ('math', 'core/random/a.cc', 'double f(double x) {\n return std::log(x); }'),
    ('math', 'policies/a.cc', 'double f(double x) {\n return ::pow(x, 2); }'),
    ('layer', 'core/a.cc', '\n#include "policies/catalog.h"'),
    ('layer', 'policies/a.cc', '\n#include "sim/event_queue.h"'),
    ('layer', 'sim/a.cc', '\n#include "real/net/loop.h"'),
    ('layer', 'real/a.cc', '\n#include "sim/event_queue.h"'),
    ('layer', 'core/a.cc', '\n#include "tests/main.h"'),
    ('layer', 'core/a.cc', '\n#include <CLI/CLI.hpp>'),
    ('simgrid', 'sim/a.cc', '\n#include <simgrid/s4u.hpp>'),
    ('simgrid', 'core/a.cc', '\n#include <simgrid/s4u.hpp>'),
    ('simgrid', 'sim/simulation.cc', '\n#include "sim/network/simgrid/model.h"'),
    ('include-path', 'sim/a.cc', '\n#include "event_queue.h"'),
]

# (path, source) without any violation.
CLEAN = [
    ('core/a.cc', '// std::cout << rand(); std::mutex m;\n/* time(NULL)\n#include <thread> */ const char* const kText = "getenv(";'),
    ('core/a.cc', 'const char* const kRaw = R"x(static int n; std::cerr)x"; constexpr long kBig = 1\'000\'000;'),
    ('core/a.h', 'struct Call { void handle(Time now, Input in); Time time() const; void send(int); bool open(); };'),
    ('core/a.cc', 'void f(Queue& q, Random& r) { q.time(); q.clock(); r.rand(); q->printf(1); other::rand(2); }'),
    ('core/a.cc', '#include <cstdint>\n#include <chrono>\n#include <fmt/format.h>\n#include "core/time.h"\nint f(int n);'),
    ('core/a.cc', 'const int n = snprintf(buffer, 3, format);'),
    ('core/a.cc', 'namespace a { namespace { constexpr int kA = 1; const std::map<int, V> kB = {{1, {}}};\n'
     'inline constexpr double kC[] = {1, 2}; static const char* const kNames[] = {"a"}; } }'),
    ('core/a.h', 'template <class T> class Box { public: explicit Box(T t) : t_{t}, u_{1} {} static Box make(int n);\n'
     ' static constexpr bool kOk = true; bool operator==(const Box&) const = default; private: T t_; int u_ = 0; };'),
    ('core/a.h', 'enum class Kind { a, b }; using Id = int; struct Forward; extern template class Box<int>;\n'
     'template <class T> concept Number = std::is_arithmetic_v<T>; template <class T> constexpr T kOne = T(1);'),
    ('core/a.cc', 'static int helper(int n) { const int twice = n * 2; int x = 0; static constexpr int k = 1; return x + k; }'),
    ('core/a.cc', 'A::A(int n) : B{n}, Base::Inner{2}, c_(n) { std::vector<int> v{1, 2}; f([&](int i) { int j = i; }, 3); }'),
    ('core/a.cc', 'A::A(const C& c) : a_(f(c.a * static_cast<double>(k))), b_(std::max(c.b / k, D(1))) {}'),
    ('core/a.cc', 'int f(int n) { return static_cast<int>(n) < 3 ? 1 : 2; } auto g() -> std::vector<int>;'),
    ('core/a.cc', 'struct A { std::unordered_map<int, V> m_; std::vector<int> v_; int f() { for (int i : v_) use(m_.at(i));\n'
     ' for (auto x : m_.at(3)) use(x); for (int i : v_) if (m_.contains(i)) use(m_); return m_.end() == m_.find(1); } };'),
    ('core/models/a.cc', 'double f(double x) { return std::exp(x); }'),
    ('policies/a.cc', 'double f(double x) { return std::sqrt(x) + meshtwin::log(x) + exp(x) + x_.exp(1); }'),
    ('core/a.cc', 'using tag = std::random_access_iterator_tag; auto f(V& v) { return std::ranges::sort(v); }'),
    ('sim/a.cc', '#include <iostream>\n#include <thread>\n#include "policies/catalog.h"\nint counter = 0;'),
    ('sim/cli/a.cc', '#include "sim/network/simgrid/model.h"'),
    ('sim/network/simgrid/a.cc', '#include <simgrid/s4u.hpp>\n#include "sim/network/simgrid/model.h"'),
    ('real/a.cc', '#include "core/time.h"\n#include <boost/asio.hpp>'),
]


def lint(files):
    """The (path, line, rule) that the lint reports for a repository of these files."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, source in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding='utf-8')
            readme = root / path.split('/')[0] / 'README.md'
            readme.touch()
        return list(purity.check_tree(root))


class PurityTest(unittest.TestCase):
    def test_every_violation_is_found(self):
        for rule, path, source in VIOLATIONS:
            with self.subTest(rule=rule, source=source):
                self.assertEqual(lint({path: source}), [(path, 2, rule)])

    def test_clean_code_passes(self):
        for path, source in CLEAN:
            with self.subTest(path=path, source=source):
                self.assertEqual(lint({path: source}), [])

    def test_a_hash_table_of_the_header_is_known_in_the_source(self):
        header = 'class A { std::unordered_map<int, int> table_; };'
        source = '#include "core/a.h"\nvoid A::f() { for (auto& e : table_) use(e); }'
        self.assertEqual(lint({'core/a.h': header, 'core/a.cc': source}), [('core/a.cc', 2, 'hash-order')])

    def test_a_folder_without_readme_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / 'core').mkdir()
            (root / '.git').mkdir()
            (root / 'build').mkdir()
            self.assertEqual(list(purity.check_tree(root)), [('core', 1, 'readme')])

    def test_every_rule_has_a_remedy_and_a_violation(self):
        seeded = {rule for rule, _, _ in VIOLATIONS} | {'readme'}
        self.assertEqual(seeded, set(purity.REMEDIES))


if __name__ == '__main__':
    unittest.main()
