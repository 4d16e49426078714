#!/usr/bin/env python3
"""A row of a table about a test run: row.py EVENTS STATUS SECONDS STRING, started by the Python that it was built with.

EVENTS is the file of --build_event_json_file, STATUS what Bazel ended with, STRING "old" where std::string is the old
one. Below the row: what failed, and what was skipped and why. `row.py --head` prints the table's head.
"""

import importlib.util
import json
import os
import platform
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree

HEAD = "| torch | std::string | Python | compiler | passed | failed | skipped | seconds |"


def reports(path):
    """The test.xml files of a run by label; and the labels of tests that have none."""
    found, expected = {}, set()
    with open(path, encoding="utf-8") as file:
        events = [json.loads(line) for line in file if line.strip()]
    for event in events:
        name = event.get("id", {})
        if "targetConfigured" in name and event.get("configured", {}).get("testSize"):
            expected.add(name["targetConfigured"]["label"])
        for output in event.get("testResult", {}).get("testActionOutput", []):
            if output["name"] == "test.xml":
                found[name["testResult"]["label"]] = urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
    return found, expected - set(found)


def cases(path):
    """(name, "passed", "failed" or "skipped", reason) of each test of a report."""
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError):
        return [("the program", "failed", "no report")]
    told = []
    for case in root.iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            told.append((name, "failed", ""))
        elif skipped is not None or case.get("result") == "skipped":
            # The message begins with the place in the test's source.
            message = "" if skipped is None else skipped.get("message", "").strip()
            told.append((name, "skipped", message.splitlines()[-1] if message else ""))
        else:
            told.append((name, "passed", ""))
    return told


def torch_version():
    """With the variant, which the name of the distribution lacks; torch is not imported."""
    torch = importlib.util.find_spec("torch")
    if torch is None:
        return "none"
    with open(os.path.join(os.path.dirname(torch.origin), "version.py"), encoding="utf-8") as file:
        return re.search(r"^__version__\s*=\s*['\"]([^'\"]+)", file.read(), re.MULTILINE).group(1)


def main():
    if sys.argv[1:] == ["--head"]:
        print(HEAD)
        print("|" + "---|" * (HEAD.count("|") - 1))
        return 0
    events, status, seconds, string = sys.argv[1:5]
    found, unbuilt = reports(events)
    told = [(label, *case) for label, path in sorted(found.items()) for case in cases(path)]
    told += [(label, "the program", "failed", "not built") for label in sorted(unbuilt)]
    counts = {kind: sum(case[2] == kind for case in told) for kind in ("passed", "failed", "skipped")}
    if status != "0" and not counts["failed"]:
        counts["failed"] = 1
    compiler = subprocess.run(["g++", "-dumpfullversion"], stdout=subprocess.PIPE, text=True).stdout.strip()
    print(f"| {torch_version()} | {string or 'new'} | {platform.python_version()} | g++ {compiler} | {counts['passed']} |"
          f" {counts['failed']} | {counts['skipped']} | {seconds} |", flush=True)
    for label, name, kind, reason in told:
        if kind != "passed":
            print(f"    {kind}: {label} {name}" + (f": {reason}" if reason else ""))
    return 1 if counts["failed"] or not counts["passed"] else 0


sys.exit(main())
