#include <torchhub/hub/cli/interruption.h>

#include <unistd.h>

#include <csignal>
#include <ctime>

namespace torchhub::cli {
namespace {

constexpr int kInterrupted = 130;

sigset_t listened_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

Interruption::Interruption() {
  const sigset_t signals = listened_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  listener_ = std::jthread([this, signals](std::stop_token end) {
    constexpr timespec kBeat{0, 50'000'000};
    while (!end.stop_requested()) {
      if (sigtimedwait(&signals, nullptr, &kBeat) < 0) continue;
      if (source_.stop_requested()) _exit(kInterrupted);
      source_.request_stop();
    }
  });
}

Interruption::~Interruption() {
  listener_.request_stop();
  listener_.join();
  const sigset_t signals = listened_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace torchhub::cli
