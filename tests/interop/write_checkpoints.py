"""Writes checkpoints with the real torch, and what torch says is in them: write_checkpoints.py FOLDER.

FOLDER/expected.json maps each file to {"tensors": [...]}, or to {"refused": true} for a file that must be
refused. Of each tensor: name, dtype, shape, stride, requires_grad, is_parameter, the SHA-256 of its elements in
row-major order ("sha256"), of what it is when it is made dense or dequantized ("dense"), and the number of the
storage that it shares with others ("storage"). "some": the file holds more than these. "lenient": it is read
so. Everything was read back by torch where torch can.
"""

import collections
import datetime
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import pickle
import struct
import sys
import tarfile
import warnings
import zipfile

import numpy
import torch

warnings.filterwarnings("ignore")
FOLDER = sys.argv[1]
MODERN = torch.__version__ >= "2"
expected = {}


def path_of(name):
    return os.path.join(FOLDER, name)


def raw(tensor):
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    flat = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    if flat.numel() == 0:
        return b""
    return flat.view(torch.uint8).numpy().tobytes()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


PARTS = {
    torch.sparse_coo: lambda t: (t._indices(), t._values()),
    torch.sparse_csr: lambda t: (t.crow_indices(), t.col_indices(), t.values()),
    torch.sparse_csc: lambda t: (t.ccol_indices(), t.row_indices(), t.values()),
    torch.sparse_bsr: lambda t: (t.crow_indices(), t.col_indices(), t.values()),
    torch.sparse_bsc: lambda t: (t.ccol_indices(), t.row_indices(), t.values()),
}


# torch dequantizes none of them.
SUB_BYTE = (torch.quint4x2, torch.quint2x4) if MODERN else ()


class Describer:
    def __init__(self):
        self.storages = {}

    def describe(self, name, tensor):
        entry = {
            "name": name,
            "dtype": str(tensor.dtype).replace("torch.", ""),
            "shape": list(tensor.shape),
            "requires_grad": tensor.requires_grad,
            "is_parameter": isinstance(tensor, torch.nn.Parameter),
            "layout": str(tensor.layout).replace("torch.", ""),
        }
        if tensor.layout != torch.strided:
            entry["sha256"] = sha256(b"".join(raw(part) for part in PARTS[tensor.layout](tensor)))
            entry["dense"] = sha256(raw(tensor.to_dense()))
            return entry
        entry["stride"] = list(tensor.stride())
        if tensor.device.type == "meta":
            entry["meta"] = True
            return entry
        entry["sha256"] = sha256(raw(tensor))
        if tensor.is_quantized and tensor.dtype not in SUB_BYTE:
            entry["dense"] = sha256(raw(tensor.dequantize()))
        if tensor.numel() > 0:
            storage = tensor.untyped_storage() if MODERN else tensor.storage()
            entry["storage"] = self.storages.setdefault(storage.data_ptr(), len(self.storages))
        return entry

    def walk(self, value, path=""):
        """Tensors by their path, in the order of a walk from the root."""
        if isinstance(value, torch.Tensor):
            return [self.describe(path, value)]
        if isinstance(value, dict):
            items = value.items()
        elif isinstance(value, (list, tuple)):
            items = enumerate(value)
        else:
            return []
        return [entry for key, item in items for entry in self.walk(item, f"{path}.{key}" if path else str(key))]


def expect(name, value, **more):
    expected[name] = {"tensors": Describer().walk(value), **more}


def load(name):
    return torch.load(path_of(name), **({"weights_only": False} if MODERN else {}))


def save(name, value, **options):
    torch.save(value, path_of(name), **options)
    expect(name, load(name))


def refuse(name):
    expected[name] = {"refused": True}


def fill(dtype, *shape):
    count = 1
    for size in shape:
        count *= size
    numbers = torch.arange(count)
    if dtype == torch.bool:
        return (numbers % 2 == 0).reshape(shape)
    return numbers.to(torch.float32).to(dtype).reshape(shape) if dtype.is_floating_point else numbers.to(dtype).reshape(shape)


def layouts_of(matrix):
    return {
        "contiguous": matrix,
        "transposed": matrix.t(),
        "row": matrix[1],
        "column": matrix[:, 1],
        "steps": matrix[::2, 1::2],
        "expanded": matrix[:1].expand(5, 4),
        "scalar": matrix[1, 1],
        "empty": matrix[:0],
    }


