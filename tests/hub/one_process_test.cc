// Everything in one process: our TLS beside Python's, LibTorch in C++ beside torch in Python.

#include <torchhub/hub/download.h>
#include <torchhub/hub/torch_model.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/trusted.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>
#include <torchhub_torch_config.h>

#include <dlfcn.h>

namespace torchhub {
namespace {

constexpr char kHubconf[] = R"(
import hashlib, os, ssl, sys, urllib.request, torch
def tell(text): raise ValueError(text)
def whose_ssl(): tell(ssl.OPENSSL_VERSION)
def prefix(): tell(sys.prefix)
def version(): tell(torch.__version__)
def torch_folder(): tell(os.path.dirname(os.path.realpath(torch.__file__)))
def digest(): tell(hashlib.sha256(b'abc').hexdigest())
def fetch(): tell(urllib.request.urlopen(os.environ['ONE_PROCESS_URL']).read().decode())
def second_row(): return lambda t: t[1]
def same(): return lambda t: t
def linear(): return torch.nn.Linear(3, 4)
)";

// What the embedded Python says of itself; told through an exception, which carries text.
std::string told_by(const python::Hubconf& conf, std::string_view name) {
  try {
    conf.call(name, python::Arguments());
  } catch (const std::exception& told) {
    const std::string text = told.what();
    return text.substr(text.rfind(": ") + 2);
  }
  return "(nothing)";
}

TEST(OneProcess, HoldsOurTlsAndPythonsAndBothTorches) {
  const tests::TempFolder folder;
  tests::HubServer server;
  server.answer("/a", {.body = "abc"});
  tests::write_file(folder / "ca.pem", server.authority());
  const tests::ScopedVariable trust("SSL_CERT_FILE", folder / "ca.pem");
  const Context context(cache::TorchPaths(folder / "hub"));
  const auto shake_hands = [&] {
    return download_url_to_file(server.url() + "/a", folder / "a", {}, context).bytes;
  };

  // Ours first, then OpenSSL's of the embedded Python, then ours again.
  EXPECT_EQ(shake_hands(), 3u);
  EXPECT_EQ(at::ones({2, 3}).sum().item<float>(), 6.0f);

  const tests::TrustedRepository repository({{"hubconf.py", std::string(kHubconf)}});
  const tests::ScopedVariable url("ONE_PROCESS_URL", server.url() + "/a");
  const python::Hubconf conf(repository.source());
  EXPECT_THAT(told_by(conf, "whose_ssl"), testing::StartsWith("OpenSSL"));
  EXPECT_EQ(told_by(conf, "digest"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(told_by(conf, "fetch"), "abc");
  EXPECT_EQ(shake_hands(), 3u);

  // The torch that Python imports is the one that C++ links.
  EXPECT_EQ(told_by(conf, "version"), TORCHHUB_TORCH_VERSION);
  EXPECT_EQ(told_by(conf, "torch_folder"), TORCHHUB_TORCH_FOLDER);

  // Tensors over and back without a copy.
  const at::Tensor tensor = at::arange(6, at::kFloat).reshape({2, 3});
  const Model same(conf.call("same", python::Arguments()));
  EXPECT_EQ(same.forward(tensor).unsafeGetTensorImpl(), tensor.unsafeGetTensorImpl());
  const Model second_row(conf.call("second_row", python::Arguments()));
  EXPECT_EQ(second_row.forward(tensor).data_ptr(), static_cast<float*>(tensor.data_ptr()) + 3);
  const Model linear(conf.call("linear", python::Arguments()));
  EXPECT_EQ(linear.forward(tensor).sizes(), (std::vector<std::int64_t>{2, 4}));
  EXPECT_TRUE(linear.forward(tensor).requires_grad());

  // BoringSSL's names are visible to nobody.
  EXPECT_EQ(dlsym(RTLD_DEFAULT, "SSL_CTX_set_grease_enabled"), nullptr);
}

}  // namespace
}  // namespace torchhub
