// Describes checkpoints that another program feeds it: the other half of mutations_test.py.
//
//   describe_checkpoints [--lenient] < frames
//
// Each frame is a length (eight bytes, little endian) and a file. Answered by a line of JSON each: {"refused": SENTENCE}
// or {"tensors": [[name, dtype, shape, stride, sha256]...]}; strided tensors with data only.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/tensor_bytes.h>
#include <torchhub/cache/sha256.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string_view>
#include <vector>

namespace torchhub {
namespace {

namespace json = boost::json;

json::object describe(std::span<const std::byte> file, bool is_lenient) {
  const archive::Checkpoint checkpoint =
      archive::parse_checkpoint(nullptr, file, "file", archive::OpenOptions().lenient(is_lenient));
  json::array tensors;
  for (const archive::TensorInfo& tensor : checkpoint.tensors()) {
    if (tensor.layout != archive::Layout::strided || tensor.is_meta || tensor.quantization)
      continue;
    cache::Sha256 digest;
    archive::for_each_piece(checkpoint, tensor,
                            [&](std::span<const std::byte> piece) { digest.update(piece); });
    tensors.push_back(json::array{tensor.name, archive::name_of(tensor.dtype),
                                  json::array(tensor.shape.begin(), tensor.shape.end()),
                                  json::array(tensor.stride.begin(), tensor.stride.end()),
                                  cache::to_hex(digest.finish())});
  }
  return {{"tensors", std::move(tensors)}};
}

}  // namespace
}  // namespace torchhub

int main(int count, char** arguments) {
  const bool is_lenient = count > 1 && std::string_view(arguments[1]) == "--lenient";
  std::uint64_t size = 0;
  while (std::cin.read(reinterpret_cast<char*>(&size), sizeof size)) {
    std::vector<std::byte> file(size);
    std::cin.read(reinterpret_cast<char*>(file.data()), static_cast<std::streamsize>(size));
    boost::json::object answer;
    try {
      answer = torchhub::describe(file, is_lenient);
    } catch (const std::exception& error) {
      // It may quote the file, whatever is there.
      std::string sentence = error.what();
      std::replace_if(
          sentence.begin(), sentence.end(), [](char c) { return c < ' '; }, '?');
      answer["refused"] = sentence;
    }
    std::cout << boost::json::serialize(answer) << '\n' << std::flush;
  }
}
