#ifndef TORCHHUB_TESTS_SUPPORT_REAL_SERVERS_H_
#define TORCHHUB_TESTS_SUPPORT_REAL_SERVERS_H_
// nginx and tinyproxy, on ports of their own, for as long as the object lives.
//
//   tests::Nginx nginx;
//   tests::write_file(nginx.root() / "f", content);
//   download(nginx.url() + "/f");

#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/test_ca.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace torchhub::tests {

/// Serves the files of a folder over HTTP and HTTPS.
class Nginx {
 public:
  /// `locations`: more of nginx's configuration, inside its server block.
  explicit Nginx(const std::string& locations = "");

  const std::filesystem::path& root() const { return root_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string secure_url() const { return "https://127.0.0.1:" + std::to_string(secure_port_); }
  /// The file with its authority's certificate, for SSL_CERT_FILE.
  std::filesystem::path authority_file() const { return folder_ / "ca.pem"; }
  /// A line for each request: method, target, status, bytes of the body, range, connection's number,
  /// whether TLS was resumed ("r" or ".").
  std::string log() const;

 private:
  TempFolder folder_;
  std::filesystem::path root_;
  std::uint16_t port_;
  std::uint16_t secure_port_;
  std::unique_ptr<Process> process_;
};

/// A forward proxy.
class Tinyproxy {
 public:
  /// With a user and a password that it asks for, unless they are empty.
  explicit Tinyproxy(const std::string& user = "", const std::string& password = "");

  std::uint16_t port() const { return port_; }
  std::string log() const;

 private:
  TempFolder folder_;
  std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_REAL_SERVERS_H_
