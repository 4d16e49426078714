// Values that are plain data: dates, paths, versions, deques, numpy's arrays and scalars, also as Python 2 wrote
// them.

#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using Kind = Value::Kind;

// The checkpoint lives as long as the tests look at its value.
struct Read {
  explicit Read(const std::string& body) : checkpoint(open_bytes(twelve_floats_zip(body))) {}
  Value value() const { return checkpoint.root(); }
  Checkpoint checkpoint;
};

std::string short_bytes(const std::string& content) {
  return "C" + std::string(1, static_cast<char>(content.size())) + content;
}

std::string call(const std::string& module, const std::string& name, const std::string& arguments) {
  return global(module, name) + "(" + arguments + "tR";
}

std::string text_of(const std::string& body) {
  const Read read(body);
  return read.value().kind() == Kind::string ? std::string(read.value().string()) : "(no text)";
}

const std::string kUtc = call("datetime", "timezone",
                              call("datetime", "timedelta", integer(0) + integer(0) + integer(0)));

TEST(PlainValues, DatesAreTexts) {
  EXPECT_EQ(text_of(call("datetime", "date", short_bytes("\x07\xea\1\2"))), "2026-01-02");
  EXPECT_EQ(text_of(call("datetime", "date", short_bytes("\x07\xe8\2\x1d"))), "2024-02-29");
  EXPECT_EQ(text_of(call("datetime", "datetime", short_bytes("\x07\xea\1\2\3\4\5\0\0\6"s))),
            "2026-01-02T03:04:05.000006");
  EXPECT_EQ(
      text_of(call("datetime", "datetime", short_bytes("\x07\xea\x8c\2\3\4\5\0\0\0"s) + kUtc)),
      "2026-12-02T03:04:05+00:00");
  EXPECT_EQ(text_of(call("datetime", "time", short_bytes("\x97\4\5\0\0\0"s))), "23:04:05");
  const std::string west = call(
      "datetime", "timezone",
      call("datetime", "timedelta", integer(-1) + integer(86400 - 5 * 3600 - 1800) + integer(0)) +
          text("x"));
  EXPECT_EQ(text_of(west), "-05:30");
  // As protocol 2 and Python 2 write the bytes.
  EXPECT_EQ(text_of(call("datetime", "date",
                         call("_codecs", "encode", text("\x07\xc3\xaa\1\2") + text("latin1")))),
            "2026-01-02");
  EXPECT_EQ(text_of(call("datetime", "date", "U\4\x07\xea\1\2")), "2026-01-02");
  const Read delta(call("datetime", "timedelta", integer(1) + integer(2) + integer(3)));
  EXPECT_EQ(delta.value().string(), "datetime.timedelta");
  EXPECT_EQ(delta.value().items()[2].integer(), 3);
  for (const std::string& bad :
       {call("datetime", "date", short_bytes("\x07\xea\x0d\2")),
        call("datetime", "date", short_bytes("\x07\xe9\2\x1d")),
        call("datetime", "date", short_bytes("\x07\xea\1")), call("datetime", "date", integer(1)),
        call("datetime", "date", short_bytes("\x07\xea\1\2") + kUtc),
        call("datetime", "time", short_bytes("\x18\4\5\0\0\0"s)),
        call("datetime", "time", short_bytes("\1\x3c\5\0\0\0"s)),
        call("datetime", "time", short_bytes("\1\1\1\xff\0\0"s)),
        call("datetime", "datetime", short_bytes("\x07\xea\1\2\x97\4\5\0\0\6"s)),
        call("datetime", "timezone", integer(1)),
        call("datetime", "timezone",
             call("datetime", "timedelta", integer(1) + integer(0) + integer(0)))})
    EXPECT_EQ(attack_pickle(bad).code, errc::damaged_checkpoint) << testing::PrintToString(bad);
  // A function of the class is no date.
  EXPECT_EQ(attack_pickle(text("datetime") + text("datetime.fromisoformat") + "\x93").code,
            errc::refused_global);
}

