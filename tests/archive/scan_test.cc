#include <torchhub/archive/scan.h>
#include <torchhub/tests/archive/attack.h>

#include <cstdio>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;

Scan scan(const std::string& file) { return scan_checkpoint(std::as_bytes(std::span(file))); }

TEST(Scan, NamesEveryGlobalAndWhereItIs) {
  const Scan result =
      scan(torch_zip(pickle("(" + global("collections", "OrderedDict") + global("posix", "system") +
                            text("id") + "\x85R" + global("sys", "exit") + ")Rt")));
  EXPECT_FALSE(result.is_safe);
  EXPECT_EQ(result.reason, "posix.system at byte 28");
  ASSERT_EQ(result.globals.size(), 3u);
  EXPECT_EQ(result.globals[0].name, "collections.OrderedDict");
  EXPECT_TRUE(result.globals[0].is_allowed);
  EXPECT_EQ(result.globals[0].offset, 3u);
  EXPECT_FALSE(result.globals[1].is_allowed);
  EXPECT_EQ(result.globals[2].name, "sys.exit");
}

TEST(Scan, IsSafeForWhatIsRead) {
  const Scan result = scan(twelve_floats_zip(kWhole));
  EXPECT_TRUE(result.is_safe) << result.reason;
  EXPECT_EQ(result.reason, "");
  EXPECT_EQ(result.format, FileFormat::zip);
}

TEST(Scan, ReadsPicklesThatTorchDidNotWrite) {
  EXPECT_EQ(scan(pickle(global("posix", "system") + text("id") + "\x85R")).reason,
            "posix.system at byte 2");
  // Protocol 0, which begins with no number.
  EXPECT_EQ(scan("cposix\nsystem\n(S'id'\ntR.").reason, "posix.system at byte 0");
  EXPECT_EQ(scan("(iposix\nsystem\n.").reason, "posix.system at byte 1");
  EXPECT_TRUE(scan(pickle("}")).is_safe);
}

// torch.load looks for a tar archive first, torch.hub for a zip archive at a file's end.
TEST(Scan, IsNotSafeForAFileThatIsTwo) {
  std::string file = pickle("X" + little_endian(600, 4) + std::string(600, 'x'));
  EXPECT_TRUE(scan(file).is_safe);
  EXPECT_FALSE(scan(file.substr(0, file.size() - 1) + "(N1." + torch_zip(pickle("N"))).is_safe);
  file.replace(148, 8, "        ");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(file[i]);
  char octal[8];
  std::snprintf(octal, sizeof octal, "%07o", sum);
  file.replace(148, 7, octal, 7);
  EXPECT_EQ(scan(file).reason, "it is a tar archive as well");
}

// A scanner that stops at the damage, and a loader that does not get that far.
TEST(Scan, IsNotSafeForWhatCannotBeRead) {
  const std::string evil = pickle(global("posix", "system") + text("id") + "\x85R");
  EXPECT_EQ(scan(torch_zip(evil.substr(0, evil.size() - 3))).reason, "posix.system at byte 2");
  EXPECT_FALSE(scan(torch_zip(pickle("NN"))).is_safe);
  EXPECT_FALSE(scan("nothing of the kind").is_safe);
  EXPECT_FALSE(scan("").is_safe);
  const Scan wrong_crc =
      scan(tests::build_zip({{.name = "a/data.pkl", .content = pickle("N"), .crc32 = 7},
                             {.name = "a/version", .content = "3"}}));
  EXPECT_FALSE(wrong_crc.is_safe);
  EXPECT_THAT(wrong_crc.reason, HasSubstr("CRC"));
}

TEST(Scan, LooksIntoZipsAroundCheckpoints) {
  const std::string inner = torch_zip(pickle(global("posix", "system")));
  for (const bool deflate : {false, true})
    EXPECT_EQ(
        scan(tests::build_zip({{.name = "m.pth", .content = inner, .deflate = deflate}})).reason,
        "posix.system at byte 2");
}

TEST(Lenient, ReadsWhatItDoesNotKnowWithoutMakingIt) {
  const std::string body = global("evil", "Model") + ")\x81}(" + text("_parameters") + "}" +
                           text("w") + kWhole + "s" + text("_buffers") + "}" + text("_modules") +
                           "}" + text("sub") + global("evil", "Layer") + ")\x81}" + text("b") +
                           kWhole + "sbsub";
  EXPECT_EQ(attack_pickle(body).code, errc::refused_global);
  const Checkpoint checkpoint = open_bytes(twelve_floats_zip(body), OpenOptions().lenient(true));
  EXPECT_EQ(checkpoint.root().kind(), Value::Kind::object);
  EXPECT_EQ(checkpoint.root().string(), "evil.Model");
  ASSERT_EQ(checkpoint.tensors().size(), 2u);
  EXPECT_EQ(checkpoint.tensors()[0].name, "w");
  EXPECT_EQ(checkpoint.tensors()[1].name, "sub.b");
}

}  // namespace
}  // namespace torchhub::archive
