"""A repository's own modules, apart from those of other repositories and of the program.

CPython keeps one table of modules, sys.modules, so that a second repository's `utils` would be the first
one's. Here each repository has a table of its own. Its modules stand in sys.modules, and its folder on
sys.path, only while its turn lasts: while its hubconf.py runs, while an entry point runs, and while an import
inside one of its functions runs later. For that the modules carry a `__builtins__` of their own, whose
`__import__` takes the turn; the import statement looks there first.
"""

import builtins
import importlib
import importlib._bootstrap_external
import importlib.machinery
import importlib.util
import os
import sys
import threading
import types

# Not hidden where they are loaded, although the repository may have files of these names: everybody's.
_SHARED = frozenset(sys.stdlib_module_names) | {"torch"}


class _Turns:
    """One repository at a time, any number of its threads; a thread may take another's turn inside its own."""

    class Turn:

        def __init__(self, repository):
            self.repository = repository
            self.threads = 0
            self.imports = 0  # of those, the ones that import: their modules must not be swapped meanwhile

    # Two threads that import and each want another's turn wait for each other in vain.
    PATIENCE = 5.0

    def __init__(self):
        self._changed = threading.Condition()
        self._turns = []
        self._mine = threading.local()

    def enter(self, repository, is_import):
        mine = self._mine.__dict__.setdefault("turns", [])
        with self._changed:
            while True:
                last = self._turns[-1] if self._turns else None
                if last is not None and last.repository is repository:
                    break
                if last is None or (mine and mine[-1][0] is last):
                    if last is not None:
                        if not self._may_be_put_aside(last, mine):
                            continue
                        last.repository.withdraw()
                    last = self.Turn(repository)
                    self._turns.append(last)
                    repository.appear()
                    break
                self._changed.wait()
            last.threads += 1
            last.imports += is_import
            mine.append((last, is_import))

    def _may_be_put_aside(self, turn, mine):
        """Waits for the imports of other threads in it. False where the turn is another's by then."""
        own = sum(is_import for other, is_import in mine if other is turn)
        self._changed.wait_for(lambda: turn.imports == own or self._turns[-1] is not turn, self.PATIENCE)
        return self._turns[-1] is turn

    def leave(self):
        with self._changed:
            turn, is_import = self._mine.turns.pop()
            turn.threads -= 1
            turn.imports -= is_import
            if self._turns[-1].threads == 0:
                self._turns[-1].repository.withdraw()
                while self._turns and self._turns[-1].threads == 0:
                    self._turns.pop()
                if self._turns:
                    self._turns[-1].repository.appear()
            self._changed.notify_all()


class _Importing:
    """`with` it, as with the repository, for as long as something is imported."""

    def __init__(self, repository):
        self._repository = repository

    def __enter__(self):
        _turns.enter(self._repository, True)

    def __exit__(self, *raised):
        _turns.leave()


_turns = _Turns()


