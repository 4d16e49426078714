#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/tensor_bytes.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/hub/cli/checkpoint_argument.h>
#include <torchhub/hub/cli/checkpoint_notes.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/state_dict_command.h>
#include <torchhub/hub/cli/state_dict_diff.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>
#include <torchhub/hub/cli/value_json.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;
using archive::TensorInfo;

// Of the elements row by row; of a sparse tensor, of its parts one after the other. "" without data.
std::string digest_of(const archive::Checkpoint& checkpoint, const TensorInfo& tensor) {
  if (tensor.is_meta) return "";
  cache::Sha256 digest;
  const auto add = [&](const TensorInfo& part) {
    archive::for_each_piece(checkpoint, part,
                            [&](std::span<const std::byte> piece) { digest.update(piece); });
  };
  if (tensor.layout == archive::Layout::strided) {
    add(tensor);
  } else {
    for (const TensorInfo& part : tensor.parts) add(part);
  }
  return cache::to_hex(digest.finish());
}

json::object to_json(const archive::Checkpoint& checkpoint, const TensorInfo& tensor) {
  json::object object{{"name", tensor.name},
                      {"dtype", archive::name_of(tensor.dtype)},
                      {"shape", json::array(tensor.shape.begin(), tensor.shape.end())},
                      {"stride", json::array(tensor.stride.begin(), tensor.stride.end())},
                      {"bytes", tensor.bytes()},
                      {"storage", nullptr},
                      {"offset", nullptr}};
  if (tensor.storage != TensorInfo::kNoStorage) {
    object["storage"] = tensor.storage;
    if (checkpoint.is_compressed(tensor)) {
      object["compressed"] = true;
    } else {
      object["offset"] = tensor.file_offset;
    }
  }
  if (tensor.layout != archive::Layout::strided) object["layout"] = name_of(tensor.layout);
  if (tensor.is_meta) object["meta"] = true;
  if (tensor.quantization) object["scheme"] = tensor.quantization->scheme;
  return object;
}

struct Selected {
  std::vector<const TensorInfo*> tensors;
  std::vector<std::string> digests;  ///< one for each, or none
};

Selected select(const archive::Checkpoint& checkpoint, const StateDictArguments& arguments) {
  Selected selected;
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    const bool matches =
        arguments.name.empty() ||
        ::fnmatch(arguments.name.c_str(), std::string(tensor.name).c_str(), 0) == 0;
    if (!matches) continue;
    selected.tensors.push_back(&tensor);
    if (arguments.digest) selected.digests.push_back(digest_of(checkpoint, tensor));
  }
  return selected;
}

void print_json(const std::filesystem::path& file, const archive::Checkpoint& checkpoint,
                const Selected& selected) {
  json::array tensors;
  for (std::size_t i = 0; i < selected.tensors.size(); ++i) {
    json::object tensor = to_json(checkpoint, *selected.tensors[i]);
    if (!selected.digests.empty() && !selected.digests[i].empty())
      tensor["sha256"] = selected.digests[i];
    if (checkpoint.files().size() > 1)
      tensor["file"] = json_text(checkpoint.files()[selected.tensors[i]->file]);
    tensors.push_back(std::move(tensor));
  }
  json::object document{{"file", json_text(file.string())},
                        {"format", archive::name_of(checkpoint.format())},
                        {"tensors", std::move(tensors)},
                        {"values", values_json(checkpoint.root())}};
  if (!checkpoint.notes().empty()) document["notes"] = notes_json(checkpoint);
  if (!checkpoint.unread().empty()) {
    json::array unread;
    for (const archive::UnreadValue& value : checkpoint.unread())
      unread.push_back(json::object{{"name", value.name}, {"reason", value.reason}});
    document["unread"] = std::move(unread);
  }
  results() << terminal_json(json::serialize(document)) << "\n";
}

void print_tensors(const archive::Checkpoint& checkpoint, const Selected& selected) {
  std::vector<std::vector<TerminalText>> rows = {{"name", "dtype", "shape", "bytes"}};
  if (!selected.digests.empty()) rows[0].push_back("sha256");
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < selected.tensors.size(); ++i) {
    const TensorInfo& tensor = *selected.tensors[i];
    std::ostringstream shape;
    shape << tensor.shape;
    if (tensor.layout != archive::Layout::strided) shape << " (" << name_of(tensor.layout) << ')';
    if (tensor.is_meta) shape << " (meta)";
    rows.push_back({terminal_line(tensor.name.empty() ? "(the tensor)" : tensor.name),
                    terminal_line(archive::name_of(tensor.dtype)), terminal_line(shape.str()),
                    grouped(tensor.bytes())});
    if (!selected.digests.empty()) rows.back().push_back(terminal_line(selected.digests[i]));
    total += tensor.bytes();
  }
  print_table(results(), rows, {3});
  results() << selected.tensors.size() << " tensors, " << grouped(total) << " bytes in "
            << checkpoint.storage_count() << " storages ("
            << terminal_line(name_of(checkpoint.format())) << " format, nothing executed)\n";
}

// What --lenient left out.
void tell_unread(const archive::Checkpoint& checkpoint, const CommandLine& line) {
  constexpr std::size_t kMost = 5;
  if (line.quiet) return;
  const auto unread = checkpoint.unread();
  for (const archive::UnreadValue& value : unread.first(std::min(unread.size(), kMost))) {
    notes() << "warning: left out: "
            << terminal_line(value.name.empty() ? "(the value)" : value.name) << ": "
            << terminal_line(value.reason) << "\n";
  }
  if (unread.size() > kMost) notes() << "warning: left out: " << unread.size() - kMost << " more\n";
}

}  // namespace

void run(const StateDictArguments& arguments, const CommandLine& line) {
  const archive::OpenOptions options = archive::OpenOptions().lenient(arguments.lenient);
  const CheckpointFileOptions fetch = checkpoint_options(arguments.fetch, arguments.check_hash);
  const auto open = [&](const std::string& source) {
    return archive::open_checkpoint(find_checkpoint(source, fetch, line),
                                    archive::OpenOptions(options).aliases(true));
  };
  if (!arguments.diff.empty()) {
    const archive::Checkpoint a = open(arguments.diff[0]);
    const archive::Checkpoint b = open(arguments.diff[1]);
    tell_unread(a, line);
    tell_unread(b, line);
    const StateDictDiff diff = diff_state_dicts(a, b);
    a.check_intact();
    b.check_intact();
    print_diff(diff, line);
    return;
  }
  const std::filesystem::path file = find_checkpoint(arguments.source, fetch, line);
  const archive::Checkpoint checkpoint = archive::open_checkpoint(file, options);
  const Selected selected = select(checkpoint, arguments);
  checkpoint.check_intact();
  print_notes(checkpoint, line);
  tell_unread(checkpoint, line);
  if (line.json) {
    print_json(file, checkpoint, selected);
  } else {
    print_tensors(checkpoint, selected);
  }
}

}  // namespace torchhub::cli
