// Attacks 1 to 28: pickles that would run code, confuse types, or take memory and time.

#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;

// module.name(argument), as its text form and through the stack.
std::string call(const std::string& module, const std::string& name, const std::string& argument) {
  return global(module, name) + argument + "\x85R";
}

const std::string kCommand = text("touch " + kPayloadFile);

TEST(PickleAttacks, N01_GlobalsThatRunCode) {
  for (const auto& [module, name] : std::vector<std::pair<std::string, std::string>>{
           {"posix", "system"},
           {"os", "system"},
           {"nt", "system"},
           {"builtins", "eval"},
           {"builtins", "exec"},
           {"builtins", "getattr"},
           {"builtins", "__import__"},
           {"__builtin__", "eval"},
           {"subprocess", "Popen"},
           {"runpy", "run_path"},
           {"pip", "main"},
           {"importlib", "import_module"},
           {"torch.hub", "load"},
           {"torch", "load"},
           {"torch.storage", "_load_from_bytes"},
           {"torch.serialization", "load"},
           {"numpy.testing._private.utils", "runstring"},
           {"functools", "partial"},
           {"operator", "attrgetter"}}) {
    const Failure failure = attack_pickle(call(module, name, kCommand));
    EXPECT_EQ(failure.code, errc::refused_global) << module << '.' << name;
    EXPECT_THAT(failure.sentence, HasSubstr("." + name + " at byte 2"));
  }
  EXPECT_THAT(attack_pickle(call("os", "system", kCommand)).sentence, HasSubstr("malicious"));
  // All that it names, in one error.
  const std::string two = "(" + global("os", "system") + global("sys", "exit") + "t";
  EXPECT_THAT(attack_pickle(two).sentence, HasSubstr("os.system, sys.exit"));
}

TEST(PickleAttacks, N02_TheSameThroughTheStackAndTheMemo) {
  const Failure direct =
      attack_pickle(text("posix") + text("system") + "\x93" + kCommand + "\x85R");
  EXPECT_EQ(direct.code, errc::refused_global);
  const std::string from_memo = text("posix") + "q\0"s + "0" + text("system") + "q\1"s + "0" +
                                "h\0"s + "h\1"s + "\x93" + kCommand + "\x85R";
  EXPECT_EQ(attack_pickle(from_memo).code, errc::refused_global);
  EXPECT_EQ(attack_pickle(integer(1) + text("system") + "\x93").code, errc::damaged_pickle);
  EXPECT_EQ(
      attack_pickle(text("collections") + text("OrderedDict.__init__.__globals__") + "\x93").code,
      errc::refused_global);
  EXPECT_EQ(attack_pickle(global("collections.OrderedDict", "__init__")).code,
            errc::refused_global);
}

TEST(PickleAttacks, N03_OpcodesThatBuildObjects) {
  EXPECT_EQ(attack_pickle("(" + kCommand + "ios\nsystem\n").code, errc::refused_global);
  EXPECT_TRUE(is_one_of(attack_pickle("(" + global("os", "system") + kCommand + "o"),
                        {errc::refused_global}));
  const std::string dict = global("collections", "OrderedDict");
  for (const std::string& body :
       {dict + ")}\x92", "\x82\1"s, "\x83\1\0"s, "\x84\1\0\0\0"s, "\x97"s, "\x98"s}) {
    const Failure failure = attack_pickle(body);
    EXPECT_EQ(failure.code, errc::damaged_pickle) << testing::PrintToString(body);
    EXPECT_THAT(failure.sentence, HasSubstr("opcode 0x"));
  }
}