class RepositoryModules:
    """`with` it, the repository's modules are those that imports find."""

    def __init__(self, folder):
        self.folder = folder
        self._root = os.path.realpath(folder) + os.sep
        # A virtual environment inside the folder is not the repository's.
        below = [os.path.realpath(entry) + os.sep for entry in sys.path if self._is_below(entry)]
        self._foreign = [entry for entry in below if entry != self._root]
        self._modules = {}
        self._found = set()
        self._folders = {}
        self._front = [folder]
        self._back = []
        self._hidden = {}
        self._program_path = []
        self._names = self._names_in(self._front)
        self.importing = _Importing(self)
        self.importlib = _Importlib(self)
        self.builtins = dict(builtins.__dict__, __import__=self._import)

    def __enter__(self):
        _turns.enter(self, False)
        return self

    def __exit__(self, *raised):
        _turns.leave()

    def execute(self, name, path):
        """A module made of the file, found under `name` as long as the turn lasts."""
        loader = _Loader(name, path)
        loader.repository = self
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
        module = importlib.util.module_from_spec(spec)
        self._found.add(name)
        sys.modules[name] = module
        loader.exec_module(module)
        return module

    def may_have(self, name):
        """Whether a module of this dotted name could be the repository's."""
        top = name.partition(".")[0]
        return top in self._names.any or top in self._modules or name in self._found

    # The turn begins and ends.

    def appear(self):
        own = self._names.regular | {name.partition(".")[0] for name in self._modules}
        self._hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in own}
        sys.modules.update(self._modules)
        self._program_path = list(sys.path)
        sys.path[:0] = self._front
        sys.path.extend(self._back)
        sys.meta_path.insert(0, self)

    def withdraw(self):
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._take_path_back()
        own = self._names.regular
        self._modules = {
            name: module
            for name, module in list(sys.modules.items())
            if name in self._found or name.partition(".")[0] in own
        }
        for name in self._modules:
            del sys.modules[name]
        sys.modules.update(self._hidden)
        self._hidden = {}

    def _take_path_back(self):
        """What the repository put on sys.path of its own folders leaves it, and comes back with the next turn."""
        before = [entry for entry in self._program_path if self._is_own(entry)]
        own, others = [], []
        for entry in reversed(sys.path):
            if not self._is_own(entry):
                others.append(entry)
            elif entry in before:
                before.remove(entry)
                others.append(entry)
            else:
                own.append((entry, len(others)))
        sys.path[:] = reversed(others)
        own.reverse()
        # In front of everything, or not; `folder` always, as torch.hub puts it there for each call.
        front = dict.fromkeys([self.folder] + [entry for entry, behind in own if behind == len(others)])
        back = dict.fromkeys(entry for entry, _ in own if entry not in front)
        if list(front) != self._front or list(back) != self._back:
            self._front, self._back = list(front), list(back)
            self._names = self._names_in(self._front + self._back)

    # A finder of sys.meta_path, during the turn.

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if self._is_only_compiled(spec):
            spec = self._find_beside(spec, name, path, target)
            if not self._owns(spec):
                return spec
        if spec is None or not self._owns(spec):
            return None
        self._found.add(name)
        if type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
            spec.loader.repository = self
        return spec

    def _is_only_compiled(self, spec):
        return (
            spec is not None
            and type(spec.loader) is importlib.machinery.SourcelessFileLoader
            and self._owns(spec)
        )

    def _find_beside(self, spec, name, path, target):
        """What the path has beside compiled code without a source, which is none of the repository's.

        The next finder would take that: there has to be another one, or none.
        """
        path = list(sys.path if path is None else path)
        while self._is_only_compiled(spec):
            folder = os.path.dirname(os.path.realpath(spec.origin))
            if spec.submodule_search_locations is not None:
                folder = os.path.dirname(folder)
            others = [entry for entry in path if os.path.realpath(entry) != folder]
            spec = None
            if len(others) < len(path):
                path = others
                spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return spec

    def _owns(self, spec):
        places = list(spec.submodule_search_locations or [])
        return any(self._is_own(place) for place in ([spec.origin] if spec.has_location else places))

    def is_own_folder(self, folder):
        """Whether a file in it is the repository's; remembered, for imports of everybody ask."""
        if not os.path.isabs(folder):
            return self._is_own(folder)
        own = self._folders.get(folder)
        if own is None:
            own = self._folders[folder] = self._is_own(folder)
        return own

    def _is_own(self, path):
        return self._is_below(path) and not any(
            (os.path.realpath(path) + os.sep).startswith(place) for place in self._foreign
        )

    def _is_below(self, path):
        return isinstance(path, str) and bool(path) and (os.path.realpath(path) + os.sep).startswith(self._root)

    class _Names:

        def __init__(self):
            self.regular = set()  # modules, and packages with an __init__.py
            self.any = set()  # folders without one, too

    def _names_in(self, folders):
        names = self._Names()
        for folder in folders:
            for entry in os.scandir(folder) if os.path.isdir(folder) else ():
                name = entry.name.partition(".")[0]
                if not name.isidentifier() or name in _SHARED:
                    continue
                is_package = os.path.exists(os.path.join(entry.path, "__init__.py"))
                if is_package or entry.name.endswith((".py", ".so")):
                    names.regular.add(name)
                names.any.add(name)
        return names

    # The import statement inside the repository's modules.

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        if level == 0 and not self.may_have(name):
            try:
                module = builtins.__import__(name, globals, locals, fromlist, level)
            except ModuleNotFoundError as missing:
                # It may have been written into the folder meanwhile.
                if missing.name != name.partition(".")[0]:
                    raise
            else:
                return self.importlib if module is importlib else module
        module = self._loaded(name, globals, fromlist, level)
        if module is not None:
            return module
        with self.importing:
            return builtins.__import__(name, globals, locals, fromlist, level)

    def _loaded(self, name, globals, fromlist, level):
        """What the statement gives if there is nothing to load; for statements that run again and again."""
        if level > 0:
            package = (globals or {}).get("__package__")
            if not package or not fromlist:
                return None
            package = package.rsplit(".", level - 1)[0]
            name = f"{package}.{name}" if name else package
        module = self._modules.get(name)
        if module is None or getattr(module.__spec__, "_initializing", False):
            return None
        if not fromlist:
            return self._modules.get(name.partition(".")[0])
        return module if all(item != "*" and hasattr(module, item) for item in fromlist) else None


class _Loader(importlib.machinery.SourceFileLoader):
    """Gives a repository's module its builtins before the module runs."""

    def exec_module(self, module):
        module.__dict__["__builtins__"] = self.repository.builtins
        super().exec_module(module)


class _Importlib(types.ModuleType):
    """importlib as a repository sees it."""

    def __init__(self, repository):
        super().__init__("importlib")
        self._repository = repository

    def import_module(self, name, package=None):
        with self._repository.importing:
            return importlib.import_module(name, package)

    def __getattr__(self, name):
        return getattr(importlib, name)


_cache_from_source = importlib._bootstrap_external.cache_from_source


def _cache_outside_repositories(path, *args, **kwargs):
    """Where a source's compiled code is kept: a repository's nowhere, however it is loaded.

    What is kept may say other things than the source (PEP 552), and nobody pins it. importlib compiles a source
    anew, and writes nothing, where it is told that there is no such place.
    """
    folder = os.path.dirname(path)
    if any(known.is_own_folder(folder) for _, known in list(_known.values())):
        raise NotImplementedError("a repository's code is compiled anew")
    return _cache_from_source(path, *args, **kwargs)


importlib._bootstrap_external.cache_from_source = _cache_outside_repositories

_known = {}
_known_lock = threading.Lock()


def modules_of(folder):
    """The modules of the repository in `folder`; those that were imported before while the folder is the same."""
    status = os.stat(folder)
    identity = status.st_dev, status.st_ino
    with _known_lock:
        known = _known.get(folder)
        if known is None or known[0] != identity:
            known = _known[folder] = identity, RepositoryModules(folder)
        return known[1]