NAMES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64", "complex128"]
if MODERN:
    NAMES += ["uint16", "uint32", "uint64", "float8_e5m2", "float8_e4m3fn", "float8_e5m2fnuz", "float8_e4m3fnuz", "float8_e8m0fnu", "complex32"]
NAMES = [name for name in NAMES if hasattr(torch, name)]

for name in NAMES:
    layouts = layouts_of(fill(getattr(torch, name), 3, 4))
    save(f"{name}.pth", layouts)
    for protocol in (3, 4, 5):
        save(f"{name}_protocol{protocol}.pth", layouts, pickle_protocol=protocol)
    # torch writes, and cannot read, the legacy format of dtypes that came after it.
    torch.save(layouts, path_of(f"{name}_legacy.pth"), _use_new_zipfile_serialization=False)
    expect(f"{name}_legacy.pth", load(f"{name}.pth"))

# Modules, optimizers, what training scripts save.
torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 2))
optimizer = torch.optim.Adam(net.parameters())
for parameter in net.parameters():
    parameter.grad = torch.ones_like(parameter)
optimizer.step()
shared = torch.arange(10.0)
OBJECTS = {
    "state_dict": net.state_dict(),
    "optimizer": {"epoch": 3, "lr": 1e-3, "net": net.state_dict(), "optimizer": optimizer.state_dict(), "name": "n\u00e9", "none": None},
    "parameters": {"p": torch.nn.Parameter(torch.ones(3)), "frozen": torch.nn.Parameter(torch.ones(2), requires_grad=False)},
    "requires_grad": {"w": torch.ones(3, requires_grad=True)},
    "shared": {"a": shared, "b": shared[2:5], "again": shared, "tied": [shared, (shared,)]},
    "tensor": torch.arange(6).reshape(2, 3),
    "list": [torch.ones(1), [torch.zeros(2)], (torch.ones(3), 4, "x")],
    "ordered": collections.OrderedDict([("z", torch.ones(1)), ("a", torch.zeros(1))]),
    "many": {f"layer{i}.weight": torch.full((2,), float(i)) for i in range(500)},
    "no_tensors": {"a": 1},
    "one": [torch.ones(2)],
    "deep": {"a": {"b": {"c": [{"d": torch.ones(1)}]}}},
    "integer_keys": {1: torch.ones(1), -2: torch.zeros(1), True: 3},
    "unicode": {"\u043a\u043b\u044e\u0447": torch.ones(2)},
    "zero_dimensional": {"s": torch.tensor(3.5), "i": torch.tensor(7)},
    "zero_elements": {"a": torch.empty(0), "b": torch.empty(3, 0, 2)},
    "large_rank": {"r": torch.ones([1] * 20)},
    "buffer_of_views": {str(i): shared[i:] for i in range(9)},
    "numbers": {
        "big": 2**62, "negative": -(2**40), "huge": 2**100, "tiny": 1e-300, "nan": float("nan"), "set": {1, 2}, "frozen": frozenset([3]),
        "size": torch.Size([1, 2]), "dtype": torch.float16, "device": torch.device("cpu"), "bytes": b"\x00\xff", "array": bytearray(b"ab"),
        "complex": 1 + 2j, "range": range(3), "slice": slice(1, 2), "counter": collections.Counter("aab"),
        "default": collections.defaultdict(list, {"a": [1]}), "w": torch.ones(1),
    },
    "numpy": {
        "f": numpy.float64(1.5), "h": numpy.float16(0.5), "i": numpy.int32(-3), "u": numpy.uint64(2**63), "b": numpy.bool_(True), "c": numpy.complex64(1j),
        "a": numpy.arange(6, dtype=numpy.float32).reshape(2, 3), "t": numpy.asfortranarray(numpy.ones((2, 3))), "big": numpy.arange(3, dtype=">i4"),
        "w": torch.ones(1),
    },
    "plain_data": {
        "version": torch.__version__, "path": pathlib.PosixPath("a/b"), "date": datetime.date(2026, 1, 2), "deque": collections.deque([1, 2], maxlen=5),
        "time": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc), "ellipsis": ..., "texts": numpy.array(["cat", "dog"]),
        "objects": numpy.array(["cat", None], dtype=object), "records": numpy.zeros(2, dtype=[("a", "f4"), ("b", "i8")]), "w": torch.ones(1),
    },
}
for name, value in OBJECTS.items():
    save(f"{name}.pth", value)
    save(f"{name}_legacy.pth", value, _use_new_zipfile_serialization=False)
    save(f"{name}_protocol5.pth", value, pickle_protocol=5)
