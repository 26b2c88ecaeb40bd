#include "tests/conformance/http1/live_proxy.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <utility>

#include "core/config/policy_file.h"
#include "core/random/stream.h"
#include "real/net/socket.h"

namespace meshtwin {
namespace {

constexpr Duration kUnreasonable = std::chrono::seconds(30);
constexpr Duration kLook = std::chrono::milliseconds(100);
constexpr int kRoundsToSettle = 8;

}  // namespace

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string request(std::string_view method, std::string_view target, std::string_view body) {
  std::string out = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: shop\r\n";
  if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + std::string(body);
}

std::string noise(std::size_t size, std::uint64_t seed) {
  RandomStream stream(seed);
  std::string out(size, 0);
  for (char& c : out) c = static_cast<char>(stream.next() >> 56);
  return out;
}

PolicyConfig retrying(std::uint32_t attempts, RetryOn on) {
  PolicyConfig policy;
  policy.balancer = RoundRobinConfig{};
  policy.retry.max_attempts = attempts;
  policy.retry.on = on;
  policy.retry.host = RetryHost::other;
  return policy;
}

LiveProxy::LiveProxy(Options options) : descriptors_before_(open_descriptors()), loop_(std::make_unique<EventLoop>()) {
  ProxyConfig config;
  options.listener.name = "in";
  options.listener.routes = {RouteConfig{"", "/", {}, "shop"}};
  options.upstream.name = "shop";
  options.upstream.seed = 1;
  options.upstream.policy_sha256 = policy_sha256(options.upstream.policy);
  for (std::size_t i = 0; i < options.backends; ++i) backends_.push_back(std::make_unique<Backend>(*loop_));
  std::vector<Fd> sockets;
  sockets.push_back(listen_tcp(Address::loopback(0)).value());
  address_ = options.listener.address = local_address(sockets[0].get());
  config.listeners = {options.listener};
  config.upstreams = {options.upstream};
  worker_ = std::make_unique<WorkerState>(*loop_, 0, std::make_shared<LoadMeters>());
  worker_->apply(std::make_shared<const ProxyConfig>(config), std::move(sockets));
  set_members(~0u);
}

LiveProxy::~LiveProxy() {
  if (worker_) expect_nothing_left();
  worker_.reset();
  clients_.clear();
  backends_.clear();
  loop_.reset();
  CHECK(open_descriptors() == descriptors_before_);
}

void LiveProxy::expect_nothing_left() {
  for (const auto& client : clients_) client->close();
  CHECK(run_until([&] { return listener().downstream_cx_active == 0 && upstream().call_active == 0; }));
  CHECK(listener().downstream_rq_active == 0);
  CHECK(upstream().upstream_rq_pending_active == 0);
  for (const auto& backend : backends_) {
    for (const auto& peer : backend->connections) peer->close();
  }
  CHECK(run_until([&] { return worker_->connections() == 0; }));
  settle();
  for (EndpointMetrics& metrics : upstream().endpoints) {
    CHECK(metrics.upstream_rq_active == 0);
    CHECK(run_until([&] { return metrics.upstream_cx_active == 0; }));
  }
}

void LiveProxy::set_members(std::uint32_t bits) {
  EndpointList list;
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    if ((bits >> i & 1) != 0) list.push_back({{"shop/" + std::to_string(i), backends_[i]->address(), 1}, true});
  }
  worker_->set_endpoints("shop", list);
}

Peer& LiveProxy::connect(std::string_view bytes) {
  Peer& client = *clients_.emplace_back(std::make_unique<Peer>(*loop_, connect_tcp(address_).value()));
  if (!bytes.empty()) client.send(bytes);
  return client;
}

bool LiveProxy::run_until(const std::function<bool()>& done) {
  const Time end = loop_->refresh_now() + kUnreasonable;
  while (!done()) {
    if (loop_->now() > end) return false;
    loop_->run_once(loop_->now() + kLook);
  }
  return true;
}

bool LiveProxy::run_until_answered(Peer& client, std::size_t count) {
  return run_until([&] { return client.ended || messages(client.received).size() >= count; });
}

void LiveProxy::settle() {
  for (int i = 0; i < kRoundsToSettle; ++i) loop_->run_once(Time{});
}

}  // namespace meshtwin
