"""Functions and classes as a list shows them: the signature and the docstring, from the syntax tree."""

import ast
import sys


class Entry:
    """A callable that a name stands for."""

    def __init__(self, signature="", docstring=None):
        self.signature = signature
        # Half of a surrogate pair, which a literal may hold, is in no UTF-8.
        self.docstring = (docstring or "").encode("utf-8", "backslashreplace").decode("utf-8")


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


def docstring_of(node):
    """The docstring as this Python's compiler leaves it, which takes the indentation away since 3.13."""
    text = ast.get_docstring(node, clean=False)
    if text is None or sys.version_info < (3, 13):
        return text
    alone = ast.fix_missing_locations(ast.Module([ast.Expr(ast.Constant(text))], []))
    try:
        return compile(alone, "<docstring>", "exec", dont_inherit=True, optimize=0).co_consts[0]
    except ValueError:
        # Half of a surrogate pair, of which the compiler makes no docstring.
        return text


def function_entry(node):
    return Entry(format_signature(node.args, node.returns, drop_first=False), docstring_of(node))


def class_entry(node):
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            return Entry(format_signature(member.args, None, drop_first=True), docstring_of(node))
    return Entry("", docstring_of(node))
