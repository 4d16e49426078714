// All of this room that is compiled, as one file: for a project that copies the folder and builds without Bazel.
// README.md says how. Bazel compiles the files one by one.

// A coroutine's frame has fields of types that have no linkage: g++ takes that for an oversight in a file that is included.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

#include <torchhub/net/client.cc>
#include <torchhub/net/detail/client/dial.cc>
#include <torchhub/net/detail/client/source.cc>
#include <torchhub/net/detail/crc32c.cc>
#include <torchhub/net/detail/http/connection.cc>
#include <torchhub/net/detail/stream/resolve.cc>
#include <torchhub/net/detail/stream/tcp_stream.cc>
#include <torchhub/net/detail/tls/tls_context.cc>
#include <torchhub/net/detail/tls/tls_stream.cc>
#include <torchhub/net/detail/tls/trust_roots.cc>
#include <torchhub/net/detail/transfer/background_task.cc>
#include <torchhub/net/detail/transfer/digest_front.cc>
#include <torchhub/net/detail/transfer/gunzip.cc>
#include <torchhub/net/detail/transfer/saved_progress.cc>
#include <torchhub/net/detail/transfer/transfer.cc>
#include <torchhub/net/detail/transfer/transfer_open.cc>
#include <torchhub/net/detail/transfer/transfer_worker.cc>
#include <torchhub/net/detail/transfer/write_queue.cc>
#include <torchhub/net/download.cc>
#include <torchhub/net/downloader_config.cc>
#include <torchhub/net/error.cc>
#include <torchhub/net/netrc.cc>
#include <torchhub/net/proxy.cc>
#include <torchhub/net/upload.cc>
#include <torchhub/net/url.cc>
