#include <torchhub/hub/detail/input_leaves.h>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace torchhub::detail {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxLeaves = 4096;
constexpr std::size_t kMaxNamesTold = 8;

using Names = std::vector<std::string>;

std::optional<json::value> parsed(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth * 4;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  return error ? std::nullopt : std::optional(std::move(value));
}

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

struct Node {
  const json::array* children = nullptr;  ///< null of a leaf
  std::optional<Names> keys;              ///< of a dict
};

std::optional<Node> node_of(const json::value& value) {
  const json::object* const object = value.if_object();
  const json::value* const type = object ? object->if_contains("type") : nullptr;
  if (!type) return std::nullopt;
  if (type->is_null()) return Node();
  const json::value* const children = object->if_contains("children_spec");
  if (!type->is_string() || !children || !children->is_array()) return std::nullopt;
  Node node;
  node.children = &children->get_array();
  const json::string& name = type->get_string();
  if (name == "builtins.tuple" || name == "builtins.list") return node;
  if (name != "builtins.dict" && name != "collections.OrderedDict") return std::nullopt;
  const json::value* const context = object->if_contains("context");
  const auto keys = context && context->is_string() ? parsed(context->get_string()) : std::nullopt;
  if (!keys || !keys->is_array() || keys->get_array().size() != node.children->size())
    return std::nullopt;
  node.keys.emplace();
  for (const json::value& key : keys->get_array()) {
    if (key.is_string()) {
      node.keys->emplace_back(key.get_string());
    } else if (key.is_int64()) {
      node.keys->push_back(std::to_string(key.get_int64()));
    } else {
      return std::nullopt;
    }
  }
  return node;
}

// Adds the leaves below `value`, which all `paths` lead to; false where it cannot be followed.
bool add_leaves(const json::value& value, const Names& paths, std::vector<InputLeaf>& leaves,
                std::size_t depth = 0) {
  const auto node = node_of(value);
  if (!node || depth == kMaxDepth || leaves.size() == kMaxLeaves) return false;
  if (!node->children) {
    leaves.push_back({paths, std::nullopt, false});
    return true;
  }
  for (std::size_t i = 0; i < node->children->size(); ++i) {
    const std::string name = node->keys ? (*node->keys)[i] : std::to_string(i);
    Names below;
    for (const std::string& path : paths) below.push_back(joined(path, name));
    if (!add_leaves((*node->children)[i], below, leaves, depth + 1)) return false;
  }
  return true;
}

std::string quoted(const InputLeaf& leaf) { return "'" + leaf.names.back() + "'"; }

bool is_number(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == name.npos;
}

// Whether the model tells more of it than its place.
bool is_named(const InputLeaf& leaf) {
  return std::any_of(leaf.names.begin(), leaf.names.end(),
                     [](const std::string& name) { return !is_number(name); });
}

std::string told_names(const std::vector<InputLeaf>& leaves) {
  if (!std::any_of(leaves.begin(), leaves.end(), is_named))
    return "the model does not tell what its inputs are called: give them as a list";
  std::string text = leaves.size() == 1 ? "its input is " : "its inputs are ";
  for (std::size_t i = 0; i < std::min(leaves.size(), kMaxNamesTold); ++i)
    text += (i > 0 ? ", " : "") + quoted(leaves[i]);
  if (leaves.size() > kMaxNamesTold)
    text += " and " + std::to_string(leaves.size() - kMaxNamesTold) + " more";
  return text;
}

// Numbers by value: 3 is 3.0.
bool is_the_same(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto left = parsed(a);
  const auto right = parsed(b);
  return left && right && left->is_number() && right->is_number() &&
         left->to_number<double>() == right->to_number<double>();
}

// A list of tensors, each at its place, or one tensor alone.
bool is_plain_list(const std::vector<InputLeaf>& leaves, const std::vector<GivenInput>& given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const bool is_in_place =
        given[i].name == std::to_string(i) || (given.size() == 1 && given[i].name.empty());
    if (!given[i].is_tensor || !is_in_place) return false;
    const bool is_one_leaf = i >= leaves.size() || leaves[i].names.front() == std::to_string(i);
    if (!is_one_leaf || (i < leaves.size() && leaves[i].constant)) return false;
  }
  return true;
}

}  // namespace

