// What load takes and shows, as a user runs it.

#include <torchhub/tests/hub/cli/command_test.h>

#include <boost/json/serialize.hpp>

#include <filesystem>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;
using tests::Outcome;

class LoadCommandTest : public tests::CommandTest {};

constexpr const char* kResults = R"(
import torch
def number(): return 3.5
def plain():
    return {'wide': 1 << 64, 'text': 'anchor \x1b[8m\u00e9', 'nothing': None,
            'tensor': torch.zeros(2, 3, dtype=torch.int64), 'long': list(range(205))}
def helper():
    def add(x, y=1):
        "Adds."
        return x + y
    return add
def pair(): return torch.nn.Linear(64, 2), {'labels': ['quay', 7], 'f': torch.nn.Linear(64, 1).eval()}
class Recording(torch.nn.Module):
    def forward(self, x): return {'mode': torch.tensor(self.training), 'gradients': torch.tensor(torch.is_grad_enabled())}
def recording(): return Recording()
)";

TEST_F(LoadCommandTest, ShowsResultsOfAnyKind) {
  add_repository("acme/kinds", kResults);
  const auto shown = [&](const char* entry) {
    const Outcome outcome = torchhub({"load", "acme/kinds", entry, "--trust-repo"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.out;
  };
  EXPECT_EQ(shown("number"), "type        float\nvalue       3.5\n");
  EXPECT_EQ(shown("helper"),
            "type        function\nsignature   helper.<locals>.add(x, y=1)\ndocstring   Adds.\n");
  const std::string plain_text = shown("plain");
  EXPECT_THAT(plain_text, HasSubstr("type        dict\nelements    5\n"
                                    "wide      int           18446744073709551616\n"
                                    "text      str           anchor \\x1b[8m\xC3\xA9\n"
                                    "nothing   NoneType      null\n"
                                    "tensor    torch.Tensor  int64  2 x 3\n"
                                    "long      list          205 elements\n"
                                    "long[0]   int           0\n"));
  EXPECT_THAT(plain_text, testing::EndsWith("long[99]  int           99\n...       105 more\n"));
  EXPECT_EQ(shown("pair"),
            "type        tuple\nelements    2\n"
            "[0]            torch.nn.modules.linear.Linear  130 parameters\n"
            "[1]            dict                            2 elements\n"
            "[1].labels     list                            2 elements\n"
            "[1].labels[0]  str                             quay\n"
            "[1].labels[1]  int                             7\n"
            "[1].f          torch.nn.modules.linear.Linear  65 parameters\n");
  const json::value document = json_of({"load", "acme/kinds", "pair", "--json"});
  EXPECT_EQ(document.at("type"), json::value("tuple"));
  EXPECT_EQ(document.at("parameters"), json::value(nullptr));
  EXPECT_EQ(document.at("length"), json::value(2));
  EXPECT_EQ(document.at("elements").at(0).at("parameters"), json::value(130));
  EXPECT_EQ(document.at("elements").at(1).at("elements").at(0).at("name"), json::value("labels"));
  const json::value plain = json_of({"load", "acme/kinds", "plain", "--json"});
  EXPECT_EQ(plain.at("elements").at(0).at("value"), json::value("18446744073709551616"));
  EXPECT_EQ(plain.at("elements").at(3).at("shape"), json::parse("[2, 3]"));
}

TEST_F(LoadCommandTest, SelectsAPartOfTheResult) {
  add_repository("acme/kinds", kResults);
  const std::vector<std::string> pair = {"load", "--trust-repo", "acme/kinds", "pair"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> command = pair;
    command.insert(command.end(), more.begin(), more.end());
    return command;
  };
  EXPECT_THAT(torchhub(with({"--select", "-1", "--select", "f"})).out,
              HasSubstr("parameters  65\n"));
  EXPECT_THAT(torchhub(with({"--select=0", "--select=weight"})).out,
              HasSubstr("tensor      float32  2 x 64\n"));
  EXPECT_EQ(
      json_of(with({"--select", "1", "--select", "labels", "--select", "0", "--json"})).at("value"),
      json::value("quay"));
  EXPECT_THAT(failure(with({"--select", "2"})),
              HasSubstr("--select 2: the tuple has no part of this name; it has 0, 1"));
  EXPECT_THAT(failure(with({"--run", "hub/examples/seven.pt"})),
              HasSubstr("pair returned what cannot be called, a tuple; --select KEY takes a part"));
  EXPECT_THAT(failure({"export", "acme/kinds", "pair", "--input", "1x64:float32", "--format",
                       "torchscript", "--output", home_ / "x.pt"}),
              HasSubstr("--select KEY takes a part"));
  EXPECT_EQ(torchhub({"export", "acme/kinds", "pair", "--select", "1", "--select", "f", "--input",
                      "1x64:float32", "--format", "torchscript", "--output", home_ / "x.pt"})
                .status,
            0);
  EXPECT_TRUE(fs::exists(home_ / "x.pt"));
}

TEST_F(LoadCommandTest, RunsAModelAsExportDoesOrAsItCame) {
  add_repository("acme/kinds", kResults);
  const std::vector<std::string> run = {"load",         "acme/kinds", "recording",
                                        "--trust-repo", "--run",      "hub/examples/seven.pt",
                                        "--json"};
  const auto outputs = [&](bool train) {
    std::vector<std::string> command = run;
    if (train) command.push_back("--train");
    const json::value document = json_of(command);
    return json::serialize(document.at("output"));
  };
  const auto wanted = [](int mode, int gradients) {
    return R"([{"dtype":"bool","shape":[],"values":[)" + std::to_string(mode) +
           R"(],"name":"mode"},{"dtype":"bool","shape":[],"values":[)" + std::to_string(gradients) +
           R"(],"name":"gradients"}])";
  };
  EXPECT_EQ(outputs(false), wanted(0, 0));
  EXPECT_EQ(outputs(true), wanted(1, 1));
  EXPECT_THAT(torchhub({"load", "acme/kinds", "recording", "--run", "hub/examples/seven.pt"}).out,
              HasSubstr("output      mode  bool  scalar  [0]\noutput      gradients  bool"));
}

TEST_F(LoadCommandTest, ShowsATracebackIfAsked) {
  add_repository("acme/deep", "def f():\n    '\x1b[8m'\n    return {}['odd \x1b[8m key']\n");
  add_repository("acme/fails", "def g(): pass\nraise KeyError('at once')\n");
  EXPECT_THAT(torchhub({"load", "acme/deep", "f", "--trust-repo"}).err,
              Not(HasSubstr("Traceback")));
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"load", "acme/deep", "f"},
           {"export", "acme/deep", "f", "--input", "1:float32", "--output", home_ / "x"},
           {"list", "acme/fails", "--run", "--trust-repo"},
           {"help", "acme/fails", "g", "--run", "--trust-repo"}}) {
    std::vector<std::string> asked = command;
    asked.push_back("--traceback");
    const Outcome outcome = torchhub(asked);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.err, HasSubstr("Traceback (most recent call last):\n")) << command[0];
    EXPECT_THAT(outcome.err, HasSubstr("hubconf.py\", line ")) << command[0];
    EXPECT_THAT(outcome.err, HasSubstr("\ntorchhub: error: ")) << command[0];
    EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
  }
}

