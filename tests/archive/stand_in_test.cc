#include <torchhub/archive/stand_in.h>

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace torchhub::archive {
namespace {

using namespace std::string_literals;

StandIn kind_of(const std::string& text) { return stand_in(std::as_bytes(std::span(text))); }

std::string wide(const std::string& ascii, bool is_little, bool has_mark) {
  std::string text = !has_mark ? "" : is_little ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : ascii) text += is_little ? std::string{c, '\0'} : std::string{'\0', c};
  return text;
}

// The text in each encoding that servers write.
std::vector<std::string> encodings_of(const std::string& ascii) {
  std::vector<std::string> all = {ascii, "\xEF\xBB\xBF" + ascii};
  for (const bool is_little : {false, true})
    for (const bool has_mark : {false, true}) all.push_back(wide(ascii, is_little, has_mark));
  return all;
}

TEST(StandIn, IsAPageAMessageOrAPointerInAnyEncoding) {
  const std::vector<std::pair<std::string, StandIn>> texts = {
      {"<!DOCTYPE html><html><title>Sign in</title>", StandIn::web_page},
      {"<html><body>502</body></html>", StandIn::web_page},
      {"<?xml version=\"1.0\" encoding=\"utf-16\"?><Error/>", StandIn::xml},
      {"<Error><Code>AccessDenied</Code></Error>", StandIn::xml},
      {"{\"error\": \"not found\"}", StandIn::json},
      {"[{\"error\": 401}]", StandIn::json},
      {")]}'\n{\"a\": 1}", StandIn::json},
      {")]}',\n[1]", StandIn::json},
      {"while(1);[1, 2]", StandIn::json},
      {"for (;;);{\"error\": 1}", StandIn::json},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n",
       StandIn::git_lfs_pointer},
      {"version https://hawser.github.com/spec/v1\noid sha256:ab\nsize 1\n",
       StandIn::git_lfs_pointer},
      {"Entry not found", StandIn::message},
      {"Not Found", StandIn::message},
      {"Not Found.\r\n", StandIn::message},
      {"Repository or file not found.\n\nTry again later.", StandIn::message},
      {"404: Not Found", StandIn::message},
      {"\"not found\"", StandIn::message},
      {"null\n", StandIn::message},
      {"404", StandIn::message},
      {"-1.5e3", StandIn::message},
      {"true", StandIn::message},
      {"Internal Server Error", StandIn::message},
      {"cannot find it.", StandIn::message},
      {"I am lost.", StandIn::message},
  };
  for (const auto& [text, kind] : texts) {
    for (const std::string& encoded : encodings_of(text))
      EXPECT_EQ(kind_of(encoded), kind) << encoded;
  }
  EXPECT_EQ(kind_of(""), StandIn::empty);
  EXPECT_EQ(kind_of("Fichier non trouv\xC3\xA9"), StandIn::message);
  EXPECT_EQ(kind_of(std::string(4096, 'x')), StandIn::message);
}

TEST(StandIn, IsNothingThatMayBeWeights) {
  // python3 -c 'import pickle, collections; print(pickle.dumps(VALUE, 0))'
  const std::string ordered =
      "ccollections\nOrderedDict\np0\n(tRp1\nV\xC3\xA9\np2\nF1.5\nsVw\np3\nI01\nsVn\np4\nNs.";
  for (const std::string& text :
       {"(dp0\nVa\np1\nI1\ns."s, "(lp0\nI1\naL2L\na."s, ordered, "N."s, "I404\n."s,
        "S'weights'\np0\n."s, "(i__main__\nNet\np0\n(dp1\nb."s, "(dp0\n.(lp0\n."s})
    EXPECT_EQ(kind_of(text), StandIn::none) << text;
  for (const std::string& text :
       {"\x80\x02}q\0."s, "PK\x03\x04 and so on"s, std::string(100, '\0'), "weights\x01"s,
        "weights\xFF"s, "\x93NUMPY"s, "a\0b"s, std::string(4097, 'x'), "\xFF\xFE\x01\x00"s,
        "\0\1\0\2"s, "1\0\2\0"s, "{\0\0\0\0\0\0\0{}"s + std::string(121, ' '),
        "{\"weight_map\": {\"a\": \"b\"}}"s})
    EXPECT_EQ(kind_of(text), StandIn::none) << text;
  // An array of 16-bit numbers, the first of which are letters'.
  EXPECT_EQ(kind_of(wide("abcdefgh", true, false) + "\1\2\3\4"s + std::string(4096, '\xAA')),
            StandIn::none);
}

TEST(StandIn, HasAName) {
  EXPECT_EQ(describe(StandIn::message), "a short text");
  EXPECT_EQ(describe(StandIn::web_page), "an HTML page");
  EXPECT_EQ(describe(StandIn::none), "a file of an unknown kind");
}

}  // namespace
}  // namespace torchhub::archive