TEST(PickleAttacks, N04_NamesThatAreNearlyRight) {
  for (const auto& [module, name] :
       std::vector<std::pair<std::string, std::string>>{{"collections\r", "OrderedDict"},
                                                        {"collections", "OrderedDict\r"},
                                                        {"collections ", "OrderedDict"},
                                                        {"collections", "OrderedDict "},
                                                        {"collections", "OrderedDict\0"s},
                                                        {"torch._utilsX", "_rebuild_tensor_v2"},
                                                        {"torch._utils.x", "_rebuild_tensor_v2"},
                                                        {"Torch", "FloatStorage"},
                                                        {"torch", "floatStorage"},
                                                        {"asyncio.unix_events", "x"},
                                                        {"c\xC3\xB6llections", "OrderedDict"}}) {
    EXPECT_TRUE(is_one_of(attack_pickle(global(module, name)),
                          {errc::refused_global, errc::damaged_pickle}))
        << module;
  }
  const std::string megabyte(1 << 20, 'a');
  EXPECT_EQ(attack_pickle(global(megabyte, "x")).code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(text(megabyte) + text("x") + "\x93").code, errc::damaged_pickle);
}

// A module's class, which is data in a TorchScript archive and a name like any other elsewhere.
TEST(PickleAttacks, N04_ClassesOfTorchScriptOutsideOfIt) {
  for (const std::string name : {"M", "Linear", "___torch_mangle_0.Linear"}) {
    const Failure failure = attack_pickle(global("__torch__", name) + ")\x81");
    EXPECT_EQ(failure.code, errc::refused_global) << name;
    EXPECT_THAT(failure.sentence, HasSubstr("__torch__." + name));
  }
}

TEST(PickleAttacks, N05_CallsOfWhatIsNoCall) {
  for (const std::string& callable : {"}"s, "]"s, ")"s, text("x"), integer(1), kWhole, kTwelve})
    EXPECT_EQ(attack_pickle(callable + ")R").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(global("collections", "OrderedDict") + "]R").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(global("torch", "float32") + ")R").code, errc::damaged_checkpoint);
  // The wrong number and the wrong types of arguments, for everything that may be called.
  for (const char* name : {"_codecs.encode",
                           "builtins.set",
                           "builtins.bytearray",
                           "builtins.complex",
                           "builtins.bytes",
                           "collections.OrderedDict",
                           "collections.Counter",
                           "collections.defaultdict",
                           "numpy.core.multiarray._reconstruct",
                           "numpy.core.multiarray.scalar",
                           "numpy.core.numeric._frombuffer",
                           "torch.Size",
                           "torch.device",
                           "torch._tensor._rebuild_from_type_v2",
                           "torch._utils._rebuild_device_tensor_from_cpu_tensor",
                           "torch._utils._rebuild_device_tensor_from_numpy",
                           "torch._utils._rebuild_meta_tensor_no_storage",
                           "torch._utils._rebuild_parameter",
                           "torch._utils._rebuild_parameter_with_state",
                           "torch._utils._rebuild_qtensor",
                           "torch._utils._rebuild_sparse_csr_tensor",
                           "torch._utils._rebuild_sparse_tensor",
                           "torch._utils._rebuild_tensor",
                           "torch._utils._rebuild_tensor_v2",
                           "torch._utils._rebuild_tensor_v3",
                           "torch.nn.parameter.Parameter",
                           "torch.serialization._get_layout"}) {
    const std::string full = name;
    const std::size_t dot = full.rfind('.');
    const std::string callable = global(full.substr(0, dot), full.substr(dot + 1));
    for (const std::string& arguments :
         {integer(1) + "\x85", integer(1) + integer(2) + "\x86", "(NNNNNNNNNt"s, text("x") + "\x85",
          "(" + kWhole + kWhole + kWhole + "t", kTwelve + "\x85"}) {
      const Failure failure = attack_pickle(callable + arguments + "R");
      const bool takes_a_text = full == "torch.device" || full == "torch.serialization._get_layout";
      const bool takes_two_numbers = full == "builtins.complex";
      if (takes_a_text && arguments == text("x") + "\x85") continue;
      if (takes_two_numbers && arguments == integer(1) + integer(2) + "\x86") continue;
      EXPECT_TRUE(is_one_of(failure, {errc::damaged_checkpoint, errc::unsupported_format})) << full;
    }
  }
}