# By the other protocols, where torch reads what it writes: protocol 0 has no persistent ids but texts.
if MODERN:
    for name in ("state_dict", "optimizer", "shared", "numbers", "unicode", "many"):
        for protocol in (1, 3, 4, 5):
            save(f"{name}_legacy_protocol{protocol}.pth", OBJECTS[name], pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        save(f"{name}_protocol1.pth", OBJECTS[name], pickle_protocol=1)
    plain = {"n": [1, -2.5, 2**70, None, True, (), (1,)], "t": "a\\b\n\u20ac\U0001f600\x00", "b": b"\x00\xff", "o": collections.OrderedDict(a=1)}
    for legacy in (True, False):
        save(f"plain_protocol0_{legacy}.pth", plain, pickle_protocol=0, _use_new_zipfile_serialization=not legacy)
        torch.save({"w": shared}, path_of(f"protocol0_{legacy}.pth"), pickle_protocol=0, _use_new_zipfile_serialization=not legacy)
        refuse(f"protocol0_{legacy}.pth")
ring = {"w": torch.ones(2), 2**70: torch.ones(1), 1j: torch.zeros(2), "1": torch.zeros(1)}
ring["ring"] = [ring]
torch.save(ring, path_of("ring.pth"))
expect("ring.pth", {**{name: ring[name] for name in ("w", 2**70, 1j, "1")}})
save("\u00fcn\u00efcode.pth", {"w": torch.ones(2)})

# Views by their flags, sparse, quantized, meta.
complex_numbers = torch.tensor([[1 + 2j, 3 - 4j], [5j, 6 + 0j]])
if MODERN:
    save("conjugate.pth", {"conj": complex_numbers.conj(), "plain": complex_numbers, "both": complex_numbers.conj().t()})
    save("negative.pth", {"neg": complex_numbers.conj().imag, "real": complex_numbers.real})
    save("meta.pth", {"m": torch.empty(3, 4, device="meta"), "w": torch.ones(1)})
if MODERN:
    nested = torch.nested.nested_tensor([torch.ones(2, 3), torch.zeros(1, 3)])
    torch.save({"n": nested, "w": torch.ones(1)}, path_of("nested.pth"))
    expect("nested.pth", {"n": list(torch.load(path_of("nested.pth"), weights_only=False)["n"].unbind()), "w": torch.ones(1)})
    for tensor in expected["nested.pth"]["tensors"][:2]:
        tensor["storage"] = 0  # unbind makes views of one
    expected["nested.pth"]["tensors"][2]["storage"] = 1
matrix = torch.eye(4)
matrix[1, 2] = 5
save("sparse_coo.pth", {"s": matrix.to_sparse(), "hybrid": torch.sparse_coo_tensor(torch.tensor([[0, 2]]), torch.ones(2, 3), (4, 3))})
save("sparse_csr.pth", {"s": matrix.to_sparse_csr()})
if MODERN:
    save("sparse_csc.pth", {"s": matrix.to_sparse_csc()})
    save("sparse_bsr.pth", {"s": matrix.to_sparse_bsr((2, 2))})
    save("sparse_bsc.pth", {"s": matrix.to_sparse_bsc((2, 2))})
numbers = torch.linspace(-1, 1, 12).reshape(3, 4)
for name in ("qint8", "quint8", "qint32"):
    quantized = torch.quantize_per_tensor(numbers, 0.1, 10 if name == "quint8" else 0, getattr(torch, name))
    save(f"{name}.pth", {"q": quantized, "t": quantized.t()})
save("per_channel.pth", {"q": torch.quantize_per_channel(numbers, torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0, 1, 2]), 0, torch.qint8)})

if MODERN:
    # Rows of whole bytes alone: torch's int_repr() leaves out bytes of others.
    packed = {}
    for dtype, columns in ((torch.quint4x2, 8), (torch.quint2x4, 12)):
        scales, zeros = torch.full((3,), 0.25), torch.full((3,), 1.0)
        rows = torch.arange(3.0 * columns).reshape(3, columns) / 8 - 1
        packed[str(dtype)] = torch.quantize_per_channel(rows, scales, zeros, 0, dtype)
        packed[f"{dtype} by one scale"] = torch._empty_affine_quantized([2, columns], scale=0.5, zero_point=1, dtype=dtype)
    packed["row"] = packed["torch.quint4x2"][0]
    save("sub_byte.pth", packed)
    save("sub_byte_legacy.pth", packed, _use_new_zipfile_serialization=False)


