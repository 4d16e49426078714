// torch.hub's functions beside Python's own: the same calls on the same server give the same results and
// files, or the errors that torch.hub gives, or, where we differ on purpose, ours.

#include <torchhub/hub/detail/torch_features.h>
#include <torchhub/hub/hub.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <ATen/core/Tensor.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::HasSubstr;

struct Row {
  const char* calls;   ///< JSON: [[function, [arguments], {keywords}, answer?], ...]
  std::string python;  ///< what Python's error says; "" where it succeeds
  std::string ours;    ///< what ours says; "" where it succeeds
  bool same_files = true;
};

Row same(const char* calls) { return {calls, "", "", true}; }
Row both(const char* calls, const char* error) { return {calls, error, error, true}; }

constexpr const char* kShapes = R"(
import functools, math
from math import sqrt
from part import WHERE
dependencies = ['torch', 'math']
VALUE = 3
def plain(a=1, *, b=2):
    """Plain one.

    With more lines.
    """
    return f'plain {a!r} {b!r}'
def nodoc(*args, **kwargs): return (args, kwargs)
def _hidden(): "Hidden one."; return 'hidden'
def where(): return WHERE
def lazy():
    import later
    return later.WHERE
def path():
    import os
    return open(os.path.join(os.path.dirname(__file__), 'data.txt')).read()
def raises(): raise ValueError('no such size')
def nothing(): return None
def state(): import torch; return sorted(torch.nn.Linear(1, 1).state_dict())
class Klass:
    "A class."
    def __init__(self, x=0): self.x = x
    def __str__(self): return f'Klass {self.x}'
    def __call__(self, y): return self.x + y
instance = Klass(5)
lam = lambda x: x * 2
part = functools.partial(plain, 7)
@functools.lru_cache
def cached(): "Cached."; return 'cached'
globals()['dotted.name'] = plain
)";

