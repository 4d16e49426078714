# Takes the examples out of headers and prints them as functions, so that a test compiles what the headers show.
#
#   awk -f examples.awk archive/checkpoint.h ...
#
# An example is a block of comment lines, before a header's first #include, that is indented by three blanks.

BEGIN {
  for (i = 1; i < ARGC; ++i) print "#include <torchhub/" ARGV[i] ">"
  print "#include <torchhub/tests/archive/example_names.h>\n"
  print "#include <gtest/gtest.h>\n"
  print "namespace torchhub::tests {\nnamespace {\n"
}

# Inline, and called by nobody, so that the names need no definitions.
function finish() {
  if (lines != "") {
    printf "// %s\n[[maybe_unused]] inline void example_%d() {\n", file, ++count
    if (file ~ /detail/) print "  using namespace archive::detail;"
    printf "%s}\n\n", lines
  }
  lines = ""
}

FNR == 1 { finish(); file = FILENAME; is_over = 0 }
is_over { next }
/^#(include|define TORCHHUB_ARCHIVE_[A-Z]*(EXPORT|BOUND) |if )/ { finish(); is_over = 1; next }
/^\/\/   / { lines = lines substr($0, 4) "\n"; next }
{ finish() }

END {
  finish()
  printf "TEST(Examples, WereFound) { EXPECT_GE(%d, 30); }\n\n", count
  print "}  // namespace\n}  // namespace torchhub::tests"
}
