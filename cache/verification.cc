#include <torchhub/cache/file_digest.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/hash_prefix.h>
#include <torchhub/cache/tree_digest.h>
#include <torchhub/cache/verification.h>
#include <torchhub/cache/verified_files.h>

namespace torchhub::cache {
namespace {

Verification judge(std::string expected, std::string found) {
  Verification result;
  if (!expected.empty())
    result.verdict = begins_with_hash(found, expected) ? Verdict::intact : Verdict::damaged;
  result.expected = std::move(expected);
  result.found = std::move(found);
  return result;
}

}  // namespace

Verification verify(const TorchPaths& paths, const CachedCheckpoint& checkpoint) {
  const VerifiedFiles verified(paths.stamps());
  std::string expected = hash_prefix_of_name(checkpoint.path.filename().string()).value_or("");
  if (const auto stamp = verified.find(checkpoint.path); stamp && expected.empty())
    expected = stamp->sha256;
  Verification result = judge(std::move(expected), file_digest(checkpoint.path));
  if (result.verdict != Verdict::damaged) verified.remember(checkpoint.path, result.found);
  return result;
}

Verification verify(const CachedRepository& repository) {
  return judge(repository.record.tree, tree_digest(repository.path));
}

std::filesystem::path quarantine(const TorchPaths& paths, const std::filesystem::path& path) {
  return retire(path, paths.quarantine());
}

}  // namespace torchhub::cache
