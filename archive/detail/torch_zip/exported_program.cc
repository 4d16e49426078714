#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/torch_zip/exported_program.h>
#include <torchhub/archive/detail/torch_zip/zip_storage.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <optional>
#include <string>

namespace torchhub::archive::detail {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMaxConfigBytes = std::uint64_t{64} << 20;
constexpr std::int64_t kStrided = 7;  // schema.Layout

// schema.ScalarType
std::optional<DType> dtype_of_schema(std::int64_t type) {
  switch (type) {
    case 1:
      return DType::uint8;
    case 2:
      return DType::int8;
    case 3:
      return DType::int16;
    case 4:
      return DType::int32;
    case 5:
      return DType::int64;
    case 6:
      return DType::float16;
    case 7:
      return DType::float32;
    case 8:
      return DType::float64;
    case 9:
      return DType::complex32;
    case 10:
      return DType::complex64;
    case 11:
      return DType::complex128;
    case 12:
      return DType::boolean;
    case 13:
      return DType::bfloat16;
    case 28:
      return DType::uint16;
    case 29:
      return DType::float8_e4m3fn;
    case 30:
      return DType::float8_e5m2;
    case 31:
      return DType::float8_e4m3fnuz;
    case 32:
      return DType::float8_e5m2fnuz;
    case 33:
      return DType::float8_e8m0fnu;
    case 34:
      return DType::uint32;
    case 35:
      return DType::uint64;
    default:
      return std::nullopt;
  }
}

const json::value* member(const json::value& object, std::string_view name) {
  const json::object* const members = object.if_object();
  return members ? members->if_contains(name) : nullptr;
}

bool is_on_meta(const json::value& meta) {
  const json::value* const device = member(meta, "device");
  const json::value* const type = device ? member(*device, "type") : nullptr;
  return type && type->is_string() && type->as_string() == "meta";
}

std::int64_t count_of(const json::value* value) {
  const json::value* const number = value ? member(*value, "as_int") : nullptr;
  if (!number || !number->is_int64() || number->as_int64() < 0)
    throw_damaged("a tensor's configuration has a size, stride or offset that is no number");
  return number->as_int64();
}

class ExportedProgram {
 public:
  ExportedProgram(CheckpointContents& contents, const ReaderInput& input, const ZipRecords& records)
      : contents_(contents), input_(input), records_(records) {}

  void read() {
    for (const std::string_view folder : {"data/weights", "data/constants"}) {
      for (const ZipEntry& entry : records_.entries()) {
        const std::string_view name = records_.name_of(entry);
        if (name.starts_with(folder) && name.ends_with("_config.json")) read_config(entry, folder);
      }
    }
    if (found_config_) return;
    // As torch 2.8 writes it.
    if (records_.find("data/weights/model.pt"))
      throw Error(errc::unsupported_format,
                  "the exported program keeps its weights in a pickle of its own, "
                  "data/weights/model.pt, which is not read as a checkpoint");
    throw Error(errc::unsupported_format, "the .pt2 archive lists no weights: it holds code alone");
  }

 private:
  void read_config(const ZipEntry& entry, std::string_view folder) {
    found_config_ = true;
    const std::vector<std::byte> bytes = read_entry(input_.bytes, entry, kMaxConfigBytes);
    boost::system::error_code error;
    const json::value document =
        json::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, error);
    const json::value* const config = error ? nullptr : member(document, "config");
    if (!config || !config->is_object())
      throw_damaged("'" + std::string(entry.name) + "' is no configuration");
    for (const auto& [name, payload] : config->as_object()) add(name, payload, folder);
  }

