// Many mutations of whole files of one format, without the coverage that libFuzzer pays for with nine tenths
// of its time: for the counts of tens of millions that are run by hand, over what libFuzzer found.
//
//   bazel build --config=opt --copt=-D_GLIBCXX_ASSERTIONS //tests/fuzz:mutations
//   bazel-bin/tests/fuzz/mutations legacy 50000000 1 tests/fuzz/corpus/checkpoint/*
//
// FORMAT is pickle, zip, safetensors, legacy, tar or program; then come how many inputs, the seed of the random
// numbers, and the files to begin from, of which those of other formats are passed over. Each input ends
// where its page ends, before one that cannot be read. An input that ends the program is left in
// ./mutation-FORMAT, and so is one that takes more than ten seconds of a processor.

#include <torchhub/archive/zip_directory.h>
#include <torchhub/archive/zip_entry_reader.h>
#include <torchhub/tests/fuzz/fuzz.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

namespace archive = torchhub::archive;
using torchhub::tests::ZipMember;

enum class Format { pickle, zip, safetensors, legacy, tar, program };

constexpr std::array<const char*, 6> kNames = {"pickle", "zip", "safetensors",
                                               "legacy", "tar", "program"};
constexpr std::size_t kRoom = std::size_t{1} << 20;
constexpr std::size_t kTarBlock = 512;

// What stands before a page that cannot be read. A signal handler reads it, and so it is no local variable.
char* g_room = nullptr;
std::size_t g_size = 0;
char g_found[64] = "mutation-";

void keep_input(int signal) {
  const int file = open(g_found, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || write(file, g_room + kRoom - g_size, g_size) < 0) _exit(3);
  _exit(128 + signal);
}

struct Seed {
  std::string file;
  std::vector<ZipMember> members;  ///< of an exported program
};

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return count == 0 ? 0 : random_() % count; }

  void mutate(std::string& text, const std::string& other) {
    for (std::size_t times = 1 + below(6); times > 0; --times) mutate_once(text, other);
    if (text.size() > kRoom / 2) text.resize(kRoom / 2);
  }

 private:
  void mutate_once(std::string& text, const std::string& other) {
    if (text.empty()) text = other;
    if (text.empty()) return;
    const std::size_t at = below(text.size());
    // Short stretches: most fields and operands have less than sixteen bytes.
    const std::size_t stretch = std::min(text.size() - at, 1 + below(below(8) == 0 ? 256 : 16));
    switch (below(9)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ 1 << below(8));
        break;
      case 1:
        text[at] = static_cast<char>(random_());
        break;
      case 2: {  // a number of 1, 2, 4 or 8 bytes, at the edge of what it can say
        const std::uint64_t number = (std::uint64_t{1} << below(64)) - below(3);
        const std::size_t bytes = std::min(std::size_t{1} << below(4), text.size() - at);
        std::memcpy(text.data() + at, &number, bytes);
        break;
      }
      case 3:
        text.erase(at, stretch);
        break;
      case 4:
        text.insert(below(text.size() + 1), text.substr(at, stretch));
        break;
      case 5: {
        const std::size_t from = below(other.size());
        text.replace(at, below(stretch + 1), other, from, 1 + below(32));
        break;
      }
      case 6:
        std::swap(text[at], text[below(text.size())]);
        break;
      case 7:  // a decimal number, as in old pickles, tar headers and JSON
        text.replace(at, std::min<std::size_t>(stretch, 4),
                     std::to_string(static_cast<std::int64_t>(random_()) >> below(64)));
        break;
      default:
        if (below(8) == 0) text.resize(at);
        break;
    }
  }

  std::mt19937_64 random_;
};

/// The stored entries of a zip archive; nothing of another file.
std::vector<ZipMember> members_of(const std::string& file) {
  const auto bytes = std::as_bytes(std::span(file));
  std::vector<ZipMember> members;
  const auto directory = archive::read_zip_directory(bytes);
  if (!directory) return members;
  for (const archive::ZipEntry& entry : directory->entries) {
    const auto content = archive::read_entry(bytes, entry, kRoom);
    members.push_back(
        {.name = std::string(entry.name),
         .content = std::string(reinterpret_cast<const char*>(content.data()), content.size())});
  }
  return members;
}

bool is_of(Format format, const Seed& seed) {
  const auto bytes = std::as_bytes(std::span(seed.file));
  const archive::FileFormat found = archive::scan_checkpoint(bytes).format;
  switch (format) {
    case Format::pickle:
      return true;
    case Format::zip:
      return seed.file.starts_with("PK");
    case Format::safetensors:
      return found == archive::FileFormat::safetensors;
    case Format::legacy:
      return found == archive::FileFormat::legacy_stream;
    case Format::tar:
      return found == archive::FileFormat::legacy_tar;
    case Format::program:
      return found == archive::FileFormat::exported_program && !seed.members.empty();
  }
  return false;
}

