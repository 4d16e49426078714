#include <torchhub/hub/cli/interruption.h>

#include <unistd.h>

#include <csignal>

namespace torchhub::cli {
namespace {

constexpr int kInterrupted = 130;
// Ends the listener; nobody else sends it, and it is ignored where it is not listened to.
constexpr int kEnd = SIGURG;

sigset_t listened_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, kEnd}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

Interruption::Interruption() {
  const sigset_t signals = listened_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  listener_ = std::thread([this, signals] {
    for (int signal = 0; signal != kEnd;) {
      if (sigwait(&signals, &signal) != 0 || signal == kEnd) continue;
      if (source_.stop_requested()) _exit(kInterrupted);
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