const std::vector<Row> kRows = {
    // Refs.
    same(R"([["list", ["acme/shapes"], {"trust_repo": true}]])"),
    same(R"([["list", ["acme/shapes:main"], {"trust_repo": true}]])"),
    same(R"([["list", ["acme/shapes:v1"], {"trust_repo": true}]])"),
    same(R"([["list", ["acme/shapes:ci/test_slash"], {"trust_repo": true}]])"),
    same(R"([["list", ["acme/old"], {"trust_repo": true}]])"),
    same(R"([["list", ["acme/shapes:{commit}"], {"trust_repo": true}]])"),
    same(R"([["list", ["acme/shapes:{short}"], {"trust_repo": true}]])"),
    same(
        R"([["list", ["acme/shapes:refs/tags/v1"], {"trust_repo": true, "skip_validation": true}]])"),
    {R"([["list", ["acme/shapes:refs/tags/v1"], {"trust_repo": true}]])",
     "Cannot find refs/tags/v1 in https://github.com/acme/shapes", ""},
    both(R"([["list", ["acme/shapes:nope"], {"trust_repo": true}]])", "Cannot find nope in "),
    both(R"([["list", ["acme/shapes:{foreign}"], {"trust_repo": true}]])",
         "commit from a forked repo"),
    same(R"([["list", ["acme/shapes:{foreign}"], {"trust_repo": true, "skip_validation": true}]])"),
    // An HTTPError; since some version after 2.8 a KeyError, of a header that torch.hub has not set.
    {R"([["list", ["acme/nope"], {"trust_repo": true}]])",
     "Error: ", "/acme/nope does not exist or is private"},
    same(R"([["list", ["acme/both"], {"trust_repo": true}]])"),
    // Names.
    {R"([["list", ["acme"], {}]])", "not enough values to unpack (expected 2, got 1)",
     "\"acme\" is not OWNER/NAME or OWNER/NAME:REF"},
    {R"([["list", [""], {}]])", "not enough values to unpack", "\"\" is not OWNER/NAME"},
    {R"([["list", ["a/b/c"], {}]])", "too many values to unpack (expected 2)", "is not OWNER/NAME"},
    {R"([["list", ["a/b:c:d"], {}]])", "too many values to unpack (expected 2)",
     "is not OWNER/NAME"},
    {R"([["list", ["https://github.com/a/b"], {}]])", "not enough values to unpack",
     "is not OWNER/NAME"},
    // What a hubconf.py lists.
    both(R"([["list", ["acme/none"], {"trust_repo": true}]])", "hubconf.py"),
    both(R"([["list", ["acme/syntax"], {"trust_repo": true}]])", "expected ':'"),
    both(R"([["list", ["acme/raises"], {"trust_repo": true}]])", "boom"),
    same(R"([["list", ["acme/needs"], {"trust_repo": true}]])"),
    same(R"([["list", ["acme/shapes"], {"trust_repo": true}],
             ["list", ["acme/shapes"], {"trust_repo": true, "force_reload": true}]])"),
    // help
    same(R"([["help", ["acme/shapes", "plain"], {"trust_repo": true}]])"),
    same(R"([["help", ["acme/shapes", "nodoc"], {"trust_repo": true}]])"),
    same(R"([["help", ["acme/shapes", "_hidden"], {"trust_repo": true}]])"),
    same(R"([["help", ["acme/shapes", "Klass"], {"trust_repo": true}]])"),
    same(R"([["help", ["acme/shapes", "instance"], {"trust_repo": true}]])"),
    same(R"([["help", ["acme/shapes", "part"], {"trust_repo": true}]])"),
    same(R"([["help", ["acme/shapes", "cached"], {"trust_repo": true}]])"),
    same(R"([["help", ["acme/shapes", "dotted.name"], {"trust_repo": true}]])"),
    same(R"([["help", ["acme/shapes", "sqrt"], {"trust_repo": true}]])"),
    both(R"([["help", ["acme/shapes", "VALUE"], {"trust_repo": true}]])",
         "Cannot find callable VALUE in hubconf"),
    both(R"([["help", ["acme/shapes", "nope"], {"trust_repo": true}]])",
         "Cannot find callable nope in hubconf"),
    // load
    same(R"([["load", ["acme/shapes", "plain"], {"trust_repo": true}]])"),
    same(
        R"([["load", ["acme/shapes", "plain", "x"], {"trust_repo": true, "b": [1, null, {"k": 0.5}]}]])"),
    same(R"([["load", ["acme/shapes", "nodoc", 1, true], {"trust_repo": true, "z": "t"}]])"),
    same(R"([["load", ["acme/shapes", "_hidden"], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "where"], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes:v1", "where"], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "lazy"], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "path"], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "nothing"], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "state"], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "Klass"], {"trust_repo": true, "x": 3}]])"),
    same(R"([["load", ["acme/shapes", "instance", 2], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "lam", 4], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "part"], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "sqrt", 9], {"trust_repo": true}]])"),
    same(R"([["load", ["acme/shapes", "dotted.name"], {"trust_repo": true}]])"),
    both(R"([["load", ["acme/shapes", "raises"], {"trust_repo": true}]])", "no such size"),
    both(R"([["load", ["acme/shapes", "plain"], {"trust_repo": true, "c": 1}]])",
         "got an unexpected keyword argument 'c'"),
    both(R"([["load", ["acme/shapes", "nope"], {"trust_repo": true}]])",
         "Cannot find callable nope in hubconf"),
    both(R"([["load", ["acme/needs", "f"], {"trust_repo": true}]])",
         "Missing dependencies: nonexistent_a, nonexistent_b"),
    same(R"([["load", ["acme/shapes", "plain"], {"trust_repo": true}],
             ["load", ["acme/shapes", "plain"], {"trust_repo": "check"}]])"),
    // Local folders.
    same(R"([["list", ["acme/shapes"], {"trust_repo": true}],
             ["load", ["{dir}/acme_shapes_main", "where"], {"source": "local"}]])"),
    same(R"([["load", ["acme/shapes", "where"], {"trust_repo": true, "source": "GitHub"}]])"),
    both(R"([["load", ["{dir}/nowhere", "where"], {"source": "local"}]])", "hubconf.py"),
    {R"([["load", ["acme/shapes", "where"], {"source": "web"}]])",
     "Unknown source: \"web\". Allowed values: \"github\" | \"local\".", "Unknown source: \"web\""},
    // Trust.
    {R"([["load", ["acme/shapes", "plain"], {"trust_repo": "check"}]])", "EOF when reading a line",
     "acme/shapes is not trusted: loading it runs its code"},
    same(R"([["load", ["acme/shapes", "plain"], {"trust_repo": "check"}, "y"]])"),
    same(R"([["load", ["acme/shapes", "plain"], {"trust_repo": "check"}, "y"],
             ["load", ["acme/shapes", "plain"], {"trust_repo": "check"}]])"),
    both(R"([["load", ["acme/shapes", "plain"], {"trust_repo": "check"}, "n"]])",
         "Untrusted repository."),
    both(R"([["load", ["acme/shapes", "plain"], {"trust_repo": false}, "no"]])",
         "Untrusted repository."),
    both(R"([["load", ["acme/shapes", "plain"], {"trust_repo": false}, ""]])",
         "Untrusted repository."),
    same(R"([["load", ["acme/shapes", "plain"], {"trust_repo": false}, "YES"]])"),
    {R"([["load", ["acme/shapes", "plain"], {"trust_repo": true}],
         ["load", ["acme/shapes", "plain"], {"trust_repo": false}]])",
     "EOF when reading a line", "acme/shapes: its trust was to be asked about again"},
    // PyTorch's own are trusted unasked on the public GitHub alone, which this server is not.
    // PyTorch's owners are known on the public GitHub alone: here, ours writes this one down.
    {R"([["load", ["pytorch/shapes", "plain"], {"trust_repo": true}]])", "", "", false},
    // Weights.
    same(
        R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/digit_reader-c0f7955a.pth"], {}]])"),
    same(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/digit_reader-c0f7955a.pth"],
              {"check_hash": true}]])"),
    same(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/digit_reader-c0f7955a.pth"],
              {"file_name": "the_file_name"}]])"),
    same(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/digit_reader-c0f7955a.pth"],
              {"model_dir": "{dir}/weights"}]])"),
    same(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/digit_reader-c0f7955a.pth"],
              {"weights_only": true}]])"),
    same(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/digit_reader-c0f7955a.pth"],
              {"map_location": "cpu"}]])"),
    same(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/plain.pth?x=1"], {}],
             ["state_dict", ["{server}/acme/shapes/releases/download/v1/plain.pth?x=2"], {}]])"),
    same(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/plain.pth"], {}],
             ["state_dict", ["{server}/acme/shapes/releases/download/v1/plain.pth"], {"weights_only": true}]])"),
    both(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/wrong-12345678.pth"],
              {"check_hash": true}]])",
         "12345678"),
    {R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/plain.pth"], {"check_hash": true}]])",
     "", "\"plain.pth\" has no -<hash>. part of at least 8 hexadecimal digits"},
    both(R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/nope.pth"], {}]])", "404"),
    // Python unpacks a zip around a checkpoint beside it, and again each time; we read what is in it.
    {R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/legacy.zip"], {}]])", "", "",
     false},
    {R"([["state_dict", ["{server}/page.pth"], {}]])", "invalid load key, '<'.",
     "page.pth: is an HTML page"},
    {R"([["state_dict", ["{server}/acme/shapes/releases/download/v1/"], {}]])", "Is a directory",
     "does not end in a file name"},
    // Files.
    same(
        R"([["download", ["{server}/acme/shapes/releases/download/v1/plain.pth", "{dir}/x.pth"], {}]])"),
    same(R"([["download", ["{server}/acme/shapes/releases/download/v1/digit_reader-c0f7955a.pth",
                           "{dir}/x.pth"], {"hash_prefix": "c0f7955a"}]])"),
    same(R"([["download", ["{server}/empty", "{dir}/x"], {}]])"),
    same(R"([["download", ["{server}/empty", "{dir}/x"], {}],
             ["download", ["{server}/acme/shapes/releases/download/v1/plain.pth", "{dir}/x"], {}]])"),
    both(R"([["download", ["{server}/acme/shapes/releases/download/v1/plain.pth", "{dir}/x"],
              {"hash_prefix": "12345678"}]])",
         "12345678"),
    both(R"([["download", ["{server}/nope", "{dir}/x"], {}]])", "404"),
    both(R"([["download", ["{server}/empty", "{dir}/no/folder/x"], {}]])",
         "No such file or directory"),
    {R"([["download", ["no-scheme", "{dir}/x"], {}]])", "unknown url type: 'no-scheme'",
     "no-scheme"},
    same(R"([["get_dir", [], {}]])"),
};

