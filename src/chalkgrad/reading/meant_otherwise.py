r"""What a section calls by a name that another section defines, and means otherwise.

A document that convolves, `y_{ij} = \sum_m x_{i+m} k_m`, may call the target of its loss y in the next chapter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chalkgrad.page.syntax import Addition, Derivative, Name, Syntax, walk_syntax
from chalkgrad.reading.facts import Facts, Statement, defined_by, derived_by_in
from chalkgrad.reading.vocabulary import Symbol, quantities


def has_other_places(facts: Facts, section: Sequence[Statement], symbol: Symbol, definition: Statement) -> bool:
    """Whether a definition has another number of indices than a section ever writes below the name."""
    uses = [facts.use(name) for each in section for name in quantities(each.chain)]
    counts = {len(use.indices) for use in uses if use.symbol == symbol}
    left = definition.chain.sides[0]
    if not isinstance(left, Name) or not counts or 0 in counts:
        return False
    return len(facts.use(left).indices) not in {0, *counts}


class Targets:
    """The targets of a section: what is held against a value, and rests on nothing that the section derives by."""

    def __init__(self, facts: Facts, defined: Mapping[Symbol, Sequence[Statement]]) -> None:
        self._facts = facts
        self._defined = defined
        self._derived_by = self._in(facts.statements)
        self._resting: dict[tuple[Symbol, frozenset[Symbol]], bool] = {}

    def of(self, section: Sequence[Statement], needed: Sequence[Statement]) -> set[Symbol]:
        """The targets in the equations of a section and those that it needs."""
        by = self._in(section) or self._derived_by
        return {
            target
            for each in (*section, *needed) for part in walk_syntax(each.chain) for value, target in self._pairs(part)
            if self._rests(value, by) and not self._rests(target, by)
        }  # fmt: skip

    def places_of(self, symbol: Symbol, section: Sequence[Statement], places: Sequence[int]) -> Sequence[int]:
        """The places of the definitions of something that rest on what a section derives it by, if any do."""
        by = frozenset(self._by(symbol, section))
        if len(places) < 2 or not by:
            return places
        pairs = zip(places, self._defined[symbol], strict=True)
        resting = [place for place, each in pairs if self._rests_by(each, by)]
        return resting or places

    def is_another(self, symbol: Symbol, section: Sequence[Statement], definition: Statement) -> bool:
        """Whether a section derives something by what it defines itself, and a definition elsewhere rests on none of it:
        the error E of a layer with the outcome y, where E stood for that of a sum of squares before.
        """
        own = {found[0] for each in section if (found := defined_by(self._facts, each)) is not None}
        return any(not self._rests_by(definition, frozenset((each,))) for each in own & self._by(symbol, section))

    def _by(self, symbol: Symbol, section: Sequence[Statement]) -> set[Symbol]:
        """What a section derives something by."""
        use = self._facts.use
        return {
            use(below).symbol
            for each in section for part in walk_syntax(each.chain) if isinstance(part, Derivative)
            if isinstance(part.numerator, Name) and use(part.numerator).symbol == symbol
            for below in part.denominators if isinstance(below, Name)
        }  # fmt: skip

    def _in(self, statements: Sequence[Statement]) -> frozenset[Symbol]:
        return frozenset(derived_by_in([each.chain for each in statements], self._facts.vocabulary))

    def _pairs(self, part: Syntax) -> Iterator[tuple[Symbol, Symbol]]:
        """What is subtracted from what, both ways round."""
        if isinstance(part, Addition) and len(part.terms) == 2 and part.signs[0] != part.signs[1]:
            one, other = part.terms
            if isinstance(one, Name) and isinstance(other, Name):
                first, second = self._facts.use(one), self._facts.use(other)
                if len(first.indices) == len(second.indices):
                    yield from ((first.symbol, second.symbol), (second.symbol, first.symbol))

    def _rests(self, symbol: Symbol, by: frozenset[Symbol]) -> bool:
        """Whether something is derived by, be it for another layer, or rests on what is."""
        key = (symbol, by)
        if key not in self._resting:
            here = any(_same_but_for_layers(symbol, each) for each in by)
            self._resting[key] = here  # while it is being found out
            self._resting[key] = here or any(self._rests_by(each, by) for each in self._definitions(symbol))
        return self._resting[key]

    def _rests_by(self, definition: Statement, by: frozenset[Symbol]) -> bool:
        found = defined_by(self._facts, definition)
        own = found[2] if found is not None else ()  # a function rests on what it is applied to
        names = [name for side in definition.chain.sides[1:] for name in quantities(side)]
        return any(self._rests(symbol, by) for symbol in (self._facts.use(name).symbol for name in names)
                   if symbol not in own)  # fmt: skip

    def _definitions(self, symbol: Symbol) -> Iterator[Statement]:
        yield from self._defined.get(symbol, ())
        if symbol not in self._defined:
            for other, found in self._defined.items():
                if _same_but_for_layers(symbol, other):
                    yield from found


def _same_but_for_layers(one: Symbol, other: Symbol) -> bool:
    return one.base == other.base and len(one.labels) == len(other.labels)


__all__ = ["Targets", "has_other_places"]
