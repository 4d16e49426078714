"""What a file has that this Python's parser gives up on and another Python reads."""

import re
import sys

# Of Python 2 alone, and of what Python on: what the parser's message and the line at fault look like. A pattern is
# searched for in the message, a newline, the line up to the place of the error, a NUL, and the rest of the line.
_OLD = [
    (r"\AMissing parentheses in call to 'print'", "a print statement"),
    (r"\AMissing parentheses in call to 'exec'", "an exec statement"),
    (r"\n\s*raise\s+[\w.]+\s*\0?,", "a raise statement with a comma"),
    (r"\n\s*except\s+\0?[\w.]+\s*,\s*[a-z_]+\s*:", "an except clause with a comma"),
    (r"\n\s*except\s+\0?\([^)]*\)\s*,\s*[a-z_]+\s*:", "an except clause with a comma"),
    (r"parameters cannot be parenthesized", "a parameter that is taken apart"),
    (r"\Aleading zeros .*\n.*\b0\0?[0-7]+\b", "an octal number that begins with 0"),
    (r"\Ainvalid \w+ literal.*\n.*[\da-fA-F]\0?[lL]\b", "a long integer"),
    (r"\0`", "an expression in backquotes"),
    (r"\0<>", "the operator <>"),
    (r"(?<!\w)[uU][rR]\0[\"']|\A'u' and 'r' prefixes", "a string with the prefix ur"),
]
_NEW = [
    (r"\Af-string: .*\n.*[fF]\0?([\"']).*\{[^}]*\1.*\1", "an f-string with its own quotes inside", (3, 12)),
    (r"\Af-string expression part cannot include", "an f-string with a backslash or a comment", (3, 12)),
    (r"\Aunterminated string .*\n.*[fF]\0?([\"'])[^\"']*\{[^}\"']*\Z", "an f-string of several lines", (3, 12)),
    (r"\n\s*\0?type\s+\0?\w+\s*(\[.*\])?\s*=(?!=)", "a type statement", (3, 12)),
    (r"\n\s*((async\s+)?def|class)\s+\w+\s*\0?\[[^\]]*=", "a type parameter with a default", (3, 13)),
    (r"\n\s*((async\s+)?def|class)\s+\w+\s*\0?\[", "a type parameter", (3, 12)),
    (r"\Amultiple exception types must be", "an except clause without parentheses", (3, 14)),
    (r"\Ainvalid syntax\n.*(?<![\w\"'])([tT]|[tT][rR]|[rR][tT])\0[\"']", "a t-string", (3, 14)),
    (r"\n\s*lazy\s+\0?(import|from)\b", "a lazy import", (3, 15)),
    (r"unpacking cannot be used in (dict )?comprehension", "unpacking in a comprehension", (3, 15)),
]


def foreign_syntax(error):
    """The end of a sentence about a SyntaxError; "" where the line is no other Python's, as far as its looks tell."""
    line, offset = error.text or "", max((error.offset or 1) - 1, 0)
    searched = f"{error.msg}\n{line[:offset]}\0{line[offset:]}".rstrip("\n")
    for pattern, name in _OLD:
        if re.search(pattern, searched):
            return f"{name} of Python 2, which no Python 3 reads"
    for pattern, name, version in _NEW:
        if version > sys.version_info[:2] and re.search(pattern, searched):
            running = "%d.%d" % sys.version_info[:2]
            return f"{name}, which takes Python {version[0]}.{version[1]} or later, and this is Python {running}"
    return ""
