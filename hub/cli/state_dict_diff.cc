#include <torchhub/archive/tensor_bytes.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/state_dict_diff.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <set>
#include <sstream>
#include <string_view>

namespace torchhub::cli {
namespace {

namespace json = boost::json;
using archive::Checkpoint;
using archive::TensorInfo;

// A tensor's elements row by row; in place where they lie so.
class Elements {
 public:
  Elements(const Checkpoint& checkpoint, const TensorInfo& tensor) {
    if (tensor.is_contiguous() && !tensor.is_conjugate && !tensor.is_negative) {
      bytes_ = checkpoint.bytes(tensor);
      return;
    }
    archive::for_each_piece(checkpoint, tensor, [&](std::span<const std::byte> piece) {
      gathered_.insert(gathered_.end(), piece.begin(), piece.end());
    });
    bytes_ = gathered_;
  }

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> gathered_;
  std::span<const std::byte> bytes_;
};

template <class T>
std::string change(const char* what, const T& a, const T& b) {
  std::ostringstream text;
  text << what << ' ' << a << " -> " << b;
  return text.str();
}

static_assert(std::numeric_limits<long double>::digits >= 64, "for integers of 64 bits");

bool is_wide(archive::DType dtype) {
  return dtype == archive::DType::int64 || dtype == archive::DType::uint64;
}

bool is_whole(archive::DType dtype) {
  switch (dtype) {
    case archive::DType::int64:
    case archive::DType::int32:
    case archive::DType::int16:
    case archive::DType::int8:
    case archive::DType::uint8:
    case archive::DType::boolean:
    case archive::DType::uint16:
    case archive::DType::uint32:
    case archive::DType::uint64:
      return true;
    default:
      return false;
  }
}

std::vector<float> floats_of(const Checkpoint& checkpoint, const TensorInfo& tensor) {
  const Elements elements(checkpoint, tensor);
  const std::size_t item = archive::item_bytes(tensor.dtype);
  std::vector<float> values;
  for (std::size_t at = 0; at < elements.bytes().size(); at += item)
    values.push_back(static_cast<float>(
        archive::element_value(tensor.dtype, elements.bytes().data() + at).real()));
  return values;
}

// What a tensor's elements stand for, by their place row by row.
class Numbers {
 public:
  Numbers(const Checkpoint& checkpoint, const TensorInfo& tensor)
      : tensor_(tensor),
        elements_(checkpoint, tensor),
        item_(archive::item_bytes(tensor.dtype)),
        count_(static_cast<std::size_t>(tensor.numel())),
        columns_(tensor.shape.empty() ? 1 : static_cast<std::size_t>(tensor.shape.back())) {
    if (tensor.dtype == archive::DType::quint4x2) in_byte_ = 2;
    if (tensor.dtype == archive::DType::quint2x4) in_byte_ = 4;
    if (in_byte_ == 1) count_ = std::min(count_, elements_.bytes().size() / item_);
    row_bytes_ = (columns_ + in_byte_ - 1) / in_byte_;
    const bool is_packed =
        in_byte_ > 1 && columns_ > 0 && elements_.bytes().size() == count_ / columns_ * row_bytes_;
    if (in_byte_ > 1 && !is_packed) {
      in_byte_ = 1;
      count_ = elements_.bytes().size();
    }
    if (!tensor.quantization || tensor.parts.size() != 2) return;
    scales_ = floats_of(checkpoint, tensor.parts[0]);
    zero_points_ = floats_of(checkpoint, tensor.parts[1]);
    const auto axis = static_cast<std::size_t>(tensor.quantization->axis);
    for (std::size_t i = axis + 1; i < tensor.shape.size(); ++i)
      channel_ *= static_cast<std::size_t>(tensor.shape[i]);
  }

  std::size_t count() const { return count_; }
  std::span<const std::byte> bytes() const { return elements_.bytes(); }
  bool is_one_each() const { return in_byte_ == 1; }

  template <class Real>
  std::complex<Real> at(std::size_t i) const {
    if (tensor_.quantization) return static_cast<Real>(dequantized(i));
    const std::byte* const element = elements_.bytes().data() + i * item_;
    if (tensor_.dtype == archive::DType::int64)
      return static_cast<Real>(load<std::int64_t>(element));
    if (tensor_.dtype == archive::DType::uint64)
      return static_cast<Real>(load<std::uint64_t>(element));
    const std::complex<double> value = archive::element_value(tensor_.dtype, element);
    return {static_cast<Real>(value.real()), static_cast<Real>(value.imag())};
  }

 private:
  template <class T>
  static T load(const std::byte* element) {
    T value;
    std::memcpy(&value, element, sizeof value);
    return value;
  }

