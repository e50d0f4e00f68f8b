"""NumPy source that stands alone: one function with the equations above it."""

from __future__ import annotations

from chalkgrad.engines.emitted.arrays import ArraySource, docstring, gives, returned
from chalkgrad.engines.emitted.dialects import NUMPY
from chalkgrad.engines.emitted.wanted import Wanted


def numpy_module(wanted: Wanted) -> str:
    """The source of a module with one function of arrays; float32 stays float32.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.engines.emitted.wanted import wanted
    >>> from chalkgrad.reading.formulas import read_formula
    >>> print(numpy_module(wanted(derive(read_formula("x'*A*x", ["x"]).program))))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def value_and_gradient(x, A):
        \"\"\"The value and the gradient of L by x.
    <BLANKLINE>
            L = xᵀAx
            ∂L/∂x = (A + Aᵀ)x
    <BLANKLINE>
        Takes
            x  parameter  (m,)
            A  input      (m, m)
    <BLANKLINE>
        Gives the value and the gradient.
        \"\"\"
        xA = x @ A  # (m,)
        L = xA @ x
        dL_dx = xA + A @ x  # (m,)
        return L, dL_dx
    <BLANKLINE>
    """
    source = ArraySource(wanted, NUMPY, [wanted.name])
    declared = source.program.declared
    names = {tensor: source.name(tensor) for tensor in (*declared, *(tensor for _, tensor in wanted.results))}
    lines = [*docstring(wanted, names, declared, gives(wanted)), *source.body, f"return {returned(wanted, names)}"]
    function = f"def {wanted.name}({', '.join(source.arguments)}):\n" + indented(lines)
    return "\n\n\n".join(["\n".join(source.imports).rstrip(), *source.helpers, function]) + "\n"


def indented(lines: list[str], by: int = 1) -> str:
    """Lines set in by four places each."""
    return "\n".join("    " * by + line if line else "" for line in lines)
