#include <torchhub/python/detail/sandbox_program.h>

// Of sandbox_program_bytes.S.
extern "C" const char torchhub_sandbox_program_begin[];
extern "C" const char torchhub_sandbox_program_end[];

namespace torchhub::python::detail {

std::string_view sandbox_program() {
  return {torchhub_sandbox_program_begin, torchhub_sandbox_program_end};
}

}  // namespace torchhub::python::detail
