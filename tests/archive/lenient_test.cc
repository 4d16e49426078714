// What a lenient reader makes of classes that it does not know: names of tensors, values, and what is
// left out.

#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A tensor of the first `size` of the twelve floats.
std::string floats(std::int32_t size) { return tensor(kTwelve, 0, tuple(size), tuple(1)); }

Checkpoint read(const std::string& body) {
  return open_bytes(twelve_floats_zip(body), OpenOptions().lenient(true));
}

std::vector<std::string> names(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : checkpoint.tensors()) names.emplace_back(tensor.name);
  return names;
}

std::vector<std::string> names(const std::string& body) { return names(read(body)); }

// "path: reason" of what was left out.
std::vector<std::string> unread(const std::string& body) {
  const Checkpoint checkpoint = read(body);
  std::vector<std::string> all;
  for (const UnreadValue& value : checkpoint.unread())
    all.push_back(std::string(value.name) + ": " + std::string(value.reason));
  return all;
}

std::string none() { return "N"; }

// cls.__new__(cls), with a state.
std::string object(const std::string& state = "") {
  return global("some.where", "Class") + ")\x81" + (state.empty() ? "" : state + "b");
}

// {key: value, ...} of pairs of opcodes.
std::string dict(const std::string& entries) { return "}(" + entries + "u"; }

TEST(Lenient, ObjectsKeepTheItemsThatTheyAreGiven) {
  const std::string body = dict(text("d") + object() + "(" + text("a") + floats(1) + text("b") +
                                dict(text("c") + floats(2)) + "u" + text("l") + object() + "(" +
                                floats(3) + integer(3) + floats(4) + "e" + text("one") + object() +
                                floats(5) + "a" + text("s") + object() + "(" + floats(6) + "\x90");
  const Checkpoint checkpoint = read(body);
  EXPECT_THAT(names(checkpoint), ElementsAre("d.a", "d.b.c", "l.0", "l.2", "one.0", "s.0"));
  const Value root = checkpoint.root();
  const Value mapped = root.entries()[0].second;
  EXPECT_EQ(mapped.kind(), Value::Kind::object);
  EXPECT_EQ(mapped.string(), "some.where.Class");
  EXPECT_EQ(mapped.mapped().entries().size(), 2u);
  EXPECT_EQ(mapped.appended().kind(), Value::Kind::none);
  const Value appended = root.entries()[1].second;
  EXPECT_EQ(appended.appended().items().size(), 3u);
  EXPECT_EQ(appended.appended().items()[1].integer(), 3);
  // Without --lenient a class is refused before it is given anything, and what is on the list takes none.
  EXPECT_EQ(attack_pickle(global("builtins", "slice") + "(NNNtRNa").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(global("builtins", "slice") + "(NNNtR" + text("k") + "Ns").code,
            errc::damaged_pickle);
}

TEST(Lenient, SubclassesAreNamedAsWhatTheyDeriveFrom) {
  const std::string cls = global("some.where", "Class");
  // Class([...]) is a set, Class({...}) a Counter, Class([[key, value], ...]) Python 2's OrderedDict.
  EXPECT_THAT(names(dict(text("s") + cls + "](" + floats(1) + floats(2) + "e\x85R")),
              ElementsAre("s.0", "s.1"));
  EXPECT_THAT(names(dict(text("c") + cls + dict(text("a") + floats(1)) + "\x85R")),
              ElementsAre("c.a"));
  EXPECT_THAT(names(dict(text("o") + cls + "]](" + text("a") + floats(1) + "ea\x85R")),
              ElementsAre("o.a"));
  EXPECT_THAT(names(dict(text("u") + global("UserDict", "IterableUserDict") + ")\x81" +
                         dict(text("data") + dict(text("a") + floats(1))) + "b")),
              ElementsAre("u.a"));
  // By __new__ one list is one argument.
  EXPECT_THAT(names(dict(text("p") + cls + "](" + floats(1) + "e\x85\x81")), ElementsAre("p.0.0"));
  EXPECT_THAT(names(dict(text("p") + cls + floats(1) + floats(2) + "\x86\x81")),
              ElementsAre("p.0", "p.1"));
  // Attributes beside items are not tensors of their own, nor is a dict that is its own attributes.
  EXPECT_THAT(names(dict(text("d") + object() + text("a") + floats(1) + "s" +
                         dict(text("a") + floats(2)) + "b")),
              ElementsAre("d.a"));
  EXPECT_THAT(names(dict(text("d") + object() + "q\7" + text("a") + floats(1) + "sh\7b")),
              ElementsAre("d.a"));
}

