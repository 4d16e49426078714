"""What got slower between two runs of a benchmark group: compare.py OLD.json NEW.json.

For each measurement of torchhub's: the ratio of the medians, new to old, divided by what the peers of the same
scenario did meanwhile (another machine, or a busy one, meets them too); its 95 % interval and the confidence that it is
above 1, by bootstrap over the runs. A line is "slower" if that confidence is 99 % and the ratio above 1.05; then the exit
status is 1. Nothing can be said of fewer than four runs a side.
"""

import argparse
import json
import random
import statistics
import sys
from pathlib import Path

SAMPLES = 4000
FEWEST_RUNS = 4
CONFIDENCE = 0.99
WORTH_SAYING = 1.05


def measurements(document):
    """(scenario, column, candidate) -> seconds of each run."""
    found = {}
    for scenario, content in document["scenarios"].items():
        # The downloads have one column, and more than seconds of a run.
        columns = content.get("results") or {"wall": content["candidates"]}
        for column, candidates in columns.items():
            for candidate, measured in candidates.items():
                runs = [run["wall"] if isinstance(run, dict) else run for run in measured.get("runs", [])
                        if not (isinstance(run, dict) and run.get("status"))]
                if runs:
                    found[scenario, column, candidate] = runs
    return found


def is_ours(candidate):
    return candidate.startswith(("torchhub", *(f"{room}/" for room in ("net", "cache", "archive", "python", "hub"))))


def resampled_median(runs, generator):
    return statistics.median(generator.choices(runs, k=len(runs)))


def compare(old, new):
    """Rows of (key, ratio, low, high, confidence), of what both have."""
    generator = random.Random(1)
    shared = [key for key in old if key in new and min(len(old[key]), len(new[key])) >= FEWEST_RUNS]
    peers = {}
    for key in shared:
        if not is_ours(key[2]):
            peers.setdefault(key[:2], []).append(key)

    def machine(place, median):
        ratios = [median(new[key]) / median(old[key]) for key in peers.get(place, [])]
        return statistics.median(ratios) if ratios else 1.0

    for key in shared:
        if not is_ours(key[2]):
            continue
        ratio = statistics.median(new[key]) / statistics.median(old[key]) / machine(key[:2], statistics.median)
        drawn = sorted(
            resampled_median(new[key], generator) / resampled_median(old[key], generator)
            / machine(key[:2], lambda runs: resampled_median(runs, generator))
            for _ in range(SAMPLES))
        low, high = drawn[int(0.025 * SAMPLES)], drawn[int(0.975 * SAMPLES)]
        yield key, ratio, low, high, sum(value > 1 for value in drawn) / SAMPLES


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args()
    documents = [json.loads(path.read_text()) for path in (options.old, options.new)]
    old, new = (measurements(document) for document in documents)
    for what in ("machine", "versions", "flags"):
        if documents[0].get(what) != documents[1].get(what):
            print(f"note: {what} differ: {documents[0].get(what)} and {documents[1].get(what)}")
    slower = 0
    count = 0
    for key, ratio, low, high, confidence in compare(old, new):
        count += 1
        verdict = "as before"
        if ratio > WORTH_SAYING and confidence >= CONFIDENCE:
            verdict = "SLOWER"
            slower += 1
        elif ratio < 1 / WORTH_SAYING and confidence <= 1 - CONFIDENCE:
            verdict = "faster"
        print(f"{verdict:9}  {' / '.join(key)}: {ratio:.2f} times as long ({low:.2f} to {high:.2f}), slower with {confidence:.1%} confidence")
    left_out = sum(is_ours(key[2]) for key in old) - count
    print(f"{slower} slower of {count} compared; {left_out} had too few runs or are in one file only")
    sys.exit(1 if slower or not count else 0)


main()