class HubCallsTest : public testing::Test {
 protected:
  HubCallsTest() {
    for (const char* ref : {"main", "v1", "slash"}) {
      tests::write_file(home_ / ref / "hubconf.py", kShapes);
      tests::write_file(home_ / ref / "part.py", "WHERE = '" + std::string(ref) + "'\n");
      tests::write_file(home_ / ref / "later.py", "WHERE = 'later " + std::string(ref) + "'\n");
      tests::write_file(home_ / ref / "data.txt", ref);
    }
    server_.add_branch("acme/shapes", "main", home_ / "main");
    server_.add_branch("acme/shapes", "ci/test_slash", home_ / "slash");
    server_.add_tag("acme/shapes", "v1", home_ / "v1");
    server_.add_commit("acme/shapes", "foreign", "");
    server_.add_branch("pytorch/shapes", "main", home_ / "main");
    server_.add_branch("acme/old", "master", home_ / "v1");
    server_.add_branch("acme/both", "main", home_ / "main");
    server_.add_branch("acme/both", "master", home_ / "v1");
    add("acme/none", "README.md", "nothing");
    add("acme/syntax", "hubconf.py", "def f()\n    pass\n");
    add("acme/raises", "hubconf.py", "def f(): pass\nraise RuntimeError('boom')\n");
    add("acme/needs", "hubconf.py",
        "dependencies = ['torch', 'nonexistent_a', 'nonexistent_b']\ndef f(): 'Does it.'\n");
    const std::string weights =
        tests::read_file("hub/examples/digits_release/digit_reader-c0f7955a.pth");
    for (const char* name : {"digit_reader-c0f7955a.pth", "plain.pth", "wrong-12345678.pth"})
      tests::write_file(home_ / "release" / name, weights);
    tests::write_file(home_ / "release/legacy.zip",
                      tests::build_zip({{.name = "mnist_init_ones", .content = weights}}));
    server_.add_release("acme/shapes", "v1", home_ / "release");
    server_.answer("/page.pth", {.body = "<html>come back later</html>"});
    server_.answer("/empty", {.body = ""});
    tests::write_file(home_ / "ca.pem", server_.authority());
  }

