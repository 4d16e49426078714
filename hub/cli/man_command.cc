#include <torchhub/hub/cli/command_line_parser.h>
#include <torchhub/hub/cli/man_command.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <sstream>
#include <string>
#include <string_view>

namespace torchhub::cli {
namespace {

// Text for troff, which takes backslashes, and dots and apostrophes that begin a line, for its own.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

void print_option(std::ostream& out, const OptionDescription& option) {
  std::string names;
  for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + name;
  out << ".TP\n";
  if (option.is_positional) {
    out << "\\fI" << escaped(option.value) << "\\fR\n";
  } else if (option.value.empty()) {
    out << "\\fB" << escaped(names) << "\\fR\n";
  } else {
    out << "\\fB" << escaped(names) << "\\fR \\fI" << escaped(option.value) << "\\fR\n";
  }
  out << escaped(option.help) << "\n";
}

void print_verb(std::ostream& out, const VerbDescription& verb, const std::string& before) {
  const std::string name = before.empty() ? verb.name : before + ' ' + verb.name;
  std::string line = "\\fBtorchhub " + escaped(name) + "\\fR";
  for (const OptionDescription& option : verb.options) {
    if (option.is_positional) line += " \\fI" + escaped(option.value) + "\\fR";
  }
  out << ".SS " << line << "\n" << escaped(verb.help) << ".\n";
  for (const OptionDescription& option : verb.options) {
    const bool is_help = !option.names.empty() && option.names.back() == "--help";
    if (!is_help && !option.help.empty()) print_option(out, option);
  }
  for (const VerbDescription& inner : verb.verbs) print_verb(out, inner, name);
}

constexpr const char* kEnd = R"(.SH ENVIRONMENT
.TP
\fBTORCH_HOME\fR, \fBXDG_CACHE_HOME\fR
Where the cache is: $TORCH_HOME/hub, else $XDG_CACHE_HOME/torch/hub, else ~/.cache/torch/hub, as in Python.
.TP
\fBGITHUB_TOKEN\fR, \fBGITHUB_SERVER_URL\fR, \fBGITHUB_API_URL\fR
A token for GitHub, and another server than the public one.
.TP
\fBTORCHHUB_OFFLINE\fR, \fBTORCHHUB_LOCK\fR
As \-\-offline and \-\-lock.
.TP
\fBTORCHHUB_VENV\fR, \fBVIRTUAL_ENV\fR, \fBPYTHONPATH\fR
The environment whose packages and LibTorch are used, the first before the second and \-\-python before both; folders of
packages that come before its own.
.TP
\fBTORCHHUB_SAFE_DIRECTORY\fR
Folders, with colons between them, whose repositories are run although another user owns them.
.TP
\fBTORCHHUB_REMOTE_CACHE\fR, \fBTORCHHUB_CONTENT_STORE\fR, \fBTORCHHUB_DOWNLOADER_CONFIG\fR
A store of files by content over HTTP, one on this machine, and rewrite rules in Bazel's format.
.TP
\fBHTTPS_PROXY\fR, \fBHTTP_PROXY\fR, \fBALL_PROXY\fR, \fBNO_PROXY\fR
Proxies.
.TP
\fBSSL_CERT_FILE\fR, \fBSSL_CERT_DIR\fR
The authorities that are trusted, instead of the system's.
.TP
\fBNO_COLOR\fR
No bars.
.SH EXIT STATUS
0 done, 1 failed (the last line on stderr says why), 2 the command line makes no sense, 130 interrupted.
.SH EXAMPLES
.nf
torchhub list pytorch/vision
torchhub load acme/digits digit_reader pretrained=true \-\-trust\-repo \-\-run seven.pt
torchhub venv venvs/vision isl\-org/MiDaS
torchhub load isl\-org/MiDaS DPT_Hybrid pretrained=false \-\-trust\-repo \-\-python venvs/vision
torchhub export acme/digits digit_reader \-\-input ?x8x8:float32 \-\-output reader.pt2
torchhub run reader.pt2 seven.pt
torchhub state\-dict https://example.com/resnet18\-f37072fd.pth \-\-check\-hash
.fi
)";

}  // namespace

void run(const ManArguments&, const CommandLine&) {
  const VerbDescription torchhub = describe_command_line();
  std::ostringstream out;
  out << ".TH TORCHHUB 1\n.SH NAME\ntorchhub \\- published models and weights, for C++\n"
         ".SH SYNOPSIS\n.B torchhub\n[\\fIOPTION\\fR]... \\fIVERB\\fR ...\n.SH DESCRIPTION\n"
      << escaped(torchhub.help)
      << "\nResults go to stdout, everything else to stderr; with \\-\\-json one JSON document "
         "goes to stdout.\n.SH OPTIONS\nThey may stand before or after the verb.\n";
  for (const OptionDescription& option : torchhub.options) print_option(out, option);
  out << ".SH VERBS\n";
  for (const VerbDescription& verb : torchhub.verbs) print_verb(out, verb, "");
  out << kEnd;
  results() << terminal_text(out.str());
}

}  // namespace torchhub::cli
