#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_SCRIPT_CODE_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_SCRIPT_CODE_H_
// What loading a TorchScript archive runs of its code: each __setstate__, and what that calls. Operators of
// TorchScript read and write files (aten::from_file), so a state is set by few of them: those that pack
// quantized weights, compare and make tensors. Pure.
//
// Source: torch/csrc/jit/serialization/import.cpp, pickler.cpp and python_print.cpp of PyTorch 2.13.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive::detail {

struct ScriptFile {
  std::string_view name;  ///< "archive/code/__torch__.py"
  std::string_view text;
};

/// What a __setstate__ may run beside those few: "torch.from_file in archive/code/__torch__.py". Nothing
/// where there is no __setstate__, or a harmless one. Functions are told apart by their names alone, and
/// code that torch does not write so counts as what may run anything.
inline std::optional<std::string> run_by_loading(std::span<const ScriptFile> files);

namespace script_code_detail {

// They take values and make values, and neither files nor other code.
inline constexpr auto kHarmless = std::to_array<std::string_view>({"torch.Size",
                                                                   "torch.__contains__",
                                                                   "torch.__getitem__",
                                                                   "torch.__is__",
                                                                   "torch.__isnot__",
                                                                   "torch.__not__",
                                                                   "torch.add",
                                                                   "torch.append",
                                                                   "torch.clone",
                                                                   "torch.contiguous",
                                                                   "torch.dequantize",
                                                                   "torch.detach",
                                                                   "torch.device",
                                                                   "torch.dim",
                                                                   "torch.div",
                                                                   "torch.empty",
                                                                   "torch.eq",
                                                                   "torch.format",
                                                                   "torch.ge",
                                                                   "torch.gt",
                                                                   "torch.le",
                                                                   "torch.len",
                                                                   "torch.lt",
                                                                   "torch.mul",
                                                                   "torch.ne",
                                                                   "torch.numel",
                                                                   "torch.ones",
                                                                   "torch.quantize_per_channel",
                                                                   "torch.quantize_per_tensor",
                                                                   "torch.size",
                                                                   "torch.sub",
                                                                   "torch.tensor",
                                                                   "torch.to",
                                                                   "torch.zeros",
                                                                   "ops.prim.NumToTensor",
                                                                   "ops.prim.RaiseException"});
static_assert(kHarmless.size() > 0);

// Operators on packed weights.
inline constexpr std::array<std::string_view, 3> kHarmlessNamespaces = {
    "ops.quantized.", "ops.sparse.", "ops.prepacked."};
// Classes of C++ that hold them.
inline constexpr std::array<std::string_view, 4> kPackedClasses = {"quantized.", "sparse.",
                                                                   "xnnpack.", "rnn."};

// Words before a parenthesis that call nothing, or what only makes values.
inline constexpr auto kWords = std::to_array<std::string_view>(
    {"and", "annotate", "assert", "bool", "elif", "float", "if", "in", "int", "is", "isinstance",
     "not", "or", "return", "str", "unchecked_cast", "uninitialized", "while"});

inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
inline bool is_of_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

struct Function {
  std::string_view file;
  std::string_view body;  // from behind its name
};

// One file's functions, or what no printer of torch writes: a lexer could see other functions in it.
class Functions {
 public:
  using ByName = std::multimap<std::string_view, Function>;

  Functions(const ScriptFile& file, ByName& found) : file_(file), found_(found) {}

  bool find() {
    const std::string_view text = file_.text;
    int depth = 0;
    std::size_t line = 0;
    std::vector<Open> open;
    while (line < text.size()) {
      std::size_t end = std::min(text.find('\n', line), text.size());
      const std::string_view content = text.substr(line, end - line);
      const std::size_t indent = content.find_first_not_of(' ');
      if (depth == 0 && indent != content.npos) {
        while (!open.empty() && open.back().indent >= indent) close(open, line);
        constexpr std::string_view kDef = "def ";
        if (content.substr(indent).starts_with(kDef)) {
          const std::size_t begin = indent + kDef.size();
          std::size_t stop = begin;
          while (stop < content.size() && is_of_word(content[stop])) ++stop;
          if (stop == begin || stop == content.size() || content[stop] != '(') return false;
          open.push_back({indent, content.substr(begin, stop - begin), line + stop});
        }
      }
      if (!read(content, depth)) return false;
      line = end + 1;
    }
    while (!open.empty()) close(open, text.size());
    return depth == 0;
  }

 private:
  struct Open {
    std::size_t indent;
    std::string_view name;
    std::size_t body;
  };

  void close(std::vector<Open>& open, std::size_t end) {
    const Open& last = open.back();
    found_.emplace(last.name, Function{file_.name, file_.text.substr(last.body, end - last.body)});
    open.pop_back();
  }

  // Brackets beyond this line, whose texts end on it.
  static bool read(std::string_view line, int& depth) {
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (c < ' ' || c > '~') return false;
      if (quote != '\0') {
        if (c == '\\') ++i;
        if (c == quote) quote = '\0';
        continue;
      }
      if (c == '#' || c == '\\' || c == ';') return false;
      if (c == '"' || c == '\'') {
        if (line.substr(i, 3) == std::string(3, c)) return false;
        quote = c;
      }
      if (c == '(' || c == '[' || c == '{') ++depth;
      if ((c == ')' || c == ']' || c == '}') && --depth < 0) return false;
    }
    return quote == '\0';
  }

