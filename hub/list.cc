#include <torchhub/hub/list.h>
#include <torchhub/python/concepts.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/static_hubconf.h>

namespace torchhub {
namespace {

static_assert(python::EntryPointSource<python::StaticHubconf>);
static_assert(python::EntryPointSource<python::Hubconf>);

// What `ask` finds in the repository's hubconf.py, read or run as the options say.
template <class Ask>
auto with_hubconf(Repository& repository, const ListOptions& options, const Context& context,
                  Ask ask) {
  if (!options.run()) return ask(python::StaticHubconf(repository.folder));
  return ask(python::Hubconf(TrustGate::admit(context, repository, options.trust_repo())));
}

}  // namespace

RepositoryListing list_repository(std::string_view repo, const ListOptions& options,
                                  const Context& context) {
  RepositoryListing result;
  result.repository = get_repository(context, repo, options.fetch());
  const auto listing_of = []<python::EntryPointSource Source>(
                              const Source& source) -> python::Listing { return source.listing(); };
  result.listing = with_hubconf(result.repository, options, context, listing_of);
  return result;
}

std::vector<python::EntryPoint> list(std::string_view repo, const ListOptions& options,
                                     const Context& context) {
  return list_repository(repo, options, context).listing.entry_points;
}

python::EntryPoint describe(std::string_view repo, std::string_view entry,
                            const ListOptions& options, const Context& context) {
  Repository repository = get_repository(context, repo, options.fetch());
  const auto entry_of =
      [&]<python::EntryPointSource Source>(const Source& source) -> python::EntryPoint {
    return source.entry_point(entry);
  };
  return with_hubconf(repository, options, context, entry_of);
}

std::string help(std::string_view repo, std::string_view entry, const ListOptions& options,
                 const Context& context) {
  return describe(repo, entry, options, context).docstring;
}

}  // namespace torchhub
