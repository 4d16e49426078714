"""Writes compile_commands.json at the root, from what Bazel would run, for clang-tidy and editors.

    bazel run //tests:compile_commands
"""

import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# What g++ is told and clang does not know, and what clang-tidy would complain of in every file.
DROPPED_PREFIXES = ("-Wno-free-nonheap-object", "-fno-canonical-system-headers", "-Wunused-but-set-parameter", "-D__DATE__",
                    "-D__TIMESTAMP__", "-D__TIME__")


def bazel(*arguments):
    return subprocess.run(["bazel", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def compile_actions(targets, *options):
    """(source, command) of every C++ file that Bazel would compile for `targets`, from its execution root."""
    answer = json.loads(bazel("aquery", *options, f'mnemonic("CppCompile", {targets})', "--output=jsonproto"))
    for action in answer["actions"]:
        arguments = action["arguments"]
        if "-c" in arguments:
            yield arguments[arguments.index("-c") + 1], arguments


def execution_root():
    return bazel("info", "execution_root").strip()


def main():
    directory = execution_root()
    commands = []
    for source, arguments in compile_actions("//..."):
        path = os.path.join(ROOT, source)
        if os.path.exists(path) and not source.startswith("external/"):
            arguments = [word for word in arguments if not word.startswith(DROPPED_PREFIXES)]
            commands.append({"directory": directory, "file": path, "arguments": arguments})
    with open(os.path.join(ROOT, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(commands, file, indent=1)


if __name__ == "__main__":
    main()
