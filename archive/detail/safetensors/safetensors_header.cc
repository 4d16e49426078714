#include <torchhub/archive/detail/safetensors/safetensors_dtypes.h>
#include <torchhub/archive/detail/safetensors/safetensors_header.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/name_index.h>

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace torchhub::archive::detail {
namespace {

namespace json = boost::json;
using boost::system::error_code;

constexpr std::size_t kMaxTensors = 1'000'000;

// Boost.JSON's parser calls this for each piece of the document.
class Handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  Handler(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}

  SafetensorsHeader take() { return std::move(header_); }
  const std::string& flaw() const { return flaw_; }
  bool is_unsupported() const { return is_unsupported_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code& error) {
    if (begin_unknown()) return true;
    switch (place_) {
      case Place::document:
        place_ = Place::header;
        return true;
      case Place::header:
        if (key_ == "__metadata__") return begin_metadata(error);
        if (header_.entries.size() == kMaxTensors) return fail(error, "names too many tensors");
        begin_entry();
        return true;
      default:
        return fail(error, "has an object where none may be");
    }
  }

  bool on_object_end(std::size_t, error_code& error) {
    if (end_unknown()) return true;
    if (place_ == Place::entry && !end_entry(error)) return false;
    place_ = place_ == Place::header ? Place::document : Place::header;
    return true;
  }

  bool on_array_begin(error_code& error) {
    if (begin_unknown()) return true;
    if (place_ != Place::entry || (field_ != Field::shape && field_ != Field::offsets))
      return fail(error, "has an array where none may be");
    place_ = Place::numbers;
    count_ = 0;
    return true;
  }

  bool on_array_end(std::size_t, error_code& error) {
    if (end_unknown()) return true;
    place_ = Place::entry;
    if (field_ == Field::shape) {
      rank_ = count_;
      std::copy_n(numbers_.begin(), count_, sizes_.begin());
      return true;
    }
    if (count_ != 2) return fail(error, "has data_offsets that are not two");
    header_.entries.back().begin = numbers_[0];
    header_.entries.back().end = numbers_[1];
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    buffer_.append(part.data(), part.size());
    return true;
  }

  bool on_key(json::string_view last, std::size_t, error_code& error) {
    if (skip_unknown()) return true;
    key_ = whole_text(last);
    if (place_ == Place::entry) return begin_field(error);
    if (key_.find('\0') != key_.npos) return fail(error, "has a name with a NUL in it");
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, error_code&) {
    buffer_.append(part.data(), part.size());
    return true;
  }

  bool on_string(json::string_view last, std::size_t, error_code& error) {
    if (skip_unknown()) return true;
    if (place_ == Place::metadata) {
      metadata_.emplace_back(key_, whole_text(last));
      return true;
    }
    if (place_ != Place::entry || field_ != Field::dtype)
      return fail(error, "has a text where none may be");
    const std::string_view name = whole_text(last);
    const auto known = std::find_if(kSafetensorsDTypes.begin(), kSafetensorsDTypes.end(),
                                    [&](const NamedDType& row) { return row.name == name; });
    if (known == kSafetensorsDTypes.end()) {
      is_unsupported_ = true;
      return fail(error, "has the dtype '" + std::string(name.substr(0, 32)) +
                             "', which torch does not have");
    }
    header_.entries.back().dtype = known->dtype;
    return true;
  }

  bool on_number_part(json::string_view part, error_code&) {
    buffer_.append(part.data(), part.size());
    return true;
  }

  bool on_int64(std::int64_t value, json::string_view text, error_code& error) {
    if (skip_unknown()) return true;
    // "-0" is no count either.
    if (value < 0 || (value == 0 && text.starts_with('-')))
      return fail(error, "has a number that is negative");
    return on_count(static_cast<std::uint64_t>(value), error);
  }

  bool on_uint64(std::uint64_t value, json::string_view, error_code& error) {
    if (skip_unknown()) return true;
    return on_count(value, error);
  }

  bool on_double(double, json::string_view, error_code& error) {
    if (skip_unknown()) return true;
    return fail(error, "has a number that is no whole one");
  }

  bool on_bool(bool, error_code& error) {
    if (skip_unknown()) return true;
    return fail(error, "has a truth value where none may be");
  }

  bool on_null(error_code& error) {
    if (skip_unknown()) return true;
    // Python's None for no metadata.
    if (place_ == Place::header && key_ == "__metadata__" && !has_metadata_) {
      has_metadata_ = true;
      return true;
    }
    return fail(error, "has a null where none may be");
  }

  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

  // What can only be said once all is there.
  bool finish(error_code& error) {
    if (!check_names(error)) return false;
    return !has_metadata_object_ || keep_metadata(error);
  }

 private:
  enum class Place { document, header, entry, metadata, numbers };
  enum class Field : unsigned { none = 0, dtype = 1, shape = 2, offsets = 4, unknown = 8 };

  // What belongs to the value of a field that is not known: nothing of it is kept.
  bool skip_unknown() {
    if (!is_unknown_) return false;
    buffer_.clear();
    is_unknown_ = unknown_depth_ > 0;
    return true;
  }

  bool begin_unknown() {
    if (!is_unknown_) return false;
    ++unknown_depth_;
    return true;
  }

  bool end_unknown() {
    if (!is_unknown_) return false;
    is_unknown_ = --unknown_depth_ > 0;
    return true;
  }

  bool fail(error_code& error, std::string what) {
    flaw_ = std::move(what);
    if (place_ == Place::entry || place_ == Place::numbers)
      flaw_ += ", in '" + std::string(header_.entries.back().name.substr(0, 200)) + "'";
    error = boost::system::errc::make_error_code(boost::system::errc::bad_message);
    return false;
  }

  // A text whose beginning may have come in parts: where it lies in the header if it does.
  std::string_view whole_text(json::string_view last) {
    const std::less<const char*> before;
    const bool in_place = buffer_.empty() && !before(last.data(), text_.data()) &&
                          !before(text_.data() + text_.size(), last.data() + last.size());
    if (in_place) return {last.data(), last.size()};
    buffer_.append(last.data(), last.size());
    const std::string_view copied = arena_.copy(buffer_);
    buffer_.clear();
    return copied;
  }

  bool begin_metadata(error_code& error) {
    if (has_metadata_) return fail(error, "has __metadata__ twice");
    has_metadata_ = true;
    has_metadata_object_ = true;
    place_ = Place::metadata;
    return true;
  }

  void begin_entry() {
    header_.entries.emplace_back().name = key_;
    place_ = Place::entry;
    field_ = Field::none;
    fields_ = 0;
    rank_ = 0;
  }

  bool begin_field(error_code& error) {
    field_ = key_ == "dtype"          ? Field::dtype
             : key_ == "shape"        ? Field::shape
             : key_ == "data_offsets" ? Field::offsets
                                      : Field::unknown;
    is_unknown_ = field_ == Field::unknown;
    if (is_unknown_) return true;
    if (fields_ & static_cast<unsigned>(field_))
      return fail(error, "has the field '" + std::string(key_) + "' twice");
    fields_ |= static_cast<unsigned>(field_);
    return true;
  }

  bool on_count(std::uint64_t value, error_code& error) {
    buffer_.clear();
    if (place_ != Place::numbers) return fail(error, "has a number where none may be");
    constexpr std::uint64_t kMaxSize = (std::uint64_t{1} << 48) - 1;  // the format's JSON schema
    if (field_ == Field::shape && value > kMaxSize)
      return fail(error, "has a dimension of more than 2^48");
    if (count_ == kMaxRank) return fail(error, "has more than 64 dimensions");
    numbers_[count_++] = value;
    return true;
  }

  bool end_entry(error_code& error) {
    SafetensorsEntry& entry = header_.entries.back();
    if (fields_ != 7) return fail(error, "lacks a dtype, a shape or data_offsets");
    if (entry.dtype == DType::float4_e2m1fn_x2) {
      // The header counts numbers, torch counts bytes of two.
      if (rank_ == 0 || sizes_[rank_ - 1] % 2 != 0)
        return fail(error, "has an odd number of four-bit numbers in a row");
      sizes_[rank_ - 1] /= 2;
    }
    std::uint64_t bytes = item_bytes(entry.dtype);
    for (std::size_t i = 0; i < rank_; ++i) {
      if (__builtin_mul_overflow(bytes, sizes_[i], &bytes))
        return fail(error, "has more elements than can be counted");
    }
    if (entry.end < entry.begin || entry.end - entry.begin != bytes)
      return fail(error, "has data_offsets that do not fit its shape and dtype");
    auto* const numbers = arena_.allocate<std::int64_t>(2 * rank_);
    std::int64_t step = 1;
    for (std::size_t i = rank_; i-- > 0;) {
      numbers[i] = static_cast<std::int64_t>(sizes_[i]);
      numbers[rank_ + i] = step;
      // As torch has it: of an empty tensor, a size of 0 counts as 1.
      if (__builtin_mul_overflow(step, std::max<std::int64_t>(numbers[i], 1), &step))
        return fail(error, "has more elements than can be counted");
    }
    entry.shape = Shape(numbers, rank_);
    entry.stride = Shape(numbers + rank_, rank_);
    return true;
  }

  bool check_names(error_code& error) {
    NameIndex names(header_.entries.size());
    for (const SafetensorsEntry& entry : header_.entries) {
      if (!names.insert(entry.name, 0).second)
        return fail(error, "names '" + std::string(entry.name.substr(0, 200)) + "' twice");
    }
    return true;
  }

  bool keep_metadata(error_code& error) {
    NameIndex names(metadata_.size());
    auto* const entries = arena_.allocate<std::pair<Value, Value>>(metadata_.size());
    std::uint32_t size = 0;
    for (const auto& [name, text] : metadata_) {
      if (!names.insert(name, 0).second)
        return fail(error, "has '" + std::string(name.substr(0, 200)) + "' twice in __metadata__");
      entries[size++] = {Value(Value::Kind::string, name.data(), name.size()),
                         Value(Value::Kind::string, text.data(), text.size())};
    }
    header_.metadata =
        Value(Value::Kind::dict, arena_.make<Mapping>(entries, size, size, false), 0);
    return true;
  }

  std::string_view text_;
  Arena& arena_;
  SafetensorsHeader header_;
  std::vector<std::pair<std::string_view, std::string_view>> metadata_;
  bool has_metadata_ = false;  // or a null in its place
  bool has_metadata_object_ = false;
  bool is_unsupported_ = false;
  std::string flaw_;
  std::string buffer_;
  std::string_view key_;
  Place place_ = Place::document;
  Field field_ = Field::none;
  bool is_unknown_ = false;        // within the value of an unknown field
  std::size_t unknown_depth_ = 0;  // of objects and arrays there
  unsigned fields_ = 0;
  std::array<std::uint64_t, kMaxRank> numbers_{};
  std::array<std::uint64_t, kMaxRank> sizes_{};
  std::size_t count_ = 0;
  std::size_t rank_ = 0;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, Arena& arena) {
  json::parse_options options;
  options.max_depth = 128;  // as the Rust core has it
  json::basic_parser<Handler> parser(options, text, arena);
  error_code error;
  std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error) used += std::min(text.find_first_not_of(" \t\r\n", used), text.size()) - used;
  if (!error && used == text.size()) parser.handler().finish(error);
  const std::string& flaw = parser.handler().flaw();
  if (!flaw.empty()) {
    throw Error(
        parser.handler().is_unsupported() ? errc::unsupported_format : errc::damaged_checkpoint,
        "its header " + flaw);
  }
  if (error)
    throw Error(errc::damaged_checkpoint, "its header is no JSON: " + error.message() + " (byte " +
                                              std::to_string(used) + ")");
  if (used != text.size())
    throw Error(errc::damaged_checkpoint, "its header goes on after its end");
  return parser.handler().take();
}

}  // namespace torchhub::archive::detail
