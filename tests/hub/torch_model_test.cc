// What entry points return, used from C++.

#include <torchhub/hub/detail/torch_features.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/load.h>
#include <torchhub/python/error.h>
#include <torchhub/python/operations.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <complex>
#include <iterator>
#include <stop_token>
#include <thread>

namespace torchhub {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using tests::failure_of;

constexpr const char* kHubconf = R"(
import torch

class Net(torch.nn.Module):
    "A net of two layers."
    def __init__(self, width):
        super().__init__()
        self.first = torch.nn.Linear(4, width)
        self.norm = torch.nn.BatchNorm1d(width)
        self.names = {'width': width, 'classes': ['a', 'b']}

    def forward(self, x, scale=None):
        y = self.norm(self.first(x))
        return y if scale is None else y * scale

    def describe(self, prefix, *, upper: bool = False):
        "Says what it is."
        text = f"{prefix}{self.names['width']}"
        return text.upper() if upper else text

    def branches(self, x):
        from shared import bias
        return torch.relu(x) + bias() if x.sum() > 0 else x

class Tokenizer:
    def __init__(self): self.ids = {'a': 1, 'b': 2}
    def encode(self, text): return torch.tensor([self.ids[c] for c in text])
    def __len__(self): return 2

def net(width=3):
    torch.manual_seed(0)
    return Net(width)
def pair(): return net(), Tokenizer()
def values(): return {'none': None, 'yes': True, 'n': 3, 'x': 0.5, 'list': [1, (2, 'c')], 'big': 1 << 70, 'self': Tokenizer()}
def counting(): return (i * i for i in range(4))
def function(): return lambda x, y: x * y
def lazy():
    def later(x):
        from shared import bias
        return x + bias()
    return later
def tell(*args, **kwargs):
    "What it was given, as text."
    def show(value):
        if isinstance(value, torch.Tensor): return f'tensor{value.tolist()}'
        if isinstance(value, torch.nn.Module): return type(value).__name__
        if isinstance(value, (list, tuple)): return f'{type(value).__name__}{[show(v) for v in value]}'
        if isinstance(value, dict): return f'dict{[(show(k), show(v)) for k, v in value.items()]}'
        return repr(value) if not callable(value) else 'callable'
    return show(args) + show(kwargs)
def teller(): return tell
def told():
    "A line of Python, told."
    x = torch.ones(2)
    return tell(x, 0.5, 'x', torch.device('cpu'), torch.device('meta', 0), torch.float16, torch.channels_last, (2, x), b'a\0',
                {1: 'a', (1, 2): x}, 1 - 2j, None, net(), print, [x, x], kept=True, where=torch.bfloat16)
def numbers():
    def count():
        n = 0
        while True: yield (n := n + 1)
    return count()
def images(): return [torch.full((2,), float(i)) for i in range(5)]
def loader(collate_fn): return torch.utils.data.DataLoader(images(), batch_size=2, collate_fn=collate_fn)
def batches(): return list(loader(torch.stack))
def hooked(x):
    "Each layer's output, with the input of norm doubled, and the output of norm in place of all."
    model, seen = net().eval(), []
    model.norm.register_forward_pre_hook(lambda module, inputs: (inputs[0] * 2,))
    for name in ('first', 'norm'):
        model.get_submodule(name).register_forward_hook(lambda module, inputs, output: seen.append(output))
    model.register_forward_hook(lambda module, inputs, output: output + 1)
    return seen + [model(x)]
def deep(): return torch.nn.Sequential(torch.nn.Sequential(net(), torch.nn.ReLU()), torch.nn.Identity())
def module_names(): return [(name, type(module).__name__) for name, module in deep().named_modules()]
def array(): 
    import numpy
    return numpy.arange(6, dtype='float32').reshape(2, 3)
def numpy_value(text):
    import numpy
    return eval(text, vars(numpy))
def numpy_sum(values):
    import numpy
    assert isinstance(values, numpy.ndarray), type(values)
    values[0] = 100
    return float(values.sum())
def caught():
    ways = {'index': lambda: torch.select(torch.ones(2), 0, 5), 'sizes': lambda: torch.ones(2) + torch.ones(3)}
    def told(what):
        try: ways[what]() if isinstance(what, str) else what()
        except KeyError as error: return f'KeyError {error.args}'
        except Exception as error: return f'{type(error).__name__} {error}'
    return told
def raiser():
    def raises(gradient): raise KeyError('k', 3)
    def hooked(x):
        x = x.requires_grad_()
        x.register_hook(raises)
        return x * 1
    return hooked
def answers():
    import collections, dataclasses
    @dataclasses.dataclass
    class Scores:
        logits: torch.Tensor
        hidden: tuple = ()
        note: object = None
    Pair = collections.namedtuple('Pair', 'logits rest')
    def endless(x):
        answer = [x]
        answer.append(answer)
        return answer
    return {
        'alone': lambda x: x,
        'dataclass': lambda x: Scores(x, (x + 1, x + 2)),
        'named_tuple': lambda x: Pair(x, {'a': None, 'b': x + 1}),
        'dict': lambda x: {'logits': x, 'a b': x + 1, 3: [x + 2]},
        'listed': lambda x: [Scores(x), x + 1],
        'torchs': lambda x: torch.max(x, 0),
        'mapping': lambda x: collections.UserDict(logits=x),
        'plain_beside': lambda x: ('text', x, 3, None, Tokenizer()),
        'endless': endless,
        'empty': lambda x: (),
        'number': lambda x: (3,),
    }
def kinds():
    import dataclasses, enum, pathlib
    class E(enum.Enum): A = 1
    @dataclasses.dataclass
    class Empty: pass
    deep = [0] * 50
    for _ in range(6): deep = [deep] * 50
    endless = []
    endless.append(endless)
    return {'set': {1}, 'enum': E.A, 'path': pathlib.PurePosixPath('a/b'), 'empty': Empty(), 'class': Net, 'net': net(),
            'deep': deep, 'endless': endless, 'long_text': 'a' * 20000}
def parts():
    import types
    return {'0': 'zero', 3: 'three', 'a b': 'blank', 'list': [1, 2], 'object': types.SimpleNamespace(field='f'),
            'modules': torch.nn.Sequential(torch.nn.Linear(2, 1)), 'by_name': torch.nn.ModuleDict({'one': torch.nn.Linear(1, 1)})}
def data_dependent():
    class Bad(torch.nn.Module):
        def forward(self, x): return x * 2 if x.sum() > 0 else x
    return Bad()
)";

class ModelTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new tests::TempFolder();
    for (const char* name : {"one", "two"}) {
      tests::write_file(*folder_ / name / "hubconf.py", kHubconf);
      const bool is_one = name == std::string("one");
      tests::write_file(*folder_ / name / "shared.py",
                        std::string("def bias(): return ") + (is_one ? "1" : "2") + ".0\n");
    }
  }

  static Model make(std::string_view entry, const Arguments& arguments = Arguments(),
                    const char* repository = "one") {
    return load((*folder_ / repository).string(), entry, arguments,
                LoadOptions().fetch(FetchOptions().source(Source::local)),
                Context(cache::TorchPaths(*folder_ / "hub")));
  }

  static inline tests::TempFolder* folder_ = nullptr;
};

TEST_F(ModelTest, TakesSeveralTensorsAndAnyOtherArguments) {
  const Model net = make("net").eval();
  const at::Tensor x = at::ones({2, 4});
  const at::Tensor y = net.forward(x);
  EXPECT_TRUE(at::allclose(net.forward(x, at::full({}, 2.0)), y * 2));
  EXPECT_TRUE(at::allclose(
      net(Arguments().positional(tensor_argument(x)).keyword("scale", 2)).tensor(), y * 2));
  const Output::Tensors both = net.call_by_name(Arguments(python::keyword("scale", 2), x));
  ASSERT_EQ(both.size(), 1u);
  EXPECT_TRUE(at::allclose(both[0].second, y * 2));
  EXPECT_EQ(net.method("describe", Arguments().positional("w").keyword("upper", true)).text(),
            "W3");
}

TEST_F(ModelTest, TakesAnythingMixedInOneCall) {
  const at::Tensor x = at::ones({2});
  const Model net = make("net");
  const Model told = make("teller")(
      x, 0.5, "x", at::kCPU, at::Device("meta:0"), at::kHalf, at::MemoryFormat::ChannelsLast,
      Argument::Tuple{2, x}, Bytes{std::string("a\0", 2)},
      Argument::Dict{{1, "a"}, {Argument::Tuple{1, 2}, x}}, std::complex<double>(1, -2), nullptr,
      net, [](const Model&) {}, std::vector<at::Tensor>{x, x}, keyword("kept", true),
      keyword("where", at::kBFloat16));
  EXPECT_EQ(told.as<std::string>(), make("told").as<std::string>());
  EXPECT_EQ(make("teller")().text(), "tuple[]dict[]");
  // A Model's own result goes into the next call.
  EXPECT_EQ(make("teller")(make("images")[1], make("pair")[0]).text(),
            "tuple['tensor[1.0, 1.0]', 'Net']dict[]");
  EXPECT_TRUE(at::equal(make("function")(x, 3).tensor(), x * 3));
  EXPECT_EQ(net.method("describe", "w", keyword("upper", true)).text(), "W3");
  EXPECT_EQ(make("tell", Arguments(x, keyword("n", 1))).text(),
            "tuple['tensor[1.0, 1.0]']dict[(\"'n'\", '1')]");
}

