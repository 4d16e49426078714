#include <torchhub/archive/detail/pickle/pickle_machine.h>
#include <torchhub/archive/detail/torch/torch_world.h>

namespace torchhub::archive::detail {

template Unpickled unpickle(std::span<const std::byte>, Arena&, TorchWorld&);

}  // namespace torchhub::archive::detail
