"""What torch.load and its like read while a repository's code runs: judged first, and then read by an unpickler that
imports what was judged and nothing else.

A file that the judge and Python read in different ways, or that changes in between, so gets nothing else imported.
"""

import contextlib
import dataclasses
import enum
import importlib
import inspect
import io
import os
import pickle
import pickletools
import sys
import types

# Names of Python 2 and of older releases, by today's; as archive/detail/torch/torch_globals.h has them.
_MODULES = {
    "__builtin__": "builtins",
    "copy_reg": "copyreg",
    "torch.tensor": "torch._tensor",
    "pathlib._local": "pathlib",
    "numpy._core.multiarray": "numpy.core.multiarray",
    "numpy._core.numeric": "numpy.core.numeric",
}
_BUILTINS = {"xrange": "range", "unicode": "str", "long": "int"}
_ARRAY = b"\x93NUMPY"
_ALLOWING = "--unsafe-checkpoints (in C++, unsafe_checkpoints(true)) allows it"


class Gate:
    """`scan(path)` gives the names that would be imported and are refused, those that are allowed, and why the file
    cannot be told to its end, or ""."""

    def __init__(self, scan, modules):
        self._scan = scan
        self._modules = modules

    def load(self, original, *args, **kwargs):
        """torch.load, which is `original`. Raises for a file whose pickle would do more than make data and the
        repository's own objects."""
        given = inspect.signature(original).bind(*args, **kwargs)
        arguments = given.arguments
        if arguments.get("weights_only") is True:
            return original(*given.args, **given.kwargs)
        names = self._judged(arguments["f"], "torch.load")
        if _runs_pickles(arguments):
            arguments["pickle_module"] = _importing_only(names, arguments.get("pickle_module") or pickle)
            arguments["weights_only"] = False
        return original(*given.args, **given.kwargs)

    def judge(self, f, shown):
        """For a function, `shown`, that reads `f` by itself: raises as load() does, and where `f` is no regular file."""
        if self._judged(f, shown) is None and not _is_missing(f):
            self.refuse(f"{shown} would read what is no regular file")

    def refuse(self, why):
        raise RuntimeError(f"{why}, which a repository may not; {_ALLOWING}")

    def limit(self, arguments, shown):
        """For the functions that torch.load is made of, with the arguments of a call of one."""
        module = arguments.get("pickle_module") or pickle
        if isinstance(module, _Limited) or getattr(module, "__name__", "") == "torch._weights_only_unpickler":
            return
        if "f" not in arguments:
            self.refuse(f"{shown} is called by itself")
        arguments["pickle_module"] = _importing_only(self._judged(arguments["f"], shown) or (), module)

    def unpickle(self, file, shown, options):
        """pickle.load(file), of what lies from its position on."""
        start = file.tell()
        data = file.read()
        if _ARRAY in data:
            # Another array follows.
            data = data[: _end_of_pickle(data)]
        copy = io.BytesIO(data)
        copy.name = getattr(file, "name", "a file object")
        names = self._judged(copy, shown)
        value = _importing_only(names, pickle).load(copy, **options)
        file.seek(start + copy.tell())
        return value

    def _judged(self, f, shown):
        """The names that reading `f` may import; None of what is no regular file."""
        with _as_path(f) as path:
            if path is None:
                return None
            refused, allowed, damage = self._scan(path)
        name = os.fspath(f) if isinstance(f, (str, os.PathLike)) else getattr(f, "name", "a file object")
        own = {name for name in refused if self._is_class_of_a_model(name)}
        if shown == "torch.distributed.checkpoint":
            own.update(name for name in refused if _is_metadata(name))
        refused = [name for name in refused if name not in own]
        if refused:
            raise RuntimeError(
                f"{name} is not read: {shown} would run {refused[0]}"
                + (f" and {len(refused) - 1} more" if len(refused) > 1 else "")
                + f"; {_ALLOWING}"
            )
        if damage:
            raise RuntimeError(f"{name} is not read: what it would run cannot be told: {damage}")
        return own.union(allowed)

    def _is_class_of_a_model(self, name):
        """Whether it is a class of torch.nn or the repository's own: what a checkpoint of a whole model is made of."""
        place, _, attribute = name.rpartition(".")
        if not place.startswith("torch.nn.modules.") and not self._modules.may_have(place):
            return False
        try:
            found = getattr(importlib.import_module(place), attribute)
        except (ImportError, AttributeError):
            return False
        # Defined there: what a module has imported from elsewhere does not count.
        return isinstance(found, type) and found.__module__ == place


