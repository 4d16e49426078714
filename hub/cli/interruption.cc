#include <torchhub/hub/cli/interruption.h>

#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>

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

}  // namespace

void tell_interruptions() {
  struct sigaction told {};
  told.sa_handler = end_now;
  for (const int signal : kEnding) {
    struct sigaction before {};
    // nohup and a shell's background jobs have them ignored.
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      ::sigaction(signal, &told, nullptr);
  }
}

Interruption::Interruption() {
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
