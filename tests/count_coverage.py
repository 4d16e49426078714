"""Adds up llvm-cov's summary by room: count_coverage.py SUMMARY.json."""

import collections
import json
import re
import sys

ROOMS = ("net", "cache", "archive", "python", "hub", "hub/cli")


def room_of(path):
    """The room of a file of ours, None of others. Headers are seen through Bazel's folder of links to them."""
    match = re.search(r"(?:^|/)_virtual_includes/[^/]+/torchhub/(.+)$", path) or re.search(r"(?:^|/proc/self/cwd/|execroot/torchhub/)([a-z]+/[^:]+)$", path)
    if not match:
        return None
    place = match.group(1)
    return next((room for room in sorted(ROOMS, key=len, reverse=True) if place.startswith(room + "/")), None)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        files = json.load(file)["data"][0]["files"]
    counts = collections.defaultdict(lambda: [0, 0, 0, 0])
    for entry in files:
        room = room_of(entry["filename"])
        if room:
            summary = entry["summary"]
            for i, number in enumerate((summary["lines"]["covered"], summary["lines"]["count"],
                                        summary["branches"]["covered"], summary["branches"]["count"])):
                counts[room][i] += number
    print(f"{'room':<10}{'lines':>16}{'branches':>20}")
    for room in ROOMS:
        lines, all_lines, branches, all_branches = counts[room]
        if all_lines:
            print(f"{room:<10}{lines:>6} of {all_lines:<5}{lines / all_lines:>4.0%}"
                  f"{branches:>8} of {all_branches:<5}{branches / max(all_branches, 1):>5.0%}")


main()
