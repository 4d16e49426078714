"""What a lock file pins as repositories, for MODULE.bazel; Bazel 4 has WORKSPACE and torchhub_lock of defs.bzl instead.

    pins = use_extension("@torchhub//hub:extension.bzl", "torchhub_pins")
    pins.lock(name = "hub", lock_file = "//:hub.lock")
    use_repo(pins, "hub")

In BUILD files, `load("@hub//:pins.bzl", "pin")`. Single ones are declared by use_repo_rule() of torchhub_checkpoint and
torchhub_repo in @torchhub//hub:defs.bzl.
"""

load("//hub/rules:checkpoint.bzl", "torchhub_checkpoint")
load("//hub/rules:lock.bzl", "read_pins", "torchhub_lock")
load("//hub/rules:repo.bzl", "torchhub_repo")

def _torchhub_pins_impl(mctx):
    for module in mctx.modules:
        for lock in module.tags.lock:
            torchhub_lock(name = lock.name, auth_patterns = lock.auth_patterns, lock_file = lock.lock_file)
            pins = read_pins(lock.name, lock.lock_file, mctx.read(lock.lock_file), lock.auth_patterns)
            for pin in pins.checkpoints:
                torchhub_checkpoint(**pin)
            for pin in pins.repositories:
                torchhub_repo(**pin)

torchhub_pins = module_extension(
    implementation = _torchhub_pins_impl,
    tag_classes = {"lock": tag_class(
        doc = "A hub.lock; as torchhub_lock.",
        attrs = {
            "auth_patterns": attr.string_dict(doc = "as of torchhub_checkpoint"),
            "lock_file": attr.label(mandatory = True),
            "name": attr.string(mandatory = True),
        },
    )},
)
