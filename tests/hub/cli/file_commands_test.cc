// download, state-dict, scan and convert, as a user runs them.

#include <torchhub/tests/hub/cli/command_test.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <filesystem>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::Outcome;

using FileCommandsTest = tests::CommandTest;

TEST_F(FileCommandsTest, Downloads) {
  const Outcome outcome =
      torchhub({"download", weights_url_, home_ / "x.pth", "--sha256", "C0F7955A"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(tests::read_file(home_ / "x.pth"), tests::read_file(kWeights));
  EXPECT_THAT(
      outcome.out,
      HasSubstr(
          "x.pth  88341  c0f7955aa4bd453803da5c8daa54c62b25f9e0c9fe64bf3a99c16e793e9bb2eb\n"));
  const json::value document = json_of({"download", weights_url_, home_ / "y.pth", "--json"});
  const json::object& file = document.at("files").as_array().at(0).as_object();
  EXPECT_EQ(file.at("bytes"), json::value(88341));
  EXPECT_EQ(file.at("url"), json::value(weights_url_));
  EXPECT_THAT(failure({"download", weights_url_, home_ / "z.pth", "--sha256", "f37072fd"}),
              HasSubstr("invalid hash value (expected \"f37072fd\""));
  EXPECT_FALSE(fs::exists(home_ / "z.pth"));
}

TEST_F(FileCommandsTest, ShowsACheckpoint) {
  const Outcome outcome = torchhub({"state-dict", kWeights});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("features.3.weight  float32  64 x 32 x 3 x 3  73 728\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("6 tensors, 85 544 bytes in 6 storages (zip format, nothing executed)\n"));
  const json::value document = json_of({"state-dict", kWeights, "--json"});
  EXPECT_EQ(document.at("format"), json::value("zip"));
  const json::object& tensor = document.at("tensors").as_array().at(0).as_object();
  EXPECT_EQ(tensor.at("name"), json::value("features.0.weight"));
  EXPECT_EQ(tensor.at("shape"), (json::value{32, 1, 3, 3}));
  EXPECT_EQ(tensor.at("bytes"), json::value(1152));
}

TEST_F(FileCommandsTest, ShowsWhatIsNoTensor) {
  const std::string root = "}(" + tests::text("epoch") + tests::integer(3) + tests::text("lr") +
                           "G\x7f\xf0" + std::string(6, '\0') + tests::text("esc\x1b[2J") + "](" +
                           tests::text("a") + "N\x88" + "e" + "u";
  tests::write_file(home_ / "values.pt",
                    tests::build_zip({{.name = "a/data.pkl", .content = tests::pickle(root)},
                                      {.name = "a/version", .content = "3"}}));
  const json::value document = json_of({"state-dict", home_ / "values.pt", "--json"});
  EXPECT_EQ(document.at("values").at("epoch"), json::value(3));
  EXPECT_EQ(document.at("values").at("lr"), json::value("Infinity"));
  EXPECT_EQ(document.at("values").at("esc\x1b[2J"), (json::value{"a", nullptr, true}));
  EXPECT_THAT(torchhub({"state-dict", home_ / "values.pt"}).out, HasSubstr("0 tensors"));
}

// Packed again by a zip tool; and a shard with more than its index names.
TEST_F(FileCommandsTest, TellsWhatIsSpecialAboutACheckpoint) {
  const std::string root =
      tests::tensor(tests::storage("ByteStorage", "0", 4), 0, tests::tuple(4), tests::tuple(1));
  const fs::path packed = home_ / "packed.pt";
  tests::write_file(
      packed, tests::build_zip({{.name = "a/data.pkl",
                                 .content = tests::pickle("}" + tests::text("w") + root + "s")},
                                {.name = "a/version", .content = "3"},
                                {.name = "a/data/0", .content = "abcd", .deflate = true}}));
  const std::string note = "1 of its 1 storages are compressed";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"state-dict", packed},
        {"convert", packed, home_ / "out.safetensors"}}) {
    const Outcome outcome = torchhub(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("note: " + packed.string() + ": " + note));
    EXPECT_THAT(outcome.out, Not(HasSubstr(note)));
  }
  EXPECT_EQ(torchhub({"state-dict", packed, "--quiet"}).err, "");
  const json::value document = json_of({"state-dict", packed, "--json", "--digest"});
  ASSERT_EQ(document.at("notes").as_array().size(), 1u);
  EXPECT_THAT(std::string(document.at("notes").at(0).as_string()), HasSubstr(note));
  const json::object& tensor = document.at("tensors").at(0).as_object();
  EXPECT_EQ(tensor.at("compressed"), json::value(true));
  EXPECT_TRUE(tensor.at("offset").is_null());
  EXPECT_EQ(tensor.at("sha256"),
            json::value("88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589"));
  const json::value plain = json_of({"state-dict", kWeights, "--json"});
  EXPECT_FALSE(plain.as_object().contains("notes"));
  EXPECT_FALSE(plain.at("tensors").at(0).as_object().contains("compressed"));
}

