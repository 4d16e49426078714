#ifndef TORCHHUB_ARCHIVE_DETAIL_PROGRAM_TEXT_H_
#define TORCHHUB_ARCHIVE_DETAIL_PROGRAM_TEXT_H_
// What torch.export.load would evaluate of an exported program's JSON document. Sizes lie there as
// expressions, which sympy hands to eval(); trees of arguments name modules to import. Pure.
//
// Source: torch/_export/serde/serialize.py (_parse_sym_expr) and torch/utils/_pytree.py (enum_object_hook,
// _defaultdict_from_dumpable_context) of PyTorch 2.13.

#include <optional>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// The first thing in the document that is more than a size: "the expression '__import__('io')'". Nothing
/// where all expressions are sums, products, comparisons and calls of sympy's and torch's functions of
/// numbers and symbols. The document is read as texts between quotes, so that no key is missed, and may be
/// damaged otherwise.
std::optional<std::string> evaluated_by_loading(std::string_view json);

/// Whether an expression is made of numbers, symbols, operators and known functions alone.
bool is_size_expression(std::string_view text);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PROGRAM_TEXT_H_
