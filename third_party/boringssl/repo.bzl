"""@boringssl, built from the source package that Debian ships."""

load("//third_party:system.bzl", "own_name", "require_path")

_PARTS = ["src", "linux-x86_64", "linux-aarch64", "err_data.c", "BUILD.generated.bzl", "LICENSE"]

def _boringssl_impl(rctx):
    unpacked = rctx.os.environ.get("TORCHHUB_BORINGSSL", "")
    if unpacked:
        require_path(rctx, unpacked + "/BUILD.generated.bzl", ["the source package android-platform-external-boringssl"])
        for part in _PARTS:
            rctx.symlink(unpacked + "/" + part, part)
    else:
        fetch = rctx.execute([rctx.path(rctx.attr.fetch), str(rctx.path("."))] + _PARTS, timeout = 900)
        if fetch.return_code:
            fail("@%s: no BoringSSL source (name an unpacked one with --repo_env=TORCHHUB_BORINGSSL=FOLDER): %s" %
                 (own_name(rctx), fetch.stderr.strip()))
    rctx.file("WORKSPACE", "")
    rctx.symlink(rctx.attr.build_file, "BUILD.bazel")

boringssl_repository = repository_rule(
    implementation = _boringssl_impl,
    environ = ["TORCHHUB_BORINGSSL"],
    attrs = {
        "build_file": attr.label(mandatory = True),
        "fetch": attr.label(default = Label("//third_party/boringssl:fetch.sh"), allow_single_file = True),
    },
)
