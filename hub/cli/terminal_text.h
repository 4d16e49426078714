#ifndef TORCHHUB_HUB_CLI_TERMINAL_TEXT_H_
#define TORCHHUB_HUB_CLI_TERMINAL_TEXT_H_
// Text from a file or a server, made fit for a terminal: a name in a checkpoint must not move the
// cursor or recolour the screen.
//
// Pure.

#include <string>
#include <string_view>

namespace torchhub::cli {

/// `text` with each control character but a line end and a tab as \xNN.
std::string terminal_text(std::string_view text);

/// `bytes` with everything but printable ASCII as \xNN.
std::string ascii_text(std::string_view bytes);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_TERMINAL_TEXT_H_
