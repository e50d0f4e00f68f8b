"""What modules of arrays have in common: the function, what stands before it, and the slopes of its arguments."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.engines.emitted.arrays import ArraySource, docstring, gives, returned
from chalkgrad.engines.emitted.wanted import Wanted
from chalkgrad.language import Tensor


def names_of(wanted: Wanted, source: ArraySource) -> dict[Tensor, str]:
    """The names of the arguments and the results."""
    return {t: source.name(t) for t in (*source.program.declared, *(tensor for _, tensor in wanted.results))}


def function_in(wanted: Wanted, source: ArraySource) -> str:
    """The source of the function that gives what is wanted."""
    names = names_of(wanted, source)
    written = docstring(wanted, names, source.program.declared, gives(wanted))
    lines = [*written, *source.body, f"return {returned(wanted, names)}"]
    return f"def {wanted.name}({', '.join(source.arguments)}):\n" + indented(lines)


def module_of(source: ArraySource, *parts: str) -> str:
    """A module of imports, the functions that its source needs, and its parts."""
    return "\n\n\n".join(["\n".join(source.imports).rstrip(), *source.helpers, *parts]) + "\n"


def slopes_of(wanted: Wanted, arguments: Sequence[Tensor]) -> str:
    """The entries of a tuple: for each argument the slope of the result times its gradient, or None."""
    several = len(wanted.parameters) > 1
    slopes = [
        "None" if tensor not in wanted.parameters
        else f'slope * gradient["{tensor.name}"]' if several else "slope * gradient"
        for tensor in arguments
    ]  # fmt: skip
    return ", ".join(slopes) + ("," if len(slopes) == 1 else "")


def indented(lines: list[str], by: int = 1) -> str:
    """Lines set in by four places each."""
    return "\n".join("    " * by + line if line else "" for line in lines)


__all__ = ["function_in", "indented", "module_of", "names_of", "slopes_of"]
