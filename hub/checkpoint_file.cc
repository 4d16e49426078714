#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/stand_in.h>
#include <torchhub/cache/checkpoint_name.h>
#include <torchhub/cache/hash_prefix.h>
#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/sweep.h>
#include <torchhub/cache/verification.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/detail/checkpoint_shards.h>
#include <torchhub/hub/detail/session.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/hub/error.h>
#include <torchhub/net/url.h>

#include <algorithm>
#include <array>
#include <optional>

namespace torchhub {
namespace {

// The digest to expect by the file's name, "" where none is to be checked.
std::string expected_hash(const std::string& name, bool check_hash) {
  if (!check_hash) return "";
  const auto prefix = cache::hash_prefix_of_name(name);
  if (!prefix) {
    throw cache::Error(cache::errc::no_hash_in_name,
                       "\"" + name +
                           "\" has no -<hash>. part of at least 8 hexadecimal digits, so its hash "
                           "cannot be checked");
  }
  return *prefix;
}

// The caller's name, which stays below the folder, or the URL's.
std::string file_name(std::string_view url, const std::string& chosen) {
  if (chosen.empty()) {
    const auto from_url = cache::checkpoint_name(url);
    if (from_url) return *from_url;
    throw cache::Error(from_url.error(),
                       "\"" + net::redact_url(url) + "\" does not end in a file name");
  }
  const std::filesystem::path path = chosen;
  if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end()) {
    throw cache::Error(cache::errc::bad_name,
                       "\"" + chosen + "\" does not name a file inside the folder");
  }
  return chosen;
}

// The path of a URL, by which files of one name are told apart: hosts change, as mirrors do.
std::string path_of(std::string_view url) {
  const auto parsed = net::Url::parse(std::string(url));
  if (!parsed) return "";
  return parsed->target().substr(0, parsed->target().find('?'));
}

// torch.hub would take whatever has the name.
void check_origin(const std::filesystem::path& file, std::string_view url,
                  const cache::VerifiedFiles& verified) {
  const std::optional<cache::FileStamp> stamp = verified.find(file);
  if (!stamp || !stamp->is_current || stamp->url.empty() ||
      path_of(stamp->url) == path_of(net::redact_url(url)))
    return;
  const auto named = cache::hash_prefix_of_name(file.filename().string());
  if (named && cache::begins_with_hash(stamp->sha256, *named)) return;
  throw Error(errc::name_taken, file.string() + ": came from " + stamp->url + ", not from " +
                                    net::redact_url(url) +
                                    "; choose another file_name, or remove it");
}

// Whether a file of this name is meant to be such a text, and not weights.
bool is_named_as(archive::StandIn kind, const std::string& name) {
  // Of what torch and others write, none of which is a text; a URL that ends in no such name may be of weights, too.
  constexpr std::array<std::string_view, 20> kNeverText = {
      "",     ".pth",    ".pt",  ".pt2", ".ptl", ".pth2", ".th",  ".bin", ".ckpt", ".safetensors",
      ".pkl", ".pickle", ".tar", ".gz",  ".tgz", ".zip",  ".npy", ".npz", ".h5",   ".onnx"};
  std::string ending = std::filesystem::path(name).extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  switch (kind) {
    case archive::StandIn::message:
      return std::find(kNeverText.begin(), kNeverText.end(), ending) == kNeverText.end();
    case archive::StandIn::json:
      // An index of shards that is one is no mere document.
      return ending == ".json" && !detail::is_shard_index(name);
    case archive::StandIn::xml:
      return ending == ".xml";
    case archive::StandIn::web_page:
      return ending == ".html" || ending == ".htm" || ending == ".xhtml";
    default:
      return false;
  }
}

// What stands where weights were to be: a page, a message or a pointer, which servers give with status
// 200 as well.
std::optional<archive::StandIn> stand_in_at(const std::filesystem::path& file,
                                            const std::string& name) {
  const archive::MappedFile bytes(file);
  const archive::StandIn kind = archive::stand_in(bytes.view());
  if (kind == archive::StandIn::none || is_named_as(kind, name)) return std::nullopt;
  return kind;
}

// Moves it to where nobody takes it for weights; returns what became of it, as a clause.
std::string set_aside(const std::filesystem::path& file, const Context& context) {
  std::error_code unknown;
  // The link is the user's, and stays.
  if (std::filesystem::is_symlink(file, unknown)) return "it is replaced where its link leads";
  try {
    return "it was moved to " + cache::quarantine(context.paths(), file).string();
  } catch (const cache::Error&) {
    // The folder may be of another file system, or not to be written to.
    std::error_code kept;
    std::filesystem::remove(file, kept);
    return kept ? "it cannot be removed: " + kept.message() : "it was removed";
  }
}

[[noreturn]] void throw_stand_in(const std::string& where, archive::StandIn kind,
                                 const std::string& clause) {
  throw archive::Error(
      archive::errc::not_a_checkpoint,
      where + ": is " + std::string(archive::describe(kind)) + " and no checkpoint; " + clause);
}

// Whether the file in the cache will do. One that will not is to be replaced.
bool is_usable(const std::filesystem::path& file, std::string_view url,
               const detail::ExpectedContent& expected, const Context& context) {
  std::error_code absent;
  if (!std::filesystem::exists(file, absent)) return false;
  const cache::VerifiedFiles verified(context.paths().stamps());
  if (expected.prefix.empty()) {
    if (const auto kind = stand_in_at(file, file.filename().string())) {
      if (context.offline()) throw_stand_in(file.string(), *kind, "nothing may be fetched");
      return false;
    }
    check_origin(file, url, verified);
  } else {
    const std::string digest = verified.digest_of(file);
    if (!expected.fits(digest)) {
      if (context.offline())
        expected.throw_mismatch(file.string(), digest, std::filesystem::file_size(file));
      return false;
    }
  }
  verified.note_use(file);
  return true;
}

void report_unusable(const std::filesystem::path& file, const detail::ExpectedContent& expected,
                     const Context& context) {
  std::error_code absent;
  if (!std::filesystem::exists(file, absent)) return;
  context.message(file.string() + ": has the SHA-256 " +
                  cache::VerifiedFiles(context.paths().stamps()).digest_of(file) + " and not " +
                  expected.prefix + "; it is fetched anew");
}

// What lies at `url` as `file`, downloaded if it is not there. `name` may hold a hash.
void get_file(std::string_view url, const std::filesystem::path& file, const std::string& name,
              const CheckpointFileOptions& options, const Context& context) {
  const detail::ExpectedContent expected =
      detail::expected_content(context, url, expected_hash(name, options.check_hash()));
  if (!options.force_reload() && is_usable(file, url, expected, context)) return;
  if (!options.force_reload() && !expected.prefix.empty()) report_unusable(file, expected, context);
  if (!expected.is_whole() || !context.content_store())
    detail::require_online(context, file.string());
  cache::make_own_folders(file.parent_path(), context.paths().hub_dir());
  cache::sweep(context.paths());
  detail::Session session(context.client_options());
  detail::VerifiedDownload wanted;
  wanted.url = url;
  wanted.target = file;
  wanted.expected = expected;
  // The cache's own file, which the caller wants anew.
  wanted.options.observer(options.observer()).force(true).max_bytes(options.max_bytes());
  for (const net::Header& header : options.headers())
    wanted.options.header(header.name, header.value);
  if (options.deadline()) wanted.options.deadline(*options.deadline());
  wanted.on_begin = [&] {
    context.message("Downloading: \"" + net::redact_url(url) + "\" to " + file.string());
  };
  // Whoever held the part before may have finished it.
  wanted.is_good_already = [&](bool has_waited) {
    if (!has_waited && options.force_reload()) return false;
    if (is_usable(file, url, expected, context)) return true;
    std::error_code absent;
    // By its digest it would be known.
    const bool may_be_stand_in = expected.prefix.empty() && std::filesystem::exists(file, absent);
    const auto kind = may_be_stand_in ? stand_in_at(file, name) : std::nullopt;
    if (kind)
      context.message(file.string() + ": is " + std::string(archive::describe(*kind)) +
                      " and no checkpoint; " + set_aside(file, context));
    return false;
  };
  wanted.on_received = [&](const std::filesystem::path& part) {
    if (!expected.prefix.empty()) return;
    if (const auto kind = stand_in_at(part, name))
      throw_stand_in(net::redact_url(url), *kind, set_aside(part, context));
  };
  const DownloadedFile made = session.run(
      detail::download_to(session.client(), context, std::move(wanted)), options.stop());
  if (!made.sha256.empty()) {
    cache::VerifiedFiles(context.paths().stamps())
        .remember(file, made.sha256, net::redact_url(url));
  }
}

}  // namespace

