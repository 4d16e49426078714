#include <torchhub/hub/detail/elf_file.h>

#include <elf.h>

#include <cstdint>
#include <cstring>

namespace torchhub::detail {
namespace {

constexpr const char* kCut = "is cut: it ends before what its headers tell";

template <class T>
T at(std::span<const std::byte> file, std::uint64_t offset) {
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

bool lies_in(std::span<const std::byte> file, std::uint64_t offset, std::uint64_t size) {
  return offset <= file.size() && size <= file.size() - offset;
}

}  // namespace

const char* elf_flaw(std::span<const std::byte> file) {
  constexpr std::size_t kMagic = SELFMAG;
  if (file.size() < kMagic || std::memcmp(file.data(), ELFMAG, kMagic) != 0)
    return "is no ELF file";
  if (file.size() < sizeof(Elf64_Ehdr)) return kCut;
  const auto header = at<Elf64_Ehdr>(file, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
    return "is made for another kind of machine";
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0)
    return "tells of no segments that would be loaded";
  if (!lies_in(file, header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr)))
    return kCut;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = at<Elf64_Phdr>(file, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_NULL && !lies_in(file, segment.p_offset, segment.p_filesz))
      return kCut;
  }
  // They come last, and a library that was stripped of them has none.
  if (header.e_shoff == 0) return nullptr;
  if (header.e_shentsize != sizeof(Elf64_Shdr) ||
      !lies_in(file, header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr)))
    return kCut;
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto section = at<Elf64_Shdr>(file, header.e_shoff + i * sizeof(Elf64_Shdr));
    const bool has_bytes = section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS;
    if (has_bytes && !lies_in(file, section.sh_offset, section.sh_size)) return kCut;
  }
  return nullptr;
}

}  // namespace torchhub::detail
