"""PyTorch source that stands alone: a function, an `autograd.Function` with our backward, and an `nn.Module`."""

from __future__ import annotations

from chalkgrad.engines.emitted.arrays import ArraySource
from chalkgrad.engines.emitted.dialects import TORCH
from chalkgrad.engines.emitted.modules import function_in, indented, module_of, names_of, slopes_of
from chalkgrad.engines.emitted.wanted import Wanted

_FUNCTION = '''class Derived(torch.autograd.Function):
    """{result} as one operation of PyTorch, whose backward pass is the derived gradient.

    Where it is derived once more, the gradient is computed again by operations that PyTorch can follow.
    """

    @staticmethod
    def forward(ctx, {arguments}):
        value, gradient = {function}({arguments})
        ctx.save_for_backward({arguments})
        ctx.gradient = gradient
        return value

    @staticmethod
    def backward(ctx, slope):
        gradient = {function}(*ctx.saved_tensors)[1] if torch.is_grad_enabled() else ctx.gradient
        return {slopes}'''
_MODULE = '''class Module(torch.nn.Module):
    """{result} of its parameters; they begin as the tensors that are given."""

    def __init__(self, {parameters}):
        super().__init__()
{assigned}

    def forward(self{data}):
        return Derived.apply({passed})'''


def torch_module(wanted: Wanted) -> str:
    """The source of a module for PyTorch; the operation and the module belong to value and gradient.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.engines.emitted.wanted import wanted
    >>> from chalkgrad.reading.formulas import read_formula
    >>> source = torch_module(wanted(derive(read_formula("x'*A*x", ["x"]).program)))
    >>> print(*[line for line in source.splitlines() if "slope" in line or "apply" in line], sep="\\n")
        def backward(ctx, slope):
            return slope * gradient, None
            return Derived.apply(self.x, A)
    """
    source = ArraySource(wanted, TORCH, [wanted.name, "Derived", "Module", "value", "gradient", "slope"])
    function = function_in(wanted, source)
    if list(wanted.returns) != ["value", "gradient"]:
        return module_of(source, function)
    names = names_of(wanted, source)
    own = [tensor for tensor in source.program.declared if tensor not in wanted.directions.values()]
    derived = _FUNCTION.format(
        result=wanted.result.name,
        arguments=", ".join(names[tensor] for tensor in own),
        function=wanted.name,
        slopes=slopes_of(wanted, own),
    )
    data = [names[tensor] for tensor in own if tensor not in wanted.parameters]
    module = _MODULE.format(
        result=wanted.result.name,
        parameters=", ".join(names[tensor] for tensor in wanted.parameters),
        assigned=indented([f"self.{names[t]} = torch.nn.Parameter({names[t]})" for t in wanted.parameters], 2),
        data="".join(f", {name}" for name in data),
        passed=", ".join(f"self.{names[t]}" if t in wanted.parameters else names[t] for t in own),
    )
    return module_of(source, function, derived, module)
