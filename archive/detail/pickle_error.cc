#include <torchhub/archive/detail/pickle_error.h>

#include <utility>

namespace torchhub::archive::detail {

void throw_at(errc code, std::uint64_t offset, std::string sentence) {
  throw Error(code, std::move(sentence) + " (byte " + std::to_string(offset) + ")");
}

}  // namespace torchhub::archive::detail
