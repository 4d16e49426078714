#ifndef TORCHHUB_PYTHON_HUB_FUNCTIONS_H_
#define TORCHHUB_PYTHON_HUB_FUNCTIONS_H_
// What stands behind Python's torch.hub while a repository's code runs: this room's owner plugs it in.
//
//   python::HubFunctions functions;
//   functions.hub_dir = [] { return std::string("/cache/hub"); };
//   python::Hubconf conf(trusted, std::make_shared<const python::HubFunctions>(functions));
//
// torch.hub.get_dir, download_url_to_file, load_state_dict_from_url and load keep their signatures and
// results; they are Python's own again afterwards. torch.load looks at the file first, and imports what was seen there.

#include <torchhub/python/arguments.h>
#include <torchhub/python/object.h>

#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::python {

/// A checkpoint as load_state_dict_from_url asks for it; empty texts are None.
struct CheckpointRequest {
  std::string url;
  std::string model_dir;
  std::string file_name;
  bool check_hash = false;
};

/// A call of torch.hub.load by a repository's code.
struct LoadRequest {
  std::string repo;
  std::string model;
  std::string source;
  std::string trust_repo;  ///< "yes", "ask" or "check"
  bool force_reload = false;
  bool verbose = true;
  bool skip_validation = false;
  Arguments arguments;
};

/// What torch.load would import and call.
struct PickledGlobals {
  std::vector<std::string> refused;  ///< "posix.system", in their order
  std::vector<std::string> allowed;  ///< what a checkpoint may hold
  std::string damage;                ///< why the file cannot be told to the end, "" if it can
};

/// What a server answered that did not give the file.
struct HubAnswer {
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< its beginning
};

/// Thrown by the functions for what Python's code may expect and catch.
class HubFailure : public std::runtime_error {
 public:
  enum class Kind {
    http,      ///< urllib.error.HTTPError
    loop,      ///< the same, of redirects without an end
    redirect,  ///< the same, of a redirect that is not followed
    network,   ///< urllib.error.URLError, with an OSError of the number's class for its reason
    name,      ///< urllib.error.URLError, with socket.gaierror and its number
    trust,     ///< urllib.error.URLError, with ssl.SSLCertVerificationError
    tls,       ///< urllib.error.URLError, with ssl.SSLError
    url,       ///< what urllib raises for the URL: ValueError, URLError or http.client.InvalidURL
    system,  ///< OSError, of the class that the number has: FileNotFoundError, PermissionError, ...
    value,   ///< ValueError
    syntax,  ///< SyntaxError, of the file at the path
    hash,    ///< RuntimeError, in torch.hub's words
    other,   ///< RuntimeError
  };
  HubFailure(Kind kind, const std::string& sentence, int number = 0)
      : std::runtime_error(sentence), kind_(kind), number_(number) {}
  HubFailure(Kind kind, const std::string& sentence, int number, std::string path)
      : std::runtime_error(sentence), kind_(kind), number_(number), path_(std::move(path)) {}
  HubFailure(Kind kind, const std::string& sentence, int number, HubAnswer answer)
      : std::runtime_error(sentence), kind_(kind), number_(number), answer_(std::move(answer)) {}

  Kind kind() const { return kind_; }
  /// Of an answer its status; of a name what getaddrinfo() returned; else errno's, 0 where there is none.
  int number() const { return number_; }
  /// The file that it is about, "" where it is about none.
  const std::string& path() const { return path_; }
  /// Of an answer.
  const HubAnswer& answer() const { return answer_; }

 private:
  Kind kind_;
  int number_;
  std::string path_;
  HubAnswer answer_;
};

/// Called from whichever thread Python's code runs in, without the interpreter's lock. Each may throw
/// HubFailure or any std::exception; a PythonException arrives as the exception that it was.
struct HubFunctions {
  std::function<std::string()> hub_dir;
  std::function<void(const std::string& url, const std::string& dst,
                     const std::string& hash_prefix)>
      download;
  /// The path of the file, which is then complete, in the cache.
  std::function<std::string(const CheckpointRequest&)> checkpoint;
  std::function<Object(const LoadRequest&)> load;
  /// Ends the repository's code, as Stoppable has it, while it is imported and while an entry point runs. Once it was
  /// requested, what one of these throws is a KeyboardInterrupt inside.
  std::stop_token stop;
  /// Empty where torch.load may read anything.
  std::function<PickledGlobals(const std::string& path)> scan;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_HUB_FUNCTIONS_H_
