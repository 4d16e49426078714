"""Whether our machine reads pickles as Python's unpicklers do, or refuses: unpicklers.py DESCRIBE_PICKLES COUNT SEED.

A pickle that we take must be read by each of them, to its last byte, as the same value: by the unpickler in C, from
bytes, from a file and from a stream that cannot be peeked at, and by the one in Python. CASES are the known
differences (archive/detail/pickle/pickle_differences.md); COUNT more are opcodes at random, and picklers' own, damaged.
Globals are names and calls are told, so that nothing runs. Prints what was taken; ends with 1 if a value differs, or
if a well-formed pickle is refused.
"""

import collections
import io
import pickle
import pickletools
import random
import struct
import subprocess
import sys
import tempfile

PROGRAM, COUNT = sys.argv[1], int(sys.argv[2])
RANDOM = random.Random(int(sys.argv[3]))
MOST_VALUES = 500
sys.setrecursionlimit(5000)


# What we read on purpose where Python does not, by what it says then.
REASONS = (
    "codec can't decode",  # text of Python 2 that is no UTF-8 is Latin-1 here; torch has to be asked for that
    "unhashable type: 'bytearray'",  # an array of bytes is bytes here, also as a key
)


class Name:

    def __init__(self, full):
        self.full = full

    def __call__(self, *arguments):
        return Made(self.full, arguments)

    def __eq__(self, other):
        return isinstance(other, Name) and self.full == other.full

    def __hash__(self):
        return hash(self.full)


class Made:

    def __init__(self, full, arguments):
        self.full, self.arguments, self.state = full, arguments, None

    def __setstate__(self, state):
        self.state = state


class CUnpickler(pickle.Unpickler):

    def find_class(self, module, name):
        return Name(f"{module}.{name}")

    def persistent_load(self, identity):
        return Made("persistent", (identity,))


class PythonUnpickler(pickle._Unpickler):
    find_class = CUnpickler.find_class
    persistent_load = CUnpickler.persistent_load


class TooLarge(Exception):
    pass


def tell(value):
    """The value as text; as describe_pickles.cc."""
    told = 0

    def walk(value):
        nonlocal told
        told += 1
        if told > MOST_VALUES:
            raise TooLarge
        if value is None:
            return "N"
        if value is True or value is False:
            return "T" if value else "F"
        if isinstance(value, int):
            if -(2**63) <= value < 2**63:
                return f"i{value}"
            size = (value if value >= 0 else ~value).bit_length() // 8 + 1
            return "l" + value.to_bytes(size, "little", signed=True).hex()
        if isinstance(value, float):
            return "fnan" if value != value else "f" + struct.pack(">d", value).hex()
        if isinstance(value, str):
            # Halves of surrogate pairs are written out here.
            return "s" + value.encode("utf-8", "backslashreplace").hex()
        if isinstance(value, (bytes, bytearray)):
            return "b" + bytes(value).hex()
        if isinstance(value, list):
            return "[" + ",".join(map(walk, value)) + "]"
        if isinstance(value, tuple):
            return "(" + ",".join(map(walk, value)) + ")"
        if isinstance(value, (set, frozenset)):
            return "<" + ",".join(sorted(map(walk, value))) + ">"
        if isinstance(value, dict):
            return "{" + ",".join(f"{walk(k)}:{walk(v)}" for k, v in value.items()) + "}"
        if isinstance(value, Name):
            return "g" + value.full.encode("utf-8", "surrogatepass").hex()
        if isinstance(value, Made):
            name = value.full.encode("utf-8", "surrogatepass").hex()
            return f"o{name}({','.join(map(walk, value.arguments))}){walk(value.state)}"
        return "unknown"

    return walk(value)


def holds_data_alone(data):
    """Whether the unpickler of pickle.loads, which can't be told to import nothing, has nothing to import."""
    try:
        return not any(
            opcode.name in ("GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "REDUCE", "NEWOBJ", "NEWOBJ_EX", "BUILD",
                            "PERSID", "BINPERSID") or opcode.name.startswith("EXT")
            for opcode, _, _ in pickletools.genops(data))
    except Exception:
        return False


