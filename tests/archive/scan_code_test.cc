// What loading runs that is no pickle: TorchScript's __setstate__, sizes of exported programs that are
// evaluated, compiled code.

#include <torchhub/archive/scan.h>
#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;

Scan scan(const std::string& file) { return scan_checkpoint(std::as_bytes(std::span(file))); }

struct Code {
  std::string record;
  std::string text;
};

Scan scan_script(const std::vector<Code>& code, bool deflate = false) {
  std::vector<tests::ZipMember> members = {
      {.name = "archive/constants.pkl", .content = pickle(")")}};
  for (const Code& file : code)
    members.push_back({.name = "archive/" + file.record, .content = file.text, .deflate = deflate});
  return scan(torch_zip(pickle("N"), members));
}

// A module whose state is set so, and what else its file has.
std::string module(const std::string& body, const std::string& more = "") {
  return "class N(Module):\n"
         "  __parameters__ = [\"w\", ]\n"
         "  w : Tensor\n"
         "  def forward(self: __torch__.N,\n"
         "    x: Tensor) -> Tensor:\n"
         "    return torch.from_file(\"x\", True, 4)\n"
         "  def __getstate__(self: __torch__.N) -> Tensor:\n"
         "    return (self).other()\n"
         "  def __setstate__(self: __torch__.N,\n"
         "    state: Tuple[Tensor, bool]) -> NoneType:\n" +
         body + "    return None\n" + more;
}

const std::string kPlace = "archive/code/__torch__.py";

TEST(ScanCode, RefusesAStateThatIsSetByAnyOperator) {
  for (const auto& [body, what] : std::vector<std::pair<std::string, std::string>>{
           {"    self.w = torch.from_file(\"f\", True, 4, dtype=0)\n", "torch.from_file"},
           {"    k = torch.from_file (\"f\")\n", "torch.from_file"},
           {"    f = torch.from_file\n    self.w = f(\"f\")\n", "torch.from_file"},
           {"    self.w = ops.aten.from_file(\"f\", True, 4)\n", "ops.aten.from_file"},
           {"    _0 = ops.mylib.run((state)[0])\n", "ops.mylib.run"},
           {"    _0 = torch.copy_(self.w, (state)[0])\n", "torch.copy_"},
           {"    _0 = (self.w).copy_((state)[0])\n", "a method copy_"},
           {"    _0 = ((state)[0])(3)\n", "a call of a value"},
           {"    _0 = [self.a][0](3)\n", "a call of a value"},
           {"    g = (self.w).copy_\n    g((state)[0], )\n", "g"},
           {"    print(\"x\")\n", "print"},
           {"    _0 = \"torch.eq(\"\n    _1 = torch.save(self, \"f\")\n", "torch.save"}}) {
    const Scan result = scan_script({{"code/__torch__.py", module(body)}});
    EXPECT_EQ(result.cause, ScanCause::code) << body;
    EXPECT_EQ(result.reason, "__setstate__, by " + what + " in " + kPlace) << body;
    EXPECT_FALSE(result.globals.empty() || result.globals.back().is_allowed);
    EXPECT_EQ(result.format, FileFormat::torch_script);
    EXPECT_EQ(scan_script({{"code/__torch__.py", module(body)}}, true).cause, ScanCause::code);
  }
}

TEST(ScanCode, FollowsWhatASetStateCalls) {
  const std::string call = "    _0 = (self).fill((state)[0], )\n";
  const auto method = [](const std::string& body) {
    return "  def fill(self: __torch__.N,\n    w: Tensor) -> NoneType:\n" + body +
           "    return None\n";
  };
  const std::string evil = "    self.w = torch.from_file(\"f\", True, 4)\n";
  EXPECT_TRUE(
      scan_script({{"code/__torch__.py", module(call, method("    self.w = w\n"))}}).is_safe);
  EXPECT_EQ(scan_script({{"code/__torch__.py", module(call, method(evil))}}).cause,
            ScanCause::code);
  // In another file, by its path, by a local name, or as an operator of a class.
  const std::string function = "def fill(w: Tensor) -> Tensor:\n";
  for (const std::string by : {"    self.w = __torch__.a.b.fill((state)[0], )\n",
                               "    _1 = __torch__.a.b.fill\n    self.w = _1((state)[0], )\n"}) {
    EXPECT_EQ(scan_script({{"code/__torch__.py", module(by)},
                           {"code/__torch__/a/b.py", function + evil + "    return w\n"}})
                  .reason,
              "__setstate__, by torch.from_file in archive/code/__torch__/a/b.py")
        << by;
    EXPECT_TRUE(scan_script({{"code/__torch__.py", module(by)},
                             {"code/__torch__/a/b.py", function + "  return w\n"}})
                    .is_safe)
        << by;
  }
  for (const std::string name : {"__add__", "__len__", "__init__", "__setstate__"}) {
    EXPECT_EQ(scan_script(
                  {{"code/__torch__.py", module("    a = self.x + self.y\n")},
                   {"code/__torch__/a.py", "class X:\n  def " + name + "(self) -> int:\n" + evil}})
                  .cause,
              ScanCause::code)
        << name;
  }
}

