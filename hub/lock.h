#ifndef TORCHHUB_HUB_LOCK_H_
#define TORCHHUB_HUB_LOCK_H_
// Pins what URLs and repositories are now.
//
//   torchhub::LockFile pins = torchhub::read_lock_file("hub.lock");
//   for (const torchhub::PinChange& change : torchhub::lock(pins, {"acme/digits:v1"}))
//     std::cout << change.name << ": " << change.after << "\n";
//   torchhub::write_lock_file("hub.lock", pins);

#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/lock_file.h>

#include <stop_token>
#include <string>
#include <vector>

namespace torchhub {

class LockOptions {
 public:
  LockOptions() = default;

  /// Move pins that are there already. Default: false.
  LockOptions& update(bool value) {
    update_ = value;
    return *this;
  }
  bool update() const { return update_; }

  /// Ends what is under way when a stop is requested. Default: nothing does.
  LockOptions& stop(std::stop_token value) {
    stop_ = std::move(value);
    return *this;
  }
  const std::stop_token& stop() const { return stop_; }

 private:
  bool update_ = false;
  std::stop_token stop_;
};

struct PinChange {
  std::string name;    ///< as it stands in the lock file
  std::string before;  ///< "" for a new pin; else the SHA-256, or the commit
  std::string after;
};

/// Pins each of `names`, URLs and repositories, in `lock_file`, fetching them into the cache; with
/// update(), which asks their servers again, those that are pinned already too, and all of them where
/// `names` is empty. Returns what changed. Nothing is changed where it throws.
/// Throws: errc::bad_repository_name; as get_checkpoint_file and get_repository; errc::bad_repository
///   where an archive does not tell its commit.
TORCHHUB_EXPORT std::vector<PinChange> lock(LockFile& lock_file,
                                            const std::vector<std::string>& names,
                                            const LockOptions& options = LockOptions(),
                                            const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_LOCK_H_
