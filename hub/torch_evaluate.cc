#include <torchhub/hub/torch_evaluate.h>
#include <torchhub/hub/trust.h>
#include <torchhub/python/evaluate.h>

#include <string>

namespace torchhub {

Model import_module(std::string_view name, TrustRepo trust, const Context& context) {
  return Model(python::import_module(
      TrustGate::admit_code(context, "Importing the module " + std::string(name), trust), name));
}

Model evaluate(std::string_view expression, const Arguments::Keywords& names, TrustRepo trust,
               const Context& context) {
  return Model(python::evaluate(TrustGate::admit_code(context, "Evaluating an expression", trust),
                                expression, names));
}

}  // namespace torchhub
