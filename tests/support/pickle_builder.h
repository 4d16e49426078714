#ifndef TORCHHUB_TESTS_SUPPORT_PICKLE_BUILDER_H_
#define TORCHHUB_TESTS_SUPPORT_PICKLE_BUILDER_H_
// Pickles by hand, as bytes to be concatenated: the ones that no Python would write.
//
//   const std::string evil = tests::pickle(tests::global("os", "system") + tests::text("id") +
//   "\x85R");

#include <cstdint>
#include <string>

namespace torchhub::tests {

/// Protocol 2, `body`, STOP.
inline std::string pickle(const std::string& body) {
  return std::string("\x80\x02", 2) + body + ".";
}

/// GLOBAL
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i);
  return text;
}

/// BINUNICODE
inline std::string text(const std::string& value) {
  return "X" + little_endian(value.size(), 4) + value;
}

/// BININT
inline std::string integer(std::int32_t value) {
  return "J" + little_endian(static_cast<std::uint32_t>(value), 4);
}

/// ('storage', torch.TYPE, key, 'cpu', numel) as a persistent id.
inline std::string storage(const std::string& type, const std::string& key, std::int32_t numel) {
  return "(" + text("storage") + global("torch", type) + text(key) + text("cpu") + integer(numel) +
         "tQ";
}

/// A tuple of integers.
template <class... Integers>
std::string tuple(Integers... values) {
  return "(" + (std::string() + ... + integer(values)) + "t";
}

/// torch._utils._rebuild_tensor_v2 of a storage.
inline std::string tensor(const std::string& storage, std::int32_t offset, const std::string& shape,
                          const std::string& stride) {
  return global("torch._utils", "_rebuild_tensor_v2") + "(" + storage + integer(offset) + shape +
         stride + "\x89" + global("collections", "OrderedDict") + ")RtR";
}

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_PICKLE_BUILDER_H_
