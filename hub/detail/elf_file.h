#ifndef TORCHHUB_HUB_DETAIL_ELF_FILE_H_
#define TORCHHUB_HUB_DETAIL_ELF_FILE_H_
// Whether all of a shared library is there. The dynamic loader maps what the library's headers tell, and whoever
// touches a page behind the file's end is ended by SIGBUS.
//
//   if (const char* flaw = detail::elf_flaw(bytes)) throw ...(flaw);
//
// Source: elf(5), and /usr/include/elf.h. Pure.

#include <cstddef>
#include <span>

namespace torchhub::detail {

/// What is wrong with the file, as part of a sentence ("is cut"); null where it is an ELF file of 64
/// bits, little endian, whose headers, segments and sections lie within it.
const char* elf_flaw(std::span<const std::byte> file);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_ELF_FILE_H_