TEST_F(ModelTest, IsReadAsValuesOfCpp) {
  const Model function = make("function");
  EXPECT_EQ(function(3, 4).as<int>(), 12);
  EXPECT_EQ(function(0.5, 4).as<float>(), 2.0f);
  EXPECT_EQ(function("ab", 2).as<std::string>(), "abab");
  EXPECT_TRUE(at::equal(function(at::ones({2}), 2).as<at::Tensor>(), at::full({2}, 2.0)));
  EXPECT_EQ(function(at::full({}, 3), 2).as<double>(), 6.0);
  EXPECT_EQ(make("images").as<std::vector<at::Tensor>>().size(), 5u);
  EXPECT_EQ(make("net").attribute("first").attribute("weight").attribute("device").as<at::Device>(),
            at::Device("cpu"));
  EXPECT_EQ(
      make("net").attribute("first").attribute("weight").attribute("dtype").as<at::ScalarType>(),
      at::kFloat);
  EXPECT_TRUE(function(at::ones({1}) > 0, true).as<bool>());
  EXPECT_FALSE(function(at::zeros({}) > 0, true).as<bool>());
  EXPECT_EQ(failure_of([&] { function(at::ones({1}), 1).as<bool>(); }).code,
            python::errc::wrong_type);
  EXPECT_THAT(failure_of([&] { function(at::ones({2}) > 0, true).as<bool>(); }).sentence,
              HasSubstr("RuntimeError"));
  const auto i = std::complex<double>(0, 1);
  EXPECT_EQ((function(at::full({}, 2), i).as<std::complex<double>>()), 2.0 * i);
  EXPECT_EQ(failure_of([&] { function(at::full({}, 2), i).as<double>(); }).code,
            python::errc::wrong_type);
  EXPECT_THAT((function(at::arange(3), 2).as<std::vector<int>>()), ElementsAre(0, 2, 4));
  EXPECT_THAT((function(at::ones({2, 1}), 0.5).as<std::vector<std::vector<double>>>()),
              ElementsAre(ElementsAre(0.5), ElementsAre(0.5)));
  EXPECT_EQ((function(at::ones({3, 2}), 1).as<std::vector<at::Tensor>>().at(2).numel()), 2);
  for (const at::Tensor& other : {at::ones({}), at::ones({2})})
    EXPECT_EQ(failure_of([&] { function(other, 0.5).as<std::vector<int>>(); }).code,
              python::errc::wrong_type);
  EXPECT_EQ(failure_of([&] { function(1, 2).as<at::Tensor>(); }).code, python::errc::wrong_type);
  EXPECT_EQ(failure_of([&] { function(1, 2).as<at::Device>(); }).sentence,
            "the object is a int, not a device");
  EXPECT_EQ(failure_of([&] { function(1, 2).as<at::ScalarType>(); }).code,
            python::errc::wrong_type);
  EXPECT_TRUE(make("values")["none"].is_none());
  EXPECT_FALSE(make("values")["n"].is_none());
}

TEST_F(ModelTest, GivesEveryDtypeToPython) {
  const Model teller = make("teller");
  for (const at::ScalarType dtype :
       {at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kFloat, at::kDouble,
        at::kComplexFloat, at::kBool, at::kBFloat16}) {
    const Model told = Model(python::to_object(dtype));
    EXPECT_EQ(told.as<at::ScalarType>(), dtype);
  }
}

TEST_F(ModelTest, IsLoopedOver) {
  static_assert(std::input_iterator<ModelIterator>);
  static_assert(std::sentinel_for<std::default_sentinel_t, ModelIterator>);
  std::vector<int> numbers;
  for (const Model& number : make("numbers")) {
    numbers.push_back(number.as<int>());
    if (numbers.size() == 3) break;
  }
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
  std::vector<std::string> keys;
  for (const Model& key : make("values")) keys.push_back(key.text());
  EXPECT_EQ(keys.size(), 7u);
  EXPECT_EQ(keys[0], "none");
  EXPECT_EQ(std::ranges::distance(make("images").begin(), std::default_sentinel), 5);
  EXPECT_THAT(failure_of([] {
                for (const Model& element : make("net")) static_cast<void>(element);
              }).sentence,
              HasSubstr("TypeError"));
}

