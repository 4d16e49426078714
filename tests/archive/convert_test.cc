#include <torchhub/archive/convert.h>
#include <torchhub/archive/safetensors_writer.h>
#include <torchhub/tests/archive/attack.h>
#include <torchhub/tests/support/temp_folder.h>

#include <map>
#include <utility>

namespace torchhub::archive {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string bytes_of(const Checkpoint& checkpoint, std::string_view name) {
  const auto bytes = checkpoint.bytes(name);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Convert, KeepsBitsAndTellsWhatItCannotKeep) {
  const tests::TempFolder folder;
  // {'all': t, 'twin': t, 'part': t[:4], 'column': t.T, 'epoch': 3} of twelve floats.
  const std::string body = "}(" + text("all") + tensor(kTwelve, 0, tuple(3, 4), tuple(4, 1)) +
                           text("twin") + tensor(kTwelve, 0, tuple(3, 4), tuple(4, 1)) +
                           text("part") + tensor(kTwelve, 0, tuple(4), tuple(1)) +
                           text("transposed") + tensor(kTwelve, 0, tuple(4, 3), tuple(1, 4)) +
                           text("epoch") + integer(3) + "u";
  const fs::path path = folder / "out.safetensors";
  const Converted converted = convert_to_safetensors(open_bytes(twelve_floats_zip(body)), path);
  EXPECT_EQ(converted.tensors, 3u);
  EXPECT_THAT(converted.aliases, ElementsAre("twin"));
  EXPECT_EQ(converted.unshared.size(), 2u);
  EXPECT_THAT(converted.dropped, ElementsAre("epoch"));
  EXPECT_EQ(converted.bytes, fs::file_size(path));

  const Checkpoint made = open_checkpoint(path, OpenOptions().aliases(true));
  EXPECT_EQ(made.tensors().size(), 4u);
  EXPECT_EQ(bytes_of(made, "all"), twelve_floats());
  EXPECT_EQ(bytes_of(made, "twin"), twelve_floats());
  EXPECT_EQ(bytes_of(made, "part"), twelve_floats().substr(0, 16));
  const std::string transposed = bytes_of(made, "transposed");
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 3; ++column)
      EXPECT_EQ(transposed.substr(4 * (row * 3 + column), 4),
                twelve_floats().substr(4 * (column * 4 + row), 4));
  }
  EXPECT_EQ(made.tensors()[0].file_offset % 8, 0u);
  EXPECT_EQ(open_checkpoint(path).tensors().size(), 3u);
}

// A list that holds itself twice has no end of places.
TEST(Convert, EndsWhereValuesHoldEachOther) {
  const tests::TempFolder folder;
  const std::string body =
      "}(" + text("w") + kWhole + text("ring") + "]q\7(h\7h\7e" + text("epoch") + integer(3) + "u";
  const Converted converted =
      convert_to_safetensors(open_bytes(twelve_floats_zip(body)), folder / "out.safetensors");
  EXPECT_EQ(converted.tensors, 1u);
}

TEST(Convert, RefusesWhatTheFormatLacks) {
  const tests::TempFolder folder;
  const auto refused = [&](const std::string& body) {
    const Failure failure = tests::failure_of([&] {
      convert_to_safetensors(open_bytes(twelve_floats_zip(body)), folder / "out.safetensors");
    });
    EXPECT_TRUE(fs::is_empty(folder.path()));
    return failure;
  };
  EXPECT_THAT(refused(kWhole).sentence, HasSubstr("has no name"));
  const std::string meta = global("torch._utils", "_rebuild_meta_tensor_no_storage") + "(" +
                           global("torch", "float32") + tuple(2) + tuple(1) + "\x89tR";
  EXPECT_EQ(refused("}" + text("m") + meta + "s").code, errc::unsupported_format);
  const std::string wide = tensor(storage("ComplexDoubleStorage", "0", 3), 0, tuple(3), tuple(1));
  EXPECT_THAT(refused("}" + text("c") + wide + "s").sentence, HasSubstr("complex128"));
}

