#include <torchhub/archive/detail/files/growing_file.h>
#include <torchhub/archive/detail/torch_zip/state_dict_pickle.h>
#include <torchhub/archive/detail/torch_zip/torch_zip_format.h>
#include <torchhub/archive/torch_zip_writer.h>

#include <zlib.h>

#include <algorithm>
#include <utility>

namespace torchhub::archive {

TorchZipWriter::TorchZipWriter(const std::filesystem::path& path,
                               const std::vector<TorchZipTensor>& tensors,
                               std::vector<std::uint64_t> storage_bytes, ReadOnlyFile read_only)
    : storage_bytes_(std::move(storage_bytes)),
      file_(std::make_unique<detail::GrowingFile>(path, read_only)) {
  std::string pickle;
  try {
    pickle = detail::pickle_state_dict(tensors, storage_bytes_);
  } catch (const Error& error) {
    throw Error(error.code(), path.string() + ": " + error.what());
  }
  write_entry("data.pkl", pickle);
  write_entry("byteorder", "little");
  begin_storages();
}

TorchZipWriter::~TorchZipWriter() = default;

void TorchZipWriter::append(std::string_view bytes) {
  file_->write_at(std::as_bytes(std::span(bytes)), at_);
  at_ += bytes.size();
}

void TorchZipWriter::begin_entry(std::string name, std::uint64_t size) {
  entries_.push_back({"archive/" + std::move(name), at_, size, 0});
  entry_left_ = size;
  at_ += detail::local_header(entries_.back()).size();
}

void TorchZipWriter::append_data(std::span<const std::byte> bytes) {
  detail::ZipEntryPlace& entry = entries_.back();
  entry.crc = static_cast<std::uint32_t>(
      ::crc32_z(entry.crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  file_->write_at(bytes, at_);
  at_ += bytes.size();
  entry_left_ -= bytes.size();
}

// The header stands before what its CRC is of.
void TorchZipWriter::end_entry() {
  const detail::ZipEntryPlace& entry = entries_.back();
  const std::string header = detail::local_header(entry);
  file_->write_at(std::as_bytes(std::span(header)), entry.header_offset);
}

void TorchZipWriter::write_entry(std::string name, std::string_view content) {
  begin_entry(std::move(name), content.size());
  append_data(std::as_bytes(std::span(content)));
  end_entry();
}

// Opens the entry of the next storage that has bytes.
void TorchZipWriter::begin_storages() {
  while (storage_ < storage_bytes_.size()) {
    begin_entry("data/" + std::to_string(storage_), storage_bytes_[storage_]);
    if (entry_left_ > 0) return;
    end_entry();
    ++storage_;
  }
}

void TorchZipWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (storage_ == storage_bytes_.size())
      throw Error(errc::damaged_checkpoint,
                  file_->path().string() + ": is given more bytes than its storages have");
    const auto part =
        bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(entry_left_, bytes.size())));
    append_data(part);
    bytes = bytes.subspan(part.size());
    if (entry_left_ > 0) continue;
    end_entry();
    ++storage_;
    begin_storages();
  }
}

void TorchZipWriter::publish() {
  if (storage_ < storage_bytes_.size())
    throw Error(errc::damaged_checkpoint, file_->path().string() + ": storage " +
                                              std::to_string(storage_) + " lacks " +
                                              std::to_string(entry_left_) + " bytes");
  write_entry("version", "3\n");
  const std::uint64_t directory = at_;
  for (const detail::ZipEntryPlace& entry : entries_) append(detail::central_header(entry));
  append(detail::end_records(entries_.size(), directory, at_ - directory));
  file_->publish();
}

}  // namespace torchhub::archive
