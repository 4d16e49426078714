// All of this room that is compiled, for a project that has a copy of the folder and no Bazel: README.md.

#include <torchhub/archive/byte_source.cc>
#include <torchhub/archive/checkpoint.cc>
#include <torchhub/archive/convert.cc>
#include <torchhub/archive/entry_name.cc>
#include <torchhub/archive/error.cc>
#include <torchhub/archive/extract.cc>
#include <torchhub/archive/file_format.cc>
#include <torchhub/archive/safetensors_writer.cc>
#include <torchhub/archive/scan.cc>
#include <torchhub/archive/scan_files.cc>
#include <torchhub/archive/shard_index.cc>
#include <torchhub/archive/stand_in.cc>
#include <torchhub/archive/storage_reader.cc>
#include <torchhub/archive/tensor_bytes.cc>
#include <torchhub/archive/torch_zip_writer.cc>
#include <torchhub/archive/truncation_guard.cc>
#include <torchhub/archive/zip_directory.cc>
#include <torchhub/archive/zip_entry_reader.cc>

#include <torchhub/archive/detail/files/folder_kind.cc>
#include <torchhub/archive/detail/files/growing_file.cc>
#include <torchhub/archive/detail/legacy/legacy_world.cc>
#include <torchhub/archive/detail/legacy/tar_world.cc>
#include <torchhub/archive/detail/pickle/data_world.cc>
#include <torchhub/archive/detail/readers/read_checkpoint.cc>
#include <torchhub/archive/detail/safetensors/safetensors_header.cc>
#include <torchhub/archive/detail/torch/torch_world.cc>
#include <torchhub/archive/detail/torch_zip/exported_program.cc>
