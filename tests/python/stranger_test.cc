// A stranger in the sandbox, who tries every way out that we know of. Each attempt is a few lines of Python that
// end well where it succeeds: outside of the sandbox each must, inside none may.

#include <torchhub/python/error.h>
#include <torchhub/python/sandbox.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using Ended = SandboxOutcome::Ended;

constexpr char kPython[] = "/usr/bin/python3";
constexpr uid_t kNobody = 65534;

struct Attempt {
  const char* name;
  const char* code;
  enum class Needs { nothing, capabilities, its_session } needs = Needs::nothing;
};
constexpr auto kCapabilities = Attempt::Needs::capabilities;

// Each processor has numbers of its own.
constexpr struct {
  const char* name;
  long number;
} kNumbers[] = {
    {"add_key", SYS_add_key},
    {"chroot", SYS_chroot},
    {"clone", SYS_clone},
    {"clone3", SYS_clone3},
    {"fsopen", SYS_fsopen},
    {"inotify_init1", SYS_inotify_init1},
    {"io_uring_setup", SYS_io_uring_setup},
    {"keyctl", SYS_keyctl},
    {"mlock", SYS_mlock},
    {"mount", SYS_mount},
    {"msgget", SYS_msgget},
    {"name_to_handle_at", SYS_name_to_handle_at},
    {"open_tree", SYS_open_tree},
    {"perf_event_open", SYS_perf_event_open},
    {"personality", SYS_personality},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"process_vm_readv", SYS_process_vm_readv},
    {"ptrace", SYS_ptrace},
    {"request_key", SYS_request_key},
    {"semget", SYS_semget},
    {"setns", SYS_setns},
    {"shmget", SYS_shmget},
    {"umount2", SYS_umount2},
    {"unshare", SYS_unshare},
    {"userfaultfd", SYS_userfaultfd},
    {"vmsplice", SYS_vmsplice},
#ifdef SYS_modify_ldt
    {"modify_ldt", SYS_modify_ldt},
#endif
};

bool has_number(std::string_view name) {
  return std::any_of(std::begin(kNumbers), std::end(kNumbers),
                     [&](const auto& known) { return known.name == name; });
}

std::string python_numbers() {
  std::string text = "NUMBERS = {";
  for (const auto& [name, number] : kNumbers)
    text += "'" + std::string(name) + "': " + std::to_string(number) + ", ";
  return text + "}\n";
}

// What each may use. HOME_OF_USER, PORT, ... stand before it.
constexpr char kPrelude[] = R"(
import ctypes, errno, fcntl, mmap, os, signal, socket, struct, sys, termios, time
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    number = NUMBERS[name] if isinstance(name, str) else name
    kept = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *kept)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
SECRET, OWN = USER + '/secret', USER + '/own'
)";

