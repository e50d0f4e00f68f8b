"""Where the values of a model have to lie, so that it is defined: what stands in a logarithm or a root."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from chalkgrad.language import Add, Call, Element, Expression, Multiply, Number, Power, Program, Tensor, walk

_OF_POSITIVE_NUMBERS = frozenset({"log", "sqrt"})


@lru_cache(maxsize=256)
def fractions_of(program: Program) -> frozenset[Tensor]:
    """The declared tensors that stand by themselves, or as a term, in a logarithm or a root.

    Between 0 and 1 they are in the domain, be it of log p, of log(1 - p) or of the root of v + ε.

    >>> from chalkgrad.reading.scalar_functions import read_latex_function
    >>> program = read_latex_function(r"p \\log p + (1 - p) \\log(1 - p) + \\log(1 + x^2)")
    >>> sorted(tensor.name for tensor in fractions_of(program))
    ['p']
    """
    declared = set(program.declared)
    arguments = (argument for definition in program.definitions for argument in _positive(definition.body))
    terms = (term for argument in arguments for term in (argument.terms if isinstance(argument, Add) else (argument,)))
    found = (_without_sign(term) for term in terms)
    return frozenset(term.tensor for term in found if isinstance(term, Element) and term.tensor in declared)


def _positive(body: Expression) -> Iterator[Expression]:
    """What a body takes logarithms, roots and broken powers of."""
    for node in walk(body):
        if isinstance(node, Call) and node.function in _OF_POSITIVE_NUMBERS:
            yield node.argument
        elif isinstance(node, Power) and not (
            isinstance(node.exponent, Number) and node.exponent.value.denominator == 1
        ):
            yield node.base


def _without_sign(term: Expression) -> Expression:
    return -term if isinstance(term, Multiply) else term
