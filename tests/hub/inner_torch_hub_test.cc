// torch.hub as a repository's own code finds it while it is loaded: our engine, cache, lock file and gate.

#include <torchhub/hub/error.h>
#include <torchhub/hub/load.h>
#include <torchhub/python/error.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace torchhub {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::failure_of;

constexpr const char* kHubconf = R"(
import inspect, os, pathlib, threading
from typing import Tuple
import torch
from torch.hub import load_state_dict_from_url
from net import Net
URL = os.environ['TEST_SERVER'] + '/acme/inner/releases/download/v1/'

def weights(name='digit_reader-c0f7955a.pth', **options):
    state = load_state_dict_from_url(URL + name, **options)
    return len(state)
def file(dst, name='digit_reader-c0f7955a.pth', hash_prefix=None):
    torch.hub.download_url_to_file(URL + name, dst, hash_prefix, progress=False)
    return os.path.getsize(dst)
def fetch(url, dst): torch.hub.download_url_to_file(url, dst, progress=False)
def caught():
    import urllib.error
    try:
        load_state_dict_from_url(URL + 'nope.pth')
    except urllib.error.HTTPError as error:
        return f'HTTPError {error.code}'
def kind(name, url='', dst='', entry='f', source='local'):
    import urllib.error
    ways = {
        'load': lambda: torch.hub.load(name, entry, source=source, trust_repo=True),
        'github': lambda: torch.hub.load(name, entry, trust_repo=True),
        'download': lambda: torch.hub.download_url_to_file(url, dst, progress=False),
        'weights': lambda: load_state_dict_from_url(url),
    }
    try:
        ways['download' if dst else 'weights' if url else 'github' if source == 'github' else 'load']()
    except BaseException as error:
        told = f'{type(error).__qualname__} {error.args!r}'
        if isinstance(error, urllib.error.HTTPError):
            told = f'HTTPError {error.code} {error.reason} {error.read()!r} {error.headers.get("x")}'
        elif isinstance(error, urllib.error.URLError):
            told = f'URLError {type(error.reason).__name__}'
            if isinstance(error.reason, str): told += ' ' + error.reason
            elif error.reason.errno is not None: told += f' {error.reason.errno}'
        elif isinstance(error, OSError):
            told = f'{type(error).__name__} {error.errno} {error.filename}'
        elif isinstance(error, SyntaxError):
            told = f'SyntaxError {error.msg} {error.filename} {error.lineno} {error.offset} {error.text!r}'
        return told + (f' after {type(error.__cause__).__name__}' if error.__cause__ else '')
    return 'nothing'
def same(folder):
    try: torch.hub.load(folder, 'odd', source='local')
    except Exception as error: return [type(error).__name__, error.extra, error.args]
def directory(): return torch.hub.get_dir()
def signatures():
    return [str(inspect.signature(f)) for f in (torch.hub.load, torch.hub.download_url_to_file, load_state_dict_from_url)]
def threaded():
    found = []
    thread = threading.Thread(target=lambda: found.append(torch.hub.get_dir()))
    thread.start(); thread.join()
    return found[0]
def nested(repo, **options): return torch.hub.load(repo, 'f', 3, k='v', **options)
def save_whole(path): torch.save(Net(), path)
def save_evil(path):
    class Evil:
        def __reduce__(self): return os.system, ('touch ' + path + '.owned',)
    torch.save({'w': Evil()}, path)
def read(path): return type(torch.load(path, weights_only=False)).__name__
def read_in_other_ways(path):
    import gzip, io, pickle
    packed = path + '.gz'
    with open(path, 'rb') as file, gzip.open(packed, 'wb') as copy: copy.write(file.read())
    ways = {
        'positional': lambda: torch.load(path, None, pickle, weights_only=False),
        'module': lambda: torch.load(path, pickle_module=pickle),
        'serialization': lambda: torch.serialization.load(path, weights_only=False),
        'pathlib': lambda: torch.load(pathlib.Path(path), weights_only=False),
        'file': lambda: torch.load(open(path, 'rb'), weights_only=False),
        'bytes': lambda: torch.load(io.BytesIO(open(path, 'rb').read()), weights_only=False),
        'packed': lambda: torch.load(gzip.open(packed), weights_only=False),
        'mapped': lambda: torch.load(path, mmap=True, weights_only=False),
        'default': lambda: torch.load(path),
    }
    results = []
    for name, way in ways.items():
        try: results.append(name + ' ' + type(way()).__name__)
        except Exception as error: results.append(name + ' ' + type(error).__name__)
    return ', '.join(results)
