#include <torchhub/tests/support/real_servers.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace torchhub::tests {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool accepts(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool is_open =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return is_open;
}

// A port of 127.0.0.1 that nobody uses.
std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  const bool is_bound =
      ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(descriptor);
  if (!is_bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

// Waits until `process` accepts connections at `port`.
void wait_for(Process& process, std::uint16_t port, const std::string& output) {
  for (int i = 0; i < 1000 && process.is_running(); ++i) {
    if (accepts(port)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("a server did not start: " + read_file(output));
}

}  // namespace

Nginx::Nginx(const std::string& locations)
    : root_(folder_ / "root"), port_(free_port()), secure_port_(free_port()) {
  std::filesystem::create_directories(root_);
  const ServerCertificate certificate = make_server_certificate();
  write_file(folder_ / "ca.pem", certificate.authority);
  write_file(folder_ / "server.pem", certificate.certificate);
  write_file(folder_ / "server.key", certificate.key);
  const std::string here = folder_.path();
  std::string temporary;
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    temporary += std::string(kind) + "_temp_path " + here + "/" + kind + ";\n";
  write_file(folder_ / "nginx.conf",
             "user root root; daemon off; master_process off; pid " + here + "/pid; error_log " +
                 here + "/error.log;\nevents { worker_connections 256; }\nhttp {\n" + temporary +
                 "log_format requests '$request_method $request_uri $status $body_bytes_sent "
                 "\"$http_range\" $connection $ssl_session_reused';\naccess_log " +
                 here + "/access.log requests;\nroot " + root_.string() +
                 ";\nsendfile on;\nserver {\nlisten 127.0.0.1:" + std::to_string(port_) +
                 ";\nlisten 127.0.0.1:" + std::to_string(secure_port_) + " ssl;\nssl_certificate " +
                 here + "/server.pem;\nssl_certificate_key " + here +
                 "/server.key;\nssl_session_cache shared:tls:1m;\nssl_protocols TLSv1.2 "
                 "TLSv1.3;\n" +
                 locations + "\n}\n}\n");
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"/usr/sbin/nginx", "-c", folder_ / "nginx.conf", "-p", here},
      std::map<std::string, std::string>(), folder_ / "output");
  wait_for(*process_, port_, folder_ / "output");
}

std::string Nginx::log() const { return read_file(folder_ / "access.log"); }

Tinyproxy::Tinyproxy(const std::string& user, const std::string& password) : port_(free_port()) {
  std::string config = "Port " + std::to_string(port_) +
                       "\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nLogLevel Connect\n"
                       "LogFile \"" +
                       std::string(folder_ / "log") + "\"\n";
  if (!user.empty()) config += "BasicAuth " + user + " " + password + "\n";
  write_file(folder_ / "tinyproxy.conf", config);
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"/usr/bin/tinyproxy", "-d", "-c", folder_ / "tinyproxy.conf"},
      std::map<std::string, std::string>(), folder_ / "output");
  wait_for(*process_, port_, folder_ / "output");
}

std::string Tinyproxy::log() const { return read_file(folder_ / "log"); }

}  // namespace torchhub::tests
