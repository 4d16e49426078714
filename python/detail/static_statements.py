"""The statements of a repository's files, followed as Python would run them. Nothing of them is run.

Each name is bound to what is known of its value. Where code could do what reading does not show, that is noted:
names that may be others, modules that may be found elsewhere.
"""

import ast
import contextlib
import os

from torchhub_search_path import STANDARD
from torchhub_static_entries import Entry, class_entry, format_signature, function_entry
from torchhub_static_values import (
    NOTHING, Evaluator, Value, as_data, either, external_value, no_callable, plain, standard_object,
)

# No repository that is meant well needs more.
MOST_STEPS = 500_000
MOST_ROUNDS = 100
# Decorators that leave a class what it is.
CLASS_DECORATORS = {
    "dataclasses.dataclass", "enum.unique", "functools.total_ordering", "typing.final", "typing.runtime_checkable",
}
METACLASSES = {"abc.ABCMeta", "enum.EnumMeta", "builtins.type"}
# What lets an exception pass that is raised inside of it.
TRANSPARENT = {"builtins.open", "torch.no_grad", "torch.inference_mode", "warnings.catch_warnings"}
# What may bring packages that were not there, and code that runs without being seen.
INSTALLERS = ("ensurepip", "os.popen", "os.system", "runpy", "subprocess")
NAMESPACES = {"builtins." + name for name in ("__import__", "eval", "exec", "globals", "locals", "vars")}


class TooMuch(Exception):
    """The file would take too long to follow."""


def module_value(module):
    return Value(certain=not module.is_opaque, module=module)


