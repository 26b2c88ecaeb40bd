// A target with a fault that only mutations of the corpus can find, to see the driver find it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.find("\r\n\r\n") != std::string_view::npos && bytes.find("%00") != std::string_view::npos) {
    std::abort();
  }
  return 0;
}