// By NEWOBJ a function has no __new__, and what a container is given is not put into it.
TEST(PickleAttacks, NewObjectsOfWhatHasNone) {
  const std::string arguments = "(" + kTwelve + integer(0) + tuple(12) + tuple(1) + "\x89}t";
  EXPECT_EQ(attack_pickle(global("torch._utils", "_rebuild_tensor_v2") + arguments + "\x81").code,
            errc::damaged_checkpoint);
  EXPECT_FALSE(attack_pickle(global("torch._utils", "_rebuild_tensor_v2") + arguments + "R").code);
  const std::string dict = global("collections", "OrderedDict");
  EXPECT_FALSE(attack_pickle(dict + ")\x81").code);
  EXPECT_FALSE(attack_pickle(dict + "}" + text("w") + kWhole + "s\x85R").code);
  EXPECT_EQ(attack_pickle(dict + "}" + text("w") + kWhole + "s\x85\x81").code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(global("builtins", "set") + "]Na\x85\x81").code,
            errc::damaged_checkpoint);
  EXPECT_EQ(
      attack_pickle(global("_codecs", "encode") + text("x") + text("latin1") + "\x86\x81").code,
      errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(global("pathlib", "PosixPath") + text("x") + "\x85\x81").code,
            errc::damaged_checkpoint);
  // A parameter of a tensor, and the tensors of torch before 0.1.12.
  EXPECT_FALSE(
      attack_pickle(global("torch.nn.parameter", "Parameter") + kWhole + "\x89\x86\x81").code);
  EXPECT_EQ(attack_pickle(global("torch.nn.parameter", "Parameter") + kWhole + "N\x86\x81").code,
            errc::damaged_checkpoint);
  const std::string state = "(" + kTwelve + integer(0) + tuple(3, 4) + tuple(4, 1) + "tb";
  const Checkpoint old =
      open_bytes(twelve_floats_zip(global("torch", "FloatTensor") + ")\x81" + state));
  EXPECT_THAT(old.tensors()[0].shape, testing::ElementsAre(3, 4));
  EXPECT_EQ(attack_pickle(global("torch", "LongTensor") + ")\x81" + state).code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(global("torch", "FloatTensor") + ")\x81}b").code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(global("torch", "FloatTensor") + ")\x81").code, errc::damaged_checkpoint);
}

TEST(PickleAttacks, N06_OtherCodecs) {
  const auto encode = [](const std::string& content, const std::string& codec) {
    return attack_pickle(global("_codecs", "encode") + text(content) + text(codec) + "\x86R").code;
  };
  EXPECT_EQ(encode("x", "rot13"), errc::damaged_checkpoint);
  EXPECT_EQ(encode("x", "hex"), errc::damaged_checkpoint);
  EXPECT_EQ(encode("x", "idna"), errc::damaged_checkpoint);
  EXPECT_EQ(encode("\xE2\x82\xAC", "latin1"), errc::damaged_checkpoint);
  EXPECT_FALSE(encode("\xC3\xBF", "latin1"));
}

TEST(PickleAttacks, N07_TensorsOfForeignTypes) {
  const auto rebuild = [](const std::string& function, const std::string& type,
                          const std::string& state) {
    return attack_pickle(global("torch._tensor", "_rebuild_from_type_v2") + "(" + function + type +
                         "(" + kTwelve + integer(0) + tuple(12) + tuple(1) + "\x89" +
                         global("collections", "OrderedDict") + ")Rt" + state + "tR");
  };
  const std::string v2 = global("torch._utils", "_rebuild_tensor_v2");
  EXPECT_FALSE(rebuild(v2, global("torch", "Tensor"), "}").code);
  EXPECT_EQ(rebuild(global("os", "system"), global("torch", "Tensor"), "}").code,
            errc::refused_global);
  EXPECT_EQ(rebuild(global("torch", "Size"), global("torch", "Tensor"), "}").code,
            errc::damaged_checkpoint);
  EXPECT_EQ(rebuild(v2, global("evil", "Subclass"), "}").code, errc::refused_global);
  EXPECT_EQ(rebuild(v2, global("collections", "OrderedDict"), "}").code, errc::unsupported_format);
  // The state is Python's: it stays data.
  const std::string harmless = "(" + text("note") + text("x") + text("ds_id") + integer(1) + "u";
  EXPECT_FALSE(rebuild(v2, global("torch", "Tensor"), "}" + harmless).code);
  EXPECT_FALSE(rebuild(v2, global("torch", "Tensor"), "(N}" + harmless + "t").code);
}

