#!/usr/bin/env python3
"""Which guards of a file no test would miss: changes one place at a time and runs the tests.

    tests/mutate.py net/retry.h [net/plan/plan.h ...] [--tests "//tests/net:retry_test ..."] [--sample 60] [--seed 1]

A mutant negates a condition, swaps < and <=, == and !=, && and ||, drops an early return or adds one to a number. Each is made
in a copy of the checkout, built and tested there; what does not compile does not count. Tests are by default those of the
files' names. Prints who survived: each is worth a test, or its guard is worth nothing; or both ways are the same.

--command is what is run instead of Bazel, in the copy, for tests that are compiled in another way; {tests} stands for them.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SWAPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}


def blanked(text):
    """The text with blanks in the place of comments, strings, characters and preprocessor lines."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<!\d)\'(?:\\.|[^\'\\\n])+\'|^#[^\n]*'
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.S | re.M)


def closing(code, opening):
    """Where the parenthesis at `opening` is closed."""
    depth = 0
    for at in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return len(code)


def mutants_of(text):
    """(begin, end, replacement) of each."""
    code = blanked(text)
    found = []
    for match in re.finditer(r"\b(?:if|while) (?:constexpr )?\(", code):
        begin, end = match.end(), closing(code, match.end() - 1)
        condition = text[begin:end]
        # "if (const auto x = f(); x > 1)": what is behind the semicolon; a declaration alone has no negation.
        semicolon = code.rfind(";", begin, end)
        if semicolon >= 0:
            begin, condition = semicolon + 1, text[semicolon + 1:end]
        if re.match(r"\s*(const )?(auto|[\w:]+\*?)[ &*]+(const )?\w+ = ", condition):
            continue
        found.append((begin, end, f"!({condition})"))
        behind = re.match(r"\)\s*((?:co_)?return\b[^;]*;|continue;|break;)", code[end:])
        if behind:
            found.append((end + behind.start(1), end + behind.end(1), "{}"))
    for match in re.finditer(r"(?<= )(<=|>=|==|!=|&&|\|\||<|>)(?= |\n)", code):
        found.append((match.start(), match.end(), SWAPPED[match.group()]))
    for match in re.finditer(r"(?<![\w.'])(\d[\d']*)(?=[uUlL]*\b)(?!\.\d)(?![\w']*_t)", code):
        if not re.search(r"\b(array|bitset)<[^;]*$", code[max(0, match.start() - 40):match.start()]):
            found.append((match.start(), match.end(), str(int(match.group().replace("'", ""), 0 if "x" in match.group() else 10) + 1)))
    return sorted(set(found))


def copy_of_checkout(folder):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    for name in (".venv", "user.bazelrc"):
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)


def outcome(command, folder, seconds):
    """killed, survived, or broken where it does not compile."""
    try:
        process = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "killed"
    if process.returncode == 0:
        return "survived"
    # Bazel's 3: built, and a test failed.
    said = process.stdout + process.stderr
    return "broken" if re.search(r"\berror: ", said) and process.returncode != 3 else "killed"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", help="from the repository's root")
    parser.add_argument("--tests", help="labels, with blanks between them")
    parser.add_argument("--sample", type=int, help="so many mutants of all, by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", default="third_party/bazel test --noshow_progress {tests}")
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one mutant")
    options = parser.parse_args()
    tests = options.tests or " ".join(sorted({f"//tests/{Path(name).parts[0]}:{Path(name).stem}_test" for name in options.files}))
    command = options.command.replace("{tests}", tests)

    mutants = [(name, *mutant) for name in options.files for mutant in mutants_of((ROOT / name).read_text())]
    count = len(mutants)
    if options.sample and options.sample < count:
        mutants = sorted(random.Random(options.seed).sample(mutants, options.sample))
    print(f"{len(mutants)} of {count} mutants, tests: {tests}", flush=True)

    with tempfile.TemporaryDirectory(prefix="mutate-") as scratch:
        folder = Path(scratch)
        copy_of_checkout(folder)
        if outcome(command, folder, 3 * options.timeout) != "survived":
            sys.exit(f"{command}: fails without any mutant")
        counts = {"killed": 0, "survived": 0, "broken": 0}
        for name, begin, end, replacement in mutants:
            text = (ROOT / name).read_text()
            (folder / name).write_text(text[:begin] + replacement + text[end:])
            result = outcome(command, folder, options.timeout)
            counts[result] += 1
            if result == "survived":
                line = text.count("\n", 0, begin) + 1
                print(f"{name}:{line}: {text.splitlines()[line - 1].strip()}\n    {' '.join(text[begin:end].split())} -> {' '.join(replacement.split())}", flush=True)
            (folder / name).write_text(text)
    print(f"{counts['killed']} killed, {counts['survived']} survived, {counts['broken']} do not compile")
    sys.exit(1 if counts["survived"] else 0)


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    main()
