#include <torchhub/archive/storage_reader.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/detail/torch_tensors.h>
#include <torchhub/hub/torch_state_dict.h>

#include <fnmatch.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace torchhub {

using archive::TensorInfo;

struct StateDict::Contents {
  std::vector<Entry> entries;
  // Whoever the names belong to.
  std::deque<std::string> names;
  std::optional<archive::Checkpoint> checkpoint;

  mutable std::once_flag index_once;
  mutable std::unordered_map<std::string_view, const Entry*> index;
};

StateDict::StateDict() : contents_(std::make_shared<const Contents>()) {}

StateDict::StateDict(std::vector<std::pair<std::string, at::Tensor>> entries) {
  auto contents = std::make_shared<Contents>();
  contents->entries.reserve(entries.size());
  for (auto& entry : entries)
    contents->entries.emplace_back(contents->names.emplace_back(std::move(entry.first)),
                                   std::move(entry.second));
  contents_ = std::move(contents);
}

StateDict::StateDict(std::vector<Entry> entries, archive::Checkpoint checkpoint) {
  auto contents = std::make_shared<Contents>();
  contents->entries = std::move(entries);
  contents->checkpoint = std::move(checkpoint);
  contents_ = std::move(contents);
}

const StateDict::Entry* StateDict::begin() const { return contents_->entries.data(); }

const StateDict::Entry* StateDict::end() const { return begin() + contents_->entries.size(); }

const at::Tensor* StateDict::find(std::string_view name) const {
  std::call_once(contents_->index_once, [&] {
    contents_->index.reserve(size());
    for (const Entry& entry : *this) contents_->index.emplace(entry.first, &entry);
  });
  const auto found = contents_->index.find(name);
  return found == contents_->index.end() ? nullptr : &found->second->second;
}

const at::Tensor& StateDict::at(std::string_view name) const {
  if (const at::Tensor* const tensor = find(name)) return *tensor;
  throw archive::Error(archive::errc::no_such_tensor,
                       "no tensor is called '" + std::string(name) + "'");
}

archive::Value StateDict::values() const {
  return contents_->checkpoint ? contents_->checkpoint->root() : archive::Value();
}

namespace {

bool wants_memory(const archive::Checkpoint& checkpoint, Storage storage) {
  if (storage != Storage::automatic) return storage == Storage::in_memory;
  const auto files = checkpoint.files();
  return std::any_of(files.begin(), files.end(),
                     [](const std::string& file) { return archive::is_on_network(file); });
}

}  // namespace

StateDict to_state_dict(const archive::Checkpoint& checkpoint, const StateDictOptions& options) {
  std::vector<const TensorInfo*> wanted;
  wanted.reserve(checkpoint.tensors().size());
  for (const TensorInfo& info : checkpoint.tensors()) {
    const bool matches = options.names().empty() ||
                         ::fnmatch(options.names().c_str(), std::string(info.name).c_str(), 0) == 0;
    if (matches) wanted.push_back(&info);
  }
  detail::TensorBuilder builder(checkpoint, options);
  if (wants_memory(checkpoint, options.storage())) builder.read_into_memory(wanted);
  std::vector<StateDict::Entry> entries;
  entries.reserve(wanted.size());
  for (const TensorInfo* info : wanted) entries.emplace_back(info->name, builder.build(*info));
  return StateDict(std::move(entries), checkpoint);
}

StateDict load_state_dict(const std::filesystem::path& path, const StateDictOptions& options) {
  return to_state_dict(
      archive::open_checkpoint(path, archive::OpenOptions().lenient(!options.weights_only())),
      options);
}

StateDict load_state_dict_from_url(std::string_view url, const StateDictOptions& options,
                                   const Context& context) {
  return load_state_dict(get_checkpoint_file(url, options.file(), context), options);
}

}  // namespace torchhub
