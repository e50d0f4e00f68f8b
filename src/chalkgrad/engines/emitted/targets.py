"""The runtimes that code is printed for: one row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalkgrad.calculus import Derivation
from chalkgrad.engines.emitted.c_source import c_source
from chalkgrad.engines.emitted.javascript_module import javascript_module
from chalkgrad.engines.emitted.jax_module import jax_module
from chalkgrad.engines.emitted.julia_source import julia_source
from chalkgrad.engines.emitted.numpy_module import numpy_module
from chalkgrad.engines.emitted.torch_module import torch_module
from chalkgrad.engines.emitted.wanted import Wanted, wanted
from chalkgrad.errors import UnknownNameError

TARGETS: dict[str, Callable[[Wanted], str]] = {
    "numpy": numpy_module,
    "torch": torch_module,
    "jax": jax_module,
    "c": c_source,
    "javascript": javascript_module,
    "julia": julia_source,
}


def code_for(
    derivation: Derivation, to: str = "numpy", of: Sequence[str] = ("value", "gradient"), notation: str = "plain"
) -> str:
    """Source in a language of `TARGETS` that computes `of`: some of value, gradient and hvp.

    Raises `UnknownNameError` for a language or a part that there is not, and `ProgramError` for what a language cannot
    do.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.reading.formulas import read_formula
    >>> print(code_for(derive(read_formula("sum(x.^2)", ["x"]).program), "numpy", ["gradient"]).splitlines()[-1])
        return dL_dx
    """
    return source_of(wanted(derivation, of, notation), to)


def source_of(function: Wanted, to: str) -> str:
    """The source of one function in a language of `TARGETS`; raises `UnknownNameError` and `ProgramError`."""
    if to not in TARGETS:
        raise UnknownNameError("language", to, TARGETS)
    return TARGETS[to](function)