def outcomes(data, path):
    """What each reader makes of it: its name, and a text, or None where it refuses."""
    path.seek(0)
    path.truncate()
    path.write(data)
    path.flush()

    def result(load):
        try:
            return "= " + tell(load())
        except TooLarge:
            return "? "
        except RecursionError:
            return "? "
        except Exception as error:
            return f"! {type(error).__name__}: {error}"

    def from_file(unpickler, file):
        value = unpickler(file, encoding="utf-8").load()
        rest = len(file.read())
        if rest:
            raise ValueError(f"{rest} bytes are left")
        return value

    with open(path.name, "rb") as file:
        yield "C, file", result(lambda: from_file(CUnpickler, file))
    yield "C, stream", result(lambda: from_file(CUnpickler, io.BytesIO(data)))
    with open(path.name, "rb") as file:
        yield "Python, file", result(lambda: from_file(PythonUnpickler, file))
    if holds_data_alone(data):
        yield "C, bytes", result(lambda: pickle.loads(data, encoding="utf-8"))


FRAME = pickle.FRAME


def framed(body, size=None):
    return FRAME + struct.pack("<Q", len(body) if size is None else size) + body


def long_bytes(body):
    return pickle.BINBYTES + struct.pack("<I", len(body)) + body


# Name, pickle, whether it has to be read.
P4 = b"\x80\x04"
CASES = [
    ("an operand that crosses a frame's end", P4 + framed(b"B" + struct.pack("<I", 4) + b"abcd.", 2), False),
    ("bytes that cross it", P4 + framed(long_bytes(b"abcdefgh") + b".", 9), False),
    ("a text that crosses it", P4 + framed(b"X\x04\0\0\0abcd.", 7), False),
    ("a line that crosses it", P4 + framed(b"cos\nsystem\n.", 5), False),
    ("a number's line that crosses it", P4 + framed(b"I12345\n.", 3), False),
    ("a number that crosses it", P4 + framed(b"J\1\2\3\4.", 3), False),
    ("a memo's index that crosses it", P4 + framed(b"Nr\0\0\0\0.", 3), False),
    ("a frame's own size that crosses it", P4 + framed(b"N" + framed(b"0N."), 4), False),
    ("a frame within a frame", P4 + framed(b"N" + framed(b"0N.")), False),
    ("a frame longer than what is left", P4 + framed(b"N.", 3), False),
    ("a frame longer than anything", P4 + framed(b"N.", 2**64 - 1), False),
    ("STOP before the frame's end", P4 + framed(b"N.N"), False),
    ("a frame of nothing", P4 + framed(b"") + b"N.", True),
    ("two frames", P4 + framed(b"(NN") + framed(b"t."), True),
    ("an operand that begins where the frame ends", P4 + framed(b"J", 1) + b"\1\2\3\4.", True),
    ("bytes between frames", P4 + framed(b"(") + long_bytes(b"x" * 70000) + framed(b"t."), True),
    ("a frame that ends between opcodes", P4 + framed(b"NNNt", 1)[:-1] + b"00.", True),
    ("no frames at all", P4 + b"N.", True),
    ("MEMOIZE after BINPUT counts entries", P4 + b"(\x8c\1aq\1\x8c\1b\x94h\1t.", False),
    ("MEMOIZE after an index far away", P4 + b"(Nq\x09\x94h\1t.", False),
    ("BINPUT over what MEMOIZE wrote", P4 + b"(\x8c\1a\x94\x8c\1bq\0\x8c\1c\x94h\0h\1t.", True),
    ("BINPUT counted from one", b"\x80\x02(Nq\1Nq\2h\1h\2t.", True),
    ("an octal number", b"I010\n.", False),
    ("a zero below zero", b"I-0\n.", False),
    ("an octal number below zero", b"I-010\n.", False),
    ("a hexadecimal number", b"I0x10\n.", False),
    ("a number with underscores", b"I1_0\n.", False),
    ("a number with blanks", b"I 10 \n.", False),
    ("a number with a plus", b"I+10\n.", False),
    ("a number that a NUL ends", b"I1\0\n.", False),
    ("a number with the L of another opcode", b"I10L\n.", False),
    ("a truth", b"I01\n.", True),
    ("a truth of LONG", b"L01\n.", False),
    ("zeros of LONG", b"L00\n.", False),
    ("zeros", b"I000\n.", False),
    ("a long number with zeros in front", b"L010L\n.", False),
    ("a number without digits", b"I\n.", False),
    ("a LONG of an L", b"LL\n.", False),
    ("numbers as they are written", b"(I0\nI-12\nL12L\nL12\nL-3L\nF1.5\nFinf\nF-1e300\nt.", True),
    ("a real with underscores", b"F1_0\n.", False),
    ("a real with blanks", b"F 1\n.", False),
    ("a real that is too large", b"F1e400\n.", False),
    ("a NaN that carries something", b"Fnan(1)\n.", False),
    ("an index with zeros in front", b"(Np007\ng7\nt.", True),
    ("an index below zero", b"(Np-1\nt.", False),
    ("a line without an end", b"I1", False),
    ("a global whose line has no end", b"cos\nsystem", False),
    ("a global without a module", b"c\nsystem\n.", False),
    ("a text of a lone surrogate", P4 + b"\x8c\3\xed\xa0\x80.", False),
    ("a text that is no UTF-8", P4 + b"\x8c\1\xff.", False),
    ("quotes of two kinds", b"S'a\"\n.", False),
    ("no quotes", b"Sa\n.", False),
    ("a protocol that is not there yet", b"\x80\x06N.", False),
    ("PROTO in the middle", b"\x80\x04N\x80\x040N.", False),
    ("something left on the stack", b"NN.", False),
    ("an open group at the end", b"(N.", False),
    ("nothing at the end", b".", False),
    ("POP takes the mark of an empty group", b"(0N.", True),
    ("a pop below a mark", b"N(00N.", False),
    ("a value below a mark", b"N(\x85t.", False),
    ("DUP below a mark", b"N(2t.", False),
    ("BUILD below a mark", b"cos\nsystem\n)R(Nbt.", False),
    ("pairs that are none", b"}(Nu.", False),
    ("DICT of pairs that are none", b"(Nd.", False),
    ("items of what is no list", b"N(NNe.", False),
    ("no items of what is no list", b"N(e.", False),
    ("items of a tuple", b")(Ne.", False),
    ("items of an array of bytes", P4 + b"\x96\1\0\0\0\0\0\0\0a(K\1e.", False),
    ("a key that is a list", b"}]Ns.", False),
    ("a key that is a tuple of lists", b"}]\x85Ns.", False),
    ("a set that holds a list", P4 + b"\x8f(]\x90.", False),
    ("a frozenset that holds a dict", P4 + b"(}\x91.", False),
    ("equal keys", b"}(I1\nNI01\nI5\nu.", True),
    ("equal members of a set", P4 + b"\x8f(K\1\x88G\x3f\xf0\0\0\0\0\0\0\x90.", True),
    ("arguments that are a list", b"cos\nsystem\n]R.", False),
    ("a call of what cannot be called", b"N)R.", False),
    ("a new object of what is no type", b"\x80\x02cos\nsystem\n)\x81.", False),
    ("a name that is no text", P4 + b"C\2osC\1x\x93.", False),
    ("LONG4 of negative length", b"\x80\x02\x8b\xff\xff\xff\xff.", False),
    ("LONG1 of nothing", b"\x80\x02\x8a\0.", True),
    ("LONG1 with more bytes than it needs", b"\x80\x02\x8a\x0a\1\0\0\0\0\0\0\0\0\0.", True),
    ("BINSTRING of negative length", b"\x80\x02T\xff\xff\xff\xffabc.", False),
    ("a memo that has nothing there", b"h\0.", False),
    ("a value put from an empty stack", b"q\0N.", False),
    ("a value put from below a mark", b"N(q\0t.", False),
]


