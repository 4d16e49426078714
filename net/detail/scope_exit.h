#ifndef TORCHHUB_NET_DETAIL_SCOPE_EXIT_H_
#define TORCHHUB_NET_DETAIL_SCOPE_EXIT_H_
// Runs a function where a scope ends, however it ends: also where a coroutine is destroyed in it.

#include <concepts>
#include <utility>

namespace torchhub::net::detail {

template <std::invocable Function>
class ScopeExit {
 public:
  explicit ScopeExit(Function function) : function_(std::move(function)) {}
  ScopeExit(const ScopeExit&) = delete;
  ScopeExit& operator=(const ScopeExit&) = delete;
  ~ScopeExit() { function_(); }

 private:
  Function function_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_SCOPE_EXIT_H_
