#ifndef TORCHHUB_CACHE_PATH_POLICY_H_
#define TORCHHUB_CACHE_PATH_POLICY_H_
// Where a cache keeps things: by their names, as torch.hub does, or by their content.
//
//   static_assert(cache::PathPolicy<cache::TorchPaths>);
//   static_assert(cache::PathPolicy<cache::ContentPaths>);
//
// A policy is pure: it computes paths and touches none.

#include <concepts>
#include <filesystem>
#include <string>
#include <utility>

namespace torchhub::cache {

/// A repository at one ref, by the names torch.hub files it under.
///
/// With constructors, not an aggregate: g++ 12 destroys an aggregate temporary twice in a co_await
/// expression.
struct RepositoryKey {
  RepositoryKey() = default;
  RepositoryKey(std::string key_owner, std::string key_name, std::string key_ref)
      : owner(std::move(key_owner)), name(std::move(key_name)), ref(std::move(key_ref)) {}

  std::string owner;
  std::string name;
  std::string ref;

  /// owner_name, the form of the trusted_list.
  std::string trust_entry() const { return owner + '_' + name; }

  /// owner_name_ref with every '/' of the ref turned into '_'.
  std::string folder_name() const {
    std::string folder = ref;
    for (char& c : folder) c = c == '/' ? '_' : c;
    return trust_entry() + '_' + folder;
  }
};

/// A checkpoint by what is known of it.
struct CheckpointKey {
  CheckpointKey() = default;
  explicit CheckpointKey(std::string key_name, std::string key_sha256 = "")
      : name(std::move(key_name)), sha256(std::move(key_sha256)) {}

  std::string name;    ///< the file name that torch.hub takes from the URL
  std::string sha256;  ///< 64 lower-case hexadecimal digits, or ""
};

/// `checkpoint` may return an empty path: a policy that goes by content has no place for one whose
/// digest is not known.
template <class T>
concept PathPolicy = requires(const T& policy, const RepositoryKey& repository,
                              const CheckpointKey& checkpoint) {
  { policy.hub_dir() } -> std::convertible_to<std::filesystem::path>;
  { policy.repository(repository) } -> std::same_as<std::filesystem::path>;
  { policy.checkpoint(checkpoint) } -> std::same_as<std::filesystem::path>;
};

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_PATH_POLICY_H_