TEST_F(LoadCommandTest, PassesEachWordOnAsOneArgument) {
  add_repository("acme/tells", "def f(*args, **kwargs): print('told', args, kwargs)\n");
  const std::vector<std::pair<std::vector<std::string>, const char*>> cases = {
      {{"[1,2,[3]]", "[]", "[\"a,b\"]", "{\"a\":1}", "[x", "]", "[a b]", "\x01[1]", "",
        "sizes=[1,[2]]", "name=[x,y]"},
       "([1, 2, [3]], [], ['a,b'], {'a': 1}, '[x', ']', '[a b]', '\\x01[1]', '') "
       "{'sizes': [1, [2]], 'name': '[x,y]'}"},
      {{"18446744073709551616", "-3", "seed=-9223372036854775809"},
       "(18446744073709551616, -3) {'seed': -9223372036854775809}"},
      {{"--", "--run", "-x", "[1,2]", "--a=[1]", "list", "--"},
       "('--run', '-x', [1, 2], '--a=[1]', 'list', '--') {}"}};
  for (const auto& [words, told] : cases) {
    std::vector<std::string> command = {"load", "--trust-repo", "acme/tells", "f"};
    command.insert(command.end(), words.begin(), words.end());
    EXPECT_THAT(torchhub(command).err, HasSubstr(std::string("told ") + told + "\n"));
  }
  EXPECT_THAT(torchhub({"load", "--trust-repo", "acme/tells", "f", "\xEF\xAC\x81=1", "\xC3\xA9=2",
                        "x\xC2\xB2=3"})
                  .err,
              HasSubstr("stands after a KEY=VALUE one"));
  EXPECT_THAT(torchhub({"load", "--trust-repo", "acme/tells", "f", "x\xC2\xB2=3", "\xEF\xAC\x81=1",
                        "\xC3\xA9=2"})
                  .err,
              HasSubstr("told ('x\xC2\xB2=3',) {'fi': 1, '\xC3\xA9': 2}\n"));
  EXPECT_THAT(torchhub({"list", "[no,such]"}).err, HasSubstr("[no,such]"));
  EXPECT_THAT(torchhub({"list", "a/b", "[too,many]"}).err, HasSubstr("[too,many]"));
}