TEST_F(ModelTest, GivesPythonFunctionsToCall) {
  std::vector<std::int64_t> sizes;
  const Model loader = make("loader", Arguments([&](const std::vector<at::Tensor>& images) {
                              sizes.push_back(static_cast<std::int64_t>(images.size()));
                              return at::stack(images);
                            }));
  const std::vector<Model> wanted = make("batches").elements();
  std::size_t i = 0;
  for (const Model& batch : loader) EXPECT_TRUE(at::equal(batch.tensor(), wanted.at(i++).tensor()));
  EXPECT_EQ(i, wanted.size());
  EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
  const tests::Failure failure =
      failure_of([] { make("loader", Arguments([](const at::Tensor&) {})).elements(); });
  EXPECT_THAT(failure.sentence, HasSubstr("TypeError: the object is a list, not a tensor"));
}

// LibTorch's errors in a function of the program's are in Python what they are there.
TEST_F(ModelTest, RaisesLibTorchsErrorsAsTorchDoes) {
  const Model caught = make("caught");
  EXPECT_EQ(caught([] { at::ones({2})[5]; }).text(), caught("index").text());
  EXPECT_EQ(caught([] { at::ones({2}).add(at::ones({3})); }).text(), caught("sizes").text());
  EXPECT_EQ(caught([] { C10_THROW_ERROR(NotImplementedError, "later"); }).text(),
            "NotImplementedError later");
  EXPECT_EQ(caught([] { C10_THROW_ERROR(TypeError, "kind"); }).text(), "TypeError kind");
  EXPECT_EQ(caught([] { C10_THROW_ERROR(ValueError, "value"); }).text(), "ValueError value");
  EXPECT_EQ(caught([] { C10_THROW_ERROR(OutOfMemoryError, "full"); }).text(),
            "OutOfMemoryError full");
  // What a hook of Python's raised, and LibTorch carried.
  const Model raiser = make("raiser");
  EXPECT_EQ(caught([&] { raiser(at::ones({2})).tensor().sum().backward(); }).text(),
            "KeyError ('k', 3)");
}

TEST_F(ModelTest, RaisesAStopOfALoadInAFunction) {
  std::stop_source stop;
  stop.request_stop();
  const Model caught = make("caught");
  EXPECT_EQ(
      failure_of([&] {
        caught([&] {
          load((*folder_ / "one").string(), "net", Arguments(),
               LoadOptions().fetch(FetchOptions().source(Source::local)).stop(stop.get_token()),
               Context(cache::TorchPaths(*folder_ / "hub")));
        });
      }).sentence,
      "calling the object: KeyboardInterrupt");
}

TEST_F(ModelTest, HasHooks) {
  const at::Tensor x = at::randn({2, 4});
  const Model net = make("net").eval();
  const at::Tensor without = net.forward(x);
  std::vector<at::Tensor> seen;
  {
    const auto twice = [](const Model&, const Model& inputs) {
      return Argument::Tuple{inputs[0].tensor() * 2};
    };
    const auto keep = [&](const Model&, const Model&, const at::Tensor& output) {
      seen.push_back(output);
    };
    const Hook doubled = net.submodule("norm").forward_pre_hook(twice);
    const Hook first = net.submodule("first").forward_hook(keep);
    const Hook norm = net.submodule("norm").forward_hook(keep);
    const Hook instead =
        net.forward_hook([](const Model& module, const Model& inputs, const Model& output) {
          EXPECT_EQ(module.attribute("training").as<bool>(), false);
          EXPECT_EQ(inputs.size(), 1u);
          return output.tensor() + 1;
        });
    seen.push_back(net.forward(x));
  }
  const std::vector<Model> wanted = make("hooked", Arguments(x)).elements();
  ASSERT_EQ(seen.size(), wanted.size());
  for (std::size_t i = 0; i < seen.size(); ++i)
    EXPECT_TRUE(at::allclose(seen[i], wanted[i].tensor())) << i;
  // They ended with their handles.
  EXPECT_TRUE(at::equal(net.forward(x), without));
  EXPECT_EQ(seen.size(), wanted.size());

  // One of Python's own, kept for good.
  int calls = 0;
  net.forward_hook([&](const Arguments&) { ++calls; }).keep();
  Hook last = net.forward_hook([&](const Arguments&) { ++calls; });
  Hook moved = std::move(last);
  net.forward(x);
  EXPECT_EQ(calls, 2);
  last = net.forward_pre_hook(make("teller"));
  EXPECT_THAT(failure_of([&] { net.forward(x); }).sentence, HasSubstr("Error"));
  last.remove();
  moved.remove();
  moved.remove();
  net.forward(x);
  EXPECT_EQ(calls, 3);
  EXPECT_THAT(failure_of([&] {
                const Hook broken = net.forward_hook(
                    [](const Arguments&) { throw std::runtime_error("the hook broke"); });
                net.forward(x);
              }).sentence,
              HasSubstr("RuntimeError: the hook broke"));
  EXPECT_THAT(failure_of([] { Hook hook = make("values").forward_hook([] {}); }).sentence,
              HasSubstr("AttributeError"));
}

