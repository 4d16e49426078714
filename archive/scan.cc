#include <torchhub/archive/detail/checkpoint_contents.h>
#include <torchhub/archive/detail/inflated.h>
#include <torchhub/archive/detail/numpy_header.h>
#include <torchhub/archive/detail/pickle_outline.h>
#include <torchhub/archive/detail/program_text.h>
#include <torchhub/archive/detail/readers.h>
#include <torchhub/archive/detail/script_code.h>
#include <torchhub/archive/detail/zip_end.h>
#include <torchhub/archive/detail/zip_parts.h>
#include <torchhub/archive/scan.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <cstdint>
#include <list>
#include <optional>
#include <string_view>
#include <utility>

namespace torchhub::archive {

namespace {

using Bytes = std::span<const std::byte>;

constexpr int kMaxDepth = 3;
// What tells a pickle from other files.
constexpr std::uint64_t kHeadBytes = 4096;
// What is inflated in any case, and how much more than its compressed bytes beyond that.
constexpr std::uint64_t kAlwaysFine = std::uint64_t{2} << 20;
constexpr std::uint64_t kMaxRatio = 64;

// What one scan may take in all, however its archives lie in one another.
struct Budget {
  const OpenOptions& options;
  std::uint64_t inflated;  // bytes that may still be inflated
};

// Where bytes were found.
struct Place {
  int depth = 0;           // archives around them
  bool is_script = false;  // beside the code of a TorchScript archive, whose pickles C++ reads
};

Scan scan_bytes(Bytes bytes, Budget& budget, Place place);

// A pickle that torch.save did not write holds no tensors that can be read: for its globals only.
void read_bare_pickle(detail::CheckpointContents& contents, const detail::ReaderInput& input,
                      bool is_script) {
  if (input.bytes.size() > input.max_pickle_bytes())
    throw Error(errc::limit_exceeded, "the pickle is longer than is allowed");
  detail::refuse_other_archives(input);
  contents.arena.allow(detail::value_bytes_allowed(input.bytes.size()));
  detail::WorldOptions options = input.world();
  options.is_script = is_script;
  detail::TorchWorld world(contents.arena, options);
  detail::unpickle_whole(input.bytes, contents.arena, world);
}

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_read_as_checkpoint(FileFormat format) {
  return format == FileFormat::zip || format == FileFormat::legacy_stream ||
         format == FileFormat::legacy_tar || format == FileFormat::safetensors;
}

bool is_unknown_or_text(FileFormat format) {
  return format == FileFormat::unknown || format == FileFormat::text;
}

// Protocols 0 and 1 have no signature; a pickle of theirs names a global, begins a group or a
// container.
bool may_be_pickle(FileFormat format, Bytes bytes) {
  if (!is_unknown_or_text(format) || bytes.empty()) return false;
  const char first = static_cast<char>(bytes[0]);
  return std::string_view("c(]})lid0IFSVL").find(first) != std::string_view::npos;
}

// Behind the header of a numpy array of objects lies a pickle. Nothing for one of numbers or texts.
std::optional<Bytes> pickle_of_array(Bytes bytes) {
  const auto header = detail::numpy_header(bytes);
  if (!header || header->data) return std::nullopt;
  return bytes.subspan(header->bytes);
}

// What lies behind an array of numbers, which numpy.load reads when it is called once more.
Bytes behind_array(Bytes bytes) {
  const auto header = detail::numpy_header(bytes);
  if (!header || !header->data || *header->data >= bytes.size() - header->bytes) return {};
  return bytes.subspan(header->bytes + static_cast<std::size_t>(*header->data));
}

// Compressed in a way that is not unpacked here, while joblib, pandas or numpy would: also by the oldest
// xz, which has no signature but a first byte, as all programs write it, and the size of a window.
bool is_packed(FileFormat format, Bytes bytes) {
  constexpr std::size_t kLzmaHeader = 13;
  if (format == FileFormat::xz || format == FileFormat::bzip2 || format == FileFormat::zstandard ||
      format == FileFormat::lz4)
    return true;
  if (!is_unknown_or_text(format) || bytes.size() <= kLzmaHeader) return false;
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  const std::uint32_t window = at(1) | at(2) << 8 | at(3) << 16 | at(4) << 24;
  const std::uint32_t above = window & (window - 1);  // without its lowest bit
  const bool is_window = window >= 4096 && (above == 0 || above == (window & ~above) << 1);
  const auto size = bytes.subspan(5, 8);
  const bool has_no_size =
      std::all_of(size.begin(), size.end(), [](std::byte b) { return b == std::byte{0xFF}; });
  const bool has_size = at(0) == 0x5D && at(10) <= 0x3F && at(11) == 0 && at(12) == 0;
  if (at(0) < 225 && is_window && at(kLzmaHeader) == 0 && (has_no_size || has_size)) return true;
  // joblib before 0.10: 'ZF', a size in hexadecimal digits, and zlib's stream.
  constexpr std::size_t kOldHeader = 21;
  const std::string_view old = text_of(bytes.first(std::min(bytes.size(), kOldHeader + 2)));
  if (old.starts_with("ZF") && old.find('x', kOldHeader) != old.npos &&
      old.substr(2, kOldHeader - 2).find_first_not_of("0123456789abcdefABCDEFx ") == old.npos)
    return true;
  // A frame that is to be passed over, before one that is not.
  return (at(0) & 0xF0) == 0x50 && at(1) == 0x2A && at(2) == 0x4D && at(3) == 0x18;
}

// By zlib alone or by gzip. The first has no signature but two bytes that fit together, with 'x' in front.
bool is_stream(FileFormat format, Bytes bytes) {
  if (format == FileFormat::gzip) return true;
  if (!is_unknown_or_text(format) || bytes.size() < 2 || bytes[0] != std::byte{'x'}) return false;
  const auto flags = std::to_integer<unsigned>(bytes[1]);
  if (((unsigned{'x'} << 8) + flags) % 31 != 0 || (flags & 0x20) != 0) return false;
  return !detail::inflated(bytes, 1).bytes.empty();
}

// A text in which a reader of pickles takes the first two lines for a name: a list of words, such as
// "cat" and "dog". Python would look for a module "at", and then stop at what is no opcode, or it would
// not find the module.
bool is_list_of_words(FileFormat format, const detail::PickleOutline& outline) {
  if (format != FileFormat::text) return false;
  if (outline.is_disputed) return false;
  constexpr std::string_view kInNoModule = " ()[]{}<>=:;,/\\'\"#!?*&%$|@";
  // A name that is all of the file is no list.
  return (!outline.calls && !outline.ends_in_name) ||
         (outline.first_module &&
          outline.first_module->find_first_of(kInNoModule) != std::string::npos);
}

// Of a checkpoint, or of something that is none.
Scan scan_content(Bytes bytes, const OpenOptions& options, bool is_script) {
  Scan scan;
  std::vector<detail::GlobalUse> uses;
  detail::CheckpointContents contents;
  const OpenOptions lenient = OpenOptions(options).lenient(true);
  contents.format = file_format(bytes);
  std::optional<Bytes> array;
  if (contents.format == FileFormat::numpy_array) array = pickle_of_array(bytes);
  detail::ReaderInput input{array.value_or(bytes), lenient};
  input.uses = &uses;
  const FileFormat looks = contents.format;
  const bool is_pickle = looks == FileFormat::bare_pickle || array.has_value();
  detail::PickleOutline outline;
  if (!is_pickle && !is_read_as_checkpoint(looks))
    outline =
        detail::pickle_outline(bytes.first(std::min(bytes.size(), options.max_pickle_bytes())));
  bool is_refused = false;
  try {
    if (is_pickle || outline.imports || may_be_pickle(looks, bytes)) {
      if (!array) contents.format = FileFormat::bare_pickle;
      read_bare_pickle(contents, input, is_script);
    } else {
      detail::read_checkpoint(contents, input);
    }
    scan.is_complete = true;
  } catch (const Error& error) {
    scan.reason = error.what();
    is_refused = error.code() == errc::refused_global;
    scan.is_other = looks == FileFormat::zip && error.code() == errc::not_a_checkpoint;
    const bool imports = (outline.imports || !uses.empty()) && !is_list_of_words(looks, outline);
    if (!is_pickle && !is_read_as_checkpoint(looks) && looks != FileFormat::git_lfs_pointer &&
        !imports) {
      contents.format = looks;
      scan.is_other = true;
      scan.reason = "it is " + std::string(describe(looks));
    }
  }
  scan.format = contents.format;
  if (scan.is_other) uses.clear();
  for (detail::GlobalUse& use : uses) {
    // A strict reader refuses it.
    if (!use.flaw.empty()) scan.is_complete = false;
    if (!use.flaw.empty() && scan.reason.empty()) scan.reason = use.flaw;
    if (use.flaw.empty()) scan.globals.push_back({std::move(use.name), use.offset, use.is_allowed});
  }
  const auto refused = std::find_if(scan.globals.begin(), scan.globals.end(),
                                    [](const ScannedGlobal& g) { return !g.is_allowed; });
  if (refused != scan.globals.end())
    scan.reason = refused->name + " at byte " + std::to_string(refused->offset);
  scan.is_safe = scan.reason.empty();
  if (!scan.is_safe)
    scan.cause =
        is_refused || refused != scan.globals.end() ? ScanCause::code : ScanCause::unreadable;
  return scan;
}

// NAME of FOLDER/NAME; "" of what lies in no folder.
std::string_view record_of(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == name.npos ? std::string_view() : name.substr(slash + 1);
}

// A storage's record, FOLDER/data/NUMBER or FOLDER/constants/NUMBER: bytes that nobody unpickles.
bool is_storage(std::string_view name) {
  const std::string_view record = record_of(name);
  for (const std::string_view folder : {"data/", "constants/", "traced_inputs/"}) {
    if (record.starts_with(folder) && record.size() > folder.size() &&
        record.find_first_not_of("0123456789", folder.size()) == record.npos)
      return true;
  }
  return false;
}

// FOLDER/data.pkl and FOLDER/constants.pkl, which the reader of checkpoints has read.
bool is_own_pickle(std::string_view name) {
  return record_of(name) == "data.pkl" || record_of(name) == "constants.pkl";
}

// What TorchScript keeps beside a module, and C++ alone reads: its code, and what it was traced with.
bool is_of_script(std::string_view name) {
  return record_of(name).starts_with("code/") || record_of(name) == "traced_inputs.pkl";
}

// Whether what begins so, and has that many bytes in all, is worth being read as a whole.
bool may_hold_pickle(Bytes head, std::uint64_t size) {
  const FileFormat format = file_format(head);
  if (format == FileFormat::numpy_array) {
    const auto header = detail::numpy_header(head);
    return !header || !header->data || *header->data < size - header->bytes;
  }
  if (is_stream(format, head) || is_packed(format, head)) return true;
  if (is_read_as_checkpoint(format) && format != FileFormat::safetensors) return true;
  if (format == FileFormat::bare_pickle) return true;
  const detail::PickleOutline outline = detail::pickle_outline(head);
  return outline.imports || outline.is_cut;
}

// An entry's first bytes, inflated if they have to be.
std::vector<std::byte> head_of(Bytes archive, const ZipEntry& entry,
                               std::uint64_t most = kHeadBytes) {
  std::vector<std::byte> head(static_cast<std::size_t>(std::min(entry.size, most)));
  ZipEntryReader reader(archive, entry);
  std::size_t filled = 0;
  while (filled < head.size()) {
    const std::size_t got = reader.read(std::span(head).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  return head;
}

// All of an entry: in place, or inflated into `inflated`.
Bytes bytes_of(Bytes archive, const ZipEntry& entry, Budget& budget,
               std::vector<std::byte>& inflated) {
  if (!entry.deflated) return raw_bytes(archive, entry);
  const bool swells = entry.size > kAlwaysFine && entry.size / kMaxRatio > entry.compressed_size;
  if (swells || entry.size > budget.inflated)
    throw Error(errc::limit_exceeded, "inflated, it is longer than is allowed");
  budget.inflated -= entry.size;
  inflated = read_entry(archive, entry, entry.size);
  return inflated;
}

Scan other_file(FileFormat format) {
  Scan scan;
  scan.format = format;
  scan.is_other = true;
  scan.cause = ScanCause::unreadable;
  scan.reason = "it is " + std::string(describe(format));
  return scan;
}

Scan unreadable(FileFormat format, std::string reason) {
  Scan scan;
  scan.format = format;
  scan.cause = ScanCause::unreadable;
  scan.reason = std::move(reason);
  return scan;
}

// What is true of one entry, by itself.
Scan scan_entry(Bytes archive, const ZipEntry& entry, Budget& budget, Place place) {
  try {
    if (place.depth == kMaxDepth)
      throw Error(errc::limit_exceeded, "it is a zip archive in others, too many of them");
    std::vector<std::byte> inflated;
    ++place.depth;
    return scan_bytes(bytes_of(archive, entry, budget, inflated), budget, place);
  } catch (const Error& error) {
    return unreadable(FileFormat::unknown, error.what());
  }
}

// What one of several entries says counts for the archive, unless it is some other file.
void add_entry(Scan& scan, Bytes archive, const ZipEntry& entry, Budget& budget, Place place) {
  try {
    if (!may_hold_pickle(head_of(archive, entry), entry.size)) return;
  } catch (const Error&) {
    // What is wrong with it, its own scan tells.
  }
  Scan inner = scan_entry(archive, entry, budget, place);
  if (inner.is_other) return;
  // No more than notes: what is damaged there, nobody misses.
  if (place.is_script && inner.cause == ScanCause::unreadable) return;
  scan.globals.insert(scan.globals.end(), inner.globals.begin(), inner.globals.end());
  const bool weighs_more = scan.is_safe || scan.is_other ||
                           (scan.cause == ScanCause::unreadable && inner.cause == ScanCause::code);
  if (inner.is_safe || !weighs_more) return;
  scan.is_safe = false;
  scan.is_other = false;
  scan.cause = inner.cause;
  scan.reason = std::string(entry.name) + ": " + inner.reason;
}

// numpy.load reads arrays of a zip archive by any name, also those that torch takes for storages.
bool begins_as_array(Bytes archive, const ZipEntry& entry) {
  constexpr std::uint64_t kSignature = 6;
  try {
    return file_format(head_of(archive, entry, kSignature)) == FileFormat::numpy_array;
  } catch (const Error&) {
    return false;
  }
}

// An array of numbers, and what lies behind it: more of them, as a rule.
Scan scan_arrays(Bytes bytes, Budget& budget, Place place) {
  Bytes rest = bytes;
  while (file_format(rest) == FileFormat::numpy_array && !pickle_of_array(rest)) {
    rest = behind_array(rest);
    if (rest.empty()) return other_file(FileFormat::numpy_array);
  }
  if (place.depth == kMaxDepth)
    return unreadable(FileFormat::numpy_array, "more than one file lies behind another in it");
  ++place.depth;
  Scan scan = scan_bytes(rest, budget, place);
  if (scan.is_other) return other_file(FileFormat::numpy_array);
  scan.reason = scan.reason.empty() ? "" : "behind an array: " + scan.reason;
  return scan;
}

// What streams hold, as joblib and pandas unpack them; nothing of what by chance begins as one of zlib's.
std::optional<Scan> scan_streams(Bytes bytes, FileFormat format, Budget& budget, Place place) {
  using detail::Inflated;
  Inflated inner = detail::inflated(bytes, kHeadBytes);
  const std::string what =
      format == FileFormat::gzip ? "it is a gzip file" : "it is compressed by zlib";
  if (inner.end == Inflated::End::limit) {
    if (!may_hold_pickle(inner.bytes, bytes.size() * kMaxRatio)) return other_file(format);
    const std::uint64_t most =
        std::min(budget.inflated, std::max(kAlwaysFine, bytes.size() * kMaxRatio));
    inner = detail::inflated(bytes, most);
    if (inner.end == Inflated::End::limit)
      return unreadable(format, what + "; inflated, it is longer than is allowed");
  }
  budget.inflated -= std::min<std::uint64_t>(budget.inflated, inner.bytes.size());
  if (place.depth == kMaxDepth) return unreadable(format, what + " in others, too many of them");
  ++place.depth;
  Scan scan = scan_bytes(inner.bytes, budget, place);
  if (scan.cause == ScanCause::code) return scan;
  if (inner.end == Inflated::End::damaged && scan.is_other && format != FileFormat::gzip)
    return std::nullopt;
  if (inner.end == Inflated::End::damaged)
    return unreadable(format, what + ", and cannot be inflated to its end");
  return scan.is_other ? other_file(format) : scan;
}

// What else than a pickle is run.
void refuse(Scan& scan, std::string what) {
  const bool weighs_more = scan.cause != ScanCause::code;
  scan.is_safe = scan.is_other = false;
  scan.cause = ScanCause::code;
  if (weighs_more) scan.reason = what;
  scan.globals.push_back({std::move(what), 0, false});
}

// torch.jit.load runs what a TorchScript archive sets states by.
void judge_script(Scan& scan, Bytes archive, const ZipDirectory& directory, Budget& budget) {
  std::list<std::vector<std::byte>> inflated;
  std::vector<detail::ScriptFile> files;
  for (const ZipEntry& entry : directory.entries) {
    const std::string_view record = record_of(entry.name);
    if (record.starts_with("code/") && !record.ends_with(".debug_pkl"))
      files.push_back(
          {entry.name, text_of(bytes_of(archive, entry, budget, inflated.emplace_back()))});
  }
  if (auto what = detail::run_by_loading(files)) refuse(scan, "__setstate__, by " + *what);
}

// torch.export.load evaluates an exported program's sizes, and loads compiled code beside it.
void judge_program(Scan& scan, Bytes archive, const ZipDirectory& directory, Budget& budget) {
  for (const ZipEntry& entry : directory.entries) {
    if (entry.kind != ZipEntry::Kind::file) continue;
    const std::string_view record = record_of(entry.name);
    const std::string name(entry.name);
    if (record.starts_with("data/aotinductor/") ||
        file_format(head_of(archive, entry)) == FileFormat::program)
      return refuse(scan, "the compiled code '" + name + "'");
    if (!record.starts_with("models/")) continue;
    std::vector<std::byte> inflated;
    if (auto what =
            detail::evaluated_by_loading(text_of(bytes_of(archive, entry, budget, inflated))))
      return refuse(scan, *what + " in '" + name + "'");
  }
}

// By what is in an archive, and not by what its readers made of it.
void judge_code(Scan& scan, Bytes archive, const ZipDirectory& directory, Budget& budget) {
  const auto has = [&](std::string_view name) {
    return std::any_of(directory.entries.begin(), directory.entries.end(),
                       [&](const ZipEntry& entry) { return record_of(entry.name) == name; });
  };
  try {
    if (has("constants.pkl")) judge_script(scan, archive, directory, budget);
    if (has("archive_format")) judge_program(scan, archive, directory, budget);
  } catch (const Error& error) {
    if (!scan.is_safe) return;
    scan = unreadable(scan.format, error.what());
  }
}

// The one file in a zip around it; null where there are several, or where it is a checkpoint's pickle.
const ZipEntry* only_file(const ZipDirectory& directory) {
  const ZipEntry* only = nullptr;
  for (const ZipEntry& entry : directory.entries) {
    if (entry.kind != ZipEntry::Kind::file) continue;
    if (only) return nullptr;
    only = &entry;
  }
  return only && !only->name.ends_with("/data.pkl") ? only : nullptr;
}

// As the reader of checkpoints sees it, which passes over what trails an archive.
Parsed<ZipDirectory> directory_of(Bytes bytes) {
  if (file_format(bytes) != FileFormat::zip) return Flaw{errc::not_a_zip, 0, ""};
  Parsed<detail::UncheckedDirectory> unchecked =
      detail::read_central_directory(bytes, EntryNames::portable, detail::Trailing::passed_over);
  if (!unchecked) return unchecked.error();
  if (auto flaw = detail::check_directory(bytes, *unchecked, {})) return *flaw;
  return std::move(unchecked->directory);
}

Scan scan_format(FileFormat looks, Bytes bytes, Budget& budget, Place place) {
  if (looks == FileFormat::numpy_array && !pickle_of_array(bytes))
    return scan_arrays(bytes, budget, place);
  if (is_stream(looks, bytes)) {
    if (auto scan = scan_streams(bytes, looks, budget, place)) return std::move(*scan);
  }
  if (is_packed(looks, bytes)) {
    const std::string kind(looks == FileFormat::unknown ? "compressed" : describe(looks));
    return unreadable(looks, "it is " + kind + ", which is not unpacked to look for pickles in it");
  }
  const Parsed<ZipDirectory> directory = directory_of(bytes);
  const ZipEntry* const only = directory ? only_file(*directory) : nullptr;
  if (only) {
    Scan scan = scan_entry(bytes, *only, budget, place);
    if (scan.is_other) {
      scan.reason = "it is a zip archive around '" + std::string(only->name) + "': " + scan.reason;
      scan.format = FileFormat::zip;
    }
    return scan;
  }
  Scan scan = scan_content(bytes, budget.options, place.is_script);
  // What is wrong with the archive was told.
  if (!directory) return scan;
  const bool is_pickle_read = scan.is_complete || !scan.globals.empty();
  const bool is_checkpoint = !scan.is_other;
  for (const ZipEntry& entry : directory->entries) {
    if (entry.kind != ZipEntry::Kind::file) continue;
    if (is_checkpoint && is_storage(entry.name) && !begins_as_array(bytes, entry)) continue;
    if (is_checkpoint && is_pickle_read && is_own_pickle(entry.name)) continue;
    place.is_script = scan.format == FileFormat::torch_script && is_of_script(entry.name);
    add_entry(scan, bytes, entry, budget, place);
  }
  judge_code(scan, bytes, *directory, budget);
  return scan;
}

Scan scan_bytes(Bytes bytes, Budget& budget, Place place) {
  const FileFormat looks = file_format(bytes);
  Scan scan = scan_format(looks, bytes, budget, place);
  // torch.hub and pandas ask zipfile, which looks at a file's end alone.
  if (scan.is_other && looks != FileFormat::zip && detail::ends_as_zip(bytes))
    return unreadable(looks, scan.reason + ", and a zip archive as well, by its end");
  return scan;
}

}  // namespace

std::string_view name_of(ScanCause cause) {
  switch (cause) {
    case ScanCause::none:
      return "";
    case ScanCause::code:
      return "code";
    case ScanCause::unreadable:
      return "unreadable";
  }
  return "";
}

Scan scan_checkpoint(std::span<const std::byte> bytes, const OpenOptions& options) {
  Budget budget{options, options.max_inflated_bytes()};
  return scan_bytes(bytes, budget, Place());
}

}  // namespace torchhub::archive