class Writer(torch.nn.Module):
    # Its state is set by an operator that makes a file.
    def __init__(self, file: str):
        super().__init__()
        self.file = file
        self.made = torch.ones(4, dtype=torch.uint8)
    @torch.jit.export
    def __getstate__(self):
        return (self.file, self.training)
    @torch.jit.export
    def __setstate__(self, state: Tuple[str, bool]):
        self.file = state[0]
        self.training = state[1]
        self.made = torch.from_file(self.file, True, 4, dtype=torch.uint8)
    def forward(self, x): return x
def read_by_other_loaders(folder):
    # Each file holds a call, or, called 'good', data; 'way: ran', 'refused', 'other error' or what it read.
    import importlib, io, json, pickle, sys
    import numpy
    marker = folder + '/ran'
    class Call:
        def __reduce__(self): return io.open, (marker, 'w')
    def path(name): return folder + '/' + name
    def write(name, data):
        with open(path(name), 'wb') as file: file.write(data)
    torch.save({'w': Call()}, path('new.pt'))
    torch.save({'w': Call()}, path('old.pt'), _use_new_zipfile_serialization=False)
    numpy.save(path('o.npy'), numpy.array([Call()], dtype=object))
    numpy.savez(path('o.npz'), a=numpy.array([Call()], dtype=object))
    write('p.pkl', pickle.dumps({'w': Call()}))
    with open(path('good.npy'), 'wb') as file:
        numpy.save(file, numpy.array(['a', None, 3], dtype=object)); numpy.save(file, numpy.arange(3))
    write('good.pkl', pickle.dumps({'a': [1, 2]}))
    torch.jit.script(torch.nn.Linear(2, 2)).save(path('good.ts'))
    torch.jit.script(Writer(marker)).save(path('evil.ts'))
    def two_arrays():
        with open(path('good.npy'), 'rb') as file:
            first = numpy.load(file, allow_pickle=True)
            return [*first, *numpy.load(file).tolist()]
    def legacy():
        with open(path('old.pt'), 'rb') as file: torch.serialization._legacy_load(file, None, pickle)
    ways = {
        'numpy.load': lambda: numpy.load(path('o.npy'), allow_pickle=True),
        'numpy.load of npz': lambda: numpy.load(path('o.npz'), allow_pickle=True)['a'],
        'numpy.load of pickle': lambda: numpy.load(path('p.pkl'), allow_pickle=True),
        'read_array': lambda: numpy.lib.format.read_array(open(path('o.npy'), 'rb'), allow_pickle=True),
        'good numpy.load': two_arrays,
        'good numpy.load of pickle': lambda: numpy.load(path('good.pkl'), allow_pickle=True),
        'jit.load': lambda: torch.jit.load(path('evil.ts')),
        'jit.load of bytes': lambda: torch.jit.load(io.BytesIO(open(path('evil.ts'), 'rb').read())),
        'good jit.load': lambda: torch.jit.load(path('good.ts'))(torch.zeros(1, 2)).shape[1],
        '_legacy_load': legacy,
        '_load': lambda: torch.serialization._load(torch._C.PyTorchFileReader(path('new.pt')), None, pickle),
        'package': lambda: torch.package.PackageImporter(path('new.pt')),
        'joblib': lambda: importlib.import_module('joblib').load(path('p.pkl')),
        'good joblib': lambda: importlib.import_module('joblib').load(path('good.pkl')),
        'missing': lambda: torch.jit.load(path('nope')),
    }
    sys.path.insert(0, folder)
    results = []
    for name, way in ways.items():
        if os.path.exists(marker): os.remove(marker)
        try: told = json.dumps(way())
        except Exception as error: told = 'refused' if 'unsafe-checkpoints' in str(error) else 'other error'
        results.append(name + ': ' + ('ran' if os.path.exists(marker) else told))
    return '\n'.join(results)
