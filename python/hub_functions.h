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

/// Thrown by the functions for what Python's code may expect and catch.
class HubFailure : public std::runtime_error {
 public:
  enum class Kind {
    http,     ///< urllib.error.HTTPError
    network,  ///< urllib.error.URLError
    system,  ///< OSError, of the class that the number has: FileNotFoundError, PermissionError, ...
    value,   ///< ValueError
    syntax,  ///< SyntaxError
    hash,    ///< RuntimeError, as torch.hub has it
    other,   ///< RuntimeError
  };
  HubFailure(Kind kind, const std::string& sentence, int number = 0)
      : std::runtime_error(sentence), kind_(kind), number_(number) {}

  Kind kind() const { return kind_; }
  /// Of an answer its status, for Kind::http; else errno's, 0 where there is none.
  int number() const { return number_; }

 private:
  Kind kind_;
  int number_;
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
