#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/cli/interruption.h>
#include <torchhub/hub/cli/json_number.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/progress_display.h>
#include <torchhub/hub/cli/state_dict_command.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>
#include <torchhub/net/url.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;
using archive::Value;

std::filesystem::path find_file(const StateDictArguments& arguments, const CommandLine& line) {
  if (arguments.source.find("://") == arguments.source.npos) return arguments.source;
  Interruption interruption;
  ProgressDisplay display(line.quiet);
  FileProgress& progress = display.add(net::redact_url(arguments.source));
  const CheckpointFileOptions options = CheckpointFileOptions()
                                            .check_hash(arguments.check_hash)
                                            .observer(progress)
                                            .stop(interruption.token());
  try {
    return get_checkpoint_file(arguments.source, options, make_context(line));
  } catch (const std::exception&) {
    if (!interruption.token().stop_requested()) throw;
  }
  throw Interrupted("interrupted; the same command goes on with what was downloaded");
}

// How the checkpoint's own word for its format is shown.
std::string_view format_name(archive::FileFormat format) {
  return format == archive::FileFormat::zip ? "zip" : describe(format);
}

// What is no tensor, as a JSON value; a tensor leaves a dict, and is null in a list.
json::value to_json(Value value) {
  switch (value.kind()) {
    case Value::Kind::boolean:
      return value.boolean();
    case Value::Kind::integer:
      return value.integer();
    case Value::Kind::real:
      return json_number(value.real());
    case Value::Kind::string:
    case Value::Kind::named:
      return json::string(value.string());
    case Value::Kind::bytes:
      return json::string(ascii_text(value.string()));
    case Value::Kind::list:
    case Value::Kind::tuple:
    case Value::Kind::set: {
      json::array array;
      for (const Value& item : value.items()) array.push_back(to_json(item));
      return array;
    }
    case Value::Kind::dict: {
      json::object object;
      for (const auto& [key, item] : value.entries()) {
        if (item.kind() == Value::Kind::tensor || item.kind() == Value::Kind::storage) continue;
        const json::value name = to_json(key);
        object[name.is_string() ? std::string(name.as_string()) : json::serialize(name)] =
            to_json(item);
      }
      return object;
    }
    case Value::Kind::none:
    case Value::Kind::tensor:
    case Value::Kind::storage:
      break;
  }
  return nullptr;
}

// The document's "values": the root's, by key, or by index for a list.
json::object values_of(Value root) {
  const json::value values = to_json(root);
  if (values.is_object()) return values.as_object();
  json::object object;
  for (std::size_t i = 0; i < root.items().size(); ++i) {
    if (root.items()[i].kind() != Value::Kind::tensor) {
      object[std::to_string(i)] = values.as_array()[i];
    }
  }
  return object;
}

json::object to_json(const archive::TensorInfo& tensor) {
  return {{"name", tensor.name},
          {"dtype", archive::name_of(tensor.dtype)},
          {"shape", json::array(tensor.shape.begin(), tensor.shape.end())},
          {"stride", json::array(tensor.stride.begin(), tensor.stride.end())},
          {"bytes", tensor.bytes()},
          {"storage", tensor.storage},
          {"offset", tensor.file_offset}};
}

json::object to_json(const std::filesystem::path& file, const archive::Checkpoint& checkpoint) {
  json::array tensors;
  for (const archive::TensorInfo& tensor : checkpoint.tensors()) tensors.push_back(to_json(tensor));
  return {{"file", json_text(file.string())},
          {"format", format_name(checkpoint.format())},
          {"tensors", std::move(tensors)},
          {"values", values_of(checkpoint.root())}};
}

void print_tensors(const archive::Checkpoint& checkpoint) {
  std::vector<std::vector<std::string>> rows = {{"name", "dtype", "shape", "bytes"}};
  std::uint64_t total = 0;
  for (const archive::TensorInfo& tensor : checkpoint.tensors()) {
    std::ostringstream shape;
    shape << tensor.shape;
    rows.push_back({tensor.name.empty() ? "(the tensor)" : terminal_text(tensor.name),
                    std::string(archive::name_of(tensor.dtype)), shape.str(),
                    grouped(tensor.bytes())});
    total += tensor.bytes();
  }
  print_table(std::cout, rows, {3});
  std::cout << checkpoint.tensors().size() << " tensors, " << grouped(total) << " bytes in "
            << checkpoint.storage_count() << " storages (" << format_name(checkpoint.format())
            << " format, nothing executed)\n";
}

}  // namespace

void run_state_dict(const StateDictArguments& arguments, const CommandLine& line) {
  const std::filesystem::path file = find_file(arguments, line);
  const archive::Checkpoint checkpoint = archive::open_checkpoint(file);
  if (line.json) {
    std::cout << json::serialize(to_json(file, checkpoint)) << '\n';
  } else {
    print_tensors(checkpoint);
  }
}

}  // namespace torchhub::cli