std::filesystem::path checkpoint_path(std::string_view url, const CheckpointFileOptions& options,
                                      const Context& context) {
  const std::string name = file_name(url, options.file_name());
  const bool is_placed = !options.model_dir().empty() || !options.file_name().empty();
  const std::filesystem::path folder =
      options.model_dir().empty() ? context.paths().checkpoints() : options.model_dir();
  if (!is_placed && detail::is_shard_index(name))
    return folder / detail::shard_folder(path_of(url)) / name;
  return folder / name;
}

std::filesystem::path get_checkpoint_file(std::string_view url,
                                          const CheckpointFileOptions& options,
                                          const Context& context) {
  const auto start = std::chrono::steady_clock::now();
  std::filesystem::path file = checkpoint_path(url, options, context);
  get_file(url, file, file_name(url, options.file_name()), options, context);
  for (const detail::Shard& shard : detail::shards_of(url, file)) {
    CheckpointFileOptions rest = options;
    // One time for all of them.
    const std::chrono::steady_clock::duration spent = std::chrono::steady_clock::now() - start;
    if (options.deadline()) rest.deadline(std::max(*options.deadline(), spent) - spent);
    get_file(shard.url, shard.file, shard.file.filename().string(), rest, context);
  }
  return file;
}

}  // namespace torchhub