# The same zips, written by another tool or in another way.
def rewrite(source, name, change=lambda name, data: data, compress=(), extra=()):
    """A zip with the members of another, changed."""
    with zipfile.ZipFile(path_of(source)) as old, zipfile.ZipFile(path_of(name), "w") as new:
        for member in old.namelist():
            data = change(member.split("/", 1)[1], old.read(member))
            method = zipfile.ZIP_DEFLATED if member.split("/", 1)[1] in compress else zipfile.ZIP_STORED
            if data is not None:
                new.writestr(member, data, method)
        for member, data in extra:
            new.writestr(member, data)


rewrite("state_dict.pth", "unaligned.pth")
expect("unaligned.pth", load("unaligned.pth"))
rewrite("state_dict.pth", "deflated_pickle.pth", compress=("data.pkl",))
expect("deflated_pickle.pth", load("state_dict.pth"))
ALL = {f"data/{i}" for i in range(600)} | {"data.pkl", "version", "byteorder"}
for name, compress in {"deflated_storage": ("data/0",), "deflated_all": ALL}.items():
    for source in ("state_dict", "shared", "optimizer"):
        rewrite(f"{source}.pth", f"{name}_{source}.pth", compress=compress)
        expect(f"{name}_{source}.pth", load(f"{name}_{source}.pth"))
with zipfile.ZipFile(path_of("state_dict.pth")) as archive:
    root = archive.namelist()[0].split("/")[0]
rewrite("state_dict.pth", "folders.pth", extra=[(f"{root}/data/", b""), (f"{root}/more/", b""), (f"{root}/", b"")])
expect("folders.pth", load("folders.pth"))
rewrite("state_dict.pth", "trailed_pickle.pth", lambda name, data: data + b"junk" if name == "data.pkl" else data)
expect("trailed_pickle.pth", load("trailed_pickle.pth"))
for name in ("state_dict", "shared_legacy"):
    with open(path_of(f"{name}.pth"), "rb") as plain, open(path_of(f"trailed_{name}.pth"), "wb") as trailed:
        trailed.write(plain.read() + b"trailing bytes\n")
    expect(f"trailed_{name}.pth", load(f"trailed_{name}.pth"))
for name, width in (("float32", 4), ("int64", 8), ("int16", 2), ("uint8", 1), ("complex64", 4), ("float64", 8)):
    def to_big(member, data):
        if member == "byteorder":
            return b"big"
        if member.startswith("data/"):
            return b"".join(data[i : i + width][::-1] for i in range(0, len(data), width))
        return data

    extra = () if MODERN else [(f"{name}/byteorder", b"big")]
    rewrite(f"{name}.pth", f"{name}_big_endian.pth", to_big, extra=extra)
    expect(f"{name}_big_endian.pth", load(f"{name}.pth"))
    rewrite(f"{name}.pth", f"{name}_big_endian_deflated.pth", to_big, compress=ALL, extra=extra)
    expect(f"{name}_big_endian_deflated.pth", load(f"{name}.pth"))
for name in ("state_dict.pth", "shared_legacy.pth"):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        wrapped = f"wrapped_{method}_{name}"
        with zipfile.ZipFile(path_of(wrapped), "w") as archive:
            archive.write(path_of(name), name, method)
        expect(wrapped, load(name))
# What torch.save can be told in torch 2.7 and later.
if importlib.util.find_spec("torch.utils.serialization"):
    from torch.utils.serialization import config

    config.save.compute_crc32 = False
    save("no_crc.pth", net.state_dict())
    config.save.compute_crc32 = True
    if hasattr(config.save, "storage_alignment"):
        config.save.storage_alignment = 4096
        save("aligned_4096.pth", net.state_dict())
        config.save.storage_alignment = 64

# torch before 0.1.10.
TYPES = {torch.float32: "FloatStorage", torch.int64: "LongStorage", torch.uint8: "ByteStorage"}


