// torchhub cache, as a user runs it on a cache with a repository and a checkpoint in it.

#include <torchhub/tests/hub/cli/command_test.h>

#include <filesystem>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using tests::Outcome;

constexpr const char* kName = "digit_reader-c0f7955a.pth";

class CacheCommandTest : public tests::CommandTest {
 protected:
  void fill() {
    EXPECT_EQ(torchhub({"list", "acme/digits"}).status, 0);
    EXPECT_EQ(torchhub({"state-dict", weights_url_}).status, 0);
  }

  json::value where_is(const std::string& object) {
    return json_of({"cache", "path", object, "--json"});
  }

  const fs::path hub_ = home_ / "torch/hub";
  const fs::path checkpoint_ = hub_ / "checkpoints" / kName;
};

TEST_F(CacheCommandTest, ListsWhatIsThere) {
  EXPECT_THAT(torchhub({"cache", "list"}).out, HasSubstr("0 repositories and 0 checkpoints"));
  fill();
  EXPECT_THAT(torchhub({"cache", "list"}).out,
              AllOf(HasSubstr("acme/digits:main (not trusted)"), HasSubstr(kName),
                    HasSubstr("1 repositories and 1 checkpoints")));
  const json::value listed = json_of({"cache", "list", "--json"});
  const json::value& repository = listed.at("repositories").at(0);
  EXPECT_EQ(repository.at("owner"), "acme");
  EXPECT_EQ(repository.at("ref"), "main");
  EXPECT_EQ(repository.at("commit"), json::value(tests::HubServer::commit("acme/digits", "main")));
  EXPECT_EQ(repository.at("trusted"), false);
  const json::value& checkpoint = listed.at("checkpoints").at(0);
  EXPECT_EQ(checkpoint.at("name"), kName);
  EXPECT_EQ(checkpoint.at("bytes"), fs::file_size(checkpoint_));
  EXPECT_EQ(checkpoint.at("sha256").as_string().subview(0, 8), "c0f7955a");
  EXPECT_EQ(checkpoint.at("url"), json::value(weights_url_));
}

TEST_F(CacheCommandTest, TellsWhereThingsBelong) {
  EXPECT_EQ(where_is(weights_url_),
            (json::value{{"path", checkpoint_.string()}, {"cached", false}}));
  EXPECT_EQ(where_is("acme/digits").at("path"), json::value((hub_ / "acme_digits_main").string()));
  fill();
  EXPECT_EQ(where_is(weights_url_).at("cached"), true);
  EXPECT_EQ(where_is("acme/digits").at("cached"), true);
  EXPECT_THAT(torchhub({"cache", "path", "acme/digits"}).out,
              MatchesRegex(".*/untrusted/acme_digits_main\n"));
  // The index of a checkpoint in several files has a folder of its own.
  EXPECT_THAT(torchhub({"cache", "path", "https://example.com/a/x.index.json?download=true"}).out,
              MatchesRegex(".*/hub/checkpoints/sharded-[0-9a-f]{16}/x\\.index\\.json\n"));
  EXPECT_EQ(torchhub({"cache", "path", "https://example.com/"}).status, 1);
}

TEST_F(CacheCommandTest, FindsWhatIsDamagedAndPutsItAway) {
  fill();
  EXPECT_EQ(torchhub({"cache", "verify"}).status, 0);
  tests::write_file(checkpoint_, "damaged");
  const Outcome found = torchhub({"cache", "verify"});
  EXPECT_EQ(found.status, 1);
  EXPECT_THAT(found.out, HasSubstr("damaged  " + checkpoint_.string() + ": expected c0f7955a"));
  EXPECT_THAT(found.err, HasSubstr("1 of 2 things in the cache are not what they were"));
  EXPECT_TRUE(fs::exists(checkpoint_));

  const Outcome put_away = torchhub({"cache", "verify", "--quarantine", "--json"});
  EXPECT_EQ(put_away.status, 1);
  const json::value document = json::parse(put_away.out);
  const json::value& entry = document.at("checkpoints").at(0);
  EXPECT_EQ(entry.at("verdict"), "damaged");
  EXPECT_TRUE(fs::exists(std::string(entry.at("quarantine").as_string())));
  EXPECT_FALSE(fs::exists(checkpoint_));
  EXPECT_EQ(torchhub({"cache", "verify"}).status, 0);
}

TEST_F(CacheCommandTest, PrunesWhatIsTooMuch) {
  fill();
  EXPECT_EQ(torchhub({"cache", "prune"}).status, 2);
  EXPECT_THAT(torchhub({"cache", "prune", "--older-than", "30d"}).out,
              HasSubstr("0 bytes removed"));
  EXPECT_THAT(
      torchhub({"cache", "prune", "--max-size", "1", "--dry-run"}).out,
      AllOf(HasSubstr("would remove  acme/digits:main"), HasSubstr("would remove  digit_")));
  EXPECT_TRUE(fs::exists(checkpoint_));
  const json::value pruned = json_of({"cache", "prune", "--max-size", "1", "--json"});
  EXPECT_EQ(pruned.at("dry_run"), false);
  EXPECT_EQ(pruned.at("checkpoints").at(0).at("path"), json::value(checkpoint_.string()));
  EXPECT_FALSE(fs::exists(checkpoint_));
  EXPECT_THAT(torchhub({"cache", "list"}).out, HasSubstr("0 repositories and 0 checkpoints"));
}

}  // namespace
}  // namespace torchhub
