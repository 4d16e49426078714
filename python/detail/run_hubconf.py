"""A hubconf.py, imported and called as torch.hub does it, but among modules of its own."""

import contextlib
import importlib.util
import inspect
import os

from torchhub_repository_modules import modules_of


def signature_of(function):
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return ""
    except Exception:
        return signature_as_written(function)


def signature_as_written(function):
    """Since Python 3.14 annotations are evaluated when somebody asks for them, and may name what is not there."""
    try:
        from annotationlib import Format
        return inspect.signature(function, annotation_format=Format.STRING).format(quote_annotation_strings=False)
    except Exception:
        return ""


def description_of(name, function):
    docstring = function.__doc__
    return name, signature_of(function), docstring if isinstance(docstring, str) else ""


def is_there(name):
    """Whether a module of this name can be found, or a distribution: some repositories name what pip installs."""
    try:
        if importlib.util.find_spec(name) is not None:
            return True
    except ValueError:
        # A module without a spec, which somebody made: it is there.
        return True
    except ImportError:
        return False
    # Imported here, since it costs a process that only lists more than all else of this file.
    from importlib import metadata
    try:
        return bool(metadata.distribution(name))
    except (metadata.PackageNotFoundError, ValueError):
        return False


class Hubconf:

    def __init__(self, folder, functions=None, checks_dependencies=False):
        self.modules = modules_of(folder)
        self.functions = functions
        self.checks_dependencies = checks_dependencies
        with self.modules, self.engine():
            # torch.hub's name for the module, suffix and all; some repositories compare with it.
            self.module = self.modules.execute("hubconf.py", os.path.join(folder, "hubconf.py"))

    def engine(self):
        """The program's torch.hub, around code of the repository."""
        if not self.functions:
            return contextlib.nullcontext()
        # A process that only lists has no torch.hub of the program's, and does without the scripts behind it.
        from torchhub_hub_functions import Engine
        return Engine(self.functions, self.modules)

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
        return None if found is None else description_of(name, found)

    def describe_all(self):
        """Of every callable, hidden ones too."""
        found = ((name, getattr(self.module, name)) for name in dir(self.module))
        return [description_of(name, entry) for name, entry in found if callable(entry)]

    def list(self):
        return [description for description in self.describe_all() if not description[0].startswith("_")]

    def dependencies(self):
        declared = getattr(self.module, "dependencies", None) or []
        return [name for name in declared if isinstance(name, str)]

    def check_dependencies(self):
        missing = [name for name in self.dependencies() if not is_there(name)]
        if missing:
            raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")

    def call(self, name, positional, keywords):
        with self.modules, self.engine():
            if self.checks_dependencies:
                self.check_dependencies()
            return self.entry(name)(*positional, **keywords)
