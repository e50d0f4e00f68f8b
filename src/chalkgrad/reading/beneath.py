r"""Values under outer functions that only derivatives speak of: the out of `∂ŷ/∂out`, where `ŷ = σ(…)` leaves it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chalkgrad.page.syntax import Derivative, Group, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.facts import Defined, Facts
from chalkgrad.reading.vocabulary import Symbol, applications, arguments_of, quantities


def name_values_beneath(facts: Facts) -> None:
    """Splits `v = f(…)` into `u = …` and `v = f(u)` where the equations speak of u and nothing says what it is."""
    used = {facts.use(name).symbol for group in facts.defined.values() for each in group for name in quantities(each.side)}
    taken: set[Symbol] = set()
    for above, below in [*_by_derivatives(facts), *_by_slopes(facts)]:
        symbol = facts.use(below).symbol
        if symbol in facts.defined or symbol in used or symbol in taken or above in taken:
            continue
        split = [_split(facts, each, below, symbol) for each in facts.defined[above]]
        pairs = [pair for pair in split if pair is not None]
        if len(pairs) == len(split):
            facts.defined[above] = [outer for outer, _ in pairs]
            facts.defined[symbol] = [inner for _, inner in pairs]
            taken |= {above, symbol}


def name_formulas_defined(facts: Facts) -> None:
    r"""Puts what is derived by where its formula stands in other definitions: S for the `QK^\top` of `A = \mathrm{softmax}(QK^\top)`."""
    for symbol in sorted(facts.derived_by & set(facts.defined), key=str):
        each = facts.defined[symbol][0]
        name, formula = each.use.name, _bare(each.side)
        if name is None or each.own or each.stack or each.head or isinstance(formula, Name) or len(facts.defined[symbol]) > 1:
            continue
        names = [facts.use(part).symbol for part in quantities(formula)]
        if len(names) < 2 or symbol in names:
            continue

        def named(part: Syntax, formula: Syntax = formula, name: Name = name) -> Syntax:
            return replace(name, span=part.span) if part == formula else part

        for other, group in facts.defined.items():
            if other != symbol and other not in names:
                facts.defined[other] = [replace(one, side=mapped(one.side, named, scripts=False)) for one in group]


def _bare(part: Syntax) -> Syntax:
    while isinstance(part, Group) and len(part.contents) == 1 and part.bracket in ("(", "[", "{"):
        part = part.contents[0]
    return part


def _by_derivatives(facts: Facts) -> Iterator[tuple[Symbol, Name]]:
    r"""What is derived by what: `\frac{\partial h}{\partial z}`."""
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Derivative) and isinstance(part.numerator, Name) and len(part.denominators) == 1:
                below = part.denominators[0]
                above = facts.use(part.numerator).symbol
                if isinstance(below, Name) and above in facts.defined and above != facts.loss:
                    yield above, below


def _by_slopes(facts: Facts) -> Iterator[tuple[Symbol, Name]]:
    r"""Where a slope is taken, `\sigma'(z)`, if one value alone is what that function gives."""
    outer: dict[str, set[Symbol]] = {}
    for symbol, group in facts.defined.items():
        for each in group:
            found = _outermost(each.side)
            if found is not None:
                outer.setdefault(found[0].base, set()).add(symbol)
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            for function, group in applications(part) if isinstance(part, Product) else ():
                arguments = arguments_of(group)
                if function.primes == 1 and len(arguments) == 1 and isinstance(arguments[0], Name):
                    given = outer.get(function.base, set())
                    if len(given) == 1:
                        yield next(iter(given)), arguments[0]


def _outermost(side: Syntax) -> tuple[Name, Group] | None:
    """The function of which a side is the value at something that has no name."""
    if not isinstance(side, Product) or len(side.factors) != 2:
        return None
    function, group = side.factors
    if not isinstance(function, Name) or not isinstance(group, Group) or function.primes:
        return None
    arguments = arguments_of(group)
    plain = len(arguments) == 1 and not isinstance(arguments[0], Name)
    return (function, group) if plain and (function, group) in applications(side) else None


def _split(facts: Facts, defined: Defined, below: Name, symbol: Symbol) -> tuple[Defined, Defined] | None:
    found = _outermost(defined.side)
    name = defined.use.name
    if found is None or name is None or defined.own or defined.stack or defined.head:
        return None
    function, group = found
    scripted = bool(name.subscripts or name.superscripts)
    if scripted and defined.symbol.labels:
        return None
    inner = replace(below, subscripts=name.subscripts, superscripts=name.superscripts) if scripted else below
    if not scripted and (below.subscripts or below.superscripts) and facts.use(below).indices:
        return None
    inner = replace(inner, span=group.span)
    use = facts.use(inner)
    if use.symbol != symbol or use.indices != defined.use.indices or use.samples != defined.use.samples:
        return None
    side = replace(defined.side, factors=(function, replace(group, contents=(inner,))))
    return replace(defined, side=side), replace(defined, symbol=symbol, use=use, side=arguments_of(group)[0])


__all__ = ["name_formulas_defined", "name_values_beneath"]
