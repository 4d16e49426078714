"""What expressions stand for, as far as reading tells. Nothing of a repository is run.

Computed are literals, texts, lists, os.path and pathlib; of the rest there is only to know whether it can be called.
"""

import ast
import contextlib
import functools
import importlib
import operator
import os
import pathlib
import sys

from torchhub_search_path import STANDARD
from torchhub_static_effects import is_tame, keeps
from torchhub_static_entries import Entry

NOTHING = object()


class Value:
    """`entry` is the callable that it is, None for what is none, and `certain` whether that is known.

    Beside that: `data`, where it could be computed; `module`, a file of the repository; `external`, the dotted name of
    what lies elsewhere; `function`, a module of the repository and the definition in it.

    What using it runs: nothing of the repository, calls but, where it is `quiet`; nothing at all, where it is
    `foreign`, since it holds nothing of the repository's. A `container` is a list or dict that was written down,
    `is_part` one that lies in another. `may_lack` says that the name may stand for nothing, `is_vague` that it may be
    of several types. `members` are a class's attributes, where it has no others.
    """

    def __init__(self, entry=None, certain=False, data=NOTHING, module=None, external=None, function=None,
                 quiet=False, foreign=False):
        self.entry = entry
        self.certain = certain
        self.data = data
        self.module = module
        self.external = external
        self.function = function
        self.foreign = foreign or data is not NOTHING
        self.quiet = quiet or self.foreign or function is not None
        self.container = isinstance(data, (list, dict))
        self.members = set(dir(type(lambda: None))) if function is not None else None
        self.is_part = self.may_lack = self.is_vague = self.makes_instances = False

    def copied(self, **changes):
        copy = Value()
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def doubted(self):
        return self.copied(certain=False)


def plain(data):
    return Value(certain=True, data=data)


def no_callable(quiet=True, foreign=True):
    return Value(certain=True, quiet=quiet, foreign=foreign)


def joined(parts, container=False):
    """A value that is no callable, and is made of these."""
    result = no_callable(all(part.quiet for part in parts), all(part.foreign for part in parts))
    result.container = container
    return result


def either(one, other):
    """What a name stands for after two ways through the code; None where it stands for nothing."""
    if one is other:
        return one
    there = [value for value in (one, other) if value is not None]
    entry = next((value.entry for value in there if value.entry), None)
    # A name without a value cannot be called.
    kinds = {bool(value and value.entry) for value in (one, other)}
    result = Value(entry, len(kinds) == 1 and all(value.certain for value in there),
                   quiet=all(value.quiet for value in there), foreign=all(value.foreign for value in there))
    result.is_vague = True
    result.may_lack = len(there) == 1 or one.may_lack or other.may_lack
    result.container = result.is_part = any(value.container for value in there)
    if len(there) == 2:
        # Of two lists one may change later.
        if type(one.data) is type(other.data) and one.data == other.data and not result.container:
            result.data = one.data
        if one.external == other.external:
            result.external = one.external
    return result


# A path is no longer than PATH_MAX, and no list of them is long.
_LONGEST = 4096
_LARGEST = 1 << 16


def _numbers(*ends):
    """Of a range, where there are not many."""
    numbers = range(*ends)
    return list(numbers) if len(numbers) <= _LONGEST else NOTHING


# What may be computed: no function of these looks outside of its arguments, but for the ones of _LOOKING.
_FUNCTIONS = {
    "builtins.bool": bool, "builtins.dict": dict, "builtins.len": len, "builtins.list": list,
    "builtins.range": _numbers, "builtins.sorted": sorted,
    "builtins.str": str, "builtins.tuple": tuple, "os.fspath": os.fspath, "os.getcwd": os.getcwd,
    "pathlib.Path": pathlib.Path, "pathlib.Path.cwd": pathlib.Path.cwd, "pathlib.PosixPath": pathlib.Path,
    "pathlib.PurePath": pathlib.PurePath, "pathlib.PurePosixPath": pathlib.PurePosixPath,
}
for _name in ("abspath", "basename", "commonpath", "dirname", "exists", "isabs", "isdir", "isfile", "join", "normpath",
              "realpath", "relpath", "split", "splitext"):
    _FUNCTIONS["os.path." + _name] = getattr(os.path, _name)