def read_programs(folder):
    # The same for what only torch since 2.1 or so has.
    import io, pickle, zipfile
    marker = folder + '/ran'
    try:
        import torch.export, torch.distributed.checkpoint as dcp
        class Twice(torch.nn.Module):
            def forward(self, x): return x + x
        program = torch.export.export(Twice(), (torch.ones(4),), dynamic_shapes=({0: torch.export.Dim('n', min=2, max=9)},))
        torch.export.save(program, folder + '/good.pt2')
        dcp.save({'a': torch.ones(2), 'b': {'c': 3}}, checkpoint_id=folder + '/dcp', no_dist=True)
    except Exception:
        return 'not here'
    with zipfile.ZipFile(folder + '/good.pt2') as good, zipfile.ZipFile(folder + '/evil.pt2', 'w') as evil:
        for name in good.namelist():
            data = good.read(name)
            if '/models/' in name:
                data = data.replace(b'"Symbol(', ('"__import__(\'io\').open(\'' + marker + '\', \'w\') and Symbol(').encode())
            evil.writestr(name, data)
    class Call:
        def __reduce__(self): return io.open, (marker, 'w')
    def described():
        state = {'a': torch.zeros(2)}
        dcp.load(state, checkpoint_id=folder + '/dcp', no_dist=True)
        return state['a'].sum().item()
    def evil():
        with open(folder + '/dcp/.metadata', 'wb') as file: file.write(pickle.dumps(Call()))
        dcp.FileSystemReader(folder + '/dcp').read_metadata()
    results = []
    for way in (lambda: type(torch.export.load(folder + '/good.pt2')).__name__,
                lambda: torch.export.load(folder + '/evil.pt2'), described, evil):
        try: told = str(way())
        except Exception as error: told = 'refused' if 'unsafe-checkpoints' in str(error) else 'other error'
        results.append('ran' if os.path.exists(marker) else told)
    return ', '.join(results)
def read_behind_the_judge(judged, path):
    # As if Python read the judged file as that other one: the file changes in between.
    import torchhub_hub_functions, shutil
    gate = torchhub_hub_functions._engine().gate
    judge = gate._scan
    def scan(at):
        names = judge(at)
        shutil.copy(path, judged)
        return names
    gate._scan = scan
    return type(torch.load(judged, weights_only=False)).__name__
)";

class InnerTorchHubTest : public testing::Test {
 protected:
  // One server for all: the repository's modules stay.
  struct Shared {
    tests::TempFolder home;
    tests::HubServer server;
    Shared() {
      setenv("TEST_SERVER", server.url().c_str(), 1);
      tests::write_file(home / "inner/hubconf.py", kHubconf);
      tests::write_file(home / "inner/net.py",
                        "import torch\nfrom subprocess import Popen\nclass Net(torch.nn.Module):\n"
                        "    def __init__(self):\n        super().__init__()\n"
                        "        self.layer = torch.nn.Linear(2, 2)\n");
      tests::write_file(home / "other/hubconf.py", "def f(x, k=None): return f'other {x} {k}'\n");
      server.add_branch("acme/inner", "main", home / "inner");
      server.add_branch("acme/other", "main", home / "other");
      server.add_branch("pytorch/other", "main", home / "other");
      const std::string weights =
          tests::read_file("hub/examples/digits_release/digit_reader-c0f7955a.pth");
      tests::write_file(home / "release/digit_reader-c0f7955a.pth", weights);
      tests::write_file(home / "release/wrong-12345678.pth", weights);
      server.add_release("acme/inner", "v1", home / "release");
      tests::write_file(home / "ca.pem", server.authority());
    }
  };

  static Shared& shared() {
    static Shared instance;
    return instance;
  }

  InnerTorchHubTest() : trust_("SSL_CERT_FILE", shared().home / "ca.pem") {
    GithubEndpoints github;
    github.web = shared().server.url();
    github.api = shared().server.api_url();
    context_.github(github);
  }

  std::string call(std::string_view entry, const Arguments& arguments = Arguments(),
                   const LoadOptions& options = LoadOptions()) {
    return load("acme/inner", entry, arguments, LoadOptions(options).trust_repo(true), context_)
        .text();
  }

  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  tests::ScopedVariable trust_;
  tests::TempFolder folder_;
  Context context_{cache::TorchPaths(folder_ / "hub")};
};

