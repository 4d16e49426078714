"""What an entry point returned or a model gave: its tensors by name, its parts, and what there is to tell of it."""

import collections.abc
import dataclasses
import enum
import inspect
import itertools
import json
import pathlib
import types

import torch

# What a person reads.
SHOWN_DEPTH = 6
SHOWN_PARTS = 100
SHOWN_IN_ALL = 1000
SHOWN_TEXT = 10_000
SHOWN_AS_TEXT = (str, bytes, complex, set, frozenset, range, enum.Enum, pathlib.PurePath, torch.device, torch.dtype)


def type_name(value):
    kind = type(value)
    # A class that an expression made has no module.
    module = getattr(kind, "__module__", "builtins")
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def fields_of(value):
    """The names of the parts of a named tuple, or of an object that is there for what it holds, in order; None for anything
    else."""
    kind = type(value)
    if isinstance(value, tuple):
        # torch's own results name theirs for match statements.
        fields = getattr(kind, "_fields", None) or hasattr(kind, "n_fields") and kind.__match_args__
        return fields if fields and len(fields) == len(value) else None
    if isinstance(value, types.SimpleNamespace):
        return list(vars(value))
    if hasattr(kind, "__attrs_attrs__"):
        fields = kind.__attrs_attrs__
    elif dataclasses.is_dataclass(kind):
        fields = dataclasses.fields(value)
    else:
        return None
    # A field without a default value may not have been set.
    return [field.name for field in fields if hasattr(value, field.name)]


def parts_of(value):
    """(name, part) for each part of a mapping, a list, a tuple or what has fields; None for what has none.

    A name continues the name of the whole: ".logits", "[0]", "['a b']".
    """
    if isinstance(value, collections.abc.Mapping):
        return ((key_text(key), value[key]) for key in value)
    fields = fields_of(value)
    if fields is not None:
        return ((f".{name}", getattr(value, name)) for name in fields)
    if isinstance(value, (list, tuple)):
        return ((f"[{index}]", part) for index, part in enumerate(value))
    return None


def key_text(key):
    return f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]"


def leaves_of(value):
    """The names and the objects of what lies in a result and has no parts, tensors and all else, in order."""
    names, leaves = [], []

    def walk(name, part, around):
        parts = None if isinstance(part, torch.Tensor) else parts_of(part)
        if parts is None:
            names.append(name[1:] if name.startswith(".") else name)
            leaves.append(part)
        elif id(part) not in around:
            # What holds itself is looked through once. A copy, since what runs meanwhile may change a dict.
            for end, below in list(parts):
                walk(name + end, below, around | {id(part)})

    walk("", value, frozenset())
    return names, leaves


def part_of(value, name):
    """The part that somebody calls `name`: a mapping's value, a sequence's element, or an attribute."""
    keys = [name]
    try:
        number = json.loads(name)
    except ValueError:
        number = None
    if isinstance(number, (bool, int, float)):
        keys.append(number)
    if isinstance(value, collections.abc.Mapping):
        for key in keys:
            if key in value:
                return value[key]
    elif type(number) is int and hasattr(type(value), "__getitem__"):
        try:
            return value[number]
        except (IndexError, KeyError, TypeError):
            pass
    if hasattr(value, name):
        return getattr(value, name)
    raise LookupError(f"the {type(value).__qualname__} has no part of this name{parts_told(value)}")


def parts_told(value):
    parts = parts_of(value)
    if parts is None:
        return ""
    names = [name.lstrip(".").strip("[]") for name, _ in itertools.islice(parts, 20)]
    return f"; it has {', '.join(names)}" if names else "; it is empty"


def summary_of(value, depth=SHOWN_DEPTH, room=None):
    """A dict: `type`, and what else there is of `parameters`, `value`, `dtype`, `shape`, `signature`, `docstring`,
    `length` and `elements`, the last a list of such dicts, each with its `name`."""
    told = {"type": type_name(value)}
    if isinstance(value, torch.nn.Module):
        told["parameters"] = sum(parameter.numel() for parameter in value.parameters())
        return told
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()
    if isinstance(getattr(value, "shape", None), tuple) and hasattr(value, "dtype"):
        # A tensor, or an array of numpy's.
        return {**told, "dtype": str(value.dtype).replace("torch.", ""), "shape": list(value.shape)}
    if value is None or isinstance(value, (int, float)) and not isinstance(value, enum.Enum):
        return {**told, "value": value}
    if isinstance(value, SHOWN_AS_TEXT):
        text = value if isinstance(value, str) else str(value)
        return {**told, "value": text if len(text) <= SHOWN_TEXT else text[:SHOWN_TEXT] + "..."}
    parts = parts_of(value)
    if parts is not None:
        room = [SHOWN_IN_ALL] if room is None else room
        fields = fields_of(value)
        told["length"] = len(value if fields is None else fields)
        if depth > 0:
            told["elements"] = []
            for name, part in itertools.islice(parts, SHOWN_PARTS):
                if room[0] == 0:
                    break
                room[0] -= 1
                name = name[1:] if name.startswith(".") else name
                told["elements"].append({"name": name, **summary_of(part, depth - 1, room)})
    elif inspect.isroutine(value) or isinstance(value, type):
        told["signature"] = signature_of(value)
        lines = (inspect.getdoc(value) or "").splitlines()
        told["docstring"] = lines[0] if lines else ""
    return told


def signature_of(value):
    try:
        return getattr(value, "__qualname__", "") + str(inspect.signature(value))
    except Exception:
        return getattr(value, "__qualname__", "")