TEST(Lenient, AttributesHaveTheirNames) {
  EXPECT_THAT(names(dict(text("o") + object(dict(text("w") + floats(1))))), ElementsAre("o.w"));
  // (None or a dict, those that are slots).
  EXPECT_THAT(names(dict(text("o") + object("N" + dict(text("w") + floats(1)) + "\x86"))),
              ElementsAre("o.w"));
  EXPECT_THAT(names(dict(text("o") + object(dict(text("v") + floats(2)) +
                                            dict(text("w") + floats(1)) + "\x86"))),
              ElementsAre("o.v", "o.w"));
  // Whatever else __getstate__ gave.
  EXPECT_THAT(names(dict(text("o") + object("](" + floats(1) + floats(2) + "e"))),
              ElementsAre("o.0", "o.1"));
  // copyreg's ways of protocols 0 and 1, and an OrderedDict with slots.
  const std::string reconstructor = global("copy_reg", "_reconstructor");
  const std::string cls = global("some.where", "Class");
  EXPECT_THAT(names(dict(text("o") + reconstructor + cls + global("__builtin__", "object") +
                         "N\x87R" + dict(text("w") + floats(1)) + "b")),
              ElementsAre("o.w"));
  EXPECT_THAT(names(dict(text("o") + reconstructor + cls + global("__builtin__", "dict") +
                         dict(text("w") + floats(1)) + "\x87R")),
              ElementsAre("o.w"));
  EXPECT_THAT(names(dict(text("o") + reconstructor + cls + global("__builtin__", "list") + "](" +
                         floats(1) + "e\x87R")),
              ElementsAre("o.0"));
  EXPECT_EQ(read(dict(text("o") + reconstructor + cls + global("__builtin__", "object") + "N\x87R"))
                .root()
                .entries()[0]
                .second.string(),
            "some.where.Class");
  EXPECT_THAT(
      names(global("collections", "OrderedDict") + ")R" + text("w") + floats(1) + "sN}\x86" + "b"),
      ElementsAre("w"));
  EXPECT_EQ(attack_pickle(global("collections", "OrderedDict") + ")RN}\x86" + "b").code,
            errc::damaged_checkpoint);
}

TEST(Lenient, ResultsOfCallsMayBeCalled) {
  // functools.partial(cls, tensor)()
  const std::string partial =
      global("functools", "partial") + global("some.where", "Class") + floats(1) + "\x86R";
  EXPECT_THAT(names(dict(text("p") + partial + ")R")), ElementsAre("p.0.1"));
  EXPECT_EQ(attack_pickle(global("builtins", "slice") + "(NNNtR)R").code, errc::damaged_pickle);
}

TEST(Lenient, RingsEndWhereTheyBegan) {
  EXPECT_THAT(names("}q\7" + text("w") + floats(1) + "s" + text("self") + "h\7s"),
              ElementsAre("w"));
  // A node whose child knows it.
  const std::string child = object(dict(text("parent") + "h\7" + text("w") + floats(2)));
  EXPECT_THAT(names(object() + "q\7" + dict(text("child") + child + text("w") + floats(1)) + "b"),
              ElementsAre("child.w", "w"));
  // What was met in vain inside of a ring is met again outside of it: the list leads to the dict that is
  // open at first, and then to its tensor.
  EXPECT_THAT(names("(}q\7" + text("l") + "]q\x08h\7as" + text("w") + floats(1) + "sh\x08t"),
              ElementsAre("0.w", "1.0.w"));
}

// Lists that all hold each other have more ways than anybody has time for: their tensors are met once.
TEST(Lenient, RingsWithoutEndAreMetOnce) {
  std::string lists;
  for (char i = 0; i < 20; ++i) lists += "]q"s + static_cast<char>(100 + i) + "0";
  std::string filled = "(";
  for (char i = 0; i < 20; ++i) {
    filled += "h"s + static_cast<char>(100 + i) + "(";
    for (char k = 0; k < 20; ++k) filled += "h"s + static_cast<char>(100 + k);
    filled += floats(1 + i % 12) + "e";
  }
  const Checkpoint checkpoint = read(lists + filled + "t");
  EXPECT_EQ(checkpoint.tensors().size(), 20u);
  EXPECT_EQ(attack_pickle(lists + filled + "t").code, errc::limit_exceeded);
}

