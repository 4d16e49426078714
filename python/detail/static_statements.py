"""The statements of a repository's files, followed as Python would run them. Nothing of them is run.

Each name is bound to what is known of its value. A statement or expression has a method here that says what running it
does. What has none, and code of the repository that is run and cannot be followed, may do anything: reading then loses
track, and the list is not complete.
"""

import ast
import builtins
import contextlib
import os
import sys

from torchhub_search_path import STANDARD
from torchhub_static_effects import (
    ANY_TYPE, ENDS, HOOKS, LOOKERS, OF_MODULES, READERS, is_wild_attribute, keeps, makes_instances,
)
from torchhub_static_entries import Entry, class_entry, format_signature, function_entry
from torchhub_static_values import (
    CHANGES, NOTHING, Evaluator, Value, as_data, either, external_value, no_callable, plain,
    raised_by, standard_object,
)

# No repository that is meant well needs more.
MOST_STEPS = 500_000
MOST_ROUNDS = 300
# Decorators that leave a class what it is.
# Attributes of the standard library's modules that one sets and that change nothing here.
SETTINGS = ("sys.dont_write_bytecode", "sys.tracebacklimit")
CLASS_DECORATORS = {
    "dataclasses.dataclass", "enum.unique", "functools.total_ordering", "typing.final", "typing.runtime_checkable",
}
METACLASSES = {"abc.ABCMeta", "enum.EnumMeta", "builtins.type"}
# What lets an exception pass that is raised inside of it.
TRANSPARENT = {"builtins.open", "torch.no_grad", "torch.inference_mode", "warnings.catch_warnings"}
# How many arguments a list's methods take.
ARGUMENTS = {
    "append": (1,), "clear": (0,), "extend": (1,), "insert": (2,), "pop": (0, 1), "remove": (1,), "reverse": (0,),
    "sort": (0,),
}
# What may bring packages that were not there, and code that runs without being seen.
INSTALLERS = ("ensurepip", "os.popen", "os.system", "runpy", "subprocess")
# From 3.14 on, annotations are evaluated when they are asked for.
EVALUATES_ANNOTATIONS = sys.version_info < (3, 14)


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
        self.evaluates_annotations = EVALUATES_ANNOTATIONS
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
        self.lose_track()
        for name in stored_names(node):
            self.bind(name, Value())

    def visit_Pass(self, node):
        pass

    visit_Global = visit_Pass

    def visit_FunctionDef(self, node):
        for part in node.decorator_list + node.args.defaults + node.args.kw_defaults:
            self.note_effects(part)
        if self.evaluates_annotations and not getattr(node, "type_params", None):
            rest = [node.args.vararg, node.args.kwarg]
            for part in node.args.posonlyargs + node.args.args + node.args.kwonlyargs + rest:
                if part is not None:
                    self.note_effects(part.annotation)
            self.note_effects(node.returns)
        entry = function_entry(node)
        value = Value(entry, certain=True, function=self.function_of(node), quiet=True)
        self.bind(node.name, self.decorated(node, value) if node.decorator_list else value)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_TypeAlias(self, node):
        """Its value is evaluated when somebody asks."""
        self.bind(node.name.id, no_callable())

    def function_of(self, node):
        """What call_function() could follow."""
        return None

    def decorated(self, node, value):
        """What decorators leave of a function or a class, which may be anything."""
        entry = value.entry
        for part in reversed(node.decorator_list):
            decorator = self.evaluate(part)
            maker = self.evaluate(part.func).external if isinstance(part, ast.Call) else None
            if decorator.function:
                value = self.repository.call(self, decorator, [value], {}, part)
            elif decorator.foreign and keeps(decorator.external or maker):
                value = Value(quiet=value.quiet)
            elif isinstance(part, ast.Attribute) and part.attr in ("deleter", "getter", "setter"):
                # Of a property in the same class.
                value = Value(quiet=True)
                if not self.evaluate(part.value).quiet:
                    self.lose_track()
            else:
                self.lose_track()
        return Value(entry, quiet=value.quiet)

    def visit_ClassDef(self, node):
        for part in node.decorator_list + node.bases + [keyword.value for keyword in node.keywords]:
            self.note_effects(part)
        body = self.repository.class_body(self)
        body.visit_body(node.body)
        self.has_ended = self.has_ended or body.has_ended
        metaclasses = [keyword.value for keyword in node.keywords if keyword.arg == "metaclass"]
        is_usual = all(self.evaluate(part).external in METACLASSES for part in metaclasses)
        bases = [self.evaluate(part) for part in node.bases]
        if not is_usual or not all(base.foreign or base.quiet and base.entry and not base.function for base in bases):
            # A metaclass or a base's __init_subclass__ may run.
            self.lose_track()
        if len(node.keywords) > len(metaclasses) and not all(base.foreign for base in bases):
            self.lose_track()
        if any(base.data is not NOTHING or isinstance(standard_object(base.external or ""), type(len))
               for base in bases):
            self.fail("TypeError")
        makes_any = any(base.makes_instances or makes_instances(base.external or "") for base in bases)
        if makes_any and any(name.startswith("_") and value.entry for name, value in body.names.items()):
            self.lose_track()
        for value in body.names.values():
            # Its __set_name__ may run.
            if not value.quiet and value.module is None and not value.external:
                self.lose_track()
        is_plain = not HOOKS.intersection(body.names) and all(base.quiet for base in bases) and is_usual
        value = Value(class_entry(node), certain=True, quiet=is_plain)
        value.makes_instances = makes_any
        if not node.bases and not node.decorator_list:
            value.members = set(body.names) | set(dir(type))
        if node.decorator_list:
            decorators = [part.func if isinstance(part, ast.Call) else part for part in node.decorator_list]
            is_same = all(self.evaluate(part).external in CLASS_DECORATORS for part in decorators)
            value = self.decorated(node, value).copied(certain=is_same, makes_instances=makes_any)
        self.bind(node.name, value if is_usual else value.doubted())

    def visit_Expr(self, node):
        self.note_effects(node.value)

    def visit_Assert(self, node):
        self.note_test(node.test)
        truth = self.truth(node.test)
        if truth is not True:
            self.fail("AssertionError", node, f"fails: assert {ast.unparse(node.test)}", certain=truth is False)
            self.has_ended = truth is False

    def visit_Assign(self, node):
        value = self.evaluate(node.value)
        self.note_effects(node.value)
        if isinstance(node.value, (ast.BoolOp, ast.IfExp, ast.NamedExpr, ast.Subscript)):
            self.give_away(value)
        for target in node.targets:
            self.assign(target, value, node.value)

    def visit_AnnAssign(self, node):
        if node.value:
            value = self.evaluate(node.value)
            self.note_effects(node.value)
            self.assign(node.target, value, node.value)
        elif not isinstance(node.target, ast.Name):
            self.note_target(node.target)
        if self.evaluates_annotations and self.annotates:
            self.note_effects(node.annotation)

    # Whether annotations of its variables are evaluated.
    annotates = True

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            self.note_name(ast.Name(node.target.id, ast.Load(), lineno=node.lineno))
        else:
            self.note_target(node.target)
        self.note_effects(node.value)
        target = self.evaluate(node.target)
        added = self.evaluate(node.value)
        self.note_type(target)
        self.note_type(added)
        if not target.quiet or not added.quiet:
            self.lose_track()
        if target.is_part and target.container:
            self.lose_track()
        if target.external == "sys.path":
            added = self.data(node.value)
            self.change(target, "extend", None if added is NOTHING else [added])
        elif isinstance(target.data, list) and isinstance(node.op, ast.Add):
            added = self.data(node.value)
            self.change(target, "extend", None if added is NOTHING else [added])
        elif isinstance(node.target, ast.Name):
            both = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            self.bind(node.target.id, self.evaluate(both))

    def assign(self, target, value, node=None):
        """`node` is the expression of the value, where there is one."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            if not value.quiet:
                self.lose_track()
            data = self.data_of(value)
            if isinstance(data, (list, tuple, str)):
                given = len(data)
            else:
                given = len(node.elts) if isinstance(node, (ast.Tuple, ast.List)) else None
            has_star = any(isinstance(part, ast.Starred) for part in target.elts + getattr(node, "elts", []))
            if given is None and data is not NOTHING or value.function or (
                    given is not None and given != len(target.elts) and not has_star):
                self.fail("ValueError", target, f"unpacks what has not {len(target.elts)} items", certain=True)
            self.assign_each(target.elts, value, node)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, Value(certain=True, quiet=value.foreign, foreign=value.foreign))
        else:
            self.note_target(target)
            if isinstance(target, ast.Subscript):
                self.assign_item(target, value)
            else:
                self.assign_attribute(target, value)

    def note_target(self, target):
        """What is evaluated before something is put there."""
        if not isinstance(target, (ast.Attribute, ast.Subscript)):
            return
        self.note_effects(target.value)
        if isinstance(target, ast.Subscript):
            self.note_effects(target.slice)
            self.note_index(target.slice)

    def note_index(self, node):
        """It may be hashed, or asked for a number."""
        index = node if isinstance(node, ast.expr) else getattr(node, "value", None)
        if index is not None and not isinstance(index, ast.Slice) and not self.evaluate(index).quiet:
            self.lose_track()

    def assign_attribute(self, target, value):
        base = self.evaluate(target.value)
        name = f"{base.external}.{target.attr}" if base.external else ""
        if name == "sys.path":
            self.replace_path(self.data_of(value))
        elif is_wild_attribute(target.attr) and target.attr != "__doc__":
            self.lose_track()
        elif base.module is not None:
            base.module.bind(target.attr, value.doubted() if self.repository.doubts else value)
        elif name and name.startswith(SETTINGS):
            pass
        elif name and name.partition(".")[0] in STANDARD | {"builtins", "__main__"} - {"torch"}:
            # Another module of the standard library than the one that is looked at here.
            self.lose_track()
        elif name:
            self.path.replaced.add(name)
        elif base.container or base.data is not NOTHING:
            self.fail("AttributeError", target, f"sets {ast.unparse(target)}", certain=True)
        elif not base.quiet:
            self.lose_track()
        elif base.members is not None:
            base.members.add(target.attr)
        if value.container:
            self.give_away(value)

    def assign_each(self, targets, value, node):
        data = self.data_of(value)
        parts = [None] * len(targets)
        values = [Value()] * len(targets)
        if not any(isinstance(target, ast.Starred) for target in targets):
            if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == len(targets):
                parts = node.elts
                values = [self.evaluate(part) for part in parts]
            elif value.foreign and data is NOTHING:
                values = [Value(foreign=True)] * len(targets)
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
        elif base.entry or base.data is not NOTHING and not base.container:
            self.fail("TypeError", target, f"puts an item into {ast.unparse(target.value)}", certain=base.certain)
        elif base.external and base.foreign and (base.external == "os.environ" or not value.container):
            pass
        elif base.quiet:
            self.change_unseen(base, [value])
        else:
            self.lose_track()

    def replace_path(self, texts):
        if self.repository.doubts or not isinstance(texts, (list, tuple)):
            self.path.is_known = False
        else:
            self.path.replace(texts)

    def visit_Delete(self, node):
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.note_name(ast.Name(target.id, ast.Load(), lineno=node.lineno))
                self.unbind(target.id)
                continue
            self.note_target(target)
            base = self.evaluate(target.value) if isinstance(target, (ast.Attribute, ast.Subscript)) else Value()
            if isinstance(target, ast.Subscript) and base.external == "sys.path":
                self.path.is_known = False
            elif isinstance(target, ast.Subscript) and base.foreign and not base.is_part:
                self.fail("KeyError")
                base.data = NOTHING
            else:
                self.lose_track()

    def visit_Raise(self, node):
        self.note_effects(node.exc)
        self.note_effects(node.cause)
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        kind = (self.evaluate(raised).external or "") if raised is not None else ""
        text = ast.unparse(node.exc) if node.exc else "an exception"
        self.fail(kind.partition(".")[2], node, f"raises {text}", certain=True)
        self.has_ended = True

    def place(self, node):
        return f"line {node.lineno} of {self.repository.name_of(self.file)}"

    def fail(self, kind, node=None, text=None, certain=False):
        """Python raises an exception, or may raise it; nothing where a block around it catches that."""
        if self.repository.catches(kind):
            return
        if certain and self.repository.doubts == 0 and not self.repository.has_lost_track:
            self.repository.tell(f"{self.place(node)} {text}")
        self.repository.is_complete = False

    def lose_track(self):
        self.repository.lose_track()

    # Blocks.

    def note_test(self, node):
        self.note_effects(node)
        if not self.evaluate(node).quiet:
            self.lose_track()

    def note_items(self, node):
        """Somebody asks for the items of it."""
        value = self.evaluate(node)
        if not value.quiet:
            self.lose_track()
        data = self.data_of(value)
        if data is None or isinstance(data, (int, float, os.PathLike)) or value.function:
            self.fail("TypeError", node, f"asks for the items of {ast.unparse(node)}, which has none", certain=True)
        self.note_type(value)

    def visit_If(self, node):
        self.note_test(node.test)
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
        self.note_items(node.iter)
        whole = self.evaluate(node.iter)
        items = self.data(node.iter)
        leaves = any(isinstance(part, (ast.Break, ast.Continue)) for part in ast.walk(node))
        if isinstance(items, (list, tuple)) and len(items) <= MOST_ROUNDS and not leaves:
            for item in list(items):
                self.assign(node.target, plain(item).copied(is_part=True))
                self.visit_body(node.body)
            self.visit_body(node.orelse)
            return
        is_range = isinstance(node.iter, ast.Call) and self.evaluate(node.iter.func).external == "builtins.range"
        is_plain = is_range or isinstance(items, (list, tuple, str))
        self.loop(node, lambda: self.assign(node.target, no_callable() if is_plain else Value(foreign=whole.foreign)))

    visit_AsyncFor = visit_For

    def visit_While(self, node):
        self.note_test(node.test)
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
                    self.give_away(self.names[name])
                    self.names[name] = self.names[name].doubted()
            begin()
            self.visit_body(node.body)
            if isinstance(node, ast.While):
                self.note_test(node.test)
            self.has_ended = False
            self.visit_body(node.orelse)
        self.has_ended = False
        self.names = self.names_with(before, watched)

    def visit_Break(self, node):
        self.has_ended = True

    visit_Continue = visit_Break

    def visit_Try(self, node):
        before = dict(self.names)
        leaves = any(isinstance(part, (ast.Break, ast.Continue, ast.Return))
                     for end in node.finalbody for part in ast.walk(end))
        if leaves:
            # Whatever is raised goes no further.
            self.repository.is_complete = False
        with self.watching() as watched, self.doubting() if node.handlers or leaves else contextlib.nullcontext():
            with self.repository.catching(self.caught_by(node.handlers)):
                self.visit_body(node.body)
            self.visit_body(node.orelse)
        outcomes = [] if self.has_ended else [self.names]
        for handler in node.handlers:
            self.names, self.has_ended = self.names_with(before, watched), False
            with self.doubting():
                self.note_effects(handler.type)
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

    def caught_by(self, handlers):
        """The built-in exceptions that are caught there for certain."""
        kinds = []
        for handler in handlers:
            parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            kinds += [self.evaluate(part).external if part is not None else "builtins.BaseException" for part in parts]
        names = [kind[len("builtins."):] for kind in kinds if kind and kind.startswith("builtins.")]
        found = [getattr(builtins, name, None) for name in names]
        return tuple(kind for kind in found if isinstance(kind, type) and issubclass(kind, BaseException))

    def visit_With(self, node):
        is_transparent = True
        for item in node.items:
            self.note_effects(item.context_expr)
            if not self.evaluate(item.context_expr).quiet:
                self.lose_track()
            manager = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
            is_transparent = is_transparent and self.evaluate(manager).external in TRANSPARENT
            if item.optional_vars is not None:
                is_file = self.evaluate(manager).external == "builtins.open"
                self.assign(item.optional_vars, Value(certain=is_file, foreign=is_file))
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
        self.note_test(node.subject)
        before = dict(self.names)
        with self.watching() as watched, self.doubting():
            for case in node.cases:
                for part in ast.walk(case.pattern):
                    if isinstance(part, ast.expr):
                        self.note_test(part)
                for name in stored_names(case.pattern):
                    self.bind(name, Value())
                if case.guard is not None:
                    self.note_test(case.guard)
        self.names = self.names_with(before, watched)
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
        return external_value(top).copied(certain=self.path.is_plain_module(top))

    def visit_ImportFrom(self, node):
        name = self.absolute(node)
        if name is None:
            self.fail("ImportError", node, "imports from a package around it, and is in none", certain=True)
            for alias in node.names:
                self.bind(alias.asname or alias.name, Value())
            return
        module = self.repository.import_module(name)
        top = name.partition(".")[0]
        if module is None and top in self.repository.modules:
            self.note_failure()
        elif module is None:
            self.check_import(top, node)
        if module is not None and "__getattr__" in module.names:
            # It is asked for what a package has not, and for the __path__ that a file has not.
            if not module.locations or any(alias.name not in module.names for alias in node.names):
                self.lose_track()
        for alias in node.names:
            if alias.name == "*":
                self.import_all(module, name)
            elif module is not None:
                self.bind(alias.asname or alias.name, self.imported(module, alias.name, node))
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
        if value.certain:
            return value
        if name.partition(".")[0] in STANDARD and not name.startswith("torch."):
            self.fail("ImportError")
        return value.copied(certain=self.path.is_module(name) and name not in self.path.replaced)

    def imported(self, module, name, node=None):
        if module.is_opaque or name in module.names:
            value = self.member(module, name)
            if value.may_lack:
                self.fail("ImportError")
            return value
        found = self.repository.submodule(module, name)
        if found is not None:
            return module_value(found)
        if node is None or module.is_open or module.doubtful or module.has_other_path:
            self.note_failure()
        else:
            self.fail("ImportError", node, f"imports {name} from {module.name}, which has none by then", certain=True)
        return Value()

    def note_failure(self):
        """An import that fails, or finds what reading does not show."""
        self.fail("ImportError")

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
            return Value(value.entry, external=value.external, quiet=value.quiet)
        return value.doubted() if module.doubtful else value

    # What evaluating an expression does beside giving a value.

    def note_effects(self, node):
        if node is not None:
            getattr(self, "effects_of_" + type(node).__name__, self.effects_of_other)(node)

    def effects_of_other(self, node):
        """An expression of a newer Python."""
        self.lose_track()

    def effects_of_parts(self, node):
        for part in ast.iter_child_nodes(node):
            if isinstance(part, (ast.expr, ast.keyword, ast.slice)):
                self.note_effects(part)

    effects_of_Constant = effects_of_Index = effects_of_Slice = effects_of_keyword = effects_of_parts

    def effects_on_quiet_parts(self, node):
        """Python asks the operands: an operator's, a truth's, a text's."""
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                self.note_effects(part)
                if not self.evaluate(part).quiet:
                    self.lose_track()

    effects_of_UnaryOp = effects_of_FormattedValue = effects_on_quiet_parts
    effects_of_JoinedStr = effects_of_parts

    def effects_of_Starred(self, node):
        self.note_effects(node.value)
        self.note_items(node.value)

    def note_type(self, value):
        """It is used as no function, and no value that may be of another type, can be."""
        if value.entry or value.is_vague:
            self.fail("TypeError")

    def effects_of_BinOp(self, node):
        self.effects_on_quiet_parts(node)
        self.note_error(node)
        for part in (node.left, node.right):
            value = self.evaluate(part)
            if not value.entry or not isinstance(node.op, ast.BitOr):
                self.note_type(value)

    def effects_of_Compare(self, node):
        if all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            self.effects_of_parts(node)
        else:
            self.effects_on_quiet_parts(node)
            self.note_error(node)

    def note_error(self, node):
        error = self.error_of(node)
        if error is not None:
            self.fail(type(error).__name__, node, f"raises {type(error).__name__}: {error}", certain=True)

    def effects_of_BoolOp(self, node):
        self.note_test(node.values[0])
        with self.doubting():
            for part in node.values[1:]:
                self.note_test(part)

    def effects_of_IfExp(self, node):
        self.note_test(node.test)
        truth = self.truth(node.test)
        with self.doubting() if truth is None else contextlib.nullcontext():
            for part in [node.body, node.orelse] if truth is None else [node.body if truth else node.orelse]:
                self.note_effects(part)

    def effects_of_Lambda(self, node):
        for part in node.args.defaults + node.args.kw_defaults:
            self.note_effects(part)

    def effects_of_List(self, node):
        for part in node.elts:
            self.note_effects(part)
            if isinstance(part, (ast.Name, ast.Attribute)):
                self.give_away(self.evaluate(part))

    effects_of_Tuple = effects_of_List

    def effects_of_Set(self, node):
        # They are hashed.
        self.effects_on_quiet_parts(node)

    def effects_of_Dict(self, node):
        for key, part in zip(node.keys, node.values):
            self.note_effects(key)
            self.note_effects(part)
            if not self.evaluate(part if key is None else key).quiet:
                self.lose_track()
            if isinstance(part, (ast.Name, ast.Attribute)):
                self.give_away(self.evaluate(part))

    def effects_of_ListComp(self, node):
        first = node.generators[0].iter
        self.note_effects(first)
        self.note_items(first)
        with self.doubting(), self.looping(node.generators):
            for loop in node.generators:
                if loop.iter is not first:
                    self.note_effects(loop.iter)
                    self.note_items(loop.iter)
                if not isinstance(loop.target, (ast.Name, ast.Tuple, ast.List)) or loop.is_async:
                    self.lose_track()
                for test in loop.ifs:
                    self.note_test(test)
            for part in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
                self.note_effects(part)
        self.forget_calls()

    effects_of_SetComp = effects_of_DictComp = effects_of_GeneratorExp = effects_of_ListComp

    def effects_of_NamedExpr(self, node):
        self.note_effects(node.value)
        self.bind_outside(node.target.id, self.evaluate(node.value) if not self.repository.doubts else Value())

    def bind_outside(self, name, value):
        """By an expression, which may stand in a comprehension."""
        self.bind(name, value)

    def effects_of_Name(self, node):
        if isinstance(node.ctx, ast.Load):
            self.note_name(node)

    def note_name(self, node):
        if node.id == "__path__":
            self.has_other_path = True
        if not self.has_name(node.id):
            self.fail("NameError", node, f"uses {node.id}, which is not defined", certain=self.is_whole())
        elif self.lookup(node.id).may_lack:
            self.fail("NameError")

    def effects_of_Attribute(self, node):
        self.note_effects(node.value)
        base = self.evaluate(node.value)
        if base.module is not None and node.attr == "__path__":
            base.module.has_other_path = True
        elif is_wild_attribute(node.attr):
            self.lose_track()
        elif base.module is not None:
            if "__getattr__" in base.module.names:
                self.lose_track()
            elif node.attr not in base.module.names and node.attr not in OF_MODULES:
                self.fail("AttributeError")
        elif base.external:
            is_standard = standard_object(base.external) is not NOTHING
            if is_standard and not external_value(f"{base.external}.{node.attr}").certain:
                self.fail("AttributeError")
        elif not base.quiet:
            self.lose_track()
        elif base.is_vague:
            self.fail("AttributeError")
        elif base.container and not any(hasattr(kind, node.attr) for kind in (list, dict, set)):
            self.fail("AttributeError", node, f"asks {ast.unparse(node.value)} for {node.attr}", certain=True)
        elif base.data is not NOTHING and not hasattr(base.data, node.attr):
            self.fail("AttributeError", node, f"asks {type(base.data).__name__} for {node.attr}", certain=True)
        elif base.members is not None and node.attr not in base.members:
            self.fail("AttributeError")

    def effects_of_Subscript(self, node):
        self.note_effects(node.value)
        self.note_effects(node.slice)
        base = self.evaluate(node.value)
        self.note_index(node.slice)
        if not base.quiet:
            self.lose_track()
        if base.external in ("os.environ", "sys.argv"):
            self.fail("LookupError")
        elif self.slice_of(node.slice) is NOTHING if base.data is not NOTHING else base.container:
            self.fail("LookupError")
        elif base.function:
            self.fail("TypeError", node, f"asks {ast.unparse(node.value)} for an item", certain=True)
        elif base.is_vague:
            self.fail("TypeError")
        else:
            self.note_error(node)

    def effects_of_Call(self, node):
        if self.is_own_file(node):
            return
        self.note_effects(node.func)
        for part in node.args + node.keywords:
            self.note_effects(part)
        given = [self.evaluate(part) for part in node.args] + [self.evaluate(part.value) for part in node.keywords]
        if isinstance(node.func, ast.Attribute):
            base = self.evaluate(node.func.value)
            if base.container or base.external == "sys.path":
                self.note_method(node, base, given)
                return
        value = self.evaluate(node.func)
        if value.external in ENDS:
            self.fail("SystemExit", node, f"ends the program: {ast.unparse(node)}", certain=True)
            self.has_ended = self.repository.doubts == 0
        elif value.external in ("builtins.getattr", "builtins.setattr", "builtins.delattr"):
            self.note_named_attribute(node, value.external)
        elif value.function:
            self.evaluate(node)
        elif value.certain and value.entry is None and value.external is None:
            self.fail("TypeError", node, f"calls {ast.unparse(node.func)}, which is no callable", certain=True)
        elif value.foreign:
            self.note_foreign_call(node, value, given)
        else:
            self.lose_track()

    def note_method(self, node, base, given):
        """Of a list, a dict or sys.path."""
        name = node.func.attr
        if name == "sort" and node.keywords or not all(part.quiet for part in given) or name == "__setitem__":
            self.lose_track()
        data, arguments = self.data_of(base), self.arguments_of(node)
        if isinstance(data, list) and name in CHANGES and arguments is not None:
            error = raised_by(lambda: getattr(list(data), name)(*arguments[0], **arguments[1]))
            if error is not None:
                self.fail(type(error).__name__, node, f"raises {type(error).__name__}: {error}", certain=True)
        elif len(node.args) not in ARGUMENTS.get(name, (len(node.args),)):
            self.fail("TypeError")
        elif name in ("extend", "index", "insert", "pop", "popitem", "remove") and base.external != "sys.path":
            self.fail("LookupError")
        elif not any(hasattr(kind, name) for kind in (list, dict, set)):
            self.fail("AttributeError")
        self.evaluate(node)
        if name in CHANGES and isinstance(data, list) or base.external == "sys.path":
            if base.is_part:
                self.lose_track()
        elif name not in ("copy", "count", "get", "index", "items", "keys", "values"):
            self.change_unseen(base, given)

    def note_named_attribute(self, node, function):
        """getattr(x, "name") and the like."""
        base = self.evaluate(node.args[0]) if node.args else Value()
        name = self.data(node.args[1]) if len(node.args) > 1 else NOTHING
        if node.keywords or not isinstance(name, str) or any(isinstance(part, ast.Starred) for part in node.args):
            if not base.foreign or function != "builtins.getattr":
                self.lose_track()
        elif function == "builtins.setattr" and len(node.args) == 3:
            self.assign_attribute(ast.Attribute(node.args[0], name, ast.Store()), self.evaluate(node.args[2]))
        elif function == "builtins.getattr":
            with self.repository.catching((AttributeError,) if len(node.args) == 3 else ()):
                self.effects_of_Attribute(ast.Attribute(node.args[0], name, ast.Load()))
        else:
            self.lose_track()

    def note_foreign_call(self, node, value, given):
        name = value.external or ""
        if name.startswith(INSTALLERS):
            self.path.is_hooked = True
        if name and name.partition(".")[0] not in STANDARD | {"builtins"}:
            # A package that nobody reads here, which may edit sys.path.
            self.path.has_met_others = True
        if name == "site.addsitedir":
            found = self.arguments_of(node)
            self.change(Value(external="sys.path"), "append", found[0] if found else None)
        self.evaluate(node)
        error = self.call_error(value, node)
        if error is not None:
            self.fail(type(error).__name__, node, f"raises {type(error).__name__}: {error}", certain=True)
        for part in given:
            if name.startswith("builtins.") and name not in ANY_TYPE:
                self.note_type(part)
            is_kept = part.quiet and (part.foreign or name in READERS and part.external == "sys.path" or keeps(name))
            if not is_kept and name not in LOOKERS:
                self.lose_track()
            elif part.container and name not in READERS:
                self.give_away(part)

    def give_away(self, value):
        """Something else has this list or dict as well, and may change it."""
        if value.container:
            if value.data is not NOTHING:
                self.change_unseen(value, [])
            value.is_part = True

    def change_unseen(self, value, added):
        """A list or dict is not what it was, and has what is added."""
        # What `dependencies` had before is needed in any case.
        if value is not self.names.get("dependencies"):
            value.data = NOTHING
        if value.is_part:
            self.lose_track()
        value.foreign = value.foreign and all(part.foreign for part in added)
        value.quiet = value.quiet and all(part.quiet for part in added)

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
            self.change_unseen(value, [])
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
        given = self.given_by(node)
        if given is None:
            self.lose_track()
            return Value()
        return self.repository.call(self, value, *given, node)

    def given_by(self, node):
        """The values of a call's arguments, None where their number is not known."""
        if any(isinstance(part, ast.Starred) for part in node.args) or any(part.arg is None for part in node.keywords):
            return None
        keywords = {part.arg: self.evaluate(part.value) for part in node.keywords}
        return [self.evaluate(part) for part in node.args], keywords

    def lambda_value(self, node):
        return Value(Entry(format_signature(node.args, None, drop_first=False)), certain=True, quiet=True)

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
    return [name for part in ast.walk(node) for name in bound_names(part)]


def bound_names(part):
    """What one node of a syntax tree binds."""
    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
        return [part.id]
    if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [part.name]
    if isinstance(part, ast.alias):
        return [(part.asname or part.name).partition(".")[0]]
    if type(part).__name__ in ("ExceptHandler", "MatchAs", "MatchStar") and part.name:
        return [part.name]
    if type(part).__name__ == "MatchMapping" and part.rest:
        return [part.rest]
    return []
