#ifndef TORCHHUB_PYTHON_DETAIL_SANDBOX_WIRE_H_
#define TORCHHUB_PYTHON_DETAIL_SANDBOX_WIRE_H_
// What run_in_sandbox() and the program of python/sandbox/ say to one another: a plan goes in, reports come back.

#include <torchhub/python/detail/texts.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::python::detail {

// Descriptors that the program starts with, beside stdin, stdout and stderr.
inline constexpr int kResultDescriptor = 3;  // of the command alone
inline constexpr int kPlanDescriptor = 4;
inline constexpr int kReportDescriptor = 5;

struct SandboxPlan {
  std::vector<std::string> command;    ///< an absolute path and its arguments
  std::vector<std::string> variables;  ///< NAME=VALUE, but for HOME, TMPDIR
  std::vector<std::string> readable;   ///< absolute paths
  std::vector<std::pair<std::string, std::string>>
      files;                        ///< names and contents, in its own folder
  std::vector<std::string> hidden;  ///< absolute paths below those, which are covered
  std::string temporary_folder;     ///< the caller's
  std::uint64_t caller = 0;         ///< the caller's process
  std::uint64_t memory = 0;         ///< bytes
  std::uint64_t temporary = 0;      ///< bytes of its own folder
  std::uint64_t processes = 0;      ///< and threads
  std::uint64_t cpu_seconds = 0;    ///< of all processes
  std::uint64_t milliseconds = 0;   ///< of wall time
  bool allow_weak = false;
};

inline std::string encode(const SandboxPlan& plan) {
  std::string encoded;
  const auto number = [&](std::uint64_t value) { append_text(encoded, std::to_string(value)); };
  const auto list = [&](const std::vector<std::string>& texts) {
    number(texts.size());
    for (const std::string& text : texts) append_text(encoded, text);
  };
  list(plan.command);
  list(plan.variables);
  list(plan.readable);
  number(plan.files.size());
  for (const auto& [name, content] : plan.files) {
    append_text(encoded, name);
    append_text(encoded, content);
  }
  list(plan.hidden);
  append_text(encoded, plan.temporary_folder);
  for (const std::uint64_t value :
       {plan.caller, plan.memory, plan.temporary, plan.processes, plan.cpu_seconds,
        plan.milliseconds, std::uint64_t{plan.allow_weak}})
    number(value);
  return encoded;
}

inline std::optional<SandboxPlan> decode_plan(std::string_view encoded) {
  auto texts = texts_of(encoded);
  if (!texts) return std::nullopt;
  const auto number = [&] {
    return static_cast<std::uint64_t>(std::strtoull(next_text(*texts).c_str(), nullptr, 10));
  };
  const auto list = [&] {
    std::vector<std::string> all(std::min<std::uint64_t>(number(), texts->size()));
    for (std::string& text : all) text = next_text(*texts);
    return all;
  };
  SandboxPlan plan;
  plan.command = list();
  plan.variables = list();
  plan.readable = list();
  plan.files.resize(std::min<std::uint64_t>(number(), texts->size()));
  for (auto& [name, content] : plan.files) {
    name = next_text(*texts);
    content = next_text(*texts);
  }
  plan.hidden = list();
  plan.temporary_folder = next_text(*texts);
  for (std::uint64_t* value : {&plan.caller, &plan.memory, &plan.temporary, &plan.processes,
                               &plan.cpu_seconds, &plan.milliseconds})
    *value = number();
  plan.allow_weak = number() != 0;
  if (plan.command.empty() || !texts->empty()) return std::nullopt;
  return plan;
}

// Reports: a word and what belongs to it, in one write each.
//   wall NAME REASON     how the wall NAME is: REASON is "" where it stands
//   landlock VERSION     the kernel's
//   counted              all processes' memory is bounded by a control group
//   limit NAME           memory, processes, cpu_time or deadline ended it
//   error SENTENCE       the command was not started
//   ended STATUS         the command's, as of wait(2)
struct SandboxReport {
  std::string word;
  std::string name;
  std::string reason;
};

inline std::string encode(const SandboxReport& report) {
  std::string encoded;
  append_text(encoded, report.word);
  append_text(encoded, report.name);
  append_text(encoded, report.reason);
  return encoded;
}

/// The whole reports of `encoded`.
inline std::vector<SandboxReport> decode_reports(std::string_view encoded) {
  std::vector<SandboxReport> reports;
  auto texts = texts_of(encoded);
  while (texts && texts->size() >= 3) {
    SandboxReport report;
    report.word = next_text(*texts);
    report.name = next_text(*texts);
    report.reason = next_text(*texts);
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_SANDBOX_WIRE_H_
