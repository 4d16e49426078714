"""Whether what we accept is what torch reads: mutations.py DESCRIBE_CHECKPOINTS FOLDER COUNT [SEED].

FOLDER has what write_checkpoints.py wrote. COUNT mutations of those files (bytes flipped, cut, inserted, swapped
for another file's) go to our reader; each that it takes goes to torch.load(weights_only=True), or to safetensors'
own reader, which must give the same tensors. Prints what was taken, and each difference with its reason; ends
with 1 if one has no reason.
"""

import collections
import hashlib
import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import warnings

import torch

try:
    import safetensors.torch
except ImportError:
    safetensors = None

warnings.filterwarnings("ignore")
PROGRAM, FOLDER, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
RANDOM = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)

# What we read on purpose where torch does not, by what torch says then.
REASONS = {
    "Unsupported global": "torch's list is shorter: numpy's arrays and scalars, a few builtins, deques, dates, paths, versions",
    "Unsupported class": "likewise",
    "WeightsUnpickler error": "likewise, or opcodes of protocols other than 2",
    "Unsupported operand": "an opcode that torch's weights_only reader lacks",
    "Cannot use ``weights_only=True`` with": "TorchScript is read here without running it",
    "KeyError: 'F8_E8M0'": "safetensors' own reader of bytes lacks the dtype",
    "Invalid magic number": "a zip around another file is torch.hub's to unpack",
    "is of type UntypedStorage": "torch cannot read the legacy format of later dtypes",
    "has no attribute 'dtype'": "likewise",
    "has no attribute": "a name that this torch does not have; nothing is looked up here",
    "can require gradients": "requires_grad of whole numbers is only told here",
    "not implemented for": "torch lacks the operation to compare by",
    "PytorchStreamReader failed": "torch looks at records that the pickle does not use",
    "doesn't exist": "a device that is not there: the place is only told here",
    "device module is not registered": "likewise",
    "don't know how to restore data location": "likewise",
    "Attempting to deserialize object on": "likewise",
    "Invalid device string": "likewise",
    "Expected one of cpu": "likewise",
    "unsupported pickle protocol": "protocol 0 and 1 have no number",
    "'utf-8' codec": "torch decodes bytes of Python 2 as UTF-8 alone",
    "'ascii' codec": "likewise",
    "unhashable": "a key that Python cannot hash is only told here",
    "invalid literal for int()": "torch computes with .storage_alignment, which is not needed here",
    "not found": "tarfile reads fields of headers that are not needed here",
    "archive is not": "torch looks at the zip's first bytes",
}


def digest(tensor):
    if tensor.dtype == torch.bool:
        tensor = tensor.view(torch.uint8)  # a copy would make 1 of every byte but 0
    tensor = tensor.detach().resolve_conj().resolve_neg().reshape(-1).clone(memory_format=torch.contiguous_format)
    return hashlib.sha256(tensor.view(torch.uint8).numpy().tobytes() if tensor.numel() else b"").hexdigest()


def key_name(key, place=None):
    """As our reader names it: a tuple without the quotes of what is in it, a storage's class by the name in the file, a
    tensor by its place among the keys."""
    if isinstance(key, tuple):
        return "(" + ", ".join(key_name(part) for part in key) + ")"
    if isinstance(key, (torch.Tensor, torch.storage.TypedStorage, torch.UntypedStorage)):
        return f"<key {place}>"
    if type(key).__name__ == "StorageType":
        return "torch." + torch.storage._dtype_to_storage_type_map()[key.dtype]
    return str(key).encode("utf-8", "backslashreplace").decode()  # halves of surrogate pairs


def distinct(rows):
    """The later of two tensors of one name has a number after it."""
    used = {name for name, *_ in rows}
    counts = collections.Counter()
    for row in rows:
        name = row[0]
        counts[name] += 1
        if counts[name] > 1:
            while f"{name} ({counts[name]})" in used:
                counts[name] += 1
            row[0] = f"{name} ({counts[name]})"
            used.add(row[0])
    return rows


