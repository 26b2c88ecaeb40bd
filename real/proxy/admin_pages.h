// The pages of the admin server.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "real/proxy/admin_server.h"
#include "real/proxy/metrics_page.h"
#include "real/proxy/status_json.h"
#include "real/proxy/supervisor.h"

namespace meshtwin {

class AdminPages {
 public:
  // Both outlive it.
  AdminPages(EventLoop& loop, Supervisor& supervisor) : loop_(loop), supervisor_(supervisor) {}

  void handle(const AdminRequest& request, const AdminServer::Respond& respond);

 private:
  struct Page;
  static std::span<const Page> pages();
  static std::string list_of_pages();

  void healthz(const AdminRequest& request, const AdminServer::Respond& respond);
  void ready(const AdminRequest& request, const AdminServer::Respond& respond);
  void metrics(const AdminRequest& request, const AdminServer::Respond& respond);
  void config(const AdminRequest& request, const AdminServer::Respond& respond);
  void change_config(const AdminRequest& request, const AdminServer::Respond& respond);
  void upstreams(const AdminRequest& request, const AdminServer::Respond& respond);
  void explain(const AdminRequest& request, const AdminServer::Respond& respond);

  ProcessMetrics process_metrics() const;
  std::vector<SuppliedUpstream> supplied() const;

  EventLoop& loop_;
  Supervisor& supervisor_;
};

}  // namespace meshtwin
