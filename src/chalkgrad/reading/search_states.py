"""The states of the search: which sorts are settled at which cost, and how states and sorts compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from math import prod

from chalkgrad.errors import ChalkgradError
from chalkgrad.reading.facts import Defined
from chalkgrad.reading.layout import Value
from chalkgrad.reading.sense import Sort
from chalkgrad.reading.sorts import sort_class
from chalkgrad.reading.vocabulary import Symbol

BEAM = 16


_MOST_TRIED = 4_000  # combinations of what is open in one side, of which those are the cheapest


@dataclass(frozen=True)
class Outcome:
    """What came of reading a side: its value, or the problem."""

    value: Value | None
    cost: float
    problem: ChalkgradError | None = None
    once: float = 0.0  # the part of the cost that is paid once in a document
    work: int = 0  # the steps that reading it took
    # what else it rests on: the `letters` of what is derived by, or the `names`, or a function `made up` for it
    rests_on: str = ""


@dataclass
class State:
    """The sorts settled so far, and what they cost."""

    sorts: dict[Symbol, Sort]
    cost: float = 0.0
    paid: bool = False  # whether it has paid what is paid once


class BySort(dict[Symbol, Sort]):
    """Sorts by quantity, those of all layers under one key."""

    def __init__(self, sorts: Mapping[Symbol, Sort], templated: frozenset[str]) -> None:
        super().__init__(sorts)
        self.templated = templated

    def key(self, symbol: Symbol) -> Symbol:
        """The quantity under which the sort of another stands, that of its class."""
        return sort_class(symbol, self.templated)

    def get(self, symbol: Symbol, default: object = None) -> Sort | None:  # type: ignore[override]
        return super().get(self.key(symbol))

    def __contains__(self, symbol: object) -> bool:
        return isinstance(symbol, Symbol) and super().__contains__(sort_class(symbol, self.templated))


def cost_of_unlike(defined: Defined, sort: Sort, sorts: Mapping[Symbol, Sort]) -> float:
    """What it costs that one layer's quantity is of another kind than the others'."""
    cost = 0.0
    for symbol, other in sorts.items():
        if symbol.base == defined.symbol.base and symbol != defined.symbol and other.kind != sort.kind:
            cost += 0.3
    return cost


def combinations_needed(options: Sequence[tuple[Sort, float]]) -> int:
    return min(sort.rank for sort, _ in options)


def as_siblings(
    symbol: Symbol, options: list[tuple[Sort, float]], settled: Mapping[Symbol, Sort], loss: Symbol | None
) -> list[tuple[Sort, float]]:
    """The options of a quantity, cheap where those of other layers are of that sort."""
    kinds = {sort.kind for other, sort in settled.items() if other.base == symbol.base and other != symbol}
    if not kinds and symbol.base[:1].isupper():
        kinds = {"S"} & {
            sort.kind
            for other, sort in settled.items()
            if other.base[:1].isupper() and other.base != symbol.base and other != loss
        }  # where one capital is a number, the others may well be
    if not kinds:
        return options
    return sorted(
        ((sort, min(cost, 0.1) if sort.kind in kinds else cost) for sort, cost in options), key=lambda pair: pair[1]
    )


def narrowed(tables: Sequence[list[tuple[Sort, float]]]) -> list[list[tuple[Sort, float]]]:
    """The options without the dearest ones, so that there are not too many combinations of them."""
    kept = [sorted(table, key=lambda option: option[1]) for table in tables]
    while prod(map(len, kept)) > _MOST_TRIED:
        dearest = max((table for table in kept if len(table) > 1), key=lambda table: table[-1][1])
        dearest.pop()
    return kept


def kinds_of(bases: Iterable[str], settled: Mapping[Symbol, Sort]) -> dict[str, frozenset[str]]:
    """Of which kinds the quantities of some letters are that are settled."""
    found: dict[str, set[str]] = {base: set() for base in bases}
    for symbol, sort in settled.items():
        if symbol.base in found:
            found[symbol.base].add(sort.kind)
    return {base: frozenset(kinds) for base, kinds in found.items()}


def cost_of_mixed(symbols: Sequence[Symbol], chosen: Sequence[Sort], settled: Mapping[str, frozenset[str]]) -> float:
    """What it costs that quantities of one letter are of different kinds, those that are `settled` among them."""
    kinds: dict[str, set[str]] = {}
    numbers = 0
    for symbol, sort in zip(symbols, chosen, strict=True):
        kinds.setdefault(symbol.base, set()).add(sort.kind)
        numbers += sort.kind == "S" and symbol.base[:1].isupper()
    cost = 0.0
    for base, found in kinds.items():
        cost += 0.3 * (len(found | settled[base]) - 1)
    return cost - 0.7 * max(0, numbers - 1)


def kept_states(states: list[State]) -> list[State]:
    unique: dict[frozenset[tuple[Symbol, Sort]], State] = {}
    for state in states:
        key = frozenset(state.sorts.items())
        if key not in unique or unique[key].cost > state.cost:
            unique[key] = state
    return nsmallest(BEAM, unique.values(), key=lambda state: state.cost)


def left_sort(defined: Defined, value: Value) -> Sort:
    """The sort of what is defined, from the layout of what defines it."""
    indices, samples = len(defined.use.indices), len(defined.use.samples)
    if value.kind == "S" or value.kind == "T":
        return {0: Sort(samples, "S"), 1: Sort(samples, "C"), 2: Sort(samples, "M")}.get(
            indices, Sort(samples + indices, "S")
        )
    return Sort(samples + indices, value.kind)