TEST_F(ModelTest, NamesItsModules) {
  const Model deep = make("deep");
  std::vector<Argument> names;
  for (const auto& [name, module] : deep.named_modules()) {
    const std::string type = module.type();
    names.push_back(Argument::Tuple{name, type.substr(type.rfind('.') + 1)});
  }
  EXPECT_EQ(Argument(names), make("module_names").value());
  EXPECT_EQ(deep.submodule("0.0.norm").type(), "torch.nn.modules.batchnorm.BatchNorm1d");
  EXPECT_EQ(deep.submodule("").object(), deep.object());
  EXPECT_THAT(failure_of([&] { deep.submodule("0.9"); }).sentence,
              HasSubstr("asking for the submodule 0.9: AttributeError"));
}

TEST_F(ModelTest, SharesArraysOfNumpy) {
  const Model array = make("array");
  const at::Tensor tensor = array.tensor();
  EXPECT_EQ(tensor.sizes(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(tensor.scalar_type(), at::kFloat);
  EXPECT_FALSE(array.is_tensor());
  tensor[1][2].fill_(7);
  EXPECT_EQ((array[Argument::Tuple{1, 2}].as<double>()), 7.0);

  const at::Tensor values = at::ones({3});
  EXPECT_EQ(make("numpy_sum", Arguments(numpy_argument(values))).as<double>(), 102.0);
  EXPECT_EQ(values[0].item<float>(), 100.0f);
  EXPECT_THAT(failure_of([] { numpy_argument(at::ones({2}).requires_grad_()); }).sentence,
              HasSubstr("making a numpy array: RuntimeError"));
  EXPECT_THAT(failure_of([] { numpy_argument(at::ones({2}, at::kBFloat16)); }).sentence,
              HasSubstr("making a numpy array: TypeError"));
  EXPECT_EQ(failure_of([] { static_cast<void>(make("values")["n"].tensor()); }).code,
            errc::not_a_tensor);
}

TEST_F(ModelTest, ReadsNumbersOfNumpy) {
  const auto value = [](const char* text) { return make("numpy_value", Arguments(text)); };
  using Complex = std::complex<double>;
  EXPECT_EQ(value("complex64(1+2j)").as<Complex>(), Complex(1, 2));
  EXPECT_EQ(value("complex128(-2j)").as<Complex>(), Complex(0, -2));
  EXPECT_EQ(value("array(3-1j)").as<Complex>(), Complex(3, -1));
  EXPECT_EQ(value("float32(0.5)").as<Complex>(), Complex(0.5, 0));
  EXPECT_TRUE(value("bool_(True)").as<bool>());
  EXPECT_FALSE(value("array([False])").as<bool>());
  EXPECT_EQ(value("uint64(2**63 + 5)").as<std::uint64_t>(), (std::uint64_t{1} << 63) + 5);
  EXPECT_EQ(value("int8(-3)").as<int>(), -3);
  EXPECT_THAT(value("arange(3)").as<std::vector<int>>(), ElementsAre(0, 1, 2));
  EXPECT_THAT(value("array([1j, 2])").as<std::vector<Complex>>(),
              ElementsAre(Complex(0, 1), Complex(2, 0)));
  EXPECT_THAT(value("array([[1, 2], [3, 4]], 'float32')").as<std::vector<std::vector<float>>>(),
              ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4)));
  EXPECT_THAT(value("array(['a', 'b'])").as<std::vector<std::string>>(), ElementsAre("a", "b"));
  for (const char* text : {"complex64(1)", "array([1j])", "array(1j)"})
    EXPECT_EQ(failure_of([&] { value(text).as<double>(); }).code, python::errc::wrong_type);
  for (const char* text : {"array(3.5)", "float32(1)", "array([0.5])", "array([1j])"})
    EXPECT_EQ(failure_of([&] { value(text).as<std::vector<int>>(); }).code,
              python::errc::wrong_type);
}

