#ifndef TORCHHUB_HUB_CLI_PROGRESS_BAR_H_
#define TORCHHUB_HUB_CLI_PROGRESS_BAR_H_
// A download's progress on stderr: one line that is written over. Models net::Observer.

#include <torchhub/net/progress.h>

#include <string>

namespace torchhub::cli {

class ProgressBar {
 public:
  /// Shows nothing unless stderr is a terminal and `quiet` is false.
  ProgressBar(std::string name, bool quiet);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  /// Ends the line, if there is one.
  ~ProgressBar();

  void on_progress(const net::Progress& progress) noexcept;

 private:
  std::string name_;
  bool shown_;
  bool started_ = false;
};

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_PROGRESS_BAR_H_
