// Packages of machine code, given tensors as users have them: right numbers, or a sentence.

#include <torchhub/hub/detail/torch_features.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/load.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/_neg_view.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

using testing::HasSubstr;
using tests::failure_of;

constexpr const char* kHubconf = R"(
import collections, torch, zipfile

def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(2),
                               torch.nn.Flatten())
def means():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
One = collections.namedtuple("One", "turned")
def turning():
    "Returns what the compiler has no words for, as sort() does."
    return lambda x: One(x * (1 + 2j) + x.conj())
def pairs():
    return lambda x, y: (x.reshape(-1, 2, 3).sum(1) + 1, torch.cat([x, x]) * y)
def has_cuda(): return torch.cuda.is_available()

def by_torch(path, *inputs):
    "The first result of torch's own loader."
    return torch._inductor.aoti_load_package(path)(*inputs)[0]

def foreign(path):
    "A package that torch writes by itself."
    class Plain(torch.nn.Module):
        def forward(self, x, y): return x * 2 + y
    n = torch.export.Dim("n", min=4, max=8)
    program = torch.export.export(Plain(), (torch.ones(5, 3), torch.ones(5, 1)), dynamic_shapes=({0: n}, {0: n}))
    files = torch._inductor.aot_compile(program.module(), (torch.ones(5, 3), torch.ones(5, 1)),
                                        options={"aot_inductor.package": True})
    from torch.export.pt2_archive._package import package_pt2
    package_pt2(path, aoti_files=files)
    package_pt2(path.replace(".pt2", "_with_program.pt2"), aoti_files=files, exported_programs=program)

def rewrite(path, out, ending, text):
    "The package with other content, or None for none, in the entries whose names end so."
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            changes = entry.filename.endswith(ending)
            if not changes or text is not None:
                new.writestr(entry.filename, text if changes else old.read(entry))
)";

class ExportedInputsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new tests::TempFolder();
    tests::write_file(*folder_ / "repository/hubconf.py", kHubconf);
  }

  void SetUp() override {
    if (!TORCHHUB_TORCH_HAS_PACKAGES)
      GTEST_SKIP() << "LibTorch " TORCH_VERSION " has no packages of machine code";
  }

  static Model make(std::string_view entry, const Arguments& arguments = Arguments()) {
    return load((*folder_ / "repository").string(), entry, arguments,
                // by_torch() runs a package beside us, which the gate keeps a repository from.
                LoadOptions().fetch(FetchOptions().source(Source::local)).unsafe_checkpoints(true),
                Context(cache::TorchPaths(*folder_ / "hub")));
  }

  static std::string refusal(const ExportedModel& model, const std::vector<at::Tensor>& inputs) {
    const tests::Failure failure = failure_of([&] { model.run(inputs); });
    EXPECT_EQ(failure.code, errc::input_mismatch) << failure.sentence;
    return failure.sentence;
  }

  static std::string rewritten(const std::string& package, std::string_view ending,
                               const Argument& text) {
    const std::string path = *folder_ / "rewritten.pt2";
    make("rewrite", Arguments()
                        .positional(package)
                        .positional(path)
                        .positional(std::string(ending))
                        .positional(text));
    return path;
  }

  static inline tests::TempFolder* folder_ = nullptr;
};

// On each device. The ways in which a tensor of these sizes may lie in memory.
class ExportedLayoutsTest : public ExportedInputsTest,
                            public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    ExportedInputsTest::SetUp();
    if (!IsSkipped() && GetParam() != std::string("cpu") &&
        !std::get<bool>(make("has_cuda").value().value()))
      GTEST_SKIP() << "no CUDA device is here";
  }

  at::Tensor random(std::vector<std::int64_t> sizes) const {
    return at::rand(sizes, at::TensorOptions().device(c10::Device(GetParam())));
  }

  std::vector<std::pair<std::string, at::Tensor>> layouts(std::int64_t batch) const {
    const at::Tensor image = random({batch, 3, 8, 8});
    const at::Tensor wide = random({batch + 2, 5, 10, 17});
    return {
        {"contiguous", image},
        {"channels_last", image.contiguous(at::MemoryFormat::ChannelsLast)},
        {"height and width transposed", image.transpose(2, 3)},
        {"batch and channels transposed", random({3, batch, 8, 8}).transpose(0, 1)},
        {"sliced", wide.slice(0, 1, batch + 1).slice(1, 2).slice(2, 1, 9).slice(3, 1, 17, 2)},
        {"sliced off alignment",
         random({batch * 3 * 8 * 8 + 1}).slice(0, 1).view({batch, 3, 8, 8})},
        {"expanded over the batch", random({1, 3, 8, 8}).expand({batch, 3, 8, 8})},
        {"expanded over channels", random({batch, 1, 8, 1}).expand({batch, 3, 8, 8})},
        {"the imaginary part of a conjugate",
         at::imag(at::complex(image, random({batch, 3, 8, 8})).conj())},
        {"negated and transposed", at::_neg_view(image.transpose(1, 3)).transpose(1, 3)},
        {"requires grad", image.clone().requires_grad_()},
    };
  }
};

