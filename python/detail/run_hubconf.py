"""A hubconf.py, imported and called as torch.hub does it, but among modules of its own."""

import contextlib
import inspect
import os

from torchhub_hub_functions import Engine
from torchhub_repository_modules import modules_of


def signature_of(function):
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return ""


class Hubconf:

    def __init__(self, folder, functions=None):
        self.modules = modules_of(folder)
        self.functions = functions
        with self.modules, self.engine():
            # torch.hub's name for the module, suffix and all; some repositories compare with it.
            self.module = self.modules.execute("hubconf.py", os.path.join(folder, "hubconf.py"))

    def engine(self):
        """The program's torch.hub, around code of the repository."""
        return Engine(self.functions, self.modules) if self.functions else contextlib.nullcontext()

    @contextlib.contextmanager
    def running(self):
        """Around code of the repository: its modules, and the program's torch.hub."""
        with self.modules, self.engine():
            yield

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
        with self.modules, self.engine():
            return self.entry(name)(*positional, **keywords)