class GlobalPickler(pickle.Pickler):
    """Keys instead of tensors."""

    def __init__(self, file, keys):
        super().__init__(file, 2)
        self.keys = keys

    def persistent_id(self, value):
        return self.keys.get(id(value))


def write_tar(name, tensors, views=()):
    storages, table = io.BytesIO(), io.BytesIO()
    pickle.dump(len(tensors), storages, 2)
    pickle.dump(len(tensors) + len(views), table, 2)
    keys = {}

    def add_tensor(key, storage, tensor, offset):
        pickle.dump((key, storage, torch.FloatTensor), table, 2)
        rank = tensor.dim()
        table.write(struct.pack("<ii", rank, 0))
        table.write(struct.pack(f"<{2 * rank}q", *tensor.shape, *tensor.stride()))
        table.write(struct.pack("<q", offset))
        keys[id(tensor)] = key

    entries = []
    for i, tensor in enumerate(tensors.values()):
        pickle.dump((100 + i, "cpu", getattr(torch, TYPES[tensor.dtype])), storages, 2)
        storages.write(struct.pack("<q", tensor.numel()))
        storages.write(raw(tensor))
        add_tensor(200 + i, 100 + i, tensor, 0)
    listed = []
    for k, (view_name, root, offset, view) in enumerate(views):
        listed.append((300 + k, 100 + root, offset, view.numel()))
        add_tensor(400 + k, 300 + k, view, 0)
    pickle.dump(listed, storages, 2)
    objects = io.BytesIO()
    values = collections.OrderedDict(tensors)
    values.update((view_name, view) for view_name, root, offset, view in views)
    GlobalPickler(objects, keys).dump(values)
    info = io.BytesIO()
    pickle.dump({"protocol_version": 1000, "little_endian": True, "type_sizes": {}}, info, 2)
    with tarfile.open(path_of(name), "w", format=tarfile.USTAR_FORMAT) as archive:
        for member, content in (("sys_info", info), ("storages", storages), ("tensors", table), ("pickle", objects)):
            header = tarfile.TarInfo(member)
            header.size = len(content.getvalue())
            archive.addfile(header, io.BytesIO(content.getvalue()))


base = torch.arange(12.0).reshape(3, 4)
write_tar("tar.pth", {"w": base, "i": torch.arange(5), "b": torch.arange(4).to(torch.uint8)})
expect("tar.pth", load("tar.pth"))
write_tar("tar_views.pth", {"w": base}, [("v", 0, 4, torch.arange(4.0, 8.0))])
expect("tar_views.pth", load("tar_views.pth"))
for tensor in expected["tar_views.pth"]["tensors"]:
    del tensor["storage"]  # torch's own view begins at another address
write_tar("tar_empty.pth", {})
expect("tar_empty.pth", load("tar_empty.pth"))

