// A meshtwin-proxy that runs beside this process for as long as the object lives.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/time.h"
#include "real/net/address.h"
#include "real/net/fd.h"

namespace meshtwin {

// It dies with the thread that started it, and Ctrl-C in a terminal doesn't reach it.
class ProxyProcess {
 public:
  // What it writes to its standard error goes into the file `errors`.
  static Result<ProxyProcess> start(const std::string& name, const std::filesystem::path& program,
                                    const std::filesystem::path& config, const std::filesystem::path& errors);
  ProxyProcess(ProxyProcess&& other) noexcept;
  ProxyProcess& operator=(ProxyProcess&&) = delete;
  // Asks it to end, and ends it where it doesn't.
  ~ProxyProcess();

  // Takes what it has said meanwhile, without waiting: whether all its listeners listen.
  bool is_ready();
  // False once it has ended by itself.
  bool runs();
  // Why it has ended, a sentence.
  std::string how_it_ended() const;
  // Of a ready one.
  Address listener(const std::string& name) const { return listeners_.at(name); }
  // None: it has no such page.
  std::optional<Address> admin() const { return admin_; }
  Duration cpu_time() const;
  const std::string& name() const { return name_; }

 private:
  ProxyProcess(std::string name, pid_t pid, Fd out, std::filesystem::path errors);
  void take_line(const std::string& line);

  std::string name_;
  pid_t pid_ = -1;  // -1 once it has ended
  int status_ = 0;
  Fd out_;
  std::filesystem::path errors_;
  std::string said_;
  std::map<std::string, Address> listeners_;
  std::optional<Address> admin_;
  bool ready_ = false;
};

}  // namespace meshtwin
