"""What the benchmarks that time calls have in common: a worker of ours, taking turns, tables."""

import os
import random
import statistics
import subprocess
import time

import numpy
import report
import svg_bars
import torch

MIB = 1 << 20


def noise(*shape, dtype=torch.float32):
    count = int(numpy.prod(shape)) * torch.empty(0, dtype=dtype).element_size()
    return torch.frombuffer(bytearray(os.urandom(count)), dtype=dtype).reshape(shape)


class Ours:
    """A program of ours that answers each line by the seconds that it took."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split(maxsplit=1)
        if not answer or answer[0] == "failed":
            raise RuntimeError(answer[1] if answer else "it ended")
        return float(answer[0])


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def drop(files):
    """Out of the page cache."""
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        os.fdatasync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def summary(seconds):
    return {"median": statistics.median(seconds), "fastest": min(seconds), "runs": seconds}


def take_turns(candidates, rounds, before=lambda: None, calls=1):
    """Each candidate, a call that returns its seconds, once a round, in random order.

    `calls` in a row are one turn, and their median its time: what takes less than a millisecond would else be the time
    that a processor needs to come back to a program that slept.
    """
    runs = {name: [] for name in candidates}
    failures = {}
    for number in range(rounds + 1):
        for name in random.sample(list(candidates), len(candidates)):
            if name in failures:
                continue
            turn = []
            for _ in range(calls):
                before()
                try:
                    turn.append(candidates[name]())
                except Exception as error:  # a peer that fails is a row with its error
                    failures[name] = f"{type(error).__name__}: {error}"[:200]
                    break
            # The first round is for the machine to warm up.
            if number > 0 and name not in failures:
                runs[name].append(statistics.median(turn))
    return {name: {"failed": failures[name]} if name in failures else summary(runs[name]) for name in candidates}


def table(results):
    columns = list(results)
    names = list(dict.fromkeys(name for measured in results.values() for name in measured))
    lines = ["| | " + " | ".join(f"{column} | beside" for column in columns) + " |",
             "|---" * (1 + 2 * len(columns)) + "|"]
    for name in names:
        cells = []
        for column in columns:
            measured = results[column].get(name)
            if not measured:
                cells += ["", ""]
            elif "failed" in measured:
                cells += ["failed", ""]
            else:
                cells += [f"{measured['median'] * 1000:.3g} ms", f"{results[column]['torchhub']['median'] / measured['median']:.3g}"]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def sections(document, results_folder):
    yield (f"{document['machine']}; medians of {document['rounds']} rounds, interleaved; `beside` is torchhub's time "
           "as a part of the row's. " + "; ".join(f"{name} {version}" for name, version in document["versions"].items()) + ".\n")
    for name, scenario in document["scenarios"].items():
        yield report.heading(name, scenario) + "\n"
        yield table(scenario["results"])
        column, first = next(iter(scenario["results"].items()))
        rows = [(who, measured["median"] * 1000) for who, measured in first.items() if "median" in measured]
        drawing = results_folder / f"{document['name']}-{name}.svg"
        drawing.write_text(svg_bars.bars(f"{name}: {scenario['title']}, {column} (ms, less is better)", rows, 3))
        yield f"![{name}](results/{drawing.name})\n"


def print_and_write(group, scenarios, options, versions):
    for name, scenario in scenarios.items():
        print(f"{name}: {scenario['title']}\n{table(scenario['results'])}")
    report.write(report.document_of(group, scenarios, options, versions), options, sections)
