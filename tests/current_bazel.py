"""Says what a current Bazel (9) would refuse in this project's files: current_bazel.py ROOT. One line for each flaw.

The project is built with Bazel 4, which has rules, providers and functions that a current one no longer has or takes
from modules. So each name that a file uses must be its own, loaded, or one that Bazel 9 gives to files of its kind; what
is loaded must exist, here or in the module that MODULE.bazel names. Files are read by Python's parser: Starlark's
syntax is a part of Python's.
"""

import ast
import os
import re
import sys

# Read by Bazel 4 alone.
FOR_BAZEL_4 = {
    "WORKSPACE",
    "third_party/offline.bzl",
    # bazel_tools' configuration of a compiler, which rules_cc has by now.
    "tests/machines/aarch64/overlay.BUILD",
}

EVERYWHERE = set("""
    None True False abs all any bool bytes dict dir enumerate fail float getattr hasattr hash int len list max min print
    range repr reversed set sorted str tuple type zip depset json load native select struct
""".split())

IN_BZL_FILES = EVERYWHERE | set("""
    Label aspect attr analysis_test_transition config config_common configuration_field coverage_common exec_group
    exec_transition macro module_extension platform_common proto provider repository_rule rule subrule tag_class testing
    transition visibility DefaultInfo ExecutionInfo OutputGroupInfo RunEnvironmentInfo
""".split())

RULES = set("alias config_setting constraint_setting constraint_value filegroup genquery genrule label_flag "
            "label_setting platform test_suite toolchain toolchain_type".split())

PACKAGE_FUNCTIONS = set("existing_rule existing_rules exports_files glob module_name module_version package_default_visibility "
                        "package_group package_name package_relative_label repo_name repository_name subpackages".split())

IN_BUILD_FILES = (EVERYWHERE - {"native"}) | RULES | PACKAGE_FUNCTIONS | {"licenses", "package"}

IN_NATIVE = RULES | PACKAGE_FUNCTIONS

IN_MODULE_FILES = set("module bazel_dep use_extension use_repo register_toolchains register_execution_platforms "
                      "single_version_override local_path_override archive_override git_override include".split())

# What the modules that are asked for have: rules_cc 0.2.16, rules_shell 0.6.1, and Bazel's own bazel_tools.
LOADED = {
    "@rules_cc//cc:defs.bzl": "cc_binary cc_common cc_import cc_library cc_shared_library cc_test cc_toolchain",
    "@rules_cc//cc:cc_binary.bzl": "cc_binary",
    "@rules_cc//cc:cc_library.bzl": "cc_library",
    "@rules_cc//cc:cc_test.bzl": "cc_test",
    "@rules_cc//cc:cc_import.bzl": "cc_import",
    "@rules_cc//cc:find_cc_toolchain.bzl": "CC_TOOLCHAIN_ATTRS CC_TOOLCHAIN_TYPE find_cc_toolchain use_cc_toolchain",
    "@rules_cc//cc/common:cc_common.bzl": "cc_common",
    "@rules_cc//cc/common:cc_info.bzl": "CcInfo",
    "@rules_shell//shell:sh_binary.bzl": "sh_binary",
    "@rules_shell//shell:sh_library.bzl": "sh_library",
    "@rules_shell//shell:sh_test.bzl": "sh_test",
    "@bazel_tools//tools/build_defs/repo:http.bzl": "http_archive http_file http_jar",
    "@bazel_tools//tools/build_defs/repo:git.bzl": "git_repository new_git_repository",
    "@bazel_tools//tools/build_defs/repo:local.bzl": "local_repository new_local_repository",
    "@bazel_tools//tools/build_defs/repo:utils.bzl":
        "maybe patch read_netrc read_user_netrc update_attrs use_netrc workspace_and_buildfile",
}

# Gone, by where they stood: ctx.NAME, cfg = "host", rule(NAME = ...).
GONE_OF_CTX = {"host_configuration", "host_fragments", "new_file", "expand_make_variables", "default_provider"}
GONE_PARAMETERS = {"host_fragments", "output_to_genfiles", "incompatible_use_toolchain_transition",
                   "execution_platform_constraints_allowed", "single_file", "non_empty", "hidden"}


def names_of(targets):
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def parameters(function):
    arguments = function.args
    named = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    return {argument.arg for argument in named + [arguments.vararg, arguments.kwarg] if argument}


