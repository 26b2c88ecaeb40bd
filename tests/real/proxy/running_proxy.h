// meshtwin-proxy as a process, a client for it, and a backend behind it.
#pragma once

#include <sys/types.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "real/net/address.h"
#include "real/net/fd.h"
#include "tests/support/program.h"

namespace meshtwin {

struct Answer {
  int status = 0;  // 0: the connection ended without one
  std::string head;
  std::string body;
};

// A connection that waits for what it asks; long enough for any test. Throws where it can't ask; for any thread.
class Client {
 public:
  explicit Client(const Address& address);
  void send(const std::string& bytes);
  // One response with a Content-Length.
  Answer receive();
  Answer ask(const std::string& method, const std::string& target, const std::string& body = "",
             const std::string& headers = "");
  // Whether the peer has ended the connection.
  bool at_end();

 private:
  Fd fd_;
  std::string in_;
};

// Answers each request with its name; one connection a thread.
class NamedBackend {
 public:
  explicit NamedBackend(std::string name);
  ~NamedBackend();
  NamedBackend(const NamedBackend&) = delete;
  NamedBackend& operator=(const NamedBackend&) = delete;

  std::string address() const { return address_.text(); }
  // Requests for /held are answered once this has been called.
  void release();

 private:
  void accept_all();
  void serve(int fd);

  std::string name_;
  Fd listener_;
  Address address_;
  std::mutex mutex_;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;
  std::mutex held_;
  std::thread acceptor_;
};

class RunningProxy {
 public:
  // Returns once it is ready, or has ended.
  explicit RunningProxy(std::vector<std::string> arguments);
  ~RunningProxy();
  RunningProxy(const RunningProxy&) = delete;
  RunningProxy& operator=(const RunningProxy&) = delete;

  bool ready() const { return ready_; }
  // What it printed at its start; the real address of a listener, or of "admin".
  const std::string& out() const { return out_; }
  Address address(const std::string& name) const { return addresses_.at(name); }
  Answer admin(const std::string& method, const std::string& target, const std::string& body = "",
               const std::string& headers = "") {
    return Client(address("admin")).ask(method, target, body, headers);
  }
  // Sends SIGHUP and returns once so many reloads have been taken up or refused.
  void reload();
  void signal(int number);
  // Its exit code, 128 + the signal's number where one ended it.
  int wait();
  std::string err() const { return text_of_file(folder_ / "err"); }

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
  Fd out_pipe_;
  std::string out_;
  bool ready_ = false;
  std::map<std::string, Address> addresses_;
};

}  // namespace meshtwin
