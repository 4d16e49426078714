#ifndef TORCHHUB_NET_DETAIL_TRANSFER_KNOWN_FILE_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_KNOWN_FILE_H_
// What a download knows of its file, as the state that it is in:
//
//     Unopened    no answer was of use yet                          -> Planned, Streaming
//     Planned     its length is known; a plan says what is missing  -> Unopened, to begin anew
//     Streaming   only its end will tell its length                 -> Streamed; Unopened
//     Streamed    the end has come                                  -> Unopened
//
// Pure.

#include <torchhub/net/detail/plan/plan.h>
#include <torchhub/net/detail/transfer/transfer_state.h>
#include <torchhub/net/entity.h>
#include <torchhub/net/error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace torchhub::net::detail {

/// What the answer that opened the file said of it.
struct Described {
  explicit Described(Entity answered) : entity(std::move(answered)) {}

  Entity entity;
  std::string coding;          ///< of the whole, as it came; "" for none
  std::optional<Error> doubt;  ///< about the content, to be told if its digest is not accepted
};

struct Unopened {
  Unopened() = default;

  std::optional<TransferState> resumed;  ///< what an earlier download left
};

struct Planned {
  Planned(Described description, Plan whole_plan, bool stays)
      : said(std::move(description)), plan(std::move(whole_plan)), is_kept(stays) {}

  Described said;
  Plan plan;
  bool is_kept;  ///< what arrives stays, whatever fails later
};

struct Streaming {
  explicit Streaming(Described description) : said(std::move(description)) {}

  Described said;
  std::uint64_t bytes = 0;
};

struct Streamed {
  explicit Streamed(Streaming stream) : said(std::move(stream.said)), bytes(stream.bytes) {}

  Described said;
  std::uint64_t bytes;
};

using KnownFile = std::variant<Unopened, Planned, Streaming, Streamed>;

/// How the file is to be asked for: learnt from answers that were of no use, and kept when all begins anew.
struct Approach {
  bool asks_whole = false;                   ///< ranges were no use
  std::optional<std::uint64_t> told_length;  ///< by a range that was no use
  bool takes_other_form = false;             ///< of gzip: not the one that the URL's name suggests
};

/// What the opening answer said; nothing before there is one.
inline const Described* described(const KnownFile& file) {
  if (const auto* planned = std::get_if<Planned>(&file)) return &planned->said;
  if (const auto* streaming = std::get_if<Streaming>(&file)) return &streaming->said;
  if (const auto* streamed = std::get_if<Streamed>(&file)) return &streamed->said;
  return nullptr;
}

/// Whether all bytes of the file have come and `digested` of them were digested: all.
inline bool is_all_there(const KnownFile& file, std::uint64_t digested) {
  if (const auto* planned = std::get_if<Planned>(&file))
    return planned->plan.is_complete() && digested == planned->plan.granules().total();
  const auto* streamed = std::get_if<Streamed>(&file);
  return streamed && digested == streamed->bytes;
}

/// Bytes of the file that are there.
inline std::uint64_t bytes_there(const KnownFile& file) {
  if (const auto* planned = std::get_if<Planned>(&file)) return planned->plan.granules().filled();
  if (const auto* streaming = std::get_if<Streaming>(&file)) return streaming->bytes;
  if (const auto* streamed = std::get_if<Streamed>(&file)) return streamed->bytes;
  return 0;
}

/// Whether what came must be given up when the connection that brings it fails: the next answer begins at the
/// file's first byte again.
inline bool begins_anew_after_failure(const KnownFile& file) {
  const auto* planned = std::get_if<Planned>(&file);
  return std::holds_alternative<Streaming>(file) || (planned && !planned->is_kept);
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_KNOWN_FILE_H_