  // As torch's dequantize() has it, in float32.
  float dequantized(std::size_t i) const {
    const auto stored = static_cast<float>(stored_at(i));
    if (scales_.empty() || zero_points_.size() != scales_.size())
      return (stored - static_cast<float>(tensor_.quantization->zero_point)) *
             static_cast<float>(tensor_.quantization->scale);
    const std::size_t channel = i / channel_ % scales_.size();
    return (stored - zero_points_[channel]) * scales_[channel];
  }

  double stored_at(std::size_t i) const {
    if (in_byte_ == 1)
      return archive::element_value(tensor_.dtype, elements_.bytes().data() + i * item_).real();
    const std::size_t column = i % columns_;
    const auto byte =
        std::to_integer<unsigned>(elements_.bytes()[i / columns_ * row_bytes_ + column / in_byte_]);
    const auto bits = static_cast<unsigned>(8 / in_byte_);
    return byte >> static_cast<unsigned>(column % in_byte_) * bits & ((1u << bits) - 1);
  }

  const TensorInfo& tensor_;
  Elements elements_;
  std::size_t item_;
  std::size_t count_;
  std::size_t columns_;
  std::size_t in_byte_ = 1;  // elements that share one, in rows that begin with one
  std::size_t row_bytes_ = 0;
  std::vector<float> scales_;  // by channel
  std::vector<float> zero_points_;
  std::size_t channel_ = 1;  // elements that lie in one, one after the other
};

template <class Real>
bool is_nan(const std::complex<Real>& value) {
  return std::isnan(value.real()) || std::isnan(value.imag());
}

// NaN where one of a pair is one and the other is not.
template <class Real>
Real largest_difference(const Numbers& a, const Numbers& b, std::size_t same_item) {
  Real largest = 0;
  for (std::size_t i = 0; i < std::min(a.count(), b.count()); ++i) {
    if (same_item > 0 && std::memcmp(a.bytes().data() + i * same_item,
                                     b.bytes().data() + i * same_item, same_item) == 0)
      continue;
    const auto value_a = a.at<Real>(i);
    const auto value_b = b.at<Real>(i);
    if (value_a == value_b || (is_nan(value_a) && is_nan(value_b))) continue;
    const Real difference = std::abs(value_a - value_b);
    if (std::isnan(difference)) return difference;
    largest = std::max(largest, difference);
  }
  return largest;
}

Difference difference_of(const TensorInfo& tensor_a, const Numbers& a, const TensorInfo& tensor_b,
                         const Numbers& b) {
  const bool is_same = tensor_a.dtype == tensor_b.dtype && !tensor_a.quantization &&
                       !tensor_b.quantization && a.is_one_each();
  const std::size_t same_item = is_same ? archive::item_bytes(tensor_a.dtype) : 0;
  if (!is_wide(tensor_a.dtype) && !is_wide(tensor_b.dtype)) {
    const double largest = largest_difference<double>(a, b, same_item);
    if (is_whole(tensor_a.dtype) && is_whole(tensor_b.dtype))
      return static_cast<std::uint64_t>(largest);
    return largest;
  }
  const long double largest = largest_difference<long double>(a, b, same_item);
  constexpr long double kBeyond = 18446744073709551616.0L;  // 2^64
  if (is_whole(tensor_a.dtype) && is_whole(tensor_b.dtype) && largest < kBeyond)
    return static_cast<std::uint64_t>(largest);
  return static_cast<double>(largest);
}

bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// In what two tensors of one dtype are quantized otherwise; "" where in nothing.
std::string quantization_change(const Checkpoint& a, const TensorInfo& tensor_a,
                                const Checkpoint& b, const TensorInfo& tensor_b) {
  if (!tensor_a.quantization || !tensor_b.quantization) return "";
  const archive::Quantization& one = *tensor_a.quantization;
  const archive::Quantization& other = *tensor_b.quantization;
  if (one.scheme != other.scheme) return change("quantization", one.scheme, other.scheme);
  if (one.axis != other.axis) return change("quantization, axis", one.axis, other.axis);
  if (one.scale != other.scale) return change("quantization, scale", one.scale, other.scale);
  if (one.zero_point != other.zero_point)
    return change("quantization, zero point", one.zero_point, other.zero_point);
  constexpr std::array<const char*, 2> kParts = {"quantization, scales of channels",
                                                 "quantization, zero points of channels"};
  for (std::size_t i = 0; i < std::min(tensor_a.parts.size(), tensor_b.parts.size()); ++i) {
    const TensorInfo& part_a = tensor_a.parts[i];
    const TensorInfo& part_b = tensor_b.parts[i];
    if (part_a.dtype != part_b.dtype ||
        !same_bytes(Elements(a, part_a).bytes(), Elements(b, part_b).bytes()))
      return kParts[std::min<std::size_t>(i, 1)];
  }
  return "";
}

std::optional<ChangedTensor> compare(const Checkpoint& a, const TensorInfo& tensor_a,
                                     const Checkpoint& b, const TensorInfo& tensor_b) {
  ChangedTensor changed;
  changed.name = tensor_a.name;
  if (tensor_a.layout != tensor_b.layout) {
    changed.reason = change("layout", name_of(tensor_a.layout), name_of(tensor_b.layout));
    return changed;
  }
  if (!(tensor_a.shape == tensor_b.shape)) {
    changed.reason = change("shape", tensor_a.shape, tensor_b.shape);
    return changed;
  }
  if (tensor_a.is_meta || tensor_b.is_meta) {
    if (tensor_a.is_meta == tensor_b.is_meta && tensor_a.dtype == tensor_b.dtype)
      return std::nullopt;
    changed.reason = "data in one of them only";
    return changed;
  }
  if (tensor_a.layout != archive::Layout::strided) {
    for (std::size_t i = 0; i < tensor_a.parts.size(); ++i) {
      if (auto part = compare(a, tensor_a.parts[i], b, tensor_b.parts[i])) {
        part->name = tensor_a.name;
        part->reason = "sparse " + part->reason;
        return part;
      }
    }
    return std::nullopt;
  }
  const Numbers numbers_a(a, tensor_a);
  const Numbers numbers_b(b, tensor_b);
  const bool same_dtype = tensor_a.dtype == tensor_b.dtype;
  const std::string quantization = quantization_change(a, tensor_a, b, tensor_b);
  if (same_dtype && quantization.empty() && same_bytes(numbers_a.bytes(), numbers_b.bytes()))
    return std::nullopt;
  changed.reason = !same_dtype             ? change("dtype", tensor_a.dtype, tensor_b.dtype)
                   : !quantization.empty() ? quantization
                                           : "values";
  changed.max_abs = difference_of(tensor_a, numbers_a, tensor_b, numbers_b);
  return changed;
}

// Null for what JSON has no number for.
json::value json_of(const Difference& difference) {
  if (const auto* const whole = std::get_if<std::uint64_t>(&difference)) return *whole;
  const double real = std::get<double>(difference);
  return std::isfinite(real) ? json::value(real) : json::value();
}

}  // namespace

StateDictDiff diff_state_dicts(const Checkpoint& a, const Checkpoint& b) {
  StateDictDiff diff;
  std::set<std::string_view> seen;
  for (const TensorInfo& tensor : a.tensors()) {
    if (!seen.insert(tensor.name).second) continue;
    const TensorInfo* const other = b.find(tensor.name);
    if (!other) {
      diff.only_a.emplace_back(tensor.name);
    } else if (auto changed = compare(a, tensor, b, *other)) {
      diff.changed.push_back(std::move(*changed));
    }
  }
  for (const TensorInfo& tensor : b.tensors()) {
    if (seen.insert(tensor.name).second) diff.only_b.emplace_back(tensor.name);
  }
  return diff;
}

void print_diff(const StateDictDiff& diff, const CommandLine& line) {
  if (line.json) {
    json::array changed;
    for (const ChangedTensor& tensor : diff.changed) {
      json::object object{{"name", tensor.name}, {"reason", tensor.reason}, {"max_abs", nullptr}};
      if (tensor.max_abs) object["max_abs"] = json_of(*tensor.max_abs);
      changed.push_back(std::move(object));
    }
    const json::object document{{"only_a", json::array(diff.only_a.begin(), diff.only_a.end())},
                                {"only_b", json::array(diff.only_b.begin(), diff.only_b.end())},
                                {"changed", std::move(changed)}};
    results() << terminal_json(json::serialize(document)) << "\n";
    return;
  }
  for (const std::string& name : diff.only_a) results() << "- " << terminal_line(name) << "\n";
  for (const std::string& name : diff.only_b) results() << "+ " << terminal_line(name) << "\n";
  for (const ChangedTensor& tensor : diff.changed) {
    results() << "! " << terminal_line(tensor.name) << "  " << terminal_line(tensor.reason);
    if (tensor.max_abs)
      std::visit([](auto amount) { results() << ", differ by up to " << amount; }, *tensor.max_abs);
    results() << "\n";
  }
  if (diff.only_a.empty() && diff.only_b.empty() && diff.changed.empty())
    results() << "no difference\n";
}

}  // namespace torchhub::cli
