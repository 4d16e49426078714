#ifndef TORCHHUB_HUB_CLI_OPTIONS_SHARED_H_
#define TORCHHUB_HUB_CLI_OPTIONS_SHARED_H_
// Options that several verbs have, and kinds of values.

#include <torchhub/hub/cli/arguments.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::cli {

inline const std::map<std::string, std::uint64_t> kSeconds = {
    {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};

// For a file that only its name is written to: "-" would be taken for the standard output.
inline std::string refuse_standard_output(const std::string& path) {
  if (path != "-") return "";
  return "- is the standard output for download and convert alone; ./- is a file of that name";
}

/// One of a few words, each of which stands for a value of an enumeration.
template <class Enum>
CLI::Validator choice_of(std::initializer_list<std::pair<std::string, Enum>> choices) {
  const std::vector<std::pair<std::string, Enum>> known(choices);
  std::string names;
  for (const auto& [name, value] : known) names += (names.empty() ? "{" : ",") + name;
  names += '}';
  return CLI::Validator(
      [known, names](std::string& word) {
        for (const auto& [name, value] : known) {
          if (CLI::detail::to_lower(word) != name) continue;
          // The parser reads an enumeration as the number that it is.
          word = std::to_string(static_cast<int>(value));
          return std::string();
        }
        return word + " not in " + names;
      },
      names);
}

inline void add_deadline(CLI::App& verb, std::uint64_t& seconds, const char* description) {
  verb.add_option("--deadline", seconds, description)
      ->transform(CLI::AsNumberWithUnit(kSeconds, CLI::AsNumberWithUnit::DEFAULT, "TIME"))
      ->type_name("TIME");
}

inline void add_fetch(CLI::App& verb, FetchArguments& arguments) {
  verb.add_option("--header", arguments.headers,
                  "Send this to the URL's own server; @FILE names a file with one on each line, @- "
                  "is standard input: what stands there, the list of processes does not show")
      ->type_name("NAME: VALUE|@FILE")
      ->expected(1)
      ->take_all();
  verb.add_option("--max-size", arguments.max_size,
                  "Refuse a file of more bytes; 500M and 10G are understood")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  add_deadline(verb, arguments.deadline,
               "End a download that takes longer, in seconds or as 10m or 2h; what came is kept");
}

inline void add_force(CLI::App& verb, bool& force) {
  verb.add_flag("--force", force, "Replace a file that is read-only");
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_OPTIONS_SHARED_H_
