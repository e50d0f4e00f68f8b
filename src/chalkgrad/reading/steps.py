r"""Gradients claimed in other words: `w := w - \alpha G`, a step of descent along G, says that G is the gradient."""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.syntax import Addition, Chain, Derivative, Fraction, Name, Number, Product, Syntax, walk_syntax
from chalkgrad.reading.facts import Facts, Statement, has_derivative
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import Symbol, quantities

_MAXIMISED = frozenset({"ell", "l"})  # a log-likelihood by its letter
_RATES = frozenset({"alpha", "eta", "epsilon", "varepsilon", "gamma", "lr", "rate", "lambda", "mu", "rho"})


def claims_of_steps(facts: Facts) -> list[Statement]:
    """The claim that each step of descent, or of ascent, makes about the gradient of the loss."""
    found = []
    for statement in facts.updates:
        chain = _claim(facts, statement)
        if chain is not None and not statement.borrowed:
            found.append(replace(statement, chain=chain))
    return found


def _claim(facts: Facts, statement: Statement) -> Chain | None:
    chain = statement.chain
    left, right = chain.sides[0], chain.sides[-1]
    objective = _objective(facts)
    if objective is None or not isinstance(left, Name) or len(chain.sides) != 2:
        return None
    if not isinstance(right, Addition) or len(right.terms) != 2 or right.terms[0] != left or right.signs[0] < 0:
        return None
    gradient = _without_rate(facts, right.terms[1])
    if gradient is None or has_derivative(gradient, facts):
        return None
    rises = facts.words.maximises or base_of(objective) in _MAXIMISED
    if (right.signs[1] > 0) != rises:
        gradient = Addition((-1,), (gradient,), gradient.span)
    derivative = Derivative(replace(objective, span=left.span), (left,), left.span)
    return Chain(("=",), (derivative, gradient), chain.span)


def _objective(facts: Facts) -> Name | None:
    """What is derived elsewhere, or the last number that the document defines and uses no further."""
    symbol = facts.loss
    if symbol is None:
        used = {
            facts.use(name).symbol
            for group in facts.defined.values()
            for each in group
            for name in quantities(each.side)
        }
        ends = [symbol for symbol in facts.defined if symbol not in used]
        symbol = ends[-1] if len(ends) == 1 else None
    if symbol is None:
        return None
    names = (name for each in facts.statements for name in quantities(each.chain) if facts.use(name).symbol == symbol)
    return next((replace(name, superscripts=()) for name in names), None)


def _without_rate(facts: Facts, step: Syntax) -> Syntax | None:
    """What the rate multiplies; None where no rate stands in front."""
    if not isinstance(step, Product):
        return None
    first, rest = step.factors[0], step.factors[1:]
    if isinstance(first, Name) and _is_rate(facts, first):
        operators = ("", *step.operators[2:])
        span = (rest[0].span[0], step.span[1])
        return rest[0] if len(rest) == 1 else Product(operators, rest, span)
    if isinstance(first, Fraction) and isinstance(first.numerator, Name) and _is_rate(facts, first.numerator):
        one = replace(first, numerator=Number("1", first.numerator.span))
        return replace(step, factors=(one, *rest))
    return None


def _is_rate(facts: Facts, name: Name) -> bool:
    """Whether a number stands in steps only."""
    if name.superscripts or name.subscripts:
        return False
    if base_of(name) in _RATES:
        return True
    symbol = facts.use(name).symbol
    others = [each for each in facts.statements if facts.kinds.get(each.place) not in ("update", "declaration")]
    return not any(symbol == _symbol(facts, part) for each in others for part in walk_syntax(each.chain))


def _symbol(facts: Facts, part: Syntax) -> Symbol | None:
    return facts.use(part).symbol if isinstance(part, Name) else None
