#include <torchhub/net/entity.h>
#include <torchhub/net/http_date.h>

namespace torchhub::net {
namespace {

// RFC 9110 section 8.8.3.2: a weak and a strong tag with one value name equivalent contents.
std::string_view without_weakness(std::string_view etag) {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

}  // namespace

std::string Entity::if_range() const {
  if (has_strong_etag()) return etag;
  return last_modified_is_strong ? last_modified : "";
}

Entity entity_of(const ResponseHead& head, std::optional<std::uint64_t> total) {
  Entity entity;
  entity.total = total;
  entity.etag = head.find("etag").value_or("");
  entity.last_modified = head.find("last-modified").value_or("");
  const auto modified = parse_http_date(entity.last_modified);
  const auto date = parse_http_date(head.find("date").value_or(""));
  entity.last_modified_is_strong = modified && date && *date - *modified >= std::chrono::seconds(1);
  return entity;
}

bool may_be_same(const Entity& before, const Entity& now, bool by_hash) {
  if (before.total && now.total && *before.total != *now.total) return false;
  if (by_hash) return true;
  if (!before.etag.empty() && !now.etag.empty())
    return without_weakness(before.etag) == without_weakness(now.etag);
  if (!before.last_modified.empty() && !now.last_modified.empty())
    return before.last_modified == now.last_modified;
  return true;
}

}  // namespace torchhub::net
