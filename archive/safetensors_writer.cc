#include <torchhub/archive/detail/files/growing_file.h>
#include <torchhub/archive/detail/formats/safetensors_limits.h>
#include <torchhub/archive/detail/safetensors/safetensors_dtypes.h>
#include <torchhub/archive/detail/safetensors/safetensors_header.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/safetensors_writer.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace torchhub::archive {
namespace {

namespace json = boost::json;

// Two four-bit numbers are one element of torch's, and two of the format's.
json::array shape_of(const SafetensorsTensor& tensor) {
  json::array shape(tensor.shape.begin(), tensor.shape.end());
  if (tensor.dtype == DType::float4_e2m1fn_x2 && !tensor.shape.empty())
    shape.back() = tensor.shape.back() * 2;
  return shape;
}

// Larger elements first, then by name.
std::vector<std::size_t> file_order(const std::vector<SafetensorsTensor>& tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::size_t size_a = item_bytes(tensors[a].dtype);
    const std::size_t size_b = item_bytes(tensors[b].dtype);
    return size_a != size_b ? size_a > size_b : tensors[a].name < tensors[b].name;
  });
  return order;
}

std::uint64_t data_bytes(const std::filesystem::path& path, const SafetensorsTensor& tensor) {
  const auto elements = detail::element_count(tensor.shape);
  const auto bytes = elements ? detail::product(*elements, item_bytes(tensor.dtype))
                              : std::optional<std::uint64_t>();
  if (!bytes)
    throw Error(errc::damaged_checkpoint,
                path.string() + ": '" + tensor.name + "' has more elements than can be counted");
  return *bytes;
}

// What is written must be read again: by our own reader, whose limits are the format's.
void check_header(const std::filesystem::path& path, const std::string& text) {
  const auto refuse = [&](const Error& error) {
    throw Error(error.code(), path.string() + ": safetensors cannot keep this: " + error.what());
  };
  if (text.size() > detail::kMaxSafetensorsHeaderBytes)
    refuse({errc::limit_exceeded, "its header would be longer than 100 MB"});
  try {
    detail::Arena arena(std::size_t{1} << 40);
    detail::parse_safetensors_header(text, arena);
  } catch (const Error& error) {
    refuse(error);
  }
}

}  // namespace

std::optional<std::string_view> safetensors_dtype(DType dtype) {
  for (const detail::NamedDType& row : detail::kSafetensorsDTypes)
    if (row.dtype == dtype) return row.name;
  return std::nullopt;
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::vector<SafetensorsTensor> tensors,
                                     const std::map<std::string, std::string>& metadata,
                                     ReadOnlyFile read_only)
    : tensors_(std::move(tensors)), next_(tensors_.size()), end_(tensors_.size()) {
  std::string text = laid_out(path, metadata);
  text.append((8 - text.size() % 8) % 8, ' ');
  check_header(path, text);

  const std::uint64_t size = text.size();
  const std::uint64_t data = sizeof size + size;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    next_[i] += data;
    end_[i] += data;
  }
  total_bytes_ += data;
  file_ = std::make_unique<detail::GrowingFile>(path, read_only);
  file_->write_at(std::as_bytes(std::span(&size, 1)), 0);
  file_->write_at(std::as_bytes(std::span(text)), sizeof size);
}

// Gives each tensor its place behind the header, and returns the header's text.
std::string SafetensorsWriter::laid_out(const std::filesystem::path& path,
                                        const std::map<std::string, std::string>& metadata) {
  json::object header;
  if (!metadata.empty()) {
    json::object& values = header["__metadata__"].emplace_object();
    for (const auto& [name, text] : metadata) values[name] = text;
  }
  std::uint64_t offset = 0;
  for (const std::size_t i : file_order(tensors_)) {
    const SafetensorsTensor& tensor = tensors_[i];
    const auto dtype = safetensors_dtype(tensor.dtype);
    if (!dtype)
      throw Error(errc::unsupported_format, path.string() + ": safetensors has no dtype for " +
                                                std::string(archive::name_of(tensor.dtype)) +
                                                ", which '" + tensor.name + "' has");
    const std::uint64_t bytes = data_bytes(path, tensor);
    next_[i] = offset;
    offset += bytes;
    end_[i] = offset;
    const bool is_new =
        header
            .emplace(tensor.name, json::object{{"dtype", *dtype},
                                               {"shape", shape_of(tensor)},
                                               {"data_offsets", json::array{next_[i], end_[i]}}})
            .second;
    if (!is_new)
      throw Error(errc::damaged_checkpoint,
                  path.string() + ": two tensors are called '" + tensor.name + "'");
  }
  total_bytes_ = offset;
  return json::serialize(header);
}

SafetensorsWriter::~SafetensorsWriter() = default;

void SafetensorsWriter::write(std::size_t tensor, std::span<const std::byte> bytes) {
  if (bytes.size() > end_[tensor] - next_[tensor])
    throw Error(errc::damaged_checkpoint, file_->path().string() + ": '" + tensors_[tensor].name +
                                              "' is given more bytes than its shape has");
  file_->write_at(bytes, next_[tensor]);
  next_[tensor] += bytes.size();
}

void SafetensorsWriter::publish() {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (next_[i] != end_[i])
      throw Error(errc::damaged_checkpoint, file_->path().string() + ": '" + tensors_[i].name +
                                                "' lacks " + std::to_string(end_[i] - next_[i]) +
                                                " bytes");
  }
  file_->publish();
}

}  // namespace torchhub::archive
