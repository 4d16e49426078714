#ifndef TORCHHUB_HUB_CLI_PROGRESS_DISPLAY_H_
#define TORCHHUB_HUB_CLI_PROGRESS_DISPLAY_H_
// How downloads get on, on stderr: a bar for each on a terminal, drawn over and over; a plain line
// for each every few seconds elsewhere, or where NO_COLOR is set; nothing with --quiet
// or --no-progress.
//
//   ProgressDisplay display(line.progress && !line.quiet);
//   options.observer(display.add("a.safetensors"));

#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/net/progress.h>

#include <chrono>
#include <deque>
#include <string>

namespace torchhub::cli {

class ProgressDisplay;

/// One download's. Models net::Observer.
class FileProgress {
 public:
  FileProgress(ProgressDisplay& display, TerminalText name);
  void on_progress(const net::Progress& progress) noexcept;

 private:
  friend class ProgressDisplay;

  ProgressDisplay& display_;
  TerminalText name_;
  net::Progress progress_;
  std::chrono::steady_clock::time_point told_{};  // as a plain line
  bool has_begun_ = false;
};

class ProgressDisplay {
 public:
  /// Without `is_shown`, nothing is.
  explicit ProgressDisplay(bool is_shown);
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;
  /// Leaves the cursor below the bars.
  ~ProgressDisplay();

  /// A download called `name`; it lives as long as the display.
  FileProgress& add(const std::string& name);

 private:
  friend class FileProgress;
  enum class Style { none, lines, bars };

  void update(FileProgress& file) noexcept;
  void draw() noexcept;

  Style style_;
  std::deque<FileProgress> files_;
  std::size_t drawn_lines_ = 0;
  std::chrono::steady_clock::time_point drawn_{};
};

/// "62 %  2.9 of 4.7 GB  411 MB/s  4 connections  0:04": what is known of it. Pure.
std::string progress_text(const net::Progress& progress);

/// A bar of `width` characters, `share` of it (0 to 1) done. Pure.
std::string progress_bar(double share, int width);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_PROGRESS_DISPLAY_H_
