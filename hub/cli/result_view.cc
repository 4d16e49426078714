#include <torchhub/hub/cli/json_number.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/result_view.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>
#include <torchhub/python/arguments.h>
#include <torchhub/python/operations.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

struct ToJson {
  json::value operator()(std::monostate) const { return nullptr; }
  json::value operator()(bool value) const { return value; }
  json::value operator()(std::int64_t value) const { return value; }
  json::value operator()(double value) const { return json_number(value); }
  json::value operator()(const std::string& value) const { return json::string(json_text(value)); }
  json::value operator()(const python::WideInteger& value) const {
    return json::string(value.decimal);
  }
  json::value operator()(const python::Object& object) const {
    return json::string(python::type_name(object));
  }
  json::value operator()(const Argument::List& values) const {
    json::array array;
    for (const Argument& value : values) array.push_back(std::visit(*this, value.value()));
    return array;
  }
  json::value operator()(const Argument::Dict& values) const {
    json::object object;
    for (const auto& [key, value] : values) object[text_of(key)] = std::visit(*this, value.value());
    return object;
  }
  json::value operator()(const Argument::Tuple& values) const { return (*this)(values.items); }
  template <class Other>
  json::value operator()(const Other& value) const {
    return json::string(text_of(value));
  }

 private:
  static std::string text_of(const Argument& value) {
    return json_text(python::to_text(python::to_object(value)));
  }
};

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (!value.is_double()) return json::serialize(value);
  // As people write it: JSON's writer would say 3.5E0.
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value.get_double());
  return {text, end};
}

std::string counted(const json::value& number, const std::string& thing) {
  const std::string text = json::serialize(number);
  return text + ' ' + thing + (text == "1" ? "" : "s");
}

std::string shape_text(const json::value& shape) {
  std::string text;
  for (const json::value& size : shape.as_array())
    text += (text.empty() ? "" : " x ") + json::serialize(size);
  return text.empty() ? "scalar" : text;
}

// What is told of a part beside its type.
std::string remark(const json::object& told) {
  if (const json::value* parameters = told.if_contains("parameters"))
    return counted(*parameters, "parameter");
  if (const json::value* value = told.if_contains("value")) return text_of(*value);
  if (const json::value* dtype = told.if_contains("dtype"))
    return text_of(*dtype) + "  " + shape_text(told.at("shape"));
  if (const json::value* signature = told.if_contains("signature")) return text_of(*signature);
  if (const json::value* length = told.if_contains("length")) return counted(*length, "element");
  return "";
}

void add_rows(const json::object& told, const std::string& name,
              std::vector<std::vector<TerminalText>>& rows) {
  const json::value* elements = told.if_contains("elements");
  if (elements == nullptr) return;
  for (const json::value& element : elements->as_array()) {
    const json::object& part = element.as_object();
    const std::string own = text_of(part.at("name"));
    const std::string whole = name + (name.empty() || own.starts_with('[') ? "" : ".") + own;
    rows.push_back({terminal_line(whole), terminal_line(text_of(part.at("type"))),
                    terminal_line(remark(part))});
    add_rows(part, whole, rows);
  }
  const std::size_t left = told.at("length").to_number<std::size_t>() - elements->as_array().size();
  if (left > 0)
    rows.push_back({terminal_line("..."), terminal_line(std::to_string(left) + " more"), {}});
}

}  // namespace

json::object result_json(const Model& model) {
  json::object told = std::visit(ToJson(), model.summary().value()).as_object();
  told.emplace("parameters", nullptr);
  if (const std::string device = model.device(); !device.empty()) told["device"] = device;
  const bool is_plain = told.contains("value") || told.contains("dtype") ||
                        told.contains("signature") || told.contains("length");
  if (is_plain) return told;
  json::array methods;
  for (const std::string& method : model.methods()) methods.emplace_back(json_text(method));
  told["methods"] = std::move(methods);
  return told;
}

void print_result(Printer out, const json::object& told) {
  out << "type        " << terminal_line(std::string_view(told.at("type").as_string())) << "\n";
  if (const json::value* parameters = told.if_contains("parameters");
      parameters != nullptr && !parameters->is_null())
    out << "parameters  " << terminal_line(json::serialize(*parameters)) << "\n";
  if (const json::value* device = told.if_contains("device"))
    out << "device      " << terminal_line(text_of(*device)) << "\n";
  if (const json::value* value = told.if_contains("value"))
    out << "value       " << terminal_line(text_of(*value)) << "\n";
  if (const json::value* dtype = told.if_contains("dtype"))
    out << "tensor      " << terminal_line(text_of(*dtype) + "  " + shape_text(told.at("shape")))
        << "\n";
  if (const json::value* signature = told.if_contains("signature")) {
    out << "signature   " << terminal_line(text_of(*signature)) << "\n";
    if (const std::string docstring = text_of(told.at("docstring")); !docstring.empty())
      out << "docstring   " << terminal_line(docstring) << "\n";
  }
  if (const json::value* length = told.if_contains("length")) {
    out << "elements    " << terminal_line(json::serialize(*length)) << "\n";
    std::vector<std::vector<TerminalText>> rows;
    add_rows(told, "", rows);
    if (!rows.empty()) print_table(out, rows, {});
  }
  const json::value* methods = told.if_contains("methods");
  if (methods == nullptr) return;
  std::string names;
  for (const json::value& method : methods->as_array())
    names += (names.empty() ? "" : ", ") + text_of(method);
  out << "methods     " << terminal_line(names) << "\n";
}

}  // namespace torchhub::cli
