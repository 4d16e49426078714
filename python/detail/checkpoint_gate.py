"""What torch.load reads while a repository's code runs: judged first, and then read by an unpickler that imports what
was judged and nothing else.

A file that the judge and Python read in different ways, or that changes in between, so gets nothing else imported.
"""

import contextlib
import importlib
import inspect
import io
import os
import pickle
import types

# Names of Python 2 and of older releases, by today's; as archive/detail/torch_globals.cc has them.
_MODULES = {
    "__builtin__": "builtins",
    "copy_reg": "copyreg",
    "torch.tensor": "torch._tensor",
    "numpy._core.multiarray": "numpy.core.multiarray",
    "numpy._core.numeric": "numpy.core.numeric",
}
_BUILTINS = {"xrange": "range", "unicode": "str", "long": "int"}


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
        names = self._judged(arguments["f"])
        if _runs_pickles(arguments):
            arguments["pickle_module"] = _importing_only(names, arguments.get("pickle_module") or pickle)
            arguments["weights_only"] = False
        return original(*given.args, **given.kwargs)

    def _judged(self, f):
        """The names that reading `f` may import."""
        with _as_path(f) as path:
            if path is None:
                return frozenset()
            refused, allowed, damage = self._scan(path)
        shown = os.fspath(f) if isinstance(f, (str, os.PathLike)) else getattr(f, "name", "a file object")
        own = {name for name in refused if self._is_class_of_a_model(name)}
        refused = [name for name in refused if name not in own]
        if refused:
            raise RuntimeError(
                f"{shown} is not read: torch.load would run {refused[0]}"
                + (f" and {len(refused) - 1} more" if len(refused) > 1 else "")
                + "; --unsafe-checkpoints (in C++, unsafe_checkpoints(true)) allows it"
            )
        if damage:
            raise RuntimeError(f"{shown} is not read: what it would run cannot be told: {damage}")
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


def _importing_only(names, module):
    """A pickle module that is `module`, but for what its unpickler may import."""

    class Unpickler(module.Unpickler):

        def find_class(self, place, name):
            full = f"{_MODULES.get(place, place)}.{_BUILTINS.get(name, name) if place == '__builtin__' else name}"
            if full not in names:
                raise pickle.UnpicklingError(f"{full} is not imported: it was not there when the file was judged")
            return super().find_class(place, name)

    def load(file, **options):
        return Unpickler(file, **options).load()

    def loads(data, **options):
        return load(io.BytesIO(data), **options)

    limited = types.ModuleType(module.__name__)
    limited.__dict__.update(module.__dict__, Unpickler=Unpickler, load=load, loads=loads)
    return limited