TEST(ScanCode, ReadsWhatQuantizedModulesDo) {
  const std::string body =
      "    self.stride = (state)[3]\n"
      "    _7 = (self).set_weight_bias((state)[10], (state)[11], )\n"
      "    self.training = (state)[14]\n";
  const std::string pack =
      "  def set_weight_bias(self: __torch__.N,\n    w: Tensor,\n    b: Optional[Tensor]) -> "
      "NoneType:\n"
      "    if torch.eq(self.padding_mode, \"zeros\"):\n"
      "      _8, _9, = self.stride\n"
      "      _16 = ops.quantized.conv2d_prepack(w, b, [_8, _9], [0, 0], [1, 1], 1)\n"
      "      self._packed_params = _16\n"
      "    else:\n"
      "      ops.prim.RaiseException(\"no # mode\")\n"
      "    x = annotate(List[int], [])\n"
      "    return None\n";
  const std::vector<Code> files = {
      {"code/__torch__.py", module(body, pack)},
      {"code/__torch__/p.py",
       "class P(Module):\n  p : __torch__.torch.classes.quantized.Conv2dPackedParamsBase\n"}};
  EXPECT_TRUE(scan_script(files).is_safe) << scan_script(files).reason;
  // Without a __setstate__ nothing runs, whatever there is; its notes are no code.
  EXPECT_TRUE(scan_script({{"code/__torch__.py",
                            "class N(Module):\n  def forward(self) -> Tensor:\n"
                            "    return torch.from_file(\"x\") # ;\n"}})
                  .is_safe);
  std::vector<Code> foreign = files;
  foreign[1].text = "class P(Module):\n  p : __torch__.torch.classes.dist_c10d.FileStore\n";
  EXPECT_EQ(scan_script(foreign).cause, ScanCause::code);
}

// Text in which another reader could see other functions.
TEST(ScanCode, RefusesCodeThatTorchDoesNotWriteSo) {
  for (const std::string line :
       {"    a = 1 # 2\n", "    a = \"\"\"x\n", "    a = '''x'''\n", "    a = 1; b = 2\n",
        "    a = 1 \\\n      + 2\n", "\ta = 1\n", "    a = \"x\n", "    a = (1\n", "    a = 1)\n",
        "    a = \"\xC3\xA9\"\n", "    def (x):\n", "    def f [x]:\n"}) {
    const Scan result = scan_script({{"code/__torch__.py", module(line)}});
    EXPECT_EQ(result.cause, ScanCause::code) << line;
    EXPECT_THAT(result.reason, HasSubstr("torch does not write so")) << line;
  }
}

Scan scan_program(const std::string& json, const std::vector<tests::ZipMember>& more = {}) {
  std::vector<tests::ZipMember> members = {
      {.name = "m/archive_format", .content = "pt2"},
      {.name = "m/models/model.json", .content = json, .deflate = true},
      {.name = "m/data/weights/model_weights_config.json", .content = R"({"config": {}})"}};
  members.insert(members.end(), more.begin(), more.end());
  return scan(tests::build_zip(members));
}

std::string size(const std::string& text) {
  return R"({"a": [NaN, {"expr_str": ")" + text + R"(", "hint": null}]})";
}

TEST(ScanCode, ReadsTheSizesOfPrograms) {
  for (const std::string text :
       {"s77",
        "2*s0 + 1",
        "Mul(Integer(2), Symbol('s77', positive=True, integer=True))",
        "Max(Integer(3), Symbol('s', integer=True))",
        "oo",
        "-int_oo",
        "true",
        "Float('1.5', precision=53)",
        "Rational(1, 2)",
        "floor(Mul(Rational(1, 2), Symbol('s')))",
        "Piecewise(ExprCondPair(Integer(1), StrictGreaterThan(Symbol('s'), Integer(2))))",
        "s0//2 - (s1 % 3) ** 2",
        "Eq(s0, 2) & (u0 != 3) | ~(s1 <= 4)",
        "1.5e-3*s0",
        ".5",
        "FloorDiv(s0, 2)",
        "ModularIndexing(s0, 1, 2)",
        "OpaqueUnaryFn_sqrt(ToFloat(u0))",
        "((s0) + ((2)))",
        "Integer(-1)",
        "Float('1.0e-5', precision=53)"}) {
    const Scan result = scan_program(size(text));
    EXPECT_TRUE(result.is_safe) << text << ": " << result.reason;
    EXPECT_EQ(result.format, FileFormat::exported_program);
  }
}

