// Has a model tell what each of its layers computes, by forward hooks.
//
//   watch_layers hub/examples/seven.pt

#include <torchhub/hub/hub.h>

#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: watch_layers IMAGE.pt\n";
    return 2;
  }
  const torchhub::StateDict file = torchhub::load_state_dict(argv[1]);
  const at::Tensor image = file.begin()->second;
  const torchhub::Model reader =
      torchhub::load("acme/digits", "digit_reader",
                     torchhub::Arguments(torchhub::keyword("pretrained", true)),
                     torchhub::LoadOptions().trust_repo(true))
          .eval();

  // Each is called for as long as it is kept here.
  std::vector<torchhub::Hook> hooks;
  for (const auto& [name, layer] : reader.named_modules()) {
    if (!layer.method("children").elements().empty()) continue;
    hooks.push_back(layer.forward_hook(
        [name = name, type = layer.type()](const torchhub::Model&, const torchhub::Model&,
                                           const at::Tensor& output) {
          std::cout << name << "  " << type.substr(type.rfind('.') + 1) << "  " << output.sizes()
                    << "  mean " << output.mean().item<float>() << "\n";
        }));
  }
  const at::Tensor scores = reader.forward(image);
  std::cout << "It is a " << scores.argmax().item<std::int64_t>() << ".\n";
} catch (const std::exception& error) {
  std::cerr << "watch_layers: " << error.what() << "\n";
  return 1;
}
