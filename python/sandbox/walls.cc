#include <torchhub/python/sandbox/descriptor.h>
#include <torchhub/python/sandbox/root.h>
#include <torchhub/python/sandbox/walls.h>

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

namespace torchhub::python::sandbox {
namespace {

constexpr std::pair<const char*, const char*> kNamespaceOfWall[] = {
    {"user", "user"}, {"files", "mnt"}, {"processes", "pid"}, {"network", "net"},
    {"ipc", "ipc"},   {"host", "uts"},  {"host", "cgroup"}};

bool can_open(const std::string& path) {
  return static_cast<bool>(Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
}

Reason try_files(const detail::SandboxPlan& plan, const Outside& outside) {
  const std::string secret = outside.secret();
  if (can_open(secret)) return "a file of the user's could be opened";
  if (::chmod(secret.c_str(), 0600) == 0) return "a file of the user's could be changed";
  for (const std::string& path : plan.readable) {
    struct statvfs status;
    if (::statvfs(path.c_str(), &status) == 0 && (status.f_flag & ST_RDONLY) == 0)
      return path + " could be written to";
  }
  return {};
}

Reason try_privileges() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return failed("capget");
  for (const auto& part : data)
    if ((part.effective | part.permitted | part.inheritable) != 0)
      return "it still had capabilities";
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return "it could get new privileges";
  return {};
}

Reason try_system_calls() {
  if (::syscall(SYS_unshare, 0) == 0) return "unshare was possible";
  constexpr int kGetId = 0, kSession = -3;  // KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING
  if (::syscall(SYS_keyctl, kGetId, kSession, 0) >= 0) return "keyctl was possible";
  if (Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))) return "socket was possible";
  return {};
}

}  // namespace

void try_walls(Walls& walls, const Outside& outside, const detail::SandboxPlan& plan) {
  const auto found = [&](const char* name, Reason reason) {
    Reason& known = walls[name];
    if (known.empty()) known = std::move(reason);
  };
  const Namespaces inside = namespaces_of_self();
  for (const auto& [wall, name] : kNamespaceOfWall) {
    const auto before = outside.namespaces().find(name), now = inside.find(name);
    if (before != outside.namespaces().end() && now != inside.end() &&
        before->second == now->second)
      found(wall, "it is in the caller's");
  }
  if (walls["files"].empty()) found("files", try_files(plan, outside));
  found("session", ::getsid(0) == ::getpid() ? "" : "it is in the caller's");
  found("privileges", try_privileges());
  if (can_open(walls["files"].empty() ? kLandlockProbe : outside.secret()))
    found("landlock", "a file that its rules leave out could be opened");
  found("system_calls", try_system_calls());
}

}  // namespace torchhub::python::sandbox
