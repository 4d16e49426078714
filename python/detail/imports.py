"""What a repository imports from elsewhere when it is loaded, read from its syntax trees. Nothing of it is run.

hubconf.py is followed into the repository's own files. An import counts as certain where loading an entry point comes by
it: at the top of a file that is imported for certain, or anywhere in hubconf.py, whose functions are the entry points. Under
an `if`, in a `try` that expects it to fail, and in functions of other files it may never be reached.
"""

import ast
import os
import sys

_MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


class Import:
    """One module that one line names, absolute or with leading dots."""

    def __init__(self, name, names, level, line, certain):
        self.name = name
        self.names = names  # what `from name import ...` takes, which may be modules, too
        self.level = level
        self.line = line
        self.certain = certain


def _expects_failure(handler):
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(node, ast.Name) and node.id in _MISSING for node in types)


def _suppresses(item):
    call = item.context_expr
    return isinstance(call, ast.Call) and ast.unparse(call.func).endswith("suppress")


class _Finder(ast.NodeVisitor):

    def __init__(self, is_hubconf):
        self.is_hubconf = is_hubconf
        self.certain = True
        self.found = []

    def add(self, name, names, level, node):
        self.found.append(Import(name, names, level, node.lineno, self.certain))

    def visit_Import(self, node):
        for alias in node.names:
            self.add(alias.name, [], 0, node)

    def visit_ImportFrom(self, node):
        self.add(node.module or "", [alias.name for alias in node.names], node.level, node)

    def visit_Call(self, node):
        # importlib.import_module("a.b"), import_module("a.b") and __import__("a.b").
        function = ast.unparse(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else ""
        first = node.args[0] if len(node.args) == 1 else None
        if function in ("importlib.import_module", "import_module", "__import__"):
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value[:1] not in ("", "."):
                self.add(first.value, [], 0, node)
        self.generic_visit(node)

    def perhaps(self, nodes, unless=False):
        """Visits what may never be reached, `unless` it is all the same."""
        before, self.certain = self.certain, self.certain and unless
        for node in nodes:
            self.visit(node)
        self.certain = before

    def visit_FunctionDef(self, node):
        for part in (*node.decorator_list, node.args):
            self.visit(part)
        self.perhaps(node.body, unless=self.is_hubconf)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        self.perhaps([node.body], unless=self.is_hubconf)

    def visit_If(self, node):
        test = ast.unparse(node.test)
        if test in ("TYPE_CHECKING", "typing.TYPE_CHECKING") or test.startswith("__name__ =="):
            self.perhaps(node.orelse, unless=True)
        else:
            self.perhaps([*node.body, *node.orelse])

    def visit_Try(self, node):
        self.perhaps(node.body, unless=not any(_expects_failure(handler) for handler in node.handlers))
        self.perhaps([*node.handlers, *node.orelse])
        self.perhaps(node.finalbody, unless=True)

    def visit_With(self, node):
        self.perhaps(node.body, unless=not any(_suppresses(item) for item in node.items))


class _Repository:

    def __init__(self, folder, search_folders):
        self.folder = os.path.realpath(folder)
        self.search_folders = [os.path.realpath(entry) for entry in search_folders]
        self.edits_path = False  # whether a file that is read has to do with sys.path
        self.trees = {}
        self.walked = None  # folders_beside_packages(), for which a large repository is gone through once

    def tree(self, path):
        if path not in self.trees:
            try:
                with open(path, "rb") as file:
                    text = file.read()
                self.trees[path] = ast.parse(text, filename=path)
                self.edits_path = self.edits_path or b"sys.path" in text
            except (SyntaxError, ValueError, OSError):
                self.trees[path] = None
        return self.trees[path]

    def roots(self, name):
        """The folders of the repository in which `import name` may find a module."""
        yield self.folder
        yield from self.search_folders
        if not self.edits_path:
            return
        for folder, folders, files in self.folders_beside_packages():
            if name + ".py" in files or name in folders:
                yield folder

    def folders_beside_packages(self):
        """(folder, folders, files) of each folder that may be put on sys.path by no rule that could be followed; a package's
        own hardly is."""
        if self.walked is None:
            self.walked = []
            for folder, folders, files in os.walk(self.folder):
                folders[:] = [entry for entry in folders if not entry.startswith(".") and entry != "__pycache__"
                              and not os.path.exists(os.path.join(folder, entry, "pyvenv.cfg"))]
                if "__init__.py" not in files:
                    self.walked.append((folder, set(folders), set(files)))
        return self.walked

    def files(self, root, parts):
        """The files that importing the dotted name of these parts runs, the packages on the way first; None where
        `root` has no such module."""
        found = []
        for end in range(1, len(parts) + 1):
            base = os.path.join(root, *parts[:end])
            candidates = (os.path.join(base, "__init__.py"), base + ".py")
            path = next((path for path in map(os.path.realpath, candidates)
                         if path.startswith(self.folder + os.sep) and os.path.isfile(path)), None)
            if path:
                found.append(path)
            elif end == 1 and not (os.path.isdir(base) and any(name.endswith(".py") for _, _, names in os.walk(base)
                                                               for name in names)):
                return None
        return found

    def own(self, statement, path):
        """The files of the repository that an import statement in the file `path` runs; None where it means a module
        from elsewhere."""
        parts = [part for part in statement.name.split(".") if part]
        if statement.level:
            root = os.path.dirname(path)
            for _ in range(statement.level - 1):
                root = os.path.dirname(root)
            roots = [root]
        else:
            roots = self.roots(parts[0])
        for root in roots:
            found = self.files(root, parts) if parts else []
            if found is None:
                continue
            for name in statement.names:
                found += [file for file in self.files(root, [*parts, name]) or [] if file not in found]
            return found
        return [] if statement.level else None


def _external(name):
    """The module to ask for: of the folder that many distributions share, with what is below."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "google" else parts[0]


def read(folder, search_folders):
    """(module, file, line, certain) of each module from elsewhere, once, the certain ones first; files from `folder`
    on. `search_folders` are those of the repository that its code is known to put on sys.path."""
    repository = _Repository(folder, search_folders)
    hubconf = os.path.join(repository.folder, "hubconf.py")
    with open(hubconf, "rb") as file:
        ast.parse(file.read(), filename=hubconf)
    found = {}
    reached = {hubconf: True}
    # First all that is reached for certain, then the rest.
    for is_certain in (True, False):
        waiting = [path for path, certain in reached.items() if certain or not is_certain]
        seen = set()
        while waiting:
            path = waiting.pop(0)
            tree = repository.tree(path)
            if path in seen or tree is None:
                continue
            seen.add(path)
            finder = _Finder(path == hubconf)
            finder.visit(tree)
            for statement in finder.found:
                certain = statement.certain and reached[path]
                if certain != is_certain and is_certain:
                    continue
                own = repository.own(statement, path)
                if own is not None:
                    for file in own:
                        reached.setdefault(file, certain)
                        waiting.append(file)
                    continue
                module = _external(statement.name)
                if module.partition(".")[0] in sys.stdlib_module_names or module == "__future__":
                    continue
                found.setdefault(module, (module, os.path.relpath(path, repository.folder), statement.line, certain))
    return list(found.values())
