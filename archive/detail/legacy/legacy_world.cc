#include <torchhub/archive/detail/legacy/legacy_world.h>
#include <torchhub/archive/detail/pickle/pickle_machine.h>

namespace torchhub::archive::detail {

template Unpickled unpickle(std::span<const std::byte>, Arena&, LegacyWorld&);

}  // namespace torchhub::archive::detail
