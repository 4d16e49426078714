// Loads a tuple of a model and its helpers from a hub repository, and uses them together.
//
//   load_pair hub/examples/signals hub/examples/signals/knocks.txt

#include <torchhub/hub/hub.h>

#include <cstdint>
#include <iomanip>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: load_pair REPOSITORY_FOLDER SIGNAL.txt\n";
    return 2;
  }
  const torchhub::Model both = torchhub::load(
      argv[1], "detector", torchhub::Arguments(torchhub::keyword("width", 3)),
      torchhub::LoadOptions().fetch(torchhub::FetchOptions().source(torchhub::Source::local)));
  const torchhub::Model detector = both[0];
  const torchhub::Model read_signal = both[1][0];
  const torchhub::Model find_stretches = both[1][1];

  const at::Tensor signal = read_signal(argv[2]).tensor();
  const at::Tensor scores = detector.forward(signal.unsqueeze(0)).squeeze(0);
  // A function of this program, which Python calls.
  const auto is_long = [](const torchhub::Model& stretch) {
    return stretch["end"].as<std::int64_t>() - stretch["begin"].as<std::int64_t>() > 3;
  };
  for (const torchhub::Model& stretch :
       find_stretches(scores, 0.5, torchhub::keyword("on_stretch", is_long))) {
    std::cout << "loud from " << stretch["begin"].as<std::int64_t>() << " to "
              << stretch["end"].as<std::int64_t>() << ", at most " << std::setprecision(3)
              << stretch.output().at("scores").max().item<float>() << "\n";
  }
} catch (const std::exception& error) {
  std::cerr << "load_pair: " << error.what() << "\n";
  return 1;
}
