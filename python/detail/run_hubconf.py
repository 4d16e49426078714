"""A hubconf.py, imported and called as torch.hub does it."""

import contextlib
import importlib.util
import inspect
import os
import sys


@contextlib.contextmanager
def first_on_path(folder):
    """`folder` in front of sys.path; afterwards the first entry equal to it is gone, as in torch.hub."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def signature_of(function):
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return ""


class Hubconf:

    def __init__(self, folder):
        self.folder = folder
        # torch.hub's name for the module, suffix and all; some repositories compare with it.
        spec = importlib.util.spec_from_file_location("hubconf.py", os.path.join(folder, "hubconf.py"))
        self.module = importlib.util.module_from_spec(spec)
        with first_on_path(folder):
            spec.loader.exec_module(self.module)

    def entry(self, name):
        """The callable called `name`, or None."""
        found = getattr(self.module, name) if name in dir(self.module) else None
        return found if callable(found) else None

    def describe(self, name):
        """(name, signature, docstring), or None."""
        found = self.entry(name)
        if found is None:
            return None
        docstring = found.__doc__
        return name, signature_of(found), docstring if isinstance(docstring, str) else ""

    def list(self):
        public = [name for name in dir(self.module) if not name.startswith("_")]
        return [self.describe(name) for name in public if self.entry(name) is not None]

    def dependencies(self):
        declared = getattr(self.module, "dependencies", None) or []
        return [name for name in declared if isinstance(name, str)]

    def call(self, name, positional, keywords):
        with first_on_path(self.folder):
            return self.entry(name)(*positional, **keywords)
