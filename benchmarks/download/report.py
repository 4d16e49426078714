"""The tables and charts of the download benchmark, from what it measured."""
import html
import json

BEGIN = "<!-- download: begin -->"
END = "<!-- download: end -->"


def rows(scenario):
    candidates = scenario["candidates"]
    ours = candidates.get("torchhub", {}).get("wall")
    for name, measured in candidates.items():
        if "wall" not in measured:
            yield name, None, None, None, None, None
        else:
            ratio = ours / measured["wall"] if ours else None
            yield name, measured["wall"], ratio, measured["fastest"], measured["cpu"], measured["rss"]


def table(identifier, scenario):
    lines = [f"**{identifier}**: {scenario['title']}", "",
             "| | wall | torchhub's wall beside it | fastest run | client CPU | most memory |", "|---|---|---|---|---|---|"]
    for name, wall, ratio, fastest, cpu, rss in rows(scenario):
        if wall is None:
            lines.append(f"| {name} | failed | | | | |")
        else:
            lines.append(f"| {name} | {wall:.2f} s | {ratio:.2f} | {fastest:.2f} s | {cpu:.2f} s | {rss:.0f} MiB |")
    return "\n".join(lines) + "\n"


def tables(document):
    return "\n".join(table(name, scenario) for name, scenario in document["scenarios"].items())


def chart(identifier, scenario):
    """Wall seconds as bars, an SVG."""
    measured = [(name, wall) for name, wall, *_ in rows(scenario) if wall is not None]
    longest = max(wall for _, wall in measured)
    height = 26 * len(measured) + 34
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="8" y="20" font-weight="bold">{identifier}: {html.escape(scenario["title"])} (s, less is better)</text>']
    for i, (name, wall) in enumerate(measured):
        y = 32 + 26 * i
        colour = "#ee4c2c" if name.startswith("torchhub") else "#8a8f98"
        parts.append(f'<text x="238" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>')
        parts.append(f'<rect x="246" y="{y}" width="{400 * wall / longest:.0f}" height="20" fill="{colour}"/>')
        parts.append(f'<text x="{252 + 400 * wall / longest:.0f}" y="{y + 15}">{wall:.2f}</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"


def known_scenarios(folder):
    """What earlier runs have written."""
    known = folder / "results" / "download.json"
    return json.loads(known.read_text())["scenarios"] if known.exists() else {}


def write(folder, document):
    results = folder / "results"
    results.mkdir(exist_ok=True)
    (results / "download.json").write_text(json.dumps(document, indent=1) + "\n")
    sections = [f"{document['machine']}; files of {document['mebibytes']} MiB; medians of {document['rounds']} rounds "
                "(a third of them where a slow link decides), interleaved. "
                + "; ".join(document["versions"].values()) + ".", ""]
    for name, scenario in document["scenarios"].items():
        drawing = results / f"download-{name}.svg"
        drawing.write_text(chart(name, scenario))
        sections += [table(name, scenario), f"![{name}](results/{drawing.name})", ""]
    readme = folder / "README.md"
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(before + BEGIN + "\n" + "\n".join(sections) + END + after)
