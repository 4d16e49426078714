#include <torchhub/archive/convert.h>
#include <torchhub/archive/safetensors_writer.h>
#include <torchhub/tests/archive/attack.h>
#include <torchhub/tests/support/temp_folder.h>

namespace torchhub::archive {
namespace {

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
    const tests::Failure failure = tests::failure_of([&] { write_one(folder / name); });
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
