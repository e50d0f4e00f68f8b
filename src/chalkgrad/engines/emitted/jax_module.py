"""JAX source that stands alone: a function with the derived gradient as its `custom_vjp`."""

from __future__ import annotations

from chalkgrad.engines.emitted.arrays import ArraySource, docstring, gives, returned
from chalkgrad.engines.emitted.dialects import JAX
from chalkgrad.engines.emitted.numpy_module import indented
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
    declared = source.program.declared
    names = {tensor: source.name(tensor) for tensor in (*declared, *(tensor for _, tensor in wanted.results))}
    lines = [*docstring(wanted, names, declared, gives(wanted)), *source.body, f"return {returned(wanted, names)}"]
    function = f"def {wanted.name}({', '.join(source.arguments)}):\n" + indented(lines)
    if list(wanted.returns) != ["value", "gradient"]:
        return "\n\n\n".join(["\n".join(source.imports).rstrip(), *source.helpers, function]) + "\n"
    several = len(wanted.parameters) > 1
    slopes = [
        "None" if tensor not in wanted.parameters
        else f'slope * gradient["{tensor.name}"]' if several else "slope * gradient"
        for tensor in declared
    ]  # fmt: skip
    arguments = ", ".join(source.arguments)
    single = "," if len(slopes) == 1 else ""
    derived = _DERIVED.format(
        result=wanted.result.name,
        arguments=arguments,
        function=wanted.name,
        kept=arguments + single,
        slopes=", ".join(slopes) + single,
    )
    return "\n\n\n".join(["\n".join(source.imports).rstrip(), *source.helpers, function, derived]) + "\n"
