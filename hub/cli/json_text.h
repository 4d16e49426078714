#ifndef TORCHHUB_HUB_CLI_JSON_TEXT_H_
#define TORCHHUB_HUB_CLI_JSON_TEXT_H_
// Bytes as text for a JSON document, which is UTF-8: a path may be anything else.

#include <string>
#include <string_view>

namespace torchhub::cli {

/// `bytes`, with U+FFFD for what is not UTF-8 (RFC 3629), and a backslash, "udc80" and its like for half of a surrogate
/// pair, which a text of Python's may hold.
std::string json_text(std::string_view bytes);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_JSON_TEXT_H_
