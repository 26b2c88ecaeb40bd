#include "real/testbed/load_generator.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/workload/draws.h"

namespace meshtwin {
namespace {

// Connections that a sidecar's pool has before the first call.
constexpr std::size_t kPrepared = 4;

// PUT, which may be repeated by whoever carries it, as the simulator's calls may.
std::string head_before_seed(const ServiceConfig& service, const ClientConfig& client, const Address& address) {
  std::string head = fmt::format("PUT /{} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", service.name,
                                 address.text(), service.request_bytes);
  if (client.urgency != CallStart::kDefaultUrgency) head += fmt::format("priority: u={}\r\n", client.urgency);
  return head + fmt::format("{}: ", kSeedHeader);
}

// What became of a call, as far as this side can tell where nobody reported on it.
CallReport report_of(const PooledAnswer& answer) {
  if (answer.report && answer.failure == FailureKind::none) return *answer.report;
  CallReport report = answer.report.value_or(CallReport{});
  report.outcome = answer.failure;
  if (answer.failure == FailureKind::none && answer.status >= 500) report.outcome = FailureKind::error_5xx;
  if (report.attempts_made == 0 && answer.failure != FailureKind::connect &&
      answer.failure != FailureKind::local) {
    report.attempts[report.attempts_made++] = {0, report.outcome};
  }
  return report;
}

}  // namespace

// The arrivals of an open loop.
class LoadGenerator::Source {
 public:
  Source(LoadGenerator& load, std::uint32_t client)
      : load_(load),
        client_(client),
        arrivals_(make_arrivals(load.scenario_.clients[client].arrivals,
                                arrivals_seed(load.options_.seed, load.scenario_.clients[client].name))) {}

  void plan() {
    next_ = arrivals_->next();
    if (next_ < Time(load_.scenario_.duration)) return load_.loop_.timers().arm(timer_, next_);
    --load_.arriving_;
    load_.look_for_end();
  }

 private:
  void arrive(Time now) {
    Client& client = load_.clients_[client_];
    while (true) {
      const std::size_t sidecar =
          client.pools.size() == 1 ? 0 : client.sidecar_choice.below(client.pools.size());
      load_.call(client_, sidecar, call_seed(client.seed, client.calls), next_, nullptr);
      next_ = arrivals_->next();
      if (next_ > now || next_ >= Time(load_.scenario_.duration)) break;
    }
    if (next_ < Time(load_.scenario_.duration)) return load_.loop_.timers().arm(timer_, next_);
    --load_.arriving_;
    load_.look_for_end();
  }

  LoadGenerator& load_;
  std::uint32_t client_;
  std::unique_ptr<ArrivalProcess> arrivals_;
  Time next_{};
  MemberTimer<Source, &Source::arrive> timer_{*this};
};

// Somebody in a closed loop: calls, waits, thinks.
class LoadGenerator::User {
 public:
  User(LoadGenerator& load, std::uint32_t client, std::uint32_t number)
      : load_(load), client_(client), number_(number) {}

  void think(Time from) {
    const auto& config = std::get<ClosedArrivals>(load_.scenario_.clients[client_].arrivals);
    next_ = saturating_add(
        from, config.think.sample_once(think_seed(load_.clients_[client_].seed, number_, calls_)));
    if (next_ < Time(load_.scenario_.duration)) return load_.loop_.timers().arm(timer_, next_);
    --load_.arriving_;
    load_.look_for_end();
  }

 private:
  void call(Time) {
    const Client& client = load_.clients_[client_];
    load_.call(client_, number_ % client.pools.size(), user_call_seed(client.seed, number_, calls_++), next_,
               this);
  }

