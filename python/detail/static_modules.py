"""The files of a repository that import each other, read. Nothing of them is run."""

import ast
import builtins
import contextlib
import importlib.machinery
import os
import warnings

from torchhub_search_path import LOADED, STANDARD, SearchPath
from torchhub_static_effects import OF_MODULES
from torchhub_static_statements import Scope, bound_names, module_value
from torchhub_static_values import NOTHING, Value, either, external_value, joined, no_callable, plain
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
        # Whether all that importing does was seen, and does not fail; whether code has run that may do anything.
        self.is_complete = True
        self.has_lost_track = False
        self._caught = []

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
        spec, certain = self.path.find(name) if name not in LOADED else (None, True)
        if spec is None or not self.path.is_own(spec):
            return None
        if name in STANDARD or self.path.is_elsewhere(name):
            # Python takes the other one where torch, or the program, has loaded it before.
            certain = self.is_complete = False
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

    def call(self, scope, value, positional, keywords, node):
        """What a function of the repository returns, and what it does; `node` is where it is called."""
        module, definition, defaults = value.function
        arguments = given_to(definition.args, positional, keywords, defaults)
        if arguments is None:
            scope.fail("TypeError", node, f"calls {definition.name} with other arguments than it takes", certain=True)
            return Value()
        if isinstance(definition, ast.AsyncFunctionDef) or pauses(definition):
            # Its code runs when somebody asks what it gave.
            return Value()
        if scope.depth == DEEPEST_CALL:
            self.lose_track()
            return Value()
        call = Call(self, module, arguments, scope.depth + 1, local_names(definition))
        call.visit_body(definition.body)
        call.end()
        if call.returned is None:
            scope.has_ended = scope.has_ended or call.has_ended
            return plain(None)
        result = call.returned
        if result.container:
            scope.give_away(result)
        if result.data is not NOTHING:
            return plain(result.data)
        return Value(quiet=result.quiet, foreign=result.foreign)

    def class_body(self, scope):
        return ClassBody(self, scope)

    def name_of(self, path):
        return os.path.relpath(os.path.realpath(path), self.path.root)

    def tell(self, problem, missing=None):
        """Notes why importing hubconf.py fails, once for each module, unless this is in a block that may not run."""
        if self.doubts == 0:
            self.problems.setdefault(missing or problem, problem)

    def lose_track(self):
        """Code runs that may do anything: to names, modules and sys.path."""
        self.is_complete = False
        self.has_lost_track = self.path.is_hooked = True
        self.path.is_known = False

    def catches(self, kind):
        """Whether a block around the statement that is followed catches this built-in exception."""
        raised = getattr(builtins, kind, Exception)
        return isinstance(raised, type) and issubclass(raised, tuple(self._caught))

    @contextlib.contextmanager
    def catching(self, kinds):
        self._caught.extend(kinds)
        try:
            yield
        finally:
            del self._caught[len(self._caught) - len(kinds):]

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

    def run(self, is_readable=True):
        """Reads the file, and follows its statements."""
        self.repository.files += 1
        if not is_readable or self.repository.files > MOST_FILES:
            self.is_opaque = True
            self.lose_track()
            return
        try:
            source, tree = self.parsed()
        except SyntaxError as error:
            self.is_opaque = True
            self.refuse(error)
        except (ValueError, OSError, RecursionError, MemoryError):
            self.is_opaque = True
            self.lose_track()
        else:
            self.compile(source)
            self.follow(tree)

    def parsed(self):
        """The text, and its tree."""
        with open(self.file, "rb") as file:
            source = file.read()
        return source, ast.parse(source, filename=self.file)

    def compile(self, source):
        """The compiler refuses what the parser takes: `return` outside of a function, a late `global`."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(source, self.file, "exec", dont_inherit=True)
        except SyntaxError as error:
            self.refuse(error)
        except (ValueError, RecursionError, MemoryError):
            self.repository.is_complete = False

    def refuse(self, error):
        if not self.repository.catches("SyntaxError"):
            line = f"line {error.lineno} of " if error.lineno else ""
            foreign = foreign_syntax(error)
            flaw = f"has {foreign}" if foreign else f"is no Python: {error.msg}"
            self.repository.tell(f"{line}{self.repository.name_of(self.file)} {flaw}")
            self.repository.is_complete = False

    def follow(self, tree):
        """Never raises."""
        self.names.update(__name__=plain(self.name), __file__=plain(self.file), __doc__=no_callable())
        doubts = self.repository.doubts
        try:
            self.evaluates_annotations = self.evaluates_annotations and not postpones_annotations(tree)
            self.visit_body(tree.body)
        except Exception:
            # What is nested too deeply, takes too long, or was never thought of is not known.
            self.is_open = self.is_opaque = True
            self.lose_track()
            self.repository.doubts = doubts

    def has_name(self, name):
        return name in self.names or name in OF_MODULES or hasattr(builtins, name)

    def is_whole(self):
        """Whether it has no names that are not seen."""
        return not self.is_open and not self.is_opaque

    def lookup(self, name):
        if name in self.names:
            return self.names[name]
        return external_value("builtins." + name) if hasattr(builtins, name) else Value()

    def function_of(self, node):
        defaults = [part for part in node.args.defaults + node.args.kw_defaults if part]
        return self, node, {id(part): self.evaluate(part) for part in defaults}

    def open_up(self):
        self.count(len(self.names))
        self.is_open = True
        self.names = {name: value.doubted() for name, value in self.names.items()}


class Call(Scope):
    """A function of a file, while it is called."""

    def __init__(self, repository, module, arguments, depth, local_names):
        super().__init__(repository)
        self.module = module
        self.file = module.file
        self.package = module.package
        self.names = dict(arguments)
        self.depth = depth
        self.returned = None
        self._globals = set()
        self._locals = local_names
        self._doubts_before = repository.doubts

    def lookup(self, name):
        if name in self.names and name not in self._globals:
            return self.names[name]
        return self.module.lookup(name) if self.has_name(name) else Value()

    def has_name(self, name):
        is_unbound = name in self._locals and name not in self._globals
        return name in self.names or not is_unbound and self.module.has_name(name)

    def is_whole(self):
        return False

    def visit_Global(self, node):
        self._globals.update(node.names)

    def bind(self, name, value):
        if name in self._globals:
            self.module.bind(name, value if self.repository.doubts == 0 else either(self.module.names.get(name), value))
        else:
            super().bind(name, value)

    def unbind(self, name):
        if name in self._globals:
            self.module.unbind(name)
            self.repository.is_complete = self.repository.is_complete and self.repository.doubts == 0
        else:
            super().unbind(name)

    def open_up(self):
        self.module.open_up()

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


class ClassBody(Scope):
    """The statements of a class, which are run where it is defined."""

    annotates = True

    def __init__(self, repository, outer):
        super().__init__(repository)
        self.outer = outer.outer if isinstance(outer, ClassBody) else outer
        self.file = outer.file
        self.package = outer.package
        self.depth = outer.depth
        self.evaluates_annotations = outer.evaluates_annotations
        self.names = {"__module__": no_callable(), "__qualname__": no_callable()}

    def lookup(self, name):
        return self.names[name] if name in self.names else self.outer.lookup(name)

    def has_name(self, name):
        return name in self.names or self.outer.has_name(name)

    def is_whole(self):
        return self.outer.is_whole()

    def visit_Global(self, node):
        self.lose_track()

    visit_Nonlocal = visit_Global

    def open_up(self):
        self.outer.open_up()


def postpones_annotations(tree):
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" and
               any(alias.name == "annotations" for alias in node.names) for node in tree.body)


def own_parts(definition):
    """What lies in a function and in no other scope inside of it."""
    others = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp,
              ast.GeneratorExp)
    waiting = list(definition.body)
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, others):
            waiting += ast.iter_child_nodes(part)


def pauses(definition):
    """Whether a function's own code yields."""
    return any(isinstance(part, (ast.Yield, ast.YieldFrom, ast.Await)) for part in own_parts(definition))


