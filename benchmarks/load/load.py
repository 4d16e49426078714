"""LibTorch tensors and models from files: what they cost, beside torch.load, safetensors and Python's models.

  bazel run --config=opt //benchmarks:load -- [--rounds 7] [--only A,B,...] [--write]

`first use`: from the path to one element of the first tensor, nothing copied where the reader can do so. `in memory`:
to all tensors in memory of their own; beside it, the bare read of the file into fresh memory by as many threads.
`into a module`: from the path to a module's parameters, by copying; `assigned`: by taking them over. Cold: the file
was dropped from the page cache before. Candidates take turns, in random order, in one run; medians are reported.
--write replaces benchmarks/results/load.json and the tables and charts in benchmarks/README.md.
"""
import argparse
import platform
import subprocess
import sys
import tempfile
import threading
import warnings
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from pytorchcv.model_provider import get_model

sys.path.insert(0, str(Path(__file__).parent.parent))
import report
from side_by_side import Ours, drop, noise, print_and_write, table, take_turns, timed

warnings.filterwarnings("ignore")

HUBCONF = """
import torch

class Half(torch.nn.Module):
    def forward(self, x):
        return x

def identity(): return Half()
def layers():
    torch.manual_seed(0)
    return torch.nn.Sequential(*[torch.nn.Linear(512, 512) for _ in range(4)]).eval()
def resnet10():
    from pytorchcv.model_provider import get_model
    torch.manual_seed(0)
    return get_model("resnet10").eval()
"""