constexpr Attempt kAttempts[] = {
    // The user's files.
    {"reads a file", "assert open(SECRET).read() == 'the-secret'"},
    {"lists a folder", "assert os.listdir(USER)"},
    {"makes a file", "open(USER + '/new', 'w').write('x')"},
    {"writes a file", "open(OWN, 'a').write('x')"},
    {"changes a mode", "os.chmod(OWN, 0o640)"},
    {"changes times", "os.utime(OWN, (1, 1))"},
    {"changes an owner", "os.chown(OWN, os.getuid(), os.getgid())"},
    {"sets an attribute", "os.setxattr(OWN, 'user.torchhub', b'x')"},
    {"shortens a file", "os.truncate(OWN, 0)"},
    {"renames a file", "os.rename(OWN, OWN + '2'); os.rename(OWN + '2', OWN)"},
    {"links a file", "os.link(OWN, OWN + '3'); os.unlink(OWN + '3')"},
    {"leaves a link", "os.symlink('/', USER + '/link'); os.unlink(USER + '/link')"},
    {"goes by the root of another process", "assert os.listdir('/proc/%d/root' % OUTSIDER)"},
    {"goes by a folder of another process", "assert os.listdir('/proc/%d/cwd' % OUTSIDER)"},
    {"goes up by a folder's handle",
     "class H(ctypes.Structure): _fields_ = [('n', ctypes.c_uint), ('t', ctypes.c_int), "
     "('f', ctypes.c_char * 128)]\n"
     "h, m = H(128, 0), ctypes.c_int()\n"
     "call('name_to_handle_at', -100, USER.encode(), ctypes.byref(h), ctypes.byref(m), 0)"},
    {"changes what it may read", "open(GIVEN + '/data', 'a').write('x')"},
    {"makes a file where it may read", "open(GIVEN + '/new', 'w'); os.unlink(GIVEN + '/new')"},
    {"changes a mode where it may read", "os.chmod(GIVEN + '/data', 0o640)"},
    {"sees the machine's name", "assert os.uname().nodename != 'sandbox'"},
    {"sees the machine's devices", "assert os.listdir('/sys/devices')"},
    {"sees the machine's settings",
     "assert os.path.exists('/etc/hosts') or "
     "os.path.exists('/etc/hostname') or os.listdir('/etc/init.d')"},
    {"shares memory by a file",
     "open('/dev/shm/torchhub-test', 'w'); os.unlink('/dev/shm/torchhub-test')"},
    {"sees the machine's own software", "assert os.listdir('/usr/share/doc')"},
    {"holds up whoever opens a file",
     "fcntl.fcntl(os.open(GIVEN + '/data', os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)"},
    {"holds up whoever locks a file",
     "fcntl.flock(os.open(GIVEN + '/data', os.O_RDONLY), fcntl.LOCK_EX)"},
    {"watches a folder",
     "fcntl.fcntl(os.open(GIVEN, os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS | "
     "fcntl.DN_MULTISHOT)"},
    {"changes times of a device", "os.utime('/dev/full')"},
    {"changes times of what is hidden", "os.utime('/dev/null')"},
    {"has large buffers of sockets",
     "a, b = socket.socketpair(); a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)"},
    {"has large pipes", "fcntl.fcntl(os.pipe()[1], 1031, 1 << 17)"},
    {"has many signals waiting",
     "import resource; assert resource.getrlimit(resource.RLIMIT_SIGPENDING)[0] > 1024"},
    // Others by sockets.
    {"connects to a port", "socket.create_connection(('127.0.0.1', PORT), 2)"},
    {"sends a datagram",
     "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))"},
    {"connects to a UNIX socket", "socket.socket(socket.AF_UNIX).connect(USER + '/service')"},
    {"connects to a UNIX socket where it may read",
     "socket.socket(socket.AF_UNIX).connect(GIVEN + '/service')"},
    {"connects to an abstract UNIX socket",
     "socket.socket(socket.AF_UNIX).connect('\\0' + ABSTRACT)"},
    {"sends to a UNIX socket by a pair",
     "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', GIVEN + '/datagrams')"},
    {"asks the kernel by netlink",
     "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).bind((0, 0))"},
    {"makes a vsock", "socket.socket(40, socket.SOCK_STREAM)"},
    {"waits for connections", "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()"},
    // Other processes.
    {"signals another process", "os.kill(OUTSIDER, 0)"},
    {"signals by a descriptor",
     "call('pidfd_send_signal', call('pidfd_open', OUTSIDER, 0), 0, None, 0)"},
    {"reads another process's variables", "assert open('/proc/%d/environ' % OUTSIDER).read()"},
    {"reads another process's descriptors", "assert os.listdir('/proc/%d/fd' % OUTSIDER)"},
    {"reads another process's memory",
     "b = ctypes.create_string_buffer(8)\n"
     "class V(ctypes.Structure): _fields_ = [('p', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
     "v = V(ctypes.addressof(b), 8)\n"
     "call('process_vm_readv', os.getpid(), ctypes.byref(v), 1, ctypes.byref(v), 1, 0)"},
    {"traces", "call('ptrace', 0, 0, 0, 0)"},
    {"limits another process", "import resource; resource.prlimit(OUTSIDER, resource.RLIMIT_CORE)"},
    {"moves another process to other processors",
     "os.sched_setaffinity(OUTSIDER, os.sched_getaffinity(OUTSIDER))"},
    {"reads its parent's variables", "assert open('/proc/%d/environ' % os.getppid()).read()"},
    {"types on the terminal",
     "import pty; m, s = pty.openpty(); fcntl.ioctl(s, termios.TIOCSWINSZ, b'\\0' * 8)"},
    // The kernel.
    {"makes a user namespace", "call('unshare', 0x10000000)"},
    {"makes a namespace by clone",
     "r = call('clone', 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)\nif r == 0: os._exit(0)"},
    {"makes a namespace by clone3",
     "a = struct.pack('11Q', 0x10000000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)\n"
     "r = call('clone3', a, len(a))\nif r == 0: os._exit(0)"},
    {"joins a namespace", "call('setns', os.open('/proc/self/ns/uts', os.O_RDONLY), 0)",
     kCapabilities},
    {"mounts", "call('mount', b'none', USER.encode(), b'tmpfs', 0, None)", kCapabilities},
    {"mounts by the newer calls", "call('fsopen', b'tmpfs', 0)", kCapabilities},
    {"clones a tree of mounts", "call('open_tree', -100, b'/', 0x8001)", kCapabilities},
    {"unmounts",
     "call('mount', b'none', USER.encode(), b'tmpfs', 0, None); call('umount2', USER.encode(), 2)",
     kCapabilities},
    {"changes its root", "call('chroot', USER.encode())", kCapabilities},
    {"names the host", "socket.sethostname('x')", kCapabilities},
    {"changes its user", "os.setresuid(os.getuid(), os.getuid(), os.getuid())"},
    {"has capabilities",
     "import re; assert int(re.search(r'CapEff:\\s*(\\w+)', open('/proc/self/status').read())[1], "
     "16)",
     kCapabilities},
    {"may get new privileges",
     "import re; assert re.search(r'NoNewPrivs:\\s*0', open('/proc/self/status').read())"},
    {"reads the session's keyring", "call('keyctl', 0, -3, 0)"},
    {"adds a key", "call('add_key', b'user', b'torchhub-test', b'x', 1, -2)"},
    {"asks for a key",
     "\ntry: call('request_key', b'user', b'torchhub-none', None, 0)\n"
     "except OSError as e: assert e.errno == 126, e"},
    {"sees the user's keys", "assert open('/proc/keys').read() or open('/proc/key-users').read()"},
    {"makes an io_uring", "call('io_uring_setup', 1, ctypes.create_string_buffer(120))"},
    {"counts events",
     "a = struct.pack('IIQ', 1, 64, 0) + bytes(48); "
     "a = struct.pack('IIQQQQ', 1, 64, 0, 0, 0, 0) + struct.pack('Q', 0x61) + bytes(16)\n"
     "call('perf_event_open', a, 0, -1, -1, 0)"},
    {"handles page faults", "call('userfaultfd', 1)"},
    {"changes its personality", "call('personality', 0x0040000)"},
    {"has memory that is counted nowhere", "os.memfd_create('m')"},
    {"shares memory of System V", "call('shmget', 0, 4096, 0o1600)"},
    {"has semaphores of System V", "call('semget', 0, 1, 0o1600)"},
    {"has queues of System V", "call('msgget', 0, 0o1600)"},
    {"gives pages to a pipe",
     "b = ctypes.create_string_buffer(4096)\n"
     "v = struct.pack('PN', ctypes.addressof(b), 4096)\ncall('vmsplice', os.pipe()[1], v, 1, 0)"},
    {"keeps memory from being swapped",
     "b = mmap.mmap(-1, 4096); call('mlock', "
     "ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(b))), 4096)"},
    {"changes its segments", "call('modify_ldt', 0, ctypes.create_string_buffer(16), 16)"},
    {"watches files", "call('inotify_init1', 0)"},
    {"makes calls of another architecture's numbers", "call(0x40000000 + 39)"},
};

