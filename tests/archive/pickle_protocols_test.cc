// Values as pickles of protocols 0 to 5 write them, read as Python reads them.

#include <torchhub/archive/long_integer.h>
#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;
using Kind = Value::Kind;

// Of a pickle without its protocol, which 0 and 1 do not tell. The checkpoint keeps what the value
// points to.
struct Read {
  Checkpoint checkpoint;
  Value value;
};

Read read(const std::string& body) {
  const Checkpoint checkpoint = open_bytes(torch_zip(body + "."));
  return {checkpoint, checkpoint.root()};
}

std::string text_of(const std::string& body) {
  const Read got = read(body);
  EXPECT_EQ(got.value.kind(), Kind::string);
  return std::string(got.value.string());
}

std::string number_of(const std::string& body) {
  const Read got = read(body);
  if (got.value.kind() == Kind::integer) return std::to_string(got.value.integer());
  EXPECT_EQ(got.value.kind(), Kind::long_integer);
  return integer_text(got.value.string());
}

bool is_refused(const std::string& body) { return attack(torch_zip(body + ".")).code.failed(); }

TEST(PickleProtocols, IntegersInText) {
  EXPECT_EQ(number_of("I0\n"), "0");
  EXPECT_EQ(number_of("I-17\n"), "-17");
  EXPECT_EQ(number_of("I9223372036854775807\n"), "9223372036854775807");
  EXPECT_EQ(number_of("I9223372036854775808\n"), "9223372036854775808");
  EXPECT_EQ(number_of("L5L\n"), "5");
  EXPECT_EQ(number_of("L5\n"), "5");
  EXPECT_EQ(number_of("L-9223372036854775808L\n"), "-9223372036854775808");
  EXPECT_EQ(number_of("L-9223372036854775809L\n"), "-9223372036854775809");
  EXPECT_EQ(number_of("L1180591620717411303424L\n"), "1180591620717411303424");
  const std::string many = "1" + std::string(4299, '3');
  EXPECT_EQ(number_of("L" + many + "L\n"), many);
  EXPECT_EQ(read("I01\n").value, Value(Kind::boolean, 1));
  EXPECT_EQ(read("I00\n").value, Value(Kind::boolean, 0));
  // What int() and C's strtol() read in two ways, or one of them not at all.
  for (const char* text : {"I010\n", "L010L\n", "L00\n", "I0x10\n", "L0x10L\n", "I1_0\n", "I 1\n",
                           "I+1\n", "I\n", "L\n", "LL\n", "I1.0\n", "I1L\n"})
    EXPECT_TRUE(is_refused(text)) << text;
  EXPECT_TRUE(is_refused("L1" + std::string(4300, '3') + "L\n"));
}

TEST(PickleProtocols, IntegersInBytes) {
  EXPECT_EQ(number_of("\x8a\0"s), "0");
  EXPECT_EQ(number_of("\x8a\x09\0\0\0\0\0\0\0\x80\0"s), "9223372036854775808");
  // As many bytes as the writer likes: one number, one kind.
  EXPECT_EQ(read("\x8a\x0a\5\0\0\0\0\0\0\0\0\0"s).value, Value(Kind::integer, 5));
  EXPECT_EQ(read("\x8a\x0a" + std::string(10, '\xff')).value.integer(), -1);
  EXPECT_EQ(read("\x8b\x0a\0\0\0"s + std::string(9, '\0') + "\x80").value.kind(),
            Kind::long_integer);
  const std::string kilobyte(1000, '\1');
  EXPECT_EQ(read("\x8b" + little_endian(1000, 4) + kilobyte).value.string(), kilobyte);
}

TEST(PickleProtocols, RealNumbersInText) {
  EXPECT_EQ(read("F1.5\n").value.real(), 1.5);
  EXPECT_EQ(read("F-1e+16\n").value.real(), -1e16);
  EXPECT_GT(read("Finf\n").value.real(), 1e308);
  EXPECT_TRUE(is_refused("F\n"));
  EXPECT_TRUE(is_refused("F1.5x\n"));
}

