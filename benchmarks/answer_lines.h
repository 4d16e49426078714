#ifndef TORCHHUB_BENCHMARKS_ANSWER_LINES_H_
#define TORCHHUB_BENCHMARKS_ANSWER_LINES_H_
// How a benchmark's program answers side_by_side.py: each line by the seconds that it took, and a number
// that the work cannot be left out for.
//
//   torchhub::answer_lines([](const std::string& verb, std::istream& rest) -> torchhub::Answered { ... });

#include <exception>
#include <iostream>
#include <sstream>
#include <string>

namespace torchhub {

struct Answered {
  double seconds = 0;
  double result = 0;
};

template <class Work>
void answer_lines(Work work) {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    try {
      const Answered answered = work(verb, words);
      std::cout << answered.seconds << ' ' << answered.result << std::endl;
    } catch (const std::exception& error) {
      std::cout << "failed " << error.what() << std::endl;
    }
  }
}

}  // namespace torchhub

#endif  // TORCHHUB_BENCHMARKS_ANSWER_LINES_H_