// Python sets them one by one, and these put other numbers into the tensor, or raise.
TEST(PickleAttacks, StatesThatSetWhatATensorHas) {
  const std::string other = tensor(storage("FloatStorage", "0", 12), 6, tuple(6), tuple(1));
  const auto with = [](const std::string& name, const std::string& value) {
    return "}(" + text(name) + value + "u";
  };
  for (const std::string& state :
       {with("data", other), with("real", other), with("imag", other), with("grad", other),
        with("requires_grad", "\x88"), with("__class__", text("x")), with("grad_fn", text("y")),
        with("_grad", other), with("shape", tuple(1)), "(" + with("data", other) + "Nt",
        "(N" + with("data", other) + "t", "(" + with("data", other) + "}t"}) {
    for (const std::string& type : {"Tensor"s, "nn.parameter\nParameter"s}) {
      const std::string of = type == "Tensor" ? global("torch", type) : "ctorch." + type + "\n";
      const Failure failure =
          attack_pickle(global("torch._tensor", "_rebuild_from_type_v2") + "(" +
                        global("torch._utils", "_rebuild_tensor_v2") + of + "(" + kTwelve +
                        integer(0) + tuple(12) + tuple(1) + "\x89}t" + state + "tR");
      EXPECT_EQ(failure.code, errc::damaged_checkpoint) << testing::PrintToString(state);
      EXPECT_THAT(failure.sentence, HasSubstr("sets its attribute '"));
    }
    const Failure failure = attack_pickle(global("torch._utils", "_rebuild_parameter_with_state") +
                                          "(" + kWhole + "\x88}" + state + "tR");
    EXPECT_EQ(failure.code, errc::damaged_checkpoint) << testing::PrintToString(state);
  }
  EXPECT_FALSE(attack_pickle(global("torch._utils", "_rebuild_parameter_with_state") + "(" +
                             kWhole + "\x88}" + with("note", other) + "tR")
                   .code);
}

TEST(PickleAttacks, N08_AttributesOfADict) {
  const std::string dict = global("collections", "OrderedDict") + ")R";
  const Checkpoint checkpoint = open_bytes(twelve_floats_zip(
      dict + "}(" + text("__class__") + text("evil") + text("keys") + text("evil") + "ub"));
  EXPECT_EQ(checkpoint.root().entries().size(), 0u);
}

TEST(PickleAttacks, N09_StatesOfWhatHasNone) {
  for (const std::string& target : {"]"s, ")"s, integer(1), text("x"), kTwelve, kWhole, "N"s})
    EXPECT_TRUE(is_one_of(attack_pickle(target + "}b"), {errc::damaged_checkpoint}));
  const std::string dict = global("collections", "OrderedDict") + ")R";
  EXPECT_EQ(attack_pickle(dict + "}b}b").code, errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(dict + "]b").code, errc::damaged_checkpoint);
}

TEST(PickleAttacks, N10_ItemsOfWhatHasNone) {
  for (const std::string& target : {kWhole, kTwelve, "]"s, ")"s, "N"s, integer(1)})
    EXPECT_EQ(attack_pickle(target + text("k") + "Ns").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(")Na").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("}Na").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("](N\x90").code, errc::damaged_pickle);
}

