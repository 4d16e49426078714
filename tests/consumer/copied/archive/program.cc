// Converts a checkpoint and tells of its tensors, from a project that has a copy of archive/ and nothing else of torchhub.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/convert.h>
#include <torchhub/archive/scan.h>

// Boost.JSON, compiled here.
#include <boost/json/src.hpp>

#include <exception>
#include <iostream>

namespace archive = torchhub::archive;

int main(int, char** argv) {
  try {
    const archive::MappedFile file(argv[1]);
    const archive::Scan scan = archive::scan_checkpoint(file.view());
    std::cout << (scan.is_safe ? "safe" : scan.reason) << '\n';
    archive::convert_to_safetensors(archive::open_checkpoint(argv[1]), argv[2]);
    const archive::Checkpoint written = archive::open_checkpoint(argv[2]);
    for (const archive::TensorInfo& tensor : written.tensors())
      std::cout << tensor.name << ' ' << tensor.dtype << ' ' << tensor.shape << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cout << error.what() << '\n';
    return 1;
  }
}
