"""What a hubconf.py offers, read from its syntax tree. Nothing of it is run."""

import ast
import importlib.machinery
import os
import sys


class Entry:
    """A callable that a name stands for."""

    def __init__(self, signature="", docstring=None):
        self.signature = signature
        self.docstring = docstring or ""


def format_signature(arguments, returns, drop_first):
    """The text that inspect.signature would print, from the syntax tree."""
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    parts = [(format_parameter(p, d), p in arguments.posonlyargs) for p, d in zip(positional, defaults)]
    if drop_first:
        parts = parts[1:]
    texts = [text for text, _ in parts]
    positional_only = sum(only for _, only in parts)
    if positional_only:
        texts.insert(positional_only, "/")
    if arguments.vararg:
        texts.append("*" + format_parameter(arguments.vararg, None))
    elif arguments.kwonlyargs:
        texts.append("*")
    texts += [format_parameter(p, d) for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    if arguments.kwarg:
        texts.append("**" + format_parameter(arguments.kwarg, None))
    return "(" + ", ".join(texts) + ")" + (" -> " + ast.unparse(returns) if returns else "")


def format_parameter(parameter, default):
    text = parameter.arg
    if parameter.annotation:
        text += ": " + ast.unparse(parameter.annotation)
    if default:
        text += (" = " if parameter.annotation else "=") + ast.unparse(default)
    return text


def function_entry(node):
    return Entry(format_signature(node.args, node.returns, drop_first=False), ast.get_docstring(node, clean=False))


def class_entry(node):
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            return Entry(format_signature(member.args, None, drop_first=True), ast.get_docstring(node, clean=False))
    return Entry("", ast.get_docstring(node, clean=False))


def is_main_guard(node):
    return (isinstance(node, ast.If) and isinstance(node.test, ast.Compare)
            and isinstance(node.test.left, ast.Name) and node.test.left.id == "__name__")


def literal_names(node):
    """The strings of a literal list or tuple, or None."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    if not all(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in node.elts):
        return None
    return [item.value for item in node.elts]


class Repository:
    """A folder whose files may import each other; each is read once."""

    def __init__(self, folder):
        self.folder = os.path.realpath(folder)
        self.modules = {}

    def file_of(self, parts):
        """The file that the dotted name of these parts means, or None."""
        parts = [part for part in parts if part]
        if not parts:
            return None
        for candidate in (os.path.join(*parts, "__init__.py"), os.path.join(*parts) + ".py"):
            path = os.path.realpath(os.path.join(self.folder, candidate))
            if path.startswith(self.folder + os.sep) and os.path.isfile(path):
                return path
        return None

    def module(self, path):
        """The file, read; None if it cannot be parsed or is being read: files that import each other."""
        if path not in self.modules:
            self.modules[path] = None
            try:
                self.modules[path] = Module(self, path)
            except (SyntaxError, ValueError, OSError):
                pass
        return self.modules[path]


class Module:
    """The names that one file binds: an Entry for a callable, None for anything else."""

    def __init__(self, repository, path):
        self.repository = repository
        self.path = path
        self.names = {}
        self.complete = True
        self.dependencies = []
        self.all = None
        self.problems = []
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), filename=path)
        self.visit_body(tree.body, certain=True)

    def visit_body(self, body, certain):
        for node in body:
            self.visit(node, certain)

    def visit(self, node, certain):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.bind(node.name, function_entry(node), certain and not node.decorator_list)
        elif isinstance(node, ast.ClassDef):
            self.bind(node.name, class_entry(node), certain)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self.visit_assignment(target, node.value, certain)
        elif isinstance(node, ast.AnnAssign) and node.value:
            self.visit_assignment(node.target, node.value, certain)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                self.bind((alias.asname or alias.name).partition(".")[0], None, True)
                self.check_import(alias.name, node, certain)
        elif isinstance(node, ast.ImportFrom):
            self.visit_import_from(node, certain)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)) and not is_main_guard(node):
            for block in ("body", "orelse", "handlers", "finalbody"):
                for child in getattr(node, block, []):
                    self.visit_body(child.body if isinstance(child, ast.ExceptHandler) else [child], certain=False)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.names.pop(target.id, None)
        elif isinstance(node, ast.Raise) and certain:
            raised = ast.unparse(node.exc) if node.exc else "an exception"
            self.problems.append(f"line {node.lineno} raises {raised}")
        elif isinstance(node, ast.Expr) and self.may_bind_names(node):
            self.complete = False

    def may_bind_names(self, node):
        """globals().update(...), exec(...) and their like."""
        return any(isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
                   and part.func.id in ("globals", "locals", "exec", "setattr", "vars") for part in ast.walk(node))

    def bind(self, name, entry, certain):
        self.names[name] = entry
        self.complete = self.complete and certain

    def visit_assignment(self, target, value, certain):
        if isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self.visit_assignment(element, None, certain)
            return
        if not isinstance(target, ast.Name):
            # globals()[name] = function
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Call):
                self.complete = False
            return
        if target.id == "dependencies":
            self.dependencies = literal_names(value) or []
        if target.id == "__all__":
            self.all = literal_names(value)
        self.bind(target.id, self.entry_of(value), certain and not self.is_opaque(value))

    def entry_of(self, value):
        """The callable that an expression is, where the syntax tells."""
        if isinstance(value, ast.Name):
            return self.names.get(value.id)
        if isinstance(value, ast.Lambda):
            return Entry(format_signature(value.args, None, drop_first=False))
        if isinstance(value, ast.Call) and ast.unparse(value.func) in ("partial", "functools.partial"):
            return Entry()
        return None

    def is_opaque(self, value):
        """Whether an expression's value could be a callable that the syntax does not show."""
        if value is None or isinstance(value, (ast.Attribute, ast.Subscript, ast.Await)):
            return True
        return isinstance(value, ast.Call) and self.entry_of(value) is None

    def visit_import_from(self, node, certain):
        module = self.find_module(node)
        if module is None:
            # An installed package: whether its names can be called, only importing it would show.
            for alias in node.names:
                self.bind(alias.asname or alias.name, None, False)
            if node.level == 0:
                self.check_import(node.module, node, certain)
            return
        for alias in node.names:
            if alias.name == "*":
                public = module.all or [name for name in module.names if not name.startswith("_")]
                for name in public:
                    self.bind(name, module.names.get(name), certain and module.complete)
            elif alias.name in module.names:
                self.bind(alias.asname or alias.name, module.names[alias.name], certain)
            else:
                # A submodule is never callable; anything else is made in a way the tree does not show.
                submodule = os.path.join(os.path.dirname(module.path), alias.name)
                self.bind(alias.asname or alias.name, None, os.path.isdir(submodule) or os.path.isfile(submodule + ".py"))

    def find_module(self, node):
        """The file of the repository that `from X import` means, read; None where X lies elsewhere."""
        parts = node.module.split(".") if node.module else []
        if node.level:
            here = os.path.relpath(os.path.dirname(self.path), self.repository.folder).split(os.sep)
            here = [part for part in here if part != "."]
            if node.level - 1 > len(here):
                return None
            parts = here[:len(here) - (node.level - 1)] + parts
        path = self.repository.file_of(parts)
        return self.repository.module(path) if path else None

    def check_import(self, name, node, certain):
        top = name.partition(".")[0]
        if certain and is_missing(top, self.repository.folder):
            self.problems.append(f"line {node.lineno} imports {top}, which is not installed")


def is_missing(name, folder):
    """Whether no module called `name` could be imported; looks for files only, imports nothing."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top in sys.modules:
        return False
    return importlib.machinery.PathFinder.find_spec(top, [folder] + sys.path) is None and not is_distribution(name)


def is_distribution(name):
    """Some repositories name what pip installs ("PyYAML") and not what they import."""
    import importlib.metadata

    try:
        return bool(importlib.metadata.distribution(name))
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return False


def read(folder):
    """What read_hubconf.h calls HubconfText, as a tuple."""
    repository = Repository(folder)
    module = Module(repository, os.path.join(repository.folder, "hubconf.py"))
    entries = sorted((name, entry.signature, entry.docstring) for name, entry in module.names.items() if entry)
    missing = [name for name in module.dependencies if is_missing(name, folder)]
    return entries, module.dependencies, missing, module.complete, module.problems
