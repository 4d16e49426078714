#include <torchhub/archive/detail/safetensors_dtypes.h>
#include <torchhub/archive/detail/tensor_geometry.h>
#include <torchhub/archive/safetensors_writer.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <utility>

namespace torchhub::archive {
namespace {

namespace json = boost::json;

[[noreturn]] void throw_errno(const std::filesystem::path& path, std::string_view what) {
  const boost::system::error_code code(errno, boost::system::system_category());
  throw Error(code, path.string() + ": " + std::string(what) + ": " + code.message());
}

void write_at(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset,
              const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno(path, "cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

// Two four-bit numbers are one element of torch's, and two of the format's.
json::array shape_of(const SafetensorsTensor& tensor) {
  json::array shape(tensor.shape.begin(), tensor.shape.end());
  if (tensor.dtype == DType::float4_e2m1fn_x2 && !tensor.shape.empty())
    shape.back() = tensor.shape.back() * 2;
  return shape;
}

}  // namespace

std::optional<std::string_view> safetensors_dtype(DType dtype) {
  for (const detail::NamedDType& row : detail::kSafetensorsDTypes)
    if (row.dtype == dtype) return row.name;
  return std::nullopt;
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::vector<SafetensorsTensor> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : path_(path),
      growing_(path.string() + ".torchhub-" + std::to_string(::getpid())),
      tensors_(std::move(tensors)),
      next_(tensors_.size()),
      end_(tensors_.size()) {
  std::vector<std::size_t> order(tensors_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::size_t size_a = item_bytes(tensors_[a].dtype);
    const std::size_t size_b = item_bytes(tensors_[b].dtype);
    return size_a != size_b ? size_a > size_b : tensors_[a].name < tensors_[b].name;
  });
  json::object header;
  if (!metadata.empty()) {
    json::object& values = header["__metadata__"].emplace_object();
    for (const auto& [name, text] : metadata) values[name] = text;
  }
  std::uint64_t offset = 0;
  for (const std::size_t i : order) {
    const SafetensorsTensor& tensor = tensors_[i];
    const auto dtype = safetensors_dtype(tensor.dtype);
    if (!dtype)
      throw Error(errc::unsupported_format, path.string() + ": safetensors has no dtype for " +
                                                std::string(archive::name_of(tensor.dtype)) +
                                                ", which '" + tensor.name + "' has");
    const auto elements = detail::element_count(tensor.shape);
    const auto bytes = elements ? detail::product(*elements, item_bytes(tensor.dtype))
                                : std::optional<std::uint64_t>();
    if (!bytes)
      throw Error(errc::damaged_checkpoint,
                  path.string() + ": '" + tensor.name + "' has more elements than can be counted");
    next_[i] = offset;
    offset += *bytes;
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
  std::string text = json::serialize(header);
  text.append((8 - text.size() % 8) % 8, ' ');

  descriptor_ =
      ::open(growing_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor_ < 0) throw_errno(growing_, "cannot be created");
  const std::uint64_t size = text.size();
  const std::uint64_t data = sizeof size + size;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    next_[i] += data;
    end_[i] += data;
  }
  total_bytes_ = data + offset;
  try {
    write_at(descriptor_, std::as_bytes(std::span(&size, 1)), 0, growing_);
    write_at(descriptor_, std::as_bytes(std::span(text)), sizeof size, growing_);
  } catch (...) {
    ::close(descriptor_);
    ::unlink(growing_.c_str());
    throw;
  }
}

SafetensorsWriter::~SafetensorsWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(growing_.c_str());
}

void SafetensorsWriter::write(std::size_t tensor, std::span<const std::byte> bytes) {
  if (bytes.size() > end_[tensor] - next_[tensor])
    throw Error(errc::damaged_checkpoint, path_.string() + ": '" + tensors_[tensor].name +
                                              "' is given more bytes than its shape has");
  write_at(descriptor_, bytes, next_[tensor], growing_);
  next_[tensor] += bytes.size();
}

void SafetensorsWriter::publish() {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (next_[i] != end_[i])
      throw Error(errc::damaged_checkpoint, path_.string() + ": '" + tensors_[i].name + "' lacks " +
                                                std::to_string(end_[i] - next_[i]) + " bytes");
  }
  if (::fsync(descriptor_) != 0) throw_errno(growing_, "cannot be flushed");
  if (::rename(growing_.c_str(), path_.c_str()) != 0) throw_errno(path_, "cannot be replaced");
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace torchhub::archive
