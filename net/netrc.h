#ifndef TORCHHUB_NET_NETRC_H_
#define TORCHHUB_NET_NETRC_H_
// User names and passwords by machine, so that they need not stand in a URL or a command line.
//
//   net::Netrc netrc = net::Netrc::from_environment();
//   netrc.credentials_for("example.com");        // "anna:s3cret"
//
// The format is ftp's, as curl and Python's netrc read it: "machine NAME login NAME password WORD" in any
// layout, "default" instead of "machine NAME" for all others, a word in double quotes with backslashes in it,
// "macdef" up to an empty line, comments from a "#" on that stands where a keyword may.
//
// Pure, but for from_environment().

#include <torchhub/net/export.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::net {

class TORCHHUB_NET_EXPORT Netrc {
 public:
  /// Knows nothing.
  Netrc() = default;

  /// What is not understood is passed over, as curl does.
  static Netrc parse(std::string_view text);

  /// The file that NETRC names, else .netrc or _netrc in the home folder, as Python's requests has it.
  /// Knows nothing where there is none that can be read. A pipe, such as a shell's <(...), is read once for all of
  /// the process, and waited for for five seconds.
  static Netrc from_environment();

  /// Whether an entry without a machine counts.
  enum class Default { applies, is_left_out };

  /// "login:password" of the first entry for `host`, in any case and with or without a final dot; with a
  /// `login`, of the first that has it.
  std::optional<std::string> credentials_for(std::string_view host, std::string_view login = "",
                                             Default otherwise = Default::applies) const;

 private:
  struct Entry {
    bool is_default = false;
    std::string machine;  // lower case
    std::string login;
    std::string password;
  };
  std::vector<Entry> entries_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_NETRC_H_