TEST(ScanCode, RefusesASizeThatIsAnyExpression) {
  for (const std::string text : {"__import__('io').open('x','w') and 2",
                                 "open('x')",
                                 "exec('1')",
                                 "sympify('2')",
                                 "s0.is_real",
                                 "Symbol('x').name",
                                 "Symbol('__import__')",
                                 "Max('open(1)')",
                                 "Max('a' 'b')",
                                 "(open)('x')",
                                 "Symbol('a')('b')",
                                 "[open][0]",
                                 "lambda: 1",
                                 "1 .real",
                                 "1..real",
                                 "1.e5.real",
                                 "s0!",
                                 "{1}",
                                 "x if y else [z]",
                                 "a__b",
                                 "'open'",
                                 "@x",
                                 "f'{1}'",
                                 "Integer (2)(3)",
                                 "2(3)",
                                 "\\u006fpen(1)",
                                 "Function('open')",
                                 "x := 3",
                                 "`open`",
                                 "Max(\\\"open(1)\\\")",
                                 "",
                                 "s0\\nopen",
                                 "0.[1]"}) {
    const Scan result = scan_program(size(text));
    EXPECT_EQ(result.cause, ScanCause::code) << text;
    EXPECT_THAT(result.reason, HasSubstr("the expression")) << text;
  }
  // Whatever the document looks like.
  for (const std::string json :
       {R"j({"expr_str": "open(1)", "expr_str": "2"})j",
        R"j({"expr_str": "2", "expr_str": "open(1)"})j", R"j({"expr\u005fstr": "open(1)"})j",
        R"j({"expr_str" : ["open(1)"]})j", R"j({"expr_str": [1, "open(1)"]})j",
        "{\"expr_str\"\n:\t\"open(1)\"}", R"j({"a": Infinity, "expr_str": "open(1)")j"})
    EXPECT_EQ(scan_program(json).cause, ScanCause::code) << json;
  EXPECT_TRUE(scan_program(R"j({"a": "expr_str", "b": ": open(1)", "c": "\"expr_str\": open(1)"})j")
                  .is_safe);
}

TEST(ScanCode, RefusesATreeThatNamesAModule) {
  for (
      const std::string json :
      {R"({"in_spec": "[1, {\"type\": \"x\", \"context\": \"{\\\"__enum__\\\": true, \\\"fqn\\\": \\\"os:environ\\\"}\"}]"})",
       R"({"in_spec": "{\"default_factory_module\": \"os\", \"default_factory_name\": \"abort\"}"})",
       R"({"in_spec": "{\"\\u005f_enum__\": true}"})", R"({"__enum__": true})"})
    EXPECT_EQ(scan_program(json).cause, ScanCause::code) << json;
  EXPECT_TRUE(
      scan_program(R"({"in_spec": "[1, {\"type\": \"builtins.tuple\", \"context\": \"null\"}]"})")
          .is_safe);
}

TEST(ScanCode, RefusesCompiledCodeBesideAProgram) {
  for (const tests::ZipMember& member : std::vector<tests::ZipMember>{
           {.name = "m/data/aotinductor/model/x.so", .content = "text"},
           {.name = "m/data/aotinductor/model/x.wrapper.cpp", .content = "int x;"},
           {.name = "m/extra/y",
           .content = "\x7F"
                      "ELF\2\1\1",
           .deflate = true}}) {
    const Scan result = scan_program("{}", {member});
    EXPECT_EQ(result.cause, ScanCause::code) << member.name;
    EXPECT_EQ(result.reason, "the compiled code '" + member.name + "'");
    // A library alone.
    EXPECT_EQ(
        scan(tests::build_zip({{.name = "m/archive_format", .content = "pt2"}, member})).cause,
        ScanCause::code);
  }
  EXPECT_TRUE(scan_program("{}").is_safe);
}

}  // namespace
}  // namespace torchhub::archive
