#include <torchhub/archive/tensor_info.h>
#include <torchhub/hub/cli/json_number.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/tensors.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_dtype.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <sstream>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

constexpr std::int64_t kFirstValues = 10;

// The tensor's first elements as numbers; none for complex ones, which JSON has no numbers for.
json::array first_values(const at::Tensor& tensor) {
  if (tensor.is_complex()) return {};
  const bool integral = at::isIntegralType(tensor.scalar_type(), /*includeBool=*/true);
  const at::Tensor first = tensor.detach()
                               .reshape({-1})
                               .slice(0, 0, kFirstValues)
                               .to(at::kCPU, integral ? at::kLong : at::kDouble)
                               .contiguous();
  json::array values;
  for (std::int64_t i = 0; i < first.numel(); ++i) {
    if (integral) {
      values.push_back(first.data_ptr<std::int64_t>()[i]);
    } else {
      values.push_back(json_number(first.data_ptr<double>()[i]));
    }
  }
  return values;
}

}  // namespace

StateDict read_named_inputs(const std::string& path) {
  StateDict inputs = load_state_dict(path);
  if (inputs.size() == 0)
    throw Error(errc::not_a_tensor, path + ": holds no tensors to call the model with");
  return inputs;
}

json::object tensor_json(const at::Tensor& tensor, const std::string& name) {
  json::object object{{"dtype", name_of(tensor.scalar_type())},
                      {"shape", json::array(tensor.sizes().begin(), tensor.sizes().end())},
                      {"values", first_values(tensor)}};
  if (!name.empty()) object["name"] = json_text(name);
  return object;
}

void print_tensor(Printer out, const json::object& told) {
  std::vector<std::int64_t> sizes;
  double count = 1;  // of a shape that somebody else may have written
  for (const json::value& size : told.at("shape").as_array()) {
    sizes.push_back(size.to_number<std::int64_t>());
    count *= static_cast<double>(sizes.back());
  }
  const archive::Shape shape(sizes.begin(), sizes.end());
  const json::array& values = told.at("values").as_array();
  std::ostringstream text;
  text << "output      ";
  if (const json::value* name = told.if_contains("name")) text << name->as_string().c_str() << "  ";
  text << told.at("dtype").as_string().c_str() << "  " << shape << "  [";
  for (std::size_t i = 0; i < values.size(); ++i) {
    text << (i > 0 ? ", " : "");
    if (const double* real = values[i].if_double()) {
      text << *real;
    } else {
      text << (values[i].is_string() ? std::string(values[i].as_string())
                                     : json::serialize(values[i]));
    }
  }
  text << (static_cast<double>(values.size()) < count ? ", ...]" : "]");
  out << terminal_line(text.str()) << "\n";
}

}  // namespace torchhub::cli
