// Attacks 42 to 57: archives that two readers would read in two ways, or that grow without end.

#include <torchhub/archive/zip_directory.h>
#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;
using tests::ZipMember;

const std::string kGood = pickle("N");

std::string zip(const std::vector<ZipMember>& members, const std::string& comment = "") {
  return tests::build_zip(members, comment);
}

// A checkpoint of three records, one of them changed.
std::string with(const ZipMember& changed) { return torch_zip(kGood, {changed}); }

// `archive` with the bytes at `offset` from the end record's beginning replaced.
std::string with_end(std::string archive, std::size_t offset, const std::string& bytes) {
  return archive.replace(archive.size() - 22 + offset, bytes.size(), bytes);
}

TEST(ZipAttacks, N42_RecordsTwice) {
  EXPECT_THAT(attack(with({.name = "archive/data.pkl", .content = kGood})).sentence,
              HasSubstr("there twice"));
  EXPECT_EQ(attack(with({.name = "archive/DATA.PKL", .content = kGood})).code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack(zip({{.name = "archive/DATA.PKL", .content = kGood},
                        {.name = "archive/version", .content = "3"}}))
                .code,
            errc::not_a_checkpoint);
}

TEST(ZipAttacks, N43_MoreThanOneFolder) {
  EXPECT_EQ(attack(with({.name = "other/data.pkl", .content = kGood})).code,
            errc::not_a_checkpoint);
  EXPECT_EQ(attack(with({.name = "loose", .content = "x"})).code, errc::not_a_checkpoint);
  EXPECT_EQ(attack(with({.name = "archive2/x", .content = "x"})).code, errc::not_a_checkpoint);
}

TEST(ZipAttacks, N44_AnotherNameInTheLocalHeader) {
  EXPECT_EQ(attack(with({.name = "archive/x", .content = "x", .local_name = "archive/y"})).code,
            errc::damaged_zip);
  EXPECT_EQ(attack(with({.name = "archive/x", .content = "x", .local_name = "archive/xx"})).code,
            errc::damaged_zip);
}

TEST(ZipAttacks, N45_FlagsInOneHeaderOnly) {
  std::string archive = torch_zip(kGood);
  archive[6] = 1;  // encrypted, says the first local header
  EXPECT_EQ(attack(archive).code, errc::damaged_zip);
  for (const unsigned flag : {1u, 1u << 6, 1u << 13})
    EXPECT_EQ(
        attack(
            with({.name = "archive/x", .content = "x", .flags = static_cast<std::uint16_t>(flag)}))
            .code,
        errc::unsupported_entry);
}

TEST(ZipAttacks, N46_WrongCrc) {
  EXPECT_EQ(attack(zip({{.name = "archive/data.pkl", .content = kGood, .crc32 = 7},
                        {.name = "archive/version", .content = "3"}}))
                .code,
            errc::crc_mismatch);
  // torch.save was told not to compute it.
  EXPECT_FALSE(attack(zip({{.name = "archive/data.pkl", .content = kGood, .crc32 = 0},
                           {.name = "archive/version", .content = "3"}}))
                   .code);
}

TEST(ZipAttacks, N47_OtherSizesInTheLocalHeader) {
  std::string archive = torch_zip(kGood);
  archive[18] = static_cast<char>(archive[18] + 1);
  EXPECT_EQ(attack(archive).code, errc::damaged_zip);
  // An extra field that only the local header has shifts the data; here into the directory.
  archive = torch_zip(kGood);
  archive[29] = 1;
  EXPECT_EQ(attack(archive).code, errc::damaged_zip);
}

TEST(ZipAttacks, N48_SharedBytes) {
  EXPECT_EQ(attack(with({.name = "archive/x", .content = "", .header_offset = 0})).code,
            errc::damaged_zip);
  // A local header inside another entry's data.
  const std::string inner = zip({{.name = "archive/b", .content = "x"}});
  EXPECT_THAT(attack(zip({{.name = "archive/data.pkl", .content = inner},
                          {.name = "archive/b", .content = "x", .header_offset = 30 + 16}}))
                  .sentence,
              HasSubstr("overlap"));
}

