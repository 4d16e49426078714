#include <torchhub/hub/torch_evaluate.h>
#include <torchhub/hub/trust.h>
#include <torchhub/hub/use_python.h>
#include <torchhub/python/evaluate.h>

#include <string>

namespace torchhub {

Model import_module(std::string_view name, TrustRepo trust, const Context& context) {
  const auto source =
      TrustGate::admit_code(context, "Importing the module " + std::string(name), trust);
  use_python(context.python());
  return Model(python::import_module(source, name));
}

Model evaluate(std::string_view expression, const Arguments::Keywords& names, TrustRepo trust,
               const Context& context) {
  const auto source = TrustGate::admit_code(context, "Evaluating an expression", trust);
  use_python(context.python());
  return Model(python::evaluate(source, expression, names));
}

}  // namespace torchhub
