"""Adds up a test run by test case: count_results.py [--not-reached] EVENTS STATUS [JUNIT]...

EVENTS is the file of --build_event_json_file, STATUS the exit status of Bazel, JUNIT another program's report, which
may be empty or missing. The last line printed is "N passed, N failed"; the exit status is 0 only if nothing failed and
Bazel said so too. A test target that was not built or that died without a report counts as one failure; with
--not-reached, for a run whose time was up, one that was not built is told and not counted.
"""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree


def read_events(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def count_report(path):
    """(passed, failed) of a test.xml."""
    root = xml.etree.ElementTree.parse(path).getroot()
    suites = [root] if root.tag == "testsuite" else root.findall("testsuite")
    total = sum(int(suite.get("tests", 0)) for suite in suites)
    skipped = sum(int(suite.get("skipped", 0)) + int(suite.get("disabled", 0)) for suite in suites)
    failed = sum(int(suite.get("failures", 0)) + int(suite.get("errors", 0)) for suite in suites)
    return total - skipped - failed, failed


def count_result(result):
    """(passed, failed) of a testResult event."""
    reports = [output["uri"] for output in result.get("testActionOutput", []) if output["name"] == "test.xml"]
    passed = failed = 0
    for uri in reports:
        try:
            counts = count_report(urllib.parse.unquote(urllib.parse.urlparse(uri).path))
        except (OSError, xml.etree.ElementTree.ParseError):
            continue
        passed += counts[0]
        failed += counts[1]
    if result.get("status") != "PASSED" and failed == 0:
        failed = 1
    return passed, failed


def main():
    arguments = sys.argv[1:]
    was_ended = arguments[0] == "--not-reached"
    if was_ended:
        arguments.pop(0)
    events_path, status = arguments[0], int(arguments[1])
    expected = set()
    not_made = set()
    results = {}
    for event in read_events(events_path):
        name = event.get("id", {})
        if "targetConfigured" in name and event.get("configured", {}).get("testSize"):
            expected.add(name["targetConfigured"]["label"])
        elif "actionCompleted" in name and not event.get("action", {}).get("success"):
            not_made.add(name["actionCompleted"].get("label", "an action"))
        elif "testResult" in name and "testResult" in event:
            results.setdefault(name["testResult"]["label"], []).append(event["testResult"])
    passed = failed = 0
    for label in sorted(expected | set(results)):
        if label not in results:
            print(f"{'not reached' if was_ended else 'not built'}: {label}")
            failed += not was_ended
            continue
        # Of several attempts the last counts.
        counts = count_result(results[label][-1])
        passed += counts[0]
        failed += counts[1]
        if counts[1]:
            print(f"failed: {label}")
    if was_ended:
        for label in sorted(not_made - set(results)):
            print(f"failed: {label}")
            failed += 1
    for report in arguments[2:]:
        if os.path.exists(report) and os.path.getsize(report):
            counts = count_report(report)
            passed += counts[0]
            failed += counts[1]
            if counts[1]:
                print("failed: tests of the installed libraries")
    if status != 0 and failed == 0:
        failed = 1
        print(f"bazel ended with status {status}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or passed == 0 else 0)


main()
