r"""Gradients claimed in other words: `w := w - \alpha G`, a step of descent along G, and `L_w = G`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Derivative,
    Fraction,
    Name,
    Number,
    Product,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.conventions import LOSS_NAMES
from chalkgrad.reading.scope import core

_RATES = frozenset({"alpha", "eta", "epsilon", "varepsilon", "gamma", "lr", "rate", "lambda", "mu", "rho"})
_INDICES = frozenset("ijklmnpqrstNMK") | {"T"}
_MAXIMISED = frozenset({"ell", "l"})


def updates_as_claims(chains: Sequence[Chain]) -> list[Chain]:
    r"""The equations with each step of descent (or ascent), and each `L_w`, as the claim that it makes.

    >>> from chalkgrad.reading.latex import read_latex
    >>> updates_as_claims(read_latex(r"w := w - \alpha\,(y - t) x"))[0].sides[0]
    Derivative(numerator=Name(base='L', ...), denominators=(Name(base='w', ...),))
    """
    objective = _objective(chains)
    parts = [part for chain in chains for side in chain.sides for part in walk_syntax(side)]
    letters = {core(part) for operator in parts if isinstance(operator, BigOperator)
               for below in operator.subscripts for part in walk_syntax(below) if isinstance(part, Name)}  # fmt: skip
    variables = {core(part) for part in parts if isinstance(part, Name)} - letters - _INDICES
    return [_claim(chain, objective) or _lowered(chain, variables) or chain for chain in chains]


def _lowered(chain: Chain, variables: set[str]) -> Chain | None:
    """The claim that `L_w = G` makes, where w is one of the variables and L is written alone elsewhere."""
    left = chain.sides[0]
    if not isinstance(left, Name) or core(left) not in LOSS_NAMES or core(left) not in variables:
        return None
    if len(left.subscripts) != 1 or left.superscripts or not isinstance(left.subscripts[0], Name):
        return None
    by = left.subscripts[0]
    if core(by) not in variables:
        return None
    derivative = Derivative(replace(left, subscripts=()), (by,), left.span)
    return replace(chain, sides=(derivative, *chain.sides[1:]))


def _objective(chains: Sequence[Chain]) -> Name:
    """What is derived elsewhere, or what a loss is called; else L."""
    parts = [part for chain in chains for part in walk_syntax(chain)]
    derived = [part.numerator for part in parts if isinstance(part, Derivative)]
    lefts = [chain.sides[0] for chain in chains]
    found = (each for each in (*derived, *lefts) if isinstance(each, Name) and core(each) in LOSS_NAMES)
    return next(found, Name("L"))


def _claim(chain: Chain, objective: Name) -> Chain | None:
    left, right = chain.sides[0], chain.sides[-1]
    if not isinstance(left, Name) or len(chain.sides) != 2 or chain.relations[0] not in ("=", "←"):
        return None
    if not isinstance(right, Addition) or len(right.terms) != 2 or right.terms[0] != left or right.signs[0] < 0:
        return None
    gradient = _without_rate(right.terms[1])
    if gradient is None:
        return None
    rises = core(objective) in _MAXIMISED
    if (right.signs[1] > 0) != rises:
        gradient = Addition((-1,), (gradient,), gradient.span)
    derivative = Derivative(replace(objective, span=left.span), (left,), left.span)
    return Chain(("=",), (derivative, gradient), chain.span)


def _without_rate(step: Syntax) -> Syntax | None:
    """What the rate multiplies; None where no rate stands in front."""
    if not isinstance(step, Product):
        return None
    first, rest = step.factors[0], step.factors[1:]
    if isinstance(first, Name) and core(first) in _RATES and not first.superscripts:
        operators = ("", *step.operators[2:])
        span = (rest[0].span[0], step.span[1])
        return rest[0] if len(rest) == 1 else Product(operators, rest, span)
    if isinstance(first, Fraction) and isinstance(first.numerator, Name) and core(first.numerator) in _RATES:
        one = replace(first, numerator=Number("1", first.numerator.span))
        return replace(step, factors=(one, *rest))
    return None
