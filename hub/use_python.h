#ifndef TORCHHUB_HUB_USE_PYTHON_H_
#define TORCHHUB_HUB_USE_PYTHON_H_
// Has Python start with the environment that was chosen.
//
//   torchhub::use_python(context.python());       // load() and list() do, before they run anything

#include <torchhub/hub/export.h>
#include <torchhub/hub/python_choice.h>

namespace torchhub {

/// What variables named is passed over where Python runs already: whoever started it has chosen.
/// Throws: as fitting_environment(); python::errc::cannot_start where Python runs with another environment; does_not_fit
///   where this process has loaded the LibTorch of another variant than the environment's.
/// Thread safety: may be called at any time.
TORCHHUB_EXPORT void use_python(const PythonChoice& choice);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_USE_PYTHON_H_
