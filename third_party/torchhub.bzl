"""Our own targets: language level, warnings, include paths and link mode in one place."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
load("//third_party:headers_alone.bzl", "headers_alone")

# Hidden visibility: LibTorch's inline code keeps statics of hidden type behind exported guards, and a
# visible copy in our binary would share the guard without the value. What a shared library of //hub/install
# shows is marked in the public headers, by the macro of each room's export.h.
_COPTS = [
    "-std=c++20",
    "-fvisibility=hidden",
]

# MODULE.bazel has it, too; a test compares them.
TORCHHUB_VERSION = "0.1.0"

# For this repository's own builds: a consumer's compiler may know other warnings.
_WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Werror",
    # What g++ 12 says wrongly once it optimises, of variants, strings and coroutine frames.
    "-Wno-maybe-uninitialized",
    "-Wno-mismatched-new-delete",
    "-Wno-restrict",
    "-Wno-unknown-warning-option",
]

# In every optimised configuration, whoever asks for it. A consumer's toolchain may have weaker defaults.
_HARDENING_COPTS = [
    "-fstack-protector-strong",
    "-U_FORTIFY_SOURCE",
    "-D_FORTIFY_SOURCE=2",
]

_HARDENING_LINKOPTS = ["-Wl,-z,relro,-z,now,-z,noexecstack"]

def _hardening_copts():
    return select({
        str(Label("//third_party:optimised")): _HARDENING_COPTS,
        "//conditions:default": [],
    }) + select({
        # CET, which other processors do not have. Our code has its landing pads; a program says IBT and SHSTK of itself
        # (readelf -n) only where crt1.o and crti.o have them too, which Debian's, built without, do not: their _start
        # and _init begin with no endbr64. "-z ibt -z shstk" would claim what is not so.
        str(Label("//third_party:optimised_x86_64")): ["-fcf-protection"],
        "//conditions:default": [],
    })

def _hardening_linkopts():
    return select({
        str(Label("//third_party:optimised")): _HARDENING_LINKOPTS,
        "//conditions:default": [],
    })

def _portable_copts():
    return select({
        str(Label("//third_party:portable")): ["-DTORCHHUB_PORTABLE"],
        "//conditions:default": [],
    })

def _is_main_repository():
    """Whether this is this repository's own build, not that of one which depends on it."""

    # Bazel 4 has no repo_name, and a current one keeps repository_name for a while.
    return not native.repo_name() if hasattr(native, "repo_name") else native.repository_name() == "@"

def _copts():
    return _COPTS + (_WARNINGS if _is_main_repository() else [])

# Only clang's toolchain has it: a file may include only what its target's direct deps export.
_FEATURES = ["layering_check"]

def torchhub_library(name, hdrs = [], copts = [], **kwargs):
    """A library whose headers are included as <torchhub/PACKAGE/HEADER>, here and by a consumer.

    Always an archive: a shared library of ours could not see BoringSSL's hidden symbols.
    """
    package = native.package_name()
    cc_library(
        name = name,
        hdrs = hdrs,
        copts = _copts() + _hardening_copts() + _portable_copts() + copts,
        include_prefix = "torchhub/" + package if hdrs else None,
        strip_include_prefix = "/" + package if hdrs else None,
        linkstatic = True,
        features = _FEATURES,
        **kwargs
    )

def torchhub_room(name = "room", **kwargs):
    """Everything public that the package's BUILD file has declared so far, as one target.

    Call it last. For whoever takes a whole room. Here, each public header is also compiled by itself, with
    nothing but what its target says that it needs.
    """
    rules = native.existing_rules()
    public = [rule for rule in sorted(rules) if rules[rule]["kind"] == "cc_library" and rules[rule].get("hdrs")]
    cc_library(name = name, deps = [":" + rule for rule in public], **kwargs)
    if not _is_main_repository():
        return
    include_folder = "torchhub/" + native.package_name()
    headers_alone(
        name = name + "_headers_alone",
        copts = _copts(),
        headers = {
            ":" + rule: " ".join([include_folder + "/" + header[1:] for header in rules[rule]["hdrs"]])
            for rule in public
        },
        visibility = ["//visibility:private"],
    )

def torchhub_binary(name, copts = [], linkopts = [], **kwargs):
    cc_binary(
        name = name,
        copts = _copts() + _hardening_copts() + copts,
        linkopts = linkopts + _hardening_linkopts(),
        features = _FEATURES,
        **kwargs
    )

