#pragma once
// The monorepo's own python/error.h.

namespace monorepo {
constexpr const char* kOwnPython = "the monorepo's python";
}