TEST(PickleAttacks, N11_AParameterWithoutItsState) {
  const std::string empty = global("torch.nn.parameter", "Parameter") + ")\x81";
  EXPECT_EQ(attack_pickle(empty).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(empty + "]b").code, errc::damaged_checkpoint);
  // In use before it is there.
  EXPECT_EQ(
      attack_pickle(global("torch._utils", "_rebuild_parameter") + "(" + empty + "\x88" + "}tR")
          .code,
      errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(global("numpy.core.multiarray", "_reconstruct") + "(" +
                          global("numpy", "ndarray") + integer(0) + "\x85" + "C\1bt" + "R")
                .code,
            errc::damaged_checkpoint);
}

TEST(PickleAttacks, N12_BackwardHooks) {
  EXPECT_EQ(attack_pickle(global("torch._utils", "_rebuild_tensor_v2") + "(" + kTwelve +
                          integer(0) + tuple(12) + tuple(1) + "\x89}" + text("hook") + "NstR")
                .code,
            errc::damaged_checkpoint);
}

TEST(PickleAttacks, N13_PersistentIdsThatAreNone) {
  const std::string type = global("torch", "FloatStorage");
  const auto id = [&](const std::string& items) { return attack_pickle("(" + items + "tQ").code; };
  EXPECT_EQ(attack_pickle(text("storage") + "Q").code, errc::unsupported_format);
  EXPECT_EQ(attack_pickle(integer(0) + "Q").code, errc::damaged_checkpoint);
  EXPECT_EQ(id(text("storage") + type + text("0") + text("cpu")), errc::damaged_checkpoint);
  EXPECT_EQ(id(text("storage") + type + text("0") + text("cpu") + integer(12) + "NN"),
            errc::damaged_checkpoint);
  EXPECT_EQ(id(text("module") + type + text("f") + text("source")), errc::damaged_checkpoint);
  for (const std::string& numel : {"G\x40\x28\0\0\0\0\0\0"s, "\x88"s, integer(-1),
                                   "\x8a\x08\0\0\0\0\0\0\0\x80"s, "N"s, text("12")})
    EXPECT_EQ(id(text("storage") + type + text("0") + text("cpu") + numel),
              errc::damaged_checkpoint);
  for (const std::string& key : {"../../etc/passwd"s, "0\0"s, ""s, "0x0"s, "00"s})
    EXPECT_EQ(id(text("storage") + type + text(key) + text("cpu") + integer(12)),
              errc::damaged_checkpoint)
        << key;
  EXPECT_EQ(id(text("storage") + type + text("1") + text(std::string(1 << 20, 'c')) + integer(12)),
            errc::damaged_checkpoint);
}

TEST(PickleAttacks, N14_EveryOpcodeOnAnEmptyStack) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    for (const std::string& rest : {""s, std::string(16, '\0'), "1\n1\n"s}) {
      const Failure failure = attack(torch_zip(std::string(1, static_cast<char>(opcode)) + rest));
      EXPECT_TRUE(failure.code) << opcode;
      // The same within a group, which what lies below must not reach into. POP and POP_MARK may
      // end it.
      if (opcode == '0' || opcode == '1') continue;
      EXPECT_TRUE(attack_pickle("N(" + std::string(1, static_cast<char>(opcode)) + rest).code)
          << opcode;
    }
  }
  EXPECT_EQ(attack_pickle("").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("NN").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("(N").code, errc::damaged_pickle);
}

TEST(PickleAttacks, N15_TruncatedAnywhere) {
  const std::string whole = pickle("}(" + text("w") + kWhole + text("n") + "\x8a\2\1\1" + "u");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(attack(torch_zip(whole.substr(0, size))).code) << size;
}

