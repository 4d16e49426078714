"""How long the command takes to start and to list a repository: commands.cc, its repetitions as results.

    bazel run --config=opt //benchmarks:startup [-- --write]
"""

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import report
from side_by_side import print_and_write, summary

# commands.cc's names -> scenario, candidate.
SCENARIOS = {
    "start": ("the command started", {"BM_Version": "torchhub", "BM_StateDict": "torchhub state-dict, 88 KB", "BM_True": "/bin/true"}),
    "list": ("a cached repository listed", {"BM_List": "torchhub", "BM_ListRun": "torchhub list --run", "BM_PythonList": "Python torch.hub.list", "BM_BarePython": "python -c pass"}),
    "hubconf": ("a hubconf.py read, of 200 in one process", {"BM_ReadHubconf": "torchhub"}),
}
READ_IN_ONE_RUN = 200


def measure(program, rounds):
    """name -> {"wall": seconds of each repetition, "CPU": ...}. In random turns."""
    answer = subprocess.run(
        [program, f"--benchmark_repetitions={rounds}", "--benchmark_enable_random_interleaving=true", "--benchmark_format=json"],
        check=True, stdout=subprocess.PIPE)
    found = {}
    for run in json.loads(answer.stdout)["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        if run.get("error_occurred"):
            raise RuntimeError(run["error_message"])
        name = run["name"].split("/")[0]
        share = READ_IN_ONE_RUN if name == "BM_ReadHubconf" else 1
        columns = found.setdefault(name, {"wall": [], "CPU": []})
        columns["wall"].append(run["real_time"] / 1e3 / share)
        if "cpu_ms" in run:
            columns["CPU"].append(run["cpu_ms"] / 1e3)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    report.add_options(parser, rounds=7)
    options = parser.parse_args()
    measured = measure(options.program, options.rounds)
    scenarios = {}
    for name, (title, candidates) in SCENARIOS.items():
        columns = {column: {who: summary(measured[benchmark][column]) for benchmark, who in candidates.items() if measured[benchmark][column]}
                   for column in ("wall", "CPU")}
        scenarios[name] = {"title": title, "results": {column: rows for column, rows in columns.items() if rows}}
    print_and_write("startup", scenarios, options, {"Python": platform.python_version()})


main()
