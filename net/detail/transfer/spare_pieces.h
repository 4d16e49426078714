#ifndef TORCHHUB_NET_DETAIL_TRANSFER_SPARE_PIECES_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_SPARE_PIECES_H_
// Memory for the pieces of a body, used again when nobody holds it any more.

#include <torchhub/net/detail/plan/granules.h>
#include <torchhub/net/detail/transfer/body.h>

#include <memory>
#include <vector>

namespace torchhub::net::detail {

class SparePieces {
 public:
  /// A piece with room for a granule, whose content is anything.
  Piece take() {
    for (const Piece& piece : pieces_) {
      if (piece.use_count() == 1) return piece;
    }
    pieces_.push_back(std::make_shared<Bytes>(kGranuleBytes));
    return pieces_.back();
  }

 private:
  std::vector<Piece> pieces_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_SPARE_PIECES_H_
