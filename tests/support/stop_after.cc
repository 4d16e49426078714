// Preloaded into a program, kills it right after its N-th call that changes a file system, N from
// TORCHHUB_STOP_AFTER. What it leaves is what any sudden end would.

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdlib>

#define VISIBLE extern "C" __attribute__((visibility("default")))

namespace {

void count() {
  static const long last = [] {
    const char* const text = ::getenv("TORCHHUB_STOP_AFTER");
    return text ? ::atol(text) : 0;
  }();
  static std::atomic<long> calls = 0;
  if (last > 0 && ++calls == last) ::kill(::getpid(), SIGKILL);
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <class Result>
Result counted(Result result) {
  const int error = errno;
  count();
  errno = error;
  return result;
}

mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? static_cast<mode_t>(va_arg(arguments, unsigned)) : 0;
}

}  // namespace

#define WRAP(result, name, parameters, arguments)             \
  VISIBLE result name parameters {                            \
    static auto* const real = next<result parameters>(#name); \
    return counted(real arguments);                           \
  }

WRAP(ssize_t, pwrite, (int file, const void* bytes, size_t size, off_t offset),
     (file, bytes, size, offset))
WRAP(ssize_t, pwrite64, (int file, const void* bytes, size_t size, off64_t offset),
     (file, bytes, size, offset))
WRAP(int, rename, (const char* from, const char* to), (from, to))
WRAP(int, renameat2, (int a, const char* from, int b, const char* to, unsigned flags),
     (a, from, b, to, flags))
WRAP(int, link, (const char* from, const char* to), (from, to))
WRAP(int, symlink, (const char* from, const char* to), (from, to))
WRAP(int, unlink, (const char* path), (path))
WRAP(int, unlinkat, (int folder, const char* path, int flags), (folder, path, flags))
WRAP(int, remove, (const char* path), (path))
WRAP(int, rmdir, (const char* path), (path))
WRAP(int, mkdir, (const char* path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int folder, const char* path, mode_t mode), (folder, path, mode))
WRAP(int, ftruncate, (int file, off_t size), (file, size))
WRAP(int, ftruncate64, (int file, off64_t size), (file, size))
WRAP(int, fallocate, (int file, int mode, off_t offset, off_t size), (file, mode, offset, size))
WRAP(int, fsync, (int file), (file))
WRAP(int, fdatasync, (int file), (file))

VISIBLE ssize_t write(int file, const void* bytes, size_t size) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  const ssize_t written = real(file, bytes, size);
  // Not what goes to the terminal.
  return file > 2 ? counted(written) : written;
}

#define WRAP_OPEN(name)                                                \
  VISIBLE int name(const char* path, int flags, ...) {                 \
    static auto* const real = next<int(const char*, int, ...)>(#name); \
    va_list arguments;                                                 \
    va_start(arguments, flags);                                        \
    const mode_t mode = mode_of(flags, arguments);                     \
    va_end(arguments);                                                 \
    const int file = real(path, flags, mode);                          \
    return flags & O_CREAT ? counted(file) : file;                     \
  }
WRAP_OPEN(open)
WRAP_OPEN(open64)

#define WRAP_OPENAT(name)                                                   \
  VISIBLE int name(int folder, const char* path, int flags, ...) {          \
    static auto* const real = next<int(int, const char*, int, ...)>(#name); \
    va_list arguments;                                                      \
    va_start(arguments, flags);                                             \
    const mode_t mode = mode_of(flags, arguments);                          \
    va_end(arguments);                                                      \
    const int file = real(folder, path, flags, mode);                       \
    return flags & O_CREAT ? counted(file) : file;                          \
  }
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)
