#include <torchhub/hub/hub.h>

#include <iostream>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : torchhub::list(argv[i])) std::cout << entry.name << '\n';
  return argc > 1 ? 0 : 2;
}
