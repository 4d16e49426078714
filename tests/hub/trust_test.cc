#include <torchhub/cache/repository_record.h>
#include <torchhub/cache/trust_list.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/trust.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/other_user.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace torchhub {
namespace {

using testing::HasSubstr;
using tests::failure_of;

class TrustTest : public testing::Test {
 protected:
  // A repository that was fetched and that nobody trusts.
  Repository untrusted() {
    const std::filesystem::path folder = paths_.untrusted_repository(key_);
    tests::write_file(folder / "hubconf.py", "def f(): pass\n");
    cache::write_record(paths_, key_, folder, {"", "tree"});
    return {key_, folder, "", "tree"};
  }

  Context asked(bool answer) {
    Context context(paths_);
    context.on_question([this, answer](std::string_view question) {
      ++questions_;
      EXPECT_THAT(std::string(question),
                  HasSubstr("acme_digits does not belong to the list of trusted repositories"));
      return answer;
    });
    return context;
  }

  tests::SharedFolder home_;
  cache::TorchPaths paths_{home_.path()};
  cache::RepositoryKey key_{"acme", "digits", "main"};
  int questions_ = 0;
};

TEST_F(TrustTest, IsNotThereAtFirst) {
  Repository repository = untrusted();
  EXPECT_FALSE(is_trusted(Context(paths_), key_));
  const tests::Failure refused =
      failure_of([&] { TrustGate::admit(Context(paths_), repository, TrustRepo::check); });
  EXPECT_EQ(refused.code, errc::untrusted);
  EXPECT_EQ(refused.code, boost::system::errc::operation_not_permitted);
  EXPECT_THAT(refused.sentence,
              HasSubstr("acme/digits is not trusted: loading it runs its code. Read it in " +
                        repository.folder.string()));
  EXPECT_FALSE(std::filesystem::exists(paths_.trusted_list()));
  EXPECT_FALSE(std::filesystem::exists(paths_.repository(key_)));
}

TEST_F(TrustTest, IsGivenAndWrittenDown) {
  Repository repository = untrusted();
  const python::TrustedSource source =
      TrustGate::admit(Context(paths_), repository, TrustRepo::yes);
  EXPECT_EQ(source.folder(), paths_.repository(key_));
  EXPECT_EQ(repository.folder, paths_.repository(key_));
  EXPECT_TRUE(std::filesystem::exists(source.folder() / "hubconf.py"));
  EXPECT_FALSE(std::filesystem::exists(paths_.untrusted_repository(key_)));
  EXPECT_EQ(tests::read_file(paths_.trusted_list()), "acme_digits\n");
  EXPECT_TRUE(is_trusted(Context(paths_), {"acme", "digits", "another_ref"}));
}

TEST_F(TrustTest, IsAskedForOnce) {
  Repository repository = untrusted();
  TrustGate::admit(asked(true), repository, TrustRepo::check);
  TrustGate::admit(asked(true), repository, TrustRepo::check);
  EXPECT_EQ(questions_, 1);
  EXPECT_EQ(tests::read_file(paths_.trusted_list()), "acme_digits\n");
}

TEST_F(TrustTest, IsAskedForAgainAfterANo) {
  Repository repository = untrusted();
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(
        failure_of([&] { TrustGate::admit(asked(false), repository, TrustRepo::check); }).code,
        errc::untrusted);
    EXPECT_EQ(questions_, i);
  }
  EXPECT_FALSE(std::filesystem::exists(paths_.trusted_list()));
}

TEST_F(TrustTest, IsAskedForAlsoWhenGivenIfTheCallerWantsThat) {
  Repository repository = untrusted();
  TrustGate::admit(Context(paths_), repository, TrustRepo::yes);
  TrustGate::admit(asked(true), repository, TrustRepo::ask);
  EXPECT_EQ(questions_, 1);
  EXPECT_EQ(failure_of([&] { TrustGate::admit(asked(false), repository, TrustRepo::ask); }).code,
            errc::untrusted);
}

