#ifndef TORCHHUB_NET_DETAIL_CONTENT_CODING_H_
#define TORCHHUB_NET_DETAIL_CONTENT_CODING_H_
// What a Content-Encoding says of a body. Object stores give back whatever was set when a file was put there:
// "UTF-8", "binary", "aws-chunked" name no coding, and the body is the file. So does any word that is not known as one:
// nobody asked for a coding, and a server that applies one nevertheless applies one that browsers know.
//
// Pure. Source: RFC 9110 section 8.4; the codings are those of IANA's registry and of old programs.

#include <torchhub/net/response_head.h>

#include <string>

namespace torchhub::net::detail {

/// The codings that the body of `head` came in, in lower case, "gzip" or "gzip, br"; "" for none.
std::string content_coding(const ResponseHead& head);

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_CONTENT_CODING_H_
