// Loads a model from a hub repository, runs it on a tensor and prints the answer.
//
//   run_model hub/examples/seven.pt

#include <torchhub/hub/hub.h>

#include <cstdint>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: run_model IMAGE.pt\n";
    return 2;
  }
  const torchhub::StateDict file = torchhub::load_state_dict(argv[1]);
  const at::Tensor image = file.begin()->second;
  const torchhub::Model classifier = torchhub::load(
      "acme/digits", "digit_classifier", torchhub::Arguments().keyword("pretrained", true),
      torchhub::LoadOptions().trust_repo(true));
  std::cout << "The image shows a " << classifier.forward(image).item<std::int64_t>() << ".\n";
} catch (const std::exception& error) {
  std::cerr << "run_model: " << error.what() << "\n";
  return 1;
}
