#include "core/results/replication_codec.h"

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace meshtwin {
namespace {

// Every struct is an array of its members in order. The structured bindings, in which no member can be left
// out, keep this file up with the structs.
using Json = nlohmann::json;

template <class T>
Json list_of(const std::vector<T>& values);

Json pack(const LatencySummary& value) {
  const auto& [mean, p50, p90, p95, p99, p999, max] = value;
  return {mean, p50, p90, p95, p99, p999, max};
}

Json pack(const Histogram& value) {
  const HistogramData data = value.data();
  const auto& [buckets, sum_high, sum_low, min, max] = data;
  return {buckets, sum_high, sum_low, min.count(), max.count()};
}

Json pack(const EndpointTotals& value) {
  const auto& [attempts, failures, demand, busy] = value;
  return {attempts, failures, demand.count(), busy.count()};
}

Json pack(const BatchTotals& value) {
  const auto& [requests, ended, in_time, successes, attempts, latency, success_latency] = value;
  return {requests, ended, in_time, successes, attempts, pack(latency), pack(success_latency)};
}

Json pack(const ServiceSlice& value) {
  const auto& [started, finished, succeeded, mean_in_flight, latency, endpoint_attempts] = value;
  return {started, finished, succeeded, mean_in_flight, pack(latency), endpoint_attempts};
}

Json pack(const PickShare& value) {
  const auto& [policy, shadow] = value;
  return {policy, shadow};
}

Json pack(const ServiceTotals& value) {
  const auto& [requests, successes, in_time, attempts, connections, failures, success, failure, endpoints,
               batches, slices, shadow, shares] = value;
  return {requests,      successes,          in_time,          attempts,        failures,      pack(success),
          pack(failure), list_of(endpoints), list_of(batches), list_of(slices), shadow.counts, list_of(shares),
          connections};
}

template <class T>
Json list_of(const std::vector<T>& values) {
  Json out = Json::array();
  for (const T& value : values) out.push_back(pack(value));
  return out;
}

template <class T>
void unpack_list(const Json& json, std::vector<T>& values);

Duration duration(const Json& json) { return Duration(json.get<std::int64_t>()); }

void unpack(const Json& json, LatencySummary& value) {
  auto& [mean, p50, p90, p95, p99, p999, max] = value;
  int at = 0;
  for (double* member : {&mean, &p50, &p90, &p95, &p99, &p999, &max}) *member = json.at(at++);
}

void unpack(const Json& json, Histogram& value) {
  HistogramData data;
  auto& [buckets, sum_high, sum_low, min, max] = data;
  json.at(0).get_to(buckets);
  json.at(1).get_to(sum_high);
  json.at(2).get_to(sum_low);
  min = duration(json.at(3));
  max = duration(json.at(4));
  Result<Histogram> histogram = Histogram::from_data(data);
  if (!histogram) throw std::runtime_error(histogram.error().message);
  value = std::move(histogram).value();
}

void unpack(const Json& json, EndpointTotals& value) {
  auto& [attempts, failures, demand, busy] = value;
  json.at(0).get_to(attempts);
  json.at(1).get_to(failures);
  demand = duration(json.at(2));
  busy = duration(json.at(3));
}

void unpack(const Json& json, BatchTotals& value) {
  auto& [requests, ended, in_time, successes, attempts, latency, success_latency] = value;
  json.at(0).get_to(requests);
  json.at(1).get_to(ended);
  json.at(2).get_to(in_time);
  json.at(3).get_to(successes);
  json.at(4).get_to(attempts);
  unpack(json.at(5), latency);
  unpack(json.at(6), success_latency);
}

void unpack(const Json& json, ServiceSlice& value) {
  auto& [started, finished, succeeded, mean_in_flight, latency, endpoint_attempts] = value;
  json.at(0).get_to(started);
  json.at(1).get_to(finished);
  json.at(2).get_to(succeeded);
  json.at(3).get_to(mean_in_flight);
  unpack(json.at(4), latency);
  json.at(5).get_to(endpoint_attempts);
}

void unpack(const Json& json, PickShare& value) {
  auto& [policy, shadow] = value;
  json.at(0).get_to(policy);
  json.at(1).get_to(shadow);
}

void unpack(const Json& json, ServiceTotals& value) {
  auto& [requests, successes, in_time, attempts, connections, failures, success, failure, endpoints, batches,
         slices, shadow, shares] = value;
  json.at(0).get_to(requests);
  json.at(1).get_to(successes);
  json.at(2).get_to(in_time);
  json.at(3).get_to(attempts);
  json.at(4).get_to(failures);
  unpack(json.at(5), success);
  unpack(json.at(6), failure);
  unpack_list(json.at(7), endpoints);
  unpack_list(json.at(8), batches);
  unpack_list(json.at(9), slices);
  json.at(10).get_to(shadow.counts);
  unpack_list(json.at(11), shares);
  json.at(12).get_to(connections);
}

template <class T>
void unpack_list(const Json& json, std::vector<T>& values) {
  values.resize(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) unpack(json.at(i), values[i]);
}

void unpack(const Json& json, Replication& value) {
  auto& [seed, events, ended_at, partial, slice_length, services, on, warnings] = value;
  json.at(0).get_to(seed);
  json.at(1).get_to(events);
  ended_at = Time(duration(json.at(2)));
  json.at(3).get_to(partial);
  slice_length = duration(json.at(4));
  unpack_list(json.at(5), services);
  json.at(6).get_to(on);
  json.at(7).get_to(warnings);
}

}  // namespace

std::string encode(const Replication& replication) {
  const auto& [seed, events, ended_at, partial, slice_length, services, on, warnings] = replication;
  const std::int64_t end = ended_at.time_since_epoch().count();
  const Json json = {seed, events, end, partial, slice_length.count(), list_of(services), on, warnings};
  std::string bytes;
  Json::to_cbor(json, bytes);
  return bytes;
}

Result<Replication> decode(std::string_view bytes) {
  try {
    Replication replication;
    unpack(Json::from_cbor(bytes.begin(), bytes.end()), replication);
    return replication;
  } catch (const std::exception& problem) {
    return Error{std::string("a replication came back damaged: ") + problem.what()};
  }
}

}  // namespace meshtwin
