"""What may be used while a hubconf.py is imported without a doubt about the names that it has afterwards.

These lists are closed: what is on none of them may change names, modules or sys.path in a way that reading does not
show. Then the list is not complete.
"""

import builtins

_WILD_BUILTINS = {
    "__build_class__", "__import__", "breakpoint", "compile", "delattr", "eval", "exec", "getattr", "globals", "input",
    "locals", "setattr", "vars",
}
# Of the standard library: modules that change nothing of ours, but for what they are given.
_TAME_MODULES = set("""
    __future__ _collections_abc abc argparse array ast atexit base64 binascii bisect bz2 calendar cmath codecs
    collections colorsys concurrent configparser contextlib contextvars copy copyreg csv dataclasses datetime decimal
    difflib distutils email enum errno fcntl filecmp fnmatch fractions functools genericpath getpass glob gzip hashlib
    heapq hmac html http io ipaddress itertools json keyword linecache locale logging lzma marshal math mimetypes
    multiprocessing netrc ntpath numbers opcode operator os pathlib platform plistlib posix posixpath pprint pwd
    queue quopri random re reprlib resource sched secrets select selectors shelve shlex shutil signal socket sqlite3
    sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sysconfig tarfile
    tempfile textwrap threading time timeit token tokenize traceback types typing unicodedata urllib uuid warnings wave
    weakref xml xmlrpc zipfile zlib zoneinfo
""".split())
# Of others, these.
_TAME_NAMES = {
    "gc.collect", "gc.disable", "gc.enable", "importlib.metadata", "importlib.resources", "importlib.util.find_spec",
    "inspect.Parameter", "inspect.Signature", "inspect.cleandoc", "inspect.getdoc", "inspect.getfullargspec",
    "inspect.getsource", "inspect.isclass", "inspect.isfunction", "inspect.ismethod", "inspect.signature",
    "site.addsitedir", *("sys." + name for name in (
        "abiflags", "argv", "base_prefix", "byteorder", "dont_write_bytecode", "exec_prefix", "executable", "exit",
        "flags", "float_info", "getdefaultencoding", "getfilesystemencoding", "getrecursionlimit", "getrefcount",
        "getsizeof", "hexversion", "implementation", "intern", "maxsize", "maxunicode", "path", "platform", "prefix",
        "setrecursionlimit", "stderr", "stdin", "stdout", "version", "version_info")),
}
_WILD_NAMES = {
    "os._exit", "os.abort", "os.chdir", "os.chroot", "os.fchdir", "os.fork", "os.kill", "os.killpg", "os.sys",
    "signal.alarm", "signal.raise_signal", "signal.setitimer", "traceback.sys", "typing.get_type_hints",
}
# Attributes of foreign modules under which these can be had all the same.
_WILD_PARTS = {"_sys", "builtins", "ctypes", "gc", "importlib", "inspect", "sys"}
# Attributes of what it may be that lead to names, or to code that Python runs of itself.
_FRAMES = {
    "ag_frame", "cr_frame", "f_back", "f_builtins", "f_globals", "f_locals", "gi_frame", "tb_frame", "tb_next",
}
_TAME_DUNDERS = {
    "__all__", "__annotations__", "__author__", "__doc__", "__file__", "__members__", "__module__", "__name__",
    "__package__", "__qualname__", "__version__",
}
# Names that a module has of itself.
OF_MODULES = {
    "__annotations__", "__builtins__", "__cached__", "__debug__", "__doc__", "__file__", "__loader__", "__name__",
    "__package__", "__path__", "__spec__",
}
WILD_OF_MODULES = {"__builtins__", "__loader__", "__spec__"}
# Foreign functions that keep what they are given and run nothing of it; torch's decorators likewise.
KEEPERS = {
    "abc.abstractmethod", "abc.abstractproperty", "atexit.register", "builtins.callable", "builtins.classmethod",
    "builtins.dict", "builtins.enumerate", "builtins.frozenset", "builtins.id", "builtins.isinstance",
    "builtins.issubclass", "builtins.list", "builtins.property", "builtins.set", "builtins.slice",
    "builtins.staticmethod", "builtins.tuple", "builtins.type", "builtins.zip", "collections.OrderedDict",
    "collections.defaultdict", "contextlib.asynccontextmanager", "contextlib.contextmanager", "dataclasses.dataclass",
    "dataclasses.field", "enum.unique", "functools.cache", "functools.cached_property", "functools.lru_cache",
    "functools.partial", "functools.partialmethod", "functools.singledispatch", "functools.total_ordering",
    "functools.wraps", "typing.NamedTuple", "typing.NewType", "typing.TypeVar", "typing.cast", "typing.final",
    "typing.no_type_check", "typing.overload", "typing.runtime_checkable", "warnings.catch_warnings",
}
# What looks at any value, one of the repository's too, and runs nothing of it.
LOOKERS = {"builtins.callable", "builtins.id"}
# What reads sys.path, or a list, and neither keeps nor changes it.
READERS = {
    "builtins.all", "builtins.any", "builtins.bool", "builtins.dict", "builtins.enumerate", "builtins.frozenset",
    "builtins.isinstance", "builtins.len", "builtins.list", "builtins.max", "builtins.min", "builtins.print",
    "builtins.range", "builtins.repr", "builtins.reversed", "builtins.set", "builtins.sorted", "builtins.str",
    "builtins.sum", "builtins.tuple", "builtins.zip", "os.path.join", *LOOKERS,
}
# Builtins that take values of any type; others ask them for items, a length or a number, which functions have not.
ANY_TYPE = {"builtins." + name for name in (
    "bool", "callable", "classmethod", "dict", "hasattr", "id", "isinstance", "issubclass", "object", "print",
    "property", "repr", "slice", "staticmethod", "str", "super", "type")}
ENDS = {"builtins.exit", "builtins.quit", "os._exit", "os.abort", "sys.exit"}
# Methods of a class that Python, or what its bases come from, runs without a call that one could see.
HOOKS = {
    "__class_getitem__", "__del__", "__getattr__", "__getattribute__", "__init_subclass__", "__mro_entries__",
    "__prepare__", "__set_name__", "__subclasshook__",
}
# Of bases whose metaclass makes instances of the class at once.
_MAKING_BASES = ("enum.",)


def is_tame(name, standard):
    """Whether what lies elsewhere under this dotted name leads to no name, module or path of ours.

    `standard` are the names of the standard library's modules; other packages are presumed to leave ours alone.
    """
    top, _, rest = name.partition(".")
    if name in _TAME_NAMES or any(name.startswith(tame + ".") for tame in _TAME_NAMES if tame != "sys.path"):
        return True
    if name in _WILD_NAMES or _WILD_PARTS.intersection(rest.split(".")):
        return False
    if top == "builtins":
        return bool(rest) and rest not in _WILD_BUILTINS and hasattr(builtins, rest.partition(".")[0])
    if top == "__main__":
        return False
    return top not in standard or top in _TAME_MODULES or top == "torch"


def is_wild_attribute(name):
    is_dunder = name.startswith("__") and name.endswith("__")
    return name in _FRAMES or is_dunder and name not in _TAME_DUNDERS


def makes_instances(base):
    return base.startswith(_MAKING_BASES)


def keeps(name):
    """Whether a foreign decorator or function runs nothing of what it is given."""
    return name in KEEPERS or name is not None and name.startswith("torch.")
