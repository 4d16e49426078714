#include <torchhub/hub/cli/json_text.h>

#include <boost/locale/utf.hpp>

namespace torchhub::cli {

std::string json_text(std::string_view bytes) {
  using boost::locale::utf::illegal;
  using boost::locale::utf::incomplete;
  using Utf8 = boost::locale::utf::utf_traits<char>;
  std::string text;
  for (const char* at = bytes.data(); at != bytes.data() + bytes.size();) {
    const char* const begin = at;
    const auto point = Utf8::decode(at, bytes.data() + bytes.size());
    if (point == illegal || point == incomplete) {
      text += "\xEF\xBF\xBD";
      at = begin + 1;
    } else {
      text.append(begin, at);
    }
  }
  return text;
}

}  // namespace torchhub::cli
