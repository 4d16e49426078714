#include <torchhub/hub/list.h>
#include <torchhub/hub/use_python.h>
#include <torchhub/python/concepts.h>
#include <torchhub/python/error.h>
#include <torchhub/python/static_hubconf.h>
#include <torchhub/python/worker_hubconf.h>

namespace torchhub {
namespace {

static_assert(python::EntryPointSource<python::StaticHubconf>);
static_assert(python::EntryPointSource<python::WorkerHubconf>);

// To read a file any Python does: what does not fit is told then, and the build's is used.
void use_fitting_python(const Context& context, bool is_needed) {
  try {
    use_python(context.python());
  } catch (const python::Error& misfit) {
    if (is_needed) throw;
    context.message(misfit.what());
  }
}

// What `ask` finds in the repository's hubconf.py, read or run as the options say.
template <class Ask>
auto ask_hubconf(Repository& repository, const ListOptions& options, const Context& context,
                 Ask ask) {
  use_fitting_python(context, options.run());
  if (options.run())
    return ask(python::WorkerHubconf(TrustGate::admit(context, repository, options.trust_repo()),
                                     options.sandbox()));
  // Said explicitly, trust is written down although reading does not need it.
  if (options.trust_repo() == TrustRepo::yes) {
    TrustGate::admit(context, repository, TrustRepo::yes);
  }
  return ask(python::StaticHubconf(repository.folder));
}

// Gets the repository and asks its hubconf.py.
template <class Ask>
auto with_hubconf(std::string_view repo, const ListOptions& options, const Context& context,
                  Repository& repository, Ask ask) {
  repository = get_repository(context, repo, options.fetch());
  try {
    return ask_hubconf(repository, options, context, ask);
  } catch (const python::Error&) {
    // Another process may have trusted the repository meanwhile, and so moved its folder.
    if (repository.is_local() || std::filesystem::exists(repository.folder)) throw;
  }
  repository = get_repository(context, repo, FetchOptions());
  return ask_hubconf(repository, options, context, ask);
}

}  // namespace

RepositoryListing list_repository(std::string_view repo, const ListOptions& options,
                                  const Context& context) {
  RepositoryListing result;
  const auto listing_of = []<python::EntryPointSource Source>(
                              const Source& source) -> python::Listing { return source.listing(); };
  result.listing = with_hubconf(repo, options, context, result.repository, listing_of);
  return result;
}

std::vector<python::EntryPoint> list(std::string_view repo, const ListOptions& options,
                                     const Context& context) {
  return list_repository(repo, options, context).listing.entry_points;
}

DescribedEntryPoint describe_with_listing(std::string_view repo, std::string_view entry,
                                          const ListOptions& options, const Context& context) {
  Repository repository;
  const auto entry_of =
      [&]<python::EntryPointSource Source>(const Source& source) -> DescribedEntryPoint {
    return {source.entry_point(entry), source.listing()};
  };
  return with_hubconf(repo, options, context, repository, entry_of);
}

python::EntryPoint describe(std::string_view repo, std::string_view entry,
                            const ListOptions& options, const Context& context) {
  return describe_with_listing(repo, entry, options, context).entry_point;
}

std::string help(std::string_view repo, std::string_view entry, const ListOptions& options,
                 const Context& context) {
  return describe(repo, entry, options, context).docstring;
}

}  // namespace torchhub
