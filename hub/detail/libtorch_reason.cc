#include <torchhub/hub/detail/libtorch_reason.h>

#include <algorithm>

namespace torchhub::detail {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// "RuntimeError: ...", "torch.jit.Error: ..."
bool begins_with_error_type(std::string_view line) {
  const std::string_view type = line.substr(0, line.find(": "));
  if (type.size() == line.size()) return false;
  const bool is_type = type.ends_with("Error") || type.ends_with("Exception");
  return is_type && type.find_first_of(kBlanks) == type.npos;
}

}  // namespace

std::string_view libtorch_reason(std::string_view text) {
  constexpr std::string_view kInterpreter =
      "The following operation failed in the TorchScript interpreter.";
  text = trimmed(text);
  const bool is_script = text.starts_with(kInterpreter);
  std::string_view reason;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trimmed(line).empty()) continue;
    if (!is_script) return trimmed(line);
    // Else the last line.
    if (begins_with_error_type(line)) {
      reason = line;
    } else if (!begins_with_error_type(reason)) {
      reason = line;
    }
  }
  return trimmed(reason);
}

}  // namespace torchhub::detail