TEST(PlainValues, PathsAndVersionsAreTexts) {
  EXPECT_EQ(text_of(call("pathlib", "PosixPath", text("a") + text("b"))), "a/b");
  EXPECT_EQ(text_of(call("pathlib", "PurePosixPath", text("/") + text("a") + text("b"))), "/a/b");
  EXPECT_EQ(text_of(call("pathlib", "PosixPath", "")), ".");
  EXPECT_EQ(text_of(call("pathlib._local", "PosixPath", text("a/b") + text("/c"))), "/c");
  EXPECT_EQ(text_of(call("pathlib", "PureWindowsPath", text("C:\\") + text("a"))), "C:\\a");
  EXPECT_EQ(attack_pickle(call("pathlib", "PosixPath", integer(1))).code, errc::damaged_checkpoint);
  EXPECT_EQ(
      text_of(global("torch.torch_version", "TorchVersion") + text("2.13.0+cpu") + "\x85\x81"),
      "2.13.0+cpu");
  EXPECT_EQ(attack_pickle(global("pathlib", "os")).code, errc::refused_global);
}

TEST(PlainValues, DequesAreListsAndEllipsisANames) {
  const std::string deque = global("collections", "deque");
  const Read three(deque + ")R(" + integer(1) + integer(2) + integer(3) + "e");
  EXPECT_EQ(three.value().kind(), Kind::list);
  EXPECT_EQ(three.value().items().size(), 3u);
  const Read limited(deque + ")K\3\x86R(" + integer(1) + integer(2) + "e");
  EXPECT_EQ(limited.value().items().size(), 2u);
  const Read given(deque + "](" + integer(1) + integer(2) + "eK\2\x86R");
  EXPECT_EQ(given.value().items().size(), 2u);
  // Python would drop the first: nobody writes such a file.
  EXPECT_EQ(attack_pickle(deque + ")K\1\x86R(" + integer(1) + integer(2) + "e").code,
            errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(deque + ")K\0\x86RNa"s).code, errc::damaged_pickle);
  EXPECT_EQ(attack_pickle(deque + "](NNeK\1\x86R").code, errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(deque + ")" + integer(-1) + "\x86R").code, errc::damaged_checkpoint);
  const Read ellipsis(global("__builtin__", "Ellipsis"));
  EXPECT_EQ(ellipsis.value().kind(), Kind::named);
  EXPECT_EQ(ellipsis.value().string(), "builtins.Ellipsis");
}

// numpy.dtype(TYPE, False, True) and its state (3, order, None, None, None, size, alignment, flags).
std::string dtype(const std::string& type, const std::string& order = "<", std::int32_t size = -1,
                  const std::string& fields = "NN", const std::string& more = "") {
  return global("numpy", "dtype") + text(type) + "\x89\x88\x87R(K\3" + text(order) + "N" + fields +
         integer(size) + integer(-1) + integer(0) + more + "tb";
}

std::string array(const std::string& type, const std::string& shape, const std::string& content) {
  return global("numpy.core.multiarray", "_reconstruct") + global("numpy", "ndarray") + integer(0) +
         "\x85" + short_bytes("b") + "\x87R(K\1" + shape + type + "\x89" + content + "tb";
}

std::string scalar(const std::string& type, const std::string& content) {
  return global("numpy._core.multiarray", "scalar") + type + content + "\x86R";
}