  void add(const std::string& repository, const std::string& file, const std::string& text) {
    tests::write_file(home_ / repository / file, text);
    server_.add_branch(repository, "main", home_ / repository);
  }

  std::string filled(std::string text, const std::string& folder) const {
    const std::string commit = tests::HubServer::commit("acme/shapes", "v1");
    const std::pair<std::string, std::string> places[] = {
        {"{server}", server_.url()},
        {"{dir}", folder},
        {"{commit}", commit},
        {"{short}", commit.substr(0, 8)},
        {"{foreign}", tests::HubServer::commit("acme/shapes", "foreign")}};
    for (const auto& [name, value] : places) {
      for (std::size_t at; (at = text.find(name)) != text.npos;)
        text.replace(at, name.size(), value);
    }
    return text;
  }

  json::array ask_python() const {
    json::array rows;
    for (const Row& row : kRows) {
      json::array calls;
      const json::value steps = json::parse(filled(row.calls, "{DIR}"));
      for (const json::value& call : steps.as_array()) {
        const json::array& parts = call.as_array();
        json::object object{
            {"function", parts[0]}, {"arguments", parts[1]}, {"keywords", parts[2]}};
        if (parts.size() > 3) object["answer"] = parts[3];
        calls.push_back(std::move(object));
      }
      rows.push_back(std::move(calls));
    }
    std::string text = json::serialize(json::object{{"server", server_.url()},
                                                    {"api", server_.api_url()},
                                                    {"home", (home_ / "python").string()},
                                                    {"rows", rows}});
    for (std::size_t at; (at = text.find("{DIR}")) != text.npos;) text.replace(at, 5, "{dir}");
    tests::write_file(home_ / "calls.json", text);
    const tests::Outcome outcome = tests::run(
        {"/bin/sh", "-c",
         std::string("'" TORCHHUB_PYTHON_EXECUTABLE "' -I tests/interop/hub_calls.py < '") +
             (home_ / "calls.json").string() + "'"},
        {{"SSL_CERT_FILE", home_ / "ca.pem"}});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out).as_array();
  }

  tests::TempFolder home_;
  tests::HubServer server_;
};

