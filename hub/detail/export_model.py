"""A model as one file that runs without Python.

`modules` is the table of the model's repository, or None: what looks modules up by their names finds them there.
"""

import contextlib
import inspect
import itertools
import json
import os
import warnings

import torch


class _AsModule(torch.nn.Module):
    """A function, or another callable, for what takes modules alone."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


class _Flat(torch.nn.Module):
    """A module that returns the values inside of its results alone."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *inputs):
        return tuple(torch.utils._pytree.tree_leaves(self.module(*inputs)))


def script(modules, path, model):
    with _among(modules), _without_warnings():
        torch.jit.save(torch.jit.script(model), path)


def trace(modules, path, model, inputs):
    with _among(modules), _without_warnings(), torch.no_grad():
        torch.jit.save(torch.jit.trace(model, tuple(inputs)), path)


def compile(modules, path, model, inputs, dynamic):
    """`dynamic` holds pairs of an input's number and a dimension."""
    import torch._inductor

    module = model if isinstance(model, torch.nn.Module) else _AsModule(model)
    shapes = tuple({} for _ in inputs)
    for number, dimension in dynamic:
        shapes[number][dimension] = torch.export.Dim.DYNAMIC
    # A callable's inputs are one parameter, *inputs.
    dynamic_shapes = shapes if module is model else (shapes,)
    with _among(modules), _without_warnings(), _settings(), torch.no_grad():
        inputs = tuple(_settled(tensor) for tensor in inputs)
        program, way = _exported(module, inputs, dynamic_shapes if dynamic else None)
        if not _can_be_told(program.call_spec.out_spec):
            program, way = _exported(_Flat(module), inputs, (shapes,) if dynamic else None)
        exported = len(_guards(program))
        arguments, keywords = program.example_inputs
        with way():
            files = torch._inductor.aot_compile(
                program.module(), arguments, keywords, options={"aot_inductor.package": True}
            )
        # The compiler asks for sizes, too, and goes by the example's answers.
        record = _record(program, exported)
        for tensor, name in zip(record["inputs"], _names(model)):
            tensor["name"] = name
        for number, dimension in dynamic:
            size = record["inputs"][number]["sizes"][dimension]
            if isinstance(size, int):
                raise RuntimeError(
                    f"dimension {dimension} of input {number} cannot change: AOTInductor makes code for {size} alone"
                )
        _package(path, files, record)


def _can_be_told(spec):
    """Whether the compiler can write down what a model returns: it has no words for named tuples such as sort()'s."""
    try:
        torch.utils._pytree.treespec_dumps(spec)
    except NotImplementedError:
        return False
    return True


def _package(path, files, record):
    """The files as one, with the record in the metadata that AOTIModelPackageLoader.get_metadata gives."""
    from torch._inductor.package import package_aoti

    def with_record(file):
        if not str(file).endswith("_metadata.json"):
            return file
        copy = os.path.join(os.path.dirname(path), os.path.basename(file))
        with open(file) as old, open(copy, "w") as new:
            json.dump(json.load(old) | {"torchhub_inputs": json.dumps(record)}, new)
        return copy

    package_aoti(path, [with_record(file) for file in files])


def _settled(tensor):
    """The tensor as machine code is made for it: row by row, or with its channels last where it has them so."""
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    format = torch.contiguous_format
    if not tensor.is_contiguous() and tensor.dim() in formats:
        other = formats[tensor.dim()]
        format = other if tensor.is_contiguous(memory_format=other) else format
    return tensor.detach().resolve_conj().resolve_neg().clone(memory_format=format)


def _exported(module, inputs, shapes):
    """The program, and the context that it was exported in."""

    def export(way):
        with way():
            return torch.export.export(module, inputs, dynamic_shapes=shapes, strict=False), way

    # Code that asks for sizes is followed as the example's answer, which then holds for all. Torch can also follow it
    # for any size alike; that fails for more models, and where it gives fewer rules it is the better program.
    from torch.fx.experimental import _config as settings

    plain, oblivious = contextlib.nullcontext, lambda: settings.patch(backed_size_oblivious=True)
    if shapes is None or not hasattr(settings, "backed_size_oblivious"):
        return export(plain)
    try:
        found = export(plain)
    except Exception:
        with contextlib.suppress(Exception):
            return export(oblivious)
        raise
    if rules := _rules(found[0]):
        with contextlib.suppress(Exception):
            other = export(oblivious)
            if len(_rules(other[0])) < len(rules):
                return other
    return found


def _names(model):
    """Those of the parameters that take one input each, as far as Python tells them."""
    try:
        function = model.forward if isinstance(model, torch.nn.Module) else model
        parameters = inspect.signature(function).parameters.values()
    except Exception:
        # Some callables have no signature, and an annotation that is evaluated for it (since Python 3.14) may fail.
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [parameter.name for parameter in itertools.takewhile(lambda each: each.kind in kinds, parameters)]