def local_names(definition):
    return {name for part in own_parts(definition) for name in bound_names(part)}


def given_to(parameters, positional, keywords, defaults):
    """The values of a call's parameters by name; None where Python would refuse them."""
    ordered = parameters.posonlyargs + parameters.args
    names = [parameter.arg for parameter in ordered]
    known = [None] * (len(names) - len(parameters.defaults)) + parameters.defaults
    known = dict(zip(names, known), **dict(zip([part.arg for part in parameters.kwonlyargs], parameters.kw_defaults)))
    values = dict(zip(names, positional))
    by_keyword = names[len(parameters.posonlyargs):] + [part.arg for part in parameters.kwonlyargs]
    if len(positional) > len(names) and not parameters.vararg:
        return None
    rest = {}
    for name, value in keywords.items():
        if name not in by_keyword and not parameters.kwarg or name in values and name in by_keyword:
            return None
        (values if name in by_keyword else rest)[name] = value
    for name, default in known.items():
        if name not in values and default is None:
            return None
        values.setdefault(name, defaults.get(id(default)) or Value())
    if parameters.vararg:
        values[parameters.vararg.arg] = joined(positional[len(names):], container=True)
    if parameters.kwarg:
        values[parameters.kwarg.arg] = joined(list(rest.values()), container=True)
    return values