  const ScriptFile& file_;
  ByName& found_;
};

// What one function mentions.
class Body {
 public:
  Body(const Function& function, const Functions::ByName& functions)
      : text_(function.body), functions_(functions) {}

  // The first thing that is not known to be harmless; "" if there is none.
  std::string judge(std::set<std::string_view>& reached) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_text(c);
        before_ = c;
      } else if (is_letter(c)) {
        if (std::string what = mention(path(), reached); !what.empty()) return what;
        before_ = 'a';
      } else if (c >= '0' && c <= '9') {
        // With its point and exponent.
        while (at_ < text_.size() && (is_of_word(text_[at_]) || text_[at_] == '.')) ++at_;
        before_ = '0';
      } else {
        if (c == '(' && (before_ == ')' || before_ == ']' || before_ == '"' || before_ == '\''))
          return "a call of a value";
        if (c != ' ' && c != '\n') before_ = c;
        ++at_;
      }
    }
    return "";
  }

 private:
  void skip_text(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_)
      if (text_[at_] == '\\') ++at_;
    ++at_;
  }

  // Names with points between them.
  std::string_view path() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (is_of_word(text_[at_]) ||
            (text_[at_] == '.' && at_ + 1 < text_.size() && is_letter(text_[at_ + 1]))))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool is_called() const {
    const std::size_t next = text_.find_first_not_of(" \n", at_);
    return next != text_.npos && text_[next] == '(';
  }

  std::string mention(std::string_view path, std::set<std::string_view>& reached) {
    const bool is_member = before_ == '.';
    const std::string_view head = path.substr(0, path.find('.'));
    const std::size_t point = path.rfind('.');
    const std::string_view last = point == path.npos ? path : path.substr(point + 1);
    const bool is_function = functions_.contains(last);
    if (!is_member && (head == "torch" || head == "ops")) {
      const bool is_harmless =
          std::find(kHarmless.begin(), kHarmless.end(), path) != kHarmless.end() ||
          std::any_of(kHarmlessNamespaces.begin(), kHarmlessNamespaces.end(),
                      [&](std::string_view n) { return path.starts_with(n); });
      return is_harmless ? "" : std::string(path);
    }
    if (is_function) reached.insert(last);
    if (!is_called() || (!is_member && head == "__torch__")) return "";
    if (is_member || path != head) return is_function ? "" : "a method " + std::string(last);
    if (std::find(kWords.begin(), kWords.end(), path) != kWords.end()) return "";
    return names_function(path) ? "" : std::string(path);
  }

  // Whether a local name stands for a function of the archive wherever it stands.
  bool names_function(std::string_view name) const {
    for (std::size_t at = text_.find(name); at != text_.npos; at = text_.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      const bool is_word = (at == 0 || !is_of_word(text_[at - 1])) &&
                           (end == text_.size() || !is_of_word(text_[end]));
      if (is_word && !text_.substr(end).starts_with(" = __torch__.") &&
          !text_.substr(end).starts_with("("))
        return false;
    }
    return text_.find(std::string(name) + " = __torch__.") != text_.npos;
  }

  std::string_view text_;
  const Functions::ByName& functions_;
  std::size_t at_ = 0;
  char before_ = '\0';  // the last character that is no blank, or what stands for a word
};

// C++'s own classes have methods by the names of the archive's functions, too.
inline bool has_foreign_classes(std::string_view text) {
  constexpr std::string_view kClasses = "torch.classes.";
  for (std::size_t at = text.find(kClasses); at != text.npos; at = text.find(kClasses, at + 1)) {
    const std::string_view name = text.substr(at + kClasses.size());
    if (std::none_of(kPackedClasses.begin(), kPackedClasses.end(),
                     [&](std::string_view packed) { return name.starts_with(packed); }))
      return true;
  }
  return false;
}

}  // namespace script_code_detail

inline std::optional<std::string> run_by_loading(std::span<const ScriptFile> files) {
  static constexpr std::string_view kSetState = "__setstate__";
  const auto sets_state = [](const ScriptFile& file) {
    return file.text.find(kSetState) != file.text.npos;
  };
  if (std::none_of(files.begin(), files.end(), sets_state)) return std::nullopt;
  script_code_detail::Functions::ByName functions;
  for (const ScriptFile& file : files) {
    if (script_code_detail::has_foreign_classes(file.text))
      return "a class of C++ in " + std::string(file.name);
    if (!script_code_detail::Functions(file, functions).find())
      return "a __setstate__ beside code that torch does not write so, in " +
             std::string(file.name);
  }
  // What an operator, a constructor or a subscript may call as well.
  std::set<std::string_view> reached;
  for (const auto& [name, function] : functions)
    if (name.starts_with("__") && name != "__getstate__") reached.insert(name);
  std::set<std::string_view> judged;
  while (judged.size() < reached.size()) {
    const std::set<std::string_view> names = reached;
    for (const std::string_view name : names) {
      if (!judged.insert(name).second) continue;
      const auto [begin, end] = functions.equal_range(name);
      for (auto function = begin; function != end; ++function) {
        const std::string what =
            script_code_detail::Body(function->second, functions).judge(reached);
        if (!what.empty()) return what + " in " + std::string(function->second.file);
      }
    }
  }
  return std::nullopt;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_SCRIPT_CODE_H_
