#ifndef TORCHHUB_HUB_CLI_INTERRUPTION_H_
#define TORCHHUB_HUB_CLI_INTERRUPTION_H_
// Ctrl-C and SIGTERM as a request to stop, so that what was downloaded can be kept.
//
//   Interruption interruption;
//   options.stop(interruption.token());

#include <stop_token>
#include <thread>

namespace torchhub::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP request a stop instead of ending the process; a second
/// one ends it. To be made before any other thread is: threads inherit what they do not listen to.
class Interruption {
 public:
  Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::thread listener_;
};

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_INTERRUPTION_H_
