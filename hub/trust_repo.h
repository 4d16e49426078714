#ifndef TORCHHUB_HUB_TRUST_REPO_H_
#define TORCHHUB_HUB_TRUST_REPO_H_
// torch.hub's trust_repo: who decides whether foreign code may run.

namespace torchhub {

enum class TrustRepo {
  check,  ///< ask unless it is trusted; torch.hub's default
  yes,    ///< trust it and write that down
  ask,    ///< ask also if it is trusted; torch.hub's trust_repo=False
  no,     ///< refuse unless it is trusted already, and ask nobody
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TRUST_REPO_H_
