#ifndef TORCHHUB_NET_ENTITY_H_
#define TORCHHUB_NET_ENTITY_H_
// What identifies the content behind a URL: length and validators. Two answers may go into one file
// only if they tell of the same entity.
//
//   net::Entity entity = net::entity_of(head, total);
//   if (entity.has_strong_validator()) headers.push_back({"If-Range", entity.if_range()});
//
// Pure. Source: RFC 9110 sections 8.8 and 13.1.5.

#include <torchhub/net/http_date.h>
#include <torchhub/net/response_head.h>

#include <cstdint>
#include <optional>
#include <string>

namespace torchhub::net {

struct Entity {
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
Entity entity_of(const ResponseHead& head, std::optional<std::uint64_t> total);

/// Whether `later` may be the same content as `before`. Lengths must agree where both are known. Tags
/// must agree where both are there, dates where one of them has no tag. `by_hash`: the caller knows
/// the content's SHA-256, so that tags and dates, which differ between the replicas of some servers,
/// are left to it.
bool may_be_same(const Entity& before, const Entity& later, bool by_hash);

namespace entity_detail {

// RFC 9110 section 8.8.3.2: a weak and a strong tag with one value name equivalent contents.
inline std::string_view without_weakness(std::string_view etag) {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

}  // namespace entity_detail

inline std::string Entity::if_range() const {
  if (has_strong_etag()) return etag;
  return last_modified_is_strong ? last_modified : "";
}

inline Entity entity_of(const ResponseHead& head, std::optional<std::uint64_t> total) {
  Entity entity;
  entity.total = total;
  entity.etag = head.find("etag").value_or("");
  entity.last_modified = head.find("last-modified").value_or("");
  const auto modified = parse_http_date(entity.last_modified);
  const auto date = parse_http_date(head.find("date").value_or(""));
  entity.last_modified_is_strong = modified && date && *date - *modified >= std::chrono::seconds(1);
  return entity;
}

inline bool may_be_same(const Entity& before, const Entity& later, bool by_hash) {
  if (before.total && later.total && *before.total != *later.total) return false;
  if (by_hash) return true;
  if (!before.etag.empty() && !later.etag.empty())
    return entity_detail::without_weakness(before.etag) ==
           entity_detail::without_weakness(later.etag);
  if (!before.last_modified.empty() && !later.last_modified.empty())
    return before.last_modified == later.last_modified;
  return true;
}

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_ENTITY_H_