TEST_F(FileCommandsTest, ShowsIntegersOfAnySize) {
  tests::write_file(home_ / "large.pt",
                    tests::build_zip({{.name = "a/data.pkl",
                                       .content = tests::pickle("}" + tests::text("n") +
                                                                "L1180591620717411303424L\ns")},
                                      {.name = "a/version", .content = "3"}}));
  EXPECT_EQ(json_of({"state-dict", home_ / "large.pt", "--json"}).at("values").at("n"),
            json::value("1180591620717411303424"));
}

TEST_F(FileCommandsTest, ShowsACheckpointFromAUrl) {
  EXPECT_THAT(torchhub({"state-dict", weights_url_, "--check-hash"}).out, HasSubstr("6 tensors"));
  EXPECT_TRUE(fs::exists(home_ / "torch/hub/checkpoints/digit_reader-c0f7955a.pth"));
}

TEST_F(FileCommandsTest, TellsWhatALenientReaderLeavesOut) {
  const std::string object = tests::global("some.where", "Class") + ")\x81";
  const std::string odd = tests::global("torch", "device") + "N\x85R";
  const std::string root = "}(" + tests::text("bad") + odd + tests::text("list") + object + "(" +
                           tests::integer(3) + "Ne" + tests::text("dict") + object +
                           tests::text("a") + tests::integer(4) + "s" + tests::text("date") +
                           tests::global("datetime", "date") + "C\4\x07\xea\1\2\x85Ru";
  const std::string file = home_ / "odd.pt";
  tests::write_file(file, tests::build_zip({{.name = "a/data.pkl", .content = tests::pickle(root)},
                                            {.name = "a/version", .content = "3"}}));
  const Outcome outcome = torchhub({"state-dict", file, "--lenient"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, StartsWith("warning: left out: bad: a device is named by no text"));
  EXPECT_EQ(torchhub({"state-dict", file, "--lenient", "--quiet"}).err, "");
  const json::value document = json_of({"state-dict", file, "--lenient", "--json"});
  EXPECT_EQ(document.at("unread").at(0).at("name"), json::value("bad"));
  EXPECT_EQ(document.at("values").at("list").at("items"), (json::value{3, nullptr}));
  EXPECT_EQ(document.at("values").at("dict").at("entries").at("a"), json::value(4));
  EXPECT_EQ(document.at("values").at("date"), json::value("2026-01-02"));
  EXPECT_THAT(failure({"state-dict", file}), HasSubstr("a device is named by no text"));
  // Of what was read whole, nothing.
  EXPECT_FALSE(json_of({"state-dict", kWeights, "--json"}).as_object().contains("unread"));
}

TEST_F(FileCommandsTest, DownloadsSeveralFilesIntoAFolder) {
  server_.answer("/a.bin", {.body = "first"});
  server_.answer("/b.bin", {.body = "second"});
  const std::string a = server_.url() + "/a.bin";
  const std::string b = server_.url() + "/b.bin?signature=x";
  const json::value document =
      json_of({"download", a, b, "--output-dir", home_ / "new/weights", "--json"});
  EXPECT_EQ(document.at("files").as_array().size(), 2u);
  EXPECT_EQ(document.at("files").at(1).at("path").as_string(),
            (home_ / "new/weights/b.bin").string());
  EXPECT_EQ(tests::read_file(home_ / "new/weights/a.bin"), "first");
  EXPECT_EQ(tests::read_file(home_ / "new/weights/b.bin"), "second");
}

TEST_F(FileCommandsTest, FinishesTheOtherDownloadsWhenOneFails) {
  server_.answer("/a.bin", {.body = "first"});
  const Outcome outcome = torchhub({"download", server_.url() + "/missing.bin",
                                    server_.url() + "/a.bin", "--output-dir", home_.path()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("torchhub: error: " + server_.url() + "/missing.bin"));
  EXPECT_EQ(tests::read_file(home_ / "a.bin"), "first");
}

TEST_F(FileCommandsTest, RefusesDownloadsThatMakeNoSense) {
  const std::string a = server_.url() + "/x/a.bin";
  const std::string b = server_.url() + "/y/a.bin";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"download", a, b, "--output-dir", home_.path()},
        {"download", a, home_ / "x", "--output-dir", home_.path()},
        {"download", a, b, home_ / "x"},
        {"download", a, home_ / "x", "--sha256", "ab", "--sha256", "cd"},
        {"download", a, home_ / "x", "--header", "no colon"},
        {"download", a, home_ / "x", "--limit-rate", "fast"},
        {"download", a, home_ / "x", "--connections", "0"}}) {
    EXPECT_EQ(torchhub(arguments).status, 2) << testing::PrintToString(arguments);
  }
  EXPECT_EQ(server_.requests().size(), 0u);
}

