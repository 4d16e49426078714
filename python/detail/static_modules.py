"""The files of a repository that import each other, read. Nothing of them is run."""

import ast
import builtins
import contextlib
import importlib.machinery
import os

from torchhub_search_path import STANDARD, SearchPath
from torchhub_static_statements import Scope, TooMuch, module_value
from torchhub_static_values import NOTHING, Value, either, external_value, no_callable, plain
from torchhub_syntax_flaw import foreign_syntax

# No repository that is meant well needs more.
MOST_FILES = 500
DEEPEST_CALL = 5


class Repository:
    """A folder whose files may import each other; each is read once."""

    def __init__(self, folder):
        self.folder = folder
        self.path = SearchPath(folder)
        self.modules = {}
        # Why importing hubconf.py fails, by the module that is missing, or by the sentence itself.
        self.problems = {}
        self.files = 0
        self.steps = 0
        # How many of the enclosing blocks may not run.
        self.doubts = 0

    def import_module(self, name):
        """The Module of this dotted name, read, and those that it lies in; None if it is no file of the repository."""
        parts = name.split(".")
        module = self.modules.get(parts[0]) or self.top_module(parts[0])
        if module is None:
            return None
        for part in parts[1:]:
            module = self.submodule(module, part)
            if module is None:
                return None
        return module

    def top_module(self, name):
        spec, certain = self.path.find(name) if name not in STANDARD else (None, True)
        if spec is None or not self.path.is_own(spec):
            return None
        return self.module(name, spec, doubtful=not certain)

    def submodule(self, module, name):
        """A module of a package, read; None where there is none."""
        full = f"{module.name}.{name}"
        if full in self.modules:
            return self.modules[full]
        spec = self.path.find_below(name, module.locations)
        if spec is None:
            return None
        found = self.module(full, spec, doubtful=module.doubtful or module.has_other_path)
        # As the import system does, once the module has run.
        module.bind(name, module_value(found))
        return found

    def module(self, name, spec, doubtful):
        module = self.modules[name] = Module(self, name, spec.origin, spec.submodule_search_locations)
        module.doubtful = doubtful
        is_source = type(spec.loader) is importlib.machinery.SourceFileLoader and self.path.is_own(spec)
        with self.doubting() if doubtful else contextlib.nullcontext():
            if spec.loader is not None:
                module.run(is_source)
        return module

    def call(self, scope, value, node):
        """What a function of the repository returns, where that is data, and what it does to sys.path."""
        module, definition = value.function
        waits = (ast.Yield, ast.YieldFrom, ast.Await)
        arguments = given_to(definition.args, node, scope, module)
        pauses = any(isinstance(part, waits) for part in ast.walk(definition))
        if isinstance(definition, ast.AsyncFunctionDef) or pauses or arguments is None or scope.depth == DEEPEST_CALL:
            if any(other.hides_path for other in [module, *self.modules.values()]):
                self.path.is_known = False
            return Value()
        call = Call(self, module, arguments, scope.depth + 1)
        call.visit_body(definition.body)
        call.end()
        data = call.returned.data if call.returned else NOTHING
        return Value() if data is NOTHING else plain(data)

    def name_of(self, path):
        return os.path.relpath(os.path.realpath(path), self.path.root)

    def tell(self, problem, missing=None):
        """Notes why importing hubconf.py fails, once for each module, unless this is in a block that may not run."""
        if self.doubts == 0:
            self.problems.setdefault(missing or problem, problem)

    @contextlib.contextmanager
    def doubting(self):
        self.doubts += 1
        try:
            yield
        finally:
            self.doubts -= 1