// Python runs what a repository registered with atexit at its own end; results stay alone on stdout.
TEST_F(LoadCommandTest, RunsWhatTheRepositoryRegisteredForTheEnd) {
  add_repository("acme/ends", R"(
import atexit, threading, time
atexit.register(print, 'first registered')
def f():
    atexit.register(print, 'last registered')
    return 1
def g(): raise ValueError('v')
def h():
    def spin():
        while True: sum(range(1000))
    threading.Thread(target=spin, daemon=True).start()
    return f()
)");
  for (const char* entry : {"f", "h"}) {
    const Outcome outcome = torchhub({"load", "acme/ends", entry, "--trust-repo"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.out, "type        int\nvalue       1\n");
    EXPECT_THAT(outcome.err, HasSubstr("last registered\nfirst registered\n"));
  }
  const Outcome failed = torchhub({"load", "acme/ends", "g", "--trust-repo"});
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.out + failed.err, HasSubstr("first registered\n"));
}

// Half of a surrogate pair has no UTF-8; Python shows it written out.
TEST_F(LoadCommandTest, ShowsTextsThatAreNoUtf8) {
  add_repository("acme/halves",
                 "def f(): return ['\\udc80', 'ok', 'a\\ud83d']\n"
                 "def h(): 'Doc \\udc80.'\n"
                 "def i(): raise ValueError('v \\udc80')\n");
  const auto shown = [&](const char* entry) {
    return torchhub({"load", "acme/halves", entry, "--trust-repo"});
  };
  const std::string out = shown("f").out;
  EXPECT_THAT(out, HasSubstr("  str  \\udc80\n"));
  EXPECT_THAT(out, HasSubstr("  str  a\\ud83d\n"));
  EXPECT_THAT(shown("i").err, HasSubstr("ValueError: v \\udc80"));
  const json::value document = json_of({"load", "acme/halves", "f", "--trust-repo", "--json"});
  EXPECT_EQ(document.at("elements").at(0).at("value"), json::value("\\udc80"));
  EXPECT_EQ(document.at("elements").at(1).at("value"), json::value("ok"));
  for (const char* run : {"--run", "--quiet"}) {
    const Outcome help = torchhub({"help", "acme/halves", "h", run, "--trust-repo"});
    EXPECT_EQ(help.status, 0) << help.err;
    EXPECT_THAT(help.out, HasSubstr("Doc \\udc80."));
  }
}

}  // namespace
}  // namespace torchhub