class Scope(Evaluator):
    """Names, and the statements that bind them: of a file, or of a function while it is called."""

    def __init__(self, repository):
        super().__init__()
        self.repository = repository
        self.path = repository.path
        self.names = {}
        self.has_ended = False
        # Whether the files of its package may lie elsewhere.
        self.has_other_path = False
        # What is bound meanwhile, for blocks that may be left anywhere.
        self._watched = []

    # Names.

    def bind(self, name, value):
        self.names[name] = value
        for watched in self._watched:
            watched.setdefault(name, []).append(value)

    def unbind(self, name):
        self.names.pop(name, None)
        for watched in self._watched:
            watched.setdefault(name, []).append(None)

    @contextlib.contextmanager
    def watching(self):
        watched = {}
        self._watched.append(watched)
        try:
            yield watched
        finally:
            self._watched.pop()

    def names_with(self, before, watched):
        """What names stand for after a block that may have been left anywhere."""
        names = dict(before)
        for name, values in watched.items():
            for value in values:
                names[name] = either(names.get(name), value)
        return {name: value for name, value in names.items() if value is not None}

    @contextlib.contextmanager
    def bound(self, name, value):
        before = self.names.get(name)
        self.names[name] = value
        try:
            yield
        finally:
            if before is None:
                self.names.pop(name, None)
            else:
                self.names[name] = before

    def doubting(self):
        return self.repository.doubting()

    def count(self, steps=1):
        self.repository.steps += steps
        if self.repository.steps > MOST_STEPS:
            raise TooMuch

    # Statements.

    def visit_body(self, body):
        for node in body:
            if self.has_ended:
                return
            self.count()
            self.forget_calls()
            getattr(self, "visit_" + type(node).__name__, self.visit_other)(node)

    def visit_other(self, node):
        """A statement of a newer Python: whatever it binds may be anything."""
        with self.doubting():
            self.note_effects(node)
        for name in stored_names(node):
            self.bind(name, Value())

    def visit_Pass(self, node):
        pass

    visit_Global = visit_Nonlocal = visit_Pass

    def visit_FunctionDef(self, node):
        self.note_effects(node)
        self.note_decorators(node)
        entry = function_entry(node)
        if node.decorator_list:
            self.bind(node.name, Value(entry))
        else:
            self.bind(node.name, Value(entry, certain=True, function=self.function_of(node)))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_TypeAlias(self, node):
        """Its value is evaluated when somebody asks."""
        self.bind(node.name.id, no_callable())

    def function_of(self, node):
        """What call_function() could follow."""
        return None

    def visit_ClassDef(self, node):
        self.note_effects(node)
        self.note_decorators(node)
        metaclasses = [keyword.value for keyword in node.keywords if keyword.arg == "metaclass"]
        decorators = [part.func if isinstance(part, ast.Call) else part for part in node.decorator_list]
        certain = all(self.evaluate(part).external in METACLASSES for part in metaclasses) and all(
            self.evaluate(part).external in CLASS_DECORATORS for part in decorators)
        self.bind(node.name, Value(class_entry(node), certain))

    def visit_Expr(self, node):
        self.note_effects(node.value)

    def visit_Assert(self, node):
        self.note_effects(node.test)

    def visit_Assign(self, node):
        value = self.evaluate(node.value)
        self.note_effects(node.value)
        for target in node.targets:
            self.assign(target, value, node.value)

    def visit_AnnAssign(self, node):
        if node.value:
            value = self.evaluate(node.value)
            self.note_effects(node.value)
            self.assign(node.target, value, node.value)

    def visit_AugAssign(self, node):
        self.note_effects(node.value)
        target = self.evaluate(node.target)
        if target.external == "sys.path":
            added = self.data(node.value)
            self.change(target, "extend", None if added is NOTHING else [added])
        elif isinstance(target.data, list) and isinstance(node.op, ast.Add):
            added = self.data(node.value)
            self.change(target, "extend", None if added is NOTHING else [added])
        elif isinstance(node.target, ast.Name):
            both = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            self.bind(node.target.id, self.evaluate(both))
        else:
            self.note_effects(node.target)

    def assign(self, target, value, node=None):
        """`node` is the expression of the value, where there is one."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self.assign_each(target.elts, value, node)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, no_callable())
        elif isinstance(target, ast.Attribute):
            base = self.evaluate(target.value)
            if self.evaluate(target).external == "sys.path":
                self.replace_path(self.data_of(value))
            elif base.module is not None:
                base.module.bind(target.attr, value.doubted() if self.repository.doubts else value)
            else:
                self.note_effects(target)
        elif isinstance(target, ast.Subscript):
            self.assign_item(target, value)

    def assign_each(self, targets, value, node):
        data = self.data_of(value)
        parts = [None] * len(targets)
        values = [Value()] * len(targets)
        if not any(isinstance(target, ast.Starred) for target in targets):
            if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == len(targets):
                parts = node.elts
                values = [self.evaluate(part) for part in parts]
            elif isinstance(data, (list, tuple)) and len(data) == len(targets):
                values = [plain(item) for item in data]
        for target, item, part in zip(targets, values, parts):
            self.assign(target, item, part)

    def assign_item(self, target, value):
        base = self.evaluate(target.value)
        if base.external == "sys.path":
            texts, index, data = self.path.texts(), self.slice_of(target.slice), self.data_of(value)
            if texts is not None and isinstance(index, slice) and isinstance(data, (list, tuple)):
                texts[index] = data
                self.replace_path(texts)
            else:
                self.path.is_known = False
        elif isinstance(base.data, (list, dict)):
            base.data = NOTHING
        else:
            self.note_effects(target)

    def replace_path(self, texts):
        if self.repository.doubts or not isinstance(texts, (list, tuple)):
            self.path.is_known = False
        else:
            self.path.replace(texts)

    def visit_Delete(self, node):
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.unbind(target.id)
            elif isinstance(target, ast.Subscript) and self.evaluate(target.value).external == "sys.path":
                self.path.is_known = False
            else:
                self.note_effects(target)

    def visit_Raise(self, node):
        raised = ast.unparse(node.exc) if node.exc else "an exception"
        self.repository.tell(f"{self.place(node)} raises {raised}")
        self.has_ended = True

    def place(self, node):
        return f"line {node.lineno} of {self.repository.name_of(self.file)}"

    # Blocks.

    def visit_If(self, node):
        self.note_effects(node.test)
        truth = self.truth(node.test)
        if truth is None:
            self.branch([node.body, node.orelse])
        else:
            self.visit_body(node.body if truth else node.orelse)

    def branch(self, bodies):
        """One of the blocks runs, and reading does not tell which."""
        before, outcomes = self.names, []
        for body in bodies:
            self.names, self.has_ended = dict(before), False
            with self.doubting():
                self.visit_body(body)
            if not self.has_ended:
                outcomes.append(self.names)
        self.join(outcomes)

    def join(self, outcomes):
        self.has_ended = not outcomes
        for names in outcomes[1:]:
            for name in {**outcomes[0], **names}:
                joined = either(outcomes[0].get(name), names.get(name))
                if name == "dependencies":
                    joined = plain(common(outcomes[0].get(name), names.get(name)))
                outcomes[0][name] = joined
        if outcomes:
            self.names = outcomes[0]

    def visit_For(self, node):
        self.note_effects(node.iter)
        items = self.data(node.iter)
        leaves = any(isinstance(part, (ast.Break, ast.Continue)) for part in ast.walk(node))
        if isinstance(items, (list, tuple)) and len(items) <= MOST_ROUNDS and not leaves:
            for item in list(items):
                self.assign(node.target, plain(item))
                self.visit_body(node.body)
            self.visit_body(node.orelse)
            return
        is_range = isinstance(node.iter, ast.Call) and self.evaluate(node.iter.func).external == "builtins.range"
        is_plain = is_range or isinstance(items, (list, tuple, str))
        self.loop(node, lambda: self.assign(node.target, no_callable() if is_plain else Value()))

    visit_AsyncFor = visit_For

    def visit_While(self, node):
        self.note_effects(node.test)
        if self.truth(node.test) is False:
            self.visit_body(node.orelse)
        else:
            self.loop(node, lambda: None)

    def loop(self, node, begin):
        """The block runs any number of times, and may be left anywhere."""
        before = dict(self.names)
        with self.watching() as watched, self.doubting():
            # In a later round a name may be what an earlier one has made of it.
            for name in stored_names(node):
                if name in self.names:
                    self.names[name] = self.names[name].doubted()
            begin()
            self.visit_body(node.body)
            self.has_ended = False
            self.visit_body(node.orelse)
        self.has_ended = False
        self.names = self.names_with(before, watched)

    def visit_Break(self, node):
        self.has_ended = True

    visit_Continue = visit_Break

    def visit_Try(self, node):
        before = dict(self.names)
        with self.watching() as watched, self.doubting() if node.handlers else contextlib.nullcontext():
            self.visit_body(node.body)
            self.visit_body(node.orelse)
        outcomes = [] if self.has_ended else [self.names]
        for handler in node.handlers:
            self.names, self.has_ended = self.names_with(before, watched), False
            with self.doubting():
                if handler.name:
                    self.bind(handler.name, Value())
                self.visit_body(handler.body)
                if handler.name:
                    self.unbind(handler.name)
            if not self.has_ended:
                outcomes.append(self.names)
        self.join(outcomes)
        has_ended, self.has_ended = self.has_ended, False
        self.visit_body(node.finalbody)
        self.has_ended = has_ended or self.has_ended

    visit_TryStar = visit_Try

    def visit_With(self, node):
        is_transparent = True
        for item in node.items:
            self.note_effects(item.context_expr)
            manager = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
            is_transparent = is_transparent and self.evaluate(manager).external in TRANSPARENT
            if item.optional_vars is not None:
                self.assign(item.optional_vars, Value(certain=self.evaluate(manager).external == "builtins.open"))
        if is_transparent:
            self.visit_body(node.body)
            return
        # It may take an exception for itself.
        before = dict(self.names)
        with self.watching() as watched, self.doubting():
            self.visit_body(node.body)
        self.has_ended = False
        self.names = self.names_with(before, watched)

    visit_AsyncWith = visit_With

    def visit_Match(self, node):
        self.note_effects(node.subject)
        for case in node.cases:
            for name in stored_names(case.pattern):
                self.bind(name, Value())
        self.branch([case.body for case in node.cases] + [[]])

    # Imports.

    def visit_Import(self, node):
        for alias in node.names:
            module = self.repository.import_module(alias.name)
            top = alias.name.partition(".")[0]
            if module is None:
                self.check_import(top, node)
            if module is None and top in self.repository.modules:
                # A part of the repository that is not there, or made by its code.
                self.note_failure()
                self.bind(alias.asname or top, Value())
            elif not alias.asname:
                self.bind(top, self.top_value(top))
            elif module is not None and "." in alias.name:
                # The attribute of the package, which may be something else than the module of that name.
                package, _, name = alias.name.rpartition(".")
                self.bind(alias.asname, self.member(self.repository.modules[package], name))
            elif module is not None:
                self.bind(alias.asname, module_value(module))
            elif "." in alias.name:
                self.bind(alias.asname, self.foreign_value(alias.name))
            else:
                self.bind(alias.asname, self.top_value(top))

    def top_value(self, top):
        module = self.repository.modules.get(top)
        if module is not None:
            return module_value(module)
        return Value(certain=self.path.is_plain_module(top), external=top)

    def visit_ImportFrom(self, node):
        name = self.absolute(node)
        if name is None:
            self.repository.tell(f"{self.place(node)} imports from a package around it, and is in none")
            for alias in node.names:
                self.bind(alias.asname or alias.name, Value())
            return
        module = self.repository.import_module(name)
        top = name.partition(".")[0]
        if module is None and top in self.repository.modules:
            self.note_failure()
        elif module is None:
            self.check_import(top, node)
        for alias in node.names:
            if alias.name == "*":
                self.import_all(module, name)
            elif module is not None:
                self.bind(alias.asname or alias.name, self.imported(module, alias.name))
            elif name == "__future__":
                self.bind(alias.asname or alias.name, no_callable())
            else:
                self.bind(alias.asname or alias.name, self.foreign_value(f"{name}.{alias.name}"))

    def absolute(self, node):
        """The dotted name that `from X import` means; None where it leads out of every package."""
        if not node.level:
            return node.module
        parts = self.package.split(".") if self.package else []
        if len(parts) < node.level:
            return None
        return ".".join(parts[:len(parts) - node.level + 1] + ([node.module] if node.module else []))

    def foreign_value(self, name):
        """What has this dotted name elsewhere.

        Of an installed package, only importing it would show whether it can be called, unless it is a module.
        """
        value = external_value(name)
        return value if value.certain else Value(certain=self.path.is_module(name), external=name)

    def imported(self, module, name):
        if module.is_opaque or name in module.names:
            return self.member(module, name)
        found = self.repository.submodule(module, name)
        if found is None:
            self.note_failure()
        return Value() if found is None else module_value(found)

    def note_failure(self):
        """An import that fails, or finds what reading does not show: nothing of this file is certain."""
        if self.repository.doubts == 0:
            self.open_up()
            self.replace_module()

    def import_all(self, module, name):
        standard = standard_object(name) if module is None else NOTHING
        if standard is not NOTHING:
            public = [name for name in vars(standard) if not name.startswith("_")]
            for item in getattr(standard, "__all__", public):
                self.bind(item, external_value(f"{name}.{item}"))
            return
        if module is None or module.is_open or module.is_opaque or module.doubtful:
            self.open_up()
        if module is None:
            return
        names = [name for name in module.names if not name.startswith("_")]
        if "__all__" in module.names:
            listed = literal_names(module.names["__all__"].data)
            if listed is None or not module.names["__all__"].certain:
                self.open_up()
            names = names if listed is None else listed
        for name in names:
            self.bind(name, self.imported(module, name))

    def check_import(self, top, node):
        if self.repository.doubts == 0 and not self.path.has_met_others and self.path.is_missing(top):
            self.repository.tell(f"{self.place(node)} imports {top}, which is not installed", missing=top)

    def member(self, module, name):
        """An attribute of a module of the repository."""
        value = module.names.get(name, Value())
        if module.is_opaque:
            return Value(value.entry)
        return value.doubted() if module.doubtful else value

    # What code does beside binding names.

    def note_effects(self, node):
        """Of an expression or a definition that is run now: the calls in it, and what could bind names unseen."""
        if node is None:
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in node.decorator_list + node.args.defaults + node.args.kw_defaults:
                self.note_effects(part)
        elif isinstance(node, ast.Lambda):
            for part in node.args.defaults + node.args.kw_defaults:
                self.note_effects(part)
        elif isinstance(node, ast.BoolOp):
            self.note_effects(node.values[0])
            self.note_doubtful_effects(node.values[1:])
        elif isinstance(node, ast.IfExp):
            self.note_effects(node.test)
            self.note_doubtful_effects([node.body, node.orelse])
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            self.note_effects(node.generators[0].iter)
            self.note_doubtful_effects(ast.iter_child_nodes(node))
        else:
            self.note_effect(node)
            for part in ast.iter_child_nodes(node):
                self.note_effects(part)

    def note_doubtful_effects(self, nodes):
        with self.doubting():
            for node in nodes:
                self.note_effects(node)

    def note_effect(self, node):
        if isinstance(node, ast.NamedExpr):
            self.bind(node.target.id, self.evaluate(node.value) if not self.repository.doubts else Value())
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self.note_external(self.evaluate(node).external)
        elif isinstance(node, ast.Name) and node.id == "__path__":
            self.has_other_path = True
        elif isinstance(node, ast.Attribute):
            self.note_attribute(node)
        elif isinstance(node, ast.Global):
            for name in node.names:
                self.bind(name, Value())
        elif isinstance(node, ast.Call):
            self.note_call(node)

    def note_attribute(self, node):
        if node.attr in ("__dict__", "__class__"):
            base = self.evaluate(node.value)
            if base.module is not None:
                base.module.open_up()
            elif not base.external and not base.entry:
                self.open_up()
        elif node.attr in ("f_globals", "f_locals", "f_back"):
            self.open_up()
        elif node.attr == "__path__":
            base = self.evaluate(node.value)
            if base.module is not None:
                base.module.has_other_path = True
        elif node.attr in ("modules", "meta_path", "path_hooks"):
            self.note_external(self.evaluate(node).external)

    def note_external(self, external):
        """Where other modules may be made than the files show."""
        if external == "sys.modules":
            self.open_up()
            self.replace_module()
        if external in ("sys.modules", "sys.meta_path", "sys.path_hooks"):
            self.path.is_hooked = True

    def replace_module(self):
        """The code may put something else in a module's place."""

    def note_call(self, node):
        value = self.evaluate(node.func)
        self.evaluate(node)
        if isinstance(node.func, ast.Attribute) and self.data(node.func.value) is not NOTHING:
            return
        if value.external in NAMESPACES:
            self.open_up()
        if value.external in ("builtins.setattr", "builtins.delattr") and node.args:
            changed = self.evaluate(node.args[0])
            if changed.module is not None:
                changed.module.open_up()
            elif not changed.external and not changed.entry and changed.data is NOTHING:
                self.open_up()
        if value.external and value.external.startswith(INSTALLERS):
            self.path.is_hooked = True
        if value.external and value.external.partition(".")[0] not in STANDARD | {"builtins"}:
            # A package that nobody reads here, which may edit sys.path.
            self.path.has_met_others = True
        if value.external == "site.addsitedir":
            found = self.arguments_of(node)
            self.change(Value(external="sys.path"), "append", found[0] if found else None)
        given = [self.evaluate(part) for part in node.args] + [self.evaluate(part.value) for part in node.keywords]
        # What lies elsewhere runs the repository's code only where it is given some.
        if not value.external or any(part.entry and not part.external for part in given):
            self.note_own_code(value)

    def note_decorators(self, node):
        for part in node.decorator_list:
            self.note_own_code(self.evaluate(part))

    def note_own_code(self, value):
        """What functions of the repository may do when `value` is called."""

    def data_of(self, value):
        if value.external == "sys.path":
            texts = self.path.texts()
            return NOTHING if texts is None else texts
        return value.data

    def change(self, value, method, arguments):
        """A list's method that changes it; `arguments` are None where they are not known."""
        if value.external == "sys.path":
            self.change_path(value, method, arguments)
        elif arguments is None or self.repository.doubts:
            # What `dependencies` had before is needed in any case.
            if value is not self.names.get("dependencies"):
                value.data = NOTHING
        elif isinstance(value.data, list):
            try:
                getattr(value.data, method)(*arguments)
            except Exception:
                value.data = NOTHING
            value.data = as_data(value.data)
        return Value()

    def change_path(self, value, method, arguments):
        certain = self.repository.doubts == 0
        given = list(arguments or []) + [None, None]
        if method == "append":
            self.path.extend([given[0]], certain)
        elif method == "extend" and isinstance(given[0], (list, tuple)):
            self.path.extend(given[0], certain)
        elif method == "insert" and isinstance(given[0], int):
            self.path.insert(given[0], given[1], certain)
        else:
            # As remove(); or an entry that could not be computed, at a place that could not.
            texts = self.path.texts() if certain and arguments is not None else None
            try:
                getattr(texts, method)(*arguments)
            except Exception:
                self.path.is_known = False
            else:
                self.path.replace(texts)

    def call_function(self, value, node):
        return self.repository.call(self, value, node)

    def lambda_value(self, node):
        return Value(Entry(format_signature(node.args, None, drop_first=False)), certain=True)

    def may_look(self, path):
        """Whether files may be looked at there: in the repository, in the working folder, and above."""
        try:
            asked = os.path.abspath(path)
        except (TypeError, ValueError):
            return False
        return any((asked + os.sep).startswith(place + os.sep) or (place + os.sep).startswith(asked + os.sep)
                   for place in (self.path.root, os.path.abspath(self.repository.folder), os.getcwd()))


def literal_names(data):
    """The strings of a list or tuple, or None."""
    if not isinstance(data, (list, tuple)) or not all(isinstance(item, str) for item in data):
        return None
    return list(data)


def common(one, other):
    """The dependencies that are declared either way."""
    lists = [literal_names(value.data) if value else None for value in (one, other)]
    return [name for name in lists[0] or [] if name in (lists[1] or [])]


def stored_names(node):
    """What a statement or a pattern may bind."""
    names = []
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            names.append(part.id)
        elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(part.name)
        elif isinstance(part, ast.alias):
            names.append((part.asname or part.name).partition(".")[0])
        elif type(part).__name__ in ("MatchAs", "MatchStar") and part.name:
            names.append(part.name)
        elif type(part).__name__ == "MatchMapping" and part.rest:
            names.append(part.rest)
    return names