TEST_F(InnerTorchHubTest, DownloadsWithOurEngine) {
  const std::size_t before = shared().server.requests().size();
  EXPECT_EQ(call("weights", Arguments().keyword("check_hash", true)), "6");
  EXPECT_EQ(call("weights"), "6");
  EXPECT_EQ(
      call("file",
           Arguments().positional((folder_ / "x.pth").string()).keyword("hash_prefix", "c0f7955a")),
      "88341");
  const auto requests = shared().server.requests();
  const auto asked =
      std::count_if(requests.begin() + static_cast<std::ptrdiff_t>(before), requests.end(),
                    [](const tests::RecordedRequest& request) {
                      EXPECT_THAT(request.user_agent, Not(HasSubstr("urllib")));
                      return request.target.find("digit_reader") != std::string::npos;
                    });
  EXPECT_EQ(asked, 2);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "hub/checkpoints/digit_reader-c0f7955a.pth"));
}

TEST_F(InnerTorchHubTest, ShowsNothingOfASecretInAUrl) {
  std::string said;
  context_.on_message([&](std::string_view text) { said += text; });
  const std::string server = shared().server.url().substr(std::string("https://").size());
  const std::string dst = folder_ / "x";
  for (const std::string userinfo : {"u:s3cret@", "u:s3@cret@", ""}) {
    const tests::Failure failure = failure_of([&] {
      call("fetch", Arguments()
                        .positional("https://" + userinfo + server + "/none?sig=s3cret")
                        .positional(dst));
    });
    EXPECT_THAT(failure.sentence, Not(HasSubstr("cret")));
  }
  EXPECT_THAT(said, HasSubstr("Downloading: \"https://" + server + "/none\""));
  EXPECT_THAT(said, Not(HasSubstr("cret")));
}

TEST_F(InnerTorchHubTest, FailsAsPythonsDoes) {
  EXPECT_EQ(call("caught"), "HTTPError 404");
  const tests::Failure failure = failure_of([&] {
    call("weights", Arguments().keyword("name", "wrong-12345678.pth").keyword("check_hash", true));
  });
  EXPECT_THAT(failure.sentence, HasSubstr("RuntimeError: "));
  EXPECT_THAT(failure.sentence, HasSubstr("12345678"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "hub/checkpoints/wrong-12345678.pth"));
}

// What `except` catches under Python's torch.hub it catches here.
TEST_F(InnerTorchHubTest, RaisesWhatTheInnerCodeRaised) {
  tests::write_file(folder_ / "raises/hubconf.py", R"(
class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(a)
        self.extra = b
def key(): raise KeyError('inner')
def module(): import no_such_module_here
def value(): raise ValueError('v', 3)
def chained():
    try: key()
    except KeyError as error: raise RuntimeError('outer') from error
def ends(): raise SystemExit(3)
def stops(): raise KeyboardInterrupt
def odd(): raise Odd('a', {'b': 1})
)");
  const auto kind = [&](const char* entry) {
    return call("kind",
                Arguments().positional((folder_ / "raises").string()).keyword("entry", entry));
  };
  EXPECT_EQ(kind("key"), "KeyError ('inner',)");
  EXPECT_EQ(kind("module"), R"(ModuleNotFoundError ("No module named 'no_such_module_here'",))");
  EXPECT_EQ(kind("value"), "ValueError ('v', 3)");
  EXPECT_EQ(kind("chained"), "RuntimeError ('outer',) after KeyError");
  EXPECT_EQ(kind("ends"), "SystemExit (3,)");
  EXPECT_EQ(kind("stops"), "KeyboardInterrupt ()");
  EXPECT_EQ(kind("none"), "RuntimeError ('Cannot find callable none in hubconf',)");
  EXPECT_EQ(call("same", Arguments().positional((folder_ / "raises").string())),
            "['Odd', {'b': 1}, ('a',)]");
  // On the outside the whole way is told.
  try {
    call("nested",
         Arguments().positional((folder_ / "raises").string()).keyword("source", "wrong"));
    FAIL() << "nothing was thrown";
  } catch (const python::PythonException& raised) {
    EXPECT_EQ(raised.type(), "ValueError");
    EXPECT_THAT(raised.traceback(), HasSubstr("in nested"));
  }
}

