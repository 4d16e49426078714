#include <torchhub/hub/detail/model_inputs.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

namespace torchhub::detail {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 256;
constexpr std::size_t kMaxRank = 64;
constexpr int kMaxSympyDepth = 64;
// torch takes 0 and 1 for special, and says of a size that it did not try with them that it is 2 at least; at
// run time it takes both (torch/_export/utils.py).
constexpr std::int64_t kNotTriedBelow = 2;

json::value parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  json::value document = json::parse(text, error, {}, options);
  return error ? json::value() : document;
}

const json::value* member(const json::value* value, std::string_view name) {
  const json::object* const object = value ? value->if_object() : nullptr;
  return object ? object->if_contains(name) : nullptr;
}

const json::array* list(const json::value* value) { return value ? value->if_array() : nullptr; }

std::string_view text(const json::value* value) {
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::optional<std::int64_t> number(const json::value* value) {
  return value && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

std::optional<std::vector<SizeExpression>> read_expressions(const json::array* values,
                                                            std::vector<std::string>& symbols) {
  if (!values) return std::nullopt;
  std::vector<SizeExpression> expressions;
  expressions.reserve(values->size());
  for (const json::value& value : *values) {
    auto expression = read_size_expression(value, symbols);
    if (!expression) return std::nullopt;
    expressions.push_back(std::move(*expression));
  }
  return expressions;
}

// Of our record: everything must be there.
std::optional<WantedTensor> read_tensor(const json::value& value,
                                        std::vector<std::string>& symbols) {
  WantedTensor tensor;
  tensor.dtype = archive::dtype_of_name(text(member(&value, "dtype")));
  tensor.device = text(member(&value, "device"));
  tensor.sizes = read_expressions(list(member(&value, "sizes")), symbols);
  if (!tensor.dtype || tensor.device.empty() || !tensor.sizes || tensor.sizes->size() > kMaxRank)
    return std::nullopt;
  return tensor;
}

SizeExpression constant(std::int64_t value) {
  SizeExpression expression;
  expression.number = value;
  return expression;
}

SizeExpression symbol(std::string_view name, std::vector<std::string>& symbols) {
  return *read_size_expression(json::value(json::string_view(name.data(), name.size())), symbols);
}

bool is_name(std::string_view text) {
  return !text.empty() && (text.front() < '0' || text.front() > '9') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

// "3" or "3L".
std::optional<std::int64_t> whole(std::string_view text) {
  if (text.ends_with('L')) text.remove_suffix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0
             ? std::optional(value)
             : std::nullopt;
}

// torch.export's schema.

struct SchemaDtype {
  std::int64_t number;
  archive::DType dtype;
};

std::optional<archive::DType> dtype_of_schema(std::optional<std::int64_t> number) {
  using archive::DType;
  constexpr std::array kNumbers = {
      SchemaDtype{1, DType::uint8},       SchemaDtype{2, DType::int8},
      SchemaDtype{3, DType::int16},       SchemaDtype{4, DType::int32},
      SchemaDtype{5, DType::int64},       SchemaDtype{6, DType::float16},
      SchemaDtype{7, DType::float32},     SchemaDtype{8, DType::float64},
      SchemaDtype{9, DType::complex32},   SchemaDtype{10, DType::complex64},
      SchemaDtype{11, DType::complex128}, SchemaDtype{12, DType::boolean},
      SchemaDtype{13, DType::bfloat16},   SchemaDtype{28, DType::uint16},
  };
  const auto* const found =
      std::find_if(kNumbers.begin(), kNumbers.end(),
                   [&](const SchemaDtype& each) { return number && each.number == *number; });
  return found == kNumbers.end() ? std::nullopt : std::optional(found->dtype);
}

// An expression as sympy's srepr() writes it: Mul(Integer(2), Symbol('s0', integer=True)). Takes it off `text`.
std::optional<SizeExpression> take_sympy(std::string_view& text, std::vector<std::string>& symbols,
                                         int depth = 0) {
  const auto take = [&](std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
  };
  const auto take_until = [&](char end) {
    const std::string_view taken = text.substr(0, text.find(end));
    text.remove_prefix(std::min(taken.size() + 1, text.size()));
    return taken;
  };
  if (take("Symbol('")) {
    const std::string_view name = take_until('\'');
    take_until(')');
    return is_name(name) ? std::optional(symbol(name, symbols)) : std::nullopt;
  }
  if (take("Integer(")) {
    const std::string_view digits = take_until(')');
    const bool is_negative = digits.starts_with('-');
    const auto value = whole(digits.substr(is_negative ? 1 : 0));
    return value ? std::optional(constant(is_negative ? -*value : *value)) : std::nullopt;
  }
  SizeExpression expression;
  if (take("Mul(")) {
    expression.kind = SizeExpression::Kind::product;
  } else if (take("Add(")) {
    expression.kind = SizeExpression::Kind::sum;
  } else {
    return std::nullopt;
  }
  do {
    auto argument = depth < kMaxSympyDepth ? take_sympy(text, symbols, depth + 1) : std::nullopt;
    if (!argument) return std::nullopt;
    expression.arguments.push_back(std::move(*argument));
  } while (take(", "));
  return take(")") ? std::optional(std::move(expression)) : std::nullopt;
}

// {"as_int": 3} or {"as_expr": {"expr_str": "Symbol('s0')", ...}}, of older versions of torch "s0".
std::optional<SizeExpression> read_schema_size(const json::value& value,
                                               std::vector<std::string>& symbols) {
  if (const auto size = number(member(&value, "as_int"))) return constant(*size);
  std::string_view expression = text(member(member(&value, "as_expr"), "expr_str"));
  return is_name(expression) ? std::optional(symbol(expression, symbols))
                             : take_sympy(expression, symbols);
}

WantedTensor read_schema_tensor(const json::value* meta, std::size_t input,
                                std::vector<std::string>& symbols) {
  WantedTensor tensor;
  tensor.dtype = dtype_of_schema(number(member(meta, "dtype")));
  tensor.device = text(member(member(meta, "device"), "type"));
  const json::array* const sizes = list(member(meta, "sizes"));
  const json::array* const strides = list(member(meta, "strides"));
  if (!sizes || sizes->size() > kMaxRank) return tensor;
  tensor.sizes.emplace();
  for (const json::value& size : *sizes) {
    auto expression = read_schema_size(size, symbols);
    // A name that is nobody else's: any size.
    if (!expression)
      expression = symbol(
          "input" + std::to_string(input) + "." + std::to_string(tensor.sizes->size()), symbols);
    tensor.sizes->push_back(std::move(*expression));
  }
  if (strides && strides->size() == sizes->size())
    for (const json::value& stride : *strides)
      tensor.strides.push_back(read_schema_size(stride, symbols));
  return tensor;
}

// The value of a constant argument, {"as_int": 3}, as JSON; nothing of one that is no plain value.
std::optional<std::string> constant_text(const json::value* argument) {
  const json::object* const object = argument ? argument->if_object() : nullptr;
  if (!object || object->size() != 1) return std::nullopt;
  const auto& [kind, value] = *object->begin();
  if (kind == "as_none") return "null";
  if (kind != "as_int" && kind != "as_float" && kind != "as_bool" && kind != "as_string")
    return std::nullopt;
  return json::serialize(value);
}

// Those of a program, with the constants among them.
std::optional<std::vector<InputLeaf>> read_program_leaves(const json::value* module,
                                                          const json::array& specs) {
  const json::array* const calls = list(member(module, "module_call_graph"));
  if (!calls || calls->empty() || !text(member(&calls->front(), "fqn")).empty())
    return std::nullopt;
  const json::value* const signature = member(&calls->front(), "signature");
  std::vector<std::string> names;
  if (const json::array* const told = list(member(signature, "forward_arg_names")))
    for (const json::value& name : *told) names.emplace_back(text(&name));
  auto leaves = read_input_leaves(text(member(signature, "in_spec")), names);
  std::size_t place = 0;
  for (const json::value& spec : specs) {
    const json::value* const constant = member(&spec, "constant_input");
    const json::value* const argument = member(member(&spec, "user_input"), "arg");
    if (!constant && !argument) continue;
    if (!leaves || place == leaves->size()) return std::nullopt;
    if (!member(argument, "as_tensor"))
      (*leaves)[place].constant =
          constant_text(constant ? member(constant, "value") : argument).value_or("another value");
    ++place;
  }
  return leaves && place == leaves->size() ? leaves : std::nullopt;
}

// The source of the machine code, line by line.
class SourceReader {
 public:
  ReadInputs read(std::string_view source) {
    each_line(source, [&](std::string_view line) { read_name(line); });
    if (names_.empty()) return std::string("its source names no inputs");
    told_.resize(names_.size());
    each_line(source, [&](std::string_view line) { read_check(line); });
    for (std::size_t i = 0; i < told_.size(); ++i) result_.inputs.push_back(input(i));
    result_.bounds.resize(result_.symbols.size());
    for (std::size_t i = 0; i < told_.size(); ++i) {
      const auto& sizes = result_.inputs[i].sizes;
      for (const auto& [dimension, least] : told_[i].least)
        if (sizes && dimension < sizes->size() && (*sizes)[dimension].is_symbol() && least > 0)
          result_.bounds[static_cast<std::size_t>((*sizes)[dimension].number)].least = 1;
    }
    if (!result_.symbols.empty()) result_.untold = "bounds of the sizes that may change";
    if (result_.leaves && result_.leaves->size() < result_.inputs.size()) result_.leaves.reset();
    if (result_.leaves && result_.leaves->size() > result_.inputs.size())
      result_.untold +=
          std::string(result_.untold.empty() ? "" : ", or ") + "values that are no tensors";
    return std::move(result_);
  }

 private:
  struct Told {
    WantedTensor tensor;
    std::map<std::size_t, std::int64_t> sizes;
    std::map<std::size_t, std::int64_t> least;
    std::map<std::size_t, std::int64_t> most;
    std::map<std::size_t, std::int64_t> strides;
    std::vector<std::string> symbolic;  ///< sizes as the source writes them
    bool is_checked = false;
  };

  template <class Use>
  static void each_line(std::string_view source, Use use) {
    while (!source.empty()) {
      const std::size_t end = std::min(source.find('\n'), source.size());
      use(source.substr(0, end));
      source.remove_prefix(std::min(end + 1, source.size()));
    }
  }

  // What stands between the two, the first time.
  static std::string_view between(std::string_view line, std::string_view before,
                                  std::string_view after) {
    const std::size_t begin = line.find(before);
    if (begin == line.npos) return {};
    line.remove_prefix(begin + before.size());
    const std::size_t end = line.find(after);
    return end == line.npos ? std::string_view() : line.substr(0, end);
  }

  // inputs_info_[0].name = "arg2_1";
  void read_name(std::string_view line) {
    const auto place = whole(between(line, "inputs_info_[", "]"));
    const std::string_view name = between(line, "].name = \"", "\"");
    if (place && static_cast<std::size_t>(*place) == names_.size() && is_name(name))
      names_.emplace_back(name);
    // in_spec_ = R"([1, {"type": "builtins.tuple", ...}])";
    const std::string_view spec = between(line, "in_spec_ = R\"(", ")\";");
    if (!spec.empty()) result_.leaves = read_input_leaves(spec, {});
  }

  Told* told(std::string_view name) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    return found == names_.end() ? nullptr
                                 : &told_[static_cast<std::size_t>(found - names_.begin())];
  }

  void read_check(std::string_view line) {
    if (Told* const input = told(between(line, "int32_t ", "_expected_dtype = "))) {
      input->is_checked = true;
      input->tensor.dtype = archive::dtype_of_name(between(line, "aoti_torch_dtype_", "()"));
    } else if (Told* const placed = told(between(line, "int32_t ", "_expected_device_type = "))) {
      const std::string_view device = between(line, "_expected_device_type = ", ";");
      placed->tensor.device = device == "0" ? "cpu" : device == "1" ? "cuda" : "";
    } else if (Told* const strided = told(between(line, "assert_size_stride(", ", {"))) {
      if (line.find("\"input\")") != line.npos && strided->symbolic.empty())
        strided->symbolic = items(between(line, ", {", "}"));
    } else if (line.find("if (") != line.npos) {
      read_comparison(between(line, "if (", ") {"));
    }
  }

  // "3 != arg2_1_size[1]", "arg2_1_size[0] < 2", "arg2_1_size[0] > 15", "192 != arg2_1_stride[0]".
  void read_comparison(std::string_view condition) {
    const auto dimension = whole(between(condition, "[", "]"));
    if (!dimension || static_cast<std::size_t>(*dimension) >= kMaxRank) return;
    const auto place = static_cast<std::size_t>(*dimension);
    const std::size_t unequal = condition.find(" != ");
    const std::string_view name = condition.substr(unequal == condition.npos ? 0 : unequal + 4);
    for (const std::string_view part : {"_size[", "_stride["}) {
      Told* const input = told(name.substr(0, std::min(name.find(part), name.size())));
      if (!input) continue;
      const auto fixed =
          unequal == condition.npos ? std::nullopt : whole(condition.substr(0, unequal));
      if (part == "_stride[") {
        if (fixed) input->strides.emplace(place, *fixed);
        return;
      }
      const auto bound = [&](std::string_view sign) {
        const std::size_t at = condition.find(sign);
        return at == condition.npos ? std::nullopt : whole(condition.substr(at + sign.size()));
      };
      if (fixed) input->sizes.emplace(place, *fixed);
      if (const auto most = bound("] > ")) input->most.emplace(place, *most);
      const auto least = bound("] < ");
      if (least || !input->least.contains(place)) input->least[place] = least.value_or(0);
      return;
    }
  }

  static std::vector<std::string> items(std::string_view list) {
    std::vector<std::string> items;
    while (!list.empty()) {
      const std::size_t end = std::min(list.find(", "), list.size());
      items.emplace_back(list.substr(0, end));
      list.remove_prefix(std::min(end + 2, list.size()));
    }
    return items;
  }

  WantedTensor input(std::size_t i) {
    Told& told = told_[i];
    WantedTensor tensor = std::move(told.tensor);
    if (!told.is_checked) return tensor;
    // Each size has a check, be it that it is 0 at least.
    std::size_t rank = 0;
    for (const auto& [dimension, least] : told.least) rank = std::max(rank, dimension + 1);
    for (const auto& [dimension, stride] : told.strides) rank = std::max(rank, dimension + 1);
    const bool has_symbols = told.symbolic.size() == rank;
    tensor.sizes.emplace();
    for (std::size_t d = 0; d < rank; ++d) {
      // Bounds that leave one size are the compiler's word that it went by that one.
      const auto most = told.most.find(d);
      if (most != told.most.end() && most->second == told.least.find(d)->second)
        told.sizes.emplace(d, most->second);
      const auto fixed = told.sizes.find(d);
      if (fixed != told.sizes.end()) {
        tensor.sizes->push_back(constant(fixed->second));
      } else {
        const bool is_named = has_symbols && is_name(told.symbolic[d]);
        tensor.sizes->push_back(symbol(
            is_named ? told.symbolic[d] : "input" + std::to_string(i) + "." + std::to_string(d),
            result_.symbols));
      }
      const auto stride = told.strides.find(d);
      tensor.strides.push_back(
          stride == told.strides.end() ? std::nullopt : std::optional(constant(stride->second)));
    }
    return tensor;
  }

  ModelInputs result_;
  std::vector<std::string> names_;
  std::vector<Told> told_;
};

}  // namespace

ReadInputs read_inputs_record(std::string_view record) {
  const json::value document = parse(record);
  if (!document.is_object()) return std::string("it is no JSON object");
  if (number(member(&document, "version")) != 1)
    return std::string("its version is not 1, which is the one that is known");
  ModelInputs result;
  const json::array* const inputs = list(member(&document, "inputs"));
  if (!inputs) return std::string("it has no \"inputs\"");
  result.leaves.emplace();
  for (const json::value& value : *inputs) {
    auto tensor = read_tensor(value, result.symbols);
    auto strides = read_expressions(list(member(&value, "strides")), result.symbols);
    if (!tensor || !strides || strides->size() != tensor->sizes->size())
      return "input " + std::to_string(result.inputs.size()) +
             " lacks a dtype, a device, sizes or strides that make sense";
    for (SizeExpression& stride : *strides) tensor->strides.emplace_back(std::move(stride));
    const std::string_view name = text(member(&value, "name"));
    result.leaves->push_back({{std::to_string(result.inputs.size())}, std::nullopt, false});
    if (!name.empty()) result.leaves->back().names.emplace_back(name);
    result.inputs.push_back(std::move(*tensor));
  }
  if (const json::array* const outputs = list(member(&document, "outputs"))) {
    result.outputs.emplace();
    for (const json::value& value : *outputs) {
      auto tensor = read_tensor(value, result.symbols);
      if (!tensor)
        return "output " + std::to_string(result.outputs->size()) +
               " lacks a dtype, a device or sizes that make sense";
      result.outputs->push_back(std::move(*tensor));
    }
  }
  auto rules = read_expressions(list(member(&document, "rules")), result.symbols);
  if (!rules) return std::string("its \"rules\" are no list of conditions");
  result.rules = std::move(*rules);
  const json::value* const symbols = member(&document, "symbols");
  for (const std::string& name : result.symbols) {
    const json::value* const bounds = member(symbols, name);
    const json::value* const most = member(bounds, "max");
    const auto least = number(member(bounds, "min"));
    if (!least || (most && !number(most))) return "the bounds of \"" + name + "\" are no numbers";
    result.bounds.push_back({*least, most ? *number(most) : SymbolBounds().most});
  }
  return result;
}

ReadInputs read_program_inputs(std::string_view program) {
  const json::value document = parse(program);
  const json::value* const module = member(&document, "graph_module");
  const json::array* const specs = list(member(member(module, "signature"), "input_specs"));
  const json::value* const values = member(member(module, "graph"), "tensor_values");
  if (!specs || !values) return std::string("its program lists no inputs");
  ModelInputs result;
  for (const json::value& spec : *specs) {
    const json::value* const tensor =
        member(member(member(&spec, "user_input"), "arg"), "as_tensor");
    if (!tensor) continue;
    result.inputs.push_back(read_schema_tensor(member(values, text(member(tensor, "name"))),
                                               result.inputs.size(), result.symbols));
  }
  result.leaves = read_program_leaves(module, *specs);
  for (const std::string& name : result.symbols) {
    const json::value* const range = member(member(&document, "range_constraints"), name);
    SymbolBounds bounds;
    const std::int64_t least = number(member(range, "min_val")).value_or(0);
    // 0 divides in machine code that was not made for it, and ends the process.
    bounds.least = least > kNotTriedBelow ? least : std::min<std::int64_t>(least, 1);
    if (const auto most = number(member(range, "max_val"))) bounds.most = *most;
    result.bounds.push_back(bounds);
  }
  if (!result.symbols.empty()) result.untold = "what its sizes must be besides the bounds of each";
  return result;
}

ReadInputs read_source_inputs(std::string_view source) { return SourceReader().read(source); }

}  // namespace torchhub::detail
