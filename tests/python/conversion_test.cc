// Values of C++ in Python, and Python's in C++: what arrives is what the same line of Python makes.

#include <torchhub/python/conversion.h>
#include <torchhub/python/error.h>
#include <torchhub/python/evaluate.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/operations.h>
#include <torchhub/python/trusted_source.h>
#include <torchhub/tests/support/errors.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <thread>

namespace torchhub::python {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::failure_of;

Object eval(std::string_view expression, const Arguments::Keywords& names = {}) {
  return evaluate(TrustedSource::trust_code(), expression, names);
}

std::string repr(const Argument& value) { return to_text(eval("repr(x)", {{"x", value}})); }

// What Python's own line makes of it.
std::string repr_of(std::string_view expression) {
  return to_text(eval("repr(" + std::string(expression) + ")"));
}

// As numpy's complex numbers are: with a float() that forgets half of them.
constexpr const char* kHalf =
    "type('complex64', (), {'dtype': 'complex64', '__complex__': lambda self: 1-2j, "
    "'__float__': lambda self: 1.0})()";

struct Point {
  int x, y;
};

}  // namespace

template <>
struct Conversion<Point> {
  static Argument to_argument(const Point& value) { return Argument::Tuple{value.x, value.y}; }
  static Point from_object(const Object& object) {
    return {object_as<int>(item(object, 0)), object_as<int>(item(object, 1))};
  }
};

