#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_CODE_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_CODE_H_
// What else than a pickle is run when an archive is loaded.

#include <torchhub/archive/detail/scan/program_text.h>
#include <torchhub/archive/detail/scan/scan_entries.h>
#include <torchhub/archive/detail/scan/scan_limits.h>
#include <torchhub/archive/detail/scan/script_code.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/scan.h>
#include <torchhub/archive/zip_entry.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

// What else than a pickle is run.
inline void refuse_code(Scan& scan, std::string what) {
  const bool weighs_more = scan.cause != ScanCause::code;
  scan.is_safe = scan.is_other = false;
  scan.cause = ScanCause::code;
  if (weighs_more) scan.reason = what;
  scan.globals.push_back({std::move(what), 0, false});
}

// torch.jit.load runs what a TorchScript archive sets states by.
inline void judge_script(Scan& scan, std::span<const std::byte> archive,
                         const ZipDirectory& directory, ScanBudget& budget) {
  std::list<std::vector<std::byte>> inflated;
  std::vector<ScriptFile> files;
  for (const ZipEntry& entry : directory.entries) {
    const std::string_view record = record_of(entry.name);
    if (record.starts_with("code/") && !record.ends_with(".debug_pkl"))
      files.push_back({entry.name, text_of_bytes(entry_bytes(archive, entry, budget,
                                                             inflated.emplace_back()))});
  }
  if (auto what = run_by_loading(files)) refuse_code(scan, "__setstate__, by " + *what);
}

// torch.export.load evaluates an exported program's sizes, and loads compiled code beside it.
inline void judge_program(Scan& scan, std::span<const std::byte> archive,
                          const ZipDirectory& directory, ScanBudget& budget) {
  for (const ZipEntry& entry : directory.entries) {
    if (entry.kind != ZipEntry::Kind::file) continue;
    const std::string_view record = record_of(entry.name);
    const std::string name(entry.name);
    if (record.starts_with("data/aotinductor/") ||
        file_format(entry_head(archive, entry)) == FileFormat::program)
      return refuse_code(scan, "the compiled code '" + name + "'");
    if (!record.starts_with("models/")) continue;
    std::vector<std::byte> inflated;
    if (auto what =
            evaluated_by_loading(text_of_bytes(entry_bytes(archive, entry, budget, inflated))))
      return refuse_code(scan, *what + " in '" + name + "'");
  }
}

// By what is in an archive, and not by what its readers made of it.
inline void judge_code(Scan& scan, std::span<const std::byte> archive,
                       const ZipDirectory& directory, ScanBudget& budget) {
  const auto has = [&](std::string_view name) {
    return std::any_of(directory.entries.begin(), directory.entries.end(),
                       [&](const ZipEntry& entry) { return record_of(entry.name) == name; });
  };
  try {
    if (has("constants.pkl")) judge_script(scan, archive, directory, budget);
    if (has("archive_format")) judge_program(scan, archive, directory, budget);
  } catch (const Error& error) {
    if (!scan.is_safe) return;
    scan = unreadable_scan(scan.format, error.what());
  }
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_CODE_H_