_LOOKING = {
    "exists", "is_dir", "is_file", "os.path.exists", "os.path.isdir", "os.path.isfile", "os.path.realpath", "resolve",
}
_CONSTANTS = {
    "os.curdir": os.curdir, "os.name": os.name, "os.pardir": os.pardir, "os.path.curdir": os.curdir,
    "os.path.pardir": os.pardir, "os.path.sep": os.sep, "os.sep": os.sep, "sys.platform": sys.platform,
    "sys.version_info": sys.version_info, "typing.TYPE_CHECKING": False, "typing_extensions.TYPE_CHECKING": False,
}
_METHODS = {
    str: {"endswith", "format", "join", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace",
          "rpartition", "rsplit", "rstrip", "split", "startswith", "strip", "upper"},
    pathlib.PurePath: {"absolute", "as_posix", "exists", "is_absolute", "is_dir", "is_file", "joinpath", "relative_to",
                       "resolve", "with_name", "with_suffix"},
    list: {"copy", "count", "index"},
    dict: {"get"},
}
CHANGES = {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"}
_VIEWS = {"items", "keys", "values"}
_ATTRIBUTES = {"anchor", "name", "parent", "parents", "parts", "stem", "suffix"}
# Calls whose result nobody can call.
_NO_CALLABLES = {
    "builtins.dict", "builtins.enumerate", "builtins.float", "builtins.frozenset", "builtins.int",
    "builtins.isinstance", "builtins.object", "builtins.open", "builtins.print", "builtins.range", "builtins.repr",
    "builtins.set", "builtins.zip", "glob.glob", "json.load", "json.loads", "logging.getLogger", "os.environ.get",
    "os.getenv", "os.listdir", "re.compile", "torch.cuda.is_available", *_FUNCTIONS,
}
_TRUTHS = {"builtins.callable", "builtins.hasattr", "builtins.isinstance", "builtins.issubclass"}
_FILE_FUNCTIONS = {"inspect.getfile", "inspect.getsourcefile"}
_CLASSES = {"collections.namedtuple", "typing.NamedTuple"}
_ARITHMETIC = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.Mult: operator.mul, ast.BitOr: operator.or_, ast.BitAnd: operator.and_,
}
_OPERATORS = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b, ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
# What does more than to define something when it is imported.
_LOUD = {
    "__main__", "antigravity", "idlelib", "readline", "rlcompleter", "test", "this", "tkinter", "turtle", "turtledemo",
}


def compute(function, *arguments, **keywords):
    """The function's result as data, NOTHING where it raises or gives what is no data."""
    try:
        return as_data(function(*arguments, **keywords))
    except Exception:
        return NOTHING


def raised_by(action):
    try:
        action()
    except Exception as error:
        return error
    return None


def as_data(result):
    """What a function gave, or NOTHING where it is of another kind or too large."""
    if type(result).__name__ == "_PathParents":
        result = list(result)
    return result if _left_of(_LARGEST, result) >= 0 else NOTHING


def _left_of(room, data):
    """The room that is left beside it; less than none for what is no data."""
    if isinstance(data, (str, bytes, pathlib.PurePath)):
        length = len(str(data))
        return room - length if length <= _LONGEST else -1
    if data is None or isinstance(data, (bool, float)) or isinstance(data, int) and abs(data) < 1 << 64:
        return room - 1
    if not isinstance(data, (list, tuple, dict)):
        return -1
    for part in list(data) + list(data.values()) if isinstance(data, dict) else data:
        room = _left_of(room - 1, part)
        if room < 0:
            return room
    return room


