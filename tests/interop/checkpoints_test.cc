// What torch writes is what we read: names, dtypes, shapes, strides and bytes.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/hub/torch_state_dict.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/ATen.h>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

namespace torchhub {
namespace {

namespace json = boost::json;

// The elements in row-major order, whatever the strides.
std::string digest_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().contiguous();
  cache::Sha256 digest;
  if (flat.numel() > 0)
    digest.update(
        {static_cast<const std::byte*>(flat.data_ptr()), static_cast<std::size_t>(flat.nbytes())});
  return cache::to_hex(digest.finish());
}

void expect_same(const std::filesystem::path& file, const json::array& expected) {
  const archive::Checkpoint checkpoint = archive::open_checkpoint(file);
  const StateDict tensors = to_state_dict(checkpoint);
  ASSERT_EQ(checkpoint.tensors().size(), expected.size());
  auto tensor = tensors.begin();
  for (std::size_t i = 0; i < expected.size(); ++i, ++tensor) {
    const json::object& wanted = expected[i].as_object();
    const archive::TensorInfo& info = checkpoint.tensors()[i];
    EXPECT_EQ(info.name, json::value_to<std::string>(wanted.at("name")));
    EXPECT_EQ(archive::name_of(info.dtype), json::value_to<std::string>(wanted.at("dtype")))
        << info.name;
    EXPECT_EQ(info.shape, json::value_to<std::vector<std::int64_t>>(wanted.at("shape")))
        << info.name;
    EXPECT_EQ(info.stride, json::value_to<std::vector<std::int64_t>>(wanted.at("stride")))
        << info.name;
    EXPECT_EQ(info.requires_grad, wanted.at("requires_grad").as_bool()) << info.name;
    EXPECT_EQ(digest_of(tensor->second), json::value_to<std::string>(wanted.at("sha256")))
        << info.name;
    EXPECT_EQ(tensor->second.strides(),
              json::value_to<std::vector<std::int64_t>>(wanted.at("stride")))
        << info.name;
  }
}

TEST(Checkpoints, AreReadAsTorchReadsThem) {
  const tests::TempFolder folder;
  const tests::Outcome written = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-I", "tests/interop/write_checkpoints.py", folder.path()});
  ASSERT_EQ(written.status, 0) << written.err;
  const json::value expected = json::parse(tests::read_file(folder / "expected.json"));
  ASSERT_GE(expected.as_object().size(), 75u);
  for (const auto& [name, tensors] : expected.as_object()) {
    const std::filesystem::path file = folder / std::string(name);
    SCOPED_TRACE(file);
    if (tensors.is_array()) {
      expect_same(file, tensors.as_array());
    } else {
      const tests::Failure refused = tests::failure_of([&] { archive::open_checkpoint(file); });
      EXPECT_TRUE(refused.code == archive::errc::refused_global ||
                  refused.code == archive::errc::unsupported_format)
          << refused.sentence;
      EXPECT_THAT(refused.sentence, testing::StartsWith(file.string()));
    }
  }
}

}  // namespace
}  // namespace torchhub
