"""A model as one file that runs without Python.

`modules` is the table of the model's repository, or None: what looks modules up by their names finds them there.
"""

import contextlib
import warnings

import torch


class _AsModule(torch.nn.Module):
    """A function, or another callable, for what takes modules alone."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


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
        program = torch.export.export(
            module, tuple(inputs), dynamic_shapes=dynamic_shapes if dynamic else None, strict=False
        )
        torch._inductor.aoti_compile_and_package(program, package_path=path)


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