TEST(Convert, NamesWhatItDrops) {
  const tests::TempFolder folder;
  const auto dropped = [&](const std::string& body) {
    return convert_to_safetensors(open_bytes(twelve_floats_zip(body), OpenOptions().lenient(true)),
                                  folder / "out.safetensors")
        .dropped;
  };
  const std::string object = global("a", "B") + ")\x81";
  EXPECT_THAT(dropped("}" + text("w") + kWhole + "s"), ElementsAre());
  EXPECT_THAT(dropped(integer(3)), ElementsAre("(the value itself)"));
  EXPECT_THAT(dropped(object), ElementsAre("(the value itself)"));
  EXPECT_THAT(dropped(object + "}" + text("w") + kWhole + "s" + text("training") + "\x88sb"),
              ElementsAre("training"));
  EXPECT_THAT(dropped("}(" + text("") + integer(1) + text("a\0b"s) + integer(2) +
                      text("c\x1b\x7f") + "N" + text("d") + "}" + text("") + "Ns" + text("e") +
                      object + integer(-5) + "N\x88N" + text("f") + "](N" + kWhole + "Ne" + "u"),
              ElementsAre("''", "a\\x00b", "c\\x1b\\x7f", "d.''", "e", "-5", "True", "f.0", "f.2"));
}