def sample(depth=0):
    kind = RANDOM.randrange(14 if depth < 3 else 8)
    if kind < 4:
        return RANDOM.choice([None, True, False, 0, 1, -1, 255, 256, 65536, 2**31, -(2**31), 2**40, 2**63, -(2**70)])
    if kind < 6:
        return RANDOM.choice(["", "a", "conv.weight", "\u00e9", "x" * 300, "storage", "cpu"])
    if kind < 7:
        return RANDOM.choice([0.0, 1.0, -1.5, 1e300, float("inf"), float("nan")])
    if kind < 8:
        return RANDOM.choice([b"", b"ab", b"\0" * 300])
    if kind < 10:
        return [sample(depth + 1) for _ in range(RANDOM.randrange(4))]
    if kind < 12:
        return tuple(sample(depth + 1) for _ in range(RANDOM.randrange(5)))
    if kind < 13:
        return {RANDOM.choice(["a", "b", 1, 2.5, ("t", 1)]): sample(depth + 1) for _ in range(3)}
    return RANDOM.choice([{1, 2}, frozenset("a"), collections.OrderedDict(a=1), bytearray(b"x"), complex(1, 2)])


OPERANDS = {
    "uint1": lambda: bytes([RANDOM.choice([0, 1, 2, 3, 5, 200])]),
    "uint2": lambda: struct.pack("<H", RANDOM.choice([0, 1, 500])),
    "int4": lambda: struct.pack("<i", RANDOM.choice([0, 1, 2, -1, 70000])),
    "uint4": lambda: struct.pack("<I", RANDOM.choice([0, 1, 2, 300])),
    "uint8": lambda: struct.pack("<Q", RANDOM.choice([0, 1, 2, 3, 8, 20])),
    "float8": lambda: struct.pack(">d", RANDOM.choice([0.0, 1.0, -2.5])),
    "line": lambda: RANDOM.choice([b"0", b"1", b"-1", b"00", b"01", b"10", b"1L", b"'a'", b"a", b"1.5", b"os"]) + b"\n",
    "short": lambda: (lambda text: bytes([len(text)]) + text)(RANDOM.choice([b"", b"a", b"os", b"abc", b"\xff"])),
    "long": lambda: (lambda text: struct.pack("<I", len(text)) + text)(RANDOM.choice([b"", b"a", b"N.N", b"abc"])),
    "longer": lambda: (lambda text: struct.pack("<Q", len(text)) + text)(RANDOM.choice([b"", b"a", b"abc"])),
}
PLAN = {
    "line": "FILSV" + "pgP", "uint1": "Khq", "uint2": "M", "int4": "J", "uint4": "jr", "float8": "G",
    "short": "CU\x8a\x8c", "long": "BTX\x8b", "longer": "\x8d\x8e\x96", "uint8": "\x95",
}
OPERAND_OF = {ord(opcode): operand for operand, opcodes in PLAN.items() for opcode in opcodes}
BARE = b"()012NQRo]abde}lstu\x85\x86\x87\x88\x89\x8f\x90\x91\x93\x94\x81"