TEST_F(TrustTest, IsBuiltInForPyTorchsOwners) {
  for (const char* owner : {"facebookresearch", "facebookincubator", "pytorch", "fairinternal"}) {
    EXPECT_TRUE(is_trusted(Context(paths_), {owner, "x", "main"})) << owner;
  }
  EXPECT_FALSE(is_trusted(Context(paths_), {"PyTorch", "x", "main"}));
  EXPECT_FALSE(is_trusted(Context(paths_), {"pytorch_", "x", "main"}));
}

TEST_F(TrustTest, IsInheritedFromAFolderThatHoldsARepository) {
  tests::write_file(paths_.repository(key_) / "hubconf.py", "def f(): pass\n");
  EXPECT_TRUE(is_trusted(Context(paths_), key_));
  EXPECT_FALSE(is_trusted(Context(paths_), {"acme", "digits", "dev"}));
  // torch.hub would take an empty folder, too.
  std::filesystem::create_directories(paths_.repository({"evil", "x", "main"}));
  EXPECT_FALSE(is_trusted(Context(paths_), {"evil", "x", "main"}));
}

TEST_F(TrustTest, InPyTorchsOwnersIsInThoseOfThePublicGithub) {
  Context elsewhere(paths_);
  GithubEndpoints github;
  github.web = "https://git.example.com";
  elsewhere.github(github);
  EXPECT_FALSE(is_trusted(elsewhere, {"pytorch", "vision", "main"}));
  // Other spellings of the public one.
  for (const char* web : {"https://github.com", "https://GitHub.com/", "https://github.com:443"}) {
    github.web = web;
    EXPECT_TRUE(is_trusted(Context(paths_).github(github), {"pytorch", "vision", "main"})) << web;
  }
}

TEST_F(TrustTest, OnTheListIsForTheServerThatItWasGivenFor) {
  Repository repository = untrusted();
  TrustGate::admit(Context(paths_), repository, TrustRepo::yes);
  GithubEndpoints github;
  github.web = "https://git.example.com";
  const Context elsewhere = Context(paths_).github(github);
  EXPECT_TRUE(is_trusted(Context(paths_), {"acme", "digits", "dev"}));
  EXPECT_FALSE(is_trusted(elsewhere, {"acme", "digits", "dev"}));
  // Python's torch.hub does not say for which.
  cache::add_to_trust_list(paths_.trusted_list(), "acme_other");
  EXPECT_TRUE(is_trusted(elsewhere, {"acme", "other", "dev"}));
}

TEST_F(TrustTest, OnTheListIsInOneOfTwoNamesakes) {
  key_ = {"a_b", "c", "main"};
  Repository repository = untrusted();
  TrustGate::admit(Context(paths_), repository, TrustRepo::yes);
  EXPECT_EQ(tests::read_file(paths_.trusted_list()), "a_b_c\n");
  EXPECT_EQ(tests::read_file(paths_.trusted_servers()), "https://github.com a_b/c\n");
  EXPECT_TRUE(is_trusted(Context(paths_), {"a_b", "c", "dev"}));
  EXPECT_FALSE(is_trusted(Context(paths_), {"a", "b_c", "dev"}));
  EXPECT_FALSE(is_trusted(Context(paths_), {"a", "b_c", "main"}));
  // Python's torch.hub does not say which.
  cache::add_to_trust_list(paths_.trusted_list(), "d_e_f");
  EXPECT_TRUE(is_trusted(Context(paths_), {"d_e", "f", "dev"}));
  EXPECT_TRUE(is_trusted(Context(paths_), {"d", "e_f", "dev"}));
}

TEST_F(TrustTest, IsNotInAnotherFolderOfThatName) {
  Repository repository = untrusted();
  std::filesystem::rename(repository.folder, paths_.untrusted() / "aside");
  tests::write_file(repository.folder / "hubconf.py", "evil()\n");
  const tests::Failure refused =
      failure_of([&] { TrustGate::admit(Context(paths_), repository, TrustRepo::yes); });
  EXPECT_EQ(refused.code, errc::untrusted);
  EXPECT_THAT(refused.sentence, HasSubstr("is not the folder that acme/digits was fetched into"));
  EXPECT_FALSE(std::filesystem::exists(paths_.repository(key_)));
  // Nor is that one found again, offline or not.
  EXPECT_EQ(failure_of([&] {
              get_repository(Context(paths_).offline(true), "acme/digits:main", FetchOptions());
            }).code,
            errc::offline);
  std::filesystem::remove_all(repository.folder);
  std::filesystem::rename(paths_.untrusted() / "aside", repository.folder);
  TrustGate::admit(Context(paths_), repository, TrustRepo::yes);
  EXPECT_EQ(repository.folder, paths_.repository(key_));
}

