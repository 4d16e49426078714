"""Writes random zip archives, and what zipfile and unzip find in them: write_zips.py FOLDER COUNT.

FOLDER/expected.json maps each archive to {path: SHA-256 of the content}; folders have "/" at the end and "".
Both peers must agree, else the archive does not count.
"""

import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile

FOLDER, COUNT = sys.argv[1], int(sys.argv[2])
RANDOM = random.Random(7)


class Unseekable(io.RawIOBase):
    """What zipfile writes data descriptors for."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def content():
    size = RANDOM.choice((0, 1, 10, 1000, 70_000))
    return RANDOM.randbytes(size) if RANDOM.random() < 0.3 else (b"some text %d\n" % RANDOM.randrange(9)) * (size // 12 + 1)


FOLDERS = ("src", "d\u00e9j\u00e0", "a b", "x-y_z.1")


def names():
    folders = [""] + [f"{RANDOM.choice(FOLDERS)}{i}/" for i in range(RANDOM.randrange(4))]
    for i in range(RANDOM.choice((0, 1, 3, 20))):
        yield RANDOM.choice(folders) + RANDOM.choice(["file", "\u6587\u4ef6", "UPPER", ".hidden", "a,b;c"]) + str(i)
    for folder in folders[1:]:
        if RANDOM.random() < 0.5:
            yield folder


def write(path):
    streamed = RANDOM.random() < 0.3
    with open(path, "wb") as file:
        target = Unseekable(file) if streamed else file
        with zipfile.ZipFile(target, "w") as archive:
            for name in names():
                info = zipfile.ZipInfo(name, date_time=(1980 + RANDOM.randrange(40), 1, 1, 0, 0, 0))
                info.compress_type = RANDOM.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
                info.external_attr = (0o40755 << 16 | 0x10) if name.endswith("/") else RANDOM.choice((0o100644, 0o100755, 0)) << 16
                info.comment = RANDOM.choice((b"", b"a comment"))
                if name.endswith("/"):
                    archive.writestr(info, b"")
                elif RANDOM.random() < 0.2:
                    with archive.open(info, "w", force_zip64=True) as member:
                        member.write(content())
                else:
                    archive.writestr(info, content())
            archive.comment = RANDOM.choice((b"", b"0123456789abcdef0123456789abcdef01234567"))


def digests(root):
    found = {}
    for folder, _, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        if relative != ".":
            found[relative + "/"] = ""
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = hashlib.sha256(file.read()).hexdigest()
    return found


expected = {}
scratch = os.path.join(FOLDER, "scratch")
for number in range(COUNT):
    name = f"{number}.zip"
    path = os.path.join(FOLDER, name)
    write(path)
    results = []
    for how in ("zipfile", "unzip"):
        os.mkdir(scratch)
        if how == "zipfile":
            with zipfile.ZipFile(path) as archive:
                archive.extractall(scratch)
        else:
            subprocess.run(["unzip", "-q", path, "-d", scratch], env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, stderr=subprocess.DEVNULL)
        results.append(digests(scratch))
        # unzip keeps modes that leave nothing to read.
        subprocess.run(["chmod", "-R", "u+rwX", scratch])
        shutil.rmtree(scratch)
    if results[0] == results[1]:
        expected[name] = results[0]
with open(os.path.join(FOLDER, "expected.json"), "w", encoding="utf-8") as file:
    json.dump(expected, file)
