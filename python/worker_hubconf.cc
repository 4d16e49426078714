#include <torchhub/python/detail/hubconf_scripts.h>
#include <torchhub/python/detail/read_hubconf.h>
#include <torchhub/python/detail/texts.h>
#include <torchhub/python/error.h>
#include <torchhub/python/python_places.h>
#include <torchhub/python/worker_hubconf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>

namespace torchhub::python {
namespace {

constexpr char kWorkerScript[] =
#include "python/worker.py.inc"
    ;

std::string last_line(std::string text) {
  while (!text.empty() && std::strchr(" \r\n", text.back())) text.pop_back();
  const std::size_t line = text.rfind('\n');
  return line == text.npos ? text : text.substr(line + 1);
}

std::string why(const SandboxOutcome& outcome, const SandboxOptions& options) {
  if (outcome.ended != SandboxOutcome::Ended::exited) return how_it_ended(outcome, options);
  const std::string said = last_line(outcome.errors);
  return how_it_ended(outcome, options) + " before it was read to its end" +
         (said.empty() ? "" : ": " + said);
}

}  // namespace

WorkerHubconf::WorkerHubconf(const TrustedSource& source, SandboxOptions options) {
  const std::filesystem::path& folder = source.folder();
  const std::string file = (folder / "hubconf.py").string();
  // For its errors. Dependencies are not checked: torch.hub.list does not check them either.
  detail::require_syntax(folder);
  options.file("torchhub_repository_modules.py", detail::kRepositoryModulesScript)
      .file("torchhub_run_hubconf.py", detail::kRunHubconfScript)
      .file("worker.py", kWorkerScript);
  add_readable_files(options, folder);
  for (const std::filesystem::path& place : python_places()) options.readable(place);
  const PythonProcess python = python_process();
  for (const auto& [name, value] : python.variables) options.variable(name, value);
  const SandboxOutcome outcome =
      run_in_sandbox({python.interpreter, "-I", "-u", "-X", "utf8", "worker.py", folder}, options);
  protection_ = outcome.protection;
  std::deque<std::string> texts =
      detail::texts_of(outcome.result).value_or(std::deque<std::string>());
  const auto next = [&] { return detail::next_text(texts); };
  const std::string verdict = next();
  if (verdict == "raised" && texts.size() == 3) {
    std::string type = next(), message = next();
    const std::string limit = limit_behind(type + ": " + message, options);
    throw PythonException("importing " + file + limit, std::move(type), std::move(message), next());
  }
  if (verdict != "done")
    throw Error(errc::worker_failed, "running " + file + ": the process " + why(outcome, options));
  const auto number = [&] { return std::strtoul(next().c_str(), nullptr, 10); };
  for (std::size_t left = std::min<std::size_t>(number(), texts.size()); left > 0; --left)
    dependencies_.push_back(next());
  constexpr std::size_t kTextsOfEach = 3;
  const std::size_t callables = number();
  // Whatever the repository's code wrote between, or kept from being written, shows here.
  if (texts.size() != kTextsOfEach * callables || outcome.ended != SandboxOutcome::Ended::exited ||
      outcome.status != 0)
    throw Error(errc::worker_failed, "running " + file + ": its answer is not whole; the process " +
                                         why(outcome, options));
  while (!texts.empty()) {
    std::string name = next(), signature = next();
    callables_.push_back({std::move(name), std::move(signature), next()});
  }
}

Listing WorkerHubconf::listing() const {
  Listing listing;
  listing.dependencies = dependencies_;
  std::copy_if(callables_.begin(), callables_.end(), std::back_inserter(listing.entry_points),
               [](const EntryPoint& entry) { return !entry.name.starts_with('_'); });
  return listing;
}

EntryPoint WorkerHubconf::entry_point(std::string_view name) const {
  const auto found = std::find_if(callables_.begin(), callables_.end(),
                                  [&](const EntryPoint& entry) { return entry.name == name; });
  if (found == callables_.end()) throw no_such_entry_point(name);
  return *found;
}

}  // namespace torchhub::python
