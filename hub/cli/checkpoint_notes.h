#ifndef TORCHHUB_HUB_CLI_CHECKPOINT_NOTES_H_
#define TORCHHUB_HUB_CLI_CHECKPOINT_NOTES_H_
// What is worth telling of how a checkpoint was read, where nothing is wrong with it.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/cli/command_line.h>

#include <boost/json/array.hpp>

namespace torchhub::cli {

/// A line for each note on standard error; none with --quiet.
void print_notes(const archive::Checkpoint& checkpoint, const CommandLine& line);

/// The same sentences.
boost::json::array notes_json(const archive::Checkpoint& checkpoint);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_CHECKPOINT_NOTES_H_
