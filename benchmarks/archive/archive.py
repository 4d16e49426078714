"""Checkpoints and zips: what reading them costs, beside torch, safetensors, unzip, bsdtar and zipfile.

  bazel run --config=opt //benchmarks:archive -- [--rounds 7] [--only A,B,...] [--write]

Each file is read in three ways, from its path on: `open`, to the table of all tensors; `ready`, the same and every
page of every tensor in memory; `scan`, the same and every byte added up. Warm: the file is in the page cache, and a
turn at `open` is the median of five in a row. Cold: it was dropped from it before. Candidates take turns, in random
order, in one run; what is reported is the median.
--write replaces benchmarks/results/archive.json and the tables and charts in benchmarks/README.md.
"""
import argparse
import itertools
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy
import safetensors
import safetensors.torch
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))
import report
from side_by_side import MIB, Ours, drop, noise, print_and_write, take_turns, timed

warnings.filterwarnings("ignore")


def make_files(folder, scale):
    """The files A to J; `scale` divides the sizes of the large ones."""
    count = max(1, 64 // scale)
    large = {f"layer{i}.weight": noise(2048, 2048) for i in range(count)}
    small = {f"encoder.layers.{i}.weight": noise(32, 32) for i in range(20_000)}
    tiny = {f"encoder.layers.{i}.weight": noise(8, 8) for i in range(100_000 // scale)}
    torch.save(large, folder / "A.pth")
    torch.save(small, folder / "B.pth")
    torch.save(tiny, folder / "C.pth")
    torch.save({"w": noise(512 * MIB // scale)}, folder / "D.pth")
    language_model = {"model.embed.weight": noise(32000 // scale, 1024, dtype=torch.bfloat16)}
    for i in range(32):
        for name, rows in (("q", 1024), ("k", 1024), ("v", 1024), ("o", 1024), ("gate", 2752), ("up", 2752), ("down", 2752)):
            language_model[f"model.layers.{i}.{name}.weight"] = noise(max(1, rows * 2 // scale), 1024, dtype=torch.bfloat16)
        for name in ("input_norm", "post_norm"):
            language_model[f"model.layers.{i}.{name}.weight"] = noise(1024, dtype=torch.bfloat16)
    torch.save(language_model, folder / "E.pth")
    base = noise(1_000_000)
    torch.save({f"view{i}": base[i * 1000 : (i + 1) * 1000] for i in range(1000)}, folder / "F.pth")
    torch.save(large, folder / "GA.pth", _use_new_zipfile_serialization=False)
    torch.save(small, folder / "GB.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(large, folder / "SA.safetensors")
    safetensors.torch.save_file(small, folder / "SB.safetensors")
    weight_map = {}
    for shard in range(16):
        names = [name for i, name in enumerate(large) if i % 16 == shard]
        file = f"H-{shard}.safetensors"
        safetensors.torch.save_file({name: large[name] for name in names}, folder / file)
        weight_map.update({name: file for name in names})
    (folder / "H.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    # Another writer's header, which ends at an odd place.
    header = (folder / "SA.safetensors").read_bytes()
    size = int.from_bytes(header[:8], "little")
    with open(folder / "I.safetensors", "wb") as file:
        text = header[8 : 8 + size].rstrip() + b" " * 3
        file.write(len(text).to_bytes(8, "little") + text)
        file.write(header[8 + size :])
    with zipfile.ZipFile(folder / "repository.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(5000):
            lines = "".join(f"def function_{i}_{k}(x):\n    return x + {random.randrange(10**6)}\n" for k in range(random.choice((5, 20, 100, 300))))
            archive.writestr(f"repository-main/package{i % 97}/module{i}.py", lines)


def use(how, value):
    """The same work for all: nothing, a byte of each page, or every byte."""
    total = 0
    seen = set()
    for tensor in value.values():
        storage = tensor.untyped_storage()
        if how == "open" or storage.data_ptr() in seen:
            continue
        seen.add(storage.data_ptr())
        data = torch.empty(0, dtype=torch.uint8).set_(storage)
        if how == "ready":
            total += int(data[::4096].sum())
        else:
            words = data.numel() // 8 * 8
            total += int(data[:words].numpy().view(numpy.uint64).sum())
    return total


def load_file(path):
    if path.suffix == ".json":
        files = set(json.loads(path.read_text())["weight_map"].values())
        return {name: tensor for file in files for name, tensor in safetensors.torch.load_file(path.parent / file).items()}
    return safetensors.torch.load_file(path)


def keys(path):
    with safetensors.safe_open(path, "pt") as file:
        return list(file.keys())


TORCH = {
    "torch.load(mmap=True)": lambda path: torch.load(path, mmap=True),
    "torch.load": lambda path: torch.load(path),
    "torch.load(weights_only=False)": lambda path: torch.load(path, weights_only=False),
}
LEGACY = {name: call for name, call in TORCH.items() if "mmap" not in name}
SAFETENSORS = {"safetensors load_file": load_file}

OPENS_IN_A_ROW = 5

SCENARIOS = {
    "A": ("64 tensors in 1 GiB", "A.pth", TORCH),
    "B": ("20,000 tensors of 4 KiB", "B.pth", TORCH),
    "C": ("100,000 tensors of 256 bytes", "C.pth", TORCH),
    "D": ("one tensor of 2 GiB", "D.pth", TORCH),
    "E": ("a language model of 2 GiB, bfloat16", "E.pth", TORCH),
    "F": ("1,000 views of one storage", "F.pth", TORCH),
    "GA": ("64 tensors in 1 GiB, legacy format", "GA.pth", LEGACY),
    "GB": ("20,000 tensors of 4 KiB, legacy format", "GB.pth", LEGACY),
    "SA": ("64 tensors in 1 GiB, safetensors", "SA.safetensors", SAFETENSORS),
    "SB": ("20,000 tensors of 4 KiB, safetensors", "SB.safetensors", SAFETENSORS),
    "H": ("64 tensors in 16 safetensors files of 1 GiB", "H.safetensors.index.json", SAFETENSORS),
    "I": ("64 tensors in 1 GiB, safetensors at an odd place", "I.safetensors", SAFETENSORS),
}


def files_of(path):
    return path.parent.glob("H-*") if path.suffix == ".json" else [path]


def measure(ours, path, peers, rounds, how, cold):
    candidates = {"torchhub": lambda: ours.seconds(f"{how} {path}")}
    for name, load in peers.items():
        candidates[name] = lambda load=load: timed(lambda: use(how, load(path)))
    if how == "open" and path.suffix == ".safetensors":
        candidates["safetensors safe_open, keys"] = lambda: timed(lambda: keys(path))
    return take_turns(candidates, rounds, before=lambda: drop(files_of(path)) if cold else None,
                      calls=OPENS_IN_A_ROW if how == "open" and not cold else 1)


def extraction(ours, folder, rounds):
    path = folder / "repository.zip"
    made = folder / "made"
    made.mkdir()
    turns = itertools.count()

    # A new folder each time, all removed at the end: ext4 does not give away the inodes of files that were deleted in
    # the last minutes, and passes over each of them for each new file. (So does a run soon after another.)
    def fresh():
        return made / str(next(turns))

    def zipfile_extract(into):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(into)

    def run(*command):
        return timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))

    def bsdtar():
        into = fresh()
        into.mkdir()
        return run("bsdtar", "-xf", str(path), "-C", str(into))

    candidates = {
        "torchhub": lambda: ours.seconds(f"extract {path} {fresh()}"),
        "unzip": lambda: run("unzip", "-q", str(path), "-d", str(fresh())),
        "bsdtar": bsdtar,
        "Python's zipfile": lambda: timed(lambda: zipfile_extract(fresh())),
    }
    return take_turns(candidates, rounds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--scale", type=int, default=1, help="divides the sizes of the large files")
    parser.add_argument("--dir", help="where the files lie")
    report.add_options(parser, rounds=7)
    options = parser.parse_args()
    ours = Ours(options.program)
    scenarios = {}
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        folder = Path(folder)
        make_files(folder, options.scale)
        os.sync()  # else the disk is busy with them
        for name, (title, file, peers) in SCENARIOS.items():
            if options.only and name not in options.only:
                continue
            results = {}
            for column, how, cold in (("open", "open", False), ("ready", "ready", False), ("scanned", "scan", False),
                                      ("open, cold", "open", True), ("scanned, cold", "scan", True)):
                rounds = options.rounds if not cold else max(2, options.rounds // 3)
                results[column] = measure(ours, folder / file, peers, rounds, how, cold)
                print(f"{name} {column}: " + ", ".join(f"{who} {m.get('median', float('nan')) * 1000:.3g} ms" for who, m in results[column].items()), file=sys.stderr)
            scenarios[name] = {"title": title, "results": results}
        if not options.only or "J" in options.only:
            path = folder / "A.pth"
            with_ours = lambda: ours.seconds(f"name {path} layer7.weight" if options.scale == 1 else f"name {path} layer0.weight")
            wanted = "layer7.weight" if options.scale == 1 else "layer0.weight"
            peers = {"torch.load(mmap=True)": lambda: timed(lambda: use("scan", {"w": torch.load(path, mmap=True)[wanted]}))}
            turns = take_turns({"torchhub": with_ours, **peers}, options.rounds)
            scenarios["J"] = {"title": "one tensor of 64 by its name, and its bytes", "results": {"scanned": turns}}
        if not options.only or "X" in options.only:
            scenarios["X"] = {"title": "a repository of 5,000 files, extracted", "results": {"extracted": extraction(ours, folder, options.rounds)}}
    versions = {"torch": torch.__version__, "safetensors": safetensors.__version__, "Python": platform.python_version()}
    print_and_write("archive", scenarios, options, versions)


main()
