#include <torchhub/python/sandbox/control_group.h>
#include <torchhub/python/sandbox/descriptor.h>
#include <torchhub/python/sandbox/text_file.h>

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace torchhub::python::sandbox {

namespace {

bool has_word(const std::string& text, const std::string& word, char separator) {
  std::istringstream words(text);
  for (std::string each; std::getline(words, each, separator);)
    if (each == word) return true;
  return false;
}

// Where the hierarchy with a controller is mounted, and this process's group in it.
struct Place {
  std::string mount;
  std::string group;        // "" or "/a/b"
  bool is_unified = false;  // version 2
};

// Its lines are NUMBER:CONTROLLERS:GROUP; version 2 has one without controllers.
std::optional<Place> group_of(const std::string& controller) {
  std::optional<Place> found;
  std::istringstream lines(read_text(AT_FDCWD, "/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (has_word(controllers, controller, ',')) return Place{"", line.substr(second + 1), false};
    if (controllers.empty()) found = Place{"", line.substr(second + 1), true};
  }
  return found;
}

std::optional<Place> place_of(const std::string& controller) {
  std::optional<Place> place = group_of(controller);
  if (!place) return place;
  std::istringstream lines(read_text(AT_FDCWD, "/proc/self/mountinfo"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == line.npos) continue;
    std::istringstream before(line.substr(0, dash)), after(line.substr(dash + 3));
    std::string skipped, root, mount, type, options;
    before >> skipped >> skipped >> skipped >> root >> mount;
    after >> type >> skipped >> options;
    const bool is_it = place->is_unified ? type == "cgroup2"
                                         : type == "cgroup" && has_word(options, controller, ',');
    if (!is_it) continue;
    place->mount = mount;
    if (root != "/" && place->group.starts_with(root)) place->group.erase(0, root.size());
    if (place->group == "/") place->group.clear();
    return place;
  }
  return std::nullopt;
}

Descriptor open_folder(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

struct ControlGroup::Group {
  Descriptor outer;  // the folder that it is made in
  std::string name;
  Descriptor own;
  Descriptor way_back;  // where this process was
  bool is_unified = false;

  ~Group() {
    if (way_back) [[maybe_unused]]
      const ssize_t moved = ::write(way_back.number(), "0", 1);
    ::unlinkat(outer.number(), name.c_str(), AT_REMOVEDIR);
  }

  bool limit(const char* file, std::uint64_t value) const {
    return write_text(own.number(), file, std::to_string(value));
  }

  // In `folder`, with what `set_limits` writes, and this process in it.
  template <class SetLimits>
  static std::unique_ptr<Group> make_in(const Place& place, const std::string& folder,
                                        const SetLimits& set_limits) {
    auto group = std::make_unique<Group>();
    group->is_unified = place.is_unified;
    group->outer = open_folder(folder);
    group->name = "torchhub-sandbox-" + std::to_string(::getpid());
    if (!group->outer) return nullptr;
    // One of a process that had this number and was killed.
    ::unlinkat(group->outer.number(), group->name.c_str(), AT_REMOVEDIR);
    if (::mkdirat(group->outer.number(), group->name.c_str(), 0755) != 0) return nullptr;
    group->own = open_folder(folder + '/' + group->name);
    if (!group->own || !set_limits(*group)) return nullptr;
    Descriptor way_back(
        ::open((place.mount + place.group + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!way_back || !write_text(group->own.number(), "cgroup.procs", "0")) return nullptr;
    group->way_back = std::move(way_back);
    return group;
  }

  // Beside this process's own group, or above: version 2 has no processes where groups are.
  template <class SetLimits>
  static std::unique_ptr<Group> make(const char* controller, const SetLimits& set_limits) {
    const std::optional<Place> place = place_of(controller);
    if (!place) return nullptr;
    for (std::string at = place->group;; at.erase(at.rfind('/'))) {
      if (auto group = make_in(*place, place->mount + at, set_limits)) return group;
      if (at.empty() || !place->is_unified) return nullptr;
    }
  }
};

ControlGroup::ControlGroup(std::uint64_t memory, std::uint64_t processes) {
  memory_ = Group::make("memory", [&](const Group& group) {
    if (!group.is_unified) {
      // Swapped pages count with the others where that is counted.
      const bool is_set = group.limit("memory.limit_in_bytes", memory);
      group.limit("memory.memsw.limit_in_bytes", memory);
      return is_set;
    }
    group.limit("memory.swap.max", 0);
    group.limit("pids.max", processes);
    return group.limit("memory.max", memory);
  });
  if (memory_ && memory_->is_unified) return;
  processes_ =
      Group::make("pids", [&](const Group& group) { return group.limit("pids.max", processes); });
}

ControlGroup::~ControlGroup() = default;

bool ControlGroup::counts_memory() const { return memory_ != nullptr; }

bool ControlGroup::ran_out_of_memory() const {
  if (!memory_) return false;
  const char* const file = memory_->is_unified ? "memory.events" : "memory.oom_control";
  return number_after(read_text(memory_->own.number(), file), "oom_kill ") > 0;
}

}  // namespace torchhub::python::sandbox