def opcodes_at_random():
    """Opcodes that have a chance: values, then what takes them, in frames or not."""
    body = b""
    for _ in range(RANDOM.randrange(2, 16)):
        if RANDOM.random() < 0.45:
            opcode = RANDOM.choice(list(OPERAND_OF))
            body += bytes([opcode]) + OPERANDS[OPERAND_OF[opcode]]()
            if opcode in (ord("c"), ord("i")):
                body += OPERANDS["line"]()
        elif RANDOM.random() < 0.1:
            body += RANDOM.choice([b"c", b"(i", b"i"]) + OPERANDS["line"]() + OPERANDS["line"]()
        else:
            body += bytes([RANDOM.choice(BARE)])
    if RANDOM.random() < 0.7:
        body = b"(" + body + RANDOM.choice([b"t", b"l"])
    body += b"."
    if RANDOM.random() < 0.5:
        cut = RANDOM.randrange(len(body) + 1)
        body = framed(body[:cut], max(0, cut + RANDOM.choice([0, 0, 0, 0, 0, 1, -1]))) + body[cut:]
    return RANDOM.choice([b"", b"\x80\x02", P4, P4, b"\x80\x05"]) + body


def damaged():
    data = bytearray(pickle.dumps(sample(), RANDOM.randrange(6)))
    for _ in range(RANDOM.choice([0, 1, 1, 1, 2, 3])):
        at = RANDOM.randrange(len(data)) if data else 0
        kind = RANDOM.randrange(5) if data else 2
        if kind == 0:
            data[at] = RANDOM.randrange(256)
        elif kind == 1:
            del data[at]
        elif kind == 2:
            data[at:at] = bytes([RANDOM.choice(BARE)])
        elif kind == 3:
            data[at:at] = framed(b"", RANDOM.randrange(8))
        elif data[at] < 255:
            data[at] += 1
    return bytes(data)


def main():
    cases = list(CASES)
    cases += [(f"number {n}", opcodes_at_random() if n % 2 else damaged(), False) for n in range(COUNT)]
    given = "".join(data.hex() + "\n" for _, data, _ in cases)
    ours = subprocess.run([PROGRAM], input=given, capture_output=True, text=True, check=True).stdout.splitlines()
    taken = failures = 0
    with tempfile.NamedTemporaryFile() as path:
        for (name, data, must), answer in zip(cases, ours, strict=True):
            if must and not answer.startswith("= "):
                print(f"{name}: refused, and well formed: {answer}", file=sys.stderr)
                failures += 1
            if not answer.startswith("= "):
                continue
            taken += 1
            for reader, other in outcomes(data, path):
                if other == answer or other == "? " or any(reason in other for reason in REASONS):
                    continue
                failures += 1
                print(f"{name}: {data[:200].hex()}: {reader}: {other[:200]}; ours {answer[:200]}", file=sys.stderr)
                break
    print(f"{len(cases)} pickles, {taken} taken, {failures} read otherwise")
    sys.exit(1 if failures or taken < len(cases) // 20 else 0)


main()
