#ifndef TORCHHUB_ARCHIVE_LIFETIME_H_
#define TORCHHUB_ARCHIVE_LIFETIME_H_
// Marks a parameter, or behind a member function its object, that what is returned refers to: clang then warns of
// a view that outlives it. Other compilers have no such warning.
//
//   struct Blob {
//     std::span<const std::byte> view() const TORCHHUB_ARCHIVE_LIFETIME_BOUND;
//   };

#if defined(__clang__)
#define TORCHHUB_ARCHIVE_LIFETIME_BOUND [[clang::lifetimebound]]
#else
#define TORCHHUB_ARCHIVE_LIFETIME_BOUND
#endif

#endif  // TORCHHUB_ARCHIVE_LIFETIME_H_
