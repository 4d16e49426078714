#ifndef TORCHHUB_PYTHON_DETAIL_EXIT_HANDLER_H_
#define TORCHHUB_PYTHON_DETAIL_EXIT_HANDLER_H_
// When exit() ends Python: before the destructors of statics that Python's modules made, torch's among them, since what
// was registered with Python's atexit may use them. exit() goes backwards, so whoever imported something says so.

namespace torchhub::python::detail {

/// Has exit() do what ensure_interpreter() says before it destroys what was made until now. For whoever has run code
/// that imports modules.
void renew_exit_handler();

/// At the end of a scope.
struct RenewedExitHandler {
  RenewedExitHandler() = default;
  RenewedExitHandler(const RenewedExitHandler&) = delete;
  RenewedExitHandler& operator=(const RenewedExitHandler&) = delete;
  ~RenewedExitHandler() { renew_exit_handler(); }
};

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_EXIT_HANDLER_H_
