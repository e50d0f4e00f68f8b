r"""Values that only derivatives speak of: the out of `\frac{\partial \hat y}{\partial out}`, which is what ŷ =
σ(…) is of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from chalkgrad.page.syntax import Derivative, Group, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.facts import Defined, Facts
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import Symbol, quantities


def name_beneath(facts: Facts) -> None:
    """Defines each such name as what stands under the function of the value that is derived by it."""
    used = {
        facts.use(name).symbol for group in facts.defined.values() for each in group for name in quantities(each.side)
    }
    for above, below in dict(_pairs(facts)).items():
        symbol = facts.use(below).symbol
        if (
            symbol in facts.defined
            or symbol in used
            or symbol == above
            or (symbol in facts.derived_by and _is_given(facts, symbol))
        ):
            continue
        group = facts.defined.get(above, [])
        split = [_split(facts, each, below) for each in group]
        if not group or any(each is None for each in split) or any(each.own or each.made for each in group):
            continue
        if any(facts.use(name).symbol.base == symbol.base for each in group for name in quantities(each.side)):
            continue  # `W` where weights W_{hh} and W_{xh} stand
        facts.defined[above] = [pair[0] for pair in split if pair is not None]
        for pair in split:
            assert pair is not None
            facts.defined.setdefault(pair[1].symbol, []).append(pair[1])
        function = split[0][0].side.factors[0] if split[0] and isinstance(split[0][0].side, Product) else None
        if isinstance(function, Name):
            facts.beneath.append((str(symbol), base_of(function), str(above)))


def _pairs(facts: Facts) -> Iterator[tuple[Symbol, Name]]:
    """What is derived by what, of names."""
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Derivative) and isinstance(part.numerator, Name) and len(part.denominators) == 1:
                below = part.denominators[0]
                if isinstance(below, Name) and not below.subscripts and not below.superscripts:
                    yield facts.use(part.numerator).symbol, below
            elif isinstance(part, Product):
                yield from _evaluated(facts, part)


def _evaluated(facts: Facts, part: Product) -> Iterator[tuple[Symbol, Name]]:
    r"""What an outer function's derivative is taken of, `\sigma'(out)`, where one value has that function on its
    outside.
    """
    for function, group in pairwise(part.factors):
        if not isinstance(function, Name) or not function.primes or not isinstance(group, Group):
            continue
        inside = group.contents[0] if len(group.contents) == 1 else None
        if isinstance(inside, Name) and not inside.superscripts:
            outer = [symbol for symbol, defined in facts.defined.items()
                     if defined and all(_head(each) == function.base for each in defined)]  # fmt: skip
            if len(outer) == 1:
                yield outer[0], replace(inside, subscripts=())


def _head(defined: Defined) -> str:
    side = defined.side
    applied = isinstance(side, Product) and len(side.factors) == 2 and isinstance(side.factors[1], Group)
    first = side.factors[0] if isinstance(side, Product) and applied else None
    return first.base if isinstance(first, Name) else ""


def _is_given(facts: Facts, symbol: Symbol) -> bool:
    """Whether a name stands outside of derivatives and of functions' derivatives: then it is a quantity of its own."""
    return any(symbol == facts.use(name).symbol for each in facts.declared for name in quantities(each.chain))


def _split(facts: Facts, defined: Defined, below: Name) -> tuple[Defined, Defined] | None:
    """A value as the function of the one beneath it, and that."""
    side = defined.side
    if not isinstance(side, Product) or len(side.factors) != 2 or any(side.operators) or defined.use.name is None:
        return None
    function, group = side.factors
    if not isinstance(function, Name) or not isinstance(group, Group) or len(group.contents) != 1 or function.primes:
        return None
    vocabulary = facts.vocabulary
    if vocabulary.row_of(function) is None and not vocabulary.is_function(function):
        return None
    inside = group.contents[0]
    if isinstance(inside, Name):
        return None
    if defined.use.indices and base_of(defined.use.name) in vocabulary.places:
        vocabulary.places.add(base_of(below))
    items = tuple(item.syntax for item in (*defined.use.samples, *defined.use.indices) if item.syntax is not None)
    name = replace(below, subscripts=items)
    use = facts.use(name)
    body: Syntax = Product(("", ""), (function, replace(group, contents=(name,))), side.span)
    return replace(defined, side=body), Defined(use.symbol, defined.statement, use, inside)
