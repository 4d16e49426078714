// What torch writes is what we read: names, dtypes, shapes, strides, aliasing and bytes.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/tensor_bytes.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/hub/torch_dtype.h>
#include <torchhub/hub/torch_state_dict.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/core/Tensor.h>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <algorithm>
#include <map>

namespace torchhub {
namespace {

namespace json = boost::json;
using archive::Checkpoint;
using archive::TensorInfo;

std::string text_of(const json::value& value) { return json::value_to<std::string>(value); }

std::vector<std::int64_t> numbers_of(const json::value& value) {
  return json::value_to<std::vector<std::int64_t>>(value);
}

std::vector<std::int64_t> numbers_of(archive::Shape shape) { return {shape.begin(), shape.end()}; }

// The elements in row-major order, whatever the strides.
std::string digest_of(const at::Tensor& tensor) {
  // Elements that share bytes have no others.
  const bool is_packed = tensor.is_quantized() && (tensor.scalar_type() == at::kQUInt4x2 ||
                                                   tensor.scalar_type() == at::kQUInt2x4);
  const at::Tensor flat =
      is_packed ? tensor.int_repr() : tensor.detach().resolve_conj().resolve_neg().contiguous();
  cache::Sha256 digest;
  if (flat.numel() > 0)
    digest.update(
        {static_cast<const std::byte*>(flat.data_ptr()), static_cast<std::size_t>(flat.nbytes())});
  return cache::to_hex(digest.finish());
}

std::string digest_of(const Checkpoint& checkpoint, const TensorInfo& tensor) {
  cache::Sha256 digest;
  const auto add = [&](const TensorInfo& part) {
    archive::for_each_piece(checkpoint, part,
                            [&](std::span<const std::byte> piece) { digest.update(piece); });
  };
  if (tensor.layout == archive::Layout::strided) {
    add(tensor);
  } else {
    for (const TensorInfo& part : tensor.parts) add(part);
  }
  return cache::to_hex(digest.finish());
}

void expect_same(const Checkpoint& checkpoint, const TensorInfo& info, const json::object& wanted,
                 bool is_script) {
  SCOPED_TRACE(info.name);
  EXPECT_EQ(archive::name_of(info.dtype), text_of(wanted.at("dtype")));
  EXPECT_EQ(archive::name_of(info.layout), text_of(wanted.at("layout")));
  EXPECT_EQ(numbers_of(info.shape), numbers_of(wanted.at("shape")));
  EXPECT_EQ(info.requires_grad, wanted.at("requires_grad").as_bool());
  if (!is_script) {
    EXPECT_EQ(info.is_parameter, wanted.at("is_parameter").as_bool());
  }
  if (wanted.contains("stride")) {
    EXPECT_EQ(numbers_of(info.stride), numbers_of(wanted.at("stride")));
  }
  EXPECT_EQ(info.is_meta, wanted.contains("meta"));
  if (!wanted.contains("meta")) {
    EXPECT_EQ(digest_of(checkpoint, info), text_of(wanted.at("sha256")));
  }
}

// The same through LibTorch.
void expect_same(const at::Tensor& tensor, const json::object& wanted) {
  SCOPED_TRACE(wanted.at("name"));
  EXPECT_EQ(name_of(tensor.scalar_type()), text_of(wanted.at("dtype")));
  EXPECT_EQ(tensor.sizes(), numbers_of(wanted.at("shape")));
  EXPECT_EQ(tensor.requires_grad(), wanted.at("requires_grad").as_bool());
  if (wanted.contains("meta")) {
    EXPECT_TRUE(tensor.is_meta());
    return;
  }
  if (wanted.contains("stride")) {
    EXPECT_EQ(tensor.strides(), numbers_of(wanted.at("stride")));
  }
  if (!wanted.contains("dense")) {
    EXPECT_EQ(digest_of(tensor), text_of(wanted.at("sha256")));
  } else {
    const at::Tensor dense = tensor.is_quantized() ? tensor.dequantize() : tensor.to_dense();
    EXPECT_EQ(digest_of(dense), text_of(wanted.at("dense")));
  }
}

// Tensors that share a storage for torch share one for us, and no others.
void expect_same_sharing(const std::vector<const TensorInfo*>& infos,
                         const std::vector<const json::object*>& wanted) {
  std::map<std::int64_t, std::size_t> storage_of_group;
  std::map<std::size_t, std::int64_t> group_of_storage;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const json::value* const group = wanted[i]->if_contains("storage");
    if (!group) continue;
    const auto known = storage_of_group.emplace(group->as_int64(), infos[i]->storage).first;
    EXPECT_EQ(known->second, infos[i]->storage) << infos[i]->name;
    const auto other = group_of_storage.emplace(infos[i]->storage, group->as_int64()).first;
    EXPECT_EQ(other->second, group->as_int64()) << infos[i]->name;
  }
}

void expect_same(const std::filesystem::path& file, const json::object& expected) {
  const Checkpoint checkpoint =
      archive::open_checkpoint(file, archive::OpenOptions().lenient(expected.contains("lenient")));
  const StateDict state_dict = to_state_dict(checkpoint);
  ASSERT_EQ(state_dict.size(), checkpoint.tensors().size());
  const json::array& tensors = expected.at("tensors").as_array();
  if (!expected.contains("some")) {
    EXPECT_EQ(checkpoint.tensors().size(), tensors.size());
  }
  const bool by_name = expected.contains("some") || expected.contains("sorted") ||
                       expected.contains("script") || expected.contains("lenient");
  std::vector<const TensorInfo*> infos;
  std::vector<const json::object*> wanted;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const json::object& tensor = tensors[i].as_object();
    const std::string name = text_of(tensor.at("name"));
    const TensorInfo* const info =
        by_name ? checkpoint.find(name)
                : (i < checkpoint.tensors().size() ? &checkpoint.tensors()[i] : nullptr);
    ASSERT_NE(info, nullptr) << name;
    EXPECT_EQ(info->name, name);
    expect_same(checkpoint, *info, tensor, expected.contains("script"));
    const auto place = static_cast<std::ptrdiff_t>(info - checkpoint.tensors().data());
    expect_same((state_dict.begin() + place)->second, tensor);
    infos.push_back(info);
    wanted.push_back(&tensor);
  }
  expect_same_sharing(infos, wanted);
}

TEST(Checkpoints, AreReadAsTorchReadsThem) {
  const tests::TempFolder folder;
  const tests::Outcome written = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-I", "tests/interop/write_checkpoints.py", folder.path()});
  ASSERT_EQ(written.status, 0) << written.err;
  const json::value expected = json::parse(tests::read_file(folder / "expected.json"));
  ASSERT_GE(expected.as_object().size(), 130u);
  for (const auto& [name, description] : expected.as_object()) {
    const std::filesystem::path file = folder / std::string(name);
    SCOPED_TRACE(file);
    if (!description.as_object().contains("refused")) {
      try {
        expect_same(file, description.as_object());
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
      continue;
    }
    const tests::Failure refused = tests::failure_of([&] { archive::open_checkpoint(file); });
    EXPECT_TRUE(refused.code == archive::errc::refused_global ||
                refused.code == archive::errc::unsupported_format)
        << refused.sentence;
    EXPECT_THAT(refused.sentence, testing::StartsWith(file.string()));
  }
}

}  // namespace
}  // namespace torchhub
