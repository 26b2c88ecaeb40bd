#include "sim/run/scratch_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>

namespace meshtwin {

ScratchFolder::ScratchFolder() {
  std::error_code error;
  std::string name = (std::filesystem::temp_directory_path(error) / "meshtwin-XXXXXX").string();
  if (!error && mkdtemp(name.data()) != nullptr) path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  if (ok()) std::filesystem::remove_all(path_, error);
}

}  // namespace meshtwin