TEST_F(TrustTest, OfAUrlIsInARepositorysReleasesAlone) {
  GithubEndpoints github;
  const auto is_admitted = [&](const std::string& url) {
    const Context context = Context(paths_).github(github);
    return failure_of([&] { TrustGate::admit_url(context, url, TrustRepo::check); }).code !=
           errc::untrusted;
  };
  for (const char* url :
       {"https://github.com/pytorch/vision/releases/download/v1/model.pt",
        "https://GITHUB.com:443/pytorch/vision/releases/download/v1/model.pt",
        "https://github.com/pytorch/vision/releases/download/a/b/model.pt?x=/../y",
        "https://github.com/pytorch/vision/releases/download/v1/a%20b%2B.pt"})
    EXPECT_TRUE(is_admitted(url)) << url;
  for (const char* path :
       {"pytorch/vision/suites/1/artifacts/2", "pytorch/vision/files/1/model.pt",
        "pytorch/vision/raw/refs/pull/1/head/model.pt", "pytorch/vision/zipball/main",
        "pytorch/vision/releases/latest/download/model.pt", "pytorch/vision/releases/download/v1",
        "pytorch/vision/releases/download//model.pt", "pytorch/vision/RELEASES/download/v1/m.pt",
        "pytorch/vision/releases/download/v1/../../../../../evil/x/releases/download/v1/m.pt",
        "pytorch/vision/releases/download/%2e%2e/%2E%2e/%2e./.%2e/evil/x/m.pt",
        "pytorch/vision/releases/download/v1/%2e%2e%2f%2e%2e%2fm.pt",
        "pytorch/vision/releases/download/v1/%252e%252e/m.pt",
        "pytorch/vision/releases/download/v1/..%5Cm.pt", "pytorch/vision/releases/download/./m.pt",
        "pytorch/../evil/releases/download/v1/m.pt",
        "pytorch/%2e%2e/evil/x/releases/download/v1/m.pt",
        "pytorch/vision:x/releases/download/v1/m.pt", "acme/x/releases/download/v1/m.pt"})
    EXPECT_FALSE(is_admitted(std::string("https://github.com/") + path)) << path;
  for (const char* url :
       {"http://github.com/pytorch/vision/releases/download/v1/m.pt",
        "https://github.com.evil.com/pytorch/vision/releases/download/v1/m.pt",
        "https://github.com:8443/pytorch/vision/releases/download/v1/m.pt",
        "https://github.com@evil.com/pytorch/vision/releases/download/v1/m.pt",
        "https://evil.com/https://github.com/pytorch/vision/releases/download/v/m"})
    EXPECT_FALSE(is_admitted(url)) << url;
  github.web = "https://example.com/git";
  cache::add_to_trust_list(paths_.trusted_list(), "acme_digits");
  EXPECT_TRUE(is_admitted("https://example.com/git/acme/digits/releases/download/v1/m.pt"));
  EXPECT_FALSE(is_admitted("https://example.com/acme/digits/releases/download/v1/m.pt"));
  EXPECT_FALSE(is_admitted("https://example.com/git/pytorch/vision/releases/download/v1/m.pt"));
}