TEST_F(FileCommandsTest, DownloadsNoTwoUrlsIntoOneFile) {
  const std::string a = server_.url() + "/a.bin";
  const std::string b = server_.url() + "/b.bin";
  const auto refused = [&](const fs::path& folder) {
    const auto outcome = torchhub({"download", a, b, "--output-dir", folder});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.err, HasSubstr("two URLs would both become"));
  };
  tests::write_file(home_ / "there/a.bin", "x");
  fs::create_symlink("a.bin", home_ / "there/b.bin");
  refused(home_ / "there");
  // Once the one has come, the other's link leads to it.
  fs::create_directories(home_ / "later");
  fs::create_symlink(home_ / "later/../later/a.bin", home_ / "later/b.bin");
  refused(home_ / "later");
  fs::create_directories(home_ / "both");
  fs::create_symlink("c.bin", home_ / "both/a.bin");
  fs::create_symlink("../both/a.bin", home_ / "both/b.bin");
  refused(home_ / "both");
  EXPECT_EQ(tests::read_file(home_ / "there/a.bin"), "x");
  EXPECT_EQ(server_.requests().size(), 0u);
}

TEST_F(FileCommandsTest, DownloadsInPlaceOfALinkThatLeadsToItself) {
  server_.answer("/a.bin", {.body = "first"});
  fs::create_symlink("loop", home_ / "loop");
  EXPECT_EQ(torchhub({"download", server_.url() + "/a.bin", home_ / "loop"}).status, 0);
  EXPECT_EQ(tests::read_file(home_ / "loop"), "first");
}

