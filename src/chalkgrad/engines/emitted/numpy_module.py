"""NumPy source that stands alone: one function with the equations above it."""

from __future__ import annotations

from chalkgrad.engines.emitted.arrays import ArraySource
from chalkgrad.engines.emitted.dialects import NUMPY
from chalkgrad.engines.emitted.modules import function_in, module_of
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
    return module_of(source, function_in(wanted, source))
