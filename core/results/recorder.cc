#include "core/results/recorder.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace meshtwin {
namespace {

void record(std::optional<Histogram>& histogram, Duration value) {
  if (!histogram) histogram.emplace();
  histogram->record(value);
}

void add(Histogram& sum, const std::optional<Histogram>& part) {
  if (part) sum.merge(*part);
}

}  // namespace

LatencySummary summarize(const Histogram& latency) {
  const auto at = [&](double q) { return to_milliseconds(latency.quantile(q)); };
  if (latency.count() == 0) return {};
  return {to_milliseconds(latency.mean()), at(.5), at(.9), at(.95), at(.99), at(.999),
          to_milliseconds(latency.max())};
}

Recorder::Recorder(const Scenario& scenario, bool series)
    : measured_from_(scenario.warmup), measured_until_(scenario.duration), series_(series) {
  const Duration measured = scenario.duration - scenario.warmup;
  slice_length_ = std::max((measured + Duration(kMeasuredSlices - 1)) / kMeasuredSlices, Duration(1));
  batch_length_ = slice_length_ * kSlicesPerBatch;
  clock_batch_ends_ = measured_from_ + batch_length_;
  services_.resize(scenario.services.size());
  for (Service& service : services_) service.batches.resize(kBatches);
}

Recorder::Batch& Recorder::batch_of(Service& service, Time due) {
  if (due < service.batch_begins || due >= service.batch_ends) {
    service.batch =
        std::min<std::size_t>(static_cast<std::size_t>((due - measured_from_) / batch_length_), kBatches - 1);
    service.batch_begins = measured_from_ + batch_length_ * static_cast<std::int64_t>(service.batch);
    service.batch_ends = service.batch_begins + batch_length_;
  }
  return service.batches[service.batch];
}

void Recorder::call_finished(std::uint32_t service, Time due, Time now, const Outcome& outcome) {
  Service& s = services_[service];
  const Duration latency = now - due;
  if (counts(due)) {
    Batch& batch = batch_of(s, due);
    batch.attempts += outcome.attempts;
    record(outcome.ok() ? batch.success : batch.failure, latency);
    if (!outcome.ok()) ++s.totals.failures[static_cast<std::size_t>(outcome.failure)];
  }
  if (outcome.ok() && counts(now)) ++s.batches[batch_at(now)].succeeded_in_time;
  assert(s.open > 0);
  --s.open;
  if (series_) call_finished_in_slice(s, latency, now, outcome);
}

void Recorder::call_started_in_slice(Service& s, Time now) {
  ++s.slice.started;
  s.open_integral += static_cast<double>(s.open - 1) * static_cast<double>((now - s.open_changed).count());
  s.open_changed = now;
}

void Recorder::attempt_started_in_slice(Service& s, EndpointIndex endpoint) {
  if (s.slice.endpoint_attempts.size() <= endpoint) {
    s.slice.endpoint_attempts.resize(s.totals.endpoints.size(), 0);
  }
  ++s.slice.endpoint_attempts[endpoint];
}

void Recorder::call_finished_in_slice(Service& s, Duration latency, Time now, const Outcome& outcome) {
  s.open_integral += static_cast<double>(s.open + 1) * static_cast<double>((now - s.open_changed).count());
  s.open_changed = now;
  ++s.slice.finished;
  if (outcome.ok()) ++s.slice.succeeded;
  s.slice_latency.record(latency);
}

void Recorder::end_slice(Time now) {
  if (!series_ || now <= slice_began_) return;
  for (Service& s : services_) {
    s.open_integral += static_cast<double>(s.open) * static_cast<double>((now - s.open_changed).count());
    s.open_changed = now;
    s.slice.mean_in_flight = s.open_integral / static_cast<double>((now - slice_began_).count());
    s.slice.latency = summarize(s.slice_latency);
    s.slice.endpoint_attempts.resize(s.totals.endpoints.size(), 0);
    s.totals.slices.push_back(std::exchange(s.slice, {}));
    s.slice_latency.clear();
    s.open_integral = 0;
  }
  slice_began_ = now;
}

std::vector<ServiceTotals> Recorder::take(Time now, bool interrupted) {
  if (now < measured_until_) end_slice(now);
  std::vector<ServiceTotals> result;
  for (Service& s : services_) {
    ServiceTotals& totals = s.totals;
    for (const Batch& batch : s.batches) {
      BatchTotals sums;
      Histogram success;
      Histogram all;
      add(success, batch.success);
      all.merge(success);
      add(all, batch.failure);
      add(totals.failure_latency, batch.failure);
      totals.success_latency.merge(success);
      sums.requests = batch.started;
      sums.ended = all.count();
      sums.succeeded_in_time = batch.succeeded_in_time;
      sums.successes = success.count();
      sums.attempts = batch.attempts;
      sums.latency = summarize(all);
      sums.success_latency = summarize(success);
      totals.requests += sums.requests;
      totals.successes += sums.successes;
      totals.succeeded_in_time += sums.succeeded_in_time;
      totals.attempts += sums.attempts;
      totals.batches.push_back(sums);
    }
    const std::uint64_t ended = totals.success_latency.count() + totals.failure_latency.count();
    if (interrupted) totals.requests = ended;
    totals.failures[kUnfinished] = totals.requests - ended;
    result.push_back(std::move(totals));
  }
  return result;
}

}  // namespace meshtwin