TEST_F(FileCommandsTest, SendsHeadersToTheUrlsOwnServer) {
  server_.answer("/a.bin", {.body = "first"});
  const Outcome outcome = torchhub({"download", server_.url() + "/a.bin", home_ / "a", "--header",
                                    "Authorization: Bearer s3cret"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(server_.requests().front().authorization, "Bearer s3cret");
}

TEST_F(FileCommandsTest, TakesSecretsFromWhereTheProcessListDoesNotShowThem) {
  server_.answer("/a.bin", {.body = "first"});
  const std::string url = server_.url() + "/a.bin";
  tests::write_file(home_ / "headers", "Authorization: Bearer from-a-file\n");
  tests::write_file(home_ / "netrc", "machine 127.0.0.1 login anna password s3cret\n");
  const auto authorization = [&](const tests::Outcome& outcome) {
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return server_.requests().back().authorization;
  };
  EXPECT_EQ(authorization(torchhub(
                {"download", url, home_ / "a", "--header", "@" + (home_ / "headers").string()})),
            "Bearer from-a-file");
  const std::string piped =
      "echo 'Authorization: Bearer from-a-pipe' | hub/cli/torchhub download " + url + " " +
      (home_ / "b").string() + " --header @-";
  EXPECT_EQ(authorization(tests::run({"/bin/sh", "-c", piped}, variables_)), "Bearer from-a-pipe");
  variables_["NETRC"] = home_ / "netrc";
  EXPECT_EQ(authorization(torchhub({"download", url, home_ / "c"})), "Basic YW5uYTpzM2NyZXQ=");
  // The other verbs that fetch a file.
  tests::run({"/bin/sh", "-c", "echo X: | hub/cli/torchhub state-dict --header @- " + url},
             variables_);
  torchhub({"convert", server_.url() + "/b.bin", home_ / "d", "--header",
            "@" + (home_ / "headers").string()});
  EXPECT_EQ(server_.requests().back().authorization, "Bearer from-a-file");
}

TEST_F(FileCommandsTest, BoundsWhatComesAndHowLongItTakes) {
  server_.answer("/a.bin", {.body = std::string(1001, 'x')});
  server_.answer("/silent.bin", {.silent = true});
  const std::string url = server_.url() + "/a.bin";
  EXPECT_THAT(failure({"download", url, home_ / "a", "--max-size", "1000"}),
              HasSubstr("larger than the 1000 bytes"));
  EXPECT_THAT(failure({"state-dict", url, "--max-size", "1000"}),
              HasSubstr("larger than the 1000 bytes"));
  EXPECT_EQ(torchhub({"download", url, home_ / "a", "--max-size", "1001"}).status, 0);
  EXPECT_EQ(torchhub({"download", url, home_ / "b", "--max-size", "0"}).status, 0);
  for (const char* verb : {"download", "state-dict"}) {
    EXPECT_THAT(failure({verb, server_.url() + "/silent.bin", "--deadline", "1"}),
                HasSubstr("did not end within its deadline"));
  }
  EXPECT_EQ(torchhub({"download", url, home_ / "c", "--deadline", "1m"}).status, 0);
  server_.answer("/api/v3/repos/acme/silent", {.silent = true});
  EXPECT_THAT(failure({"list", "acme/silent", "--deadline", "1"}),
              HasSubstr("acme/silent: waiting for the answer: no answer in time"));
  EXPECT_EQ(torchhub({"download", url, home_ / "c", "--deadline", "soon"}).status, 2);
}

TEST_F(FileCommandsTest, ShowsNothingOfAPassword) {
  const std::string port = server_.url().substr(server_.url().rfind(':'));
  for (const std::string userinfo :
       {"user:hunter@zwei", "user:hunter%40zwei", "user:hunter/zwei", "user:hunter?zwei",
        "user:hunter#zwei", "/user:hunterzwei", "user:1234/hunterzwei"}) {
    const std::string url = "https://" + userinfo + "@127.0.0.1" + port + "/none?x=zwei";
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"download", url, home_ / "a"},
                                               {"state-dict", url},
                                               {"scan", url},
                                               {"list", url},
                                               {"--json", "scan", url},
                                               {"lock", url},
                                               {"convert", url, home_ / "b"},
                                               {"list", "acme/digits:main", url},
                                               {"cache", "path", url},
                                               {"state-dict", "--diff", url, "a"}}) {
      const tests::Outcome outcome = torchhub(arguments);
      EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("hunter"))) << arguments.front();
      EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("zwei"))) << arguments.front();
    }
  }
  const std::string host = server_.url().substr(std::string("https://").size());
  for (const std::string userinfo : {"user:hunterzwei", "user:hunter@zwei", "user:hunter%40zwei"}) {
    variables_["GITHUB_SERVER_URL"] = "https://" + userinfo + '@' + host;
    for (const char* repository : {"acme/digits:main", "acme/digits:nope", "acme/none"}) {
      const tests::Outcome outcome = torchhub({"list", repository, "--force-reload"});
      EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("hunter")));
      EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("zwei")));
    }
  }
  server_.answer("/a.bin?x=1", {.body = "first"});
  const std::string authority = server_.url().substr(std::string("https://").size());
  const std::string url = "https://user:hunter@zwei@" + authority + "/a.bin?x=1";
  const boost::json::value came = json_of({"download", url, home_ / "a", "--json"});
  EXPECT_EQ(came.at("files").at(0).at("url"), boost::json::value(server_.url() + "/a.bin?x=1"));
}

