"""@aarch64: Debian's cross compiler with the folder of arm64 packages that TORCHHUB_AARCH64 names (tests/machines/aarch64.sh)."""

def _aarch64_impl(rctx):
    sysroot = rctx.os.environ.get("TORCHHUB_AARCH64", "")
    if not sysroot:
        fail("@%s: TORCHHUB_AARCH64 names no folder. Run tests/machines/aarch64.sh, which makes one and names it." % rctx.name)
    rctx.file("WORKSPACE", "")
    rctx.template("BUILD.bazel", rctx.attr.build_file, {"%{SYSROOT}": repr(sysroot)})

aarch64_repository = repository_rule(
    implementation = _aarch64_impl,
    local = True,
    configure = True,
    environ = ["TORCHHUB_AARCH64"],
    attrs = {"build_file": attr.label(default = Label("//tests/machines/aarch64:overlay.BUILD"))},
)
