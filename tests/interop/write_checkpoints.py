"""Writes checkpoints with the real torch, and what torch says is in them: write_checkpoints.py FOLDER.

FOLDER/expected.json maps each file to a list of its tensors: name, dtype, shape, stride and the SHA-256 of
the elements in row-major order; or to null for a file that must be refused.
"""

import collections
import hashlib
import json
import os
import sys

import torch

FOLDER = sys.argv[1]
expected = {}


def digest(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    if flat.numel() == 0:
        return hashlib.sha256(b"").hexdigest()
    return hashlib.sha256(bytes(flat.view(torch.uint8).tolist())).hexdigest()


def walk(value, path=""):
    """Tensors by their path, in the order of a walk from the root."""
    if isinstance(value, torch.Tensor):
        yield {
            "name": path,
            "dtype": str(value.dtype).replace("torch.", ""),
            "shape": list(value.shape),
            "stride": list(value.stride()),
            "requires_grad": value.requires_grad,
            "sha256": digest(value),
        }
        return
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    else:
        return
    for key, item in items:
        yield from walk(item, f"{path}.{key}" if path else str(key))


def save(name, value, **options):
    path = os.path.join(FOLDER, name)
    torch.save(value, path, **options)
    loaded = torch.load(path, **({"weights_only": False} if torch.__version__ >= "2" else {}))
    expected[name] = list(walk(loaded))


def refuse(name, value, **options):
    torch.save(value, os.path.join(FOLDER, name), **options)
    expected[name] = None


def fill(dtype, *shape):
    count = 1
    for size in shape:
        count *= size
    numbers = torch.arange(count)
    return (numbers % 2 == 0 if dtype == torch.bool else numbers.to(dtype)).reshape(shape)


DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64", "complex128"]
DTYPES += [name for name in ("uint16", "uint32", "uint64", "float8_e5m2", "float8_e4m3fn") if hasattr(torch, name)]
for name in DTYPES:
    matrix = fill(getattr(torch, name), 3, 4)
    layouts = {
        "contiguous": matrix,
        "transposed": matrix.t(),
        "row": matrix[1],
        "column": matrix[:, 1],
        "steps": matrix[::2, 1::2],
        "expanded": matrix[:1].expand(5, 4),
        "scalar": matrix[1, 1],
        "empty": matrix[:0],
    }
    save(f"{name}.pth", layouts)
    for protocol in (2, 3, 4, 5):
        save(f"{name}_protocol{protocol}.pth", layouts, pickle_protocol=protocol)

torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 2))
optimizer = torch.optim.Adam(net.parameters())
for parameter in net.parameters():
    parameter.grad = torch.ones_like(parameter)
optimizer.step()
save("state_dict.pth", net.state_dict())
save("optimizer.pth", {"epoch": 3, "lr": 1e-3, "net": net.state_dict(), "optimizer": optimizer.state_dict(), "name": "n\u00e9", "none": None})
save("parameters.pth", {"p": torch.nn.Parameter(torch.ones(3)), "frozen": torch.nn.Parameter(torch.ones(2), requires_grad=False)})
save("requires_grad.pth", {"w": torch.ones(3, requires_grad=True)})
shared = torch.arange(10.0)
save("shared.pth", {"a": shared, "b": shared[2:5], "again": shared, "tied": [shared, (shared,)]})
save("tensor.pth", torch.arange(6).reshape(2, 3))
save("list.pth", [torch.ones(1), [torch.zeros(2)], (torch.ones(3), 4, "x")])
save("ordered.pth", collections.OrderedDict([("z", torch.ones(1)), ("a", torch.zeros(1))]))
save("numbers.pth", {"big": 2**62, "negative": -(2**40), "tiny": 1e-300, "set": {1, 2}, "size": torch.Size([1, 2]), "dtype": torch.float16, 3: torch.ones(1)})
save("many.pth", {f"layer{i}.weight": torch.full((2,), float(i)) for i in range(500)})
save("ünïcode.pth", {"ключ": torch.ones(2)})
save("no_tensors.pth", {"a": 1})

refuse("whole_module.pth", net)
refuse("sparse.pth", torch.eye(3).to_sparse())
refuse("function.pth", {"f": os.getcwd})
refuse("legacy.pth", net.state_dict(), _use_new_zipfile_serialization=False)
torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), os.path.join(FOLDER, "script.pth"))
expected["script.pth"] = None

with open(os.path.join(FOLDER, "expected.json"), "w", encoding="utf-8") as file:
    json.dump(expected, file)
