#ifndef TORCHHUB_HUB_CLI_INTERRUPTION_H_
#define TORCHHUB_HUB_CLI_INTERRUPTION_H_
// Ctrl-C and SIGTERM as a request to stop, so that what was downloaded can be kept, or as an end that is told.
//
//   tell_interruptions();
//   Interruption interruption;
//   options.stop(interruption.token());

#include <stop_token>
#include <thread>

namespace torchhub::cli {

/// From now on SIGINT, SIGTERM and SIGHUP, unless they are ignored, end the process with a sentence on stderr and
/// status 130.
void tell_interruptions();

/// While it lives, they request a stop instead; a second one ends the process. To be made before any other thread
/// is: threads inherit what they do not listen to.
class Interruption {
 public:
  explicit Interruption(std::stop_source source = std::stop_source());
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::thread listener_;
};

/// The same while foreign code runs: by handlers, so that neither its threads nor the processes that it starts inherit
/// anything; a process that it forks ends by the signal. Whatever is ignored stays so. One at a time.
class HandledInterruption {
 public:
  explicit HandledInterruption(std::stop_source source);
  HandledInterruption(const HandledInterruption&) = delete;
  HandledInterruption& operator=(const HandledInterruption&) = delete;
  ~HandledInterruption();

 private:
  std::stop_source source_;
  std::thread listener_;
};

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_INTERRUPTION_H_