def bound_in(tree):
    """All names that a file gives itself, wherever: Starlark has no names that hide a global one by accident."""
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            bound |= {node.name} | parameters(node)
        elif isinstance(node, ast.Lambda):
            bound |= parameters(node)
        elif isinstance(node, ast.Assign):
            bound |= names_of(node.targets)
        elif isinstance(node, (ast.For, ast.comprehension)):
            bound |= names_of([node.target])
        elif is_call(node, "load"):
            bound |= set(loaded_names(node))
    return bound


def is_call(node, name):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def loaded_names(call):
    """the name here -> the name there"""
    plain = [argument.value for argument in call.args[1:]]
    return dict({name: name for name in plain}, **{word.arg: word.value.value for word in call.keywords})


class Project:
    def __init__(self, root):
        self.root = root
        self.flaws = []
        self.trees = {}

    def files(self):
        for folder, folders, names in os.walk(self.root):
            place = os.path.relpath(folder, self.root)
            # Workspaces of their own, of Bazel 4, and what is no part of the project.
            folders[:] = sorted(name for name in folders if not name.startswith((".", "bazel-"))
                                and os.path.normpath(os.path.join(place, name)) != "tests/consumer")
            for name in sorted(names):
                if name in ("BUILD", "BUILD.bazel", "MODULE.bazel") or name.endswith((".bzl", ".BUILD")):
                    yield os.path.normpath(os.path.join(place, name))

    def tree(self, path):
        if path not in self.trees:
            with open(os.path.join(self.root, path), encoding="utf-8") as file:
                # What a repository rule fills in.
                self.trees[path] = ast.parse(re.sub(r"%\{\w+\}", "[]", file.read()), path)
        return self.trees[path]

    def tell(self, path, node, text):
        self.flaws.append(f"{path}:{node.lineno}: {text}")

    def check_load(self, path, call):
        label = call.args[0].value
        names = set(loaded_names(call).values())
        if label in LOADED:
            for name in sorted(names - set(LOADED[label].split())):
                self.tell(path, call, f"{label} has no {name}")
            return
        if label.startswith("@"):
            self.tell(path, call, f"{label} is not known to be in a module that MODULE.bazel names")
            return
        package, _, file = label.rpartition(":")
        place = package[2:] if package else os.path.dirname(path)
        target = os.path.normpath(os.path.join(place, file))
        # An overlay's own repository: what it is laid over has the file.
        if path.endswith(".BUILD") and not package:
            return
        if not os.path.exists(os.path.join(self.root, target)):
            self.tell(path, call, f"{label} is not there")
            return
        for name in sorted(names - bound_in(self.tree(target))):
            self.tell(path, call, f"{label} has no {name}")

    def check(self, path):
        tree = self.tree(path)
        is_module_file = os.path.basename(path) == "MODULE.bazel"
        is_bzl_file = path.endswith(".bzl")
        given = IN_MODULE_FILES | {"True", "False", "None"} if is_module_file else \
            IN_BZL_FILES if is_bzl_file else IN_BUILD_FILES
        bound = bound_in(tree)
        for node in ast.walk(tree):
            if is_call(node, "load"):
                self.check_load(path, node)
            elif isinstance(node, ast.Name) and node.id not in given and node.id not in bound:
                self.tell(path, node, f"{node.id} is neither loaded nor given to this file by Bazel 9")
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id == "native" and is_bzl_file and node.attr not in IN_NATIVE:
                    self.tell(path, node, f"native.{node.attr} is not in Bazel 9")
                if node.value.id in ("ctx", "rctx") and node.attr in GONE_OF_CTX:
                    self.tell(path, node, f"{node.value.id}.{node.attr} is not in Bazel 9")
            if isinstance(node, ast.Call):
                self.check_parameters(path, node)

    def check_parameters(self, path, call):
        for word in call.keywords:
            if word.arg == "cfg" and isinstance(word.value, ast.Constant) and word.value.value in ("host", "data"):
                self.tell(path, call, f'cfg = "{word.value.value}" is not in Bazel 9')
            if word.arg in GONE_PARAMETERS and path.endswith(".bzl"):
                self.tell(path, call, f"the parameter {word.arg} is not in Bazel 9")


def main():
    project = Project(sys.argv[1])
    count = 0
    for path in project.files():
        if path in FOR_BAZEL_4:
            continue
        count += 1
        try:
            project.check(path)
        except SyntaxError as error:
            project.flaws.append(f"{path}:{error.lineno}: {error.msg}")
    print("".join(flaw + "\n" for flaw in project.flaws) + f"{count} files read")


main()
