#ifndef TORCHHUB_ARCHIVE_CONCEPTS_H_
#define TORCHHUB_ARCHIVE_CONCEPTS_H_
// What the readers ask of others: bytes.
//
//   struct Blob { std::span<const std::byte> view() const; };
//   static_assert(archive::ByteSource<Blob>);

#include <concepts>
#include <cstddef>
#include <span>

namespace torchhub::archive {

/// Bytes that lie in memory, or look as if they did.
///
/// 1. `source.view()` gives all of them.
/// 2. The source can be moved; the view stays where it is when it is.
///
/// What the compiler cannot check: the bytes do not change while the source lives.
/// Models: archive::MappedFile, archive::MemorySource.
template <class T>
concept ByteSource = std::movable<T> && requires(const T& source) {
  { source.view() } -> std::same_as<std::span<const std::byte>>;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_CONCEPTS_H_
