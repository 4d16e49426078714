#include <torchhub/python/detail/hubconf_scripts.h>

namespace torchhub::python::detail {

const char kRepositoryModulesScript[] =
#include "python/detail/repository_modules.py.inc"
    ;

const char kCheckpointGateScript[] =
#include "python/detail/checkpoint_gate.py.inc"
    ;

const char kGatedLoadersScript[] =
#include "python/detail/gated_loaders.py.inc"
    ;

const char kHubFunctionsScript[] =
#include "python/detail/hub_functions.py.inc"
    ;

const char kRunHubconfScript[] =
#include "python/detail/run_hubconf.py.inc"
    ;

}  // namespace torchhub::python::detail
