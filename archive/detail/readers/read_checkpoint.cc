#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/formats/bare_pickle.h>
#include <torchhub/archive/detail/legacy/legacy_stream.h>
#include <torchhub/archive/detail/legacy/legacy_tar.h>
#include <torchhub/archive/detail/safetensors/safetensors_reader.h>
#include <torchhub/archive/detail/torch_zip/zip_checkpoint.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/file_format.h>

#include <string>

namespace torchhub::archive::detail {

void read_checkpoint(CheckpointContents& contents, const ReaderInput& input) {
  contents.format = file_format(input.bytes);
  switch (contents.format) {
    case FileFormat::zip:
      return read_zip_checkpoint(contents, input);
    case FileFormat::legacy_stream:
      return read_legacy_stream(contents, input);
    case FileFormat::legacy_tar:
      return read_legacy_tar(contents, input);
    case FileFormat::safetensors:
      return read_safetensors(contents, input);
    case FileFormat::bare_pickle:
      throw Error(errc::unsupported_format,
                  "it is " + std::string(describe_bare_pickle(input.bytes)));
    case FileFormat::shard_index:
      throw Error(errc::unsupported_format,
                  "it is the index of a checkpoint in several files, where one of the files was "
                  "wanted; an index is opened by its path");
    default:
      throw Error(errc::not_a_checkpoint, "it is " + std::string(describe(contents.format)));
  }
}

}  // namespace torchhub::archive::detail
