#include <torchhub/hub/cli/entry_arguments.h>
#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/load_entry.h>
#include <torchhub/hub/cli/missing_package.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/repository_json.h>
#include <torchhub/python/error.h>

#include <stdexcept>
#include <string>

namespace torchhub::cli {

ParsedCall::ParsedCall(const EntryCall& call)
    : call_(call),
      arguments_(parse_entry_arguments(call.arguments)),
      options_(LoadOptions()
                   .fetch(fetch_options(call.repository))
                   .trust_repo(trust_option(call.repository))
                   .unsafe_checkpoints(call.unsafe_checkpoints)) {}

LoadedModel ParsedCall::load(const CommandLine& line) const {
  const Context context = make_context(line);
  LoadedModel loaded = with_interruptible_fetch(options_.fetch(), [&](const FetchOptions& fetch) {
    return with_advice(call_.repository, context, [&] {
      return load_from_repository(call_.repository.repo, call_.entry, arguments_,
                                  LoadOptions(options_).fetch(fetch), context);
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