TEST(PickleProtocols, TextsWithEscapes) {
  EXPECT_EQ(text_of("Vplain\n"), "plain");
  EXPECT_EQ(text_of("V\\u20ac\\u000a\\u005cn\n"), "\xE2\x82\xAC\n\\n");
  EXPECT_EQ(text_of("V\\U0001f600!\n"), "\xF0\x9F\x98\x80!");
  EXPECT_EQ(text_of("V\\u0000\n"), "\0"s);
  // Latin-1 where nothing is escaped.
  EXPECT_EQ(text_of("V\xe9\n"), "\xC3\xA9");
  // The other of two backslashes begins no escape; nor does any other letter.
  EXPECT_EQ(text_of("V\\\\u0041\n"), "\\\\u0041");
  EXPECT_EQ(text_of("V\\n\n"), "\\n");
  EXPECT_EQ(text_of("V\\\n"), "\\");
  for (const char* text : {"V\\u12\n", "V\\u12g4\n", "V\\U00110000\n", "V\\U12\n", "V\\ud800\n",
                           "V\\u\n", "V\\u-123\n"})
    EXPECT_TRUE(is_refused(text)) << text;
}

TEST(PickleProtocols, BytesWithEscapes) {
  EXPECT_EQ(text_of("S'plain'\n"), "plain");
  EXPECT_EQ(text_of("S\"it's\"\n"), "it's");
  EXPECT_EQ(text_of("S'a\\n\\t\\r\\\\\\'\\x41\\101'\n"), "a\n\t\r\\'AA");
  EXPECT_EQ(text_of("S'\\xc3\\xa9'\n"), "\xC3\xA9");
  EXPECT_EQ(text_of("S'\\xe9'\n"), "\xC3\xA9");
  EXPECT_EQ(text_of("S'\\q\\0'\n"), "\\q\0"s);
  EXPECT_EQ(text_of("S'\\1234'\n"), "S4");
  for (const char* text : {"S'\\x4'\n", "S'\\xg1'\n", "S'\\777'\n", "S'\\'\n", "S'a\n", "Sa\n",
                           "S'\n", "S'a\"\n", "S\n"})
    EXPECT_TRUE(is_refused(text)) << text;
}

TEST(PickleProtocols, ContainersAndMemosInText) {
  // pickle.dumps({'a': [1, (2.5,)], 'b': None, 'c': True}, 0)
  const Read got = read("(dp0\nVa\np1\n(lp2\nI1\na(F2.5\ntp3\nasVb\np4\nNsVc\np5\nI01\ns");
  ASSERT_EQ(got.value.entries().size(), 3u);
  const Value list = got.value.entries()[0].second;
  EXPECT_EQ(list.items()[0].integer(), 1);
  EXPECT_EQ(list.items()[1].items()[0].real(), 2.5);
  const Read twice = read("(lp0\n(lp1\nag1\na");
  EXPECT_EQ(twice.value.items()[0], twice.value.items()[1]);
}

// Python 2's instances: what a class builds, where it is one that a checkpoint may hold.
TEST(PickleProtocols, Instances) {
  for (const char* body : {"(icollections\nOrderedDict\n", "(ccollections\nOrderedDict\no"}) {
    const Read got = read(body);
    EXPECT_EQ(got.value.kind(), Kind::dict);
  }
  EXPECT_EQ(read("(I3\nI4\nibuiltins\nslice\n").value.items().size(), 2u);
  EXPECT_EQ(read("(cbuiltins\nslice\nI3\nI4\no").value.items().size(), 2u);
  for (const char* body :
       {"(o", "(I1\no", "(icollections\nOrderedDict\na", "icollections\nOrderedDict\n"})
    EXPECT_TRUE(is_refused(body)) << body;
  const Checkpoint lenient =
      open_bytes(torch_zip("(I3\ni__main__\nArguments\n."), OpenOptions().lenient(true));
  EXPECT_EQ(lenient.root().string(), "__main__.Arguments");
  EXPECT_EQ(lenient.root().items().size(), 1u);
}

TEST(PickleProtocols, PersistentIdsInText) {
  // repr() of a tuple, which no unpickler can turn into one.
  const Failure failure =
      attack(torch_zip("P('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 12)\n."));
  EXPECT_EQ(failure.code, errc::unsupported_format);
  EXPECT_THAT(failure.sentence, HasSubstr("protocol 0"));
  EXPECT_EQ(attack(torch_zip("P\xe9\n.")).code, errc::damaged_pickle);
}

TEST(PickleProtocols, WhatFollowsTheEnd) {
  const auto followed_by = [](const std::string& more) {
    return attack(torch_zip(pickle("N") + more)).code;
  };
  for (const std::string& more :
       {"x"s, std::string(100, '\0'), "junk"s, "."s, "N."s, pickle("]"), "c"s})
    EXPECT_FALSE(followed_by(more)) << testing::PrintToString(more);
  EXPECT_EQ(followed_by("cos\nsystem\n."), errc::damaged_pickle);
  EXPECT_EQ(followed_by(pickle(text("os") + text("system") + "\x93")), errc::damaged_pickle);
}

}  // namespace
}  // namespace torchhub::archive
