"""Writes compile_commands.json at the root, from what Bazel would run, for clang-tidy and editors.

    /usr/bin/python3 tests/compile_commands.py
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


def main():
    execution_root = bazel("info", "execution_root").strip()
    answer = json.loads(bazel("aquery", 'mnemonic("CppCompile", //...)', "--output=jsonproto"))
    commands = []
    for action in answer["actions"]:
        arguments = [word for word in action["arguments"] if not word.startswith(DROPPED_PREFIXES)]
        if "-c" not in arguments:
            continue
        source = arguments[arguments.index("-c") + 1]
        if os.path.exists(os.path.join(ROOT, source)) and not source.startswith("external/"):
            commands.append({"directory": execution_root, "file": os.path.join(ROOT, source), "arguments": arguments})
    with open(os.path.join(ROOT, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(commands, file, indent=1)


main()
