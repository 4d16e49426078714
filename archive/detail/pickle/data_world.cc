#include <torchhub/archive/detail/pickle/data_world.h>
#include <torchhub/archive/detail/pickle/pickle_machine.h>

namespace torchhub::archive::detail {

template Unpickled unpickle(std::span<const std::byte>, Arena&, DataWorld&);

}  // namespace torchhub::archive::detail