TEST(Lenient, KeepsWhatIsNotTooDeep) {
  std::string deep = floats(1);
  for (int i = 0; i < 1100; ++i) deep += "\x85";
  const std::string body = dict(text("deep") + deep + text("w") + floats(2));
  EXPECT_THAT(names(body), ElementsAre("w"));
  const auto left_out = unread(body);
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_THAT(left_out[0], HasSubstr("nested too deeply"));
  EXPECT_EQ(attack_pickle(body).code, errc::limit_exceeded);
}

// _rebuild_from_type_v2(function, class, arguments, state)
std::string of_type(const std::string& function, const std::string& cls,
                    const std::string& arguments, const std::string& state) {
  return global("torch._tensor", "_rebuild_from_type_v2") + "(" + function + cls + arguments +
         state + "tR";
}

const std::string kPlain = "(" + kTwelve + integer(0) + tuple(3) + tuple(1) + "\x89" +
                           global("collections", "OrderedDict") + ")Rt";
const std::string kOdd = global("some.tensors", "Odd");

TEST(Lenient, SubclassesOfTensorsAreTheirBytesOrTheTensorsInside) {
  const std::string v2 = global("torch._utils", "_rebuild_tensor_v2");
  const std::string plain = of_type(v2, kOdd, kPlain, "}");
  EXPECT_THAT(names(dict(text("t") + plain)), ElementsAre("t"));
  EXPECT_EQ(attack_pickle(plain).code, errc::refused_global);
  const std::string wrapper = global("torch._utils", "_rebuild_wrapper_subclass");
  const std::string arguments =
      "(" + kOdd + global("torch", "float32") + tuple(3) + tuple(1) + integer(0) + "NN\x89t";
  EXPECT_THAT(
      names(dict(text("t") + of_type(wrapper, kOdd, arguments,
                                     dict(text("data") + floats(3) + text("scale") + floats(1))))),
      ElementsAre("t.data", "t.scale"));
  EXPECT_THAT(names(dict(text("t") + of_type(wrapper, kOdd, arguments,
                                             "N" + dict(text("data") + floats(3)) + "\x86"))),
              ElementsAre("t.data"));
  // By a function of its own.
  EXPECT_THAT(names(dict(text("t") + of_type(global("some.tensors", "make"), kOdd,
                                             floats(3) + "\x85", dict(text("scale") + floats(1))))),
              ElementsAre("t.0", "t.scale"));
}

TEST(Lenient, OneValueThatCannotBeReadCostsItselfAlone) {
  const std::string v2 = global("torch._utils", "_rebuild_tensor_v2");
  const std::string future = v2 + "(" + kTwelve + integer(0) + tuple(3) + tuple(1) + "\x89}" +
                             dict(text("later") + "N") + "tR";
  const std::string unknown_storage =
      v2 + "(" + "(" + text("storage") + global("torch", "LaterStorage") + text("0") + text("cpu") +
      integer(12) + "tQ" + integer(0) + tuple(3) + tuple(1) + "\x89}tR";
  const std::string foreign = global("some.tensors", "rebuild") + kTwelve + "\x85R";
  const std::string parameter = global("torch.nn.parameter", "Parameter") + ")\x81";
  for (const auto& [bad, reason] : std::vector<std::pair<std::string, std::string>>{
           {future, "metadata that are not known"},
           {unknown_storage, "something else than a storage"},
           {foreign, "some.tensors.rebuild"},
           {parameter, "never says what it is"},
           {parameter + "]b", "state is none"},
           {global("torch", "device") + integer(3) + "\x85R", "no text"},
           {global("_codecs", "encode") + text("x") + text("rot13") + "\x86R", "latin1"},
           {global("collections", "OrderedDict") + "]Na\x85R", "no list of pairs"},
           {global("datetime", "date") + "C\4\0\0\0\0\x85R"s, "date"},
           {integer(3) + "Q", "persistent id"}}) {
    const std::string body =
        dict(text("before") + floats(1) + text("bad") + bad + text("after") + floats(2));
    EXPECT_THAT(names(body), ElementsAre("before", "after")) << reason;
    const auto left_out = unread(body);
    ASSERT_EQ(left_out.size(), 1u) << reason;
    EXPECT_THAT(left_out[0], testing::StartsWith("bad: "));
    EXPECT_THAT(left_out[0], HasSubstr(reason));
    EXPECT_TRUE(attack_pickle(body).code) << reason;
  }
  EXPECT_THAT(unread(dict(text("w") + floats(1))), ElementsAre());
}

