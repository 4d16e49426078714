#include <torchhub/hub/cli/progress_display.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/net/concepts.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace torchhub::cli {

static_assert(net::Observer<FileProgress>);

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kDrawBeat{100};
constexpr std::chrono::seconds kLineBeat{5};
constexpr int kBarWidth = 32;

struct Unit {
  double bytes;
  const char* name;
};

Unit unit_for(double bytes) {
  if (bytes >= 1e9) return {1e9, "GB"};
  if (bytes >= 1e6) return {1e6, "MB"};
  return {1e3, "kB"};
}

std::string number(double value, int digits) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string clock(double seconds) {
  const auto whole = static_cast<long>(std::min(seconds, 359'999.0));
  std::array<char, 32> text{};
  const int length =
      whole >= 3600 ? std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld", whole / 3600,
                                    whole / 60 % 60, whole % 60)
                    : std::snprintf(text.data(), text.size(), "%ld:%02ld", whole / 60, whole % 60);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string progress_text(const net::Progress& progress) {
  const auto bytes = static_cast<double>(progress.bytes);
  const double total = static_cast<double>(progress.total.value_or(progress.bytes));
  const Unit unit = unit_for(total);
  std::string text;
  if (progress.total) {
    const double share = total > 0 ? bytes / total : 1;
    text = number(100 * share, 0) + " %  " + number(bytes / unit.bytes, 1) + " of ";
  }
  text += number(total / unit.bytes, 1) + ' ' + unit.name;
  switch (progress.phase) {
    case net::Phase::done:
      return text;
    case net::Phase::verifying:
      return text + "  verifying";
    case net::Phase::waiting:
      return text + "  waiting to try again";
    case net::Phase::connecting:
      return text + "  connecting";
    case net::Phase::downloading:
      break;
  }
  const double rate = progress.bytes_per_second;
  const Unit rate_unit = unit_for(rate);
  text += "  " + number(rate / rate_unit.bytes, rate_unit.bytes >= 1e9 ? 1 : 0) + ' ' +
          rate_unit.name + "/s  " + std::to_string(progress.connections) +
          (progress.connections == 1 ? " connection" : " connections");
  if (progress.total && rate > 0) text += "  " + clock((total - bytes) / rate);
  return text;
}

std::string progress_bar(double share, int width) {
  const int done = std::clamp(static_cast<int>(share * width), 0, width);
  std::string bar;
  for (int i = 0; i < done; ++i) bar += i + 1 == done && done < width ? "╸" : "━";
  bar += "\x1b[2m";
  for (int i = done; i < width; ++i) bar += "━";
  return bar + "\x1b[0m";
}

FileProgress::FileProgress(ProgressDisplay& display, TerminalText name)
    : display_(display), name_(std::move(name)) {}

void FileProgress::on_progress(const net::Progress& progress) noexcept {
  progress_ = progress;
  display_.update(*this);
}

ProgressDisplay::ProgressDisplay(bool is_shown) {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool is_terminal = isatty(STDERR_FILENO) && !(no_colour && *no_colour);
  style_ = !is_shown ? Style::none : is_terminal ? Style::bars : Style::lines;
}

ProgressDisplay::~ProgressDisplay() {
  if (style_ == Style::bars && drawn_lines_ > 0) draw();
}

FileProgress& ProgressDisplay::add(const std::string& name) {
  return files_.emplace_back(*this, terminal_line(name));
}

void ProgressDisplay::update(FileProgress& file) noexcept {
  const auto now = steady_clock::now();
  if (style_ == Style::bars) {
    file.has_begun_ = true;
    if (now - drawn_ < kDrawBeat && file.progress_.phase != net::Phase::done) return;
    drawn_ = now;
    draw();
  } else if (style_ == Style::lines) {
    // What is over before the first beat needs no line.
    if (file.told_ == steady_clock::time_point()) file.told_ = now;
    if (now - file.told_ < kLineBeat) return;
    file.told_ = now;
    std::fprintf(stderr, "%s  %s\n", file.name_.str().c_str(),
                 progress_text(file.progress_).c_str());
  }
}

// Over what was drawn before: a line for each file that has begun.
void ProgressDisplay::draw() noexcept {
  std::string text;
  if (drawn_lines_ > 0) text += "\x1b[" + std::to_string(drawn_lines_) + 'A';
  drawn_lines_ = 0;
  std::size_t width = 0;
  for (const FileProgress& file : files_) width = std::max(width, file.name_.size());
  for (const FileProgress& file : files_) {
    if (!file.has_begun_) continue;
    const net::Progress& progress = file.progress_;
    text += "\r" + file.name_.str() + std::string(width - file.name_.size() + 2, ' ');
    if (progress.total) {
      const double total = std::max(static_cast<double>(*progress.total), 1.0);
      text += progress_bar(static_cast<double>(progress.bytes) / total, kBarWidth) + "  ";
    }
    text += progress_text(progress) + "\x1b[K\n";
    ++drawn_lines_;
  }
  std::fputs(text.c_str(), stderr);
}

}  // namespace torchhub::cli
