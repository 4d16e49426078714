// What reading a checkpoint costs with archive::, asked line by line.
//
//   read_files < commands
//
// Each line is "open FILE", "ready FILE", "scan FILE", "name FILE TENSOR", "extract ZIP FOLDER"; each is answered
// by the seconds that it took, from the path on, and a number that the work cannot be left out for:
//
//   open     to the table of all tensors
//   ready    the same, and every page of every tensor in memory
//   scan     the same, and every byte added up
//   name     to one tensor's bytes, added up
//   extract  a zip archive into a new folder

#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/extract.h>
#include <torchhub/benchmarks/answer_lines.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <istream>
#include <span>
#include <string>

namespace torchhub {
namespace {

std::uint64_t touch(std::span<const std::byte> bytes) {
  constexpr std::size_t kPage = 4096;
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kPage) {
    const volatile std::byte* const page = bytes.data() + at;
    sum += static_cast<std::uint64_t>(*page);
  }
  return sum;
}

std::uint64_t add_up(std::span<const std::byte> bytes) {
  std::uint64_t sums[4] = {};
  std::size_t at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    std::uint64_t words[4];
    std::memcpy(words, bytes.data() + at, sizeof words);
    for (int i = 0; i < 4; ++i) sums[i] += words[i];
  }
  for (; at < bytes.size(); ++at) sums[0] += static_cast<std::uint64_t>(bytes[at]);
  return sums[0] + sums[1] + sums[2] + sums[3];
}

std::uint64_t work(const std::string& verb, std::istream& rest) {
  std::string path;
  rest >> path;
  if (verb == "extract") {
    std::string folder;
    rest >> folder;
    const archive::MappedFile zip(path);
    return archive::extract_zip(zip.view(), folder).bytes;
  }
  const archive::Checkpoint checkpoint = archive::open_checkpoint(std::filesystem::path(path));
  std::uint64_t sum = checkpoint.tensors().size();
  if (verb == "name") {
    std::string name;
    rest >> name;
    return sum + add_up(checkpoint.bytes(name));
  }
  if (verb == "open") return sum;
  // Storages, not tensors: views of one would count it again and again.
  std::size_t last = archive::TensorInfo::kNoStorage;
  for (const archive::TensorInfo& tensor : checkpoint.tensors()) {
    if (tensor.storage == last) continue;
    last = tensor.storage;
    const auto bytes = checkpoint.storage_bytes(tensor);
    sum += verb == "ready" ? touch(bytes) : add_up(bytes);
  }
  return sum;
}

}  // namespace
}  // namespace torchhub

int main() {
  torchhub::answer_lines([](const std::string& verb, std::istream& rest) -> torchhub::Answered {
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t sum = torchhub::work(verb, rest);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    return {seconds.count(), static_cast<double>(sum)};
  });
}
