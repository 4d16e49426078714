#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_DATES_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_DATES_H_
// Python's dates, paths and versions in a pickle, as the texts that stand for them here.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/pickle/bytes_value.h>
#include <torchhub/archive/detail/torch/plain_data.h>
#include <torchhub/archive/detail/torch/tensor_builder.h>
#include <torchhub/archive/detail/torch/torch_globals.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/value.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive::detail {

namespace dates_detail {

[[noreturn]] inline void refuse(const char* what, std::uint64_t offset) {
  throw_flaw(offset, std::string("the pickle holds a ") + what + " that is none");
}

// Of torch.torch_version.TorchVersion.
inline Value version(Arguments arguments, std::uint64_t offset) {
  if (arguments.size() != 1 || !is_text(arguments[0])) refuse("version", offset);
  return arguments[0];
}

inline Value path(Arena& arena, GlobalId id, Arguments arguments, std::uint64_t offset) {
  std::vector<std::string_view> parts;
  for (const Value part : arguments) {
    if (!is_text(part)) refuse("path", offset);
    parts.push_back(part.string());
  }
  return text_value(arena, path_text(parts, id == GlobalId::path ? '/' : '\\'));
}

// (timedelta[, name])
inline Value time_zone(Arena& arena, Arguments arguments, std::uint64_t offset) {
  const bool has_delta =
      !arguments.empty() && arguments.size() <= 2 && arguments[0].kind() == Value::Kind::object &&
      arguments[0].string() == "datetime.timedelta" && arguments[0].items().size() == 3;
  std::array<std::int64_t, 3> delta{};
  for (std::size_t i = 0; i < delta.size(); ++i) {
    if (!has_delta || arguments[0].items()[i].kind() != Value::Kind::integer)
      refuse("time zone", offset);
    delta[i] = arguments[0].items()[i].integer();
  }
  const auto offset_of_zone = offset_text(delta[0], delta[1], delta[2]);
  if (!offset_of_zone) refuse("time zone", offset);
  return text_value(arena, *offset_of_zone);
}

// (bytes[, zone])
inline Value date_or_time(Arena& arena, GlobalId id, Arguments arguments, bool is_lenient,
                          std::uint64_t offset) {
  const bool has_zone = id != GlobalId::date && arguments.size() == 2;
  const auto bytes = arguments.size() == 1 || has_zone ? bytes_of(arguments[0], arena)
                                                       : std::optional<std::string_view>();
  const auto made = !bytes                     ? std::optional<std::string>()
                    : id == GlobalId::date     ? date_text(*bytes)
                    : id == GlobalId::datetime ? datetime_text(*bytes)
                                               : time_text(*bytes);
  if (!made) refuse(id == GlobalId::date ? "date" : "time", offset);
  if (!has_zone) return text_value(arena, *made);
  if (is_text(arguments[1])) return text_value(arena, *made + std::string(arguments[1].string()));
  // A zone of a class of its own is told as an object, with the time beside it.
  if (!is_lenient || arguments[1].kind() != Value::Kind::object) refuse("time", offset);
  return text_value(arena, *made + '[' + std::string(arguments[1].string()) + ']');
}

}  // namespace dates_detail

/// Dates, paths and versions, as texts. `id` is one of theirs. Throws: ValueFlaw for what is none.
inline Value text_of_plain_data(Arena& arena, GlobalId id, Arguments arguments, bool is_lenient,
                                std::uint64_t offset) {
  switch (id) {
    case GlobalId::torch_version:
      return dates_detail::version(arguments, offset);
    case GlobalId::path:
    case GlobalId::windows_path:
      return dates_detail::path(arena, id, arguments, offset);
    case GlobalId::timezone:
      return dates_detail::time_zone(arena, arguments, offset);
    default:
      return dates_detail::date_or_time(arena, id, arguments, is_lenient, offset);
  }
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_DATES_H_
