"""sys.path as a repository's code leaves it, and what would be found there. Nothing is imported."""

import importlib.machinery
import os
import re
import sys

# What an import finds before any other file of that name, unless a repository's folder comes first on sys.path.
STANDARD = frozenset(sys.stdlib_module_names) | {"torch"}
# Loaded before a repository is, in every process: what it has under these names is never imported.
LOADED = frozenset(sys.builtin_module_names) | {
    "_collections_abc", "abc", "codecs", "encodings", "genericpath", "io", "os", "posixpath", "site", "stat", "torch",
    "zipimport",
}


class SearchPath:

    def __init__(self, folder):
        self.root = os.path.realpath(folder)
        self._program = [entry for entry in sys.path if isinstance(entry, str)]
        # Each with whether it is there for certain; None is an entry that could not be computed.
        self.entries = [(folder, True)] + [(entry, True) for entry in self._program]
        self.is_known = True
        # Whether imports may find what no file shows, because of sys.modules, a finder or an installer.
        self.is_hooked = False
        # Dotted names of installed packages that a repository's code has given something else.
        self.replaced = set()
        # Whether code of other packages has run, which may have edited it.
        self.has_met_others = False
        self._seen = set()
        # The repository's own folders that were put on it, also those that were taken off again.
        self.own_folders = []
        # What is_module() found.
        self._modules = {"os.path": True}
        # What is_elsewhere() found.
        self._elsewhere = {}
        below = [os.path.realpath(entry) + os.sep for entry in self._program if self._is_below(entry)]
        self._foreign = tuple(entry for entry in below if entry != self.root + os.sep)

    def texts(self):
        """sys.path itself; None where not all of it is known."""
        is_known = self.is_known and all(entry is not None and certain for entry, certain in self.entries)
        return [entry for entry, _ in self.entries] if is_known else None

    def replace(self, texts):
        self.entries = []
        self.extend(texts, True)

    def insert(self, index, entry, certain):
        self.entries.insert(index, (entry if isinstance(entry, str) else None, certain))
        if self._is_below(entry) and entry not in self._program and entry not in self.own_folders:
            self.own_folders.append(entry)

    def extend(self, texts, certain):
        for entry in texts:
            self.insert(len(self.entries), entry, certain)

    def find(self, top):
        """The spec of a module, None where there is none; and whether that is certain."""
        certain = self.is_known
        portions = []
        for entry, is_certain in self.entries:
            if entry is None or not self._may_be_read(entry):
                certain = False
                continue
            spec = self._spec(top, entry)
            if spec is None:
                continue
            certain = certain and is_certain
            if spec.loader is not None:
                return spec, certain
            portions += spec.submodule_search_locations
        if not portions:
            return None, certain
        spec = importlib.machinery.ModuleSpec(top, None, is_package=True)
        spec.submodule_search_locations = portions
        return spec, certain

    def find_below(self, name, locations):
        """The spec of the submodule `name` of a package, or None."""
        for location in locations:
            spec = self._spec(name, location)
            if spec is not None:
                return spec
        return None

    def is_own(self, spec):
        """Whether it is the repository's, and not that of a virtual environment inside its folder."""
        places = [spec.origin] if spec.loader is not None else list(spec.submodule_search_locations)
        return all(self._is_below(place) and not os.path.realpath(place).startswith(self._foreign) for place in places)

    def is_elsewhere(self, top):
        """Whether the program finds something else under the name of a repository's module."""
        if top not in self._elsewhere:
            self._elsewhere[top] = any(self._spec(top, entry) is not None for entry in self._program
                                       if not self._is_below(entry))
        return self._elsewhere[top]

    def is_missing(self, name):
        """Whether nothing called `name` could be imported, for certain."""
        top = name.partition(".")[0]
        if top in STANDARD or top in sys.modules:
            return False
        spec, certain = self.find(top)
        if spec is not None or not certain or self.is_hooked:
            return False
        return not _is_found_otherwise(top) and not _is_distribution(name)

    def is_module(self, name):
        """Whether this attribute of an installed package is a module of it; False where it may be something else."""
        if name not in self._modules:
            self._modules[name] = self._is_module(name)
        return self._modules[name]

    def _is_module(self, name):
        parts = name.split(".")
        spec, _ = self.find(parts[0])
        for part in parts[1:]:
            if spec is None or not spec.submodule_search_locations or _binds(spec.origin, part):
                return False
            spec = self.find_below(part, spec.submodule_search_locations)
        return spec is not None

    def is_plain_module(self, top):
        """Whether what `import top` gives is a module, as far as its file shows; some replace themselves."""
        if top in STANDARD:
            return True
        spec, _ = self.find(top)
        return spec is None or "sys.modules[__name__]" not in _text_of(spec.origin)

    def _spec(self, name, entry):
        if entry not in self._seen:
            # What it remembers of a folder may be older than what is written there.
            self._seen.add(entry)
            finder = sys.path_importer_cache.get(entry)
            if hasattr(finder, "invalidate_caches"):
                finder.invalidate_caches()
        try:
            return importlib.machinery.PathFinder.find_spec(name, [entry])
        except (ImportError, OSError, ValueError):
            return None

    def _may_be_read(self, entry):
        """Whether it is the program's or the repository's: nobody's file decides where else is looked."""
        if entry in self._program:
            return True
        return self._is_below(entry) and (os.path.isdir(entry) or not os.path.lexists(entry))

    def _is_below(self, place):
        return isinstance(place, str) and (os.path.realpath(place) + os.sep).startswith(self.root + os.sep)


def _text_of(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read() if path.endswith(".py") else ""
    except (OSError, TypeError):
        return ""


def _binds(path, name):
    """Whether a package's file gives a submodule's name to something else: `from .build import build`."""
    return re.search(rf"\b(def|class)\s+{name}\b|^{name}\s*[:=]"
                     rf"|\bfrom\s+[\w.]*\.{name}\s+import\s+(\*|\([^)]*\b{name}\b|[^(\n]*\b{name}\b)",
                     _text_of(path), re.MULTILINE) is not None


def _is_found_otherwise(top):
    """By a finder of the program's, as editable installations have."""
    usual = (importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter, importlib.machinery.PathFinder)
    for finder in sys.meta_path:
        if finder not in usual:
            try:
                if finder.find_spec(top, None) is not None:
                    return True
            except Exception:
                return True
    return False


def _is_distribution(name):
    """Some repositories name what pip installs ("PyYAML") and not what they import."""
    import importlib.metadata

    try:
        return bool(importlib.metadata.distribution(name))
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return False
