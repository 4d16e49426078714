"""Weights and models as pinned inputs of a build.

In WORKSPACE, one by one:

    load("@torchhub//hub:defs.bzl", "torchhub_checkpoint", "torchhub_repo")

    torchhub_checkpoint(name = "resnet18_weights", url = "https://.../resnet18-f37072fd.pth", sha256 = "f37072fd...")
    torchhub_repo(name = "digits", github = "acme/digits", ref = "v1", tree_sha256 = "3b0c...")

or all that `torchhub lock` wrote:

    load("@torchhub//hub:defs.bzl", "torchhub_lock")
    torchhub_lock(name = "hub", lock_file = "//:hub.lock")
    load("@hub//:pins.bzl", "declare_pins")
    declare_pins()

With modules, extension.bzl has what MODULE.bazel says instead.

In BUILD files, `@resnet18_weights` is the file, `@digits` the folder, and of a lock file

    load("@hub//:pins.bzl", "pin")
    cc_test(name = "t", data = [pin("acme/digits:v1"), pin("https://.../resnet18-f37072fd.pth")], ...)

A model that runs without Python, exported as part of the build:

    load("@torchhub//hub:defs.bzl", "torchhub_package")
    torchhub_package(name = "reader", repo = "@digits", entry = "digit_reader", inputs = ["?x8x8:float32"])

is reader.pt2, for torchhub::open_exported_model() and `torchhub run`. Nothing is fetched when it is made, nor
when it runs.
"""

load("//hub/rules:checkpoint.bzl", _torchhub_checkpoint = "torchhub_checkpoint")
load("//hub/rules:lock.bzl", _torchhub_lock = "torchhub_lock")
load("//hub/rules:package.bzl", _torchhub_package = "torchhub_package")
load("//hub/rules:repo.bzl", _torchhub_repo = "torchhub_repo")

torchhub_checkpoint = _torchhub_checkpoint
torchhub_lock = _torchhub_lock
torchhub_package = _torchhub_package
torchhub_repo = _torchhub_repo
