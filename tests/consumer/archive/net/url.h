#pragma once
// The monorepo's own net/url.h: it must not hide torchhub's, nor be hidden by it.

namespace monorepo {
constexpr const char* kOwnNet = "the monorepo's net";
}