TEST(PickleAttacks, N16_LengthsBeyondTheFile) {
  for (const std::string& body :
       {"X" + little_endian(1u << 31, 4), "\x8d" + little_endian(std::uint64_t{1} << 63, 8),
        "\x8e" + little_endian(~std::uint64_t{0}, 8), "\x96" + little_endian(1ull << 40, 8),
        "B" + little_endian(0xFFFFFFFF, 4), "T" + little_endian(0x80000000, 4),
        "\x8b" + little_endian(1u << 31, 4), "\x95" + little_endian(~std::uint64_t{0}, 8)})
    EXPECT_EQ(attack_pickle(body).code, errc::damaged_pickle);
}

// Python's unpicklers read on at different places behind the end of a frame.
TEST(PickleAttacks, N16_OperandsThatCrossTheirFrame) {
  const auto framed = [](std::uint64_t size) {
    return attack(torch_zip("\x80\x04\x95" + little_endian(size, 8) + text("ab") + "."));
  };
  for (const std::uint64_t size : {5, 7, 8}) EXPECT_FALSE(framed(size).code) << size;
  for (const std::uint64_t size : {2, 4, 6}) {
    EXPECT_EQ(framed(size).code, errc::damaged_pickle) << size;
    EXPECT_THAT(framed(size).sentence, HasSubstr("crosses the end of a frame"));
  }
}

TEST(PickleAttacks, N17_MemosFarAway) {
  EXPECT_EQ(attack_pickle("Nr\xff\xff\xff\xff").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("Np4294967295\n").code, errc::damaged_pickle);
  // Not from zero on, as Python 2's cPickle counted.
  EXPECT_FALSE(attack_pickle("Nq\5").code);
}

TEST(PickleAttacks, N18_MemosThatAreNotThere) {
  EXPECT_EQ(attack_pickle("h\0"s).code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("j\xff\xff\xff\xff").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("Nq\0h\1"s).code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("g7\n").code, errc::damaged_pickle);
}

TEST(PickleAttacks, N19_PairsOfPairs) {
  std::string body = "N";
  for (char i = 0; i < 60; ++i) body += "q"s + i + "h"s + i + "\x86";
  EXPECT_FALSE(attack_pickle(body).code);
  // With a tensor in the innermost pair there are as many names as ways to it.
  body = kWhole;
  for (char i = 0; i < 60; ++i) body += "q"s + i + "h"s + i + "\x86";
  EXPECT_EQ(attack_pickle(body).code, errc::limit_exceeded);
}

// Python would hash it for years; here each pair is looked at once, and no name says it all.
TEST(PickleAttacks, N20_PairsOfPairsAsAKey) {
  const auto pairs = [](char depth) {
    std::string body = "N";
    for (char i = 0; i < depth; ++i) body += "q"s + i + "h"s + i + "\x86";
    return body;
  };
  EXPECT_FALSE(attack_pickle("}" + pairs(30) + "Ns").code);
  EXPECT_FALSE(attack_pickle("}" + pairs(30) + kWhole + "s").code);
  EXPECT_FALSE(attack_pickle("}(" + pairs(30) + "NK\1\x85Nu").code);
  EXPECT_EQ(attack_pickle("}" + pairs(60) + "Ns").code, errc::limit_exceeded);
}

