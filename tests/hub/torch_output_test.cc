// Results of every shape that models return, their tensors found by the names that Python has for them.

#include <torchhub/hub/error.h>
#include <torchhub/hub/load.h>
#include <torchhub/hub/torch_evaluate.h>
#include <torchhub/hub/torch_output.h>
#include <torchhub/python/error.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::failure_of;

// Every tensor holds its place in the order that Python's own line visits them.
constexpr const char* kHubconf = R"(
import collections, collections.abc, dataclasses, types, torch
from typing import ClassVar

def t(n): return torch.full((2,), float(n))

@dataclasses.dataclass
class Scores:
    logits: torch.Tensor
    hidden: tuple = ()
    loss: object = None
    unset: object = dataclasses.field(init=False)
    shared: ClassVar[object] = t(99)

@dataclasses.dataclass
class Ordered(collections.OrderedDict):
    "As transformers' outputs: a dict, and a dataclass without what is None."
    logits: object = None
    loss: object = None
    def __post_init__(self):
        for field in dataclasses.fields(self):
            if getattr(self, field.name) is not None: self[field.name] = getattr(self, field.name)

Pair = collections.namedtuple('Pair', 'logits hidden')

class View(collections.abc.Mapping):
    def __init__(self, inner): self.inner = inner
    def __getitem__(self, key): return self.inner[key]
    def __iter__(self): return iter(self.inner)
    def __len__(self): return len(self.inner)

class Opaque:
    def __init__(self): self.tensor = t(0)

class Attrs:
    "As attrs makes classes."
    __attrs_attrs__ = (types.SimpleNamespace(name='boxes'), types.SimpleNamespace(name='label'))
    def __init__(self): self.boxes, self.label = t(0), 'cat'

def one(): return t(0)
def nested(): return {'a': [t(0), (t(1),)], 'b': {'c': t(2), 3: t(3)}, (1, 2): t(4)}
def dataclass(): return Scores(t(0), (t(1), t(2)))
def ordered(): return Ordered(logits=t(0))
def named_tuple(): return Pair(t(0), [Scores(t(1))])
def mapping(): return View({'x': t(0), 'y': View({'z': t(1)})})
def attrs(): return Attrs()
def namespace(): return types.SimpleNamespace(x=t(0), y=types.SimpleNamespace(z=t(1)))
def maximum(): return torch.stack([t(0), t(1)], 1).max(1)
def packed(): return torch.nn.utils.rnn.pack_sequence([t(0)])
def others(): return {'loss': 0.5, 'boxes': t(0), 'names': ['cat', None], 'what': Opaque(), 'size': torch.Size([1, 2])}
def dotted(): return {'a.b': t(0), 'a': {'b': t(1)}}
def nothing(): return None
def no_tensor(): return {'none': None, 'loss': 0.5, 'names': ['cat']}
def text(): return 'cat'
def empty(): return []
def endless():
    values = [t(0)]
    values.append(values)
    return values
def returning(result): return lambda *inputs: globals()[result]()
)";

class OutputTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new tests::TempFolder();
    tests::write_file(*folder_ / "hubconf.py", kHubconf);
  }

  static Model make(std::string_view entry, const Arguments& arguments = Arguments()) {
    return load(folder_->path().string(), entry, arguments,
                LoadOptions().fetch(FetchOptions().source(Source::local)),
                Context(cache::TorchPaths(*folder_ / "hub")));
  }

  static std::vector<std::string> paths(std::string_view entry) {
    std::vector<std::string> found;
    for (const auto& [path, tensor] : make(entry).output()) {
      if (entry != "maximum" && entry != "packed") {
        EXPECT_EQ(tensor[0].item<float>(), static_cast<float>(found.size()))
            << entry << ' ' << path;
      }
      found.push_back(path);
    }
    return found;
  }

  static inline tests::TempFolder* folder_ = nullptr;
};

TEST_F(OutputTest, NamesTensorsByTheirPlaces) {
  EXPECT_THAT(paths("one"), ElementsAre(""));
  EXPECT_THAT(paths("nested"), ElementsAre("a[0]", "a[1][0]", "b.c", "b[3]", "[(1, 2)]"));
  EXPECT_THAT(paths("dataclass"), ElementsAre("logits", "hidden[0]", "hidden[1]"));
  EXPECT_THAT(paths("ordered"), ElementsAre("logits"));
  EXPECT_THAT(paths("named_tuple"), ElementsAre("logits", "hidden[0].logits"));
  EXPECT_THAT(paths("mapping"), ElementsAre("x", "y.z"));
  EXPECT_THAT(paths("attrs"), ElementsAre("boxes"));
  EXPECT_THAT(paths("namespace"), ElementsAre("x", "y.z"));
  EXPECT_THAT(paths("maximum"), ElementsAre("values", "indices"));
  EXPECT_THAT(paths("packed"), ElementsAre("data", "batch_sizes"));
  EXPECT_THAT(paths("nothing"), IsEmpty());
  EXPECT_THAT(paths("empty"), IsEmpty());
  EXPECT_THAT(paths("dotted"), ElementsAre("['a.b']", "a.b"));
}

