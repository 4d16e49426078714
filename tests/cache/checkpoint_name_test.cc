#include <torchhub/cache/checkpoint_name.h>

#include <gtest/gtest.h>

namespace torchhub::cache {
namespace {

struct Row {
  const char* url;
  const char* name;
};

// What os.path.basename(urlparse(url).path) gives in CPython 3.11.
constexpr Row kRows[] = {
    {"https://h/m/resnet18-5c106cde.pth", "resnet18-5c106cde.pth"},
    {"https://h/a.pth?x=1&y=2", "a.pth"},
    {"https://h/a.pth#frag", "a.pth"},
    {"https://h/a.pth;v=1", "a.pth"},
    {"https://h/a;v=1/b.pth", "b.pth"},
    {"https://h/a?f=b.pth", "a"},
    {"https://h/a/../b.pth", "b.pth"},
    {"https://h//x//y.pt", "y.pt"},
    {"https://h/.hidden", ".hidden"},
    {"https://h:8080/p/m-DEADBEEF.pt", "m-DEADBEEF.pt"},
    {"https://h/a%20b.pth", "a%20b.pth"},
    {"https://h/a%2Fb.pth", "a%2Fb.pth"},
    {"https://h/a+b.pth", "a+b.pth"},
    {"https://h/dir\\x.pt", "dir\\x.pt"},
    {"https://h/\xC3\xA9.pth", "\xC3\xA9.pth"},
    {"https://h/a b.pth", "a b.pth"},
    {"https://h/a\tb.pth", "ab.pth"},
    {" https://h/a.pth", "a.pth"},
    {"file:///d/x.pt", "x.pt"},
    {"x.pt", "x.pt"},
    {"C:\\d\\x.pt", "\\d\\x.pt"},
    {"s3://bucket/key;v=1", "key;v=1"},
    {"https://h/a-.pth", "a-.pth"},
    {"https://h/m-5c106cde", "m-5c106cde"},
    {"1http://h/a?b", "a"},
};

TEST(CheckpointName, IsPythons) {
  for (const Row& row : kRows) EXPECT_EQ(checkpoint_name(row.url).value(), row.name) << row.url;
}

TEST(CheckpointName, IsRefusedWhereItWouldBeAFolder) {
  for (const char* url : {"", "https://h", "https://h/", "https://h/dir/", "https://h/..",
                          "https://h/.", "https://h?a=b"}) {
    EXPECT_EQ(checkpoint_name(url).error(), errc::bad_name) << url;
  }
}

}  // namespace
}  // namespace torchhub::cache
