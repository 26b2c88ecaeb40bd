// The system's resolver.
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "real/proxy/dns_client.h"

namespace meshtwin {
namespace {

using Endpoints = std::vector<EndpointConfig>;

// Both families, sorted, so that an answer in another order is the same answer.
Result<std::vector<Address>> addresses_of(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return Error{fmt::format("{} can't be resolved: {}", host, gai_strerror(error))};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  std::set<std::string> texts;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, one->ai_addr, std::min<std::size_t>(one->ai_addrlen, sizeof storage));
    texts.insert(Address::from_sockaddr(storage).with_port(port).text());
  }
  std::vector<Address> out;
  for (const std::string& text : texts) out.push_back(Address::parse(text).value());
  return out;
}

Result<Endpoints> resolve_a(const DnsDiscovery& question) {
  const auto addresses = addresses_of(question.host, question.port);
  if (!addresses) return addresses.error();
  Endpoints out;
  for (const Address& address : addresses.value()) out.push_back({address.text(), address, 1});
  return out;
}

struct Srv {
  std::uint16_t priority;
  std::uint16_t weight;
  std::uint16_t port;
  std::string target;
};

std::uint16_t number_at(const unsigned char* bytes) {
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

Result<std::vector<Srv>> srv_records(const std::string& name) {
  struct __res_state state {};
  if (res_ninit(&state) != 0) return Error{"the system's resolver has no configuration"};
  std::array<unsigned char, 65536> answer;
  const int size = res_nquery(&state, name.c_str(), C_IN, T_SRV, answer.data(), answer.size());
  const int problem = state.res_h_errno;
  res_nclose(&state);
  if (size < 0) return Error{fmt::format("{} has no SRV records: {}", name, hstrerror(problem))};
  ns_msg message;
  const int whole = std::min<int>(size, answer.size());
  if (ns_initparse(answer.data(), whole, &message) != 0) return Error{name + ": the answer can't be read"};
  std::vector<Srv> out;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) return Error{name + ": the answer can't be read"};
    constexpr int kFixedPart = 6;  // priority, weight and port
    if (ns_rr_type(record) != ns_t_srv || ns_rr_rdlen(record) <= kFixedPart) continue;
    const unsigned char* data = ns_rr_rdata(record);
    std::array<char, NS_MAXDNAME> target{};
    if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), data + kFixedPart, target.data(),
                           target.size()) < 0) {
      return Error{name + ": the answer can't be read"};
    }
    out.push_back({number_at(data), number_at(data + 2), number_at(data + 4), target.data()});
  }
  return out;
}

Result<Endpoints> resolve_srv(const DnsDiscovery& question) {
  const auto records = srv_records(question.host);
  if (!records) return records.error();
  std::uint16_t lowest = UINT16_MAX;
  for (const Srv& record : records.value()) lowest = std::min(lowest, record.priority);
  Endpoints out;
  std::set<std::string> seen;
  for (const Srv& record : records.value()) {
    // "." is how a name says that the service is not there (RFC 2782).
    if (record.priority != lowest || record.target.empty() || record.target == ".") continue;
    const auto addresses = addresses_of(record.target, record.port);
    if (!addresses) return addresses.error();
    for (const Address& address : addresses.value()) {
      if (!seen.insert(address.text()).second) continue;
      // Weight 0 asks for a share that is small, not for none.
      out.push_back({address.text(), address, std::max<std::uint32_t>(1, record.weight)});
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace

Result<std::vector<EndpointConfig>> resolve_by_system(const DnsDiscovery& question) {
  return question.record == DnsDiscovery::Record::srv ? resolve_srv(question) : resolve_a(question);
}

}  // namespace meshtwin
