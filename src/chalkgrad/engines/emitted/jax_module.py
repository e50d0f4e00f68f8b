"""JAX source that stands alone: a function with the derived gradient as its `custom_vjp`."""

from __future__ import annotations

from chalkgrad.engines.emitted.arrays import ArraySource
from chalkgrad.engines.emitted.dialects import JAX
from chalkgrad.engines.emitted.modules import function_in, module_of, slopes_of
from chalkgrad.engines.emitted.wanted import Wanted

_DERIVED = '''@jax.custom_vjp
def derived({arguments}):
    """{result}, whose derivative is the derived gradient: for jax.grad, jax.jit and jax.vmap."""
    return {function}({arguments})[0]


def _forward({arguments}):
    return derived({arguments}), ({kept})


def _backward(kept, slope):
    gradient = {function}(*kept)[1]  # under jit the parts of the value are not computed again
    return {slopes}


derived.defvjp(_forward, _backward)'''


def jax_module(wanted: Wanted) -> str:
    """The source of a module for JAX; the function with a derivative of its own belongs to value and gradient.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.engines.emitted.wanted import wanted
    >>> from chalkgrad.reading.formulas import read_formula
    >>> source = jax_module(wanted(derive(read_formula("x'*A*x", ["x"]).program)))
    >>> print(source[source.index("def _forward") :])
    def _forward(x, A):
        return derived(x, A), (x, A)
    <BLANKLINE>
    <BLANKLINE>
    def _backward(kept, slope):
        gradient = value_and_gradient(*kept)[1]  # under jit the parts of the value are not computed again
        return slope * gradient, None
    <BLANKLINE>
    <BLANKLINE>
    derived.defvjp(_forward, _backward)
    <BLANKLINE>
    """
    source = ArraySource(wanted, JAX, [wanted.name, "derived", "kept", "slope", "gradient", "_forward", "_backward"])
    function = function_in(wanted, source)
    if list(wanted.returns) != ["value", "gradient"]:
        return module_of(source, function)
    arguments = ", ".join(source.arguments)
    derived = _DERIVED.format(
        result=wanted.result.name,
        arguments=arguments,
        function=wanted.name,
        kept=arguments + ("," if len(source.arguments) == 1 else ""),
        slopes=slopes_of(wanted, source.program.declared),
    )
    return module_of(source, function, derived)