TEST_F(InnerTorchHubTest, RaisesWhatPythonsTorchHubRaises) {
  const auto of_hubconf = [&](const std::string& text) {
    static int count = 0;
    const std::string folder = folder_ / ("r" + std::to_string(++count));
    tests::write_file(folder + "/hubconf.py", text);
    return call("kind", Arguments().positional(folder));
  };
  // What hubconf.py imports itself is missed by the import; what it only names, by the check.
  EXPECT_THAT(of_hubconf("dependencies = ['nonexistent_a']\nimport nonexistent_a\n"),
              testing::StartsWith("ModuleNotFoundError"));
  EXPECT_EQ(
      of_hubconf("dependencies = ['nonexistent_a', 'json', 'nonexistent_b']\ndef f(): pass\n"),
      "RuntimeError ('Missing dependencies: nonexistent_a, nonexistent_b',)");
  EXPECT_EQ(of_hubconf("dependencies = ['json', 'own']\nimport sys, types\n"
                       "sys.modules['own'] = types.ModuleType('own')\ndef f(): pass\n"),
            "nothing");
  EXPECT_EQ(of_hubconf("x = 1\ndef f(:\n"),
            "SyntaxError invalid syntax " + at("r4/hubconf.py 2 7 'def f(:\\n'"));
  const auto kind = [&](const Arguments& arguments) { return call("kind", arguments); };
  EXPECT_EQ(kind(Arguments().positional(at("nowhere"))),
            "FileNotFoundError 2 " + at("nowhere/hubconf.py"));
  EXPECT_EQ(kind(Arguments().positional("x").keyword("entry", 3)),
            "ValueError ('Invalid input: model should be a string of function name',)");
  EXPECT_THAT(kind(Arguments().positional("x").keyword("source", "wrong")),
              testing::StartsWith("ValueError ('Unknown source: \"wrong\"."));
  EXPECT_THAT(kind(Arguments().positional("no_slash").keyword("source", "github")),
              testing::StartsWith("ValueError"));
  EXPECT_THAT(kind(Arguments().positional("acme/other:no_such_ref").keyword("source", "github")),
              testing::StartsWith("ValueError"));
  EXPECT_EQ(kind(Arguments().positional("acme/nope").keyword("source", "github")),
            "HTTPError 404 Not Found b'' None");
  const std::string none = shared().server.url() + "/none.pth";
  const std::string not_found = R"(HTTPError 404 Not Found b'{"message": "Not Found"}' None)";
  EXPECT_EQ(kind(Arguments().positional("").keyword("url", none)), not_found);
  EXPECT_EQ(kind(Arguments().positional("").keyword("url", none).keyword("dst", at("x.pth"))),
            not_found);
  const std::string gone = [] { return tests::HubServer().url(); }() + "/x.pth";
  EXPECT_EQ(kind(Arguments().positional("").keyword("url", gone)),
            "URLError ConnectionRefusedError 111");
  const std::string weights =
      shared().server.url() + "/acme/inner/releases/download/v1/digit_reader-c0f7955a.pth";
  EXPECT_EQ(kind(Arguments()
                     .positional("")
                     .keyword("url", weights)
                     .keyword("dst", at("no/such/folder/x.pth"))),
            "FileNotFoundError 2 " + at("no/such/folder/x.pth"));
}

