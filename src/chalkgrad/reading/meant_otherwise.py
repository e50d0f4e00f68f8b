r"""Names that another section defines, and by which a section means something else.

A document that convolves, `y_{ij} = \sum_m x_{i+m} k_m`, may call the target of its loss y in the next chapter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from chalkgrad.page.syntax import Addition, Derivative, Name, walk_syntax
from chalkgrad.reading.facts import Facts, Statement, defined_by, derived_by_in
from chalkgrad.reading.vocabulary import Symbol, quantities

_Kind: TypeAlias = tuple[str, int]


def has_other_places(facts: Facts, section: Sequence[Statement], symbol: Symbol, definition: Statement) -> bool:
    """Whether a definition has another number of indices than a section ever writes below the name."""
    uses = [facts.use(name) for each in section for name in quantities(each.chain)]
    counts = {len(use.indices) for use in uses if use.symbol == symbol}
    left = definition.chain.sides[0]
    if not isinstance(left, Name) or not counts or 0 in counts:
        return False
    return len(facts.use(left).indices) not in {0, *counts}


class Elsewhere:
    """What the definitions of a document say of a name in a section that does not define it."""

    def __init__(self, facts: Facts, defined: Mapping[Symbol, Sequence[Statement]]) -> None:
        self._facts = facts
        self._defined = defined
        self._alike: dict[_Kind, list[Statement]] = {}
        for symbol, found in defined.items():
            self._alike.setdefault(_kind(symbol), []).extend(found)
        self._derived_by = self._by(facts.statements)
        self._reached: dict[Symbol, frozenset[_Kind]] = {}
        self._pairs: dict[int, tuple[tuple[Symbol, Symbol], ...]] = {}

    def is_target(self, symbol: Symbol, section: Sequence[Statement], needed: Sequence[Statement]) -> bool:
        """Whether something is held against a value, and rests on nothing that the section derives by."""
        values = [value for each in (*section, *needed) for value, target in self._held(each) if target == symbol]
        if not values:
            return False
        by = self._by(section) or self._derived_by
        return self._reach(symbol).isdisjoint(by) and any(not self._reach(each).isdisjoint(by) for each in values)

    def places_of(self, symbol: Symbol, section: Sequence[Statement], places: Sequence[int]) -> Sequence[int]:
        """The places of the definitions of something that rest on what a section derives it by, if any do."""
        by = {_kind(each) for each in self._derived(symbol, section)}
        if len(places) < 2 or not by:
            return places
        pairs = zip(places, self._defined[symbol], strict=True)
        return [place for place, each in pairs if not self._of(each).isdisjoint(by)] or places

    def is_another(self, symbol: Symbol, section: Sequence[Statement], definition: Statement) -> bool:
        """Whether a section derives something by a value that it defines itself, and a definition elsewhere rests on
        what that value rests on, but not on it: the error E of a layer with the outcome y, where E was a sum of squares
        of what comes into that layer.
        """
        own = {found[0] for each in section if (found := defined_by(self._facts, each)) is not None}
        if not isinstance(definition.chain.sides[0], Name):
            return False  # a function is one of whatever stands for its arguments
        reached = self._of(definition)
        beside = [each for each in own & self._derived(symbol, section) if _kind(each) not in reached]
        return any(not self._reach(each).isdisjoint(reached) for each in beside)

    def _derived(self, symbol: Symbol, section: Sequence[Statement]) -> set[Symbol]:
        """What a section derives something by."""
        use = self._facts.use
        return {
            use(below).symbol
            for each in section for part in walk_syntax(each.chain) if isinstance(part, Derivative)
            if isinstance(part.numerator, Name) and use(part.numerator).symbol == symbol
            for below in part.denominators if isinstance(below, Name)
        }  # fmt: skip

    def _by(self, statements: Sequence[Statement]) -> set[_Kind]:
        return {_kind(each) for each in derived_by_in([each.chain for each in statements], self._facts.vocabulary)}

    def _held(self, statement: Statement) -> tuple[tuple[Symbol, Symbol], ...]:
        """What is subtracted from what in an equation, both ways round."""
        if statement.place not in self._pairs:
            found = []
            for part in walk_syntax(statement.chain):
                match part:
                    case Addition(terms=(Name() as one, Name() as other), signs=signs) if signs[0] != signs[1]:
                        first, second = self._facts.use(one), self._facts.use(other)
                        if len(first.indices) == len(second.indices):
                            found += [(first.symbol, second.symbol), (second.symbol, first.symbol)]
            self._pairs[statement.place] = tuple(found)
        return self._pairs[statement.place]

    def _reach(self, symbol: Symbol) -> frozenset[_Kind]:
        """What something rests on through all definitions, itself included."""
        if symbol not in self._reached:
            found = {_kind(symbol)}
            pending = list(self._definitions(symbol))
            while pending:
                definition = pending.pop()
                defined = defined_by(self._facts, definition)
                own = defined[2] if defined is not None else ()  # a function rests on what it is applied to
                for each in {self._facts.use(name).symbol for name in _on_the_right(definition)} - set(own):
                    if _kind(each) not in found:
                        found.add(_kind(each))
                        pending += self._definitions(each)
            self._reached[symbol] = frozenset(found)
        return self._reached[symbol]

    def _definitions(self, symbol: Symbol) -> Sequence[Statement]:
        """The definitions of something, or those of the same of other layers."""
        return self._defined[symbol] if symbol in self._defined else self._alike.get(_kind(symbol), ())

    def _of(self, definition: Statement) -> frozenset[_Kind]:
        """What one definition rests on."""
        symbols = {self._facts.use(name).symbol for name in _on_the_right(definition)}
        return frozenset().union(*map(self._reach, symbols))


def _on_the_right(definition: Statement) -> list[Name]:
    return [name for side in definition.chain.sides[1:] for name in quantities(side)]


def _kind(symbol: Symbol) -> _Kind:
    """A quantity and the same of all other layers."""
    return symbol.base, len(symbol.labels)


__all__ = ["Elsewhere", "has_other_places"]
