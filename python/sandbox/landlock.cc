#include <torchhub/python/sandbox/descriptor.h>
#include <torchhub/python/sandbox/landlock.h>

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace torchhub::python::sandbox {
namespace {

// The layouts and numbers of newer kernels than the header may be of.
struct Ruleset {
  std::uint64_t files;
  std::uint64_t net;
  std::uint64_t scoped;
};
constexpr std::uint64_t kTruncate = 1u << 14;
constexpr std::uint64_t kDeviceIoctl = 1u << 15;
constexpr std::uint64_t kTcp = 3;     // bind and connect
constexpr std::uint64_t kScopes = 3;  // abstract UNIX sockets, signals
constexpr std::uint64_t kRead =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_READ_FILE | kTruncate | kDeviceIoctl;
constexpr std::uint64_t kAllOfVersion1 = (1u << 13) - 1;

std::uint64_t rights_of(int version) {
  std::uint64_t rights = kAllOfVersion1;
  if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceIoctl;
  return rights;
}

// Of a path that is not there nothing is allowed.
void allow(int ruleset, const std::string& path, std::uint64_t rights) {
  const Descriptor at(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status;
  if (!at || ::fstat(at.number(), &status) != 0) return;
  landlock_path_beneath_attr rule{};
  rule.parent_fd = at.number();
  rule.allowed_access = S_ISDIR(status.st_mode) ? rights : rights & kOfFiles;
  ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

}  // namespace

int landlock_version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 1 ? 0 : static_cast<int>(version);
}

Reason restrict_files(const std::vector<std::string>& readable,
                      const std::vector<std::string>& devices, const std::string& own) {
  const int version = landlock_version();
  if (version < 1) return failed("landlock_create_ruleset");
  const std::uint64_t rights = rights_of(version);
  const Ruleset attributes{rights, version >= 4 ? kTcp : 0, version >= 6 ? kScopes : 0};
  std::size_t size = sizeof attributes.files;
  if (version >= 4) size += sizeof attributes.net;
  if (version >= 6) size += sizeof attributes.scoped;
  const Descriptor ruleset(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  if (!ruleset) return failed("landlock_create_ruleset");
  for (const std::string& path : readable) allow(ruleset.number(), path, kRead);
  for (const std::string& path : devices) allow(ruleset.number(), path, rights & kOfFiles);
  allow(ruleset.number(), own, rights);
  if (::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) != 0)
    return failed("landlock_restrict_self");
  // What an older one has is in force, and is not all that was promised.
  constexpr int kTruncates = 3;
  if (version < kTruncates)
    return "the kernel's, of version " + std::to_string(version) +
           ", does not keep files from being cut";
  return {};
}

}  // namespace torchhub::python::sandbox
