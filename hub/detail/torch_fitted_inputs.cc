#include <torchhub/archive/tensor_info.h>
#include <torchhub/hub/detail/torch_fitted_inputs.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_dtype.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace torchhub::detail {
namespace {

// What Triton's kernels take for granted of a pointer.
constexpr std::uintptr_t kAcceleratorAlignment = 16;

using Values = std::vector<std::optional<std::int64_t>>;
using Strides = std::vector<std::int64_t>;

std::string described(const at::Tensor& tensor) {
  if (!tensor.defined()) return "no tensor";
  std::ostringstream text;
  text << name_of(tensor.scalar_type()) << " of ";
  if (tensor.layout() == at::kStrided && !tensor.is_nested()) {
    text << archive::Shape(tensor.sizes().begin(), tensor.sizes().end());
  } else {
    text << "layout " << (tensor.is_nested() ? "nested" : c10::str(tensor.layout()));
  }
  text << " on " << tensor.device().str();
  return text.str();
}

std::string described(const WantedTensor& wanted) {
  std::string text = wanted.dtype ? std::string(archive::name_of(*wanted.dtype)) : "a tensor";
  if (wanted.sizes) {
    text += wanted.sizes->empty() ? " of scalar" : " of ";
    for (std::size_t d = 0; d < wanted.sizes->size(); ++d) {
      const SizeExpression& size = (*wanted.sizes)[d];
      text += (d > 0 ? " x " : "") + (size.is_number() ? std::to_string(size.number) : "?");
    }
  }
  return text + (wanted.device.empty() ? "" : " on " + wanted.device);
}

class Fitting {
 public:
  Fitting(const ModelInputs& wanted, const std::vector<at::Tensor>& inputs,
          c10::DeviceIndex device_index, const std::string& name)
      : wanted_(wanted),
        inputs_(inputs),
        device_index_(device_index),
        name_(name),
        values_(wanted.symbols.size()) {}

  FittedInputs fit() {
    if (inputs_.size() != wanted_.inputs.size())
      refuse("takes " + std::to_string(wanted_.inputs.size()) +
             (wanted_.inputs.size() == 1 ? " input, not " : " inputs, not ") +
             std::to_string(inputs_.size()));
    for (std::size_t i = 0; i < inputs_.size(); ++i) check_kind(i);
    solve_symbols();
    check_sizes();
    check_bounds();
    check_rules();
    FittedInputs fitted;
    if (has_empty_dimension()) {
      fitted.outputs = empty_outputs();
      return fitted;
    }
    for (std::size_t i = 0; i < inputs_.size(); ++i) fitted.inputs.push_back(laid_out(i));
    return fitted;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(errc::input_mismatch, name_ + ": " + what);
  }

  // Dtype, device, layout, number of dimensions, and sizes that are numbers.
  void check_kind(std::size_t i) const {
    const at::Tensor& tensor = inputs_[i];
    const WantedTensor& wanted = wanted_.inputs[i];
    const auto fits = [&] {
      if (!tensor.defined() || tensor.layout() != at::kStrided || tensor.is_nested()) return false;
      if (wanted.dtype && scalar_type_of(*wanted.dtype) != tensor.scalar_type()) return false;
      if (!wanted.device.empty() && !is_on(tensor.device(), wanted.device)) return false;
      if (!wanted.sizes) return true;
      if (static_cast<std::size_t>(tensor.dim()) != wanted.sizes->size()) return false;
      for (std::size_t d = 0; d < wanted.sizes->size(); ++d) {
        const SizeExpression& size = (*wanted.sizes)[d];
        if (size.is_number() && size.number != tensor.size(static_cast<std::int64_t>(d)))
          return false;
      }
      return true;
    };
    if (!fits())
      refuse("input " + std::to_string(i) + " is " + described(tensor) + ", and " +
             described(wanted) + " is wanted");
  }

  bool is_on(const c10::Device& device, const std::string& wanted) const {
    const std::string type = c10::DeviceTypeName(device.type(), /*lower_case=*/true);
    return type == wanted && (device.is_cpu() || device.index() == device_index_);
  }

