#include <torchhub/python/sandbox/system_calls.h>

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <initializer_list>
#include <memory>

namespace torchhub::python::sandbox {
namespace {

constexpr const char* kAllowed[] = {
    // Files and folders, where the root folder and Landlock let it.
    "access",
    "chdir",
    "close",
    "close_range",
    "copy_file_range",
    "creat",
    "dup",
    "dup2",
    "dup3",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fallocate",
    "fchdir",
    "fdatasync",
    "fgetxattr",
    "flistxattr",
    "fstat",
    "fstatfs",
    "fsync",
    "ftruncate",
    "getcwd",
    "getdents",
    "getdents64",
    "getxattr",
    "lgetxattr",
    "link",
    "linkat",
    "listxattr",
    "llistxattr",
    "lseek",
    "lstat",
    "mkdir",
    "mkdirat",
    "newfstatat",
    "open",
    "openat",
    "openat2",
    "pread64",
    "preadv",
    "preadv2",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "read",
    "readahead",
    "readlink",
    "readlinkat",
    "readv",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sendfile",
    "stat",
    "statfs",
    "statx",
    "symlink",
    "symlinkat",
    "truncate",
    "umask",
    "unlink",
    "unlinkat",
    "write",
    "writev",
    // Memory.
    "brk",
    "madvise",
    "mbind",
    "get_mempolicy",
    "membarrier",
    "mincore",
    "mmap",
    "mprotect",
    "mremap",
    "msync",
    "munmap",
    "pkey_alloc",
    "pkey_free",
    "pkey_mprotect",
    // Processes, threads and signals.
    "arch_prctl",
    "execve",
    "exit",
    "exit_group",
    "fork",
    "futex",
    "futex_waitv",
    "getcpu",
    "getpgid",
    "getpgrp",
    "getpid",
    "getppid",
    "getpriority",
    "getsid",
    "gettid",
    "pause",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "setpgid",
    "setsid",
    "sigaltstack",
    "vfork",
    "wait4",
    "waitid",
    // Who and where it is.
    "capget",
    "getegid",
    "geteuid",
    "getgid",
    "getgroups",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getrusage",
    "getuid",
    "sysinfo",
    "times",
    "uname",
    // Time.
    "alarm",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "getitimer",
    "gettimeofday",
    "nanosleep",
    "setitimer",
    "time",
    "timer_create",
    "timer_delete",
    "timer_getoverrun",
    "timer_gettime",
    "timer_settime",
    "timerfd_create",
    "timerfd_gettime",
    "timerfd_settime",
    // Waiting, and talking to what it started itself.
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd",
    "eventfd2",
    "getpeername",
    "getsockname",
    "getsockopt",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "pselect6",
    "recvfrom",
    "recvmsg",
    "select",
    "sendmsg",
    "sendto",
    "shutdown",
    "signalfd",
    "signalfd4",
    "getrandom",
};

// Harmless in a root of its own: nobody else's file is there to be changed.
constexpr const char* kAllowedInARootOfItsOwn[] = {
    "chmod",  "chown",     "fchmod", "fchmodat",  "fchown", "fchownat",
    "lchown", "futimesat", "utime",  "utimensat", "utimes",
};

constexpr const char* kAllowedAmongProcessesOfItsOwn[] = {
    "kill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "sched_setaffinity", "tgkill", "tkill",
};

// What is called with hope and must be told that it is not permitted. All others do not exist here, so that
// libraries take another way.
constexpr const char* kForbidden[] = {
    "accept",
    "accept4",
    "acct",
    "add_key",
    "adjtimex",
    "bind",
    "bpf",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "connect",
    "delete_module",
    "fanotify_init",
    "finit_module",
    "fremovexattr",
    "fsconfig",
    "fsetxattr",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "ioperm",
    "iopl",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "listen",
    "lremovexattr",
    "lsetxattr",
    "mknod",
    "mknodat",
    "mlock",
    "mlock2",
    "mlockall",
    "modify_ldt",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "migrate_pages",
    "name_to_handle_at",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pidfd_getfd",
    "pidfd_send_signal",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "removexattr",
    "request_key",
    "sched_setattr",
    "sched_setparam",
    "sched_setscheduler",
    "seccomp",
    "set_mempolicy",
    "setdomainname",
    "setgid",
    "setgroups",
    "sethostname",
    "setns",
    "setpriority",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setrlimit",
    "settimeofday",
    "setuid",
    "setxattr",
    "shmat",
    "shmget",
    "semget",
    "msgget",
    "socket",
    "swapoff",
    "swapon",
    "syslog",
    "umount2",
    "unshare",
    "userfaultfd",
    "vhangup",
    "vmsplice",
};

constexpr unsigned kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

class Filter {
 public:
  // What is on no list does not exist.
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release) {
    is_good_ =
        context_ != nullptr && seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
  }

