#include <torchhub/hub/cli/entry_arguments.h>
#include <torchhub/hub/cli/fetch_options.h>
#include <torchhub/hub/cli/interruption.h>
#include <torchhub/hub/cli/load_entry.h>
#include <torchhub/hub/cli/missing_package.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/use_python.h>
#include <torchhub/python/error.h>
#include <torchhub/python/operations.h>
#include <torchhub/python/script.h>

#include <exception>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::cli {
namespace {

// Calls `load`, of which Ctrl-C ends the fetch, and then the repository's code by a KeyboardInterrupt.
template <class Load>
LoadedModel with_interruptible_load(const LoadOptions& options, Load load) {
  std::stop_source stop;
  std::optional<Interruption> fetching(std::in_place, stop);
  std::optional<HandledInterruption> running;
  FetchOptions fetch = options.fetch();
  fetch.on_got([&] {
    fetching.reset();
    if (stop.stop_requested()) throw Interrupted("interrupted");
    running.emplace(stop);
  });
  try {
    return load(LoadOptions(options).fetch(fetch).stop(stop.get_token()));
  } catch (const std::exception&) {
    if (!stop.stop_requested()) throw;
  }
  throw Interrupted(running ? "interrupted" : "interrupted; the cache is as it was");
}

constexpr const char* kIdentifierScript = R"(import unicodedata

def identifier(name):
    return unicodedata.normalize("NFKC", name) if name.isidentifier() else ""
)";

// Starts Python, which knows the identifiers that are not ASCII.
Arguments arguments_by_python(const std::vector<std::string>& words, const Context& context) {
  use_python(context.python());
  const python::Object identifier =
      python::script_function("torchhub_identifier", kIdentifierScript, "identifier");
  return parse_entry_arguments(words, [&](const std::string& name) {
    return python::to_text(python::call(identifier, Arguments(name)));
  });
}

}  // namespace

ParsedCall::ParsedCall(const EntryCall& call)
    : call_(call),
      arguments_(needs_identifier(call.arguments) ? Arguments()
                                                  : parse_entry_arguments(call.arguments)),
      options_(LoadOptions()
                   .fetch(fetch_options(call.repository))
                   .trust_repo(call.repository.trust_repo)
                   .unsafe_checkpoints(call.unsafe_checkpoints)) {}

LoadedModel ParsedCall::load(const CommandLine& line) const {
  const Context context = make_context(line);
  const Arguments arguments = needs_identifier(call_.arguments)
                                  ? arguments_by_python(call_.arguments, context)
                                  : arguments_;
  LoadedModel loaded = with_interruptible_load(options_, [&](const LoadOptions& options) {
    return with_advice(call_.repository, context, [&] {
      return load_from_repository(call_.repository.repo, call_.entry, arguments, options, context);
    });
  });
  for (const std::string& key : call_.select) {
    try {
      loaded.model = loaded.model.part(key);
    } catch (const python::PythonException& raised) {
      throw std::runtime_error("--select " + key + ": " + raised.message());
    }
  }
  return loaded;
}

void ParsedCall::require_callable(const Model& model) const {
  if (model.is_callable()) return;
  const std::string what = call_.select.empty() ? call_.entry + " returned" : "--select took";
  throw std::runtime_error(what + " what cannot be called, a " + model.type() +
                           "; --select KEY takes a part of it: an index, a key or an attribute");
}

}  // namespace torchhub::cli