// Tensor.__setstate__ would put other numbers into the first.
TEST(Lenient, ATensorIsGivenNoStateTwice) {
  const std::string body = dict(text("t") + floats(2) + "(" + kTwelve + integer(6) + tuple(2) +
                                tuple(1) + "tb" + text("w") + floats(3));
  EXPECT_THAT(names(body), ElementsAre("w"));
  EXPECT_THAT(unread(body), ElementsAre(HasSubstr("the state of a tensor that has one")));
}

// What pickle writes for classes with __getnewargs_ex__: NEWOBJ_EX, or a call of copyreg's before protocol 4.
TEST(Lenient, ClassesThatAreMadeOfKeywordsKeepThem) {
  const std::string cls = global("some.where", "Class");
  const std::string keywords = dict(text("inner") + floats(1));
  const std::string ex = global("copyreg", "__newobj_ex__");
  for (const std::string& made :
       {cls + ")" + keywords + "\x92", ex + "(" + cls + ")" + keywords + "tR"}) {
    const std::string body = dict(text("k") + made + text("w") + floats(2));
    EXPECT_THAT(names(body), ElementsAre("k.0.inner", "w"));
    EXPECT_EQ(attack_pickle(body).code, errc::refused_global);
  }
  for (const std::string& made :
       {cls + floats(1) + "\x85}\x92" + "}b", ex + "(" + cls + floats(1) + "\x85}tR" + "}b"})
    EXPECT_THAT(names(dict(text("k") + made)), ElementsAre("k.0"));
  const OpenOptions lenient = OpenOptions().lenient(true);
  EXPECT_EQ(attack_pickle(cls + ")N\x92", lenient).code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(cls + "]}\x92", lenient).code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(integer(1) + ")}\x92", lenient).code, errc::damaged_pickle);
}

// What contradicts itself is damage, not a class that is not known.
TEST(Lenient, DamageStaysRefused) {
  const OpenOptions lenient = OpenOptions().lenient(true);
  EXPECT_EQ(attack_pickle(tensor(kTwelve, 0, tuple(13), tuple(1)), lenient).code,
            errc::damaged_checkpoint);
  EXPECT_EQ(
      attack_pickle(tensor(storage("FloatStorage", "9", 12), 0, tuple(1), tuple(1)), lenient).code,
      errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(dict(text("a") + none() + text("a") + none()), lenient).code,
            errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(")Na", lenient).code, errc::damaged_pickle);
}

// A module's state, of its three tables and what else it has.
std::string module(const std::string& parameters, const std::string& buffers,
                   const std::string& modules, const std::string& more = "") {
  return object(dict(more + text("_parameters") + dict(parameters) + text("_buffers") +
                     dict(buffers) + text("_modules") + dict(modules)));
}

TEST(Lenient, ModulesAreNamedAsTheirStateDictDoes) {
  const std::string inner = module(text("w") + floats(1), "", "");
  EXPECT_THAT(names(module(text("p") + floats(2) + text("empty") + none(),
                           text("b") + floats(3) + text("cache") + floats(4),
                           text("first") + inner + text("no") + none(),
                           text("plain") + floats(5) + text("list") + "](" + floats(6) + "e" +
                               text("_non_persistent_buffers_set") + global("__builtin__", "set") +
                               "]" + text("cache") + "a\x85R")),
              ElementsAre("p", "b", "first.w"));
  // Shared parts have both names.
  EXPECT_THAT(names(module("", "", text("a") + inner + "q\7" + text("b") + "h\7")),
              ElementsAre("a.w", "b.w"));
  // Before torch 1.6 all buffers were kept.
  EXPECT_THAT(names(dict(text("model") + module("", text("b") + floats(3), ""))),
              ElementsAre("model.b"));
  // What is a module's only in part is an object.
  EXPECT_THAT(names(object(dict(text("_parameters") + dict(text("w") + floats(1))))),
              ElementsAre("_parameters.w"));
  // A quantized module's weights lie in an object of TorchScript's.
  EXPECT_THAT(names(module("", "", "",
                           text("packed") + global("torch", "ScriptObject") + ")\x81" + floats(1) +
                               floats(2) + "\x86" + text("class") + "\x86" + "b")),
              ElementsAre("packed.0", "packed.1"));
}

}  // namespace
}  // namespace torchhub::archive
