// How a dict's keys, whatever they are, name tensors.

#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const std::string& body,
                               const OpenOptions& options = OpenOptions()) {
  const Checkpoint checkpoint = open_bytes(twelve_floats_zip(body), options);
  std::vector<std::string> names;
  for (const TensorInfo& tensor : checkpoint.tensors()) names.emplace_back(tensor.name);
  return names;
}

std::string name(const std::string& key, const OpenOptions& options = OpenOptions()) {
  return names("}" + key + kWhole + "s", options).at(0);
}

std::string real(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return "G" + little_endian(__builtin_bswap64(bits), 8);
}

std::string large(const std::string& bytes) {
  return "\x8a" + std::string(1, static_cast<char>(bytes.size())) + bytes;
}

std::string complex(double re, double im) {
  return global("__builtin__", "complex") + real(re) + real(im) + "\x86R";
}

TEST(KeyNames, NumbersAreWrittenAsPythonWritesThem) {
  EXPECT_EQ(name("K\7"), "7");
  EXPECT_EQ(name("\x88"), "True");
  EXPECT_EQ(name("N"), "None");
  EXPECT_EQ(name(large(std::string(8, '\0') + "\1")), "18446744073709551616");
  EXPECT_EQ(name(large(std::string(8, '\0') + "\xff")), "-18446744073709551616");
  EXPECT_EQ(name(large(std::string(7, '\0') + "\x80\0"s)), "9223372036854775808");
  EXPECT_EQ(name(large(std::string(7, '\0') + "\x80\xff"s)), "-9223372036854775808");
  EXPECT_EQ(name(large("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")), "-1");
  EXPECT_EQ(name(large(std::string(9, '\0'))), "0");
  // 10^27, whose lower digits are all noughts.
  EXPECT_EQ(name(large("\0\0\0\xe8\x3c\x80\xd0\x9f\x3c\x2e\x3b\x03"s)), "1" + std::string(27, '0'));
  EXPECT_EQ(name(real(0.1)), "0.1");
  EXPECT_EQ(name(real(1)), "1.0");
  EXPECT_EQ(name(real(1e5)), "100000.0");
  EXPECT_EQ(name(real(123456789012345680.0)), "1.2345678901234568e+17");
  EXPECT_EQ(name(real(1e16)), "1e+16");
  EXPECT_EQ(name(real(1e15)), "1000000000000000.0");
  EXPECT_EQ(name(real(1e-4)), "0.0001");
  EXPECT_EQ(name(real(1e-5)), "1e-05");
  EXPECT_EQ(name(real(-2.5e-300)), "-2.5e-300");
  EXPECT_EQ(name(real(HUGE_VAL)), "inf");
  EXPECT_EQ(name(real(-HUGE_VAL)), "-inf");
  EXPECT_EQ(name(real(NAN)), "nan");
  EXPECT_EQ(name(complex(0, 1)), "1j");
  EXPECT_EQ(name(complex(1, -2.5)), "(1-2.5j)");
  EXPECT_EQ(name(complex(-0.0, 2)), "(-0+2j)");
}