  // A name that this machine's processor, or the library, does not know is no call here.
  void add(std::uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> when = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (!is_good_ || number == __NR_SCMP_ERROR || number < 0) return;
    is_good_ = seccomp_rule_add_array(context_.get(), action, number,
                                      static_cast<unsigned>(when.size()), when.begin()) == 0;
  }
  void allow(const char* name, std::initializer_list<scmp_arg_cmp> when = {}) {
    add(SCMP_ACT_ALLOW, name, when);
  }
  void forbid(const char* name) { add(SCMP_ACT_ERRNO(EPERM), name); }

  Reason load() {
    if (!is_good_) return "the list of system calls cannot be made";
    errno = -seccomp_load(context_.get());
    return errno == 0 ? Reason() : failed("seccomp");
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  bool is_good_ = false;
};

// The kernel takes 32 bits of these.
constexpr scmp_arg_cmp equals(unsigned argument, std::uint32_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, value};
}

void add_partly_allowed(Filter& filter, const Surroundings& surroundings) {
  // Threads and processes, in no new namespace. clone3's flags lie in memory, which a filter cannot see: the C
  // library takes clone where that does not exist.
  filter.allow("clone", {{0, SCMP_CMP_MASKED_EQ, kNewNamespaces, 0}});
  // Pairs of streams, which are connected to one another and to nothing else.
  filter.allow("socketpair", {equals(0, AF_UNIX), {1, SCMP_CMP_MASKED_EQ, 0xF, SOCK_STREAM}});
  for (const unsigned request : {unsigned{FIONBIO}, unsigned{FIOCLEX}, unsigned{FIONCLEX},
                                 unsigned{FIONREAD}, unsigned{TCGETS}, unsigned{TIOCGWINSZ}})
    filter.allow("ioctl", {equals(1, request)});
  for (const unsigned option :
       {unsigned{PR_SET_NAME}, unsigned{PR_GET_NAME}, unsigned{PR_SET_PDEATHSIG},
        unsigned{PR_GET_PDEATHSIG}, unsigned{PR_GET_DUMPABLE}, unsigned{PR_GET_NO_NEW_PRIVS},
        unsigned{PR_GET_SECCOMP}, unsigned{PR_CAPBSET_READ}, unsigned{PR_GET_TIMERSLACK},
        0x53564d41u /* PR_SET_VMA: names */})
    filter.allow("prctl", {equals(0, option)});
  // Not leases, notifications and owners, which reach others who open the same file, nor larger pipes. A lock of a
  // whole file, flock, holds up others even by a descriptor that only reads: it does not exist here.
  constexpr int kCommands[] = {F_DUPFD,     F_DUPFD_CLOEXEC, F_GETFD,     F_SETFD,  F_GETFL,
                               F_SETFL,     F_GETLK,         F_SETLK,     F_SETLKW, F_OFD_GETLK,
                               F_OFD_SETLK, F_OFD_SETLKW,    F_GETPIPE_SZ};
  for (const int command : kCommands)
    filter.allow("fcntl", {equals(1, static_cast<std::uint32_t>(command))});
  // Its own limits, which it cannot raise.
  filter.allow("prlimit64", {equals(0, 0)});
  filter.allow("prlimit64", {equals(0, static_cast<std::uint32_t>(::getpid()))});
  if (surroundings.root_of_its_own)
    for (const char* name : kAllowedInARootOfItsOwn) filter.allow(name);
  if (surroundings.processes_of_its_own) {
    for (const char* name : kAllowedAmongProcessesOfItsOwn) filter.allow(name);
  } else {
    filter.allow("tgkill", {equals(0, static_cast<std::uint32_t>(::getpid()))});
    filter.allow("kill", {equals(0, static_cast<std::uint32_t>(::getpid()))});
  }
}

}  // namespace

Reason restrict_system_calls(const Surroundings& surroundings) {
  Filter filter;
  for (const char* name : kAllowed) filter.allow(name);
  for (const char* name : kForbidden) filter.forbid(name);
  add_partly_allowed(filter, surroundings);
  return filter.load();
}

}  // namespace torchhub::python::sandbox