TEST_F(TrustTest, IsAskedForCodeThatIsNoRepositorys) {
  for (const TrustRepo trust : {TrustRepo::check, TrustRepo::ask, TrustRepo::no}) {
    const tests::Failure failure =
        failure_of([&] { TrustGate::admit_code(Context(paths_), "Importing m", trust); });
    EXPECT_EQ(failure.code, errc::untrusted);
    EXPECT_EQ(failure.sentence, "Importing m runs Python code: allow it with TrustRepo::yes.");
  }
  std::string question;
  bool answer = false;
  Context asking(paths_);
  asking.on_question([&](std::string_view text) {
    question = text;
    return answer;
  });
  const tests::Failure refused =
      failure_of([&] { TrustGate::admit_code(asking, "Importing m", TrustRepo::check); });
  EXPECT_EQ(refused.code, errc::untrusted);
  EXPECT_EQ(refused.sentence, "Untrusted: Importing m was not allowed.");
  EXPECT_EQ(question, "Importing m runs Python code. Do you trust it (y/N)?");
  answer = true;
  TrustGate::admit_code(asking, "Importing m", TrustRepo::ask);
  EXPECT_EQ(failure_of([&] { TrustGate::admit_code(asking, "Importing m", TrustRepo::no); }).code,
            errc::untrusted);
}

// In a cache that several users share.
class SharedTrustTest : public TrustTest {
 protected:
  void SetUp() override {
    if (!tests::has_other_user()) GTEST_SKIP() << tests::kNoOtherUser;
  }

  // Another user has put a folder where torch.hub's trusted ones are.
  Repository planted() {
    const std::filesystem::path folder = paths_.repository(key_);
    tests::as_other_user([&] { tests::write_file(folder / "hubconf.py", "evil()\n"); });
    return {key_, folder, "", ""};
  }
};

TEST_F(SharedTrustTest, IsNotInAFolderThatAnotherUserPlanted) {
  Repository repository = planted();
  EXPECT_FALSE(is_trusted(Context(paths_), key_));
  // Trust in the repository is none in the one who wrote the folder.
  for (const TrustRepo trust : {TrustRepo::check, TrustRepo::yes, TrustRepo::no}) {
    const tests::Failure refused =
        failure_of([&] { TrustGate::admit(Context(paths_), repository, trust); });
    EXPECT_EQ(refused.code, errc::untrusted);
  }
  const tests::Failure refused =
      failure_of([&] { TrustGate::admit(Context(paths_), repository, TrustRepo::yes); });
  EXPECT_THAT(refused.sentence,
              HasSubstr("acme_digits_main belongs to nobody (user 65534), who is neither you nor "
                        "root: it is not run."));
  EXPECT_THAT(refused.sentence,
              HasSubstr("TORCHHUB_SAFE_DIRECTORY=" + repository.folder.string() + " allows"));
  EXPECT_FALSE(std::filesystem::exists(paths_.trusted_list()));
}

TEST_F(SharedTrustTest, IsNotInAFileThatAnotherUserWrote) {
  cache::add_to_trust_list(paths_.trusted_list(), "acme_digits");
  Repository repository = untrusted();
  std::filesystem::permissions(repository.folder, std::filesystem::perms(0777));
  tests::as_other_user([&] { tests::write_file(repository.folder / "models.py", "evil()\n"); });
  EXPECT_THAT(
      failure_of([&] { TrustGate::admit(Context(paths_), repository, TrustRepo::check); }).sentence,
      HasSubstr("models.py belongs to nobody"));
}

TEST_F(SharedTrustTest, IsNotOnAListThatAnotherUserWrote) {
  tests::as_other_user([&] { tests::write_file(paths_.trusted_list(), "acme_digits\n"); });
  EXPECT_FALSE(is_trusted(Context(paths_), key_));
  Repository repository = untrusted();
  const tests::Failure refused =
      failure_of([&] { TrustGate::admit(Context(paths_), repository, TrustRepo::check); });
  EXPECT_EQ(refused.code, errc::untrusted);
  EXPECT_THAT(refused.sentence,
              HasSubstr("trusted_list belongs to nobody (user 65534) and is not believed"));
  const Context safe = Context(paths_).safe_directories({paths_.hub_dir()});
  EXPECT_TRUE(is_trusted(safe, key_));
  // Of the folder's own list it matters whose it is, not who may write beside it.
  std::filesystem::remove(paths_.trusted_list());
  tests::write_file(paths_.trusted_list(), "acme_digits\n");
  EXPECT_TRUE(is_trusted(Context(paths_), key_));
  // What says for which server counts by the same rule.
  tests::write_file(paths_.trusted_servers(), "https://git.example.com acme/digits\n");
  EXPECT_FALSE(is_trusted(Context(paths_), key_));
  ASSERT_EQ(lchown(paths_.trusted_servers().c_str(), tests::kOtherUser, tests::kOtherUser), 0);
  EXPECT_TRUE(is_trusted(Context(paths_), key_));
}