def torchhub_test(name, deps = [], srcs = None, python = False, copts = [], **kwargs):
    """A GoogleTest program from NAME.cc. The tag "python" is for one that a LibTorch without Python must do without.

    Args:
      python: the program starts CPython, whose own allocations a leak check must leave out.
    """
    defaults = "sanitizer_defaults_python" if python else "sanitizer_defaults"
    cc_test(
        name = name,
        srcs = srcs or [name + ".cc"],
        copts = _copts() + _portable_copts() + copts,
        linkstatic = True,
        features = _FEATURES,
        deps = deps + ["//tests/support:" + defaults, "@googletest//:gtest_main"],
        **kwargs
    )

def torchhub_fuzz_test(name, corpus, dictionary, deps = []):
    """A libFuzzer program from NAME.cc, for --config=fuzz. As a test it runs for thirty seconds.

    Args:
      corpus: files to begin from, all in one folder: seeds, and whatever was once found.
      dictionary: what to put into inputs, in libFuzzer's format.
    """
    cc_test(
        name = name,
        size = "medium",
        srcs = [name + ".cc"],
        copts = _copts(),
        linkstatic = True,
        args = [
            "-max_total_time=30",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            "-dict=$(location %s)" % dictionary,
            # Files instead of their folder, into which libFuzzer would write.
            "-seed_inputs=" + ",".join([native.package_name() + "/" + seed for seed in corpus]),
        ],
        data = corpus + [dictionary],
        tags = ["manual"],
        deps = deps,
    )

def _embedded_text_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.run_shell(
        inputs = [ctx.file.src],
        outputs = [out],
        command = "{ printf 'R\"embedded('; cat \"$1\"; printf ')embedded\"\\n'; } > \"$2\"",
        arguments = [ctx.file.src.path, out.path],
    )
    return [DefaultInfo(files = depset([out]))]

embedded_text = rule(
    doc = "A text file as a C++ raw string literal, for `constexpr char kText[] =` and an #include of it.",
    implementation = _embedded_text_impl,
    attrs = {"src": attr.label(mandatory = True, allow_single_file = True)},
)

def _embedded_program_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    program = ctx.executable.program
    symbol = ctx.attr.symbol
    lines = [
        "    .section .rodata",
        "    .hidden %s_begin, %s_end" % (symbol, symbol),
        "    .globl %s_begin, %s_end" % (symbol, symbol),
        "%s_begin:" % symbol,
        "    .incbin \"%s\"" % program.path,
        "%s_end:" % symbol,
        "    .section .note.GNU-stack, \"\", %progbits",
    ]

    # The compiler does not say that it read the program: with its digest the assembly changes when it does.
    ctx.actions.run_shell(
        inputs = [program],
        outputs = [out],
        command = "{ printf '# '; sha256sum < \"$1\"; printf '%s\\n' \"$2\"; } > \"$3\"",
        arguments = [program.path, "\n".join(lines), out.path],
    )
    return [DefaultInfo(files = depset([out])), OutputGroupInfo(program = depset([program]))]

# What sanitizers, fuzzers and coverage add to a compilation, as flags and as features of a toolchain. A program that is
# linked statically cannot have it.
_INSTRUMENTATION = ["-fsanitize", "-fno-sanitize", "-fprofile", "-fcoverage", "asan", "msan", "tsan", "ubsan", "coverage"]

def _without_instrumentation(options):
    return [option for option in options if not [word for word in _INSTRUMENTATION if option.startswith(word)]]

def _plain_impl(settings, _attr):
    # Optimised, as what a build makes for itself is: whoever takes the library may debug his own program.
    return {
        "//command_line_option:collect_code_coverage": False,
        "//command_line_option:compilation_mode": "opt",
        "//command_line_option:copt": _without_instrumentation(settings["//command_line_option:copt"]),
        "//command_line_option:features": _without_instrumentation(settings["//command_line_option:features"]),
        "//command_line_option:linkopt": _without_instrumentation(settings["//command_line_option:linkopt"]),
        "//command_line_option:per_file_copt": [],
    }

_plain = transition(
    implementation = _plain_impl,
    inputs = [
        "//command_line_option:copt",
        "//command_line_option:features",
        "//command_line_option:linkopt",
    ],
    outputs = [
        "//command_line_option:collect_code_coverage",
        "//command_line_option:compilation_mode",
        "//command_line_option:copt",
        "//command_line_option:features",
        "//command_line_option:linkopt",
        "//command_line_option:per_file_copt",
    ],
)

embedded_program = rule(
    doc = "A program as assembly for a library's srcs, between SYMBOL_begin and SYMBOL_end. It is built for the " +
          "processor that the library is built for; what the library is instrumented with does not touch it. Its " +
          "output group \"program\" belongs to the library's textual_hdrs.",
    implementation = _embedded_program_impl,
    attrs = {
        "program": attr.label(mandatory = True, executable = True, cfg = _plain),
        "symbol": attr.string(mandatory = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