// The numbers of x32 are not there in most kernels, and segments in x86 alone: nothing to see without the wall.
bool has_no_control(const Attempt& attempt) {
  const std::string_view name = attempt.name;
  if (name.find("segments") != name.npos) return !has_number("modify_ldt");
  return name.find("another architecture") != name.npos;
}

// A UNIX socket's path has 107 bytes, which a test's own folder takes up.
fs::path short_folder() {
  ::unsetenv("TEST_TMPDIR");
  if (fs::temp_directory_path().string().size() > 40) ::setenv("TMPDIR", "/tmp", 1);
  return fs::temp_directory_path();
}

class StrangerTest : public testing::Test {
 protected:
  StrangerTest() {
    fs::permissions(folder_.path(), fs::perms(0755));
    fs::create_directories(user());
    fs::create_directories(given());
    tests::write_file(user() + "/secret", "the-secret");
    tests::write_file(user() + "/own", "own");
    tests::write_file(given() + "/data", "data");
    fs::permissions(user() + "/secret", fs::perms(0600));
    listener_ = listen_on_a_port();
    services_[0] = listen_on(user() + "/service", SOCK_STREAM);
    services_[1] = listen_on(given() + "/service", SOCK_STREAM);
    services_[2] = listen_on(given() + "/datagrams", SOCK_DGRAM);
    services_[3] = listen_on(std::string(1, '\0') + abstract_, SOCK_STREAM);
    outsider_ = ::fork();
    if (outsider_ == 0) {
      ::execl("/bin/sleep", "sleep", "600", nullptr);
      ::_exit(1);
    }
  }
  ~StrangerTest() override {
    ::kill(outsider_, SIGKILL);
    ::waitpid(outsider_, nullptr, 0);
    ::close(listener_);
    for (const int service : services_) ::close(service);
  }

