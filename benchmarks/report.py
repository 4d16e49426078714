"""Where a benchmark's results go: what is asked on the command line, NAME.json, the README's section."""

import json
import os
import platform
from pathlib import Path

import svg_bars


def add_options(parser, rounds):
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--only", type=lambda text: text.split(","), help="some scenarios")
    parser.add_argument("--write", action="store_true", help="replace the results, charts and the README's section")
    parser.add_argument("--name", help="of these three, if it is not the group's: download-16-cores")
    parser.add_argument("--results", type=Path, help="write NAME.json into this folder instead")


def flags(options):
    """What was asked for, without what names places on this machine."""
    return {name: value for name, value in vars(options).items() if isinstance(value, (int, list))}


def document_of(group, scenarios, options, versions, **more):
    """What NAME.json holds; `more` is what else a group says of itself."""
    return {
        "group": group,
        "name": options.name or group,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
        "rounds": options.rounds,
        **more,
        "flags": flags(options),
        "versions": versions,
        "scenarios": scenarios,
    }


def heading(name, scenario):
    """Of a scenario's table; says so where it is kept from an earlier run."""
    earlier = scenario.get("earlier")
    kept = f" (an earlier run: {earlier['rounds']} rounds, {earlier['machine']})" if earlier else ""
    return f"**{name}**: {scenario['title']}{kept}"


def write(document, options, sections):
    """Writes a document_of() where the options want it.

    sections(document, folder): the README's section, piece by piece; it draws its charts into the folder.
    """
    name = document["name"]
    results = options.results or (options.root / "benchmarks" / "results" if options.write else None)
    if not results:
        return
    results.mkdir(parents=True, exist_ok=True)
    known = results / f"{name}.json"
    if options.only and known.exists():
        before = json.loads(known.read_text())
        earlier = {"machine": before["machine"], "rounds": before["rounds"]}
        kept = {scenario: {"earlier": earlier, **measured} for scenario, measured in before["scenarios"].items()}
        document["scenarios"] = {**kept, **document["scenarios"]}
    known.write_text(json.dumps(document, indent=1) + "\n")
    if not options.results:
        svg_bars.replace_section(options.root / "benchmarks" / "README.md", name, "\n".join(sections(document, results)))
