#include <torchhub/archive/tensor_bytes.h>
#include <torchhub/hub/cli/json_number.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/state_dict_diff.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
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

// NaN where one of a pair is one and the other is not.
double largest_difference(const Elements& a, archive::DType dtype_a, const Elements& b,
                          archive::DType dtype_b) {
  const std::size_t size_a = archive::item_bytes(dtype_a);
  const std::size_t size_b = archive::item_bytes(dtype_b);
  double largest = 0;
  const std::size_t count = a.bytes().size() / size_a;
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* const element_a = a.bytes().data() + i * size_a;
    const std::byte* const element_b = b.bytes().data() + i * size_b;
    if (dtype_a == dtype_b && std::memcmp(element_a, element_b, size_a) == 0) continue;
    const auto value_a = archive::element_value(dtype_a, element_a);
    const auto value_b = archive::element_value(dtype_b, element_b);
    if (value_a == value_b) continue;
    const double difference = std::abs(value_a - value_b);
    if (std::isnan(difference)) return difference;
    largest = std::max(largest, difference);
  }
  return largest;
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
  const Elements elements_a(a, tensor_a);
  const Elements elements_b(b, tensor_b);
  const bool same_dtype = tensor_a.dtype == tensor_b.dtype;
  if (same_dtype && std::equal(elements_a.bytes().begin(), elements_a.bytes().end(),
                               elements_b.bytes().begin(), elements_b.bytes().end()))
    return std::nullopt;
  changed.reason = same_dtype ? "values" : change("dtype", tensor_a.dtype, tensor_b.dtype);
  changed.max_abs = largest_difference(elements_a, tensor_a.dtype, elements_b, tensor_b.dtype);
  return changed;
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
      if (tensor.max_abs) object["max_abs"] = json_number(*tensor.max_abs);
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
    if (tensor.max_abs) results() << ", differ by up to " << *tensor.max_abs;
    results() << "\n";
  }
  if (diff.only_a.empty() && diff.only_b.empty() && diff.changed.empty())
    results() << "no difference\n";
}

}  // namespace torchhub::cli
