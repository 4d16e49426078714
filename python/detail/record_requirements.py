"""Writes down what was installed, as requirements with hashes: record_requirements.py FILE pip REPORT, or FILE uv UV PYTHON.

pip's report names what it has installed this time: what FILE names already stays, but for what has another version now. uv is
asked for everything.
"""

import json
import re
import subprocess
import sys

HEAD = "# What torchhub venv has installed, for Python %d.%d: torchhub venv DIR --requirements FILE makes it again.\n" % (
    sys.version_info[:2])


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def of_file(path):
    """The requirements that a file names: canonical name -> line."""
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return {canonical(line.partition("==")[0]): line for line in lines if line and not line.startswith("#")}


def of_report(path):
    """Those of a report of pip's."""
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    found = {}
    for item in report["install"]:
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        archive = item["download_info"].get("archive_info", {})
        hashes = archive.get("hashes") or dict([archive.get("hash", "=").split("=", 1)])
        if not hashes.get("sha256"):
            sys.exit("pip tells no SHA-256 of " + name)
        found[canonical(name)] = "%s==%s --hash=sha256:%s" % (name, version, hashes["sha256"])
    return found


def of_uv(uv, python):
    """Those of all that an environment of uv's has."""
    frozen = subprocess.run([uv, "pip", "freeze", "--python", python], check=True, stdout=subprocess.PIPE).stdout
    compiled = subprocess.run(
        [uv, "pip", "compile", "-", "--no-deps", "--generate-hashes", "--no-header", "--no-annotate", "--python", python],
        input=frozen, check=True, stdout=subprocess.PIPE).stdout
    unhashed = [line for line in compiled.decode().splitlines() if "==" in line and not line.endswith("\\")]
    if unhashed:
        sys.exit("uv tells no SHA-256 of %s, as pip does where uv is not on PATH" % unhashed[0])
    return compiled.decode()


file, installer, *rest = sys.argv[1:]
requirements = of_file(file)
if installer == "pip":
    requirements.update(of_report(*rest))
else:
    with open(file, "w", encoding="utf-8") as written:
        written.write(of_uv(*rest))
    requirements = of_file(file)
with open(file, "w", encoding="utf-8") as written:
    written.write(HEAD + "".join(requirements[name] + "\n" for name in sorted(requirements)))