class Module(Scope):
    """A file, or a folder without one that is a package all the same."""

    depth = 0

    def __init__(self, repository, name, file, locations=None):
        super().__init__(repository)
        self.name = name
        self.file = file
        self.locations = list(locations or [])
        self.package = name if locations is not None else name.rpartition(".")[0]
        # Whether it may have names that are not seen; whether it may be something else altogether; whether another
        # file may be the one that Python finds.
        self.is_open = False
        self.is_opaque = False
        self.doubtful = False
        self.hidden = set()
        self.hides_names = self.hides_modules = self.hides_path = False

    def run(self, is_readable=True):
        """Reads the file, and follows its statements."""
        self.repository.files += 1
        if not is_readable or self.repository.files > MOST_FILES:
            self.is_opaque = True
            return
        try:
            self.follow(*self.parsed())
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
            self.is_opaque = True
            if isinstance(error, SyntaxError):
                line = f"line {error.lineno} of " if error.lineno else ""
                foreign = foreign_syntax(error)
                flaw = f"has {foreign}" if foreign else f"is no Python: {error.msg}"
                self.repository.tell(f"{line}{self.repository.name_of(self.file)} {flaw}")

    def parsed(self):
        """The text, and its tree."""
        with open(self.file, "rb") as file:
            source = file.read()
        return source, ast.parse(source, filename=self.file)

    def follow(self, source, tree):
        """Never raises."""
        self.names.update(__name__=plain(self.name), __file__=plain(self.file), __doc__=no_callable())
        doubts = self.repository.doubts
        try:
            if any(word in source for word in (b"global", b"exec", b"sys.", b"f_locals", b"f_back")):
                self.look_into_functions(tree)
            self.visit_body(tree.body)
        except Exception:
            # What is nested too deeply, takes too long, or was never thought of is not known.
            self.is_open = self.is_opaque = True
            self.path.is_known = False
            self.repository.doubts = doubts

    def lookup(self, name):
        if name in self.names:
            return self.names[name]
        return external_value("builtins." + name) if hasattr(builtins, name) else Value()

    def function_of(self, node):
        return self, node

    def open_up(self):
        self.count(len(self.names))
        self.is_open = True
        self.names = {name: value.doubted() for name, value in self.names.items()}

    def replace_module(self):
        self.is_opaque = True

    def look_into_functions(self, tree):
        """What the functions of the file could do to names, if they were called while it is imported."""
        waiting = [(tree, False)]
        while waiting:
            part, is_inside = waiting.pop()
            is_inside = is_inside or isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            waiting += [(below, is_inside) for below in ast.iter_child_nodes(part)]
            if not is_inside:
                continue
            if isinstance(part, ast.Global):
                self.hidden.update(part.names)
            elif isinstance(part, ast.Name) and part.id in ("globals", "exec"):
                self.hides_names = True
            elif isinstance(part, ast.Attribute):
                is_of_sys = isinstance(part.value, ast.Name) and part.value.id in ("sys", "_sys")
                self.hides_path = self.hides_path or is_of_sys and part.attr == "path"
                self.hides_modules = (self.hides_modules or is_of_sys and part.attr == "modules"
                                       or part.attr in ("f_globals", "f_locals", "f_back"))

    def note_own_code(self, value):
        called = [self, *self.repository.modules.values()]
        for module in called:
            for name in module.hidden:
                module.bind(name, Value(module.names[name].entry if name in module.names else None))
            if module.hides_names or module.hides_modules:
                module.open_up()
        if any(module.hides_modules for module in called):
            self.open_up()
            self.path.is_hooked = True
        if not value.function and any(module.hides_path for module in called):
            self.path.is_known = False


class Call(Scope):
    """A function of a file, while it is called."""

    def __init__(self, repository, module, arguments, depth):
        super().__init__(repository)
        self.module = module
        self.file = module.file
        self.package = module.package
        self.names = dict(arguments)
        self.depth = depth
        self.returned = None
        self._doubts_before = repository.doubts

    def lookup(self, name):
        return self.names[name] if name in self.names else self.module.lookup(name)

    def open_up(self):
        self.module.open_up()

    def replace_module(self):
        self.module.replace_module()

    def note_own_code(self, value):
        self.module.note_own_code(value)

    def visit_Return(self, node):
        value = self.evaluate(node.value) if node.value else plain(None)
        self.note_effects(node.value)
        self.returned = value if self.returned is None else either(self.returned, value)
        self.has_ended = True
        if self.repository.doubts > self._doubts_before:
            self._may_have_ended = True

    _may_have_ended = False

    def visit_body(self, body):
        for node in body:
            if self._may_have_ended and not self.has_ended and self.repository.doubts == self._doubts_before:
                # It may have returned before, in a block that may have run.
                self.repository.doubts += 1
            super().visit_body([node])

    def end(self):
        self.repository.doubts = self._doubts_before
        if self.returned is not None and not self.has_ended:
            self.returned = either(self.returned, plain(None))


def given_to(parameters, node, scope, module):
    """The values of a call's parameters by name; None where they cannot be told."""
    if any(isinstance(part, ast.Starred) for part in node.args) or any(part.arg is None for part in node.keywords):
        return None
    names = [parameter.arg for parameter in parameters.posonlyargs + parameters.args]
    defaults = dict(zip(names[len(names) - len(parameters.defaults):], parameters.defaults))
    defaults.update(zip((parameter.arg for parameter in parameters.kwonlyargs), parameters.kw_defaults))
    values = {name: module.evaluate(default) for name, default in defaults.items() if default}
    values.update((rest.arg, no_callable()) for rest in (parameters.vararg, parameters.kwarg) if rest)
    values.update(zip(names, map(scope.evaluate, node.args)))
    values.update((keyword.arg, scope.evaluate(keyword.value)) for keyword in node.keywords)
    return values
