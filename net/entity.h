#ifndef TORCHHUB_NET_ENTITY_H_
#define TORCHHUB_NET_ENTITY_H_
// What identifies the content behind a URL: length and validators. Two answers may go into one file
// only if they tell of the same entity.
//
//   net::Entity entity = net::entity_of(head, total);
//   if (entity.has_strong_validator()) request("If-Range", entity.if_range());
//
// Pure. Source: RFC 9110 sections 8.8 and 13.1.5.

#include <torchhub/net/export.h>
#include <torchhub/net/response_head.h>

#include <cstdint>
#include <optional>
#include <string>

namespace torchhub::net {

struct TORCHHUB_NET_EXPORT Entity {
  Entity() = default;

  std::optional<std::uint64_t> total;  ///< length in bytes
  std::string etag;                    ///< as sent, with quotes and W/; "" without one
  std::string last_modified;           ///< as sent; "" without one
  /// Whether Last-Modified lies at least a second before the answer's Date, and so cannot name two
  /// contents of one second.
  bool last_modified_is_strong = false;

  bool has_strong_etag() const { return etag.starts_with('"'); }
  bool has_strong_validator() const { return has_strong_etag() || last_modified_is_strong; }
  /// The value for If-Range: the strong ETag, else the strong date, else "".
  std::string if_range() const;
};

/// The entity that the answer `head`, whose whole body has `total` bytes, is about.
TORCHHUB_NET_EXPORT Entity entity_of(const ResponseHead& head, std::optional<std::uint64_t> total);

/// Whether `now` may be the same content as `before`. Lengths must agree where both are known. Tags
/// must agree where both are there, dates where one of them has no tag. `by_hash`: the caller knows
/// the content's SHA-256, so that tags and dates, which differ between the replicas of some servers,
/// are left to it.
TORCHHUB_NET_EXPORT bool may_be_same(const Entity& before, const Entity& now, bool by_hash);

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_ENTITY_H_
