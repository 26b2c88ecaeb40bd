#include "sim/server/processor_share.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "core/random/distributions.h"
#include "core/random/stream.h"

namespace meshtwin {
namespace {

using std::chrono::milliseconds;

// Each job's remaining work, brought down one by one from event to event.
class BruteForce {
 public:
  explicit BruteForce(double processors) : processors_(processors) {}
  void add(std::uint32_t job, double demand) { left_[job] = demand; }
  void remove(std::uint32_t job) { left_.erase(job); }
  bool empty() const { return left_.empty(); }
  double rate() const { return std::min(1.0, processors_ / static_cast<double>(left_.size())); }
  // Nanoseconds until the next job ends, and which one it is.
  std::pair<double, std::uint32_t> next() const {
    const auto least =
        std::min_element(left_.begin(), left_.end(), [](auto& a, auto& b) { return a.second < b.second; });
    return {least->second / rate(), least->first};
  }
  void advance(double nanoseconds) {
    const double work = nanoseconds * rate();
    for (auto& [job, left] : left_) left -= work;
  }

 private:
  double processors_;
  std::map<std::uint32_t, double> left_;
};

// Jobs come and go at random; each end has to be that of the brute force, to within the whole nanoseconds.
void compare(std::uint32_t processors, double load, std::uint64_t seed) {
  RandomStream random(seed);
  const Distribution gap = Distribution::exponential(Duration(std::llround(1e6 / load / processors)));
  const Distribution demand = Distribution::hyperexponential(milliseconds(1), 2);
  ProcessorShare share(processors);
  BruteForce brute(processors);
  Time now{};
  Time arrival = now + gap.sample(random);
  std::uint32_t jobs = 0;
  std::uint32_t ended = 0;
  while (ended < 20'000) {
    const Time done = share.next_done(now);
    REQUIRE((done == kNever) == brute.empty());
    if (done != kNever)
      REQUIRE(static_cast<double>((done - now).count()) == Approx(brute.next().first).margin(3));
    const Time at = std::min(done, arrival);
    if (!brute.empty()) brute.advance(static_cast<double>((at - now).count()));
    now = at;
    if (at == done) {
      std::uint32_t job = 0;
      REQUIRE(share.take_done(now, job));
      do {
        brute.remove(job);
        ++ended;
      } while (share.take_done(now, job));
      continue;
    }
    const Duration size = demand.sample(random);
    share.add(now, jobs, size);
    brute.add(jobs++, static_cast<double>(size.count()));
    if (random.below(10) == 0) {  // one in ten is given up as soon as the next one has come
      share.remove(now, jobs - 1);
      brute.remove(jobs - 1);
    }
    REQUIRE(share.size() < 5000);
    arrival = now + gap.sample(random);
  }
}

TEST_CASE("processor sharing ends jobs when a brute-force simulation does") {
  compare(1, 0.9, 1);
  compare(4, 0.95, 2);
}

TEST_CASE("processor sharing by hand") {
  ProcessorShare share(1);
  const Time start{};
  share.add(start, 1, milliseconds(10));
  share.add(start + milliseconds(4), 2, milliseconds(3));
  CHECK(share.next_done(start + milliseconds(4)) == start + milliseconds(10));  // 3 ms at half the speed
  std::uint32_t job = 0;
  CHECK_FALSE(share.take_done(start + milliseconds(9), job));
  REQUIRE(share.take_done(start + milliseconds(10), job));
  CHECK(job == 2);
  CHECK(share.next_done(start + milliseconds(10)) == start + milliseconds(13));
  REQUIRE(share.take_done(start + milliseconds(13), job));
  CHECK(job == 1);
  CHECK(share.next_done(start + milliseconds(13)) == kNever);
}

TEST_CASE("jobs on fewer than all processors don't slow each other down, and equal ends come in order") {
  ProcessorShare share(3);
  const Time start{};
  for (std::uint32_t job = 0; job < 3; ++job) share.add(start, job, milliseconds(5));
  CHECK(share.next_done(start) == start + milliseconds(5));
  for (std::uint32_t expected = 0; expected < 3; ++expected) {
    std::uint32_t job = 9;
    REQUIRE(share.take_done(start + milliseconds(5), job));
    CHECK(job == expected);
  }
}

TEST_CASE("a plan is void after any change") {
  ProcessorShare share(1);
  const auto planned = share.version();
  share.add(Time{}, 1, milliseconds(5));
  const auto after_add = share.version();
  CHECK(after_add != planned);
  share.remove(Time{}, 1);
  CHECK(share.version() != after_add);
  CHECK(share.next_done(Time{}) == kNever);
}

}  // namespace
}  // namespace meshtwin
