#ifndef TORCHHUB_HUB_CHECKPOINT_FILE_H_
#define TORCHHUB_HUB_CHECKPOINT_FILE_H_
// A checkpoint's file in the cache, downloaded if it is not there: the first half of
// torch.hub.load_state_dict_from_url, without LibTorch.
//
//   std::filesystem::path file =
//       torchhub::get_checkpoint_file("https://example.com/resnet18-f37072fd.pth");
//   archive::Checkpoint checkpoint = archive::open_checkpoint(file);

#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/response_head.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub {

class CheckpointFileOptions {
 public:
  CheckpointFileOptions() = default;

  /// Where to keep the file. Default: the checkpoints folder of torch.hub's directory, and in it a
  /// folder for each checkpoint in several files.
  CheckpointFileOptions& model_dir(std::filesystem::path value) {
    model_dir_ = std::move(value);
    return *this;
  }
  const std::filesystem::path& model_dir() const { return model_dir_; }

  /// What to call the file. Default: the last part of the URL's path, as torch.hub has it.
  CheckpointFileOptions& file_name(std::string value) {
    file_name_ = std::move(value);
    return *this;
  }
  const std::string& file_name() const { return file_name_; }

  /// Whether the file's SHA-256 must begin with the digits in its name, NAME-<digits>.EXT. A cached
  /// file is read for that the first time only, and fetched anew if it is another. Default: false.
  CheckpointFileOptions& check_hash(bool value) {
    check_hash_ = value;
    return *this;
  }
  bool check_hash() const { return check_hash_; }

  /// Fetch the file anew although it is in the cache. Default: false.
  CheckpointFileOptions& force_reload(bool value) {
    force_reload_ = value;
    return *this;
  }
  bool force_reload() const { return force_reload_; }

  /// A header for the URL's own scheme, host and port alone.
  CheckpointFileOptions& header(std::string name, std::string value) {
    headers_.push_back(net::Header{std::move(name), std::move(value)});
    return *this;
  }
  const std::vector<net::Header>& headers() const { return headers_; }

  /// A longer file is refused with net::errc::too_large. Default: no limit.
  CheckpointFileOptions& max_bytes(std::uint64_t value) {
    max_bytes_ = value;
    return *this;
  }
  std::uint64_t max_bytes() const { return max_bytes_; }

  /// Time for the whole call; then net::errc::timed_out, and what came is kept for the next one.
  /// Default: none.
  CheckpointFileOptions& deadline(std::chrono::steady_clock::duration value) {
    deadline_ = value;
    return *this;
  }
  std::optional<std::chrono::steady_clock::duration> deadline() const { return deadline_; }

  /// Ends a download when a stop is requested; what came is kept for the next call. Default: nothing
  /// does.
  CheckpointFileOptions& stop(std::stop_token value) {
    stop_ = std::move(value);
    return *this;
  }
  const std::stop_token& stop() const { return stop_; }

  /// Who is told of the progress; borrowed. Default: nobody.
  template <net::Observer T>
  CheckpointFileOptions& observer(T& value) {
    observer_ = net::ObserverRef(value);
    return *this;
  }
  const net::ObserverRef& observer() const { return observer_; }

 private:
  std::filesystem::path model_dir_;
  std::string file_name_;
  bool check_hash_ = false;
  bool force_reload_ = false;
  std::vector<net::Header> headers_;
  std::uint64_t max_bytes_ = std::numeric_limits<std::uint64_t>::max();
  std::optional<std::chrono::steady_clock::duration> deadline_;
  std::stop_token stop_;
  net::ObserverRef observer_;
};

/// Where get_checkpoint_file keeps what lies at `url`, whether it is there or not.
/// Throws: cache::errc::bad_name.
TORCHHUB_EXPORT std::filesystem::path checkpoint_path(
    std::string_view url, const CheckpointFileOptions& options = CheckpointFileOptions(),
    const Context& context = Context::from_environment());

/// The path of the cached file, which is complete. Of a URL that ends in .index.json, it is the
/// index of a checkpoint in several files, and they are there too, fetched from beside it. Several
/// processes that ask for one file at once download it once. A cached file that is not what the
/// lock file says, or its name where that is checked, is replaced. One that is known to have come
/// from another path than `url`'s is not used: torch.hub would take it for this one. Unless its digest
/// is known, what is by its first bytes a page of HTML, XML or JSON or a Git LFS pointer, and does not
/// end so, is no checkpoint: it does not stay, and the next call asks again.
/// Throws: cache::errc::bad_name; cache::errc::no_hash_in_name before any request, where a check was
///   asked for and cannot be made; cache::errc::hash_mismatch, errc::pin_mismatch; errc::not_pinned;
///   errc::name_taken; errc::offline; archive::errc::not_a_checkpoint; net::Error; cache::Error.
TORCHHUB_EXPORT std::filesystem::path get_checkpoint_file(
    std::string_view url, const CheckpointFileOptions& options = CheckpointFileOptions(),
    const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_CHECKPOINT_FILE_H_
