// Attacks 58 to 64: the formats before zip, whose storages follow the pickle without a directory.

#include <torchhub/tests/archive/attack.h>

#include <cstdio>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;

const std::string kMagic = pickle("\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19");
const std::string kVersion = pickle("M\xe9\x03");
const std::string kSystem =
    pickle("}(" + text("protocol_version") + "M\xe9\x03" + text("little_endian") + "\x88u");

// ('storage', FloatStorage, key, 'cpu', numel, view)
std::string legacy_storage(const std::string& key, std::int32_t numel,
                           const std::string& view = "N") {
  return "(" + text("storage") + global("torch", "FloatStorage") + text(key) + text("cpu") +
         integer(numel) + view + "tQ";
}

std::string counted(std::uint64_t count, const std::string& data) {
  return little_endian(count, 8) + data;
}

std::string stream(const std::string& object, const std::string& keys, const std::string& data,
                   const std::string& system = kSystem) {
  return kMagic + kVersion + system + pickle(object) + pickle(keys) + data;
}

const std::string kObject = tensor(legacy_storage("k", 12), 0, tuple(12), tuple(1));
const std::string kKeys = "]" + text("k") + "a";
const std::string kData = counted(12, twelve_floats());

TEST(LegacyAttacks, N58_SignaturesAndByteOrder) {
  EXPECT_FALSE(attack(stream(kObject, kKeys, kData)).code);
  EXPECT_EQ(attack(kMagic + pickle("M\xe8\x03") + kSystem).code, errc::unsupported_format);
  EXPECT_EQ(attack(kMagic + pickle("N")).code, errc::unsupported_format);
  EXPECT_EQ(attack(kMagic).code, errc::damaged_pickle);
  // The writer's byte order does not tell that of the data.
  const std::string big = pickle("}" + text("little_endian") + "\x89s");
  const Checkpoint checkpoint = open_bytes(stream(kObject, kKeys, kData, big));
  const auto bytes = checkpoint.bytes("");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            twelve_floats());
  // The first pickles hold data alone.
  EXPECT_EQ(attack(kMagic + kVersion + pickle(global("os", "system"))).code, errc::refused_global);
  EXPECT_EQ(attack(stream(kObject, global("collections", "OrderedDict"), kData)).code,
            errc::refused_global);
}

// Behind the end of such a pickle one unpickler goes on at its STOP, another one at the end of the frame.
TEST(LegacyAttacks, FramesThatGoOnBehindTheirPickle) {
  const auto framed = [](const std::string& body, std::size_t more) {
    return "\x80\x04\x95" + little_endian(body.size() + 1 + more, 8) + body + ".";
  };
  const std::string head = kMagic + kVersion + kSystem;
  const std::string tail = pickle(kKeys) + kData;
  EXPECT_FALSE(attack(head + framed(kObject, 0) + tail).code);
  const Failure failure = attack(head + framed(kObject, pickle(kKeys).size()) + tail);
  EXPECT_EQ(failure.code, errc::damaged_pickle);
  EXPECT_THAT(failure.sentence, HasSubstr("ends before its frame does"));
}

// torch.save(..., pickle_protocol=...), the magic number as each has it.
TEST(LegacyAttacks, N58_Protocols) {
  const std::string rest = kVersion + kSystem + pickle(kObject) + pickle(kKeys) + kData;
  const std::string number = "\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19."s;
  const std::string frame = "\x95\x0d\0\0\0\0\0\0\0"s;
  for (const std::string& magic :
       {"L119547037146038801333356L\n."s, "\x80\3" + number, "\x80\4" + number,
        "\x80\4" + frame + number, "\x80\5" + frame + number})
    EXPECT_EQ(attack(magic + rest).sentence, "(nothing was thrown)");
  for (const std::string& magic :
       {"L119547037146038801333357L\n."s, "L119547037146038801333356\n."s, "\x80\1" + number,
        "\x80\6" + number, "\x80\3" + frame + number, number})
    EXPECT_TRUE(is_one_of(attack(magic + rest), {errc::not_a_checkpoint, errc::unsupported_format}))
        << testing::PrintToString(magic);
}

