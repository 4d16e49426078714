#include <torchhub/hub/cli/load_report.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/repository_json.h>
#include <torchhub/hub/cli/result_view.h>
#include <torchhub/hub/cli/tensors.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <sstream>

namespace torchhub::cli {

void print_load(const Repository& repository, const LoadArguments& arguments,
                const CommandLine& line, const boost::json::object& told) {
  // As lines first: that they can be written shows that `told` is what it should be.
  std::ostringstream lines;
  print_result(Printer(lines), told);
  for (const boost::json::value& tensor : told.at("output").as_array())
    print_tensor(Printer(lines), tensor.as_object());
  if (!line.json) {
    results() << terminal_text(lines.str());
    return;
  }
  boost::json::object document{{"repo", repository_json(repository)},
                               {"entry", arguments.call.entry}};
  for (const auto& field : told)
    if (!document.contains(field.key())) document[field.key()] = field.value();
  results() << terminal_json(boost::json::serialize(document)) << "\n";
}

}  // namespace torchhub::cli