// As urllib makes them: what Python says of the same URLs.
TEST_F(InnerTorchHubTest, RaisesWhatUrllibRaises) {
  const auto kind = [&](const Argument& url) {
    return call("kind", Arguments("", keyword("url", url), keyword("dst", at("x.pth"))));
  };
  const auto weights = [&](const Argument& url) {
    return call("kind", Arguments("", keyword("url", url)));
  };
  tests::HubServer server(tests::HubServer::Transport::plain);
  server.answer("/odd", {.raw = "HTTP/1.1 404 Odd Reason\r\nx: 1\r\nx: 2\r\n"
                                "Content-Length: 4\r\n\r\nbody"});
  server.answer("/none", {.raw = "HTTP/1.1 410\r\nx: \xE9\r\nContent-Length: 0\r\n\r\n"});
  server.answer("/loop", {.status = 302, .headers = {{"Location", "/loop"}}});
  server.answer("/file", {.status = 301, .headers = {{"Location", "file:///etc/passwd"}}});
  EXPECT_EQ(kind(server.url() + "/odd"), "HTTPError 404 Odd Reason b'body' 1");
  EXPECT_EQ(weights(server.url() + "/odd"), "HTTPError 404 Odd Reason b'body' 1");
  EXPECT_EQ(kind(server.url() + "/none"), "HTTPError 410 Gone b'' \u00e9");
  EXPECT_THAT(kind(server.url() + "/loop"),
              testing::StartsWith("HTTPError 302 The HTTP server returned a redirect error that "
                                  "would lead to an infinite loop.\nThe last 30x error message "
                                  "was:\n"));
  EXPECT_THAT(kind(server.url() + "/file"),
              HasSubstr("- Redirection to url 'file:///etc/passwd' is not allowed"));
  EXPECT_THAT(kind(server.url() + "/file"), testing::StartsWith("HTTPError 301 "));

  EXPECT_EQ(kind("http://no-such-host.invalid/x"), "URLError gaierror -2");
  EXPECT_EQ(kind("foo://x/y"), "URLError str unknown url type: foo");
  EXPECT_EQ(kind("http:///x"), "URLError str no host given");
  EXPECT_EQ(kind("http://127.0.0.1:99999/x"), "URLError gaierror -8");
  EXPECT_EQ(kind("no url"), "ValueError (\"unknown url type: 'no url'\",)");
  EXPECT_EQ(weights("no url"), "ValueError (\"unknown url type: 'no url'\",)");
  EXPECT_EQ(kind(3), "ValueError (\"unknown url type: '3'\",)");
  EXPECT_EQ(weights(3), "AttributeError (\"'int' object has no attribute 'decode'\",)");
  EXPECT_EQ(kind("http://127.0.0.1:abc/x"), "InvalidURL (\"nonnumeric port: 'abc'\",)");
  EXPECT_EQ(kind("http://127.0.0.1/a b"),
            "InvalidURL (\"URL can't contain control characters. '/a b' (found at least ' ')\",)");
  // A server that nobody vouches for.
  const tests::ScopedVariable none("SSL_CERT_FILE", at("none.pem"));
  EXPECT_EQ(kind(shared().server.url() + "/none.pth"), "URLError SSLCertVerificationError 1");
}

TEST_F(InnerTorchHubTest, SaysOfAWrongHashWhatTorchHubSays) {
  const tests::Failure failure =
      failure_of([&] { call("file", Arguments(at("x.pth"), keyword("hash_prefix", "12345678"))); });
  EXPECT_THAT(failure.sentence,
              HasSubstr("RuntimeError: invalid hash value (expected \"12345678\", got \"c0f7955a"));
  EXPECT_THAT(failure.sentence, HasSubstr("\") ("));
}

// Local mirrors: Python's urlopen reads files, and so does this.
TEST_F(InnerTorchHubTest, ReadsFilesByTheirUrls) {
  const std::string name = "digit_reader-c0f7955a.pth";
  tests::write_file(at("mirror/" + name), tests::read_file("hub/examples/digits_release/" + name));
  tests::write_file(at("mirror/wrong-12345678.pth"), "other");
  tests::write_file(at("local/hubconf.py"), R"(
import os, torch
def weights(url, **options): return len(torch.hub.load_state_dict_from_url(url, **options))
def file(url, dst, prefix=None):
    torch.hub.download_url_to_file(url, dst, prefix, progress=False)
    return os.path.getsize(dst)
)");
  const auto local = [&](std::string_view entry, const Arguments& arguments) {
    return load(at("local"), entry, arguments,
                LoadOptions().trust_repo(true).fetch(FetchOptions().source(Source::local)),
                context_)
        .text();
  };
  const std::string url = "file://" + at("mirror/");
  EXPECT_EQ(local("weights", Arguments(url + name, keyword("check_hash", true))), "6");
  EXPECT_TRUE(std::filesystem::exists(at("hub/checkpoints/" + name)));
  EXPECT_EQ(local("weights",
                  Arguments("FILE" + url.substr(4) + name, keyword("model_dir", at("models")))),
            "6");
  EXPECT_EQ(local("file", Arguments(url + name, at("copy"), "c0f7955a")), "88341");
  EXPECT_EQ(local("file", Arguments("data:,abc", at("data"))), "3");
  const auto failure = [&](std::string_view entry, const Arguments& arguments) {
    return failure_of([&] { local(entry, arguments); }).sentence;
  };
  EXPECT_THAT(
      failure("weights", Arguments(url + "wrong-12345678.pth", keyword("check_hash", true))),
      HasSubstr("RuntimeError: invalid hash value (expected \"12345678\", got"));
  EXPECT_THAT(failure("file", Arguments(url + "none", at("copy"))),
              HasSubstr("URLError: <urlopen error [Errno 2] No such file or directory"));
  // What is read is judged as ever.
  call("save_evil", Arguments(at("mirror/evil.pth")));
  EXPECT_NE(failure("weights", Arguments(url + "evil.pth", keyword("weights_only", false))),
            "(nothing was thrown)");
  EXPECT_FALSE(std::filesystem::exists(at("mirror/evil.pth.owned")));
}