class Evaluator:
    """Values of expressions.

    Whoever derives from it says what names are: lookup(name), member(module, name), bound(name, value); and what is
    done by lambda_value(node), call_function(value, node), data_of(value), change(value, method, arguments),
    doubting(), may_look(path). count() ends what takes too long.
    """

    def __init__(self):
        self._calls = {}

    def forget_calls(self):
        """A statement runs: what it calls is called once more."""
        self._calls = {}

    def evaluate(self, node):
        self.count()
        if not isinstance(node, ast.Call):
            return getattr(self, "of_" + type(node).__name__, self.of_other)(node)
        if id(node) not in self._calls:
            self._calls[id(node)] = Value()
            self._calls[id(node)] = self.of_Call(node)
        return self._calls[id(node)]

    def data(self, node):
        return self.data_of(self.evaluate(node))

    def truth(self, node):
        """True, False, or None where it is not known."""
        return self.truth_of(self.evaluate(node))

    def truth_of(self, value):
        data = self.data_of(value) if value.certain else NOTHING
        return None if data is NOTHING else bool(data)

    def of_other(self, node):
        return Value()

    def of_Constant(self, node):
        data = as_data(node.value)
        return no_callable() if data is NOTHING else plain(data)

    def of_Name(self, node):
        return self.lookup(node.id)

    def of_NamedExpr(self, node):
        value = self.evaluate(node.value)
        # The name has the same list, and reading would have two.
        return value.copied(data=NOTHING, is_part=True) if value.container else value

    def of_Lambda(self, node):
        return self.lambda_value(node)

    def of_List(self, node):
        values = [self.evaluate(item) for item in node.elts]
        items = [self.data_of(value) for value in values]
        is_known = NOTHING not in items and as_data(items) is not NOTHING
        return plain(items) if is_known else joined(values, container=True)

    def of_Tuple(self, node):
        items = self.of_List(node)
        return items.copied(container=False) if items.data is NOTHING else plain(tuple(items.data))

    def of_Dict(self, node):
        parts = [self.evaluate(part) for part in node.keys + node.values if part]
        keys = [self.data(key) if key else NOTHING for key in node.keys]
        values = [self.data(value) for value in node.values]
        data = NOTHING if NOTHING in keys or NOTHING in values else compute(dict, zip(keys, values))
        return joined(parts, container=True) if data is NOTHING else plain(data)

    def of_Set(self, node):
        return joined([self.evaluate(item) for item in node.elts], container=True)

    def of_DictComp(self, node):
        return self.made_by_loops(node, [node.key, node.value])

    def of_SetComp(self, node):
        return self.made_by_loops(node, [node.elt])

    of_GeneratorExp = of_SetComp

    def made_by_loops(self, node, parts):
        with self.looping(node.generators):
            result = joined([self.evaluate(part) for part in parts], container=True)
        self.forget_calls()
        return result

    @contextlib.contextmanager
    def looping(self, generators):
        """The loops' names, standing for any of the items."""
        with contextlib.ExitStack() as stack:
            for loop in generators:
                items = self.evaluate(loop.iter)
                for part in ast.walk(loop.target):
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                        stack.enter_context(self.bound(part.id, Value(foreign=items.foreign)))
            self.forget_calls()
            yield

    def of_ListComp(self, node):
        """One loop over what is known, as [os.path.join(HERE, name) for name in ("a", "b")]."""
        loop = node.generators[0]
        items = self.data(loop.iter)
        if len(node.generators) > 1 or not isinstance(loop.target, ast.Name) or not isinstance(items, (list, tuple)):
            return self.made_by_loops(node, [node.elt])
        data = []
        for item in items:
            with self.bound(loop.target.id, plain(item)):
                self.forget_calls()
                chosen = [self.truth(test) for test in loop.ifs]
                if None in chosen:
                    return self.made_by_loops(node, [node.elt])
                if all(chosen):
                    data.append(self.data(node.elt))
        is_known = NOTHING not in data and as_data(data) is not NOTHING
        return plain(data) if is_known else self.made_by_loops(node, [node.elt])

    def of_TemplateStr(self, node):
        for part in node.values:
            if not isinstance(part, ast.Constant):
                self.evaluate(part.value)
        return no_callable()

    def of_JoinedStr(self, node):
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                data = self.data(part.value)
                if data is NOTHING or part.format_spec or part.conversion not in (-1, 115):
                    return no_callable()
                text += str(data)
            else:
                text += part.value
        return plain(text) if as_data(text) is not NOTHING else no_callable()

    def of_BinOp(self, node):
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        a, b = self.data_of(left), self.data_of(right)
        data = NOTHING
        if a is not NOTHING and b is not NOTHING:
            if isinstance(node.op, ast.Add) and isinstance(a, (str, list, tuple)):
                data = compute(lambda: a + b)
            elif isinstance(node.op, ast.Div) and pathlib.PurePath in type(a).__mro__ + type(b).__mro__:
                data = compute(lambda: a / b)
            elif isinstance(node.op, ast.Mod) and isinstance(a, str) and a.count("%") == a.count("%s"):
                data = compute(lambda: a % b)
            elif type(node.op) in _ARITHMETIC and isinstance(a, (int, float)) and isinstance(b, (int, float)):
                data = compute(_ARITHMETIC[type(node.op)], a, b)
            elif isinstance(node.op, ast.Pow) and isinstance(a, int) and b in range(64) and abs(a) < 1 << 16:
                data = compute(operator.pow, a, b)
        if data is not NOTHING:
            return plain(data)
        # Texts, numbers and lists give such again; an object of the repository may give what it likes.
        is_known = all(value.certain and not value.entry for value in (left, right))
        is_text = isinstance(a, str) and isinstance(node.op, ast.Mod)
        is_vague = not is_text and all(value.external is None for value in (left, right))
        return joined([left, right]).copied(certain=is_known or is_text, is_vague=is_vague)

    def error_of(self, node):
        """What Python raises for an operation on data, or None."""
        if isinstance(node, ast.BinOp):
            a, b = self.data(node.left), self.data(node.right)
            is_small = not isinstance(node.op, ast.Mult) or isinstance(a, (int, float)) and isinstance(b, (int, float))
            is_tried = type(node.op) in _ARITHMETIC and not isinstance(node.op, ast.Mod) and is_small
            if a is NOTHING or b is NOTHING or not is_tried:
                return None
            action = functools.partial(_ARITHMETIC[type(node.op)], a, b)
        elif isinstance(node, ast.Compare):
            a, b = self.data(node.left), self.data(node.comparators[0])
            if a is NOTHING or b is NOTHING:
                return None
            action = functools.partial(_OPERATORS[type(node.ops[0])], a, b)
        else:
            data, index = self.data(node.value), self.slice_of(node.slice)
            if data is NOTHING or index is NOTHING:
                return None
            action = functools.partial(operator.getitem, data, index)
        return raised_by(action)

    def call_error(self, value, node):
        """What a function raises that could be computed, or None."""
        arguments = self.arguments_of(node) if value.external in _FUNCTIONS and value.external not in _LOOKING else None
        if value.external == "functools.partial":
            first = self.evaluate(node.args[0]) if node.args else None
            if first is None or first.certain and not first.entry and not first.external:
                return TypeError("the first argument must be callable")
        if arguments is None:
            return None
        return raised_by(functools.partial(_FUNCTIONS[value.external], *arguments[0], **arguments[1]))

    def of_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            truth = self.truth(node.operand)
            return no_callable().copied(is_vague=True) if truth is None else plain(not truth)
        value = self.evaluate(node.operand)
        data = self.data_of(value)
        if isinstance(node.op, ast.USub) and isinstance(data, (int, float)):
            return plain(-data)
        return joined([value]).copied(certain=value.certain and not value.entry)

    def of_BoolOp(self, node):
        """One of the operands: the first that decides."""
        result = None
        for operand in node.values:
            with contextlib.nullcontext() if result is None else self.doubting():
                value = self.evaluate(operand)
            truth = self.truth_of(value)
            if truth is isinstance(node.op, ast.Or):
                return value if result is None else either(result, value)
            # One that is known not to decide is not the result, unless it is the last.
            if truth is None or operand is node.values[-1]:
                result = value if result is None else either(result, value)
        return result

    def of_IfExp(self, node):
        truth = self.truth(node.test)
        if truth is not None:
            return self.evaluate(node.body if truth else node.orelse)
        with self.doubting():
            return either(self.evaluate(node.body), self.evaluate(node.orelse))

    def of_Compare(self, node):
        values = [self.evaluate(part) for part in [node.left] + node.comparators]
        data = [self.data_of(value) for value in values]
        if NOTHING not in data:
            found = [compute(_OPERATORS[type(op)], a, b) for op, a, b in zip(node.ops, data, data[1:])]
            if NOTHING not in found:
                return plain(all(found))
        is_bool = all(isinstance(op, (ast.In, ast.NotIn, ast.Is, ast.IsNot)) for op in node.ops)
        is_known = is_bool or all(value.certain and not value.entry for value in values)
        is_foreign = is_bool or all(value.quiet for value in values)
        return Value(certain=is_known, foreign=is_foreign).copied(is_vague=True)

    def of_Subscript(self, node):
        base = self.evaluate(node.value)
        if base.external == "os.environ":
            return no_callable()
        data = self.data_of(base)
        if data is NOTHING:
            return Value(foreign=base.foreign)
        index = self.slice_of(node.slice)
        found = NOTHING if index is NOTHING else compute(lambda: data[index])
        return Value(foreign=True, quiet=True) if found is NOTHING else plain(found).copied(is_part=True)

    def slice_of(self, node):
        if not isinstance(node, ast.Slice):
            # Before 3.9 the parser wraps it.
            return self.data(getattr(node, "value", node) if type(node).__name__ == "Index" else node)
        ends = [self.data(end) if end else None for end in (node.lower, node.upper, node.step)]
        return NOTHING if NOTHING in ends else slice(*ends)

    def of_Attribute(self, node):
        base = self.evaluate(node.value)
        if base.module is not None:
            return self.member(base.module, node.attr)
        if base.external:
            return external_value(f"{base.external}.{node.attr}")
        data = self.data_of(base)
        if base.entry and node.attr in ("__doc__", "__module__", "__name__", "__qualname__"):
            return no_callable()
        if isinstance(data, pathlib.PurePath) and node.attr in _ATTRIBUTES or data is sys.version_info:
            found = compute(getattr, data, node.attr)
            return Value(foreign=True) if found is NOTHING else plain(found)
        # A method of a list could change it under any name.
        return Value(foreign=base.foreign and not base.container)

    def of_Call(self, node):
        if isinstance(node.func, ast.Attribute):
            base = self.evaluate(node.func.value)
            if base.external == "sys.path" or isinstance(base.data, list) and node.func.attr in CHANGES:
                arguments = self.arguments_of(node)
                return self.change(base, node.func.attr, None if arguments is None else arguments[0])
            if base.data is not NOTHING:
                return self.method_value(base.data, node)
        value = self.evaluate(node.func)
        if value.external == "functools.partial":
            return Value(Entry(), certain=True, quiet=True)
        if value.external in _CLASSES:
            return Value(Entry(), certain=True, foreign=True)
        if value.external in _FUNCTIONS:
            return self.computed(_FUNCTIONS[value.external], value.external, node)
        if self.is_own_file(node):
            return self.lookup("__file__")
        if value.function:
            return self.call_function(value, node)
        parts = node.args + [keyword.value for keyword in node.keywords]
        given = joined([self.evaluate(part) for part in parts])
        result = Value(certain=value.external in _NO_CALLABLES, foreign=value.foreign and given.foreign,
                       quiet=value.foreign and given.quiet and keeps(value.external))
        result.is_vague = value.external in _TRUTHS
        return result

    def of_Starred(self, node):
        return Value(foreign=self.evaluate(node.value).foreign)

    def is_own_file(self, node):
        """Whether it is inspect.getfile(inspect.currentframe()), the file of the code."""
        if self.evaluate(node.func).external not in _FILE_FUNCTIONS or len(node.args) != 1:
            return False
        frame = node.args[0]
        return isinstance(frame, ast.Call) and self.evaluate(frame.func).external == "inspect.currentframe"

    def method_value(self, data, node):
        name = node.func.attr
        if isinstance(data, dict) and name in _VIEWS and not node.args:
            return plain(list(getattr(data, name)()))
        allowed = any(isinstance(data, kind) and name in names for kind, names in _METHODS.items())
        if not allowed or name == "format" and any(mark in data for mark in (":", "!", ".", "[")):
            return Value(foreign=True)
        return self.computed(getattr(data, name), name, node, data)

    def computed(self, function, name, node, data=NOTHING):
        arguments = self.arguments_of(node)
        if arguments is None:
            return no_callable()
        positional, keywords = arguments
        if name in _LOOKING and not self.may_look(positional[0] if data is NOTHING and positional else data):
            return no_callable()
        found = compute(function, *positional, **keywords)
        return no_callable() if found is NOTHING else plain(found)

    def arguments_of(self, node):
        """What a call is given, as data; None where not all of it is known."""
        positional = [self.data(argument) for argument in node.args]
        keywords = {keyword.arg: self.data(keyword.value) for keyword in node.keywords}
        if NOTHING in positional or NOTHING in keywords.values() or None in keywords:
            return None
        return positional, keywords