TEST_P(ExportedLayoutsTest, GiveWhatEagerGives) {
  const Model net = make("net").eval().to(c10::Device(GetParam()));
  const at::Tensor example = random({2, 3, 8, 8});
  const ExportedModel by_rows = net.compile({example}, CompileOptions().dynamic(0, 0));
  // And one that was compiled for channels last, with all sizes free.
  const Model means = make("means").eval().to(c10::Device(GetParam()));
  const ExportedModel by_channels =
      means.compile({example.contiguous(at::MemoryFormat::ChannelsLast)},
                    CompileOptions().dynamic(0, 0).dynamic(0, 2).dynamic(0, 3));
  for (const std::int64_t batch : {1, 2, 5, 64}) {
    for (const auto& [name, input] : layouts(batch)) {
      SCOPED_TRACE(name + ", a batch of " + std::to_string(batch));
      EXPECT_TRUE(at::allclose(by_rows.forward(input), net.forward(input.detach()), 1e-4, 1e-5));
      EXPECT_TRUE(
          at::allclose(by_channels.forward(input), means.forward(input.detach()), 1e-4, 1e-5));
    }
  }
  const at::Tensor larger = random({3, 3, 12, 9});
  EXPECT_TRUE(at::allclose(by_channels.forward(larger), means.forward(larger), 1e-4, 1e-5));
  const at::Tensor none = random({0, 3, 8, 8});
  EXPECT_TRUE(at::equal(by_rows.forward(none), net.forward(none)));
  EXPECT_TRUE(at::equal(by_channels.forward(none), means.forward(none)));
  EXPECT_EQ(by_rows.unchecked(), "");
  EXPECT_THAT(refusal(by_rows, {example.to(at::kDouble)}),
              HasSubstr("input 0 is float64 of 2 x 3 x 8 x 8"));
  EXPECT_THAT(refusal(by_rows, {example.slice(1, 1)}), HasSubstr("float32 of ? x 3 x 8 x 8 on "));
  EXPECT_THAT(refusal(by_channels, {random({2, 3, 2, 8})}),
              HasSubstr("dimension 2 of input 0 is 2, and "));
  if (GetParam() != std::string("cpu")) {
    EXPECT_THAT(refusal(by_rows, {example.cpu()}),
                HasSubstr("on cpu, and float32 of ? x 3 x 8 x 8 on cuda"));
  }
}

TEST_P(ExportedLayoutsTest, OfComplexNumbersGiveWhatEagerGives) {
  const Model turning = make("turning");
  const ExportedModel model = turning.compile({at::complex(random({2, 3}), random({2, 3}))},
                                              CompileOptions().dynamic(0, 0));
  const at::Tensor numbers = at::complex(random({5, 3}), random({5, 3}));
  const at::Tensor wide = at::complex(random({3, 10}), random({3, 10}));
  for (const at::Tensor& input :
       {numbers, numbers.conj(), wide.conj().t().slice(0, 0, 10, 2), at::_neg_view(numbers.conj()),
        numbers.slice(0, 0, 1).expand({4, 3})})
    EXPECT_TRUE(at::allclose(model.forward(input), turning.forward(input))) << input.strides();
}

