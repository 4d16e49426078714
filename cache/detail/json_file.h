#ifndef TORCHHUB_CACHE_DETAIL_JSON_FILE_H_
#define TORCHHUB_CACHE_DETAIL_JSON_FILE_H_
// Small JSON objects on disk: notes that help and that nothing depends on.

#include <boost/json/object.hpp>

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::cache::detail {

/// The object in the file at `path`; nothing where there is none that can be read and believed: what
/// this user wrote, or root, or `writer`, and no foreign_link() led to.
std::optional<boost::json::object> read_json_object(const std::filesystem::path& path,
                                                    std::optional<uid_t> writer = std::nullopt);

/// Replaces the file at `path`, whose folders are made. Survives the process; after a power cut the
/// file may be one that read_json_object() finds nothing in. Throws cache::Error.
void write_json_object(const std::filesystem::path& path, const boost::json::object& object);

/// The note at `path` was used now. Nothing happens to what is no file of this user's own.
void touch_note(const std::filesystem::path& path);

/// A member's text, or "".
std::string text_member(const boost::json::object& object, std::string_view name);

}  // namespace torchhub::cache::detail

#endif  // TORCHHUB_CACHE_DETAIL_JSON_FILE_H_
