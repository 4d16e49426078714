"""Bars in an SVG: what the benchmarks draw."""
import html


def bars(title, rows, digits=2):
    """`rows`: (name, number); torchhub's are coloured."""
    longest = max(number for _, number in rows) or 1
    height = 26 * len(rows) + 34
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="8" y="20" font-weight="bold">{html.escape(title)}</text>']
    for i, (name, number) in enumerate(rows):
        y = 32 + 26 * i
        colour = "#ee4c2c" if name.startswith("torchhub") else "#8a8f98"
        parts.append(f'<text x="238" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>')
        parts.append(f'<rect x="246" y="{y}" width="{400 * number / longest:.0f}" height="20" fill="{colour}"/>')
        parts.append(f'<text x="{252 + 400 * number / longest:.0f}" y="{y + 15}">{number:.{digits}f}</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"


def replace_section(readme, name, text):
    """Puts `text` between the marks of the README's section `name`."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = readme.read_text().split(begin)
    after = rest.split(end)[1]
    readme.write_text(before + begin + "\n" + text + end + after)