bool take_bool(json::object& keywords, std::string_view name) {
  json::value* const value = keywords.if_contains(name);
  const bool result = value && value->is_bool() && value->as_bool();
  keywords.erase(name);
  return result;
}

std::string take_text(json::object& keywords, std::string_view name) {
  json::value* const value = keywords.if_contains(name);
  const std::string text = value && value->is_string() ? std::string(value->as_string()) : "";
  keywords.erase(name);
  return text;
}

Argument argument_of(const json::value& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_int64()) return value.as_int64();
  if (value.is_double()) return value.as_double();
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_array()) {
    Argument::List list;
    for (const json::value& item : value.as_array()) list.push_back(argument_of(item));
    return list;
  }
  if (value.is_object()) {
    Argument::Dict dict;
    for (const auto& [key, item] : value.as_object())
      dict.emplace_back(std::string(key), argument_of(item));
    return dict;
  }
  return {};
}

std::string summary_of(const StateDict& state_dict) {
  double sum = 0;
  for (const auto& [name, tensor] : state_dict) sum += tensor.to(at::kDouble).sum().item<double>();
  char text[64];
  std::snprintf(text, sizeof text, "%.4f", sum);
  return std::to_string(state_dict.size()) + ' ' + std::string(state_dict.begin()->first) + ' ' +
         text;
}

// One call of ours, by the same words.
std::string call(const json::array& parts, Context context) {
  const std::string function(parts[0].as_string());
  std::vector<std::string> texts;
  for (const json::value& argument : parts[1].as_array())
    texts.push_back(argument.is_string() ? std::string(argument.as_string()) : "");
  json::object keywords = parts[2].as_object();
  if (parts.size() > 3) {
    // The command's own reading of answers: yes, no, or neither.
    std::string answer(parts[3].as_string());
    std::transform(answer.begin(), answer.end(), answer.begin(),
                   [](char c) { return std::tolower(c); });
    context.on_question([answer](std::string_view) { return answer == "y" || answer == "yes"; });
  }
  TrustRepo trust = TrustRepo::check;
  if (const json::value* given = keywords.if_contains("trust_repo"); given && given->is_bool())
    trust = given->as_bool() ? TrustRepo::yes : TrustRepo::ask;
  keywords.erase("trust_repo");
  FetchOptions fetch = FetchOptions()
                           .force_reload(take_bool(keywords, "force_reload"))
                           .skip_validation(take_bool(keywords, "skip_validation"));
  if (const std::string source = take_text(keywords, "source"); !source.empty())
    fetch.source(source_of_name(source));
  if (function == "list") {
    // Run, as Python does; and read without running, which must not say otherwise.
    const ListOptions options = ListOptions().fetch(fetch).trust_repo(trust);
    std::string names;
    for (const auto& entry : list(texts[0], ListOptions(options).run(true), context))
      names += (names.empty() ? "" : ",") + entry.name;
    const RepositoryListing read = list_repository(texts[0], ListOptions(options), context);
    for (const auto& entry : read.listing.entry_points)
      EXPECT_THAT("," + names + ",", HasSubstr("," + entry.name + ","));
    return names;
  }
  if (function == "help")
    return help(texts[0], texts[1], ListOptions().fetch(fetch).trust_repo(trust).run(true),
                context);
  if (function == "load") {
    Arguments arguments;
    for (std::size_t i = 2; i < texts.size(); ++i)
      arguments.positional(argument_of(parts[1].as_array()[i]));
    for (const auto& [name, value] : keywords)
      arguments.keyword(std::string(name), argument_of(value));
    return load(texts[0], texts[1], arguments, LoadOptions().fetch(fetch).trust_repo(trust),
                context)
        .text();
  }
  if (function == "state_dict") {
    StateDictOptions options;
    options.check_hash(take_bool(keywords, "check_hash"))
        .weights_only(take_bool(keywords, "weights_only"));
    if (const std::string name = take_text(keywords, "file_name"); !name.empty())
      options.file_name(name);
    if (const std::string folder = take_text(keywords, "model_dir"); !folder.empty())
      options.model_dir(folder);
    if (const std::string device = take_text(keywords, "map_location"); !device.empty())
      options.map_location(at::Device(device));
    return summary_of(load_state_dict_from_url(texts[0], options, context));
  }
  if (function == "download") {
    DownloadToFileOptions options;
    options.hash_prefix(take_text(keywords, "hash_prefix"));
    download_url_to_file(texts[0], texts[1], options, context);
    struct stat status;
    ::stat(texts[1].c_str(), &status);
    char text[64];
    std::snprintf(text, sizeof text, "%lld %o", static_cast<long long>(status.st_size),
                  status.st_mode & 0777u);
    return text;
  }
  if (function == "get_dir") return context.paths().hub_dir().string();
  throw std::invalid_argument(function);
}

