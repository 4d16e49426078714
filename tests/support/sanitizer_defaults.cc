// Options that the sanitizers' run-times look up in the program, so that a test run by hand has
// them too. Only what this project and its static dependencies compile is instrumented: what the
// distribution's Python, LibTorch and OpenMP do is not ours to report.
extern "C" {

const char* __asan_default_options() {
  return "strict_string_checks=1:detect_stack_use_after_return=1:detect_"
         "leaks=" TORCHHUB_DETECT_LEAKS;
}

const char* __lsan_default_suppressions() {
  return "leak:libpython3\nleak:libtorch\nleak:libc10\nleak:libgomp\nleak:_multiarray_umath\n";
}

const char* __tsan_default_suppressions() {
  return "called_from_lib:libtorch_cpu.so\ncalled_from_lib:libtorch_python.so\ncalled_from_lib:"
         "libgomp.so\n"
         "race:libtorch\nrace:libgomp\nmutex:libtorch\n";
}

const char* __ubsan_default_options() { return "print_stacktrace=1:halt_on_error=1"; }

}  // extern "C"