namespace {

TEST(Arguments, ArriveAsPythonHasThem) {
  const std::vector<std::pair<Argument, std::string>> cases = {
      {nullptr, "None"},
      {Argument(), "None"},
      {true, "True"},
      {-3, "-3"},
      {std::uint8_t{200}, "200"},
      {std::numeric_limits<std::int64_t>::min(), "-2**63"},
      {2.5f, "2.5"},
      {std::numeric_limits<double>::infinity(), "float('inf')"},
      {std::complex<double>(1, -2), "1-2j"},
      {std::complex<float>(0, 0.5f), "0.5j"},
      {1.5L, "1.5"},
      {'x', "'x'"},
      {'\'', "\"'\""},
      {std::int8_t{65}, "65"},
      {"t\xC3\xA9xt", "'t\xC3\xA9xt'"},
      {"\xED\xB2\x80", "'\\udc80'"},
      {"a\xED\xA0\xBD", "'a\\ud83d'"},
      {WideInteger{"-7"}, "-7"},
      {WideInteger{"36893488147419103232"}, "2**65"},
      {Bytes{std::string("a\0\xff", 3)}, "b'a\\0\\xff'"},
      {Bytes{}, "b''"},
      {Argument::List{1, "a", Argument::List{}}, "[1, 'a', []]"},
      {Argument::Tuple{}, "()"},
      {Argument::Tuple{1}, "(1,)"},
      {Argument::Tuple{1, Argument::Tuple{2, "x"}}, "(1, (2, 'x'))"},
      {Argument::Tuple(Argument::List{1, 2}), "(1, 2)"},
      {Argument::Dict{}, "{}"},
      {Argument::Dict{{"a", 1}, {"b", nullptr}}, "{'a': 1, 'b': None}"},
      {Argument::Dict{{1, "a"}, {Argument::Tuple{1, 2}, 0.5}, {nullptr, 1}, {Bytes{"k"}, true}},
       "{1: 'a', (1, 2): 0.5, None: 1, b'k': True}"},
      {Argument::Dict{{"x", 1}, {"x", 2}}, "{'x': 2}"},
      {std::vector<int>{1, 2}, "[1, 2]"},
      {std::vector<bool>{true, false}, "[True, False]"},
      {std::vector<std::string>{"a"}, "['a']"},
      {std::optional<int>(), "None"},
      {std::optional<std::string>("a"), "'a'"},
      {Point{1, 2}, "(1, 2)"},
      {std::vector<Point>{{1, 2}, {3, 4}}, "[(1, 2), (3, 4)]"},
      {Argument::Dict{{Point{1, 2}, Point{3, 4}}}, "{(1, 2): (3, 4)}"},
      {eval("range(3)"), "range(3)"},
  };
  for (const auto& [value, python] : cases) EXPECT_EQ(repr(value), repr_of(python)) << python;
  EXPECT_THAT(failure_of([] {
                repr(Argument::Dict{{Argument::List{}, 1}});
              }).sentence,
              AllOf(HasSubstr("TypeError: "), HasSubstr("unhashable type: 'list'")));
  for (const char* none : {"", "-", "12x", "1 2", "0x1", "1_0", "\xC3\xA9"}) {
    EXPECT_THAT(failure_of([&] { repr(WideInteger{none}); }).sentence,
                HasSubstr("ValueError: invalid literal for int() with base 10: '" +
                          std::string(none) + "'"));
  }
  EXPECT_THAT(failure_of([] { repr("\xff"); }).sentence, HasSubstr("UnicodeDecodeError"));
}

TEST(Arguments, AreRefusedWhereANameIsGivenTwice) {
  const Object tell = eval("lambda **k: k");
  for (const auto& arguments : {Arguments(keyword("a", 1), keyword("a", 2)),
                                Arguments(keyword("b", 1), keyword("a", 1), keyword("b", 1))}) {
    EXPECT_THAT(failure_of([&] { call(tell, arguments); }).sentence,
                HasSubstr("TypeError: keyword argument repeated: "));
  }
  EXPECT_THAT(failure_of([] {
                eval("x", {{"x", 1}, {"x", 1}});
              }).sentence,
              HasSubstr("repeated: x"));
  EXPECT_EQ(to_text(call(tell, Arguments(keyword("a", 1), keyword("A", 2)))), "{'a': 1, 'A': 2}");
}

TEST(Arguments, AreGatheredInOneLine) {
  const Object tell = eval("lambda *a, **k: repr((a, k))");
  EXPECT_EQ(to_text(call(tell, Arguments(1, "x", keyword("k", Argument::Tuple{2}), nullptr,
                                         keyword("p", Point{3, 4})))),
            "((1, 'x', None), {'k': (2,), 'p': (3, 4)})");
  const Arguments one(0.5);
  const Arguments copy(one);
  EXPECT_EQ(to_text(call(tell, copy)), "((0.5,), {})");
  EXPECT_EQ(to_text(call(tell, {})), "((), {})");
  static_assert(!std::convertible_to<int*, Argument>);
  static_assert(!std::convertible_to<Arguments, Argument>);
}

TEST(ToArgument, TellsEveryKind) {
  const std::vector<std::pair<std::string, Argument>> cases = {
      {"None", nullptr},
      {"True", true},
      {"-3", -3},
      {"-(1 << 70)", WideInteger{"-1180591620717411303424"}},
      {"0.5", 0.5},
      {"1+2j", std::complex<double>(1, 2)},
      {"'a'", "a"},
      {"b'a\\0'", Bytes{std::string("a\0", 2)}},
      {"[1, (2, 'x')]", Argument::List{1, Argument::Tuple{2, "x"}}},
      {"{1: 'a', 'b': {}, (1,): None}",
       Argument::Dict{{1, "a"}, {"b", Argument::Dict{}}, {Argument::Tuple{1}, nullptr}}},
  };
  for (const auto& [python, value] : cases) EXPECT_EQ(to_argument(eval(python)), value) << python;
  for (const char* other : {"10**5000", "object()", "{1, 2}", "bytearray(b'x')", "len"})
    EXPECT_TRUE(std::holds_alternative<Object>(to_argument(eval(other)).value())) << other;
}

TEST(ToArgument, EndsWhereAListHasNoEnd) {
  for (const char* endless : {"(x := [], x.append(x))[0]", "(x := {}, x.update(a=x))[0]",
                              "__import__('functools').reduce(lambda a, _: [a], range(5000), 1)"}) {
    EXPECT_THAT(failure_of([&] { to_argument(eval(endless)); }).sentence,
                HasSubstr("reading a value: RecursionError"))
        << endless;
  }
}

// Half of a surrogate pair has no UTF-8; names of files arrive in Python so.
TEST(Texts, ComeBackWithHalfAPairInThem) {
  for (const char* text : {"'\\udc80'", "'a\\ud83d'", "'\\udfff\\ud800b'"}) {
    const Object object = eval(text);
    const std::string bytes = object_as<std::string>(object);
    EXPECT_EQ(to_text(object), bytes);
    EXPECT_EQ(to_argument(object), Argument(bytes));
    EXPECT_EQ(repr(bytes), repr_of(text));
  }
  EXPECT_EQ(object_as<std::string>(eval("'\\udc80'")), "\xED\xB2\x80");
  EXPECT_EQ(object_as<std::vector<std::string>>(eval("['\\ud800', 'ok']")).at(0), "\xED\xA0\x80");
  const std::string told =
      failure_of([] { eval("(_ for _ in ()).throw(ValueError('\\udc80'))"); }).sentence;
  EXPECT_THAT(told, HasSubstr("ValueError: \\udc80"));
  const auto length = [](const std::string& s) { return s.size(); };
  EXPECT_EQ(to_text(eval("f('\\udc80')", {{"f", length}})), "3");
}

TEST(ObjectAs, ReadsWhatItWasAskedFor) {
  EXPECT_EQ(object_as<int>(eval("-7")), -7);
  EXPECT_EQ(object_as<std::uint64_t>(eval("2**62")), std::uint64_t{1} << 62);
  EXPECT_EQ(object_as<std::uint64_t>(eval("2**63 + 5")), (std::uint64_t{1} << 63) + 5);
  EXPECT_EQ(object_as<std::size_t>(eval("2**64 - 1")), ~std::size_t{0});
  EXPECT_EQ(object_as<bool>(eval("True")), true);
  EXPECT_EQ(object_as<double>(eval("3")), 3.0);
  EXPECT_EQ(object_as<float>(eval("0.5")), 0.5f);
  EXPECT_EQ(object_as<double>(eval("__import__('fractions').Fraction(1, 4)")), 0.25);
  EXPECT_EQ(object_as<std::complex<double>>(eval("2j")), std::complex<double>(0, 2));
  EXPECT_EQ(object_as<std::complex<float>>(eval("2")), std::complex<float>(2, 0));
  EXPECT_EQ(object_as<std::complex<double>>(eval(kHalf)), std::complex<double>(1, -2));
  EXPECT_EQ(object_as<std::string>(eval("'a' * 3")), "aaa");
  EXPECT_EQ(object_as<Bytes>(eval("b'ab'")).data, "ab");
  EXPECT_EQ(object_as<std::optional<int>>(eval("None")), std::nullopt);
  EXPECT_EQ(object_as<std::optional<int>>(eval("1")), 1);
  EXPECT_THAT(object_as<std::vector<int>>(eval("(1, 2)")), ElementsAre(1, 2));
  EXPECT_THAT(object_as<std::vector<std::vector<std::string>>>(eval("[['a'], []]")),
              ElementsAre(ElementsAre("a"), ElementsAre()));
  EXPECT_EQ(object_as<Point>(eval("(1, 2)")).y, 2);
  EXPECT_EQ(object_as<Argument>(eval("(1,)")), Argument(Argument::Tuple{1}));
}

TEST(ObjectAs, RefusesWhatIsSomethingElse) {
  EXPECT_EQ(failure_of([] { object_as<int>(eval("'1'")); }).sentence,
            "the object is a str, not an int");
  EXPECT_EQ(failure_of([] { object_as<int>(eval("'1'")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<int>(eval("1.5")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<std::uint8_t>(eval("256")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<unsigned>(eval("-1")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<std::int64_t>(eval("2**63")); }).code, errc::wrong_type);
  for (const char* value : {"-1", "2**64", "1.5", "'1'"}) {
    EXPECT_EQ(failure_of([&] { object_as<std::uint64_t>(eval(value)); }).code, errc::wrong_type)
        << value;
  }
  EXPECT_EQ(failure_of([] { object_as<double>(eval("'0.5'")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<double>(eval("1+0j")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<double>(eval(kHalf)); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<std::complex<double>>(eval("'1j'")); }).code,
            errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<double>(eval("None")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<bool>(eval("1")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<std::string>(eval("b'a'")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<Bytes>(eval("'a'")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<std::vector<int>>(eval("'12'")); }).code, errc::wrong_type);
  EXPECT_EQ(failure_of([] { object_as<std::vector<int>>(eval("[1, 'x']")); }).code,
            errc::wrong_type);
}

int twice(int value) { return 2 * value; }

TEST(Callable, IsCalledByPython) {
  const auto borrows = [](std::string_view) {};
  static_assert(!std::convertible_to<decltype(borrows), Argument>, "nobody would own its text");
  const auto counts = [n = 0]() mutable { return ++n; };
  static_assert(!std::convertible_to<decltype(counts), Argument>,
                "two threads may call it at once");
  const auto concat = [](const std::string& a, std::string b, double c) {
    return a + b + std::to_string(static_cast<int>(c));
  };
  EXPECT_EQ(repr(to_object(Arguments(concat).positional()[0])).substr(0, 5), "<buil");
  const auto told = [](std::string_view line, const Argument& function) {
    return to_text(eval("repr(" + std::string(line) + ")", {{"f", function}}));
  };
  EXPECT_EQ(told("f('a', 'b', 2)", concat), "'ab2'");
  EXPECT_EQ(told("list(map(f, [1, 2]))", twice), "[2, 4]");
  EXPECT_EQ(told("list(map(f, [1, 2]))", &twice), "[2, 4]");
  EXPECT_EQ(told("f()", [] { return Argument::Tuple{1, "x"}; }), "(1, 'x')");
  EXPECT_EQ(told("f((1, 2))", [](const Point& p) { return Point{p.y, p.x}; }), "(2, 1)");
  EXPECT_EQ(told("f(None)", [](std::optional<int> x) { return x.has_value(); }), "False");
  EXPECT_EQ(told("sorted(['ab', 'c'], key=f)", [](const std::string& s) { return s.size(); }),
            "['c', 'ab']");
  EXPECT_EQ(told("f([1], {})",
                 [](std::vector<int>&& x, Argument y) {
                   return Argument::List{x, y};
                 }),
            "[[1], {}]");
  int calls = 0;
  EXPECT_EQ(told("f()", [&calls] { ++calls; }), "None");
  EXPECT_EQ(calls, 1);
  const std::function<int(int)> held = [](int x) noexcept { return x + 1; };
  EXPECT_EQ(told("f(1)", held), "2");
}

TEST(Callable, TakesAnyNumberOfValuesAsArguments) {
  const auto count = [](const Arguments& given) {
    Argument::List names;
    for (const auto& [name, value] : given.keywords()) names.push_back(name);
    return Argument::Tuple{given.positional().size(), std::move(names)};
  };
  EXPECT_EQ(to_text(eval("f(1, 2, a=3, b=4)", {{"f", count}})), "(2, ['a', 'b'])");
  EXPECT_EQ(to_text(eval("f()", {{"f", Callable(count)}})), "(0, [])");
}

TEST(Callable, RaisesWhatItThrows) {
  const auto raised = [](std::string_view line, const Argument& function) {
    return failure_of([&] { eval(line, {{"f", function}}); }).sentence;
  };
  EXPECT_EQ(raised("f(1)", [](int) { throw std::runtime_error("it broke"); }),
            "evaluating an expression: RuntimeError: it broke");
  EXPECT_EQ(raised("f('1')", twice),
            "evaluating an expression: TypeError: the object is a str, not an int");
  EXPECT_EQ(
      raised("f(1, 2)", twice),
      "evaluating an expression: TypeError: the function takes 1 arguments, and 2 were given");
  EXPECT_EQ(raised("f(value=2)", twice),
            "evaluating an expression: TypeError: the function takes no keyword arguments, and "
            "value was given");
  EXPECT_EQ(raised("f()", [] { throw 1; }),
            "evaluating an expression: RuntimeError: a function of the program's threw what is no "
            "std::exception");
  EXPECT_THAT(raised("f()", [] { throw std::runtime_error("b\xff"); }),
              HasSubstr("RuntimeError: b"));
  // Python's code can catch it.
  const Object guarded = eval(
      "(ns := {}, exec('''def call(f):\\n try: return f()\\n except RuntimeError as e: return "
      "str(e)\\n''', ns), ns['call'])[2]");
  EXPECT_EQ(to_text(call(guarded, Arguments([] { throw std::runtime_error("caught"); }))),
            "caught");
}

// What a script of Python's defines.
Object defined_by(const std::string& script) {
  return eval("(ns := {}, exec(script, ns), ns)[2]", {{"script", script}});
}

// What Python raised beneath a function of the program's arrives as it was.
TEST(Callable, RaisesWhatPythonRaisedInside) {
  const Object names = defined_by(R"(
import traceback
class Odd(Exception):
    def __init__(self, a, b): super().__init__(a); self.extra = b
class Mute(Exception):
    def __str__(self): raise TypeError('no text')
made = {'key': KeyError('k', 3), 'odd': Odd('a', {'b': 1}), 'stop': StopIteration(5),
        'interrupt': KeyboardInterrupt(), 'exit': SystemExit(3), 'generator': GeneratorExit(),
        'mute': Mute('x'), 'half': ValueError('\udc80')}
def gone(): import no_such_module_here
def inner(name):
    if name == 'gone': gone()
    raise made[name]
def outer(f, name):
    try: f(name)
    except BaseException as e:
        frames = [frame.name for frame in traceback.extract_tb(e.__traceback__)]
        return e is made.get(name, e), type(e).__name__, frames[0], frames[-1], e.__cause__
)");
  const Object inner = item(names, "inner");
  const Argument through = [inner](const std::string& name) {
    return call(inner, Arguments(name));
  };
  const auto told = [&](const char* name) {
    return to_text(call(item(names, "outer"), Arguments(through, name)));
  };
  EXPECT_EQ(told("key"), "(True, 'KeyError', 'outer', 'inner', None)");
  EXPECT_EQ(told("odd"), "(True, 'Odd', 'outer', 'inner', None)");
  EXPECT_EQ(told("stop"), "(True, 'StopIteration', 'outer', 'inner', None)");
  EXPECT_EQ(told("interrupt"), "(True, 'KeyboardInterrupt', 'outer', 'inner', None)");
  EXPECT_EQ(told("exit"), "(True, 'SystemExit', 'outer', 'inner', None)");
  EXPECT_EQ(told("generator"), "(True, 'GeneratorExit', 'outer', 'inner', None)");
  EXPECT_EQ(told("mute"), "(True, 'Mute', 'outer', 'inner', None)");
  EXPECT_EQ(told("half"), "(True, 'ValueError', 'outer', 'inner', None)");
  EXPECT_EQ(told("gone"), "(True, 'ModuleNotFoundError', 'outer', 'gone', None)");
  // And on the outside again.
  EXPECT_EQ(failure_of([&] {
              eval("f('key')", {{"f", through}});
            }).sentence,
            "evaluating an expression: KeyError: ('k', 3)");
}

struct Foreign : std::exception {};

bool raise_foreign(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Foreign&) {
  } catch (...) {
    return false;
  }
  try {
    eval("[][0]");
  } catch (const PythonException&) {
    raise_in_python(std::current_exception());
  }
  return true;
}

TEST(Callable, RaisesAStopSoThatNoExceptSwallowsIt) {
  const Object guarded = item(defined_by(R"(
def call(f):
    try: return f()
    except Exception as e: return 'swallowed ' + type(e).__name__
    except BaseException as e: return type(e).__name__
)"),
                              "call");
  const auto told = [&](const Argument& function) {
    return to_text(call(guarded, Arguments(function)));
  };
  EXPECT_EQ(told([] { throw Error(errc::stopped, "calling x was stopped"); }), "KeyboardInterrupt");
  EXPECT_EQ(
      told([] {
        throw boost::system::system_error(make_error_code(boost::system::errc::operation_canceled));
      }),
      "KeyboardInterrupt");
  EXPECT_EQ(told([] { throw Error(errc::worker_failed, "no stop"); }), "swallowed RuntimeError");
  EXPECT_EQ(told([] { throw std::bad_alloc(); }), "swallowed MemoryError");
  EXPECT_EQ(told([] { throw Foreign(); }), "swallowed RuntimeError");
  add_translator(raise_foreign);
  EXPECT_EQ(told([] { throw Foreign(); }), "swallowed IndexError");
  EXPECT_EQ(told([] { throw std::runtime_error("x"); }), "swallowed RuntimeError");
}

TEST(Callable, IsOneObjectWithANameAndASignature) {
  const Argument f = twice;
  const Argument other = twice;
  EXPECT_EQ(to_text(eval("(f is g, f == g, f in [g], f is h)", {{"f", f}, {"g", f}, {"h", other}})),
            "(True, True, True, False)");
  EXPECT_EQ(
      to_text(eval("(f.__name__, str(i.signature(f)), callable(f), f.__doc__)",
                   {{"f", f}, {"i", eval("__import__('inspect')")}})),
      "('callable', '(*args, **kwargs)', True, 'A function of the program that runs Python.')");
  // It goes when Python lets it go, and is made anew.
  const Object weak = eval("__import__('weakref').ref(f)", {{"f", f}});
  EXPECT_TRUE(is_none(call(weak, Arguments())));
  EXPECT_EQ(to_text(eval("f(4)", {{"f", f}})), "8");
  const Object kept = to_object(f);
  EXPECT_EQ(to_text(eval("f is k", {{"f", f}, {"k", kept}})), "True");
}

TEST(Callable, LivesAsLongAsPythonKeepsIt) {
  auto kept = std::make_shared<int>(7);
  const std::weak_ptr<int> watched = kept;
  {
    const Object holder = eval("[f]", {{"f", [kept] { return *kept; }}});
    kept.reset();
    EXPECT_FALSE(watched.expired());
    EXPECT_EQ(to_text(eval("h[0]()", {{"h", holder}})), "7");
  }
  EXPECT_TRUE(watched.expired());
}

// A function that waits for another thread, which needs Python meanwhile.
TEST(Callable, RunsWithoutTheInterpretersLock) {
  const auto wait = [] {
    std::string text;
    std::thread([&] { text = to_text(eval("1 + 1")); }).join();
    return text;
  };
  EXPECT_EQ(to_text(eval("f()", {{"f", wait}})), "2");
}

TEST(Iteration, GoesOneByOne) {
  const Object numbers = iterate(eval("__import__('itertools').count(5)"));
  EXPECT_EQ(object_as<int>(next(numbers)), 5);
  EXPECT_EQ(object_as<int>(next(numbers)), 6);
  const Object one = iterate(eval("{'a': 1}"));
  EXPECT_EQ(to_text(next(one)), "a");
  EXPECT_FALSE(next(one));
  EXPECT_THAT(failure_of([] { iterate(eval("3")); }).sentence, HasSubstr("not iterable"));
  const Object breaks = iterate(eval("(1 // x for x in [1, 0])"));
  EXPECT_TRUE(next(breaks));
  EXPECT_THAT(failure_of([&] { next(breaks); }).sentence, HasSubstr("ZeroDivisionError"));
}

}  // namespace
}  // namespace torchhub::python