  LoadGenerator& load_;
  std::uint32_t client_;
  std::uint32_t number_;
  std::uint64_t calls_ = 0;
  Time next_{};
  MemberTimer<User, &User::call> timer_{*this};
};

LoadGenerator::LoadGenerator(EventLoop& loop, const Scenario& scenario, const GeneratorOptions& options)
    : loop_(loop), scenario_(scenario), options_(options) {
  clients_.resize(scenario.clients.size());
  for (std::uint32_t i = 0; i < clients_.size(); ++i) {
    const ClientConfig& config = scenario.clients[i];
    Client& client = clients_[i];
    client.seed = calls_seed(options.seed, config.name);
    client.sidecar_choice = sidecar_choices(options.seed, config.name);
    client.key = hash_key(scenario.policies[config.service].config);
    if (config.keys) client.keys.emplace(*config.keys);
    for (const Address& address : options.sidecars[i]) {
      client.pools.push_back(std::make_unique<ConnectionPool>(
          loop, address, [this](std::uint32_t id, const PooledAnswer& answer) { answered(id, answer); }));
      client.heads.push_back(head_before_seed(scenario.services[config.service], config, address));
    }
    if (const auto* closed = std::get_if<ClosedArrivals>(&config.arrivals)) {
      for (std::uint32_t user = 0; user < closed->users; ++user) {
        client.users.push_back(std::make_unique<User>(*this, i, user));
      }
    } else {
      client.source = std::make_unique<Source>(*this, i);
    }
  }
}

LoadGenerator::~LoadGenerator() = default;

void LoadGenerator::start() {
  arriving_ = 1;  // so that it isn't over before all have been asked
  for (Client& client : clients_) {
    for (const auto& pool : client.pools) pool->prepare(kPrepared);
    arriving_ += client.source ? 1 : static_cast<std::uint32_t>(client.users.size());
    if (client.source) client.source->plan();
    for (const auto& user : client.users) user->think(Time{});
  }
  --arriving_;
  look_for_end();
}

void LoadGenerator::call(std::uint32_t index, std::size_t sidecar, std::uint64_t seed, Time due, User* user) {
  Client& client = clients_[index];
  const auto id = static_cast<std::uint32_t>(report_.calls.size());
  SentCall& call = report_.calls.emplace_back();
  call.seed = seed;
  call.client = index;
  call.number = client.calls++;
  call.due = due;
  call.sent = loop_.clock_now();
  callers_.push_back(user);
  report_.send_lateness.record(std::max(call.sent - due, Duration::zero()));
  ++open_;
  const ServiceConfig& service = scenario_.services[scenario_.clients[index].service];
  client.pools[sidecar]->send(
      {id, fmt::format("{}{}\r\n{}\r\n", client.heads[sidecar], seed_text(seed), key_field_of(client, seed)),
       service.request_bytes});
}

std::string LoadGenerator::key_field_of(const Client& client, std::uint64_t seed) {
  if (client.key == nullptr || !client.keys) return {};
  RandomStream random(key_seed(seed));
  return key_field(*client.key, client.keys->sample(random));
}

void LoadGenerator::answered(std::uint32_t id, const PooledAnswer& answer) {
  SentCall& call = report_.calls[id];
  call.done = std::max(loop_.now(), call.due);
  call.status = answer.status;
  call.report = report_of(answer);
  if (call.report.held_to_ns != 0) {
    call.at_sidecar = Time(Duration(call.report.held_from_ns - loop_.origin_ns()));
    call.left_sidecar = Time(Duration(call.report.held_to_ns - loop_.origin_ns()));
  }
  --open_;
  if (callers_[id] != nullptr) callers_[id]->think(loop_.now());
  look_for_end();
}

void LoadGenerator::look_for_end() {
  if (arriving_ == 0 && open_ == 0 && when_over_) std::exchange(when_over_, nullptr)();
}

GeneratorReport LoadGenerator::take() {
  for (const Client& client : clients_) {
    for (const auto& pool : client.pools) {
      report_.connections += pool->opened();
      report_.refused_here += pool->without_socket();
    }
  }
  return std::exchange(report_, {});
}

}  // namespace meshtwin
