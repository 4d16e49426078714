#include <torchhub/archive/detail/legacy/tar_world.h>
#include <torchhub/archive/detail/pickle/pickle_machine.h>

namespace torchhub::archive::detail {

template Unpickled unpickle(std::span<const std::byte>, Arena&, TarWorld&);

}  // namespace torchhub::archive::detail
