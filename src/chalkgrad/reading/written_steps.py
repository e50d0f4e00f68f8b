"""Equations through time written for one step: every index of time a number, sums over time as their terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Derivative,
    Group,
    Name,
    Number,
    Product,
    Syntax,
    Text,
    parts,
    walk_syntax,
    with_parts,
)
from chalkgrad.reading.scripts import Item, base_of, item_of, letters_in, pieces_of

STEPS = 3


@dataclass(frozen=True)
class Slot:
    """Where a name has its time: below or above it, as which of what stands there, and in which bracket."""

    where: str
    place: int
    bracket: str


@dataclass
class Timed:
    """The names of a document that have a time, and the letters for times."""

    slots: dict[str, Slot] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    # what has no time, but derivatives of what has one are by it at its time
    copied: set[str] = field(default_factory=set)
    # what an equation says at the time 0; anything else that rests on its past is given there
    begun: set[str] = field(default_factory=set)
    past: set[str] = field(default_factory=set)  # what rests on an earlier time of something

    def time_of(self, name: Name) -> Item | None:
        """The time of a name, if it has one."""
        slot = self.slots.get(base_of(name))
        if slot is None:
            return None
        items = items_of(name, slot.where)
        if slot.place >= len(items):
            return None
        item = items[slot.place]
        known = self.letters | self.ends
        if item.bracket != slot.bracket or not (
            item.kind == "number" or (letters_in(item) and set(letters_in(item)) <= known)
        ):
            return None
        return item


def written_at(chain: Chain, timed: Timed, steps: Mapping[str, int]) -> Chain | None:
    """A statement at given times; None where it speaks of a time that there is not."""
    try:
        made = _Writing(timed).of(chain, {**dict.fromkeys(timed.ends, STEPS), **steps})
    except _NoStepError:
        return None
    assert isinstance(made, Chain)
    return made


class _NoStepError(Exception):
    """A time before the first step, after the last or not to be told."""


@dataclass
class _Writing:
    timed: Timed

    def of(self, part: Syntax, steps: Mapping[str, int]) -> Syntax:
        if isinstance(part, BigOperator) and part.kind in ("sum", "prod") and letters_bound(part) & self.timed.letters:
            return self._terms(part, steps)
        if isinstance(part, Name):
            return self._name(part, steps)
        return with_parts(part, tuple(self.of(each, steps) for each in parts(part)))

    def _terms(self, operator: BigOperator, steps: Mapping[str, int]) -> Syntax:
        """A sum or product over times, written out."""
        letters = letters_bound(operator)
        if len(letters) != 1 or len(operator.subscripts) != 1:
            raise _NoStepError
        (letter,) = letters
        below = operator.subscripts[0]
        begin = _number(below.sides[1], steps) if isinstance(below, Chain) else 1
        end = _number(operator.superscripts[0], steps) if operator.superscripts else STEPS
        if begin is None or end is None:
            raise _NoStepError
        after = below.sides[1] if isinstance(below, Chain) else None
        if operator.kind == "prod" and begin == end + 1 and isinstance(after, Addition):
            return Number("1", operator.span)  # from k + 1 on, where k is the end: nothing is multiplied
        order = range(begin, end + 1) if begin <= end or operator.kind == "sum" else range(begin, end - 1, -1)
        if operator.kind == "prod" and _leads_back(operator.body):
            order = range(max(begin, end), min(begin, end) - 1, -1) if begin <= end else order
        terms = tuple(self.of(operator.body, {**steps, letter: step}) for step in order)
        if operator.kind == "sum":
            terms = tuple(term for term in terms if not self._vanishes(term)) or terms[:1]
        if not terms:
            return Number("0" if operator.kind == "sum" else "1", operator.span)
        if len(terms) == 1:
            return Group("(", terms, operator.span)
        if operator.kind == "sum":
            total: Syntax = Addition((1,) * len(terms), terms, operator.span)
        else:
            grouped = tuple(Group("(", (term,), term.span) for term in terms)
            total = Product(("",) * len(terms), grouped, operator.span)
        return Group("(", (total,), operator.span)

    def _vanishes(self, term: Syntax) -> bool:
        r"""Whether a term has a factor `\frac{\partial h_0}{\partial W}` of what is given at the first time."""
        factors = term.factors if isinstance(term, Product) else (term,)
        for factor in factors:
            if not isinstance(factor, Derivative) or not isinstance(factor.numerator, Name):
                continue
            step, base = step_group_of(factor.numerator), base_of(factor.numerator)
            first = step is not None and step.contents == (Number("0"),)
            timeless = all(base_of(by) not in self.timed.slots for by in factor.denominators if isinstance(by, Name))
            if first and timeless and base in self.timed.past - self.timed.begun:
                return True
        return False

    def _name(self, name: Name, steps: Mapping[str, int]) -> Name:
        item = self.timed.time_of(name)
        below = tuple(self.of(each, steps) for each in name.subscripts)
        above = tuple(self.of(each, steps) for each in name.superscripts)
        if item is None:
            above = tuple(_folded(each, steps, self.timed) for each in above)
            marked = [each for each in above if isinstance(each, Name) and step_group_of(each) is not None]
            if marked:  # `\delta^{s_t}`: what it is of, and when
                step = step_group_of(marked[0])
                assert step is not None
                kept = tuple(each for each in above if each is not marked[0])
                return replace(name, subscripts=(*below, Text(base_of(marked[0]))), superscripts=(step, *kept))
            return replace(name, subscripts=below, superscripts=above)
        step_ = _number(item.syntax, steps) if item.syntax is not None else None
        if step_ is None or not 0 <= step_ <= STEPS:
            raise _NoStepError
        slot = self.timed.slots[base_of(name)]
        scripts = {"below": pieces_of(name.subscripts), "above": pieces_of(name.superscripts)}
        del scripts[slot.where][slot.place]
        rest = {where: tuple(self.of(each, steps) for each in items) for where, items in scripts.items()}
        label = Group("[", (Number(str(step_), item.span),), item.span)
        return replace(name, subscripts=rest["below"], superscripts=(label, *rest["above"]))


def step_group_of(name: Name) -> Group | None:
    first = name.superscripts[0] if name.superscripts else None
    return first if isinstance(first, Group) and first.bracket == "[" else None


def _leads_back(body: Syntax) -> bool:
    r"""Whether a product over times is of `\frac{\partial h_j}{\partial h_{j-1}}`, which follow from the last to
    the first.
    """
    return any(isinstance(part, Derivative) for part in walk_syntax(body))


def _folded(part: Syntax, steps: Mapping[str, int], timed: Timed) -> Syntax:
    """An exponent that is a number of times, `w^m`, `W^{T-1}`, as that number."""
    names = [each for each in walk_syntax(part) if isinstance(each, Name)]
    alone = isinstance(part, Name) and base_of(part) == "T"
    if names and not alone and all(base_of(each) in timed.letters | timed.ends for each in names):
        number = _number(part, steps)
        if number is not None and number >= 0:
            return Number(str(number), part.span)
    return part


def _number(part: Syntax, steps: Mapping[str, int]) -> int | None:
    """The number that an index is at given times."""
    match part:
        case Group(contents=(inner,)):
            return _number(inner, steps)
        case Number(text=text):
            return int(text) if text.isdigit() else None
        case Name(subscripts=(), superscripts=()):
            return steps.get(base_of(part))
        case Addition(signs=signs, terms=terms):
            found = [_number(each, steps) for each in terms]
            return (
                None
                if None in found
                else sum(sign * each for sign, each in zip(signs, found, strict=True) if each is not None)
            )
    return None


def items_of(name: Name, where: str) -> list[Item]:
    return [item_of(each) for each in pieces_of(name.subscripts if where == "below" else name.superscripts)]


def letters_bound(operator: BigOperator) -> set[str]:
    """The letters over which a sum runs."""
    found = set()
    for below in operator.subscripts:
        first = below.sides[0] if isinstance(below, Chain) else below
        if isinstance(first, Name) and not first.subscripts:
            found.add(base_of(first))
    return found