def _is_metadata(name):
    """Whether the description of a distributed checkpoint names it: a record or an enumeration of torch's, or getattr,
    by which members of enumerations are pickled."""
    if name == "builtins.getattr":
        return True
    place, _, attribute = name.rpartition(".")
    found = getattr(sys.modules.get(place), attribute, None)
    return (
        place.startswith("torch.distributed.checkpoint.")
        and isinstance(found, type)
        and found.__module__ == place
        and (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum))
    )


def _end_of_pickle(data):
    """Where pickletools sees it; whatever else a reader sees is not given to it."""
    try:
        return max(position for _, _, position in pickletools.genops(data)) + 1
    except Exception:
        return len(data)


def _member(kind, name):
    """What stands for getattr in a pickle."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind[name]
    raise pickle.UnpicklingError("getattr is called for more than a member of an enumeration")


def _is_missing(f):
    """Whether opening it will fail, which tells more than a refusal."""
    return isinstance(f, (str, os.PathLike)) and "://" not in os.fspath(f) and not os.path.exists(f)


@contextlib.contextmanager
def _as_path(f):
    """A path at which what torch.load would read of `f` can be read; None where that is no regular file."""
    if isinstance(f, (str, os.PathLike)):
        yield os.fspath(f) if os.path.isfile(f) else None
        return
    if type(f) in (io.BufferedReader, io.BufferedRandom, io.FileIO) and f.tell() == 0:
        yield f"/proc/self/fd/{f.fileno()}"
        return
    try:
        start = f.tell()
        rest = f.read()
        f.seek(start)
    except (AttributeError, OSError, TypeError, ValueError):
        # torch.load will say what it lacks.
        yield None
        return
    with open(os.memfd_create("checkpoint"), "wb") as copy:
        copy.write(rest)
        copy.flush()
        yield f"/proc/self/fd/{copy.fileno()}"


def _runs_pickles(arguments):
    """Whether torch.load leaves the reading to a pickle_module, with these arguments."""
    import torch.serialization

    def is_set(variable):
        return os.environ.get(variable, "0").lower() in ("1", "y", "yes", "true")

    if is_set("TORCH_FORCE_WEIGHTS_ONLY_LOAD"):
        return False
    weights_only = arguments.get("weights_only")
    if weights_only is None:
        # Before 2.6, nothing was False.
        default = getattr(torch.serialization, "_default_to_weights_only", None)
        weights_only = default is not None and default(arguments.get("pickle_module"))
        weights_only = weights_only and not is_set("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    return not weights_only


class _Limited(types.ModuleType):
    """What _importing_only() makes."""


def _importing_only(names, module):
    """A pickle module that is `module`, but for what its unpickler may import."""
    names = names or ()

    class Unpickler(module.Unpickler):

        def find_class(self, place, name):
            full = f"{_MODULES.get(place, place)}.{_BUILTINS.get(name, name) if place == '__builtin__' else name}"
            if full not in names:
                raise pickle.UnpicklingError(f"{full} is not imported: it was not there when the file was judged")
            if full == "builtins.getattr":
                return _member
            return super().find_class(place, name)

    def load(file, **options):
        return Unpickler(file, **options).load()

    def loads(data, **options):
        return load(io.BytesIO(data), **options)

    limited = _Limited(module.__name__)
    limited.__dict__.update(module.__dict__, Unpickler=Unpickler, load=load, loads=loads)
    return limited
