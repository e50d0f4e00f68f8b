r"""Losses that are named as functions, `J = CE(y, \hat y)`, and what only says of what a loss is one: `L = L(a, y)`.

Such an equation defines nothing by a formula; the name of the function is what words say of the loss elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.errors import ChalkgradError
from chalkgrad.networks.losses import loss_named
from chalkgrad.page.syntax import Derivative, Group, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import arguments_of

_SAYS = "∼"  # a relation that defines nothing


def losses_as_functions(
    statements: Sequence[Statement], named: Sequence[str]
) -> tuple[list[Statement], tuple[str, ...]]:
    """The statements, those about such losses as what they are, and the losses that are named with those `named`."""
    above, below = _derived(statements)
    found: list[Statement] = []
    losses = dict.fromkeys(named)
    for statement in statements:
        function = _loss_of(statement.chain.sides[0], statement.chain.sides[1:])
        if function is None or base_of(function[0]) not in above - below:
            found.append(statement)
            continue
        left, name = function
        loss = _named(name)
        if loss is None and base_of(name) != base_of(left):
            found.append(statement)
            continue
        if loss is not None:
            losses[loss] = None
        found.append(replace(statement, chain=replace(statement.chain, relations=(_SAYS,))))
    return found, tuple(losses)


def _loss_of(left: Syntax, sides: Sequence[Syntax]) -> tuple[Name, Name] | None:
    """The loss and the function, where an equation says that the one is the other of some values."""
    if not isinstance(left, Name) or len(sides) != 1:
        return None
    match sides[0]:
        case Product(operators=("", ""), factors=(Name() as name, Group(bracket="(" | "[") as group)):
            arguments = arguments_of(group)
            if len(arguments) > 1 and all(isinstance(each, Name) for each in arguments) and not name.primes:
                return left, name
    return None


def _named(function: Name) -> str | None:
    """The loss that goes by the name of a function of two letters or more."""
    word = function.base.lstrip("\\")
    if len(word) < 2:
        return None
    spelled = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in word).strip()
    for text in (word, spelled, word.removesuffix("Loss"), spelled.removesuffix(" loss")):
        try:
            return loss_named(text).name
        except ChalkgradError:
            continue
    return None


def _derived(statements: Sequence[Statement]) -> tuple[set[str], set[str]]:
    """The names that are derived by others, and those by which something is derived."""
    above: set[str] = set()
    below: set[str] = set()
    for derivative in _derivatives(statements):
        if isinstance(derivative.numerator, Name):
            above.add(base_of(derivative.numerator))
        below |= {base_of(each) for each in derivative.denominators if isinstance(each, Name)}
    return above, below


def _derivatives(statements: Sequence[Statement]) -> Iterator[Derivative]:
    for statement in statements:
        yield from (part for part in walk_syntax(statement.chain) if isinstance(part, Derivative))


__all__ = ["losses_as_functions"]