/// The sum that each header of a tar archive must have, in half of the inputs: a reader that checks it sees
/// nothing else of a header that was changed.
void mend_tar(std::string& file, Mutator& mutator) {
  if (mutator.below(2) == 0) return;
  for (std::size_t at = 0; at + kTarBlock <= file.size(); at += kTarBlock) {
    if (file.compare(at + 257, 5, "ustar") != 0) continue;
    std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(at) + 148, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < kTarBlock; ++i) sum += static_cast<unsigned char>(file[at + i]);
    std::array<char, 8> digits{};
    std::snprintf(digits.data(), digits.size(), "%06o", sum & 0777777);
    std::copy_n(digits.begin(), 7, file.begin() + static_cast<std::ptrdiff_t>(at) + 148);
  }
}

std::string next_file(Format format, const std::vector<Seed>& seeds, Mutator& mutator) {
  const Seed& seed = seeds[mutator.below(seeds.size())];
  const Seed& other = seeds[mutator.below(seeds.size())];
  if (format == Format::program) {
    std::vector<ZipMember> members = seed.members;
    mutator.mutate(members[mutator.below(members.size())].content,
                   other.members[mutator.below(other.members.size())].content);
    return torchhub::tests::build_zip(members);
  }
  std::string file = seed.file;
  mutator.mutate(file, other.file);
  if (format == Format::tar) {
    mend_tar(file, mutator);
  } else if (format == Format::pickle && mutator.below(2) == 0) {
    return torchhub::tests::build_zip({{.name = "archive/data.pkl", .content = file},
                                       {.name = "archive/data/0", .content = std::string(64, '\1')},
                                       {.name = "archive/version", .content = "3"}});
  } else if (format == Format::safetensors && file.size() >= 8 && mutator.below(4) != 0) {
    // A header that is as long as it says.
    const std::size_t end = file.rfind('}');
    const std::uint64_t length = end == file.npos || end < 8 ? file.size() - 8 : end - 7;
    std::memcpy(file.data(), &length, sizeof length);
  }
  return file;
}

/// Each input goes one of three ways: read strictly, read leniently, scanned.
void use(Format format, std::span<const std::byte> file, std::size_t way) {
  if (format == Format::zip && way != 0) {
    torchhub::fuzz::use_zip(file);
  } else if (way == 2) {
    torchhub::fuzz::scan(file);
  } else {
    torchhub::fuzz::read(file, way == 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto name =
      argc < 5 ? kNames.end() : std::find(kNames.begin(), kNames.end(), std::string_view(argv[1]));
  if (name == kNames.end()) {
    std::cerr << "usage: mutations pickle|zip|safetensors|legacy|tar|program COUNT SEED FILE...\n";
    return 2;
  }
  const auto format = static_cast<Format>(name - kNames.begin());
  std::strncat(g_found, *name, sizeof g_found - sizeof "mutation-");
  const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
  std::vector<Seed> seeds;
  for (int i = 4; i < argc; ++i) {
    Seed seed{.file = torchhub::tests::read_file(argv[i]), .members = {}};
    if (seed.file.size() > kRoom / 4) continue;
    if (format == Format::program) seed.members = members_of(seed.file);
    if (is_of(format, seed)) seeds.push_back(std::move(seed));
  }
  if (seeds.empty()) {
    std::cerr << "none of the files is of the format " << *name << "\n";
    return 2;
  }

  void* const room =
      mmap(nullptr, kRoom + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED || mprotect(static_cast<char*>(room) + kRoom, 4096, PROT_NONE) != 0)
    return 3;
  g_room = static_cast<char*>(room);
  const rlimit memory{std::uint64_t{4} << 30, std::uint64_t{4} << 30};
  setrlimit(RLIMIT_AS, &memory);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGPROF})
    std::signal(signal, keep_input);

  const itimerval limit{.it_interval = {}, .it_value = {.tv_sec = 10, .tv_usec = 0}};
  Mutator mutator(std::strtoull(argv[3], nullptr, 10));
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string file = next_file(format, seeds, mutator);
    g_size = std::min(file.size(), kRoom);
    char* const begin = g_room + kRoom - g_size;
    std::memcpy(begin, file.data(), g_size);
    // One clock for a hundred inputs: a system call each would cost more than some of them. Of the processor's time: a
    // busy machine makes no input slow.
    if (i % 100 == 0) setitimer(ITIMER_PROF, &limit, nullptr);
    if (i % 1'000'000 == 0) std::cout << *name << ": " << i << " inputs" << std::endl;
    use(format, std::as_bytes(std::span(begin, g_size)), mutator.below(3));
  }
  std::cout << *name << ": " << count << " inputs from " << seeds.size() << " files\n";
  return 0;
}