// torch's own list of names that may be values holds them, too.
TEST(PlainValues, NamesOfTypesThatNoTensorHas) {
  for (const std::string name :
       {"int1", "int7", "uint1", "uint4", "uint7", "float8_e5m2", "sparse.FloatTensor",
        "cuda.sparse.ShortTensor", "cuda.HalfTensor", "storage.TypedStorage"}) {
    const std::size_t dot = name.rfind('.');
    const std::string module = dot == name.npos ? "torch" : "torch." + name.substr(0, dot);
    const std::string type = dot == name.npos ? name : name.substr(dot + 1);
    const Checkpoint checkpoint = open_bytes(
        twelve_floats_zip("}(" + text("v") + global(module, type) + text("w") + kWhole + "u"));
    EXPECT_EQ(checkpoint.root().entries()[0].second.string(), "torch." + name);
    EXPECT_EQ(checkpoint.tensors().size(), 1u);
  }
  for (const std::string name : {"int0", "int9", "uint12", "xint3", "int44"})
    EXPECT_EQ(attack_pickle(global("torch", name)).code, errc::refused_global) << name;
  for (const std::string name : {"Tensor", "FloatStorage", "mm", "float32"})
    EXPECT_EQ(attack_pickle(global("torch.sparse", name)).code, errc::refused_global) << name;
  EXPECT_EQ(attack_pickle(global("torch.cuda", "int4")).code, errc::refused_global);
  // As values alone.
  const std::string narrow = global("torch._utils", "_rebuild_meta_tensor_no_storage") +
                             global("torch", "int4") + tuple(1) + tuple(1) + "\x89" + "t";
  EXPECT_TRUE(attack_pickle("(" + narrow + "R").code);
  EXPECT_TRUE(attack_pickle(global("torch.sparse", "FloatTensor") + ")R").code);
  EXPECT_TRUE(attack_pickle("(" + text("storage") + global("torch.storage", "TypedStorage") +
                            text("0") + text("cpu") + integer(12) + "tQ")
                  .code);
}

TEST(PlainValues, ArraysOfTexts) {
  const Read cats(array(dtype("U3", "<", 12), tuple(2),
                        short_bytes("c\0\0\0a\0\0\0t\0\0\0\x3a\x04\0\0\0\0\0\0\0\0\0\0"s)));
  const Value cat = cats.value();
  const ArrayInfo& texts = cat.array();
  EXPECT_FALSE(texts.is_number);
  EXPECT_EQ(texts.type, "U3");
  EXPECT_EQ(texts.element_bytes, 12u);
  EXPECT_EQ(texts.bytes.size(), 24u);
  ASSERT_EQ(texts.objects.size(), 2u);
  EXPECT_EQ(texts.objects[0].string(), "cat");
  EXPECT_EQ(texts.objects[1].string(), "\xd0\xba");
  const Read big(array(dtype("U1", ">", 4), tuple(1), short_bytes("\0\1\xf6\0"s)));
  EXPECT_EQ(big.value().array().objects[0].string(), "\xf0\x9f\x98\x80");
  const Read bytes(array(dtype("S3", "|", 3), tuple(2), short_bytes("ab\0c\0\0"s)));
  EXPECT_EQ(bytes.value().array().objects[0].kind(), Kind::bytes);
  EXPECT_EQ(bytes.value().array().objects[0].string(), "ab");
  EXPECT_EQ(bytes.value().array().objects[1].string(), "c");
  // The bytes are there where they are no text.
  const Read odd(array(dtype("U1", "<", 4), tuple(1), short_bytes("\xff\xff\xff\xff")));
  EXPECT_EQ(odd.value().array().bytes.size(), 4u);
  EXPECT_EQ(odd.value().array().objects.size(), 0u);
  EXPECT_EQ(text_of(scalar(dtype("U3", "<", 12), short_bytes("a\0\0\0b\0\0\0\0\0\0\0"s))), "ab");
  const Read raw(scalar(dtype("S3", "|", 3), short_bytes("ab\0"s)));
  EXPECT_EQ(raw.value().kind(), Kind::bytes);
  EXPECT_EQ(raw.value().string(), "ab");
}

