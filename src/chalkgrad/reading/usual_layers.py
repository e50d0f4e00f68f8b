r"""Layers that a text takes as known: errors and gradients of `z^l = W^l a^{l-1} + b^l` and `a^l = f(z^l)` alone.

Sheets with "the equations of backpropagation" rarely repeat the network. What is derived by whose gradient is an error
times a value before it is a matrix of weights, what f' is taken of is the value under f.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chalkgrad.page.syntax import (
    Addition,
    Chain,
    Derivative,
    Group,
    Name,
    Product,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.facts import Facts, Statement
from chalkgrad.reading.scripts import base_of, is_transpose
from chalkgrad.reading.vocabulary import quantities


@dataclass
class _Roles:
    """The names by what they are in a layer, as far as the equations show it."""

    loss: Name | None = None
    weights: Name | None = None
    before: Name | None = None  # the value of the layer before, as it stands beside the error
    biases: Name | None = None
    under: Name | None = None  # the value of which f' is taken
    function: Name | None = None
    error: Name | None = None


def usual_layers(facts: Facts) -> list[Statement]:
    """The definitions of such layers, for the letters of the document; none where it has some, or too little shows."""
    roles = _roles(facts)
    weights, before, under = roles.weights, roles.before, roles.under
    if weights is None or before is None or under is None or roles.error is None or roles.loss is None:
        return []
    bases = {base_of(name) for name in (weights, before, under)}
    if len(bases) < 3 or bases & {symbol.base for symbol in facts.defined}:
        return []
    value = _of_layer(under, weights)
    terms: list[Syntax] = [Product(("", ""), (_plain(facts, weights), _plain(facts, before)))]
    if roles.biases is not None:
        terms.append(_of_layer(roles.biases, weights))
    total = Addition((1,) * len(terms), tuple(terms)) if len(terms) > 1 else terms[0]
    told = [(value, total)]
    if roles.function is not None:
        applied = Product(("", ""), (roles.function, Group("(", (value,))))
        told.append((_of_layer(before, weights), applied))
    error = _of_layer(roles.error, weights)
    if not _is_derivative_of(facts, roles.error):
        told.append((error, Derivative(roles.loss, (value,))))
    first = facts.passage[0]
    return [
        replace(first, chain=Chain(("=",), sides), place=-1000 - number, conditions=(), notes=(), lead="",
                continues=False, borrowed=True, numbers=False, under=())
        for number, sides in enumerate(told)
    ]  # fmt: skip


def _roles(facts: Facts) -> _Roles:
    """What the names of the equations are in a layer."""
    found = _Roles()
    for statement in facts.passage:
        for function, value in _primed(statement.chain):
            found.function, found.under = found.function or function, found.under or value
    claims = list(_gradients(facts))
    for loss, by, side in claims:  # the gradient by the biases is the error
        if isinstance(side, Name) and base_of(side) != base_of(by):
            found.error, found.biases = found.error or side, found.biases or by
            found.loss = found.loss or loss
    for _, by, side in claims:
        names = list(quantities(side)) if not _has_derivative(side) else []
        others = [name for name in names if found.error is None or base_of(name) != base_of(found.error)]
        if found.error is not None and len(names) == 2 and len(others) == 1 and _is_before(facts, others[0], by):
            found.weights, found.before = by, _untransposed(others[0])
            break
    return found


def _gradients(facts: Facts) -> Iterator[tuple[Name, Name, Syntax]]:
    """What is derived by what, and what each of these derivatives comes to."""
    for chain in (each.chain for each in facts.passage):
        match chain.sides[0]:
            case Derivative(numerator=Name() as loss, denominators=(Name() as by,)):
                yield loss, by, chain.sides[-1]


def _is_before(facts: Facts, value: Name, weights: Name) -> bool:
    """Whether a value is of the layer before that of the weights."""
    mine, theirs = facts.use(value).symbol.labels, facts.use(weights).symbol.labels
    return len(mine) == len(theirs) == 1 and mine[0][0] == theirs[0][0] and mine[0][1] == theirs[0][1] - 1


def _primed(chain: Chain) -> Iterator[tuple[Name, Name]]:
    """The functions of which a derivative is taken, each with where."""
    for part in walk_syntax(chain):
        for function, group in zip(part.factors, part.factors[1:], strict=False) if isinstance(part, Product) else ():
            if isinstance(function, Name) and function.primes == 1 and isinstance(group, Group):
                inner = group.contents[0] if len(group.contents) == 1 else None
                if isinstance(inner, Name):
                    yield replace(function, primes=0), inner


def _has_derivative(side: Syntax) -> bool:
    return any(isinstance(part, Derivative) for part in walk_syntax(side))


def _untransposed(name: Name) -> Name:
    return replace(name, superscripts=tuple(each for each in name.superscripts if not is_transpose(each)))


def _plain(facts: Facts, name: Name) -> Name:
    """A name without its indices."""
    return replace(name, subscripts=()) if facts.use(name).indices else name


def _of_layer(name: Name, like: Name) -> Name:
    """The name as one of the same layer as another."""
    above = tuple(each for each in like.superscripts)
    return replace(name, superscripts=above, subscripts=() if above else like.subscripts)


def _is_derivative_of(facts: Facts, error: Name) -> bool:
    """Whether an equation says of what the error is the derivative."""
    return any(
        isinstance(left := each.chain.sides[0], Name) and base_of(left) == base_of(error)
        and any(isinstance(side, Derivative) for side in each.chain.sides[1:])
        for each in facts.passage
    )  # fmt: skip


__all__ = ["usual_layers"]
