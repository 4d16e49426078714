#ifndef TORCHHUB_ARCHIVE_DETAIL_TAR_HEADER_H_
#define TORCHHUB_ARCHIVE_DETAIL_TAR_HEADER_H_
// Whether Python's tarfile, to which torch.load gives each file that is no zip archive, would find an archive
// in some bytes. It asks for no signature, and reads the checksum as int() reads text. Pure.
//
// Source: Lib/tarfile.py of CPython 3.8 to 3.14 (nti, calc_chksums, TarInfo.frombuf).

#include <cstddef>
#include <cstdint>
#include <span>

namespace torchhub::archive::detail {

/// Of a header's 512 bytes, those of the checksum counted as blanks: as they are, and with their signs, as
/// some old programs have it.
struct TarSums {
  std::int64_t plain = 0;
  std::int64_t with_signs = 0;
};

TarSums tar_sums(std::span<const std::byte> header);

/// Whatever else the bytes are. Wider than tarfile where that costs nothing: what stands behind the
/// checksum's digits, and the other numbers, may be anything.
bool begins_as_tar(std::span<const std::byte> bytes);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TAR_HEADER_H_