TEST_F(OutputTest, IsAskedByName) {
  const Output output = make("dataclass").output();
  EXPECT_EQ(output.size(), 3u);
  EXPECT_EQ(output.at("hidden[1]")[0].item<float>(), 2.0f);
  EXPECT_EQ(output.find("hidden"), nullptr);
  EXPECT_EQ(output.tensors().size(), 3u);
  const tests::Failure failure = failure_of([&] { output.at("scores"); });
  EXPECT_EQ(failure.code, errc::not_a_tensor);
  EXPECT_EQ(failure.sentence,
            "the output has no tensor at scores; there are: logits, hidden[0], hidden[1]");
  EXPECT_EQ(failure_of([] { Output().at("x"); }).sentence,
            "the output has no tensor at x; there are: none");
  EXPECT_EQ(make("dotted").output().at("a.b")[0].item<float>(), 1.0f);
}

TEST_F(OutputTest, KeepsWhatIsNoTensor) {
  const Output output = make("others").output();
  ASSERT_EQ(output.others().size(), 6u);
  EXPECT_EQ(output.others()[0], (std::pair<std::string, Argument>("loss", 0.5)));
  EXPECT_EQ(output.others()[1], (std::pair<std::string, Argument>("names[0]", "cat")));
  EXPECT_EQ(output.others()[2], (std::pair<std::string, Argument>("names[1]", nullptr)));
  EXPECT_EQ(output.others()[3].first, "what");
  EXPECT_TRUE(std::holds_alternative<python::Object>(output.others()[3].second.value()));
  EXPECT_EQ(output.others()[5], (std::pair<std::string, Argument>("size[1]", 2)));
}

TEST_F(OutputTest, SharesItsTensors) {
  const Model result = make("nested");
  result.output().at("a[1][0]").fill_(42);
  EXPECT_EQ(result["a"][1][0].tensor()[0].item<float>(), 42.0f);
}

TEST_F(OutputTest, IsWhatACallReturnsInOrder) {
  const at::Tensor x = at::ones({1});
  const auto called = [&](const char* entry) {
    return make("returning", Arguments(entry)).call({x});
  };
  EXPECT_EQ(called("dataclass").size(), 3u);
  EXPECT_EQ(called("named_tuple").size(), 2u);
  EXPECT_EQ(called("mapping").size(), 2u);
  EXPECT_EQ(called("nothing").size(), 0u);
  EXPECT_EQ(called("nested").at(3)[0].item<float>(), 3.0f);
  EXPECT_EQ(make("returning", Arguments("others"))(x).tensors().size(), 1u);
  EXPECT_EQ(called("others").size(), 1u);
  const tests::Failure failure = failure_of([&] { called("no_tensor"); });
  EXPECT_EQ(failure.code, errc::not_a_tensor);
  EXPECT_EQ(failure.sentence, "the model returned a float at loss, not a tensor");
  EXPECT_EQ(failure_of([&] { called("text"); }).sentence, "the model returned a str, not a tensor");
}

TEST_F(OutputTest, LooksOnceThroughAListThatHoldsItself) {
  EXPECT_THAT(paths("endless"), ElementsAre("[0]"));
  EXPECT_THAT(make("endless").output().others(), IsEmpty());
}

TEST(Evaluate, IsPythonBesideAModel) {
  const Context context{cache::TorchPaths("/nowhere")};
  const Model torch = import_module("torch.nn.functional", TrustRepo::yes, context);
  EXPECT_EQ(torch.method("relu", at::full({1}, -1.0)).tensor().item<float>(), 0.0f);
  const Model scaled =
      evaluate("lambda x: (x * k).sum()", {{"k", at::full({2}, 3.0)}}, TrustRepo::yes, context);
  EXPECT_EQ(scaled(at::ones({2})).as<double>(), 6.0);
  EXPECT_EQ(failure_of([&] { import_module("numpy", TrustRepo::check, context); }).sentence,
            "Importing the module numpy runs Python code: allow it with TrustRepo::yes.");
  EXPECT_EQ(failure_of([&] { evaluate("1", {}, TrustRepo::check, context); }).code,
            errc::untrusted);
}

}  // namespace
}  // namespace torchhub
