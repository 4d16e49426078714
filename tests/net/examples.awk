# Takes the examples out of headers and prints them as functions, so that a test compiles what the headers show.
#
#   awk -f examples.awk net/url.h ...
#
# An example is a block of comment lines, before a header's first #include, that is indented by three blanks. Blocks that
# are indented further are no C++.

BEGIN {
  for (i = 1; i < ARGC; ++i) print "#include <torchhub/" ARGV[i] ">"
  print "#include <torchhub/tests/net/example_names.h>\n"
  print "#include <gtest/gtest.h>\n"
  print "namespace torchhub::tests {\nnamespace {\n"
}

# A coroutine where it waits, and what returns a text where it does.
function finish() {
  if (block == "example") {
    type = lines ~ /co_await|co_return/ ? "asio::awaitable<void>" : lines ~ /return / ? "std::string" : "void"
    printf "// %s\n[[maybe_unused]] %s example_%d() {\n", file, type, ++count
    if (file ~ /detail/) print "  using namespace net::detail;"
    printf "%s%s}\n\n", lines, type == "void" ? "" : type == "std::string" ? "  return {};\n" : "  co_return;\n"
  }
  block = lines = ""
}

FNR == 1 { finish(); file = FILENAME; is_over = 0 }
is_over { next }
/^#include/ { finish(); is_over = 1; next }

/^\/\/   / {
  line = substr($0, 4)
  if (block == "") block = substr(line, 3, 1) == " " ? "text" : "example"
  lines = lines line "\n"
  next
}
{ finish() }

END {
  finish()
  printf "TEST(Examples, WereFound) { EXPECT_GE(%d, 24); }\n\n", count
  print "}  // namespace\n}  // namespace torchhub::tests"
}
