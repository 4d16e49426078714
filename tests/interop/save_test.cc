// What we save is what Python loads, with weights_only=True and with safetensors.

#include <torchhub/archive/error.h>
#include <torchhub/hub/detail/torch_features.h>
#include <torchhub/hub/torch_save.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/quantize_per_tensor.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

namespace torchhub {
namespace {

using tests::failure_of;

constexpr bool kHasNewDtypes = TORCHHUB_TORCH_HAS_FLOAT8;

StateDict every_kind() {
  const at::Tensor matrix = at::arange(12, at::kFloat).reshape({3, 4});
  std::vector<std::pair<std::string, at::Tensor>> tensors = {
      {"matrix", matrix},
      {"row", matrix[1]},
      {"transposed", matrix.t()},
      {"again", matrix},
      {"scalar", at::full({}, 2.5, at::kDouble)},
      {"empty", at::empty({0, 3})},
      {"half", at::arange(5, at::kFloat).to(at::kHalf)},
      {"bfloat", at::arange(5, at::kFloat).to(at::kBFloat16)},
      {"long", at::arange(5, at::kLong)},
      {"bool", at::arange(5, at::kLong) > 2},
      {"bytes", at::arange(5, at::kLong).to(at::kByte)},
      {"complex", at::complex(at::arange(3, at::kFloat), at::ones({3}))},
      {"conjugate", at::complex(at::arange(3, at::kFloat), at::ones({3})).conj()},
      {"a \u00e9 name", at::ones({1})},
      {"trained", at::ones({2}).set_requires_grad(true)},
  };
#if TORCHHUB_TORCH_HAS_FLOAT8
  tensors.emplace_back("float8", at::arange(5, at::kFloat).to(at::kFloat8_e4m3fn));
  tensors.emplace_back("unsigned", at::arange(5, at::kLong).to(at::kUInt16));
#endif
  return StateDict(tensors);
}

// Runs lines of Python that end with an assertion.
void expect_python(const std::string& code) {
  const tests::Outcome outcome = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-c", "import torch\nfrom torch import tensor\n" + code});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

std::string checks(bool is_shared) {
  std::string code = R"(
m = torch.arange(12.).reshape(3, 4)
assert torch.equal(d['matrix'], m) and torch.equal(d['row'], m[1]) and torch.equal(d['transposed'], m.t())
assert d['scalar'].item() == 2.5 and d['scalar'].dtype == torch.float64 and d['empty'].shape == (0, 3)
assert d['half'].dtype == torch.float16 and d['half'].tolist() == [0, 1, 2, 3, 4]
assert d['bfloat'].dtype == torch.bfloat16 and d['bfloat'].tolist() == [0, 1, 2, 3, 4]
assert d['long'].tolist() == [0, 1, 2, 3, 4] and d['bytes'].tolist() == [0, 1, 2, 3, 4]
assert d['bool'].tolist() == [False, False, False, True, True]
assert d['complex'].tolist() == [1j, 1+1j, 2+1j] and d['conjugate'].tolist() == [-1j, 1-1j, 2-1j]
assert d['a \u00e9 name'].item() == 1
)";
  if (is_shared) {
    code += R"(
assert d['again'].data_ptr() == d['matrix'].data_ptr() and d['transposed'].stride() == (1, 4)
d['row'].fill_(9); assert d['matrix'][1, 2] == 9
assert d['trained'].requires_grad and not d['half'].requires_grad
)";
  }
  if (kHasNewDtypes) {
    code += R"(
assert d['float8'].dtype == torch.float8_e4m3fn and d['float8'].float().tolist() == [0, 1, 2, 3, 4]
assert d['unsigned'].dtype == torch.uint16
)";
  }
  return code;
}

TEST(Save, IsReadByTorchLoad) {
  const tests::TempFolder folder;
  save_state_dict(every_kind(), folder / "x.pth");
  const std::string path = (folder / "x.pth").string();
  expect_python("import zipfile; assert zipfile.ZipFile('" + path + "').testzip() is None\n" +
                "d = torch.load('" + path + "', weights_only=True)\n" + checks(true));
  if (kHasNewDtypes)
    expect_python("d = torch.load('" + path + "', weights_only=True, mmap=True)\n" + checks(true));
}

TEST(Save, IsReadBySafetensors) {
  if (!TORCHHUB_TORCH_IS_2) GTEST_SKIP() << "Debian's Python has no safetensors";
  const tests::TempFolder folder;
  save_state_dict(every_kind(), folder / "x.safetensors");
  expect_python("from safetensors.torch import load_file\nd = load_file('" +
                (folder / "x.safetensors").string() + "')\nassert 'again' not in d\n" +
                checks(false));
}

TEST(Save, IsReadByUs) {
  const tests::TempFolder folder;
  const StateDict saved = every_kind();
  for (const char* name : {"x.pth", "x.safetensors"}) {
    save_state_dict(saved, folder / name);
    // A second time: over the file that it is read from.
    save_state_dict(load_state_dict(folder / name), folder / name);
    const StateDict read = to_state_dict(
        archive::open_checkpoint(folder / name, archive::OpenOptions().aliases(true)));
    EXPECT_EQ(read.size(), saved.size() - (name == std::string("x.safetensors") ? 1 : 0));
    for (const auto& [key, tensor] : read) {
      const at::Tensor& before = saved.at(key);
      EXPECT_EQ(tensor.scalar_type(), before.scalar_type()) << key;
      EXPECT_EQ(tensor.sizes(), before.sizes()) << key;
      const bool is_float8 = key == "float8";
      const at::ScalarType type =
          is_float8 || key == "unsigned" ? at::kFloat : tensor.scalar_type();
      EXPECT_TRUE(at::equal(tensor.to(type), before.resolve_conj().to(type))) << key;
    }
  }
}

TEST(Save, RefusesWhatItCannotKeepAndLeavesTheOldFile) {
  const tests::TempFolder folder;
  save_state_dict(StateDict({{"a", at::ones({1})}}), folder / "x.pth");
  const std::string before = tests::read_file(folder / "x.pth");
  const auto refusal = [&](at::Tensor tensor) {
    return failure_of([&] { save_state_dict(StateDict({{"a", tensor}}), folder / "x.pth"); }).code;
  };
  EXPECT_EQ(refusal(at::ones({2, 2}).to_sparse()), archive::errc::unsupported_format);
  EXPECT_EQ(refusal(at::empty({2}, at::kMeta)), archive::errc::unsupported_format);
  EXPECT_EQ(refusal(at::quantize_per_tensor(at::ones({2}), 0.1, 0, at::kQInt8)),
            archive::errc::unsupported_format);
  EXPECT_EQ(
      failure_of([&] {
        save_state_dict(StateDict({{"a", at::ones({1})}, {"a", at::ones({1})}}), folder / "x.pth");
      }).code,
      archive::errc::damaged_checkpoint);
  EXPECT_EQ(tests::read_file(folder / "x.pth"), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace torchhub
