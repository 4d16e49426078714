// Prints what the installed libraries were built with, for builds that link with them.
//
//   dependencies cmake|pkg-config

#include <boost/version.hpp>
#include <torchhub_python_config.h>
#include <torchhub_torch_config.h>

#include <iostream>
#include <string_view>

namespace {

constexpr int kBoostMajor = BOOST_VERSION / 100000;
constexpr int kBoostMinor = BOOST_VERSION / 100 % 1000;

void print_cmake() {
  std::cout << "set(torchhub_BOOST_VERSION \"" << kBoostMajor << '.' << kBoostMinor << "\")\n"
            << "set(torchhub_PYTHON_VERSION \"" TORCHHUB_PYTHON_VERSION "\")\n"
            << "set(torchhub_TORCH_VERSION \"" TORCHHUB_TORCH_VERSION "\")\n"
            << "set(torchhub_TORCH_PACKAGE \"" TORCHHUB_TORCH_PACKAGE "\")\n"
            << "set(torchhub_TORCH_LIBRARIES \"" TORCHHUB_TORCH_LIBRARIES "\")\n";
}

void print_pkg_config() {
  std::cout << "includedir=" TORCHHUB_TORCH_INCLUDE "\n"
            << "libdir=" TORCHHUB_TORCH_LIBRARIES "\n\n"
            << "Name: torchhub-libtorch\n"
            << "Description: the LibTorch that libtorchhub was built with\n"
            << "Version: " TORCHHUB_TORCH_VERSION "\n"
            << "Cflags: -D_GLIBCXX_USE_CXX11_ABI=" << TORCHHUB_TORCH_CXX11_ABI
            << " -isystem ${includedir} -isystem ${includedir}/torch/csrc/api/include\n"
            << "Libs: -L${libdir} -Wl,-rpath,${libdir}"
            << " -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10 -Wl,--as-needed\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view form = argc == 2 ? argv[1] : "";
  if (form == "cmake")
    print_cmake();
  else if (form == "pkg-config")
    print_pkg_config();
  else
    return 2;
  return std::cout.flush() ? 0 : 1;
}