TEST_F(FileCommandsTest, ScansFilesWithoutLoadingThem) {
  const std::string evil = tests::build_zip(
      {{.name = "a/data.pkl",
        .content = tests::pickle(tests::global("posix", "system") + tests::text("id") + "\x85R")},
       {.name = "a/version", .content = "3"}});
  tests::write_file(home_ / "evil.pth", evil);
  const Outcome outcome = torchhub({"scan", kWeights, home_ / "evil.pth", home_ / "none.pth"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out,
              StartsWith("safe " + std::string(kWeights) + "\nrefused " +
                         (home_ / "evil.pth").string() + ": posix.system at byte 2\n"));
  EXPECT_THAT(outcome.out, HasSubstr("No such file"));
  EXPECT_EQ(outcome.err, "torchhub: error: 2 of 3 files refused\n");
  EXPECT_EQ(torchhub({"scan", kWeights}).status, 0);
  const Outcome as_json = torchhub({"scan", home_ / "evil.pth", "--json"});
  EXPECT_EQ(as_json.status, 1);
  const json::value file = json::parse(as_json.out).at("files").at(0);
  EXPECT_EQ(file.at("verdict"), "refused");
  EXPECT_EQ(file.at("globals").at(0),
            (json::value{{"name", "posix.system"}, {"offset", 2}, {"allowed", false}}));
}

TEST_F(FileCommandsTest, ScansIndexesAndFolders) {
  const std::string evil = "cposix\nsystem\n(S'id'\ntR.";
  const auto files_of = [&](const fs::path& path, int status) {
    const Outcome outcome = torchhub({"scan", path, "--json"});
    EXPECT_EQ(outcome.status, status) << outcome.err;
    return json::parse(outcome.out).at("files").as_array();
  };
  fs::create_directory(home_ / "model");
  fs::copy(kWeights, home_ / "model/1.bin");
  tests::write_file(home_ / "model/i.json", R"({"weight_map": {"a": "1.bin"}})");
  tests::write_file(home_ / "model/README.md", "# A model");
  const json::array shards = files_of(home_ / "model/i.json", 0);
  ASSERT_EQ(shards.size(), 1u);
  EXPECT_EQ(shards[0].at("file"), json::value((home_ / "model/1.bin").string()));
  EXPECT_EQ(shards[0].at("verdict"), "safe");
  EXPECT_FALSE(shards[0].as_object().contains("cause"));
  EXPECT_EQ(files_of(home_ / "model", 0).size(), 3u);

  tests::write_file(home_ / "model/x.txt", evil);
  tests::write_file(home_ / "model/y.pth", tests::read_file(kWeights).substr(0, 100));
  const json::array files = files_of(home_ / "model", 1);
  ASSERT_EQ(files.size(), 5u);
  EXPECT_EQ(files[1].at("verdict"), "skipped");
  EXPECT_EQ(files[1].at("reason"), "it is a text file");
  EXPECT_EQ(files[3].at("verdict"), "refused");
  EXPECT_EQ(files[3].at("cause"), "code");
  EXPECT_EQ(files[3].at("globals").at(0).at("name"), "posix.system");
  EXPECT_EQ(files[4].at("cause"), "unreadable");
  const Outcome outcome = torchhub({"scan", home_ / "model"});
  EXPECT_THAT(outcome.out, HasSubstr("skipped " + (home_ / "model/README.md").string() +
                                     ": it is a text file\n"));
  EXPECT_EQ(outcome.err, "torchhub: error: 2 of 3 files refused\n");
}

TEST_F(FileCommandsTest, ConvertsComparesAndPicksTensors) {
  const std::string made = home_ / "made.safetensors";
  const json::value converted = json_of({"convert", kWeights, made, "--json"});
  EXPECT_EQ(converted.at("tensors"), json::value(6));
  EXPECT_EQ(torchhub({"state-dict", "--diff", kWeights, made}).out, "no difference\n");
  const json::value picked =
      json_of({"state-dict", made, "--name", "scores.*", "--digest", "--json"});
  ASSERT_EQ(picked.at("tensors").as_array().size(), 2u);
  EXPECT_EQ(picked.at("format"), "safetensors");
  const json::value same =
      json_of({"state-dict", kWeights, "--name", "scores.bias", "--digest", "--json"});
  EXPECT_EQ(same.at("tensors").at(0).at("sha256").as_string().size(), 64u);

  // One bit of the last element's sign.
  std::string changed = tests::read_file(made);
  changed.back() = static_cast<char>(changed.back() ^ '\x80');
  tests::write_file(home_ / "changed.safetensors", changed);
  const json::value diff =
      json_of({"state-dict", "--diff", made, home_ / "changed.safetensors", "--json"});
  ASSERT_EQ(diff.at("changed").as_array().size(), 1u);
  EXPECT_EQ(diff.at("changed").at(0).at("reason"), "values");
  EXPECT_GT(diff.at("changed").at(0).at("max_abs").as_double(), 0);
  EXPECT_TRUE(diff.at("only_a").as_array().empty());
  // A quiet NaN: the field is a number or null.
  changed.replace(changed.size() - 4, 4, "\xFF\xFF\xFF\x7F");
  tests::write_file(home_ / "changed.safetensors", changed);
  const json::value none =
      json_of({"state-dict", "--diff", made, home_ / "changed.safetensors", "--json"});
  EXPECT_TRUE(none.at("changed").at(0).at("max_abs").is_null());
  EXPECT_EQ(torchhub({"state-dict"}).status, 2);
  EXPECT_EQ(torchhub({"state-dict", made, "--diff", made, made}).status, 2);
}

TEST_F(FileCommandsTest, DownloadsToTheStandardOutput) {
  const Outcome outcome = torchhub({"download", weights_url_, "-", "--sha256", "c0f7955a"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, tests::read_file(kWeights));
  EXPECT_FALSE(fs::exists("-"));
  // Not one byte of what is not what was asked for.
  const Outcome wrong =
      torchhub({"download", weights_url_, "-", "--sha256", "f37072fd", "--quiet"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_EQ(wrong.out, "");
  EXPECT_THAT(wrong.err, HasSubstr("invalid hash value"));
  EXPECT_EQ(torchhub({"download", weights_url_, "-", "--json"}).status, 2);
  EXPECT_EQ(torchhub({"download", weights_url_, weights_url_, "-"}).status, 2);
}

TEST_F(FileCommandsTest, ConvertsToTheStandardOutput) {
  ASSERT_EQ(torchhub({"convert", kWeights, home_ / "a.safetensors"}).status, 0);
  const Outcome outcome = torchhub({"convert", kWeights, "-"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, tests::read_file(home_ / "a.safetensors"));
  EXPECT_FALSE(fs::exists("-"));
  EXPECT_EQ(torchhub({"convert", home_ / "none", "-"}).out, "");
  EXPECT_EQ(torchhub({"convert", kWeights, "-", "--json"}).status, 2);
  EXPECT_THAT(tests::run_at_terminal({"hub/cli/torchhub", "convert", kWeights, "-"}, variables_,
                                     "torchhub: error", "")
                  .out,
              HasSubstr("not for a terminal"));
}

TEST_F(FileCommandsTest, WritesNoFileThatIsNamedAsTheStandardOutputIs) {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"export", "a/b", "f", "--input", "1:float32", "--output", "-"},
           {"run", "a", "b", "--output", "-"},
           {"load", "a/b", "f", "--script", "-"},
           {"download", weights_url_, "--output-dir", "-"},
           {"lock", weights_url_, "--lock", "-"}}) {
    const Outcome outcome = torchhub(command);
    EXPECT_EQ(outcome.status, 2) << command[0];
    EXPECT_THAT(outcome.err, HasSubstr("- is the standard output for download and convert alone"));
    EXPECT_FALSE(fs::exists("-")) << command[0];
  }
}

TEST_F(FileCommandsTest, SaysThatAFileMayNotGrowSoLarge) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"download", weights_url_, home_ / "a"},
        std::vector<std::string>{"convert", kWeights, home_ / "b"}}) {
    // In blocks of 512 bytes or of 1024, by the shell; the file has 88,341 bytes.
    std::vector<std::string> limited = {
        "/bin/sh", "-c", "ulimit -f 32; exec \"$@\"", "sh", "hub/cli/torchhub", "--quiet"};
    limited.insert(limited.end(), command.begin(), command.end());
    const Outcome outcome = tests::run(limited, variables_);
    EXPECT_EQ(outcome.status, 1) << command[0];
    EXPECT_THAT(outcome.err, testing::StartsWith("torchhub: error: "));
    EXPECT_THAT(outcome.err, HasSubstr("File too large"));
    EXPECT_FALSE(fs::exists(command[2]));
  }
}

