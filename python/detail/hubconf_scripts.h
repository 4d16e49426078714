#ifndef TORCHHUB_PYTHON_DETAIL_HUBCONF_SCRIPTS_H_
#define TORCHHUB_PYTHON_DETAIL_HUBCONF_SCRIPTS_H_
// The Python that runs a hubconf.py: in this process, and in a worker.

namespace torchhub::python::detail {

extern const char kRepositoryModulesScript[];
extern const char kCheckpointGateScript[];
extern const char kGatedLoadersScript[];
/// Imports torchhub_checkpoint_gate and torchhub_gated_loaders.
extern const char kHubFunctionsScript[];
/// Imports torchhub_repository_modules and torchhub_hub_functions.
extern const char kRunHubconfScript[];

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_HUBCONF_SCRIPTS_H_
