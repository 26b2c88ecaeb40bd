// What the HTTP/1.1 codec costs: nanoseconds a head parsed, a head written, a path made canonical, and a
// chunk decoded. Medians of several runs, by the thread's own clock, since others may want the processor too.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "real/http/chunked_decoder.h"
#include "real/http/head_parser.h"
#include "real/http/head_writer.h"
#include "real/http/path.h"

namespace meshtwin {
namespace {

constexpr int kRuns = 51;
constexpr int kSteps = 20'000;

// 79, 208 and 654 bytes: of a load generator, of a service's client, of a browser.
constexpr std::string_view kShortRequest =
    "GET /orders/42 HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: wrk\r\nAccept: */*\r\n\r\n";
constexpr std::string_view kTypicalRequest =
    "GET /api/v1/orders/42?expand=items HTTP/1.1\r\n"
    "Host: orders.shop.svc.cluster.local:8080\r\n"
    "User-Agent: okhttp/4.12.0\r\n"
    "Accept: application/json\r\n"
    "Accept-Encoding: gzip\r\n"
    "Connection: Keep-Alive\r\n"
    "X-Tenant: blue-7\r\n\r\n";
constexpr std::string_view kBrowserRequest =
    "GET /static/app/main.4f2a1c.js HTTP/1.1\r\n"
    "Host: www.shop.example\r\n"
    "Connection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"126\", \"Not/A)Brand\";v=\"24\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 "
    "Safari/537.36\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: no-cors\r\n"
    "Sec-Fetch-Dest: script\r\n"
    "Referer: https://www.shop.example/\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0f0e0d0c0b0a09080706050403020100; theme=dark\r\n\r\n";
constexpr std::string_view kTypicalResponse =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx/1.22.1\r\n"
    "Date: Wed, 01 Jan 2025 00:00:00 GMT\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 100\r\n"
    "Connection: keep-alive\r\n"
    "ETag: \"65a1b2c3-64\"\r\n\r\n";

double thread_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The median of nanoseconds that `step` takes. Its results are summed up, so that none can be left out.
template <class Step>
void measure(const char* name, const Step& step) {
  std::vector<double> runs;
  std::size_t sum = 0;
  for (int run = 0; run < kRuns; ++run) {
    const double begin = thread_nanoseconds();
    for (int i = 0; i < kSteps; ++i) sum += step();
    runs.push_back((thread_nanoseconds() - begin) / kSteps);
  }
  std::nth_element(runs.begin(), runs.begin() + kRuns / 2, runs.end());
  std::printf("%-34s %8.1f ns  (%zu)\n", name, runs[kRuns / 2], sum % 10);
}

void measure_request(const char* name, std::string_view bytes) {
  char label[64];
  RequestHead head;
  std::snprintf(label, sizeof label, "parse request, %s, %zu bytes", name, bytes.size());
  measure(label, [&] {
    HeadScan scan;
    return parse_request_head(bytes, {}, head, scan).consumed;
  });
  RequestOptions options;
  options.target = head.target;
  options.via = "meshtwin";
  options.client_ip = "10.20.30.40";
  options.request_id = "0f0e0d0c-0b0a-0908-0706-050403020100";
  options.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  std::string out;
  std::snprintf(label, sizeof label, "write request, %s", name);
  measure(label, [&] {
    out.clear();
    write_request_head(head, options, out);
    return out.size();
  });
}

void measure_response() {
  ResponseHead head;
  measure("parse response, typical", [&] {
    HeadScan scan;
    return parse_response_head(kTypicalResponse, {}, Method::get, head, scan).consumed;
  });
  ResponseOptions options;
  options.via = "meshtwin";
  std::string out;
  measure("write response, typical", [&] {
    out.clear();
    write_response_head(head, options, out);
    return out.size();
  });
}

void measure_the_rest() {
  std::string out;
  measure("canonical target, plain", [&] { return canonical_target("/api/v1/orders/42?expand=items", out); });
  measure("canonical target, escaped", [&] { return canonical_target("/api/%7Ev1/../orders//42?a=b", out); });
  const std::string chunks = "40\r\n" + std::string(64, 'x') + "\r\n0\r\n\r\n";
  measure("decode a chunk of 64 bytes", [&] {
    ChunkedDecoder decoder;
    std::string_view rest = chunks;
    std::size_t data = 0;
    while (true) {
      const ChunkedDecoder::Step step = decoder.decode(rest);
      if (step.kind != ChunkedDecoder::Kind::data) return data;
      rest.remove_prefix(step.consumed);
      data += step.data.size();
    }
  });
}

}  // namespace
}  // namespace meshtwin

int main() {
  meshtwin::measure_request("short", meshtwin::kShortRequest);
  meshtwin::measure_request("typical", meshtwin::kTypicalRequest);
  meshtwin::measure_request("browser", meshtwin::kBrowserRequest);
  meshtwin::measure_response();
  meshtwin::measure_the_rest();
}
