#include <torchhub/hub/detail/python_hub_functions.h>
#include <torchhub/hub/load.h>
#include <torchhub/hub/use_python.h>
#include <torchhub/python/hubconf.h>

#include <utility>

namespace torchhub {
namespace {

TrustRepo trust_of(const std::string& name) {
  return name == "yes" ? TrustRepo::yes : name == "ask" ? TrustRepo::ask : TrustRepo::check;
}

LoadedModel load_as(python::DependencyCheck check, std::string_view repo, std::string_view entry,
                    const Arguments& arguments, const LoadOptions& options, const Context& context);

// torch.hub.load called by a repository's own code.
python::Object load_nested(const python::LoadRequest& request, bool unsafe_checkpoints,
                           const std::stop_token& stop, const Context& context) {
  const LoadOptions options = LoadOptions()
                                  .fetch(FetchOptions()
                                             .source(source_of_name(request.source))
                                             .force_reload(request.force_reload)
                                             .verbose(request.verbose)
                                             .skip_validation(request.skip_validation)
                                             .stop(stop))
                                  .trust_repo(trust_of(request.trust_repo))
                                  .unsafe_checkpoints(unsafe_checkpoints);
  return load_as(python::DependencyCheck::before_call, request.repo, request.model,
                 request.arguments, options, context)
      .model.object();
}

LoadedModel load_as(python::DependencyCheck check, std::string_view repo, std::string_view entry,
                    const Arguments& arguments, const LoadOptions& options,
                    const Context& context) {
  Repository repository = get_repository(context, repo, options.fetch());
  const bool unsafe = options.unsafe_checkpoints();
  const std::stop_token stop = options.stop();
  auto nested = [unsafe, stop, context](const python::LoadRequest& request) {
    return load_nested(request, unsafe, stop, context);
  };
  use_python(context.python());
  const python::Hubconf conf(TrustGate::admit(context, repository, options.trust_repo()),
                             detail::python_hub_functions(context, unsafe, stop, std::move(nested)),
                             check);
  Model model(conf.call(entry, arguments), conf.modules());
  return {std::move(repository), std::move(model)};
}

}  // namespace

LoadedModel load_from_repository(std::string_view repo, std::string_view entry,
                                 const Arguments& arguments, const LoadOptions& options,
                                 const Context& context) {
  return load_as(python::DependencyCheck::before_import, repo, entry, arguments, options, context);
}

Model load(std::string_view repo, std::string_view entry, const Arguments& arguments,
           const LoadOptions& options, const Context& context) {
  return load_from_repository(repo, entry, arguments, options, context).model;
}

}  // namespace torchhub
