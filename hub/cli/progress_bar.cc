#include <torchhub/hub/cli/progress_bar.h>
#include <torchhub/net/concepts.h>

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace torchhub::cli {

static_assert(net::Observer<ProgressBar>);

namespace {
double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }
}  // namespace

ProgressBar::ProgressBar(std::string name, bool quiet)
    : name_(std::move(name)), shown_(!quiet && isatty(STDERR_FILENO)) {}

ProgressBar::~ProgressBar() {
  if (started_) std::fputc('\n', stderr);
}

void ProgressBar::on_progress(const net::Progress& progress) noexcept {
  if (!shown_) return;
  started_ = true;
  if (progress.total && *progress.total > 0) {
    const double percent =
        100.0 * static_cast<double>(progress.bytes) / static_cast<double>(*progress.total);
    std::fprintf(stderr, "\r%s  %.0f %%  %.1f of %.1f MB\x1b[K", name_.c_str(), percent,
                 megabytes(progress.bytes), megabytes(*progress.total));
  } else {
    std::fprintf(stderr, "\r%s  %.1f MB\x1b[K", name_.c_str(), megabytes(progress.bytes));
  }
}

}  // namespace torchhub::cli