# TorchScript, exported programs.
class Constants(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(3, 2)
        self.register_buffer("b", torch.arange(4.0))
        self.sizes = [1, 2]

    def forward(self, x):
        return self.inner(x) + torch.tensor([1.0, 2.0])


for name, script in (
    ("script.pt", torch.jit.script(Constants())),
    ("traced.pt", torch.jit.trace(Constants(), torch.ones(1, 3))),
    ("script_net.pt", torch.jit.script(net.eval())),
):
    torch.jit.save(script, path_of(name))
    expected[name] = {"tensors": Describer().walk(dict(torch.jit.load(path_of(name)).state_dict(keep_vars=True))), "some": True, "script": True}
if MODERN:
    class Exported(Constants):
        def __init__(self):
            super().__init__()
            self.plain = torch.ones(5)
            self.tied = self.inner.weight

        def forward(self, x):
            return super().forward(x) + self.plain[0] + self.b[:2]

    program = torch.export.export(Exported(), (torch.ones(1, 3),))
    torch.export.save(program, path_of("exported.pt2"))
    loaded = torch.export.load(path_of("exported.pt2"))
    expected["exported.pt2"] = {"tensors": Describer().walk({**loaded.state_dict, **loaded.constants}), "script": True}

    # On the meta device: records without bytes, whatever the strides and the dtype.
    class Shapes(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.turned = torch.nn.Parameter(torch.empty(4, 3, device="meta").t())
            self.short = torch.nn.Parameter(torch.empty(3, dtype=torch.bfloat16, device="meta"))
            self.register_buffer("whole", torch.empty(3, dtype=torch.int64, device="meta"))

        def forward(self, x):
            return x @ self.turned + self.short.sum() + self.whole.sum()

    program = torch.export.export(Shapes(), (torch.empty(2, 3, device="meta"),))
    torch.export.save(program, path_of("exported_meta.pt2"))
    loaded = torch.export.load(path_of("exported_meta.pt2"))
    expected["exported_meta.pt2"] = {"tensors": Describer().walk(dict(loaded.state_dict)), "script": True}
    # Torch up to 2.8 keeps the weights in a pickle inside of it.
    with zipfile.ZipFile(path_of("exported.pt2")) as archive:
        names = archive.namelist()
    if not any(name.endswith("weights_config.json") for name in names):
        refuse("exported.pt2")
        refuse("exported_meta.pt2")

# Whole modules: refused, or read without making them.
save("whole_module.pth", net)
refuse("whole_module.pth")
torch.save(net, path_of("whole_lenient.pth"))
expected["whole_lenient.pth"] = {"tensors": Describer().walk(dict(net.state_dict(keep_vars=True))), "lenient": True}
torch.save({"f": os.getcwd}, path_of("function.pth"))
refuse("function.pth")

# safetensors: by its own library where there is one.
try:
    import safetensors.torch
except ImportError:
    safetensors = None
if safetensors:
    for name in NAMES:
        if name in ("complex32", "complex128", "float8_e5m2fnuz", "float8_e4m3fnuz"):
            continue
        tensors = {key: value.contiguous().clone() for key, value in layouts_of(fill(getattr(torch, name), 3, 4)).items()}
        safetensors.torch.save_file(tensors, path_of(f"{name}.safetensors"), metadata={"format": "pt"})
        loaded = safetensors.torch.load_file(path_of(f"{name}.safetensors"))
        expect(f"{name}.safetensors", {key: loaded[key] for key in sorted(loaded)}, sorted=True)
    # Fields that only other readers know; shards in a folder, one with a tensor that the index leaves out.
    tensors = {"a": torch.ones(3), "b": torch.arange(5)}
    safetensors.torch.save_file(tensors, path_of("fields.safetensors"))
    with open(path_of("fields.safetensors"), "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    header = {name: {**entry, "scale": [1, {"x": None}], "note": "\u00e9"} for name, entry in json.loads(data[8 : 8 + length]).items()}
    header = json.dumps(header).encode()
    with open(path_of("fields.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + data[8 + length :])
    expect("fields.safetensors", safetensors.torch.load_file(path_of("fields.safetensors")), sorted=True)
    os.mkdir(path_of("shards"))
    safetensors.torch.save_file(tensors, path_of("shards/one.safetensors"))
    safetensors.torch.save_file({"c": torch.zeros(2)}, path_of("shards/two.safetensors"))
    with open(path_of("folders.safetensors.index.json"), "w", encoding="utf-8") as index:
        json.dump({"weight_map": {"a": "shards/one.safetensors", "c": "shards/two.safetensors"}, "more": {"x": 1}}, index)
    expect("folders.safetensors.index.json", {**tensors, "c": torch.zeros(2)}, sorted=True)
    parts = {"model-1.safetensors": {"a": torch.ones(3), "b.c": torch.zeros(2, 2)}, "model-2.safetensors": {"d": torch.arange(5)}}
    weights = {}
    for file, tensors in parts.items():
        safetensors.torch.save_file(tensors, path_of(file))
        weights.update({name: file for name in tensors})
    with open(path_of("model.safetensors.index.json"), "w", encoding="utf-8") as index:
        json.dump({"metadata": {"total_size": 68}, "weight_map": weights}, index)
    expect("model.safetensors.index.json", {name: tensor for tensors in parts.values() for name, tensor in sorted(tensors.items())}, sorted=True)
parts = {"pytorch_model-1.bin": {"a": torch.ones(3)}, "pytorch_model-2.bin": {"d": torch.arange(5)}}
for file, tensors in parts.items():
    torch.save(tensors, path_of(file))
with open(path_of("pytorch_model.bin.index.json"), "w", encoding="utf-8") as index:
    json.dump({"weight_map": {name: file for file, tensors in parts.items() for name in tensors}}, index)
expect("pytorch_model.bin.index.json", {name: tensor for tensors in parts.values() for name, tensor in tensors.items()})

with open(path_of("expected.json"), "w", encoding="utf-8") as file:
    json.dump(expected, file)
