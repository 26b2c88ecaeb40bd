// A folder of platform files for one test, gone afterwards.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace meshtwin::testing {

class PlatformFiles {
 public:
  PlatformFiles()
      : folder_(std::filesystem::temp_directory_path() / ("meshtwin-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~PlatformFiles() { std::filesystem::remove_all(folder_); }
  PlatformFiles(const PlatformFiles&) = delete;
  PlatformFiles& operator=(const PlatformFiles&) = delete;

  // Both return the file's path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  // Hosts a and b, joined by a link l of 1 Mbps and 10 ms with further attributes; `more` stands inside the
  // zone.
  std::string platform(const std::string& attributes, const std::string& more = {}) const {
    return write("platform.xml",
                 kHead + R"(<zone id="z" routing="Full"><host id="a" speed="1Gf"/>
<host id="b" speed="1Gf"/><link id="l" bandwidth="1Mbps" latency="10ms" )" +
                     attributes + "/>" + more +
                     R"(<route src="a" dst="b"><link_ctn id="l"/></route></zone></platform>)");
  }
  static inline const std::string kHead = R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
)";

 private:
  std::filesystem::path folder_;
};

}  // namespace meshtwin::testing
