// Lists a checkpoint's tensors. No network, no Python, no LibTorch: it depends on
// //archive:checkpoint.
//
//   read_checkpoint hub/examples/digits_release/digit_reader-c0f7955a.pth

#include <torchhub/archive/checkpoint.h>

#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: read_checkpoint FILE\n";
    return 2;
  }
  const torchhub::archive::Checkpoint checkpoint = torchhub::archive::open_checkpoint(argv[1]);
  for (const torchhub::archive::TensorInfo& tensor : checkpoint.tensors()) {
    std::cout << tensor.name << "  " << tensor.dtype << "  " << tensor.shape << "  "
              << checkpoint.bytes(tensor).size() << " bytes\n";
  }
} catch (const std::exception& error) {
  std::cerr << "read_checkpoint: " << error.what() << "\n";
  return 1;
}