TEST_F(ModelTest, ChangesItsDtype) {
  const Model net = make("net");
  const auto dtype = [&] {
    return net.attribute("first").attribute("weight").tensor().scalar_type();
  };
  net.half();
  EXPECT_EQ(dtype(), at::kHalf);
  net.to(at::kDouble);
  EXPECT_EQ(dtype(), at::kDouble);
  EXPECT_EQ(net.to(at::Device("meta"), at::kBFloat16).object(), net.object());
  EXPECT_EQ(dtype(), at::kBFloat16);
  EXPECT_EQ(net.device(), "meta");
  // A tensor's is another tensor.
  const Model image = make("images")[1];
  EXPECT_EQ(image.to(at::kLong).tensor().scalar_type(), at::kLong);
  EXPECT_EQ(image.tensor().scalar_type(), at::kFloat);
}

TEST_F(ModelTest, IsExploredAsTheDocumentationHasIt) {
  const Model net = make("net");
  EXPECT_THAT(net.dir(), Contains("describe"));
  EXPECT_THAT(net.help("describe"), HasSubstr("describe(prefix, *, upper: bool = False)"));
  EXPECT_THAT(net.help("describe"), HasSubstr("Says what it is."));
  EXPECT_THAT(net.help(), HasSubstr("A net of two layers."));
  EXPECT_THAT(net.methods(), ElementsAre("branches", "describe", "forward"));
}

TEST_F(ModelTest, HasAttributesItemsAndElements) {
  const Model both = make("pair");
  EXPECT_EQ(both.size(), 2u);
  const Model tokenizer = both[1];
  const at::Tensor ids = tokenizer.method("encode", Arguments().positional("abba")).tensor();
  EXPECT_TRUE(at::equal(ids, at::tensor({1, 2, 2, 1}, at::kLong)));
  EXPECT_EQ(tokenizer.attribute("ids")["b"].value(), Argument(2));
  EXPECT_EQ(tokenizer.size(), 2u);
  EXPECT_EQ(both[0].attribute("first").attribute("weight").tensor().sizes(),
            (std::vector<std::int64_t>{3, 4}));
  std::vector<std::string> names;
  for (const Model& name : both[0].attribute("names")["classes"].elements())
    names.push_back(name.text());
  EXPECT_THAT(names, ElementsAre("a", "b"));
  std::vector<Argument> squares;
  for (const Model& square : make("counting").elements()) squares.push_back(square.value());
  EXPECT_THAT(squares, ElementsAre(Argument(0), Argument(1), Argument(4), Argument(9)));
  EXPECT_EQ(failure_of([&] { both[2]; }).sentence,
            "asking for an item: IndexError: tuple index out of range");
  EXPECT_THAT(failure_of([&] { both[0].attribute("nothing"); }).sentence,
              HasSubstr("AttributeError"));
  EXPECT_EQ(failure_of([&] { static_cast<void>(tokenizer.tensor()); }).code, errc::not_a_tensor);
}

TEST_F(ModelTest, HasAValueWhereItIsPlain) {
  const Argument::Dict values = std::get<Argument::Dict>(make("values").value().value());
  ASSERT_EQ(values.size(), 7u);
  EXPECT_EQ(values[0].second, Argument());
  EXPECT_EQ(values[1].second, Argument(true));
  EXPECT_EQ(values[2].second, Argument(3));
  EXPECT_EQ(values[3].second, Argument(0.5));
  EXPECT_EQ(values[4].second, Argument(Argument::List{1, Argument::Tuple{2, "c"}}));
  EXPECT_EQ(values[5].second, Argument(python::WideInteger{"1180591620717411303424"}));
  EXPECT_TRUE(std::holds_alternative<python::Object>(values[6].second.value()));
}

