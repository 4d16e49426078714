#ifndef TORCHHUB_HUB_FITTING_ENVIRONMENT_H_
#define TORCHHUB_HUB_FITTING_ENVIRONMENT_H_
// The environment that was chosen, looked at and found to fit the Python and the LibTorch of the build.
//
//   const auto environment = torchhub::fitting_environment(torchhub::PythonChoice::from_environment());
//   if (environment && environment->torch) std::cout << environment->torch->version << "\n";
//
// Starts no Python.

#include <torchhub/hub/export.h>
#include <torchhub/hub/python_choice.h>
#include <torchhub/python/environment.h>

#include <optional>

namespace torchhub {

/// What an environment has to fit for.
enum class Fit {
  python_and_torch,  ///< to run Python
  python,            ///< to be told what is in it
  torch              ///< to have its LibTorch loaded, by a program without Python
};

/// The environment of `choice`; nullopt where there is no choice: the build's Python without a PYTHONPATH.
/// Throws: python::errc::no_environment, does_not_fit: one sentence with what is there, what is wanted and what helps.
TORCHHUB_EXPORT std::optional<python::Environment> fitting_environment(
    const PythonChoice& choice, Fit fit = Fit::python_and_torch);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_FITTING_ENVIRONMENT_H_
