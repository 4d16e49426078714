#include <torchhub/hub/cli/interruption.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <utility>

namespace torchhub::cli {
namespace {

constexpr int kInterrupted = 130;
constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};
// Ends the listener; nobody else sends it, and it is ignored where it is not listened to.
constexpr int kEnd = SIGURG;

sigset_t listened_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kEnding) sigaddset(&signals, signal);
  sigaddset(&signals, kEnd);
  return signals;
}

// Of what it does, a signal's handler may do all.
[[noreturn]] void end_now(int) {
  constexpr std::string_view kSentence = "torchhub: error: interrupted\n";
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, kSentence.data(), kSentence.size());
  _exit(kInterrupted);
}

// Of HandledInterruption. What a handler may touch has no owner that could go.
const int asked = ::eventfd(0, EFD_CLOEXEC);
std::atomic<bool> is_asked = false;
std::atomic<bool> is_over = false;
std::atomic<pid_t> own_process = 0;

void wake_listener() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(asked, &one, sizeof one);
}

void wait_until_woken() {
  std::uint64_t count = 0;
  while (::read(asked, &count, sizeof count) < 0 && errno == EINTR) continue;
}

void ask(int signal) {
  const int kept = errno;
  if (::getpid() != own_process) {
    // A child that was forked to go on by itself.
    std::signal(signal, SIG_DFL);
    ::raise(signal);
  } else if (is_asked.exchange(true)) {
    end_now(signal);
  } else {
    wake_listener();
  }
  errno = kept;
}

void handle_ending(void (*handler)(int)) {
  struct sigaction wanted {};
  wanted.sa_handler = handler;
  for (const int signal : kEnding) {
    struct sigaction before {};
    // nohup and a shell's background jobs have them ignored.
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      ::sigaction(signal, &wanted, nullptr);
  }
}

}  // namespace

void tell_interruptions() { handle_ending(end_now); }

HandledInterruption::HandledInterruption(std::stop_source source) : source_(std::move(source)) {
  is_asked = false;
  is_over = false;
  own_process = ::getpid();
  listener_ = std::thread([this] {
    wait_until_woken();
    if (!is_over) source_.request_stop();
  });
  handle_ending(ask);
}

HandledInterruption::~HandledInterruption() {
  tell_interruptions();
  is_over = true;
  // One that came last is not heard any more.
  if (!is_asked.exchange(true)) wake_listener();
  listener_.join();
}

Interruption::Interruption(std::stop_source source) : source_(std::move(source)) {
  const sigset_t signals = listened_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  listener_ = std::thread([this, signals] {
    for (int signal = 0; signal != kEnd;) {
      if (sigwait(&signals, &signal) != 0 || signal == kEnd) continue;
      if (source_.stop_requested()) end_now(signal);
      source_.request_stop();
    }
  });
}

Interruption::~Interruption() {
  pthread_kill(listener_.native_handle(), kEnd);
  listener_.join();
  const sigset_t signals = listened_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace torchhub::cli
