// Runs a fuzz target where libFuzzer isn't: all files of the corpus, then mutations of them, the same ones
// for the same seed. It doesn't see which code runs, so it finds less, but it needs no other compiler.
//
//   fuzz_NAME [-runs=20000] [-seed=1] FILE-OR-FOLDER...
//
// Bytes that fail are left in the file fuzz-failed.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "core/random/stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// All sanitizers end as a failed demand does: by a signal, at which the input is left.
extern "C" const char* __asan_default_options() { return "abort_on_error=1"; }
extern "C" const char* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }

namespace meshtwin {
namespace {

constexpr std::size_t kBytesMax = 4096;

// For the signal's handler, which gets no argument.
const std::string* under_way = nullptr;

// clang-format off
constexpr std::string_view kPieces[] = {
    "\r\n", "\n", "\r", {"\0", 1}, ":", " ", "\t", ",", ";", "/", "//", "/../", "/./", "%2e", "%2E%2e", "%2f", "%00",
    "..;", "\\", "?", "#", "@", "[", "]", "\x7f", "\xff", "\r\n\r\n", "\r\n ", "0\r\n\r\n", "0", "7fffffff",
    "ffffffffffffffff", "close", "keep-alive", "upgrade", "chunked", "http://", "HTTP/1.0", "HTTP/1.1", "HEAD ",
    "OPTIONS * ", "Host: a\r\n", "Expect: 100-continue\r\n", "Connection: x, close\r\n", "Connection: upgrade\r\n",
    "Upgrade: websocket\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Trailer: x\r\n",
    "X-Forwarded-For: 1.1.1.1\r\n", "X: y\r\n", "x: \r\n",
    "~s0", "~n00", "~n11", "~a00", "~u00", "~q0", "~x0", "~t2", "~t6", "~t:",
};
// clang-format on

void leave_input(int) {
  const int file = ::open("fuzz-failed", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0 && under_way != nullptr && ::write(file, under_way->data(), under_way->size()) >= 0) {
    constexpr std::string_view kNote = "the input is in fuzz-failed\n";
    if (::write(STDERR_FILENO, kNote.data(), kNote.size()) < 0) _exit(1);
  }
  _exit(1);
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> corpus_of(const std::vector<std::string>& names) {
  std::vector<std::filesystem::path> paths;
  for (const std::string& name : names) {
    if (!std::filesystem::is_directory(name)) {
      paths.emplace_back(name);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(name)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());  // folders list their files in any order
  std::vector<std::string> corpus;
  for (const auto& path : paths) corpus.push_back(bytes_of(path));
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  std::string next() {
    std::string bytes = any(corpus_);
    for (std::uint64_t left = 1 + random_.below(4); left > 0; --left) mutate(bytes);
    if (bytes.size() > kBytesMax) bytes.resize(kBytesMax);
    return bytes;
  }

 private:
  const std::string& any(const std::vector<std::string>& strings) {
    return strings[random_.below(strings.size())];
  }
  std::size_t place(const std::string& bytes) { return random_.below(bytes.size() + 1); }
  std::size_t length(const std::string& bytes, std::size_t begin) {
    return random_.below(std::min<std::size_t>(bytes.size() - begin, 32) + 1);
  }

  void mutate(std::string& bytes) {
    const std::size_t at = place(bytes);
    const std::string_view piece = kPieces[random_.below(std::size(kPieces))];
    switch (random_.below(7)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_.below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random_.below(256));
        break;
      case 2:
        bytes.erase(at, length(bytes, at));
        break;
      case 3:
        bytes.insert(at, bytes.substr(place(bytes), 32));
        break;
      case 4:
        bytes.replace(at, length(bytes, at), piece);
        break;
      case 5: {
        const std::string& other = any(corpus_);
        bytes.replace(at, bytes.size() - at, other, place(other), std::string::npos);
        break;
      }
      default:
        bytes.insert(at, piece);
    }
  }

  const std::vector<std::string>& corpus_;
  RandomStream random_;
};

void run(const std::string& bytes) {
  const std::string exact(bytes);
  under_way = &exact;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(exact.data()), exact.size());
  under_way = nullptr;
}

}  // namespace
}  // namespace meshtwin

int main(int argc, char** argv) {
  using namespace meshtwin;
  std::uint64_t runs = 20'000;
  std::uint64_t seed = 1;
  std::vector<std::string> names;
  for (const std::string_view argument : std::vector<std::string_view>(argv + 1, argv + argc)) {
    if (argument.starts_with("-runs=")) {
      runs = std::strtoull(argument.data() + 6, nullptr, 10);
    } else if (argument.starts_with("-seed=")) {
      seed = std::strtoull(argument.data() + 6, nullptr, 10);
    } else {
      names.emplace_back(argument);
    }
  }
  const std::vector<std::string> corpus = corpus_of(names);
  if (corpus.empty()) {
    std::fprintf(stderr, "usage: %s [-runs=N] [-seed=N] FILE-OR-FOLDER...: there is no file to start from\n",
                 argv[0]);
    return 2;
  }
  std::signal(SIGABRT, leave_input);
  for (const std::string& bytes : corpus) run(bytes);
  Mutator mutator(corpus, seed);
  for (std::uint64_t i = 0; i < runs; ++i) run(mutator.next());
  std::printf("%zu files and %llu mutations of them\n", corpus.size(), static_cast<unsigned long long>(runs));
}