  template <class Use>
  void each_size(Use use) const {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!wanted_.inputs[i].sizes) continue;
      const auto& sizes = *wanted_.inputs[i].sizes;
      for (std::size_t d = 0; d < sizes.size(); ++d)
        use(i, d, sizes[d], inputs_[i].size(static_cast<std::int64_t>(d)));
    }
  }

  static std::string place(std::size_t input, std::size_t dimension) {
    return "dimension " + std::to_string(dimension) + " of input " + std::to_string(input);
  }

  // Sizes that are a symbol first: the others may depend on them.
  void solve_symbols() {
    for (const bool is_plain : {true, false}) {
      each_size([&](std::size_t i, std::size_t d, const SizeExpression& size, std::int64_t value) {
        if (size.is_symbol() == is_plain && !size.is_number() && !evaluate(size, values_) &&
            !solve(size, value, values_))
          refuse(place(i, d) + " is " + std::to_string(value) + ", and " +
                 text_of(size, wanted_.symbols) + " is wanted of a whole number " + names_in(size));
      });
    }
  }

  void check_sizes() const {
    each_size([&](std::size_t i, std::size_t d, const SizeExpression& size, std::int64_t value) {
      const auto right = evaluate(size, values_);
      if (right && *right != value)
        refuse(place(i, d) + " is " + std::to_string(value) + ", and " + std::to_string(*right) +
               " is wanted: " + text_of(size, wanted_.symbols) + where(size));
    });
  }

  void check_bounds() const {
    for (std::size_t s = 0; s < values_.size(); ++s) {
      const SymbolBounds& bounds = wanted_.bounds[s];
      if (!values_[s] || (*values_[s] >= bounds.least && *values_[s] <= bounds.most)) continue;
      std::string range = std::to_string(bounds.least) + " at least";
      if (bounds.most != SymbolBounds().most)
        range = std::to_string(bounds.least) + " to " + std::to_string(bounds.most);
      refuse(home_of(s) + " is " + std::to_string(*values_[s]) + ", and " + range + " is wanted");
    }
  }

  void check_rules() const {
    for (const SizeExpression& rule : wanted_.rules) {
      std::vector<std::size_t> symbols;
      collect_symbols(rule, symbols);
      const bool is_known = std::all_of(symbols.begin(), symbols.end(),
                                        [&](std::size_t s) { return values_[s].has_value(); });
      // A rule that divides by a size that is 0 does not hold.
      if (is_known && evaluate(rule, values_).value_or(0) == 0)
        refuse("its inputs' sizes must fulfil " + text_of(rule, wanted_.symbols) + where(rule));
    }
  }

  // Where a symbol's value comes from.
  std::string home_of(std::size_t symbol) const {
    std::string home;
    each_size([&](std::size_t i, std::size_t d, const SizeExpression& size, std::int64_t) {
      std::vector<std::size_t> symbols;
      collect_symbols(size, symbols);
      const bool holds = std::find(symbols.begin(), symbols.end(), symbol) != symbols.end();
      if (holds && (home.empty() || (size.is_symbol() && home.starts_with("a part"))))
        home = (size.is_symbol() ? "" : "a part of ") + place(i, d);
    });
    return home.empty() ? wanted_.symbols[symbol] : home;
  }

  std::string names_in(const SizeExpression& expression) const {
    std::vector<std::size_t> symbols;
    collect_symbols(expression, symbols);
    std::string names;
    for (const std::size_t s : symbols) names += (names.empty() ? "" : ", ") + wanted_.symbols[s];
    return names;
  }

  // ", where s0 is dimension 0 of input 0 (7)"
  std::string where(const SizeExpression& expression) const {
    std::vector<std::size_t> symbols;
    collect_symbols(expression, symbols);
    std::string text;
    for (const std::size_t s : symbols) {
      if (!values_[s]) continue;
      text += (text.empty() ? ", where " : ", ") + wanted_.symbols[s] + " is " + home_of(s) + " (" +
              std::to_string(*values_[s]) + ")";
    }
    return text;
  }

  // Machine code divides by sizes, also by those that were never 0 before.
  bool has_empty_dimension() const {
    bool has = false;
    each_size([&](std::size_t, std::size_t, const SizeExpression& size, std::int64_t value) {
      has = has || (!size.is_number() && value == 0);
    });
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      has = has || (!wanted_.inputs[i].sizes && inputs_[i].numel() == 0);
    return has;
  }

  // For packages that were made by others, 0 has been refused before, where they tell that it must be.
  std::optional<std::vector<at::Tensor>> empty_outputs() const {
    std::vector<at::Tensor> outputs;
    const auto cannot = [&](const std::string& why) {
      refuse("an input has a size of 0, and " + why + ", which machine code is not trusted with");
    };
    if (!wanted_.outputs) cannot("it is not told what is returned then");
    for (const WantedTensor& wanted : *wanted_.outputs) {
      Strides sizes;
      for (const SizeExpression& size : *wanted.sizes) {
        const auto value = evaluate(size, values_);
        if (!value || *value < 0) cannot("the size of a result is not known then");
        sizes.push_back(*value);
      }
      if (std::find(sizes.begin(), sizes.end(), 0) == sizes.end())
        cannot("output " + std::to_string(outputs.size()) + " would not be empty");
      const auto type = scalar_type_of(*wanted.dtype);
      if (!type) cannot("this LibTorch lacks the dtype of a result");
      const c10::Device device(wanted.device);
      outputs.push_back(at::empty(
          sizes, at::TensorOptions(*type).device(
                     device.is_cpu() ? device : c10::Device(device.type(), device_index_))));
    }
    return outputs;
  }

  // The tensor's elements with the strides that are wanted.
  at::Tensor laid_out(std::size_t i) const {
    at::Tensor tensor = inputs_[i].resolve_conj().resolve_neg();
    const Strides strides = wanted_strides(i, tensor);
    if (tensor.strides() == c10::IntArrayRef(strides)) return aligned(tensor);
    bool is_the_same = true;
    for (std::size_t d = 0; d < strides.size(); ++d)
      is_the_same = is_the_same && (tensor.size(static_cast<std::int64_t>(d)) == 1 ||
                                    tensor.stride(static_cast<std::int64_t>(d)) == strides[d]);
    // The stride of a dimension of one element means nothing, and is compared all the same.
    if (is_the_same && tensor.numel() > 0)
      return aligned(tensor.as_strided(tensor.sizes(), strides, tensor.storage_offset()));
    at::Tensor copy = at::empty_strided(tensor.sizes(), strides, tensor.options());
    copy.copy_(tensor);
    return copy;
  }

  static at::Tensor aligned(const at::Tensor& tensor) {
    const bool is_aligned =
        tensor.is_cpu() ||
        reinterpret_cast<std::uintptr_t>(tensor.data_ptr()) % kAcceleratorAlignment == 0;
    return is_aligned ? tensor : tensor.clone();
  }

  // `order` names the dimensions from the outermost on.
  static Strides dense_strides(const at::Tensor& tensor, const std::vector<std::int64_t>& order) {
    Strides strides(order.size());
    // Without a sign: of a tensor without elements the sizes' product may be anything.
    std::uint64_t stride = 1;
    for (auto d = order.rbegin(); d != order.rend(); ++d) {
      strides[static_cast<std::size_t>(*d)] = static_cast<std::int64_t>(stride);
      stride *= static_cast<std::uint64_t>(std::max<std::int64_t>(tensor.size(*d), 1));
    }
    return strides;
  }

  // Row by row unless something else is told.
  Strides wanted_strides(std::size_t i, const at::Tensor& tensor) const {
    const auto& told = wanted_.inputs[i].strides;
    const auto agrees = [&](const Strides& strides) {
      for (std::size_t d = 0; d < told.size(); ++d) {
        const auto stride = told[d] ? evaluate(*told[d], values_) : std::nullopt;
        if (stride && *stride != strides[d]) return false;
      }
      return true;
    };
    Strides all;
    for (const auto& stride : told) {
      const auto value = stride ? evaluate(*stride, values_) : std::nullopt;
      if (value) all.push_back(*value);
    }
    const auto rank = static_cast<std::size_t>(tensor.dim());
    if (rank > 0 && all.size() == rank) return all;
    std::vector<std::int64_t> order(rank);
    for (std::size_t d = 0; d < rank; ++d) order[d] = static_cast<std::int64_t>(d);
    if (Strides rows = dense_strides(tensor, order); agrees(rows)) return rows;
    if (rank == 4 || rank == 5) {
      std::rotate(order.begin() + 1, order.begin() + 2, order.end());
      if (Strides channels_last = dense_strides(tensor, order); agrees(channels_last))
        return channels_last;
    }
    if (Strides own = tensor.strides().vec(); agrees(own)) return own;
    refuse("input " + std::to_string(i) +
           " must lie in memory in an order that the package does not tell");
  }

  const ModelInputs& wanted_;
  const std::vector<at::Tensor>& inputs_;
  c10::DeviceIndex device_index_;
  const std::string& name_;
  Values values_;
};

}  // namespace

FittedInputs fit_inputs(const ModelInputs& wanted, const std::vector<at::Tensor>& inputs,
                        c10::DeviceIndex device_index, const std::string& name) {
  return Fitting(wanted, inputs, device_index, name).fit();
}

}  // namespace torchhub::detail