TEST_F(InnerTorchHubTest, KeepsToTheOfflineSwitchAndTheLockFile) {
  EXPECT_EQ(call("directory"), (folder_ / "hub").string());
  LockFile lock;
  lock.urls[lock_key_of_url(shared().server.url() +
                            "/acme/inner/releases/download/v1/digit_reader-c0f7955a.pth")] = {
      std::string(64, '0'), 88341};
  context_.lock_file(lock);
  EXPECT_THAT(failure_of([&] { call("weights"); }).sentence, HasSubstr("the lock file"));
  context_.no_lock_file().offline(true);
  EXPECT_THAT(failure_of([&] { call("weights"); }).sentence, HasSubstr("RuntimeError: "));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "hub/checkpoints/digit_reader-c0f7955a.pth"));
}

TEST_F(InnerTorchHubTest, TellsOurFolderAlsoToThreads) {
  EXPECT_EQ(call("threaded"), (folder_ / "hub").string());
}

TEST_F(InnerTorchHubTest, HasTheInstalledTorchsSignaturesAndIsItsOwnAfterwards) {
  const std::string inside = call("signatures");
  EXPECT_THAT(inside, HasSubstr("repo_or_dir"));
  EXPECT_THAT(inside, HasSubstr("hash_prefix"));
  const Model hub =
      load("acme/inner", "weights", Arguments(), LoadOptions().trust_repo(true), context_);
  // Nothing of ours is left in torch.hub: what load returned has no say in it.
  Context other{cache::TorchPaths(folder_ / "elsewhere")};
  other.github(context_.github());
  EXPECT_EQ(
      load("acme/inner", "directory", Arguments(), LoadOptions().trust_repo(true), other).text(),
      (folder_ / "elsewhere").string());
}

TEST_F(InnerTorchHubTest, LoadsOthersThroughTheGate) {
  // PyTorch's own are trusted on the public GitHub alone.
  EXPECT_THAT(failure_of([&] { call("nested", Arguments().positional("pytorch/other")); }).sentence,
              HasSubstr("pytorch/other is not trusted"));
  EXPECT_THAT(failure_of([&] { call("nested", Arguments().positional("acme/other")); }).sentence,
              HasSubstr("acme/other is not trusted"));
  EXPECT_EQ(call("nested", Arguments().positional("acme/other").keyword("trust_repo", true)),
            "other 3 v");
  EXPECT_EQ(call("nested", Arguments().positional("acme/other")), "other 3 v");
  EXPECT_EQ(
      call("nested",
           Arguments().positional((shared().home / "other").string()).keyword("source", "local")),
      "other 3 v");
}