TEST_F(ModelTest, NamesTheTensorsOfAResult) {
  const auto names_of = [](const char* kind) {
    std::string names;
    float sum = 0;
    for (const auto& [path, tensor] :
         make("answers").part(kind).call_by_name(Arguments(at::ones({1})))) {
      names += "<" + path + ">";
      sum += tensor.item<float>();
    }
    return names + std::to_string(static_cast<int>(sum));
  };
  EXPECT_EQ(names_of("alone"), "<>1");
  EXPECT_EQ(names_of("dataclass"), "<logits><hidden[0]><hidden[1]>6");
  EXPECT_EQ(names_of("named_tuple"), "<logits><rest.b>3");
  EXPECT_EQ(names_of("dict"), "<logits><['a b']><[3][0]>6");
  EXPECT_EQ(names_of("listed"), "<[0].logits><[1]>3");
  EXPECT_EQ(names_of("torchs"), "<values><indices>1");
  EXPECT_EQ(names_of("mapping"), "<logits>1");
  EXPECT_EQ(names_of("plain_beside"), "<[1]>1");
  EXPECT_EQ(names_of("endless"), "<[0]>1");
  const Model answers = make("answers");
  EXPECT_TRUE(answers.part("empty").call_by_name(Arguments(at::ones({1}))).empty());
  const tests::Failure number = failure_of([&] { answers.part("number").call({at::ones({1})}); });
  EXPECT_EQ(number.code, errc::not_a_tensor);
  EXPECT_THAT(number.sentence, HasSubstr("returned a int at [0], not a tensor"));
}