TEST_F(SharedTrustTest, IsNotOnAListByALinkOfAnotherUsers) {
  tests::write_file(home_ / "mine/trusted_list", "acme_digits\n");
  tests::as_other_user(
      [&] { std::filesystem::create_symlink("mine/trusted_list", paths_.trusted_list()); });
  EXPECT_FALSE(is_trusted(Context(paths_), key_));
}

TEST_F(SharedTrustTest, HoldsForOnceWhereItCannotBeWrittenDown) {
  tests::write_file(paths_.trusted_list(), "x_y\n");
  std::filesystem::permissions(paths_.trusted_list(), std::filesystem::perms(0644));
  const auto admit = [&] {
    Repository repository = untrusted();
    std::string messages;
    Context context(paths_);
    context.on_message([&](std::string_view text) { messages += text; });
    const python::TrustedSource source = TrustGate::admit(context, repository, TrustRepo::yes);
    EXPECT_EQ(source.folder(), paths_.repository(key_));
    EXPECT_THAT(messages, HasSubstr("trusted_list: "));
    EXPECT_THAT(messages, HasSubstr("; that acme/digits is trusted is not written down"));
  };
  EXPECT_TRUE(tests::holds_for_other_user(admit));
  EXPECT_EQ(tests::read_file(paths_.trusted_list()), "x_y\n");
  // And so where the list is no file.
  std::filesystem::remove(paths_.trusted_list());
  std::filesystem::remove_all(paths_.repository(key_));
  std::filesystem::remove_all(paths_.own_dir());
  tests::as_other_user([&] { ASSERT_EQ(::mkfifo(paths_.trusted_list().c_str(), 0666), 0); });
  admit();
}

TEST_F(SharedTrustTest, IsEnoughInACacheThatMayNotBeWrittenTo) {
  Repository repository = untrusted();
  std::filesystem::permissions(home_.path(), std::filesystem::perms(0755));
  EXPECT_TRUE(tests::holds_for_other_user([&] {
    std::string messages;
    Context context(paths_);
    context.on_message([&](std::string_view text) { messages += text; });
    EXPECT_EQ(TrustGate::admit(context, repository, TrustRepo::yes).folder(), repository.folder);
    EXPECT_THAT(messages, HasSubstr("; it is used where it is"));
    EXPECT_THAT(messages, HasSubstr("; that acme/digits is trusted is not written down"));
  }));
  EXPECT_FALSE(std::filesystem::exists(paths_.repository(key_)));
}

TEST_F(SharedTrustTest, InAnotherUsersFolderIsGivenByAnAnswerOrASetting) {
  Repository repository = planted();
  cache::add_to_trust_list(paths_.trusted_list(), "acme_digits");
  Context asked(paths_);
  bool answer = true;
  asked.on_question([&](std::string_view question) {
    EXPECT_THAT(std::string(question), HasSubstr("belongs to nobody"));
    return answer;
  });
  EXPECT_EQ(TrustGate::admit(asked, repository, TrustRepo::check).folder(), repository.folder);
  answer = false;
  EXPECT_EQ(failure_of([&] { TrustGate::admit(asked, repository, TrustRepo::check); }).code,
            errc::untrusted);
  const Context safe = Context(paths_).safe_directories({home_.path()});
  EXPECT_EQ(TrustGate::admit(safe, repository, TrustRepo::check).folder(), repository.folder);
}

TEST_F(SharedTrustTest, IsInACopyOfOnesOwnBesideAnotherUsersFolder) {
  planted();
  Repository own = untrusted();
  EXPECT_EQ(TrustGate::admit(Context(paths_), own, TrustRepo::yes).folder(),
            paths_.untrusted_repository(key_));
  EXPECT_EQ(get_repository(Context(paths_), "acme/digits:main", FetchOptions()).folder,
            paths_.untrusted_repository(key_));
  EXPECT_EQ(tests::read_file(paths_.repository(key_) / "hubconf.py"), "evil()\n");
}

}  // namespace
}  // namespace torchhub