TEST(PlainValues, ArraysOfObjectsRecordsAndDates) {
  const Read objects(array(dtype("O8", "|"), tuple(2, 1), "](" + text("cat") + "Ne"));
  EXPECT_EQ(objects.value().array().type, "O");
  ASSERT_EQ(objects.value().array().objects.size(), 2u);
  EXPECT_EQ(objects.value().array().objects[0].string(), "cat");
  EXPECT_EQ(objects.value().array().bytes.size(), 0u);
  EXPECT_EQ(attack_pickle(array(dtype("O8", "|"), tuple(3), "](NNe")).code,
            errc::unsupported_format);
  EXPECT_EQ(attack_pickle(array(dtype("O8", "|"), tuple(1), short_bytes("12345678"))).code,
            errc::unsupported_format);
  EXPECT_EQ(attack_pickle(array(dtype("f8"), tuple(1), "]Na")).code, errc::unsupported_format);

  const std::string fields = "(" + text("a") + text("b") + "t}(" + text("a") + dtype("f4") +
                             "K\0\x86"s + text("b") + dtype("i8") + "K\4\x86u";
  const Read records(array(dtype("V12", "|", 12, fields), tuple(1), short_bytes("123456789012")));
  EXPECT_EQ(records.value().array().type, "V12");
  EXPECT_EQ(records.value().array().element_bytes, 12u);
  ASSERT_EQ(records.value().array().fields.size(), 2u);
  EXPECT_EQ(records.value().array().fields[1].name, "b");
  EXPECT_EQ(records.value().array().fields[1].type, "i8");
  EXPECT_EQ(records.value().array().fields[1].offset, 4u);
  // A dtype that is a field of its own: no end to follow it to.
  const std::string own = global("numpy", "dtype") + text("V8") + "\x89\x88\x87Rq\7(K\3" +
                          text("|") + "N" + text("a") + "\x85}" + text("a") + "h\7K\0\x86s"s +
                          integer(8) + integer(1) + integer(16) + "tb";
  EXPECT_FALSE(attack_pickle(array(own, tuple(1), short_bytes("12345678"))).code);

  const std::string unit = "(N" + short_bytes("D") + "K\1K\1K\1(tt";
  const std::string days = "N(" + short_bytes("D") + "K\3K\1K\1t\x86";
  const Read dates(scalar(dtype("M8", "<", -1, "NN", days), short_bytes(std::string(8, '\1'))));
  EXPECT_EQ(dates.value().kind(), Kind::array);
  EXPECT_EQ(dates.value().array().type, "M8[3D]");
  EXPECT_EQ(dates.value().array().shape.size(), 0u);
  EXPECT_EQ(dates.value().array().bytes.size(), 8u);
  EXPECT_EQ(attack_pickle(scalar(dtype("M8"), short_bytes("1234"))).code, errc::unsupported_format);
}

// Python 2's str is text and bytes at once.
TEST(PlainValues, NumpyOfPython2) {
  const std::string f8 = global("numpy", "dtype") + "U\2f8K\0K\1\x87R(K\3U\1<NNN"s + integer(-1) +
                         integer(-1) + "K\0tb"s;
  const Read number(global("numpy.core.multiarray", "scalar") + f8 +
                    "U\x08\0\0\0\0\0\0\xea?\x86R"s);
  EXPECT_EQ(number.value().kind(), Kind::real);
  EXPECT_EQ(number.value().real(), 0.8125);
  // Bytes that happen to be UTF-8, and bytes that do not.
  for (const std::string& content :
       {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"s, "\xff\xfe\xc3\xa9\0\0\0\xc0"s}) {
    const Read read(global("numpy.core.multiarray", "_reconstruct") + global("numpy", "ndarray") +
                    "K\0\x85U\1b\x87R(K\1K\1\x85"s + f8 + "\x89U\x08" + content + "tb");
    const auto bytes = read.value().array().bytes;
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), content);
  }
  // A text of Python 3 is none.
  EXPECT_EQ(attack_pickle(scalar(dtype("f8"), text("12345678"))).code, errc::unsupported_format);
  // A state without its version, as numpy 1.0 wrote it.
  const Read old(global("numpy.core.multiarray", "_reconstruct") + global("numpy", "ndarray") +
                 "K\0\x85U\1b\x87R(K\1\x85"s + f8 + "\x89U\x08" + std::string(8, '\0') + "tb");
  EXPECT_EQ(old.value().array().bytes.size(), 8u);
}

}  // namespace
}  // namespace torchhub::archive