INSTANTIATE_TEST_SUITE_P(Devices, ExportedLayoutsTest, testing::Values("cpu", "cuda"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(ExportedInputsTest, SizesThatDependOnOneAnotherAreChecked) {
  const Model pairs = make("pairs");
  const std::string path = *folder_ / "pairs.pt2";
  pairs.export_to(path, {at::ones({2, 3}), at::ones({4, 3})},
                  CompileOptions().dynamic(0, 0).dynamic(1, 0));
  const ExportedModel model = open_exported_model(path);
  for (const std::int64_t rows : {2, 4, 10}) {
    const std::vector<at::Tensor> inputs = {at::rand({rows, 3}), at::rand({2 * rows, 3})};
    const std::vector<at::Tensor> outputs = model.run(inputs);
    const std::vector<at::Tensor> right = pairs.call(inputs);
    ASSERT_EQ(outputs.size(), 2u);
    EXPECT_TRUE(at::allclose(outputs[0], right[0])) << rows;
    EXPECT_TRUE(at::allclose(outputs[1], right[1])) << rows;
  }
  EXPECT_THAT(refusal(model, {at::ones({4, 3}), at::ones({7, 3})}),
              HasSubstr("dimension 0 of input 1 is 7, and 8 is wanted: 2 * s"));
  EXPECT_THAT(refusal(model, {at::ones({3, 3}), at::ones({6, 3})}),
              HasSubstr("its inputs' sizes must fulfil ((3 * s"));
  EXPECT_THAT(refusal(model, {at::ones({4, 3})}), HasSubstr("takes 2 inputs, not 1"));
  // Nothing comes of nothing.
  const std::vector<at::Tensor> none = model.run({at::ones({0, 3}), at::ones({0, 3})});
  EXPECT_THAT(none.at(0).sizes(), testing::ElementsAre(0, 3));
  EXPECT_THAT(none.at(1).sizes(), testing::ElementsAre(0, 3));

  // By the names of the function's parameters.
  const at::Tensor few = at::rand({2, 3});
  const at::Tensor more = at::rand({4, 3});
  const auto by_names = [&](std::vector<std::pair<std::string, at::Tensor>> entries) {
    return model.run(model.inputs_of(StateDict(std::move(entries)))).at(1);
  };
  EXPECT_TRUE(at::equal(by_names({{"x", few}, {"y", more}}), by_names({{"y", more}, {"x", few}})));
  EXPECT_TRUE(at::equal(by_names({{"x", few}, {"y", more}}), model.run({few, more}).at(1)));
  EXPECT_THAT(failure_of([&] {
                by_names({{"x", few}, {"z", more}});
              }).sentence,
              HasSubstr("has no input 'z', which the file holds: its inputs are 'x', 'y'"));
  // A library that was cut.
  EXPECT_THAT(failure_of([&] {
                open_exported_model(rewritten(path, ".so",
                                              "\x7f"
                                              "ELF"));
              }).sentence,
              HasSubstr(".so is cut"));

  // The package is torch's own all the same.
  const at::Tensor x = at::rand({4, 3});
  const at::Tensor y = at::rand({8, 3});
  EXPECT_TRUE(at::allclose(make("by_torch", Arguments()
                                                .positional(path)
                                                .positional(tensor_argument(x))
                                                .positional(tensor_argument(y)))
                               .tensor(),
                           pairs.call({x, y}).at(0)));

  // Records that somebody changed.
  const auto opening = [&](const Argument& metadata) {
    return failure_of([&] { open_exported_model(rewritten(path, "_metadata.json", metadata)); })
        .sentence;
  };
  const std::string damaged = ": its record of what inputs it takes is damaged: ";
  EXPECT_THAT(opening(R"({"AOTI_DEVICE_KEY": "cpu", "torchhub_inputs": "{]"})"),
              HasSubstr(damaged + "it is no JSON object"));
  EXPECT_THAT(opening(R"({"AOTI_DEVICE_KEY": "cpu", "torchhub_inputs": "{\"version\": 9}"})"),
              HasSubstr(damaged + "its version is not 1"));
  for (const char* metadata :
       {"", "{", "[]", R"({"AOTI_DEVICE_KEY": 7})", R"({"AOTI_DEVICE_KEY": "toaster"})"})
    EXPECT_NE(opening(metadata), "(nothing was thrown)") << metadata;
  // Strides that are no strides are LibTorch's to refuse.
  const std::string strides =
      R"({\"version\": 1, \"symbols\": {}, \"rules\": [], \"inputs\": [{\"dtype\": \"float32\", )"
      R"(\"device\": \"cpu\", \"sizes\": [4, 3], \"strides\": [4611686018427387904, -3]}]})";
  const ExportedModel huge = open_exported_model(
      rewritten(path, "_metadata.json",
                R"({"AOTI_DEVICE_KEY": "cpu", "torchhub_inputs": ")" + strides + "\"}"));
  EXPECT_EQ(failure_of([&] { huge.run({x}); }).code, errc::libtorch);
}

TEST_F(ExportedInputsTest, ASizeThatTheCompilerWentByCannotChange) {
  // Torch says so in a note of its log alone, and the numbers for other sizes are wrong.
  const std::string path = *folder_ / "pinned.pt2";
  EXPECT_THAT(
      failure_of([&] {
        make("net").eval().export_to(path, {at::ones({2, 3, 8, 8})},
                                     CompileOptions().dynamic(0, 0).dynamic(0, 3));
      }).sentence,
      HasSubstr("dimension 3 of input 0 cannot change: AOTInductor makes code for 8 alone"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ExportedInputsTest, APackageOfOthersIsCheckedAsFarAsItTells) {
  const std::string path = *folder_ / "foreign.pt2";
  make("foreign", Arguments().positional(path));
  const at::Tensor x = at::rand({6, 3});
  const at::Tensor y = at::rand({6, 1});
  const at::Tensor right = x * 2 + y;
  {
    // By the source.
    const ExportedModel model = open_exported_model(path);
    EXPECT_EQ(
        model.unchecked(),
        path + ": does not tell bounds of the sizes that may change, so that this is not checked");
    EXPECT_TRUE(at::allclose(model.run({x, y}).at(0), right));
    EXPECT_THAT(failure_of([&] {
                  model.inputs_of(StateDict({{"y", y}, {"x", x}}));
                }).sentence,
                HasSubstr("does not tell what its inputs are called: give them as a list"));
    EXPECT_EQ(model.inputs_of(StateDict({{"0", x}, {"1", y}})).size(), 2u);
    EXPECT_TRUE(at::allclose(
        model.run({x.t().contiguous().t(), y.expand({6, 2}).slice(1, 0, 1)}).at(0), right));
    EXPECT_TRUE(
        at::allclose(model.run({x.slice(0, 0, 1), y.slice(0, 0, 1)}).at(0), right.slice(0, 0, 1)));
    EXPECT_THAT(refusal(model, {x}), HasSubstr("takes 2 inputs, not 1"));
    EXPECT_THAT(refusal(model, {x.to(at::kDouble), y}), HasSubstr("input 0 is float64"));
    EXPECT_THAT(refusal(model, {x, y.squeeze(1)}), HasSubstr("float32 of ? x 1 on cpu is wanted"));
    EXPECT_THAT(refusal(model, {x.slice(1, 1), y}), HasSubstr("input 0 is float32 of 6 x 2"));
    EXPECT_THAT(refusal(model, {x, at::ones({5, 1})}),
                HasSubstr("dimension 0 of input 1 is 5, and 6 is wanted"));
    EXPECT_THAT(refusal(model, {at::ones({0, 3}), at::ones({0, 1})}),
                HasSubstr("is 0, and 1 at least is wanted"));
  }
  {
    // By the program beside it, which knows bounds.
    const ExportedModel model = open_exported_model(*folder_ / "foreign_with_program.pt2");
    EXPECT_THAT(model.unchecked(),
                HasSubstr("does not tell what its sizes must be besides the bounds of each"));
    EXPECT_TRUE(at::allclose(model.run({x, y}).at(0), right));
    EXPECT_TRUE(
        at::allclose(model.run(model.inputs_of(StateDict({{"y", y}, {"x", x}}))).at(0), right));
    EXPECT_THAT(refusal(model, {at::ones({9, 3}), at::ones({9, 1})}),
                HasSubstr("is 9, and 4 to 8 is wanted"));
    EXPECT_THAT(refusal(model, {at::ones({3, 3}), at::ones({3, 1})}),
                HasSubstr("is 3, and 4 to 8 is wanted"));
    EXPECT_THAT(refusal(model, {x.to(at::kHalf), y}), HasSubstr("input 0 is float16"));
  }
  {
    // By nothing.
    const ExportedModel model = open_exported_model(rewritten(path, ".cpp", Argument()));
    EXPECT_THAT(model.unchecked(),
                HasSubstr("does not tell how many inputs it takes, and what they must be"));
    EXPECT_TRUE(at::allclose(model.run({x.t().contiguous().t(), y}).at(0), right));
    EXPECT_EQ(failure_of([&] { model.run({x}); }).code, errc::libtorch);
    EXPECT_THAT(refusal(model, {at::ones({0, 3}), at::ones({0, 1})}),
                HasSubstr("it is not told what is returned then"));
  }
}

}  // namespace
}  // namespace torchhub
