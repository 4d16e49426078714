"""The functions of torch, numpy, joblib and pandas that read files which may run code, led through the gate of
checkpoint_gate.py while a repository's code runs.

torch.load has its place in hub_functions.py. Of modules that nobody has imported yet, the functions are led as soon as
somebody does. A program's other ways to run a file, such as pickle.load, are its own.
"""

import functools
import importlib.machinery
import inspect
import pickle
import sys
import types


class Loaders:
    """`gate()` gives the Gate of the call that a thread is in, or None."""

    def __init__(self, gate):
        self._gate = gate
        self._originals = []

    def install(self):
        for name in _LOADERS:
            if name in sys.modules:
                self._lead(sys.modules[name])
        at = next((i for i, f in enumerate(sys.meta_path) if f is importlib.machinery.PathFinder), 0)
        sys.meta_path.insert(at, self)

    def restore(self):
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for owner, name, original in reversed(self._originals):
            setattr(owner, name, original)
        self._originals.clear()

    def find_spec(self, name, path=None, target=None):
        """Finds nothing by itself: what Python finds is led once it has run."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if name in _LOADERS else None
        if spec is None or not hasattr(spec.loader, "exec_module"):
            return None
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            if self in sys.meta_path:
                self._lead(module)

        spec.loader.exec_module = exec_module
        return spec

    def _lead(self, module):
        for path, wrap in _LOADERS[module.__name__]:
            owner = module
            *classes, name = path.split(".")
            for part in classes:
                owner = getattr(owner, part, None)
            original = getattr(owner, name, None)
            # A name beside the function's own module may stand for what was led there.
            if original is None or hasattr(original, "_torchhub_gated"):
                continue
            led = wrap(original, self._gate)
            # A repository's own module of that name.
            if led is None:
                continue
            led._torchhub_gated = True
            self._originals.append((owner, name, original))
            setattr(owner, name, led)


def _judged(argument, shown):
    """Of a function that reads the file that it is given as `argument`."""

    def wrap(original, gate):
        signature = inspect.signature(original)
        if argument not in signature.parameters:
            return None

        @functools.wraps(original)
        def load(*args, **kwargs):
            current = gate()
            if current is not None:
                current.judge(signature.bind(*args, **kwargs).arguments[argument], shown)
            return original(*args, **kwargs)

        return load

    return wrap


def _refused(shown):
    """Of what runs the code in a file and is of no use otherwise."""

    def wrap(original, gate):

        @functools.wraps(original)
        def call(*args, **kwargs):
            current = gate()
            if current is not None:
                current.refuse(f"{shown} runs what is in a file")
            return original(*args, **kwargs)

        return call

    return wrap


def _unpickled(shown):
    """Of the functions that torch.load is made of, for who calls them himself."""

    def wrap(original, gate):
        signature = inspect.signature(original)

        @functools.wraps(original)
        def load(*args, **kwargs):
            current = gate()
            if current is None:
                return original(*args, **kwargs)
            given = signature.bind(*args, **kwargs)
            current.limit(given.arguments, shown)
            return original(*given.args, **given.kwargs)

        return load

    return wrap


def _pickles(shown):
    """Of a module's `pickle`, through which it reads what lies behind a header of its own."""

    def wrap(original, gate):

        def load(file, **options):
            current = gate()
            return original.load(file, **options) if current is None else current.unpickle(file, shown, options)

        led = types.ModuleType(original.__name__)
        led.__dict__.update(original.__dict__, load=load)
        return led

    return wrap


def _telling(original, gate):
    """Of numpy.load, which calls whatever goes wrong in a pickle a failure to read one."""

    @functools.wraps(original)
    def load(*args, **kwargs):
        try:
            return original(*args, **kwargs)
        except pickle.UnpicklingError as error:
            if isinstance(error.__cause__, RuntimeError):
                raise error.__cause__ from None
            raise

    return load


_LOADERS = {
    "torch.serialization": [
        ("_load", _unpickled("torch.serialization._load")),
        ("_legacy_load", _unpickled("torch.serialization._legacy_load")),
    ],
    "torch.jit._serialization": [("load", _judged("f", "torch.jit.load"))],
    "torch.jit.mobile": [("_load_for_lite_interpreter", _refused("torch.jit.mobile"))],
    "torch.jit": [("load", _judged("f", "torch.jit.load"))],
    "torch.export": [("load", _judged("f", "torch.export.load"))],
    "torch.export.pt2_archive._package": [("load_pt2", _judged("f", "load_pt2"))],
    "torch._inductor": [("aoti_load_package", _refused("torch._inductor.aoti_load_package"))],
    "torch.package.package_importer": [("PackageImporter.__init__", _refused("torch.package.PackageImporter"))],
    "torch.distributed.checkpoint.filesystem": [("pickle", _pickles("torch.distributed.checkpoint"))],
    "numpy.lib.format": [("pickle", _pickles("numpy.load"))],
    "numpy.lib._format_impl": [("pickle", _pickles("numpy.load"))],
    "numpy.lib.npyio": [("pickle", _pickles("numpy.load")), ("load", _telling)],
    "numpy.lib._npyio_impl": [("pickle", _pickles("numpy.load")), ("load", _telling)],
    "numpy": [("load", _telling)],
    "joblib.numpy_pickle": [("load", _judged("filename", "joblib.load"))],
    "joblib": [("load", _judged("filename", "joblib.load"))],
    "pandas.io.pickle": [("read_pickle", _judged("filepath_or_buffer", "pandas.read_pickle"))],
    "pandas": [("read_pickle", _judged("filepath_or_buffer", "pandas.read_pickle"))],
}