TEST_F(FileCommandsTest, LeavesNothingOfWhatWentToTheStandardOutput) {
  fs::create_directory(home_ / "tmp");
  variables_["TMPDIR"] = home_ / "tmp";
  torchhub({"download", weights_url_, "-"});
  torchhub({"download", weights_url_, "-", "--sha256", "f37072fd"});
  torchhub({"convert", kWeights, "-"});
  EXPECT_TRUE(fs::is_empty(home_ / "tmp"));
}

TEST_F(FileCommandsTest, ShowsNoBytesOfOthersOnATerminal) {
  const Outcome outcome = tests::run_at_terminal(
      {"hub/cli/torchhub", "download", weights_url_, "-"}, variables_, "torchhub: error", "");
  EXPECT_THAT(outcome.out, HasSubstr("not for a terminal"));
}

TEST_F(FileCommandsTest, ReplacesWhatIsReadOnlyByForce) {
  const std::string file = home_ / "x.pth";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"download", weights_url_, file},
        std::vector<std::string>{"convert", kWeights, file},
        std::vector<std::string>{"lock", weights_url_, "--lock", file}}) {
    fs::remove(file);
    tests::write_file(file, "{\"version\": 1, \"repositories\": {}, \"urls\": {}}");
    fs::permissions(file, fs::perms::owner_read);
    EXPECT_THAT(failure(command), HasSubstr("x.pth: is read-only; ")) << command[0];
    EXPECT_EQ(tests::read_file(file), "{\"version\": 1, \"repositories\": {}, \"urls\": {}}");
    std::vector<std::string> forced = command;
    forced.push_back("--force");
    EXPECT_EQ(torchhub(forced).status, 0) << command[0];
    EXPECT_NE(tests::read_file(file), "{\"version\": 1, \"repositories\": {}, \"urls\": {}}");
  }
}

// Of the descriptors that are usual, each file once had two, and its connection one.
TEST_F(FileCommandsTest, DownloadsMoreFilesThanMayBeOpen) {
  server_.answer("/small", {.body = "small"});
  std::string urls;
  for (int i = 0; i < 200; ++i) urls += " " + server_.url() + "/" + std::to_string(i);
  for (int i = 0; i < 200; ++i) server_.answer("/" + std::to_string(i), {.body = "small"});
  for (const char* limit : {"ulimit -n 64", "ulimit -S -n 32"}) {
    const std::string folder = home_ / (std::string(limit) == "ulimit -n 64" ? "hard" : "soft");
    const Outcome outcome = tests::run({"/bin/sh", "-c",
                                        std::string(limit) + "; exec hub/cli/torchhub download" +
                                            urls + " --quiet --no-sync --output-dir " + folder},
                                       variables_);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 200);
  }
}

}  // namespace
}  // namespace torchhub
