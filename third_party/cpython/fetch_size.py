"""Says how much pip is about to fetch: fetch_size.py REPORT, where REPORT is what `pip install --dry-run --report` wrote.

A file's size is its own, or what its server answers to HEAD; what no server tells is counted apart.
"""

import json
import os
import sys
import urllib.parse
import urllib.request


def size_of(url):
    """The bytes behind `url`; None if nobody tells."""
    parts = urllib.parse.urlsplit(url)
    try:
        if parts.scheme == "file":
            return os.path.getsize(urllib.request.url2pathname(parts.path))
        request = urllib.request.Request(url.split("#")[0], method="HEAD", headers={"Accept-Encoding": "identity"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.headers["Content-Length"])
    except (OSError, TypeError, ValueError):
        return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        packages = json.load(file)["install"]
    sizes = [size_of(package["download_info"]["url"]) for package in packages]
    known = [size for size in sizes if size is not None]
    text = "%d files, %.1f GB" % (len(sizes), sum(known) / 1e9) if sum(known) >= 1e9 else \
        "%d files, %d MB" % (len(sizes), sum(known) // 1000000)
    if len(known) < len(sizes):
        text += " and %d of unknown size" % (len(sizes) - len(known))
    print(text)


main()
