#include <torchhub/hub/detail/elf_file.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <elf.h>

#include <cstring>
#include <string>

namespace torchhub::detail {
namespace {

std::string flaw(const std::string& file) {
  const char* const found = elf_flaw(std::as_bytes(std::span(file)));
  return found ? found : "";
}

const std::string& library() {
  static const std::string kFile = tests::read_file("/proc/self/exe");
  return kFile;
}

template <class Change>
std::string changed(Change change) {
  std::string file = library();
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  change(header, file);
  std::memcpy(file.data(), &header, sizeof header);
  return flaw(file);
}

TEST(ElfFile, IsWhole) { EXPECT_EQ(flaw(library()), ""); }

TEST(ElfFile, IsCutAnywhere) {
  for (std::size_t part = 0; part < 1000; ++part) {
    const std::string cut = library().substr(0, library().size() * part / 1000);
    EXPECT_NE(flaw(cut), "") << part;
  }
  EXPECT_NE(flaw(library().substr(0, library().size() - 1)), "");
  for (std::size_t size = 0; size < 200; ++size) EXPECT_NE(flaw(library().substr(0, size)), "");
}

// Without the table of sections, by its segments.
TEST(ElfFile, IsCutWhereNothingTellsOfSections) {
  std::string file = library();
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  header.e_shoff = 0;
  std::memcpy(file.data(), &header, sizeof header);
  EXPECT_EQ(flaw(file), "");
  for (const std::size_t part : {2u, 5u, 10u, 20u, 40u})
    EXPECT_NE(flaw(file.substr(0, file.size() * part / 100)), "") << part;
}

TEST(ElfFile, TellsOtherFlaws) {
  EXPECT_EQ(flaw("<html>"), "is no ELF file");
  EXPECT_EQ(changed([](auto& header, auto&) { header.e_ident[EI_CLASS] = ELFCLASS32; }),
            "is made for another kind of machine");
  EXPECT_EQ(changed([](auto& header, auto&) { header.e_phnum = 0; }),
            "tells of no segments that would be loaded");
  const std::string cut = "is cut: it ends before what its headers tell";
  EXPECT_EQ(changed([](auto& header, auto&) { header.e_phoff = ~std::uint64_t{0} - 8; }), cut);
  EXPECT_EQ(changed([](auto& header, auto&) { header.e_shoff = ~std::uint64_t{0} - 8; }), cut);
  EXPECT_EQ(changed([](auto& header, auto& file) {
              // The first segment's size.
              const std::uint64_t size = ~std::uint64_t{0};
              std::memcpy(&file[header.e_phoff + offsetof(Elf64_Phdr, p_filesz)], &size,
                          sizeof size);
            }),
            cut);
}

}  // namespace
}  // namespace torchhub::detail