def external_value(name):
    """What lies elsewhere under a dotted name: known where it is the standard library's."""
    if name in _CONSTANTS:
        return plain(_CONSTANTS[name])
    found = standard_object(name)
    # sys.path may be looked at, and not be given away.
    tame = is_tame(name, STANDARD)
    kinds = {"external": name, "quiet": tame, "foreign": tame and name != "sys.path"}
    if found is NOTHING:
        return Value(**kinds)
    return Value(standard_entry(name) if callable(found) else None, certain=True, **kinds)


@functools.lru_cache(maxsize=None)
def standard_object(name):
    """What the standard library has under a dotted name; NOTHING where it has none."""
    parts = name.split(".")
    if parts[0] not in sys.stdlib_module_names or parts[0] in _LOUD:
        return NOTHING
    try:
        found = importlib.import_module(parts[0])
        for end, part in enumerate(parts[1:], 2):
            if not hasattr(found, part):
                importlib.import_module(".".join(parts[:end]))
            found = getattr(found, part)
    except Exception:
        return NOTHING
    return found


@functools.lru_cache(maxsize=None)
def standard_entry(name):
    import inspect

    found = standard_object(name)
    try:
        signature = str(inspect.signature(found))
    except Exception:
        signature = ""
    docstring = getattr(found, "__doc__", None)
    return Entry(signature, docstring if isinstance(docstring, str) else "")
