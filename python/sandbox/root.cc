#include <torchhub/python/sandbox/descriptor.h>
#include <torchhub/python/sandbox/layout.h>
#include <torchhub/python/sandbox/root.h>
#include <torchhub/python/sandbox/text_file.h>

#include <dirent.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>

// <sys/mount.h> of newer C libraries has the same names as <linux/mount.h>.
extern "C" int mount(const char*, const char*, const char*, unsigned long, const void*) noexcept;
extern "C" int umount2(const char*, int) noexcept;

namespace torchhub::python::sandbox {
namespace {

// A folder that exists everywhere, for the new root until it is one.
constexpr char kPlace[] = "/tmp";
constexpr char kEmptyFolder[] = "/.empty";
constexpr int kDetach = 2;               // MNT_DETACH
constexpr unsigned kRecursive = 0x8000;  // AT_RECURSIVE
constexpr std::uint64_t kReadOnly = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
// A device is written to all the same; its mode, owner and times are not.
constexpr std::uint64_t kDevice = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
constexpr std::string_view kDevices[] = {"null", "zero", "full", "urandom"};

struct Attributes {
  std::uint64_t set, clear, propagation, user_namespace;
};

bool set_attributes(int tree, std::uint64_t set, unsigned flags) {
  const Attributes attributes{set, 0, 0, 0};
  return ::syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &attributes,
                   sizeof attributes) == 0;
}

// The tree at `path`, to be mounted elsewhere.
Descriptor clone_of(const std::string& path, std::uint64_t attributes) {
  Descriptor tree(::syscall(SYS_open_tree, AT_FDCWD, path.c_str(),
                            OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | kRecursive));
  if (tree && !set_attributes(tree.number(), attributes, kRecursive)) return Descriptor();
  return tree;
}

Descriptor new_file_system(const char* type, std::uint64_t attributes,
                           const std::string& size = "") {
  const Descriptor context(::syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
  if (!context) return Descriptor();
  if (!size.empty()) {
    ::syscall(SYS_fsconfig, context.number(), FSCONFIG_SET_STRING, "size", size.c_str(), 0);
    ::syscall(SYS_fsconfig, context.number(), FSCONFIG_SET_STRING, "mode", "0755", 0);
    // Each file costs memory that no limit counts for a user who has no control group.
    ::syscall(SYS_fsconfig, context.number(), FSCONFIG_SET_STRING, "nr_inodes", "65536", 0);
  }
  if (::syscall(SYS_fsconfig, context.number(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return Descriptor();
  return Descriptor(::syscall(SYS_fsmount, context.number(), FSMOUNT_CLOEXEC, attributes));
}

bool mount_at(const Descriptor& tree, int root, const std::string& path) {
  return ::syscall(SYS_move_mount, tree.number(), "", root, path.c_str(),
                   MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

// "/a/b" within the new root.
const char* inside(const std::string& path) { return path.c_str() + 1; }

struct Trees {
  std::vector<std::pair<std::string, Descriptor>> all;  // where to, and what
  Descriptor root, own, proc;
};

Reason add_clone(Trees& trees, const std::string& from, const std::string& to,
                 std::uint64_t attributes) {
  Descriptor tree = clone_of(from, attributes);
  if (!tree) return failed(from + " cannot be mounted");
  trees.all.emplace_back(to, std::move(tree));
  return {};
}

Reason collect(const detail::SandboxPlan& plan, const Layout& layout, Trees& trees) {
  for (const std::string& path : layout.trees) {
    if (path == "/") return "the whole file system cannot be given to it";
    for (const std::string_view own : {kOwnFolder, "/proc", "/dev"})
      if (path == own || path.starts_with(std::string(own) + '/'))
        return path + " lies where the sandbox has something of its own";
    if (Reason reason = add_clone(trees, path, path, kReadOnly); !reason.empty()) return reason;
  }
  for (const std::string_view name : kDevices) {
    const std::string path = "/dev/" + std::string(name);
    if (Reason reason = add_clone(trees, path, path, kDevice); !reason.empty()) return reason;
  }
  constexpr char kRootSize[] = "4m";
  trees.root = new_file_system("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, kRootSize);
  if (!trees.root) return failed("a file system in memory");
  trees.own = new_file_system("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
                              std::to_string(plan.temporary));
  if (!trees.own) return failed("a file system in memory");
  return {};
}

bool make_folder(int root, const std::string& path) {
  return ::mkdirat(root, inside(path), 0755) == 0 || errno == EEXIST;
}

// Where something is to be mounted: a folder, or a file before a file.
bool make_place(int root, const std::string& path, const Descriptor& tree) {
  struct stat status;
  if (::fstat(tree.number(), &status) != 0) return false;
  if (S_ISDIR(status.st_mode)) return make_folder(root, path);
  return write_new(root, inside(path), "") || errno == EEXIST;
}

Reason lay_out(const detail::SandboxPlan& plan, const Layout& layout, const Trees& trees) {
  const int root = trees.root.number();
  for (const char* path : {"/dev", "/etc", "/proc", kEmptyFolder, kOwnFolder})
    if (!make_folder(root, path)) return failed(path);
  for (const std::string& path : layout.folders)
    if (!make_folder(root, path)) return failed(path);
  for (const auto& [path, target] : layout.links)
    if (::symlinkat(target.c_str(), root, inside(path)) != 0 && errno != EEXIST)
      return failed(path);
  for (const auto& [path, tree] : trees.all) {
    if (!make_place(root, path, tree) || !mount_at(tree, root, inside(path))) return failed(path);
  }
  if (!mount_at(trees.own, root, inside(kOwnFolder))) return failed(kOwnFolder);
  // What programs ask of the user's name; and where they write without asking for TMPDIR.
  const std::string ids = std::to_string(::getuid()) + ':' + std::to_string(::getgid());
  if (!write_new(root, "etc/passwd", "sandbox:x:" + ids + "::" + kOwnFolder + ":/bin/false\n") ||
      !write_new(root, inside(kLandlockProbe), ""))
    return failed("a file in memory");
  if (::symlinkat(inside(kOwnFolder), root, "tmp") != 0 && errno != EEXIST) return failed("/tmp");
  for (const auto& [name, content] : plan.files)
    if (!write_new(trees.own.number(), name.c_str(), content)) return failed(name);
  return {};
}

// What the machine is like, which libraries ask for. All else of /proc but the processes is hidden: an administrator
// may read more of it than a stranger should, with no capability at all.
constexpr std::string_view kShownOfProc[] = {
    "cpuinfo", "filesystems", "loadavg",     "meminfo", "mounts",  "net",    "self",
    "stat",    "sys",         "thread-self", "uptime",  "version", "vmstat",
};

// Mounts an empty file or folder over `path` of the new root.
Reason cover(const Trees& trees, const std::string& path, bool is_folder) {
  const Descriptor nothing = clone_of(kPlace + std::string(is_folder ? kEmptyFolder : "/dev/null"),
                                      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC);
  if (!nothing || !mount_at(nothing, trees.root.number(), inside(path))) return failed(path);
  return {};
}

Reason cover_all(const Trees& trees, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    struct stat status;
    if (::fstatat(trees.root.number(), inside(path), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (Reason reason = cover(trees, path, S_ISDIR(status.st_mode)); !reason.empty()) return reason;
  }
  return {};
}

std::vector<std::string> hidden_names_of(int proc) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(
      ::fdopendir(::openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), ::closedir);
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    const bool is_process = name.find_first_not_of("0123456789") == name.npos;
    if (!is_process && !name.starts_with('.') &&
        std::find(std::begin(kShownOfProc), std::end(kShownOfProc), name) == std::end(kShownOfProc))
      names.emplace_back(name);
  }
  return names;
}

Reason mount_proc(const Trees& trees) {
  const int root = trees.root.number();
  if (!mount_at(trees.proc, root, "proc")) return failed("/proc");
  for (const std::string& name : hidden_names_of(trees.proc.number())) {
    struct stat status;
    if (::fstatat(trees.proc.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (Reason reason = cover(trees, "/proc/" + name, S_ISDIR(status.st_mode)); !reason.empty())
      return reason;
  }
  return {};
}

}  // namespace

std::vector<std::string> system_paths() {
  return {"/usr/bin",         "/usr/lib",         "/usr/lib32", "/usr/lib64",
          "/usr/libx32",      "/usr/local/lib",   "/bin",       "/lib",
          "/lib32",           "/lib64",           "/libx32",    "/usr/share/zoneinfo",
          "/etc/ld.so.cache", "/etc/alternatives"};
}

RootOutcome enter_root(const detail::SandboxPlan& plan) {
  std::vector<std::string> paths = system_paths();
  paths.push_back(plan.command[0]);
  paths.insert(paths.end(), plan.readable.begin(), plan.readable.end());
  const Layout layout = layout_of(paths);
  Trees trees;
  constexpr unsigned long kPrivate = (1ul << 18) | (1ul << 14);  // MS_PRIVATE | MS_REC
  RootOutcome outcome;
  const auto fail = [&](Reason reason) {
    outcome.root = outcome.proc = std::move(reason);
    return outcome;
  };
  if (::mount(nullptr, "/", nullptr, kPrivate, nullptr) != 0)
    return fail(failed("mounts of its own"));
  if (Reason reason = collect(plan, layout, trees); !reason.empty()) return fail(std::move(reason));
  trees.proc = new_file_system("proc", kReadOnly | MOUNT_ATTR_NOEXEC);
  if (!trees.proc) outcome.proc = failed("mounting /proc");
  if (!mount_at(trees.root, AT_FDCWD, kPlace)) return fail(failed("a new root folder"));
  Reason reason = lay_out(plan, layout, trees);
  if (reason.empty()) reason = cover_all(trees, plan.hidden);
  if (reason.empty() && trees.proc) outcome.proc = mount_proc(trees);
  if (reason.empty() && !set_attributes(trees.root.number(), MOUNT_ATTR_RDONLY, 0))
    reason = failed("a read-only root folder");
  // The old root then lies over the new one, and goes.
  if (reason.empty() &&
      (::fchdir(trees.root.number()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 ||
       ::umount2(".", kDetach) != 0 || ::chdir("/") != 0))
    reason = failed("pivot_root");
  if (!reason.empty()) {
    // Without it, the process is where it was.
    ::umount2(kPlace, kDetach);
    return fail(std::move(reason));
  }
  return outcome;
}

}  // namespace torchhub::python::sandbox
