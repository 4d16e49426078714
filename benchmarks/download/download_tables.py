"""The tables and charts of the download benchmark, from what it measured."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import report
import svg_bars


def rows(scenario):
    candidates = scenario["candidates"]
    ours = candidates.get("torchhub", {}).get("wall")
    for name, measured in candidates.items():
        if "wall" not in measured:
            yield name, None, None, None, None, None, None
        else:
            ratio = ours / measured["wall"] if ours else None
            yield (name, measured["wall"], ratio, measured["fastest"], measured["cpu"], measured.get("server_cpu"),
                   measured["rss"])


def table(identifier, scenario):
    lines = [report.heading(identifier, scenario), "",
             "| | wall | torchhub's wall beside it | fastest run | client CPU | server CPU | most memory |",
             "|---|---|---|---|---|---|---|"]
    for name, wall, ratio, fastest, cpu, server_cpu, rss in rows(scenario):
        if wall is None:
            lines.append(f"| {name} | failed | | | | | |")
        else:
            served = "" if server_cpu is None else f"{server_cpu:.2f} s"
            lines.append(f"| {name} | {wall:.2f} s | {ratio:.2f} | {fastest:.2f} s | {cpu:.2f} s | {served} | {rss:.0f} MiB |")
    return "\n".join(lines) + "\n"


def tables(document):
    return "\n".join(table(name, scenario) for name, scenario in document["scenarios"].items())


def chart(identifier, scenario):
    """Wall seconds as bars, an SVG."""
    measured = [(name, wall) for name, wall, *_ in rows(scenario) if wall is not None]
    return svg_bars.bars(f"{identifier}: {scenario['title']} (s, less is better)", measured)


def sections(document, results):
    yield (f"{document['machine']}; files of {document['mebibytes']} MiB; medians of {document['rounds']} rounds "
           "(a third of them where a slow link decides), interleaved. " + "; ".join(document["versions"].values()) + ".\n")
    for name, scenario in document["scenarios"].items():
        drawing = results / f"{document['name']}-{name}.svg"
        drawing.write_text(chart(name, scenario))
        yield table(name, scenario)
        yield f"![{name}](results/{drawing.name})\n"
