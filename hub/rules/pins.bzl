"""What the repository rules have in common."""

load("//third_party:system.bzl", _own_name = "own_name")

own_name = _own_name

def require_hex(rctx, what, text, digits):
    """Fails with one sentence unless `text` is so many lower-case hexadecimal digits."""
    if len(text) != digits or [c for c in text.elems() if c not in "0123456789abcdef"]:
        fail("@%s: %s is '%s', not %d lower-case hexadecimal digits" % (own_name(rctx), what, text, digits))

def file_name_of_url(url):
    """The last part of a URL's path, "" if it has none."""
    path = url.split("://", 1)[-1].split("?")[0].split("#")[0]
    return path.split("/")[-1] if "/" in path else ""

def own_label(path):
    """`path` of this repository, as a file of another repository loads it."""
    label = str(Label(path))

    # Bazel 4 leaves out the name of the main repository.
    return label if label.startswith("@") else "@torchhub" + label
