#include <torchhub/hub/load.h>
#include <torchhub/python/hubconf.h>

#include <utility>

namespace torchhub {

LoadedModel load_from_repository(std::string_view repo, std::string_view entry,
                                 const Arguments& arguments, const LoadOptions& options,
                                 const Context& context) {
  Repository repository = get_repository(context, repo, options.fetch());
  const python::Hubconf conf(TrustGate::admit(context, repository, options.trust_repo()));
  Model model(conf.call(entry, arguments), conf.modules());
  return {std::move(repository), std::move(model)};
}

Model load(std::string_view repo, std::string_view entry, const Arguments& arguments,
           const LoadOptions& options, const Context& context) {
  return load_from_repository(repo, entry, arguments, options, context).model;
}

}  // namespace torchhub
