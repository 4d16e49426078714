#ifndef TORCHHUB_HUB_CLI_JSON_NUMBER_H_
#define TORCHHUB_HUB_CLI_JSON_NUMBER_H_
// A floating-point number in a JSON document.

#include <boost/json/value.hpp>

#include <cmath>

namespace torchhub::cli {

/// The number, or "NaN", "Infinity" or "-Infinity" as a string: JSON has no such numbers.
inline boost::json::value json_number(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_JSON_NUMBER_H_