def make_files(folder, scale):
    count = max(1, 64 // scale)
    large = {f"layer{i}.weight": noise(2048, 2048) for i in range(count)}
    small = {f"encoder.layers.{i}.weight": noise(32, 32) for i in range(20_000)}
    for name, tensors in (("A", large), ("B", small)):
        torch.save(tensors, folder / f"{name}.pth")
        safetensors.torch.save_file(tensors, folder / f"S{name}.safetensors")
    (folder / "repository").mkdir()
    (folder / "repository" / "hubconf.py").write_text(HUBCONF)
    torch.save(torch.randn(16), folder / "small.pt")
    torch.save(torch.randn(1, 3, 224, 224), folder / "image.pt")
    torch.save(torch.randn(128, 512), folder / "rows.pt")


class Tree(torch.nn.Module):
    """A module with the parameters of a file."""

    def add(self, name, like):
        first, _, rest = name.partition(".")
        if not rest:
            self.register_parameter(first, torch.nn.Parameter(torch.zeros_like(like)))
        else:
            if first not in self._modules:
                self.add_module(first, Tree())
            self._modules[first].add(rest, like)


def first_use(state_dict):
    return float(next(iter(state_dict.values())).view(-1)[0])


LOADERS = {
    ".pth": {"torch.load(mmap=True)": lambda path: torch.load(path, mmap=True), "torch.load": torch.load},
    ".safetensors": {"safetensors load_file": safetensors.torch.load_file},
}
FILES = {
    "A": ("64 tensors in 1 GiB", "A.pth"),
    "B": ("20,000 tensors of 4 KiB", "B.pth"),
    "SA": ("64 tensors in 1 GiB, safetensors", "SA.safetensors"),
    "SB": ("20,000 tensors of 4 KiB, safetensors", "SB.safetensors"),
}


def measure_file(ours, path, rounds, cold):
    loaders = LOADERS[path.suffix]
    before = (lambda: drop([path])) if cold else (lambda: None)
    tensors = next(iter(loaders.values()))(path)
    module = Tree()
    for name, tensor in tensors.items():
        module.add(name, tensor)

    def peers(use, keep=lambda name: True):
        return {name: lambda load=load: timed(lambda: use(load(path))) for name, load in loaders.items() if keep(name)}

    suffix = ", cold" if cold else ""
    columns = {
        "first use": {"torchhub": lambda: ours.seconds(f"first {path}"), **peers(first_use)},
        # A mapping is not in memory yet: safetensors' is copied.
        "in memory": {
            "torchhub": lambda: ours.seconds(f"memory {path}"),
            **peers(
                lambda tensors: first_use({name: tensor.clone() for name, tensor in tensors.items()})
                if path.suffix == ".safetensors"
                else first_use(tensors),
                lambda name: "mmap" not in name,
            ),
            "a bare parallel pread": lambda: ours.seconds(f"pread {path}"),
        },
        "into a module": {"torchhub": lambda: ours.seconds(f"module {path}"), **peers(module.load_state_dict)},
        "assigned": {
            "torchhub": lambda: ours.seconds(f"assign {path}"),
            **peers(lambda tensors: module.load_state_dict(tensors, assign=True)),
        },
    }
    # Python's load_state_dict goes through all names again for each submodule: with thousands, minutes a call.
    if len(tensors) > 1000:
        del columns["into a module"], columns["assigned"]
    return {f"{name}{suffix}": take_turns(candidates, rounds, before=before) for name, candidates in columns.items()}


def repeated(count, call):
    call()
    return lambda: timed(lambda: [call() for _ in range(count)]) / count


def measure_calls(ours, folder, rounds):
    """A call that does next to nothing: what is left is the way there and back."""
    count = 20_000
    namespace = {}
    exec(HUBCONF, namespace)
    model, value = namespace["identity"](), torch.load(folder / "small.pt")
    return {
        "one call": take_turns(
            {
                "torchhub": lambda: ours.seconds(f"call {folder / 'repository'} identity {folder / 'small.pt'} {count}"),
                "Python": repeated(count, lambda: float(model(value)[0])),
            },
            rounds,
        )
    }


def call_in_threads(models, value, count):
    """The seconds of one call of each model, each in a thread of its own, in which torch takes no others."""

    def call(model):
        with torch.no_grad():
            for _ in range(count):
                model(value)

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    threads = [threading.Thread(target=call, args=(model,)) for model in models]
    try:
        return timed(lambda: ([thread.start() for thread in threads], [thread.join() for thread in threads])) / count
    finally:
        torch.set_num_threads(before)


def measure_threads(ours, folder, rounds):
    """Whoever keeps Python's lock while torch computes takes twice as long for two."""
    count = 100
    namespace = {}
    exec(HUBCONF, namespace)
    models, value = [namespace["layers"](), namespace["layers"]()], torch.load(folder / "rows.pt")
    line = f"threads {folder / 'repository'} layers {folder / 'rows.pt'} {count}"
    return {
        column: take_turns(
            {
                "torchhub": lambda n=n: ours.seconds(f"{line} {n}"),
                "Python": lambda n=n: call_in_threads(models[:n], value, count),
            },
            rounds,
        )
        for column, n in (("one model, one thread", 1), ("two models, two threads", 2))
    }


def measure_exported(ours, torchhub, folder, rounds, log):
    count = 20
    torch.manual_seed(0)
    model, image = get_model("resnet10").eval(), torch.load(folder / "image.pt")
    package = folder / "resnet10.pt2"
    subprocess.run(
        [torchhub, "export", folder / "repository", "resnet10", "--source", "local", "--input", "1x3x224x224:float32",
         "--output", package], check=True, stdout=log, stderr=log,
    )
    compiled = torch.compile(model)
    with torch.no_grad():
        return {
            "one call": take_turns(
                {
                    "torchhub": lambda: ours.seconds(f"exported {package} {folder / 'image.pt'} {count}"),
                    "Python, eager": repeated(count, lambda: float(model(image)[0, 0])),
                    "Python, torch.compile": repeated(count, lambda: float(compiled(image)[0, 0])),
                },
                rounds,
            )
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--torchhub", required=True)
    parser.add_argument("--scale", type=int, default=1, help="divides the sizes of the large files")
    parser.add_argument("--dir", help="where the files lie")
    report.add_options(parser, rounds=7)
    options = parser.parse_args()
    ours = Ours(options.program)
    scenarios = {}

    def wanted(name):
        return not options.only or name in options.only

    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        folder = Path(folder)
        make_files(folder, options.scale)
        for name, (title, file) in FILES.items():
            if not wanted(name):
                continue
            results = measure_file(ours, folder / file, options.rounds, False)
            results.update(measure_file(ours, folder / file, max(2, options.rounds // 3), True))
            scenarios[name] = {"title": title, "results": results}
            print(f"{name}: {title}\n{table(results)}", file=sys.stderr)
        if wanted("K"):
            scenarios["K"] = {"title": "a model that gives back its input, from C++ and in Python",
                              "results": measure_calls(ours, folder, options.rounds)}
        if wanted("T"):
            scenarios["T"] = {"title": "four layers of 512 x 512 on 128 rows, called by threads that torch gives no others",
                              "results": measure_threads(ours, folder, options.rounds)}
        if wanted("X"):
            scenarios["X"] = {"title": "pytorchcv's resnet10, exported, beside the model in Python",
                              "results": measure_exported(ours, options.torchhub, folder, options.rounds, sys.stderr)}
    versions = {"torch": torch.__version__, "safetensors": safetensors.__version__, "Python": platform.python_version()}
    print_and_write("load", scenarios, options, versions)


main()
