#include <torchhub/python/detail/read_hubconf.h>
#include <torchhub/python/error.h>
#include <torchhub/python/static_hubconf.h>

#include <algorithm>
#include <string>

namespace torchhub::python {

StaticHubconf::StaticHubconf(const std::filesystem::path& folder) {
  const detail::HubconfText text = detail::read_hubconf(folder);
  listing_.dependencies = text.dependencies;
  listing_.missing_dependencies = text.missing_dependencies;
  listing_.complete = text.complete;
  listing_.import_problems = text.import_problems;
  for (const EntryPoint& entry : text.callables) {
    (entry.name.starts_with('_') ? hidden_ : listing_.entry_points).push_back(entry);
  }
}

const EntryPoint& StaticHubconf::entry_point(std::string_view name) const {
  for (const std::vector<EntryPoint>* entries : {&listing_.entry_points, &hidden_}) {
    const auto found = std::find_if(entries->begin(), entries->end(),
                                    [&](const EntryPoint& entry) { return entry.name == name; });
    if (found != entries->end()) return *found;
  }
  if (listing_.complete) throw no_such_entry_point(name);
  throw Error(errc::no_such_entry_point, std::string(no_such_entry_point(name).what()) +
                                             " by reading it, which does not tell all; --run (in "
                                             "C++, ListOptions().run(true)) runs it");
}

}  // namespace torchhub::python