TEST(LegacyAttacks, N59_KeyLists) {
  EXPECT_THAT(attack(stream(kObject, "]", "")).sentence, HasSubstr("lists 0 storages"));
  EXPECT_EQ(attack(stream(kObject, "]" + text("x") + "a", kData)).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack(stream(kObject, "](" + text("k") + text("k") + "e", kData + kData)).code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack(stream(kObject, "](" + text("k") + text("l") + "e", kData + kData)).code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack(stream(kObject, "]K\1a", kData)).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack(stream(kObject, "}", kData)).code, errc::damaged_checkpoint);
  std::string many = "](";
  for (int i = 0; i < 200'000; ++i) many += text(std::to_string(i));
  EXPECT_EQ(attack(stream(kObject, many + "e", kData)).code, errc::damaged_checkpoint);
}

TEST(LegacyAttacks, N60_CountsThatLie) {
  for (const std::uint64_t count : {std::uint64_t{11}, std::uint64_t{13}, std::uint64_t{0},
                                    ~std::uint64_t{0}, std::uint64_t{1} << 62})
    EXPECT_EQ(attack(stream(kObject, kKeys, counted(count, twelve_floats()))).code,
              errc::damaged_checkpoint);
  // Four terabytes, and no memory for them.
  const std::string huge = tensor(legacy_storage("k", 0x7fffffff), 0, tuple(1), tuple(1));
  EXPECT_EQ(attack(stream(huge, kKeys, counted(0x7fffffff, twelve_floats()))).code,
            errc::damaged_checkpoint);
}

TEST(LegacyAttacks, N61_ViewsBeyondTheirStorage) {
  const auto viewed = [](std::int32_t offset, std::int32_t numel) {
    const std::string view = "(" + text("v") + integer(offset) + integer(numel) + "t";
    return attack(
        stream(tensor(legacy_storage("k", 12, view), 0, tuple(2), tuple(1)), kKeys, kData));
  };
  EXPECT_FALSE(viewed(4, 2).code);
  for (const auto& [offset, numel] : {std::pair{11, 2}, {13, 2}, {-1, 2}, {0, -2}, {0, 13}})
    EXPECT_EQ(viewed(offset, numel).code, errc::damaged_checkpoint);
  EXPECT_EQ(viewed(4, 1).code, errc::damaged_checkpoint);
}

// Of untyped bytes, at which any of them a view may begin.
TEST(LegacyAttacks, N61_ViewsThatBeginInsideAnElement) {
  const auto viewed = [](std::int32_t offset) {
    const std::string bytes = "(" + text("storage") + global("torch.storage", "UntypedStorage") +
                              text("k") + text("cpu") + integer(48) + "(" + text("v") +
                              integer(offset) + integer(8) + "ttQ";
    const std::string floats = global("torch._utils", "_rebuild_tensor_v3") + "(" + bytes +
                               integer(0) + tuple(2) + tuple(1) + "\x89" +
                               global("collections", "OrderedDict") + ")R" +
                               global("torch", "float32") + "tR";
    return attack(stream(floats, kKeys, counted(48, twelve_floats())));
  };
  for (const std::int32_t offset : {0, 4, 40}) EXPECT_FALSE(viewed(offset).code) << offset;
  for (const std::int32_t offset : {1, 2, 3, 7, 38}) {
    EXPECT_EQ(viewed(offset).code, errc::damaged_checkpoint) << offset;
    EXPECT_THAT(viewed(offset).sentence, HasSubstr("begins inside an element"));
  }
}

TEST(LegacyAttacks, N62_TooLittleAndTooMuch) {
  const std::string whole = stream(kObject, kKeys, kData);
  // As torch has it, unless torch.hub would take what follows for the file.
  for (const std::string& more : {"x"s, std::string(4096, '\0'), whole})
    EXPECT_FALSE(attack(whole + more).code);
  EXPECT_EQ(attack(whole + torch_zip(pickle("N"))).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack(whole + torch_zip(pickle("N")) + "x").code, errc::damaged_checkpoint);
  // In the last storage, too; but a signature alone is a number as any other.
  std::string data = twelve_floats();
  data.replace(0, 4, "PK\5\6");
  EXPECT_FALSE(attack(stream(kObject, kKeys, counted(12, data))).code);
  const std::string empty = tests::build_zip({});
  data.replace(data.size() - empty.size(), empty.size(), empty);
  EXPECT_EQ(attack(stream(kObject, kKeys, counted(12, data))).code, errc::damaged_checkpoint);
  for (std::size_t size = kMagic.size(); size < whole.size(); ++size)
    EXPECT_TRUE(attack(whole.substr(0, size)).code) << size;
}

TEST(LegacyAttacks, N63_ModulesWithTheirSource) {
  EXPECT_EQ(attack(stream("(" + text("module") + global("collections", "OrderedDict") + text("f") +
                              text("import os") + "tQ",
                          "]", ""))
                .code,
            errc::unsupported_format);
}

// A ustar header and its content, padded.
std::string member(const std::string& name, const std::string& content, char type = '0',
                   const std::string& size = "") {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  char octal[13];
  std::snprintf(octal, sizeof octal, "%011zo", content.size());
  header.replace(124, 11, size.empty() ? std::string(octal) : size);
  header[156] = type;
  header.replace(257, 5, "ustar");
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(octal, sizeof octal, "%06o", sum);
  header.replace(148, 6, octal, 6);
  header[154] = '\0';
  return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

// A checkpoint that tarfile, which torch.load asks first, would take for a tar archive: its first 512
// bytes are a header with the right checksum, of a file whose name no terminal shows.
std::string with_tar_header(std::string file, bool in_binary) {
  constexpr std::size_t kSum = 148;
  file.replace(kSum, 8, "        ");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(file[i]);
  char octal[9];
  std::snprintf(octal, sizeof octal, "%06o", sum);
  std::string field = std::string(octal, 6) + std::string("\0 ", 2);
  if (in_binary) {
    field = std::string("\x80\0\0\0\0\0", 6);
    field += {static_cast<char>(sum >> 8), static_cast<char>(sum)};
  }
  return file.replace(kSum, 8, field);
}

const std::string kTarStorages =
    pickle("K\1") + pickle("(K\5" + text("cpu") + global("torch", "FloatStorage") + "t") +
    counted(12, twelve_floats()) + pickle("]");

std::string tar_tensors(std::uint32_t rank, const std::string& numbers) {
  return pickle("K\1") + pickle("(K\7K\5" + global("torch", "FloatTensor") + "t") +
         little_endian(rank, 4) + little_endian(0, 4) + numbers;
}

const std::string kTarTensors =
    tar_tensors(1, little_endian(12, 8) + little_endian(1, 8) + little_endian(0, 8));

std::string tar(const std::string& storages = kTarStorages,
                const std::string& tensors = kTarTensors,
                const std::string& object = pickle("K\7Q"), const std::string& more = "") {
  return member("sys_info", pickle("}")) + member("storages", storages) +
         member("tensors", tensors) + member("pickle", object) + more + std::string(1024, '\0');
}

TEST(LegacyAttacks, N64_TarArchivesThatAreSomethingElse) {
  const std::string padding = "X" + little_endian(600, 4) + std::string(600, 'x');
  const std::string file =
      kMagic + kVersion + kSystem + pickle("(" + padding + kObject + "t") + pickle(kKeys) + kData;
  EXPECT_FALSE(attack(file).code);
  for (const bool in_binary : {false, true}) {
    std::string tarred = with_tar_header(file, in_binary);
    // The text takes any bytes but those of no character.
    const Failure failure = attack(tarred);
    EXPECT_EQ(failure.code, errc::damaged_checkpoint);
    EXPECT_THAT(failure.sentence, HasSubstr("a tar archive as well"));
    tarred[0x1ff] = 'y';
    EXPECT_THAT(attack(tarred).sentence, testing::Not(HasSubstr("a tar archive as well")));
  }
  // safetensors, and a bare pickle.
  const std::string header = "{\"__metadata__\":{\"x\":\"" + std::string(600, 'x') + "\"}}";
  const std::string safetensors = little_endian(header.size(), 8) + header;
  EXPECT_FALSE(attack(safetensors).code);
  EXPECT_THAT(attack(with_tar_header(safetensors, true)).sentence,
              HasSubstr("a tar archive as well"));
  // Behind a tar archive's end.
  EXPECT_EQ(attack(tar() + torch_zip(pickle("N"))).code, errc::damaged_checkpoint);
}

TEST(LegacyAttacks, N64_Tar) {
  EXPECT_EQ(attack(tar()).sentence, "(nothing was thrown)");
  for (const char type : {'1', '2', '3', '4', '6', '7', 'S', 'x', 'g', 'L'})
    EXPECT_EQ(attack(tar(kTarStorages, kTarTensors, pickle("K\7Q"), member("link", "", type))).code,
              errc::damaged_checkpoint);
  for (const char* name : {"../storages", "/etc/passwd", "more"})
    EXPECT_EQ(attack(tar(kTarStorages, kTarTensors, pickle("K\7Q"), member(name, "x"))).code,
              errc::damaged_checkpoint);
  EXPECT_EQ(attack(tar(kTarStorages, kTarTensors, pickle("K\7Q"), member("pickle", "x"))).code,
            errc::damaged_checkpoint);
  std::string wrong_sum = tar();
  wrong_sum[148] = '7';
  EXPECT_EQ(attack(wrong_sum).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack(member("storages", "x", '0', "77777777777") + std::string(1024, '\0')).code,
            errc::damaged_checkpoint);
  for (const std::uint32_t rank : {0xFFFFFFFFu, 1u << 31, 65u, 2u})
    EXPECT_EQ(attack(tar(kTarStorages, tar_tensors(rank, std::string(24, '\0')))).code,
              errc::damaged_checkpoint)
        << rank;
  EXPECT_EQ(attack(tar(kTarStorages, tar_tensors(1, little_endian(13, 8) + little_endian(1, 8) +
                                                        little_endian(0, 8))))
                .code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack(tar(kTarStorages, kTarTensors, pickle("K\x09Q"))).code,
            errc::damaged_checkpoint);
  // Protocol 0 has the keys in digits.
  EXPECT_EQ(attack(tar(kTarStorages, kTarTensors, "P7\n.")).sentence, "(nothing was thrown)");
  for (const char* key : {"9", "07x", "", "0x7"})
    EXPECT_EQ(attack(tar(kTarStorages, kTarTensors, "P" + std::string(key) + "\n.")).code,
              errc::damaged_checkpoint)
        << key;
  EXPECT_EQ(attack(tar(kTarStorages, kTarTensors, pickle(global("os", "system")))).code,
            errc::refused_global);
  EXPECT_EQ(attack(tar(pickle("K\2") + kTarStorages.substr(pickle("K\1").size()))).code,
            errc::damaged_checkpoint);
}

}  // namespace
}  // namespace torchhub::archive