def _record(program, exported=None):
    """What hub/detail/model_inputs.h describes. The program was exported with `exported` guards, the others are the
    compiler's."""
    values = {node.name: node.meta.get("val") for node in program.graph.nodes}
    signature = program.graph_signature
    inputs = [values[spec.arg.name] for spec in signature.input_specs if spec.kind.name == "USER_INPUT"]
    outputs = [getattr(spec.arg, "name", None) for spec in signature.output_specs if spec.kind.name == "USER_OUTPUT"]
    outputs = [values.get(name) for name in outputs]
    record = {
        "version": 1,
        "inputs": [_tensor(value) | {"strides": _expressions(value.stride())} for value in inputs],
        "symbols": {
            str(symbol): _bounds(values) for symbol, values in program.range_constraints.items() if symbol.is_Symbol
        },
        "rules": _rules(program, exported),
    }
    if all(isinstance(value, torch.Tensor) for value in outputs):
        record["outputs"] = [_tensor(value) for value in outputs]
    return record


def _tensor(value):
    return {
        "dtype": str(value.dtype).removeprefix("torch."),
        "device": value.device.type,
        "sizes": _expressions(value.shape),
    }


def _bounds(values):
    # A bound of 2 says that 0 and 1 were not tried; torch._export.utils takes them at run time, too.
    bounds = {"min": int(values.lower) if values.lower.is_Integer and values.lower > 2 else 0}
    return bounds | {"max": int(values.upper)} if values.upper.is_Integer else bounds


def _environment(program):
    values = (node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder")
    return next((value.fake_mode.shape_env for value in values if hasattr(value, "fake_mode")), None)


def _guards(program):
    environment = _environment(program)
    return [] if environment is None else environment.guards


def _decides(guard):
    """Whether a guard of the compiler's is about what is computed; most choose among ways to the same numbers."""
    places = ("_inductor/lowering.py", "_inductor/decomposition.py", "torch/_decomp/")
    return type(guard.expr).__name__ == "Equality" or any(place in str(getattr(guard, "sloc", "")) for place in places)


def _rules(program, exported=None):
    """What the program asks of its inputs' sizes besides bounds, as expressions that must hold."""
    environment = _environment(program)
    if environment is None:
        return []
    count = len(environment.guards) if exported is None else exported
    guards = [*environment.guards[:count], *filter(_decides, environment.guards[count:])]
    conditions = [guard.expr for guard in guards]
    for asserts in environment.deferred_runtime_asserts.values():
        conditions += [each.expr for each in asserts]
    symbols = {symbol for symbol in program.range_constraints if symbol.is_Symbol}
    rules = []
    for condition in conditions:
        for _ in range(len(environment.replacements)):
            condition = condition.xreplace(environment.replacements)
        if condition.free_symbols and condition.free_symbols <= symbols:
            # Of numbers that are not whole, for example: not written down.
            with contextlib.suppress(ValueError):
                rule = _expression(condition)
                if rule not in rules:
                    rules.append(rule)
    return rules


_OPERATORS = {
    "Add": "+",
    "Mul": "*",
    "FloorDiv": "//",
    "CleanDiv": "//",
    "Mod": "%",
    "PythonMod": "%",
    "Min": "min",
    "Max": "max",
    "Equality": "==",
    "Unequality": "!=",
    "StrictLessThan": "<",
    "LessThan": "<=",
    "StrictGreaterThan": ">",
    "GreaterThan": ">=",
    "And": "and",
    "Or": "or",
    "Not": "not",
}
_MAX_DEPTH = 100


def _expression(value, depth=0):
    """A number, a symbol's name, or a list of an operator and its arguments."""
    if isinstance(value, int):
        return value
    if isinstance(value, torch.SymInt):
        value = value.node.expr
    if value.is_Integer:
        return int(value)
    if value.is_Symbol:
        return str(value)
    name = type(value).__name__
    if depth > _MAX_DEPTH or (name not in _OPERATORS and not _is_power(value)):
        raise ValueError(f"{value} cannot be written down")
    if _is_power(value):
        return ["*", *[_expression(value.base, depth + 1)] * int(value.exp)]
    return [_OPERATORS[name], *(_expression(argument, depth + 1) for argument in value.args)]


def _expressions(values):
    return [_expression(value) for value in values]


def _is_power(value):
    return value.is_Pow and value.exp.is_Integer and 1 < value.exp <= 8


def _among(modules):
    return contextlib.nullcontext() if modules is None else modules


@contextlib.contextmanager
def _without_warnings():
    """PyTorch 2 warns that TorchScript is deprecated; whoever calls this wants it all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _settings():
    import torch._inductor.config

    # No pool of worker processes: this one may be anybody's.
    return torch._inductor.config.patch({"compile_threads": 1})