TEST(PickleAttacks, N21_OneObjectManyTimes) {
  std::string body = "](]q\0("s;
  for (int i = 0; i < 100; ++i) body += "N";
  body += "e";
  for (int i = 0; i < 50'000; ++i) body += "h\0"s;
  EXPECT_EQ(attack_pickle(body + "e").sentence, "(nothing was thrown)");
}

TEST(PickleAttacks, N22_DeepNesting) {
  EXPECT_EQ(attack_pickle(std::string(200'000, ']') + std::string(199'999, 'a')).code,
            errc::limit_exceeded);
  EXPECT_EQ(attack_pickle("N" + std::string(200'000, '\x85')).code, errc::limit_exceeded);
  EXPECT_EQ(attack_pickle(std::string(200'000, '(')).code, errc::limit_exceeded);
}

TEST(PickleAttacks, N23_ValuesThatHoldThemselves) {
  EXPECT_FALSE(attack_pickle("]q\0h\0a"s).code);
  EXPECT_FALSE(attack_pickle("}q\0"s + text("k") + "h\0s"s).code);
  // Twenty lists, each of which holds all: as many ways as there are orders of them.
  std::string ring = "(";
  for (char i = 0; i < 20; ++i) {
    ring += "h"s + i + "(";
    for (char k = 0; k < 20; ++k) ring += "h"s + k;
    ring += "e";
  }
  std::string lists;
  for (char i = 0; i < 20; ++i) lists += "]q"s + i + "0";
  EXPECT_EQ(attack_pickle(lists + ring + "t").code, errc::limit_exceeded);
}

TEST(PickleAttacks, N24_AnOddNumberOfItems) {
  EXPECT_EQ(attack_pickle("}(" + text("k") + "u").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("}(" + text("k") + "N" + text("l") + "u").code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("(" + text("k") + "d").code, errc::damaged_pickle);
}

TEST(PickleAttacks, N25_MoreValuesThanFit) {
  // Twelve million small integers, and the same on the stack, and in the memo.
  std::string many = "](";
  for (int i = 0; i < 4'000'000; ++i) many += "K\1";
  EXPECT_EQ(attack_pickle(many + "e").code, errc::limit_exceeded);
  std::string memos = "N";
  memos.append(6'000'000, '\x94');
  EXPECT_FALSE(attack_pickle(memos).code);
  EXPECT_EQ(attack_pickle(std::string(6'000'000, '}') + std::string(1, '0')).code,
            errc::limit_exceeded);
}

TEST(PickleAttacks, N26_MoreAfterTheEnd) {
  EXPECT_EQ(attack(torch_zip(pickle("N") + pickle(call("os", "system", kCommand)))).code,
            errc::damaged_pickle);
  EXPECT_EQ(attack_pickle("\x80\2N").code, errc::damaged_pickle);
}

TEST(PickleAttacks, N27_KeysTwice) {
  const auto twins = [](const std::string& a, const std::string& b) {
    return attack_pickle("}(" + a + "N" + b + "Nu").code;
  };
  EXPECT_EQ(twins(text("a"), text("a")), errc::damaged_pickle);
  EXPECT_EQ(twins("K\1", "\x88"), errc::damaged_pickle);
  EXPECT_EQ(twins("K\1", "G\x3f\xf0\0\0\0\0\0\0"s), errc::damaged_pickle);
  EXPECT_EQ(twins("C\1a", "C\1a"), errc::damaged_pickle);
  EXPECT_FALSE(twins(text("a"), "C\1a"));
  EXPECT_FALSE(twins("\x8a\7\1\0\0\0\0\0\x20"s, "\x8a\7\0\0\0\0\0\0\x20"s));
  std::string many = "}(";
  for (int i = 0; i < 100; ++i) many += text("k" + std::to_string(i)) + "N";
  EXPECT_FALSE(attack_pickle(many + "u").code);
  EXPECT_EQ(attack_pickle(many + text("k7") + "Nu").code, errc::damaged_pickle);
}

// Each NaN is a key of its own.
TEST(PickleAttacks, N28_NaNAsAKey) {
  const std::string nan = "G\x7f\xf8\0\0\0\0\0\0N"s;
  EXPECT_FALSE(attack_pickle("}" + nan + "s").code);
  EXPECT_FALSE(attack_pickle("}(" + nan + nan + "u").code);
}

TEST(PickleAttacks, KeysThatCannotBeHashed) {
  for (const std::string& key : {"]"s, "}"s, "\x8f"s, "]\x85"s, "(}\x91"s})
    EXPECT_EQ(attack_pickle("}" + key + "Ns").code, errc::damaged_pickle)
        << testing::PrintToString(key);
  EXPECT_FALSE(attack_pickle("}(NK\1\x91Ns").code);
  EXPECT_EQ(attack_pickle("(N\x91(K\1\x90").code, errc::damaged_pickle);  // a frozenset that grows
}

}  // namespace
}  // namespace torchhub::archive
