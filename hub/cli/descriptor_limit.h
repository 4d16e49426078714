#ifndef TORCHHUB_HUB_CLI_DESCRIPTOR_LIMIT_H_
#define TORCHHUB_HUB_CLI_DESCRIPTOR_LIMIT_H_
// How many files and connections the process may have open.

namespace torchhub::cli {

/// Raises the soft limit to what the hard one allows, as long as that is sane: it is often 1,024 for
/// programs that call select(), which this one does not. Nothing happens where that may not be.
void raise_descriptor_limit();

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_DESCRIPTOR_LIMIT_H_