TEST_F(InnerTorchHubTest, LooksAtCheckpointsBeforeTheyAreRead) {
  const std::string whole = folder_ / "whole.pt", evil = folder_ / "evil.pt";
  call("save_whole", Arguments().positional(whole));
  EXPECT_EQ(call("read", Arguments().positional(whole)), "Net");
  call("save_evil", Arguments().positional(evil));
  const tests::Failure refused = failure_of([&] { call("read", Arguments().positional(evil)); });
  EXPECT_THAT(refused.sentence,
              HasSubstr("evil.pt is not read: torch.load would run posix.system"));
  EXPECT_FALSE(std::filesystem::exists(evil + ".owned"));
  // Whole models, by whichever way: what torch reads without us.
  EXPECT_EQ(
      call("read_in_other_ways", Arguments().positional(whole)),
      "positional Net, module Net, serialization Net, pathlib Net, file Net, bytes Net, packed "
      "Net, mapped Net, default UnpicklingError");
  // What a module of the repository has imported from elsewhere is not its own.
  tests::write_file(
      evil,
      tests::build_zip({{.name = "a/data.pkl",
                         .content = tests::pickle(tests::global("net", "Popen") + "(" +
                                                  tests::text("touch " + evil + ".owned") + "tR")},
                        {.name = "a/version", .content = "3"}}));
  EXPECT_THAT(failure_of([&] { call("read", Arguments().positional(evil)); }).sentence,
              HasSubstr("torch.load would run net.Popen"));
  EXPECT_FALSE(std::filesystem::exists(evil + ".owned"));
  call("save_evil", Arguments().positional(evil));
  // torch's own reader of weights is what reads by default, and refuses.
  EXPECT_EQ(call("read_in_other_ways", Arguments().positional(evil)),
            "positional RuntimeError, module RuntimeError, serialization RuntimeError, pathlib "
            "RuntimeError, file RuntimeError, bytes RuntimeError, packed RuntimeError, mapped "
            "RuntimeError, default RuntimeError");
  EXPECT_FALSE(std::filesystem::exists(evil + ".owned"));
  EXPECT_EQ(call("read", Arguments().positional(evil), LoadOptions().unsafe_checkpoints(true)),
            "dict");
  EXPECT_TRUE(std::filesystem::exists(evil + ".owned"));
}

TEST_F(InnerTorchHubTest, LooksAtWhatOtherLoadersRead) {
  // Stands for joblib, which is led when somebody imports it.
  const std::string loads =
      "import pickle\ndef load(filename): return pickle.load(open(filename, 'rb'))\n";
  tests::write_file(folder_ / "l/joblib/numpy_pickle.py", loads);
  tests::write_file(folder_ / "l/joblib/__init__.py", "from .numpy_pickle import load\n");
  const std::string folder = folder_ / "l";
  EXPECT_EQ(call("read_by_other_loaders", Arguments().positional(folder)),
            "numpy.load: refused\n"
            "numpy.load of npz: refused\n"
            "numpy.load of pickle: refused\n"
            "read_array: refused\n"
            "good numpy.load: [\"a\", null, 3, 0, 1, 2]\n"
            "good numpy.load of pickle: {\"a\": [1, 2]}\n"
            "jit.load: refused\n"
            "jit.load of bytes: refused\n"
            "good jit.load: 2\n"
            "_legacy_load: refused\n"
            "_load: refused\n"
            "package: refused\n"
            "joblib: refused\n"
            "good joblib: {\"a\": [1, 2]}\n"
            "missing: other error");
  EXPECT_THAT(call("read_by_other_loaders", Arguments().positional(folder),
                   LoadOptions().unsafe_checkpoints(true)),
              testing::AllOf(HasSubstr("numpy.load: ran"), HasSubstr("jit.load: ran"),
                             HasSubstr("joblib: ran"), HasSubstr("_load: ran")));
  EXPECT_THAT(call("read_programs", Arguments().positional(folder)),
              testing::AnyOf("ExportedProgram, refused, 2.0, refused", "not here"));
}

TEST_F(InnerTorchHubTest, ImportsNothingThatWasNotJudged) {
  const std::string judged = folder_ / "judged.pt", evil = folder_ / "evil.pt";
  call("save_evil", Arguments().positional(evil));
  call("save_whole", Arguments().positional(judged));
  EXPECT_THAT(failure_of([&] {
                call("read_behind_the_judge", Arguments().positional(judged).positional(evil));
              }).sentence,
              HasSubstr("posix.system is not imported: it was not there when the file was judged"));
  EXPECT_FALSE(std::filesystem::exists(evil + ".owned"));
}

}  // namespace
}  // namespace torchhub