json::array files_of(const fs::path& folder) {
  std::vector<std::pair<std::string, std::uint64_t>> files;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::end(entry); ++entry) {
    const std::string name = entry->path().filename();
    if (name == "__pycache__" || name == ".torchhub") {
      entry.disable_recursion_pending();
    } else if (!entry->is_directory() && (name != "trusted_list" || entry->file_size() > 0)) {
      files.emplace_back(fs::relative(entry->path(), folder).string(), entry->file_size());
    }
  }
  std::sort(files.begin(), files.end());
  json::array listed;
  for (const auto& [name, size] : files) listed.push_back(json::array{name, size});
  return listed;
}

TEST_F(HubCallsTest, GiveWhatPythonsGive) {
  if (!TORCHHUB_TORCH_IS_2) GTEST_SKIP() << "the table is of torch.hub since 2.0";
  ASSERT_GE(kRows.size(), 60u);
  const json::array python = ask_python();
  ASSERT_EQ(python.size(), kRows.size());
  const tests::ScopedVariable trust("SSL_CERT_FILE", home_ / "ca.pem");
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    SCOPED_TRACE(kRows[i].calls);
    const json::object& theirs = python[i].as_object();
    const fs::path folder = home_ / "ours" / std::to_string(i) / "hub";
    fs::create_directories(folder);
    Context context{cache::TorchPaths(folder)};
    GithubEndpoints github;
    github.web = server_.url();
    github.api = server_.api_url();
    context.github(github);
    std::string result, error;
    try {
      const json::value steps = json::parse(filled(kRows[i].calls, folder));
      for (const json::value& step : steps.as_array()) result = call(step.as_array(), context);
    } catch (const std::exception& thrown) {
      error = thrown.what();
    }
    const json::value* const their_error = theirs.if_contains("error");
    EXPECT_EQ(their_error != nullptr, !kRows[i].python.empty()) << json::serialize(theirs);
    if (their_error) {
      EXPECT_THAT(std::string(their_error->as_string()), HasSubstr(kRows[i].python));
    }
    EXPECT_EQ(error.empty(), kRows[i].ours.empty()) << error;
    EXPECT_THAT(error, HasSubstr(kRows[i].ours));
    if (their_error || !error.empty()) continue;
    if (const std::size_t at = result.find(folder.string()); at != result.npos)
      result.replace(at, folder.string().size(), "{dir}");
    EXPECT_EQ(result, std::string(theirs.at("result").as_string()));
    if (kRows[i].same_files) {
      EXPECT_EQ(json::serialize(files_of(folder)), json::serialize(theirs.at("files")));
    }
  }
}

}  // namespace
}  // namespace torchhub