// Values that hold one another have paths without end: each is told by its first.
TEST(Convert, EndsWithValuesInOneAnother) {
  const tests::TempFolder folder;
  std::string body = "](" + std::string(11'000, 'N') + "e";
  for (char i = 0; i < 4; ++i) body += std::string("q") + i + "h" + i + "\x86";
  const std::vector<std::string> dropped =
      convert_to_safetensors(open_bytes(twelve_floats_zip(body)), folder / "out.safetensors")
          .dropped;
  EXPECT_EQ(dropped.size(), 10'000u);
  EXPECT_EQ(dropped.front(), "0.0.0.0.0");
  EXPECT_EQ(dropped.back(), "0.0.0.0.9999");
}

TEST(Convert, WritesWhatIsReadAgainOrNothing) {
  const tests::TempFolder folder;
  const fs::path path = folder / "out.safetensors";
  const auto refused = [&](const std::string& name) {
    const Failure failure = tests::failure_of([&] {
      convert_to_safetensors(open_bytes(twelve_floats_zip("}" + text(name) + kWhole + "s")), path);
    });
    EXPECT_FALSE(fs::exists(path));
    return failure.sentence;
  };
  EXPECT_EQ(refused("a\0b"s),
            "the tensor 'a\\x00b' has a NUL in its name, which safetensors cannot keep");
  EXPECT_THAT(refused("\0"s), HasSubstr("'\\x00' has a NUL"));
  for (const std::string& name :
       {"a\nb"s, "a\x01\x1f\x7f"s, "\"\\"s, "\xE5\x90\x8D"s, " "s, std::string(100'000, 'x')}) {
    convert_to_safetensors(open_bytes(twelve_floats_zip("}" + text(name) + kWhole + "s")), path);
    EXPECT_EQ(bytes_of(open_checkpoint(path), name), twelve_floats()) << name;
    fs::remove(path);
  }
}

TEST(SafetensorsWriter, RefusesWhatWouldNotBeRead) {
  const tests::TempFolder folder;
  const auto refused = [&](SafetensorsTensor tensor, std::map<std::string, std::string> metadata) {
    const Failure failure =
        tests::failure_of([&] { SafetensorsWriter(folder / "a", {std::move(tensor)}, metadata); });
    EXPECT_TRUE(fs::is_empty(folder.path()));
    return failure.sentence;
  };
  EXPECT_THAT(refused({"a\0b"s, DType::uint8, {0}}, {}),
              HasSubstr("a: safetensors cannot keep this"));
  EXPECT_THAT(refused({"w", DType::uint8, {0}}, {{"a\0"s, "b"}}), HasSubstr("NUL"));
  EXPECT_THAT(refused({"w", DType::uint8, {0, std::int64_t{1} << 50}}, {}), HasSubstr("2^48"));
  EXPECT_THAT(refused({"w", DType::uint8, std::vector<std::int64_t>(70, 1)}, {}),
              HasSubstr("cannot keep"));
  EXPECT_THAT(refused({"w\xFF", DType::uint8, {0}}, {}), HasSubstr("cannot keep"));
  EXPECT_THAT(refused({"w", DType::uint8, {0}}, {{"a", std::string(100'000'000, 'x')}}),
              HasSubstr("100 MB"));
}

TEST(SafetensorsWriter, LeavesNothingUnlessItIsWhole) {
  const tests::TempFolder folder;
  const std::string eight(8, 'x');
  const auto bytes = std::as_bytes(std::span(eight));
  {
    SafetensorsWriter writer(folder / "a", {{"w", DType::float32, {2}}});
    writer.write(0, bytes.first(4));
    EXPECT_THAT(tests::failure_of([&] { writer.publish(); }).sentence, HasSubstr("lacks 4 bytes"));
    EXPECT_EQ(tests::failure_of([&] { writer.write(0, bytes); }).code, errc::damaged_checkpoint);
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
  const auto twice = [&] {
    SafetensorsWriter(folder / "a", {{"w", DType::uint8, {1}}, {"w", DType::uint8, {1}}});
  };
  EXPECT_EQ(tests::failure_of(twice).code, errc::damaged_checkpoint);
  const auto nowhere = [&] { SafetensorsWriter(folder / "no/a", {}); };
  EXPECT_EQ(tests::failure_of(nowhere).code, boost::system::errc::no_such_file_or_directory);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

// A writer of one byte, published.
void write_one(const fs::path& path, ReadOnlyFile read_only = ReadOnlyFile::kept) {
  SafetensorsWriter writer(path, {{"w", DType::uint8, {1}}}, {}, read_only);
  writer.write(0, std::as_bytes(std::span("x", 1)));
  writer.publish();
}

TEST(SafetensorsWriter, ReplacesNothingButFiles) {
  const tests::TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0666), 0);
  fs::create_directory(folder / "folder");
  fs::create_symlink("/dev/null", folder / "null");
  for (const auto& [name, error] :
       {std::pair("fifo", EPERM), {"folder", EISDIR}, {"null", EPERM}, {"/dev/full", EPERM}}) {
    const tests::Failure failure =
        tests::failure_of([&, name = name] { write_one(folder / name); });
    EXPECT_EQ(failure.code.value(), error) << name;
    EXPECT_THAT(failure.sentence, HasSubstr("no file takes its place")) << name;
  }
  EXPECT_TRUE(fs::is_fifo(folder / "fifo"));
  EXPECT_TRUE(fs::is_symlink(folder / "null"));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  const std::size_t count = static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
  EXPECT_EQ(count, 3u);
}

TEST(SafetensorsWriter, GoesWhereALinkLeads) {
  const tests::TempFolder folder;
  tests::write_file(folder / "there/file", "before");
  fs::create_symlink("there/file", folder / "link");
  fs::create_symlink("link", folder / "chain");
  write_one(folder / "chain");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_THAT(tests::read_file(folder / "there/file"), HasSubstr("\"w\""));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder / "there/file")));
}

TEST(SafetensorsWriter, KeepsWhatIsReadOnly) {
  const tests::TempFolder folder;
  tests::write_file(folder / "x", "before");
  fs::permissions(folder / "x", fs::perms::owner_read);
  const tests::Failure failure = tests::failure_of([&] { write_one(folder / "x"); });
  EXPECT_EQ(failure.code, boost::system::errc::permission_denied);
  EXPECT_THAT(failure.sentence, HasSubstr("x: is read-only"));
  EXPECT_EQ(tests::read_file(folder / "x"), "before");
  write_one(folder / "x", ReadOnlyFile::replaced);
  EXPECT_NE(tests::read_file(folder / "x"), "before");
}

}  // namespace
}  // namespace torchhub::archive
