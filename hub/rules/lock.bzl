"""torchhub_lock: everything that a lock file pins, as repositories."""

load("//hub/rules:pins.bzl", "file_name_of_url", "own_label", "own_name")

_PINS = '''"""What {lock_file} pins. Made by torchhub_lock."""

load({checkpoint_rule}, "torchhub_checkpoint")
load({repo_rule}, "torchhub_repo")

_LABELS = {labels}

_CHECKPOINTS = {checkpoints}

_REPOSITORIES = {repositories}

def declare_pins():
    """For WORKSPACE: declares a repository for each pin; nothing is fetched before a target asks for it."""
    for pin in _CHECKPOINTS:
        torchhub_checkpoint(**pin)
    for pin in _REPOSITORIES:
        torchhub_repo(**pin)

def pin(name):
    """The label of what the lock file has under `name`: a URL, or OWNER/NAME[:REF]."""
    if name not in _LABELS:
        fail("%s is not pinned in {lock_file}; there are %s" % (name, ", ".join(sorted(_LABELS))))
    return str(Label("@%s//:%s" % (_LABELS[name], _LABELS[name])))
'''

def _repository_name(prefix, text, taken):
    """A name for a repository made of `text`, different from those in `taken`."""
    name = prefix + "_" + "".join([c if c.isalnum() else "_" for c in text.elems()])
    if name not in taken:
        return name

    # Bounded by the number of pins: Starlark has no loop without an end.
    for number in range(2, len(taken) + 3):
        candidate = "%s_%d" % (name, number)
        if candidate not in taken:
            return candidate
    return None

def _checkpoint_names(urls):
    """The names of files of two URLs may be the same: the rest of such a URL then counts too."""
    count = {}
    for url in urls:
        name = file_name_of_url(url)
        count[name] = count.get(name, 0) + 1
    return {url: file_name_of_url(url) if count[file_name_of_url(url)] == 1 else url.split("://")[-1] for url in urls}

def read_pins(name, lock_file, text, auth_patterns):
    """What a lock file pins: its text, for a repository `name`.

    Returns:
      labels: what it is pinned by -> the name of its repository; checkpoints, repositories: the attributes of each.
    """
    document = json.decode(text)
    if type(document) != "dict" or document.get("version") != 1:
        fail("@%s: %s is not a lock file of version 1" % (name, lock_file))
    labels = {}
    taken = {}
    checkpoints = []
    urls = document.get("urls", {})
    for url, short in sorted(_checkpoint_names(urls.keys()).items()):
        repository = _repository_name(name, short, taken)
        taken[repository] = True
        labels[url] = repository
        checkpoints.append({
            "auth_patterns": auth_patterns,
            "name": repository,
            "sha256": urls[url]["sha256"],
            "url": url,
        })
    repositories = []
    for key, pin in sorted(document.get("repositories", {}).items()):
        repository = _repository_name(name, key, taken)
        taken[repository] = True
        labels[key] = repository
        repositories.append({
            "commit": pin["commit"],
            "github": key.split(":")[0],
            "name": repository,
            "ref": pin["ref"],
            "tree_sha256": pin["tree"],
        })
    return struct(checkpoints = checkpoints, labels = labels, repositories = repositories)

def _torchhub_lock_impl(rctx):
    pins = read_pins(own_name(rctx), rctx.attr.lock_file, rctx.read(rctx.attr.lock_file), rctx.attr.auth_patterns)
    rctx.file("WORKSPACE", "")
    rctx.file("BUILD.bazel", "")
    rctx.file("pins.bzl", _PINS.format(
        checkpoint_rule = repr(own_label("//hub/rules:checkpoint.bzl")),
        checkpoints = repr(pins.checkpoints),
        labels = repr(pins.labels),
        lock_file = str(rctx.attr.lock_file),
        repo_rule = repr(own_label("//hub/rules:repo.bzl")),
        repositories = repr(pins.repositories),
    ))

torchhub_lock = repository_rule(
    doc = """Reads a hub.lock. @NAME//:pins.bzl has declare_pins(), for WORKSPACE, and pin(), for BUILD files.

A pin's repository is named NAME_ and the file's name or OWNER_NAME_REF, other characters than letters and digits
replaced: of @hub, @hub_resnet18_f37072fd_pth and @hub_acme_digits_v1.""",
    implementation = _torchhub_lock_impl,
    attrs = {
        "auth_patterns": attr.string_dict(doc = "as of torchhub_checkpoint"),
        "lock_file": attr.label(mandatory = True, allow_single_file = True),
    },
)
