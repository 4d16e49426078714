#ifndef TORCHHUB_NET_REFUSAL_H_
#define TORCHHUB_NET_REFUSAL_H_
// What a server said instead of giving the file, for whoever tells more of it than its status.
//
//   try {
//     fetch(url);
//   } catch (const net::Error& error) {
//     if (error.refusal()) std::cerr << error.refusal()->head.reason << "\n" << error.refusal()->body;
//   }

#include <torchhub/net/response_head.h>

#include <cstddef>
#include <string>

namespace torchhub::net {

/// As much of a refusal's body as is kept.
inline constexpr std::size_t kMaxRefusalBytes = std::size_t{64} << 10;

struct Refusal {
  ResponseHead head;
  std::string body;  ///< its beginning; "" where it did not come at once
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_REFUSAL_H_