  pid_t outsider_pid() const { return outsider_; }
  std::string user() const { return folder_ / "user"; }
  std::string given() const { return folder_ / "given"; }

  std::string script(const std::string& code) const {
    return "USER, GIVEN, PORT, OUTSIDER, ABSTRACT = '" + user() + "', '" + given() + "', " +
           std::to_string(port_) + ", " + std::to_string(outsider_) + ", '" + abstract_ + "'\n" +
           python_numbers() + kPrelude + code + "\nprint('THROUGH')\n";
  }

  // Without a sandbox; with capabilities, in namespaces of its own.
  std::string said_outside(const Attempt& attempt) const {
    const std::string text = script(attempt.code);
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(ends[1], 1);
      ::dup2(ends[1], 2);
      ::close(ends[0]);
      if (attempt.needs == kCapabilities) become_root_of_namespaces();
      ::execl(kPython, kPython, "-I", "-c", text.c_str(), nullptr);
      ::_exit(1);
    }
    ::close(ends[1]);
    std::string said;
    char buffer[4096];
    for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
      said.append(buffer, static_cast<std::size_t>(got));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return said;
  }

  std::string said_inside(const Attempt& attempt) const {
    return run_in_sandbox({kPython, "-I", "-c", script(attempt.code)},
                          SandboxOptions().readable(given()).deadline(20s))
        .errors;
  }

 private:
  static void become_root_of_namespaces() {
    const std::string uid = "0 " + std::to_string(::getuid()) + " 1";
    const std::string gid = "0 " + std::to_string(::getgid()) + " 1";
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) != 0) return;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << uid;
    std::ofstream("/proc/self/gid_map") << gid;
  }

  int listen_on_a_port() {
    const int server = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(server, 8), 0);
    EXPECT_EQ(::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    return server;
  }

  static int listen_on(const std::string& name, int type) {
    const int server = ::socket(AF_UNIX, type, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_LE(name.size(), sizeof address.sun_path);
    name.copy(address.sun_path, name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
    if (type == SOCK_STREAM) ::listen(server, 8);
    return server;
  }

  const fs::path parent_ = short_folder();
  tests::TempFolder folder_;
  const std::string abstract_ = "torchhub-stranger-" + std::to_string(::getpid());
  int listener_ = -1, services_[4] = {-1, -1, -1, -1}, port_ = 0;
  pid_t outsider_ = -1;
};

TEST_F(StrangerTest, GetsThroughNoWallAndThroughEachWhereThereIsNone) {
  for (const Attempt& attempt : kAttempts) {
    EXPECT_THAT(said_inside(attempt), testing::Not(HasSubstr("THROUGH"))) << attempt.name;
    if (has_no_control(attempt)) continue;
    EXPECT_THAT(said_outside(attempt), HasSubstr("THROUGH")) << attempt.name;
  }
  EXPECT_EQ(tests::read_file(given() + "/data"), "datax") << "not by the control alone";
}

// Each wall's system calls refused, as container engines and older kernels do, for this thread and what it starts.
void refuse_system_calls(const std::vector<unsigned>& numbers) {
  std::vector<sock_filter> code = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
  for (const unsigned number : numbers) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

struct Refusal {
  std::vector<unsigned> system_calls;
  std::vector<std::string> missing;  // walls
};
const Refusal kRefusals[] = {
    {{SYS_unshare}, {"user", "files", "processes", "network", "ipc", "host"}},
    {{444, 445, 446}, {"landlock"}},
    {{SYS_unshare, 444, 445, 446},
     {"user", "files", "processes", "network", "ipc", "host", "landlock"}},
    {{SYS_seccomp, SYS_prctl}, {"privileges", "system_calls"}},
    {{SYS_mount}, {"files", "processes"}},
    {{SYS_pivot_root}, {"files", "processes"}},
    {{SYS_capset}, {"privileges"}},
    {{SYS_setsid}, {"session"}},
    {{SYS_prlimit64}, {"limits"}},
};

// Whatever `act` says in a thread that system calls are refused to.
template <class Act>
void with_refused(const std::vector<unsigned>& numbers, const Act& act) {
  std::thread([&] {
    refuse_system_calls(numbers);
    act();
  }).join();
}

TEST_F(StrangerTest, DoesNotRunWhereAWallIsMissing) {
  for (const Refusal& refusal : kRefusals) {
    const std::string mark = user() + "/own";
    with_refused(refusal.system_calls, [&] {
      const auto failure = tests::failure_of([&] {
        run_in_sandbox({"/bin/bash", "-c", "echo ran >> " + mark},
                       SandboxOptions().readable(user()));
      });
      EXPECT_EQ(failure.code, errc::weak_sandbox) << failure.sentence;
      for (const SandboxWallName& wall : kSandboxWalls) {
        const bool is_missing = std::find(refusal.missing.begin(), refusal.missing.end(),
                                          wall.name) != refusal.missing.end();
        EXPECT_EQ(failure.sentence.find(std::string(wall.what) + " (") != std::string::npos,
                  is_missing)
            << wall.name << " in: " << failure.sentence;
      }
    });
    EXPECT_EQ(tests::read_file(mark), "own");
  }
}

TEST_F(StrangerTest, RunsWithoutAWallWhereThatIsAllowedAndIsToldAsWeak) {
  for (const Refusal& refusal : kRefusals) {
    with_refused(refusal.system_calls, [&] {
      bool is_told = false;
      const SandboxOutcome outcome = run_in_sandbox(
          {"/bin/bash", "-c", "echo ran >&3; [ -n \"$(cat " + user() + "/secret)\" ]"},
          SandboxOptions().allow_weak(true).on_start(
              [&](const SandboxProtection& protection) { is_told = !protection.complete(); }));
      EXPECT_EQ(outcome.result, "ran\n");
      EXPECT_TRUE(is_told);
      for (const SandboxWall& wall : outcome.protection.walls) {
        EXPECT_EQ(wall.stands, std::find(refusal.missing.begin(), refusal.missing.end(),
                                         wall.name) == refusal.missing.end())
            << wall.name << ": " << wall.reason;
      }
      // Either wall before files is enough for what Landlock knows.
      const bool has_files =
          outcome.protection.stands("files") || outcome.protection.stands("landlock");
      EXPECT_EQ(outcome.status, has_files ? 1 : 0);
    });
  }
}

// Modes and times are not Landlock's: where it is the only wall, the list of system calls leaves them out.
TEST_F(StrangerTest, ChangesNoModesWithoutARootOfItsOwn) {
  with_refused({SYS_unshare}, [&] {
    const SandboxOutcome outcome =
        run_in_sandbox({kPython, "-I", "-c",
                        script("import contextlib\n"
                               "with contextlib.suppress(OSError): os.chmod(OWN, 0o666)\n"
                               "with contextlib.suppress(OSError): os.utime(OWN, (1, 1))\n"
                               "with contextlib.suppress(OSError): os.kill(OUTSIDER, 9)\n"
                               "with contextlib.suppress(OSError): socket.socket()")},
                       SandboxOptions().allow_weak(true));
    EXPECT_THAT(outcome.errors, HasSubstr("THROUGH"));
  });
  struct stat status {};
  ASSERT_EQ(::stat((user() + "/own").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644u);
  EXPECT_GT(status.st_mtime, 1000);
  EXPECT_EQ(::kill(outsider_pid(), 0), 0);
}

// The whole test again as a user without rights, where this one may become him.
TEST(Unprivileged, StrangerGetsThroughNoWall) {
  if (::getuid() != 0) GTEST_SKIP() << "this is run by a user without rights already";
  const fs::path folder =
      fs::temp_directory_path() / ("torchhub-nobody-" + std::to_string(::getpid()));
  fs::create_directory(folder);
  fs::copy_file("/proc/self/exe", folder / "test");
  fs::permissions(folder, fs::perms(0777));
  fs::permissions(folder / "test", fs::perms(0755));
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string temporary = "TMPDIR=" + folder.string();
    std::string program = folder / "test", filter = "--gtest_filter=StrangerTest.*";
    char* argv[] = {program.data(), filter.data(), nullptr};
    std::string variable = temporary;
    char* envp[] = {variable.data(), nullptr};
    if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
        ::setresuid(kNobody, kNobody, kNobody) != 0)
      ::_exit(99);
    ::execve(program.c_str(), argv, envp);
    ::_exit(98);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  fs::remove_all(folder);
  constexpr int kCannotBecomeHim = 99;
  if (WEXITSTATUS(status) == kCannotBecomeHim) GTEST_SKIP() << "this user cannot become another";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace torchhub::python