def walk(value, path="", above=()):
    if id(value) in above:
        return
    above += (id(value),)
    if isinstance(value, torch.Tensor):
        if value.is_nested and value.layout == torch.strided:
            yield from walk(list(value.unbind()), path, above)
        elif value.layout == torch.strided and value.device.type != "meta" and not value.is_quantized:
            name = str(value.dtype).replace("torch.", "")
            yield [path, name, list(value.shape), list(value.stride()), digest(value)]
    elif isinstance(value, dict):
        for place, (key, item) in enumerate(value.items()):
            name = key_name(key, place)
            yield from walk(item, f"{path}.{name}" if path else name, above)
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from walk(item, f"{path}.{i}" if path else str(i), above)


def of_torch(data):
    is_safetensors = len(data) > 8 and data[8:9] in b"{ \n\r\t" and not data.startswith(b"PK")
    if is_safetensors and safetensors:
        return distinct(list(walk(safetensors.torch.load(data))))
    # torch's weights_only reader takes no tar. What came this far names nothing that is not allowed.
    if data[257:262] != b"ustar" or data.startswith(b"PK"):
        return distinct(list(walk(torch.load(io.BytesIO(data), weights_only=True))))
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return distinct(list(walk(torch.load(file.name, weights_only=False))))


def mutate(data, others):
    data = bytearray(data)
    for _ in range(RANDOM.choice((1, 1, 1, 2, 4))):
        kind = RANDOM.randrange(7)
        at = RANDOM.randrange(len(data)) if data else 0
        if kind == 0:
            data[at] ^= 1 << RANDOM.randrange(8)
        elif kind == 1:
            data[at] = RANDOM.randrange(256)
        elif kind == 2:
            del data[at : at + RANDOM.choice((1, 4, 64))]
        elif kind == 3:
            data[at:at] = bytes(RANDOM.randrange(256) for _ in range(RANDOM.choice((1, 4))))
        elif kind == 4:
            data = data[:at]
        elif kind == 5:
            other = RANDOM.choice(others)
            start = RANDOM.randrange(len(other))
            piece = other[start : start + 32]
            data[at : at + len(piece)] = piece
        else:
            # A number of the header or the pickle, one more or less.
            data[at] = (data[at] + RANDOM.choice((1, 255))) & 255
        if not data:
            return b"\0"
    return bytes(data)


def main():
    names = sorted(name for name in os.listdir(FOLDER) if name.endswith((".pth", ".safetensors")))
    files = [open(os.path.join(FOLDER, name), "rb").read() for name in names]
    files = [data for data in files if len(data) < 12000]
    ours = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    counts = collections.Counter()
    unexplained = 0
    for number in range(COUNT):
        data = mutate(RANDOM.choice(files), files)
        ours.stdin.write(struct.pack("<Q", len(data)) + data)
        ours.stdin.flush()
        line = ours.stdout.readline()
        if not line:
            open("mutation-that-ended-it", "wb").write(data)
            sys.exit(f"the reader died of mutation {number}")
        answer = json.loads(line)
        if "refused" in answer:
            counts["refused"] += 1
            continue
        counts["accepted"] += 1
        try:
            theirs = of_torch(data)
        except Exception as error:  # whatever torch throws
            text = f"{type(error).__name__}: {error}"
            reason = next((why for what, why in REASONS.items() if what in text), None)
            counts["refused by torch: " + (reason or "UNEXPLAINED")] += 1
            if reason is None:
                unexplained += 1
                print(f"mutation {number}: {text[:300]}")
                with open(f"mutation-{number}", "wb") as file:
                    file.write(data)
            continue
        if sorted(map(json.dumps, theirs)) == sorted(map(json.dumps, answer["tensors"])):
            counts["the same"] += 1
        else:
            counts["different"] += 1
            unexplained += 1
            print(f"mutation {number}:\n  torch {theirs}\n  ours  {answer['tensors']}")
            open(f"mutation-{number}", "wb").write(data)
    for what, count in counts.most_common():
        print(f"{count:8} {what}")
    sys.exit(1 if unexplained or not counts["accepted"] else 0)


main()