  void add(std::string_view name, const json::value& payload, std::string_view folder) {
    const json::value* const path = member(payload, "path_name");
    const json::value* const is_parameter = member(payload, "is_param");
    const json::value* const pickled = member(payload, "use_pickle");
    const json::value* const meta = member(payload, "tensor_meta");
    if (!path || !path->is_string()) throw_damaged("a weight's configuration names no record");
    // A script object, such as a tokenizer: no tensor.
    if (!meta || meta->is_null()) return;
    const ZipEntry* const record = records_.find(folder, path->as_string());
    if (!record) throw_damaged("the record '" + std::string(path->as_string()) + "' is missing");
    if (pickled && pickled->is_bool() && pickled->as_bool()) {
      throw Error(errc::unsupported_format,
                  "the weight '" + std::string(name) +
                      "' is pickled inside the archive, which is not read");
    }
    TensorInfo tensor = tensor_of(*meta);
    tensor.name = contents_.arena.copy(input_.prefix.empty()
                                           ? std::string(name)
                                           : std::string(input_.prefix) + '.' + std::string(name));
    tensor.is_parameter = is_parameter && is_parameter->is_bool() && is_parameter->as_bool();
    // Its record, which torch writes all the same, holds nothing.
    tensor.is_meta = is_on_meta(*meta);
    if (tensor.is_meta) {
      if (tensor.stride.size() != tensor.shape.size() || !element_count(tensor.shape))
        throw_damaged("the tensor '" + std::string(name) +
                      "' has sizes or strides that make no sense");
      contents_.tensors.push_back(tensor);
      return;
    }
    tensor.storage = storage_of(*record);
    const StoredBytes& storage = contents_.storages[tensor.storage];
    if (!fits(tensor.shape, tensor.stride, tensor.storage_offset,
              record->size / item_bytes(tensor.dtype)))
      throw_damaged("the tensor '" + std::string(name) + "' reaches beyond its record");
    tensor.file = storage.file;
    tensor.file_offset = storage.file_offset + tensor.storage_offset * item_bytes(tensor.dtype);
    contents_.tensors.push_back(tensor);
  }

  TensorInfo tensor_of(const json::value& meta) {
    TensorInfo tensor;
    const json::value* const type = member(meta, "dtype");
    const auto dtype =
        type && type->is_int64() ? dtype_of_schema(type->as_int64()) : std::optional<DType>();
    if (!dtype) throw_damaged("a tensor's configuration has no dtype that is known");
    tensor.dtype = *dtype;
    const json::value* const layout = member(meta, "layout");
    if (!layout || !layout->is_int64() || layout->as_int64() != kStrided)
      throw Error(errc::unsupported_format, "a sparse weight of an exported program is not read");
    tensor.shape = shape_of(member(meta, "sizes"));
    tensor.stride = shape_of(member(meta, "strides"));
    tensor.storage_offset = static_cast<std::uint64_t>(count_of(member(meta, "storage_offset")));
    const json::value* const grad = member(meta, "requires_grad");
    tensor.requires_grad = grad && grad->is_bool() && grad->as_bool();
    return tensor;
  }

  Shape shape_of(const json::value* list) {
    const json::array* const items = list ? list->if_array() : nullptr;
    if (!items || items->size() > kMaxRank) throw_damaged("a tensor's configuration has no shape");
    auto* const sizes = contents_.arena.allocate<std::int64_t>(items->size());
    for (std::size_t i = 0; i < items->size(); ++i) sizes[i] = count_of(&(*items)[i]);
    return Shape(sizes, items->size());
  }

  // Tensors that share a record share a storage.
  std::size_t storage_of(const ZipEntry& record) {
    const auto [known, is_new] = storages_.emplace(&record, contents_.storages.size());
    if (is_new) {
      contents_.storages.push_back(storage_of_entry(contents_, input_, record));
      contents_.storages.back().location = "cpu";
    }
    return known->second;
  }

  CheckpointContents& contents_;
  const ReaderInput& input_;
  const ZipRecords& records_;
  std::map<const ZipEntry*, std::size_t> storages_;
  bool found_config_ = false;
};

}  // namespace

void read_exported_program(CheckpointContents& contents, const ReaderInput& input,
                           const ZipRecords& records) {
  if (records.text("archive_format") != "pt2")
    throw Error(errc::unsupported_format, "the archive's format is not pt2");
  if (records.text("byteorder").value_or("little") != "little")
    throw Error(errc::unsupported_format,
                "an exported program of a big-endian machine is not read");
  contents.format = FileFormat::exported_program;
  contents.arena.allow(value_bytes_allowed(input.bytes.size() / 64));
  ExportedProgram(contents, input, records).read();
  contents.root = Value(Value::Kind::dict, contents.arena.make<Mapping>(), 0);
}

}  // namespace torchhub::archive::detail
