#include <torchhub/archive/detail/files/mapping_registry.h>
#include <torchhub/archive/truncation_guard.h>

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <mutex>

namespace torchhub::archive {

namespace detail {
namespace {

constexpr std::size_t kMostMappings = 4096;

// The process's one handler needs one table; nothing else may reach it.
constinit std::array<RegisteredMapping, kMostMappings> mappings;
constinit std::atomic<bool> is_installed = false;
constinit struct sigaction previous = {};
constinit std::size_t page_bytes = 4096;

RegisteredMapping* find(std::uintptr_t address) {
  for (RegisteredMapping& mapping : mappings) {
    const std::uintptr_t begin = mapping.begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address - begin < mapping.size.load()) return &mapping;
  }
  return nullptr;
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (RegisteredMapping* const mapping = find(address)) {
    void* const page = static_cast<std::byte*>(info->si_addr) - (address & (page_bytes - 1));
    mapping->is_cut_off = true;
    if (::mmap(page, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
               -1, 0) != MAP_FAILED)
      return;
  }
  if (previous.sa_flags & SA_SIGINFO) return previous.sa_sigaction(signal, info, context);
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    return previous.sa_handler(signal);
  // Back to what it was; the instruction runs again and ends the process.
  ::sigaction(SIGBUS, &previous, nullptr);
}

}  // namespace

RegisteredMapping* register_mapping(std::span<const std::byte> mapping) {
  if (!is_installed || mapping.empty()) return nullptr;
  for (RegisteredMapping& place : mappings) {
    std::size_t free = 0;
    // Claimed by its size; found by its beginning, which comes last.
    if (place.begin != 0 || !place.size.compare_exchange_strong(free, mapping.size())) continue;
    place.is_cut_off = false;
    place.begin.store(reinterpret_cast<std::uintptr_t>(mapping.data()), std::memory_order_release);
    return &place;
  }
  return nullptr;
}

void unregister_mapping(RegisteredMapping* mapping) {
  if (!mapping) return;
  mapping->begin = 0;
  mapping->size = 0;
}

}  // namespace detail

void install_truncation_guard() {
  static std::once_flag once;
  std::call_once(once, [] {
    detail::page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    struct sigaction action = {};
    action.sa_sigaction = detail::on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGBUS, &action, &detail::previous);
    detail::is_installed = true;
  });
}

}  // namespace torchhub::archive
