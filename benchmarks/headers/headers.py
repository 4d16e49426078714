"""What each public header costs whoever includes it: the compiler's seconds and megabytes, beside usual others.

    bazel run //benchmarks:headers [-- --only net --write]

Each is what a target NAME_alone of its room compiles: the header alone, with its target's own flags.
"""

import argparse
import importlib.metadata
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tests"))
import compile_commands
import report

ROOMS = ("net", "cache", "archive", "python", "hub")
# What else a file would include; compiled with the flags of one of ours that sees the same libraries.
OTHERS = {
    "<vector>": ("cache", "vector"),
    "<iostream>": ("cache", "iostream"),
    "<regex>": ("cache", "regex"),
    "boost/json.hpp": ("cache", "boost/json.hpp"),
    "boost/asio.hpp": ("net", "boost/asio.hpp"),
    "boost/beast.hpp": ("net", "boost/beast.hpp"),
    "torch/torch.h": ("hub", "torch/torch.h"),
}


def cost(command, directory):
    """(seconds, mebibytes) of a compiler that writes nothing.

    A child's figure begins with what its parent had: nothing large may be imported here.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=directory, stderr=subprocess.PIPE)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(message.decode()[-500:])
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def only_parsed(arguments, source):
    """The command without what it writes, for another source."""
    kept = []
    words = iter(arguments)
    for word in words:
        if word in ("-o", "-MF", "-c"):
            next(words)
        elif word not in ("-MD", "-Werror") and not word.startswith("-frandom-seed"):
            kept.append(word)
    return [*kept, "-fsyntax-only", "-x", "c++", source]


def measure(commands, directory, rounds):
    """commands: name -> command. In turns; the median seconds and the most mebibytes of each."""
    runs = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            measured = cost(command, directory)
            # The first round is for the page cache.
            if number > 0:
                runs[name].append(measured)
    return {name: {"median": statistics.median(seconds for seconds, _ in measured), "fastest": min(seconds for seconds, _ in measured),
                   "mebibytes": max(mebibytes for _, mebibytes in measured), "runs": [seconds for seconds, _ in measured]}
            for name, measured in runs.items()}


def share_in_headers(room):
    """Of a room's lines, those in headers, in percent."""
    lines = {".h": 0, ".cc": 0}
    for path in (Path(__file__).resolve().parents[2] / room).rglob("*"):
        if path.suffix in lines:
            lines[path.suffix] += path.read_text().count("\n")
    return 100 * lines[".h"] / sum(lines.values())


def table(results):
    lines = ["| | seconds | MiB |", "|---|---|---|"]
    for name, measured in results.items():
        lines.append(f"| `{name}` | {measured['median']:.2f} | {measured['mebibytes']:.0f} |")
    return "\n".join(lines) + "\n"


def sections(document, _results_folder):
    yield (f"{document['machine']}; {document['versions']['compiler']}, torch {document['versions']['torch']}; seconds are "
           f"medians of {document['rounds']} rounds, in turns; parsed, not optimised.\n")
    for name, scenario in document["scenarios"].items():
        yield f"**{scenario['title']}**\n\n{table(scenario['results']['parsed'])}"


def main():
    parser = argparse.ArgumentParser()
    report.add_options(parser, rounds=3)
    options = parser.parse_args()
    rooms = options.only or ROOMS
    targets = " + ".join(f"filter('_alone$', //{room}:all)" for room in rooms)
    compile_commands.bazel("build", *[f"//{room}:all" for room in rooms])
    directory = compile_commands.execution_root()
    commands = {room: {} for room in rooms}
    for source, arguments in sorted(compile_commands.compile_actions(targets)):
        if not source.endswith("_alone.cc"):
            continue
        room, header = Path(source).parts[-2], Path(source).name.replace("_alone.cc", ".h")
        commands[room][f"{room}/{header}"] = only_parsed(arguments, source)
    scratch = Path(directory) / "bazel-out" / "torchhub-headers"
    scratch.mkdir(exist_ok=True)
    others = {}
    for name, (room, header) in OTHERS.items():
        if room not in rooms:
            continue
        source = scratch / (header.replace("/", "_") + ".cc")
        source.write_text(f"#include <{header}>\n")
        others[name] = [*max(commands[room].values(), key=len)[:-1], str(source)]
    scenarios = {room: {"title": f"`{room}/`, {len(commands[room])} headers, which have {share_in_headers(room):.0f} % of its lines",
                        "results": {"parsed": measure(commands[room], directory, options.rounds)}} for room in rooms}
    scenarios["others"] = {"title": "for comparison", "results": {"parsed": measure(others, directory, options.rounds)}}
    for scenario in scenarios.values():
        print(scenario["title"])
        print(table(scenario["results"]["parsed"]))
    compiler = next(iter(commands[rooms[0]].values()))[0]
    compiler = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    versions = {"compiler": compiler, "torch": importlib.metadata.version("torch")}
    report.write(report.document_of("headers", scenarios, options, versions), options, sections)


main()