std::optional<std::vector<InputLeaf>> read_input_leaves(std::string_view spec,
                                                        const std::vector<std::string>& names) {
  const auto document = parsed(spec);
  const json::array* const versioned = document ? document->if_array() : nullptr;
  if (!versioned || versioned->size() != 2 || versioned->front() != json::value(1))
    return std::nullopt;
  const auto root = node_of(versioned->back());
  if (!root || !root->children || root->keys || root->children->size() != 2) return std::nullopt;
  const auto positional = node_of((*root->children)[0]);
  const auto keywords = node_of((*root->children)[1]);
  if (!positional || !positional->children || positional->keys || !keywords || !keywords->keys)
    return std::nullopt;
  const std::size_t count = positional->children->size();
  std::vector<InputLeaf> leaves;
  for (std::size_t i = 0; i < count; ++i) {
    const json::value& child = (*positional->children)[i];
    Names paths = {std::to_string(i)};
    if (i < names.size() && !names[i].empty()) paths.push_back(names[i]);
    // The file may hold the only argument itself.
    const auto node = node_of(child);
    if (count == 1 && keywords->children->empty() && node && node->children)
      paths.insert(paths.begin() + 1, "");
    if (!add_leaves(child, paths, leaves)) return std::nullopt;
  }
  for (std::size_t i = 0; i < keywords->keys->size(); ++i) {
    const Names paths = {std::to_string(count + i), (*keywords->keys)[i]};
    if (!add_leaves((*keywords->children)[i], paths, leaves)) return std::nullopt;
  }
  return leaves;
}

std::vector<InputLeaf> leaves_by_place(std::size_t count) {
  std::vector<InputLeaf> leaves;
  for (std::size_t i = 0; i < count; ++i)
    leaves.push_back({{std::to_string(i)}, std::nullopt, false});
  return leaves;
}

PlacedInputs place_inputs(const std::vector<InputLeaf>& leaves, std::size_t tensors,
                          const std::vector<GivenInput>& given) {
  std::vector<std::size_t> order;
  // One tensor for one input that nobody named can be no other.
  const bool is_only = given.size() == 1 && leaves.size() == 1 && given[0].is_tensor &&
                       !is_named(leaves[0]) && leaves[0].names.front() == "0";
  if (is_only || is_plain_list(leaves, given)) {
    for (std::size_t i = 0; i < given.size(); ++i) order.push_back(i);
    return order;
  }
  std::map<std::string_view, std::size_t> leaf_of;
  for (std::size_t i = 0; i < leaves.size(); ++i)
    for (const std::string& name : leaves[i].names)
      if (const auto [at, is_new] = leaf_of.emplace(name, i); !is_new && at->second != i)
        return "two of the model's inputs are called '" + name + "': give them as a list";
  const auto wanted = static_cast<std::size_t>(std::count_if(
      leaves.begin(), leaves.end(), [](const InputLeaf& leaf) { return !leaf.constant; }));
  const bool all_are_tensors = wanted == tensors;
  std::vector<std::optional<std::size_t>> places(leaves.size());
  // What is no tensor first: it moves the tensors behind it.
  for (const bool tensors_turn : {false, true}) {
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i].is_tensor != tensors_turn) continue;
      const std::string name = given[i].name.empty() ? "0" : given[i].name;
      const auto found = leaf_of.find(name);
      if (found == leaf_of.end()) {
        return given[i].is_tensor
                   ? "has no input '" + name + "', which the file holds: " + told_names(leaves)
                   : "the file holds " + given[i].text + " at '" + name +
                         "', where tensors alone are taken";
      }
      const InputLeaf& leaf = leaves[found->second];
      if (places[found->second]) return "the file holds the input " + quoted(leaf) + " twice";
      if (leaf.constant) {
        if (given[i].is_tensor || !is_the_same(*leaf.constant, given[i].text))
          return "the input " + quoted(leaf) + " is " +
                 (given[i].is_tensor ? "a tensor" : given[i].text) +
                 ", and the model was exported for " + *leaf.constant + " alone";
      } else if (!given[i].is_tensor) {
        return "the input " + quoted(leaf) + " is " + given[i].text +
               (all_are_tensors ? ", where a tensor is taken"
                                : ", and the model does not tell which value it was exported for");
      }
      places[found->second] = i;
    }
  }
  bool ended = false;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (leaves[i].constant) continue;
    if (places[i]) {
      if (ended) return "the input " + quoted(leaves[i]) + " comes behind one that is left out";
      order.push_back(*places[i]);
    } else if (all_are_tensors) {
      if (!leaves[i].has_default) return "the input " + quoted(leaves[i]) + " is missing";
      ended = true;
    }
  }
  return order;
}

}  // namespace torchhub::detail
