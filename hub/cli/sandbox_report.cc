#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/sandbox_report.h>
#include <torchhub/hub/cli/terminal_text.h>

#include <sys/prctl.h>

namespace torchhub::cli {
namespace {

constexpr std::string_view kOwnFailure = "torchhub: error: ";
// A line without an end is printed in pieces.
constexpr std::size_t kLongLine = std::size_t{16} << 10;

}  // namespace

python::SandboxOptions SandboxReport::options(python::SandboxOptions options) {
  // Where a wall is missing, whoever has this user could read this process's variables.
  ::prctl(PR_SET_DUMPABLE, 0);
  return options.allow_weak(allow_weak_)
      .on_start([this](const python::SandboxProtection& protection) {
        protection_ = protection;
        tell_open(protection);
      })
      .on_output([this](std::string_view text) { take(text); });
}

void SandboxReport::take(std::string_view text) {
  unfinished_ += text;
  std::size_t begin = 0;
  for (std::size_t end; (end = unfinished_.find('\n', begin)) != unfinished_.npos; begin = end + 1)
    print_line(std::string_view(unfinished_).substr(begin, end - begin));
  unfinished_.erase(0, begin);
  if (unfinished_.size() > kLongLine) finish();
}

void SandboxReport::print_line(std::string_view line) {
  // Behind what the repository wrote without a line's end, too.
  if (const std::size_t own = line.rfind(kOwnFailure); own_failures_ && own != line.npos) {
    pass_on_failure();
    if (own > 0) print_marked(line.substr(0, own));
    failure_ = line.substr(own + kOwnFailure.size());
    return;
  }
  print_marked(line);
}

void SandboxReport::print_marked(std::string_view line) {
  notes() << "[sandbox] " << terminal_text(line) << "\n";
}

void SandboxReport::pass_on_failure() {
  if (!failure_.empty()) print_marked(std::string(kOwnFailure) + failure_);
  failure_.clear();
}

void SandboxReport::finish() {
  if (!unfinished_.empty()) print_line(unfinished_);
  unfinished_.clear();
}

void SandboxReport::tell_open(const python::SandboxProtection& protection) {
  for (const python::SandboxWallName& wall : python::kSandboxWalls) {
    if (protection.stands(wall.name)) continue;
    notes() << "torchhub: the sandbox is weak. It lacks " << terminal_line(wall.what) << ": "
            << terminal_line(wall.open) << ".\n";
  }
}

boost::json::object SandboxReport::protection_json() const {
  boost::json::object walls;
  for (const python::SandboxWall& wall : protection_.walls) walls[wall.name] = wall.stands;
  walls["landlock_version"] = protection_.landlock_version;
  walls["memory_is_counted"] = protection_.memory_is_counted;
  return walls;
}

}  // namespace torchhub::cli