TEST_F(ModelTest, TellsWhatAnyObjectIs) {
  const auto told = [](const char* part) {
    return python::to_text(python::to_object(make("kinds").part(part).summary()));
  };
  EXPECT_EQ(told("set"), "{'type': 'set', 'value': '{1}'}");
  EXPECT_EQ(told("enum"), "{'type': 'hubconf.py.kinds.<locals>.E', 'value': 'E.A'}");
  EXPECT_EQ(told("path"), "{'type': 'pathlib.PurePosixPath', 'value': 'a/b'}");
  EXPECT_EQ(told("empty"),
            "{'type': 'hubconf.py.kinds.<locals>.Empty', 'length': 0, 'elements': []}");
  EXPECT_EQ(told("class"),
            "{'type': 'type', 'signature': 'Net(width)', 'docstring': 'A net of two layers.'}");
  EXPECT_EQ(told("net"), "{'type': 'hubconf.py.Net', 'parameters': 21}");
  // What is large or holds itself is told in part.
  EXPECT_LT(told("deep").size(), 100'000u);
  EXPECT_LT(told("endless").size(), 100'000u);
  EXPECT_THAT(told("long_text"), testing::EndsWith("a...'}"));
}

TEST_F(ModelTest, HasPartsByTheNameThatSomebodyTypes) {
  const Model parts = make("parts");
  for (const auto& [name, text] : std::vector<std::pair<const char*, const char*>>{
           {"0", "zero"}, {"3", "three"}, {"a b", "blank"}, {"list", "[1, 2]"}})
    EXPECT_EQ(parts.part(name).text(), text) << name;
  EXPECT_EQ(parts.part("list").part("-1").text(), "2");
  EXPECT_EQ(parts.part("object").part("field").text(), "f");
  EXPECT_EQ(parts.part("modules").part("0").type(), "torch.nn.modules.linear.Linear");
  EXPECT_EQ(parts.part("modules").part("0").part("weight").tensor().numel(), 2);
  EXPECT_EQ(parts.part("by_name").part("one").type(), "torch.nn.modules.linear.Linear");
  EXPECT_THAT(failure_of([&] { parts.part("list").part("2"); }).sentence,
              HasSubstr("LookupError: the list has no part of this name; it has 0, 1"));
  EXPECT_THAT(failure_of([&] { parts.part("nothing"); }).sentence,
              HasSubstr("the dict has no part of this name; it has '0', 3, 'a b', list, object"));
  EXPECT_TRUE(make("function").is_callable());
  EXPECT_FALSE(parts.is_callable());
}

TEST_F(ModelTest, SharesItsTensors) {
  const Model net = make("net").eval();
  const StateDict state = net.state_dict();
  EXPECT_EQ(state.size(), 7u);
  EXPECT_EQ(net.parameters().size(), 4u);
  EXPECT_EQ(state.at("first.weight").data_ptr(),
            net.attribute("first").attribute("weight").tensor().data_ptr());
  EXPECT_TRUE(net.parameters().at("first.weight").requires_grad());
  const at::NoGradGuard no_grad;
  state.at("first.weight").zero_();
  state.at("first.bias").zero_();
  EXPECT_EQ(net.forward(at::ones({1, 4})).abs().sum().item<float>(), 0.0f);
}

TEST_F(ModelTest, ChangesItsModeAndItsPlace) {
  const Model net = make("net");
  EXPECT_EQ(net.attribute("training").value(), Argument(true));
  EXPECT_EQ(net.eval().attribute("training").value(), Argument(false));
  EXPECT_EQ(net.train().attribute("training").value(), Argument(true));
  EXPECT_EQ(net.to(at::Device("meta")).device(), "meta");
  EXPECT_EQ(net.parameter_count(), 21);
}

TEST_F(ModelTest, BringsTracebacksOver) {
  try {
    make("net").forward(at::ones({2, 5}));
    FAIL() << "nothing was thrown";
  } catch (const python::PythonException& raised) {
    EXPECT_EQ(raised.type(), "RuntimeError");
    EXPECT_THAT(raised.traceback(), HasSubstr("in forward\n"));
    EXPECT_THAT(raised.traceback(), HasSubstr("hubconf.py"));
  }
}

TEST_F(ModelTest, IsUsedFromManyThreadsBesideAnother) {
  const Model one = make("lazy");
  const Model two = make("lazy", Arguments(), "two");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const bool is_one = i % 2 == 0;
      for (int k = 0; k < 100; ++k) {
        const at::Tensor y = (is_one ? one : two).forward(at::zeros({2}));
        if (y[0].item<float>() != (is_one ? 1.0f : 2.0f)) ++wrong;
        if (k % 20 == 0 && make("net", Arguments(), is_one ? "two" : "one").parameter_count() != 21)
          ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(ModelTest, LeavesPythonAsATrace) {
  const Model net = make("net").eval();
  const ExportedModel exported =
      net.compile({at::ones({2, 4})}, CompileOptions().format(ExportFormat::torchscript));
  EXPECT_EQ(exported.format(), ExportFormat::torchscript);
  for (const std::int64_t rows : {2, 5}) {
    const at::Tensor x = at::randn({rows, 4});
    EXPECT_TRUE(at::allclose(exported.forward(x), net.forward(x)));
  }
}

TEST_F(ModelTest, LeavesPythonAsAPackage) {
  if (!TORCHHUB_TORCH_HAS_PACKAGES) {
    EXPECT_EQ(failure_of([] {
                make("net").compile({at::ones({2, 4})},
                                    CompileOptions().format(ExportFormat::aot_inductor));
              }).code,
              errc::not_exported);
    GTEST_SKIP() << "LibTorch " TORCH_VERSION " has no packages of machine code";
  }
  const tests::TempFolder folder;
  const Model net = make("net").eval();
  net.export_to(folder / "net.pt2", {at::ones({2, 4})}, CompileOptions().dynamic(0, 0));
  const ExportedModel exported = open_exported_model(folder / "net.pt2");
  EXPECT_EQ(exported.format(), ExportFormat::aot_inductor);
  for (const std::int64_t rows : {2, 7}) {
    const at::Tensor x = at::randn({rows, 4});
    EXPECT_TRUE(at::allclose(exported.forward(x), net.forward(x), 1e-4, 1e-5));
  }
  EXPECT_EQ(failure_of([&] { exported.forward(at::ones({2, 5})); }).code, errc::input_mismatch);
}

TEST_F(ModelTest, SaysWhyItCannotLeave) {
  const tests::TempFolder folder;
  const std::vector<at::Tensor> inputs = {at::ones({2, 4})};
  EXPECT_EQ(failure_of([&] {
              make("net").export_to(folder / "x.pt2", inputs, CompileOptions().dynamic(1, 0));
            }).sentence,
            "input 1 has no dimension 0");
  const tests::Failure failure = failure_of([&] {
    make("data_dependent").export_to(folder / "x.pt2", inputs, CompileOptions().script(true));
  });
  // TorchScript can; torch.export cannot.
  EXPECT_EQ(failure.sentence, "(nothing was thrown)");
  if (TORCHHUB_TORCH_HAS_PACKAGES) {
    std::filesystem::remove(folder / "x.pt2");
    const tests::Failure reason =
        failure_of([&] { make("data_dependent").export_to(folder / "x.pt2", inputs); });
    EXPECT_EQ(reason.code, python::errc::exception);
    EXPECT_THAT(reason.sentence, HasSubstr("exporting the model: "));
    EXPECT_THAT(reason.sentence, HasSubstr("data-dependent"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

}  // namespace
}  // namespace torchhub