TEST(KeyNames, OtherKeysAreToldByWhatTheyAre) {
  EXPECT_EQ(name("C\4a'\n\xff"), R"(b"a'\n\xff")");
  EXPECT_EQ(name("C\3'\"\\"), R"(b'\'"\\')");
  EXPECT_EQ(name(integer(1) + text("a") + "\x86"), "(1, a)");
  EXPECT_EQ(name("(K\2K\1\x91"), "frozenset({2, 1})");
  EXPECT_EQ(name(global("torch", "float16")), "torch.float16");
  // Python 2's texts are texts.
  EXPECT_EQ(name("U\1a"), "a");
  EXPECT_EQ(name("U\1\xe9"), "\xc3\xa9");
  // Halves of surrogate pairs, which UTF-8 does not have.
  EXPECT_EQ(name(text("a\xed\xb3\xa9")), "a\\udce9");
  EXPECT_EQ(attack_pickle(text("a\xed\xb3")).code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(text("\xff")).code, errc::damaged_pickle);
  // Tensors by the place of the key among the others.
  const std::string other = tensor(kTwelve, 0, tuple(3), tuple(1));
  EXPECT_THAT(names("}(" + text("a") + kWhole + other + kWhole + kWhole + kWhole + "u"),
              ElementsAre("a", "<key 1>", "<key 2>"));
  const OpenOptions lenient = OpenOptions().lenient(true);
  const std::string member = global("some.enums", "Kind") + "K\1\x85R";
  EXPECT_EQ(name(member, lenient), "some.enums.Kind(1)");
  EXPECT_EQ(name(global("some.where", "Class") + ")\x81", lenient), "some.where.Class <key 0>");
}

TEST(KeyNames, DistinctKeysHaveDistinctNames) {
  EXPECT_THAT(names("}(" + text("1") + kWhole + "K\1" + kWhole + text("1 (2)") + kWhole + "u"),
              ElementsAre("1", "1 (3)", "1 (2)"));
  EXPECT_THAT(names("}(N" + kWhole + text("None") + kWhole + "u"), ElementsAre("None", "None (2)"));
  EXPECT_THAT(names("}(" + real(NAN) + kWhole + real(NAN) + kWhole + real(NAN) + kWhole + "u"),
              ElementsAre("nan", "nan (2)", "nan (3)"));
  // One key with a dot, two keys one below the other.
  EXPECT_THAT(names("}(" + text("a.b") + kWhole + text("a") + "}" + text("b") + kWhole + "su"),
              ElementsAre("a.b", "a.b (2)"));
  EXPECT_THAT(names("}(" + text("") + "}" + text("b") + kWhole + "s" + text("b") + kWhole + "u"),
              ElementsAre("b", "b (2)"));
  // Below a list too.
  EXPECT_THAT(names("](}(" + text("x.0") + kWhole + text("x") + "]" + kWhole + "aue"),
              ElementsAre("0.x.0", "0.x.0 (2)"));
  EXPECT_THAT(names("}(" + text("a.b") + kWhole + text("a") + kWhole + "u"),
              ElementsAre("a.b", "a"));
}

TEST(KeyNames, KeysThatAreOneToPythonAreRefused) {
  const auto twins = [](const std::string& a, const std::string& b) {
    std::string many;
    for (int i = 0; i < 20; ++i) many += text("k" + std::to_string(i)) + "N";
    const Failure few = attack_pickle("}(" + a + "N" + b + "Nu");
    const Failure more = attack_pickle("}(" + many + a + "N" + b + "Nu");
    EXPECT_EQ(few.code, more.code) << few.sentence << " but " << more.sentence;
    EXPECT_TRUE(!few.code || few.code == errc::damaged_pickle) << few.sentence;
    return static_cast<bool>(few.code);
  };
  EXPECT_TRUE(twins("K\1K\2\x86", "K\1K\2\x86"));
  EXPECT_TRUE(twins("K\1\x85", "\x88\x85"));
  EXPECT_FALSE(twins("K\1K\2\x86", "K\2K\1\x86"));
  EXPECT_FALSE(twins("K\1K\2\x86", "K\1K\2\x85\x86"));
  EXPECT_TRUE(twins("(K\1K\2\x91", "(K\2K\1\x91"));
  EXPECT_TRUE(twins("N", "N"));
  EXPECT_FALSE(twins("N", "K\1"));
  EXPECT_FALSE(twins("N", "K\0"s));
  EXPECT_FALSE(twins("N\x85", ")"));
  EXPECT_TRUE(twins(complex(1, 2), complex(1, 2)));
  EXPECT_FALSE(twins(complex(1, 2), complex(2, 1)));
  EXPECT_TRUE(twins(large("\1\0\0\0\0\0\0\0\0"s), "K\1"));
  EXPECT_TRUE(twins(large("\1\0\0\0\0\0\0\0\1"s), large("\1\0\0\0\0\0\0\0\1\0"s)));
  EXPECT_FALSE(twins(large("\1\0\0\0\0\0\0\0\1"s), large("\2\0\0\0\0\0\0\0\1"s)));
  EXPECT_TRUE(twins(real(2.5), real(2.5)));
  EXPECT_TRUE(twins(kWhole + "q\7", "h\7"));
  EXPECT_FALSE(twins(kWhole, kWhole));
  EXPECT_FALSE(twins("C\1a\x85", text("a") + "\x85"));
}

TEST(KeyNames, GroupsMayBeLongButNotDeep) {
  std::string group = "(";
  for (int i = 0; i < 300; ++i) group += "K" + std::string(1, static_cast<char>(i % 200));
  const std::string long_name = name(group + "t");
  EXPECT_THAT(long_name, testing::StartsWith("(0, 1, 2, "));
  EXPECT_THAT(long_name, testing::EndsWith("...)"));
  // Two that differ behind what a name shows.
  EXPECT_THAT(names("}(" + group + "K\1t" + kWhole + group + "K\2t" + kWhole + "u"),
              ElementsAre(long_name, long_name + " (2)"));
  EXPECT_EQ(name("K\1" + std::string(20, '\x85')),
            std::string(20, '(') + "1" + std::string(20, ')'));
  EXPECT_EQ(attack_pickle("}K\1" + std::string(40, '\x85') + "Ns").code, errc::limit_exceeded);
  // Many keys that have a long part in common.
  std::string many = group + "tq\0070}(";
  for (int i = 0; i < 20'000; ++i) many += "h\7" + integer(i) + "\x86N";
  EXPECT_FALSE(attack_pickle(many + "u").code);
}

}  // namespace
}  // namespace torchhub::archive
