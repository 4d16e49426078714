"""Prints where a test run's time went: time_line.py FOLDER, which tests/time_line.sh has filled.

First the phases, each with its beginning and its length. Then, from the profiles that Bazel wrote, what the phase did and
the source files that took longest to compile.
"""

import collections
import gzip
import json
import pathlib
import sys
import zlib

DEAREST = 20
# The first word of an action's progress message.
KINDS = {"Compiling": "compiling", "Linking": "linking", "Testing": "testing"}


def minutes(seconds):
    return f"{int(seconds) // 60:d}:{int(seconds) % 60:02d}"


def actions(profile):
    """(message, seconds) of each action; nothing of a profile that a killed Bazel left unfinished."""
    try:
        with gzip.open(profile, "rt", encoding="utf-8", errors="replace") as file:
            events = json.load(file)["traceEvents"]
    except (OSError, EOFError, ValueError, KeyError, zlib.error):
        return []
    return [(event["name"], event["dur"] / 1e6) for event in events if event.get("cat") == "action processing" and "dur" in event]


def main():
    folder = pathlib.Path(sys.argv[1])
    phases = [line.split("\t") for line in (folder / "phases").read_text(encoding="utf-8").splitlines()]
    begin = min(int(began) for began, _, _ in phases)
    end = max(int(ended) for _, ended, _ in phases)
    print(f"time line, {minutes(end - begin)} in all:")
    for began, ended, name in sorted(phases, key=lambda phase: int(phase[0])):
        print(f"  at {minutes(int(began) - begin):>5}  {minutes(int(ended) - int(began)):>5}  {name}")
    by_kind = collections.defaultdict(lambda: [0, 0.0])
    compiled = []
    for profile in sorted(folder.glob("*.profile.gz")):
        for message, seconds in actions(profile):
            kind = KINDS.get(message.split(" ")[0], "other actions")
            by_kind[kind][0] += 1
            by_kind[kind][1] += seconds
            if kind == "compiling":
                compiled.append((seconds, message.split(" ", 1)[1]))
    for kind, (count, seconds) in sorted(by_kind.items(), key=lambda item: -item[1][1]):
        print(f"  {seconds:7.0f} s  {kind}, {count} times, one after another")
    if compiled:
        print("dearest to compile:")
    for seconds, file in sorted(compiled, reverse=True)[:DEAREST]:
        print(f"  {seconds:7.1f} s  {file}")


main()