TEST(ZipAttacks, N49_SizesThatDoNotFit) {
  EXPECT_EQ(attack(with({.name = "archive/x", .content = "x", .size = 2})).code, errc::damaged_zip);
  EXPECT_EQ(attack(with({.name = "archive/x", .content = "x", .header_offset = 0x7FFFFFFF})).code,
            errc::damaged_zip);
  // A data descriptor is promised, and something else is there.
  const Failure failure = attack(with({.name = "archive/x", .content = "x", .flags = 8}));
  EXPECT_THAT(failure.sentence, HasSubstr("data descriptor"));
}

TEST(ZipAttacks, N50_Bombs) {
  const std::string zeros(std::size_t{64} << 20, '\0');
  const std::string bomb = zip({{.name = "archive/data.pkl", .content = zeros, .deflate = true},
                                {.name = "archive/version", .content = "3"}});
  EXPECT_LT(bomb.size(), 100'000u);
  EXPECT_EQ(attack(bomb, OpenOptions().max_pickle_bytes(1 << 20)).code, errc::limit_exceeded);
  // A lie about the size, to pass the limit.
  EXPECT_EQ(
      attack(zip({{.name = "archive/data.pkl", .content = zeros, .deflate = true, .size = 100},
                  {.name = "archive/version", .content = "3"}}))
          .code,
      errc::damaged_zip);
  const std::string wrapped = zip({{.name = "model.pth", .content = zeros, .deflate = true}});
  EXPECT_EQ(attack(wrapped, OpenOptions().max_inflated_bytes(1 << 20)).code, errc::limit_exceeded);
  for (const unsigned method : {12u, 14u, 93u, 99u})
    EXPECT_EQ(attack(with({.name = "archive/x",
                           .content = "x",
                           .method = static_cast<std::uint16_t>(method)}))
                  .code,
              errc::unsupported_entry);
}

// By the limits that hold where nobody asks for others.
TEST(ZipAttacks, N50_BombsThatCostNothing) {
  const std::string zeros(std::size_t{20} << 20, '\0');
  const auto bomb = [&](const std::string& name) {
    return zip({{.name = name, .content = zeros, .deflate = true},
                {.name = "archive/version", .content = "3"}});
  };
  const Failure pickle_bomb = attack(bomb("archive/data.pkl"));
  EXPECT_EQ(pickle_bomb.code, errc::limit_exceeded);
  EXPECT_THAT(pickle_bomb.sentence, HasSubstr("out of proportion"));
  const std::string wrapped = zip({{.name = "model.pth", .content = zeros, .deflate = true}});
  EXPECT_EQ(attack(wrapped).code, errc::limit_exceeded);
  // A pickle that lies uncompressed in what is compressed: values that take eight times its size.
  const auto lists = [](std::size_t count) {
    return torch_zip(pickle("(" + std::string(count, ']') + "l"));
  };
  const auto twice = [](const std::string& inner) {
    return zip({{.name = "model.pth", .content = inner, .deflate = true}});
  };
  EXPECT_EQ(attack(twice(lists(12'000'000))).code, errc::limit_exceeded);
  EXPECT_FALSE(attack(twice(lists(100'000))).code);
  // A header of safetensors, likewise.
  const std::string header = "{" + std::string(12'000'000, ' ') + "}";
  EXPECT_EQ(attack(twice(little_endian(header.size(), 8) + header)).code, errc::limit_exceeded);
}

const std::string kDeflated = "archive/data/0";

Checkpoint twelve_deflated(const ZipMember& storage, const OpenOptions& options = OpenOptions()) {
  return open_bytes(torch_zip(pickle(kWhole), {storage}), options);
}

TEST(ZipAttacks, N51_CompressedTensors) {
  const Checkpoint checkpoint =
      twelve_deflated({.name = kDeflated, .content = twelve_floats(), .deflate = true});
  const TensorInfo& tensor = checkpoint.tensors()[0];
  EXPECT_TRUE(checkpoint.is_compressed(tensor));
  EXPECT_FALSE(checkpoint.storage_file_offset(tensor));
  const auto bytes = checkpoint.bytes(tensor);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            twelve_floats());
  EXPECT_EQ(bytes.data(), checkpoint.bytes(tensor).data());
  ASSERT_EQ(checkpoint.notes().size(), 1u);
  EXPECT_THAT(checkpoint.notes()[0], HasSubstr("1 of its 1 storages are compressed"));
  EXPECT_TRUE(open_bytes(twelve_floats_zip(kWhole)).notes().empty());
}

TEST(ZipAttacks, N51_CompressedTensorsThatLie) {
  const auto failure = [](const ZipMember& storage, const OpenOptions& options = OpenOptions()) {
    return tests::failure_of([&] {
      const Checkpoint checkpoint = twelve_deflated(storage, options);
      checkpoint.bytes(checkpoint.tensors()[0]);
    });
  };
  EXPECT_FALSE(failure({.name = kDeflated, .content = twelve_floats(), .deflate = true}).code);
  const Failure wrong =
      failure({.name = kDeflated, .content = twelve_floats(), .deflate = true, .crc32 = 7});
  EXPECT_EQ(wrong.code, errc::crc_mismatch);
  EXPECT_THAT(wrong.sentence, testing::StartsWith("it.pth: 'archive/data/0'"));
  // Other bytes than the pickle says: by the directory, and by what comes out.
  EXPECT_EQ(failure({.name = kDeflated, .content = std::string(44, 'x'), .deflate = true}).code,
            errc::damaged_checkpoint);
  for (const std::size_t size : {44u, 52u})
    EXPECT_EQ(
        failure({.name = kDeflated, .content = std::string(size, 'x'), .deflate = true, .size = 48})
            .code,
        errc::damaged_zip)
        << size;
  EXPECT_EQ(failure({.name = kDeflated, .content = std::string(48, '\xFF'), .method = 8}).code,
            errc::damaged_zip);
  EXPECT_EQ(failure({.name = kDeflated, .content = twelve_floats(), .deflate = true},
                    OpenOptions().max_inflated_bytes(47))
                .code,
            errc::limit_exceeded);
}

TEST(ZipAttacks, N51_CompressedTensorsOutOfProportion) {
  // Zeros shrink to a thousandth, and are weights that nobody has trained.
  constexpr std::size_t kFresh = 10'000'000;
  const auto zeros = [](std::size_t said) {
    const auto numel = static_cast<std::int32_t>(said / 4);
    return torch_zip(pickle(tensor(storage("FloatStorage", "0", numel), 0, tuple(numel), tuple(1))),
                     {{.name = kDeflated,
                       .content = std::string(kFresh, '\0'),
                       .deflate = true,
                       .size = static_cast<std::uint32_t>(said)}});
  };
  const Checkpoint fresh = open_bytes(zeros(kFresh));
  EXPECT_EQ(fresh.bytes(fresh.tensors()[0]).size(), kFresh);
  // What would take more than its file stands for is refused by what the directory says.
  const std::size_t before = peak_memory();
  const Checkpoint checkpoint = open_bytes(zeros(160'000'000));
  const Failure failure = tests::failure_of([&] { checkpoint.bytes(checkpoint.tensors()[0]); });
  EXPECT_EQ(failure.code, errc::limit_exceeded);
  EXPECT_THAT(failure.sentence, HasSubstr("bytes that are allowed"));
  if (!tests::kIsSanitized) {
    EXPECT_LT(peak_memory() - before, std::size_t{32} << 20);
  }
}

// A storage that nobody asks for is not inflated, and takes nothing from what may be.
TEST(ZipAttacks, N51_CompressedTensorsThatNobodyAsksFor) {
  const std::string two =
      "(" + kWhole + tensor(storage("FloatStorage", "1", 12), 0, tuple(12), tuple(1)) + "t";
  const Checkpoint checkpoint = open_bytes(
      torch_zip(
          pickle(two),
          {{.name = kDeflated, .content = twelve_floats(), .deflate = true},
           {.name = "archive/data/1", .content = twelve_floats(), .deflate = true, .crc32 = 7}}),
      OpenOptions().max_inflated_bytes(48));
  EXPECT_EQ(checkpoint.bytes("0").size(), 48u);
  EXPECT_EQ(checkpoint.bytes("0").size(), 48u);
  EXPECT_EQ(tests::failure_of([&] { checkpoint.bytes("1"); }).code, errc::limit_exceeded);
}

TEST(ZipAttacks, N55_EntriesForFolders) {
  const auto folder = [](const std::string& name) {
    return ZipMember{.name = name, .unix_mode = 040755};
  };
  const std::vector<ZipMember> files = {{.name = "archive/data.pkl", .content = pickle(kWhole)},
                                        {.name = "archive/version", .content = "3"},
                                        {.name = kDeflated, .content = twelve_floats()}};
  const auto with_folders = [&](std::vector<ZipMember> before,
                                const std::vector<ZipMember>& behind) {
    before.insert(before.end(), files.begin(), files.end());
    before.insert(before.end(), behind.begin(), behind.end());
    return zip(before);
  };
  EXPECT_EQ(
      open_bytes(with_folders({folder("archive/"), folder("archive/data/")}, {})).bytes("").size(),
      48u);
  EXPECT_FALSE(attack(with_folders({}, {folder("archive/data/"), folder("archive/")})).code);
  EXPECT_FALSE(attack(with_folders({folder("archive/empty/")}, {})).code);
  // Around a checkpoint, too.
  const std::string wrapped =
      zip({folder("weights/"), {.name = "weights/model.pth", .content = with_folders({}, {})}});
  EXPECT_EQ(open_bytes(wrapped).bytes("").size(), 48u);
  // Folders beside the records', out of the archive, or with something in them.
  for (const char* other : {"other/", "archive2/"}) {
    EXPECT_EQ(attack(with_folders({folder(other)}, {})).code, errc::not_a_checkpoint) << other;
    EXPECT_EQ(attack(with_folders({}, {folder(other)})).code, errc::not_a_checkpoint) << other;
  }
  for (const char* other : {"../", "/", "archive/../", "archive//"})
    EXPECT_EQ(attack(with_folders({folder(other)}, {})).code, errc::unsafe_name) << other;
  EXPECT_EQ(
      attack(with_folders({{.name = "archive/", .content = "x", .unix_mode = 040755}}, {})).code,
      errc::damaged_zip);
  EXPECT_EQ(attack(zip({folder("archive/")})).code, errc::not_a_checkpoint);
}

TEST(ZipAttacks, N52_Zip64ThatIsNone) {
  const std::string archive = torch_zip(kGood);
  // All ones, and no 64-bit record that would say more.
  EXPECT_EQ(attack(with_end(archive, 16, "\xff\xff\xff\xff")).code, errc::not_a_zip);
  EXPECT_EQ(attack(with_end(archive, 8, "\xff\xff\xff\xff")).code, errc::damaged_zip);
  const std::string locator = little_endian(0x07064b50, 4) + little_endian(0, 4) +
                              little_endian(std::uint64_t{1} << 63, 8) + little_endian(1, 4);
  std::string located = archive;
  located.insert(archive.size() - 22, locator);
  EXPECT_EQ(attack(located).code, errc::not_a_zip);
  EXPECT_EQ(attack(with({.name = "archive/x", .content = "x", .size = 0xFFFFFFFF})).code,
            errc::damaged_zip);
}

TEST(ZipAttacks, N53_TwoArchivesInOne) {
  const std::string evil = torch_zip(pickle(global("os", "system")));
  EXPECT_EQ(attack(zip({{.name = "archive/data.pkl", .content = kGood},
                        {.name = "archive/version", .content = "3"}},
                       evil))
                .code,
            errc::not_a_zip);
  EXPECT_EQ(attack(torch_zip(kGood) + evil).code, errc::not_a_zip);
  EXPECT_EQ(attack("x" + torch_zip(kGood)).code, errc::not_a_checkpoint);
  EXPECT_EQ(attack("PK\3\4" + torch_zip(kGood)).code, errc::not_a_zip);
  // Behind it and before it: the end record that the last or the first reader finds.
  EXPECT_EQ(attack(torch_zip(kGood) + torch_zip(kGood)).code, errc::not_a_zip);
  EXPECT_EQ(attack(torch_zip(kGood) + "PK\5\6").code, errc::not_a_zip);
}

TEST(ZipAttacks, N53_WhatTrailsAnArchive) {
  // As torch has it: no end record is looked for further from the end.
  EXPECT_FALSE(attack(torch_zip(kGood) + "x").code);
  EXPECT_FALSE(attack(torch_zip(kGood) + std::string(65'535, 'x')).code);
  EXPECT_EQ(attack(torch_zip(kGood) + std::string(65'536, 'x')).code, errc::not_a_zip);
  // Repositories are no checkpoints.
  const std::string trailed = torch_zip(kGood) + "x";
  EXPECT_FALSE(read_zip_directory(std::as_bytes(std::span(trailed))));
}

TEST(ZipAttacks, N54_CountsThatAreWrong) {
  const std::string archive = torch_zip(kGood);
  EXPECT_EQ(attack(with_end(archive, 8, "\1\0\1\0"s)).code, errc::damaged_zip);
  EXPECT_EQ(attack(with_end(archive, 8, "\3\0\3\0"s)).code, errc::damaged_zip);
  EXPECT_EQ(attack(with_end(archive, 8, "\1\0\2\0"s)).code, errc::not_a_zip);
  EXPECT_EQ(attack(with_end(archive, 4, "\1\0\0\0"s)).code, errc::not_a_zip);
  EXPECT_EQ(attack(with_end(archive, 12, "\1\0\0\0"s)).code, errc::not_a_zip);
}

TEST(ZipAttacks, N55_NamesThatAreNone) {
  for (const std::string& name :
       {"archive/../x"s, "/archive/x"s, "C:\\x"s, "archive\\x"s, "archive/x\0y"s, "archive/\xff"s,
        "archive//x"s, "archive/./x"s, "archive/x\ny"s, std::string(65'000, 'a')})
    EXPECT_EQ(attack(with({.name = name, .content = "x"})).code, errc::unsafe_name);
  EXPECT_EQ(attack(with({.name = "archive/" + std::string(600, 'a'), .content = "x"})).code,
            errc::not_a_checkpoint);
  EXPECT_EQ(
      attack(with({.name = "archive/x", .content = "/etc/passwd", .unix_mode = 0120777})).code,
      errc::not_a_checkpoint);
  EXPECT_EQ(attack(with({.name = "archive/x", .unix_mode = 0060666})).code,
            errc::unsupported_entry);
  EXPECT_EQ(attack(with({.name = "archive/x/", .content = "x", .unix_mode = 040755})).code,
            errc::damaged_zip);
}

TEST(ZipAttacks, N56_ManyTinyRecords) {
  std::vector<ZipMember> members;
  for (int i = 0; i < 60'000; ++i) members.push_back({.name = "archive/data/" + std::to_string(i)});
  EXPECT_FALSE(attack(torch_zip(kGood, members)).code);
}

TEST(ZipAttacks, N57_VersionsAndByteOrders) {
  const auto version = [](const std::string& text) {
    return attack(zip({{.name = "archive/data.pkl", .content = kGood},
                       {.name = "archive/version", .content = text}}))
        .code;
  };
  EXPECT_EQ(version("99"), errc::unsupported_format);
  EXPECT_EQ(version(""), errc::unsupported_format);
  EXPECT_EQ(version("3\0"s), errc::unsupported_format);
  EXPECT_EQ(version(std::string(1 << 20, '3')), errc::limit_exceeded);
  EXPECT_FALSE(version("10\n"));
  EXPECT_EQ(attack(zip({{.name = "archive/data.pkl", .content = kGood},
                        {.name = "archive/other", .content = "3"}}))
                .code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack(with({.name = "archive/byteorder", .content = "middle"})).code,
            errc::damaged_checkpoint);
  // Nothing is computed from it.
  for (const char* alignment : {"0", "3", "1099511627776"})
    EXPECT_FALSE(attack(with({.name = "archive/.storage_alignment", .content = alignment})).code);
}

}  // namespace
}  // namespace torchhub::archive
