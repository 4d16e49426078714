// Pickles, each in an archive with two storages of 64 bytes.

#include <torchhub/tests/fuzz/fuzz.h>
#include <torchhub/tests/support/zip_builder.h>

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string pickle(reinterpret_cast<const char*>(data), size);
  const std::string storage(64, '\1');
  const std::string file =
      torchhub::tests::build_zip({{.name = "archive/data.pkl", .content = pickle},
                                  {.name = "archive/data/0", .content = storage},
                                  {.name = "archive/data/1", .content = storage},
                                  {.name = "archive/version", .content = "3"}});
  torchhub::fuzz::use_checkpoint(std::as_bytes(std::span(file)));
  return 0;
}
