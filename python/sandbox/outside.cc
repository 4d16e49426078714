#include <torchhub/python/sandbox/layout.h>
#include <torchhub/python/sandbox/outside.h>
#include <torchhub/python/sandbox/text_file.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace torchhub::python::sandbox {
namespace {

// The first folder that the command may not read: what it sees there is no sign of a missing wall.
std::string parent_of_outside(const detail::SandboxPlan& plan) {
  const std::vector<std::string> given = layout_of(plan.readable).trees;
  for (const std::string& parent : {plan.temporary_folder, std::string("/tmp"),
                                    std::string("/var/tmp"), std::string("/dev/shm")}) {
    const std::vector<std::string> real = layout_of({parent}).trees;
    const bool is_given =
        !real.empty() && std::any_of(given.begin(), given.end(), [&](const std::string& tree) {
          return lies_in(real[0], tree);
        });
    if (!real.empty() && !is_given && ::access(parent.c_str(), W_OK | X_OK) == 0) return parent;
  }
  return "";
}

void remove_all(const std::string& folder) {
  constexpr int kDescriptors = 16;
  ::nftw(
      folder.c_str(),
      [](const char* path, const struct stat*, int, FTW*) { return ::remove(path); }, kDescriptors,
      FTW_DEPTH | FTW_PHYS);
}

}  // namespace

Namespaces namespaces_of_self() {
  Namespaces found;
  for (const char* name : {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}) {
    struct stat status;
    if (::stat((std::string("/proc/self/ns/") + name).c_str(), &status) == 0)
      found[name] = status.st_ino;
  }
  return found;
}

Outside::Outside(const detail::SandboxPlan& plan) : namespaces_(namespaces_of_self()) {
  const std::string parent = parent_of_outside(plan);
  if (parent.empty()) {
    reason_ =
        "there is no temporary folder that may be written to and that the command may not read";
    return;
  }
  std::string name = parent + "/torchhub.XXXXXX";
  if (!::mkdtemp(name.data())) {
    reason_ = failed(name);
    return;
  }
  folder_ = name;
  if (::mkdir(own_folder().c_str(), 0700) != 0) {
    reason_ = failed(own_folder());
  } else if (!write_new(AT_FDCWD, secret().c_str(), "secret")) {
    reason_ = failed(secret());
  }
}

Outside::~Outside() {
  if (!folder_.empty()) remove_all(folder_);
}

Reason Outside::write_own_files(const detail::SandboxPlan& plan) const {
  for (const auto& [name, content] : plan.files) {
    const std::string path = own_folder() + '/' + name;
    if (!write_new(AT_FDCWD, path.c_str(), content)) return failed(path);
  }
  return {};
}

}  // namespace torchhub::python::sandbox
