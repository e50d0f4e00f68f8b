r"""Recurrences, `h_t = f(h_{t-1}, x_t)`, written out for a few steps where a document sums over its times.

Each name with a time gets a step in square brackets, `h^{[2]}`, which is a label. What is defined for any time is
defined for each of the steps 0 to `STEPS`; a sum over time is a sum of terms, its last time the step `STEPS`. A claim
about any time is made for one in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations, product

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
    mapped,
    parts,
    walk_syntax,
    with_parts,
)
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import Item, base_of, is_transpose, item_of, letters_in, pieces_of

STEPS = 3
_PREFERRED = (2, 3, 1, 0)
_USUAL_ENDS = frozenset({"T", "tau"})
_MOST_MORE = 150


@dataclass(frozen=True)
class Slot:
    """Where a name has its time: below or above it, as which of what stands there, and in which bracket."""

    where: str
    place: int
    bracket: str


@dataclass(frozen=True)
class Steps:
    """The names that have steps, and which of these have none in the document: their copy at a step is for
    derivatives.
    """

    names: frozenset[str] = frozenset()
    copied: frozenset[str] = frozenset()

    def at_own_steps(self, side: Syntax) -> Syntax:
        r"""A side in which `\frac{\partial h_t}{\partial W}` takes W at the time t alone."""
        return mapped(side, self._derived_at_step) if self.copied else side

    def _derived_at_step(self, part: Syntax) -> Syntax:
        if isinstance(part, Derivative) and isinstance(part.numerator, Name):
            step = _step_group_of(part.numerator)
            if step is not None:
                return replace(part, denominators=tuple(self._written_at(each, step) for each in part.denominators))
        return part

    def _written_at(self, part: Syntax, step: Group) -> Syntax:
        if isinstance(part, Name) and base_of(part) in self.copied and _step_group_of(part) is None:
            return replace(part, superscripts=(step, *part.superscripts))
        return part


@dataclass
class Timed:
    """The names of a document that have a time, and the letters for times."""

    slots: dict[str, Slot] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    # what has no time, but derivatives of what has one are by it at its time
    copied: set[str] = field(default_factory=set)

    def time_of(self, name: Name) -> Item | None:
        """The time of a name, if it has one."""
        slot = self.slots.get(base_of(name))
        if slot is None:
            return None
        items = _items_of(name, slot.where)
        if slot.place >= len(items):
            return None
        item = items[slot.place]
        known = self.letters | self.ends
        if item.bracket != slot.bracket or not (
            item.kind == "number" or (letters_in(item) and set(letters_in(item)) <= known)
        ):
            return None
        return item


def unrolled(statements: Sequence[Statement]) -> tuple[list[Statement], Steps]:
    """The statements with their recurrences written out where some claim needs that, and the names that have steps."""
    timed = _timed(statements)
    if timed is None or not any(_needs_steps(each.chain, timed) for each in statements):
        return list(statements), Steps()
    kept = [replace(each, place=place) for place, each in enumerate(_needed(list(_written_out(statements, timed))))]
    if len(kept) > len(statements) + _MOST_MORE:
        return list(statements), Steps()
    return kept, Steps(frozenset(timed.slots) | timed.copied, frozenset(timed.copied))


# --- what has a time ---


def _timed(statements: Sequence[Statement]) -> Timed | None:
    """What has a time in a document with a recurrence."""
    for letter, where in _candidates(statements):
        slots = _slots(statements, letter, where)
        if _recurs(statements, letter, slots):
            timed = Timed(slots, {letter})
            _close(timed, statements)
            return timed
    return None


def _candidates(statements: Sequence[Statement]) -> list[tuple[str, str]]:
    """The letters from which 1 is taken in a script, with where that is."""
    found: dict[tuple[str, str], None] = {}
    for statement in statements:
        for name in _names(statement.chain):
            for where in ("below", "above"):
                for item in _items_of(name, where):
                    if item.kind == "letter" and item.offset == -1:
                        found[item.text, where] = None
    return list(found)


def _slots(statements: Sequence[Statement], letter: str, where: str) -> dict[str, Slot]:
    found: dict[str, Slot] = {}
    for statement in statements:
        for name in _names(statement.chain):
            for place, item in enumerate(_items_of(name, where)):
                if item.kind == "letter" and item.text == letter:
                    found.setdefault(base_of(name), Slot(where, place, item.bracket))
    return found


def _recurs(statements: Sequence[Statement], letter: str, slots: Mapping[str, Slot]) -> bool:
    """Whether a quantity rests on itself at an earlier time."""
    timed = Timed(dict(slots), {letter})
    rests: dict[str, set[tuple[str, int]]] = {}
    for statement in statements:
        left = _left(statement.chain)
        time = timed.time_of(left) if left is not None else None
        if left is None or time is None or time.kind != "letter" or has_derivatives(statement.chain):
            continue
        for side in statement.chain.sides[1:]:
            for name in _names(side):
                other = timed.time_of(name)
                if other is not None and other.kind == "letter":
                    rests.setdefault(base_of(left), set()).add((base_of(name), other.offset - time.offset))
    for base in rests:
        pending, seen = [(base, 0)], {(base, 0)}
        while pending:
            at, shift = pending.pop()
            for beside, more in rests.get(at, ()):
                new = (beside, shift + more)
                if new[0] == base and new[1] < 0:
                    return True
                if new not in seen and abs(new[1]) <= 1:
                    seen.add(new)
                    pending.append(new)
    return False


def _close(timed: Timed, statements: Sequence[Statement]) -> None:
    """Adds the other letters for times: those that sums over times bind, those from which 1 is taken, and the ends."""
    operators = [part for each in statements for part in walk_syntax(each.chain) if isinstance(part, BigOperator)]
    bound = {letter for operator in operators for letter in _letters_bound(operator)}
    for _ in range(4):
        before = len(timed.letters) + len(timed.ends)
        at_slots: list[Item] = []
        for statement in statements:
            for name in _names(statement.chain):
                slot = timed.slots.get(base_of(name))
                items = _items_of(name, slot.where) if slot is not None else []
                if slot is not None and slot.place < len(items) and items[slot.place].bracket == slot.bracket:
                    at_slots.append(items[slot.place])
        texts = {letter for item in at_slots for letter in letters_in(item)}
        for operator in operators:
            letters = _letters_bound(operator)
            if letters & timed.letters:
                ends = {base_of(part) for part in operator.superscripts if isinstance(part, Name)}
                timed.ends |= {letter for letter in ends if letter not in bound and letter not in timed.letters}
            elif letters & texts:
                limits = {base_of(part) for limit in (*operator.subscripts, *operator.superscripts)
                          for part in walk_syntax(limit) if isinstance(part, Name)} - letters  # fmt: skip
                if limits & (timed.letters | timed.ends):
                    timed.letters |= letters
        timed.ends |= {letter for letter in texts if letter in _USUAL_ENDS and letter not in timed.letters | bound}
        timed.letters |= {item.text for item in at_slots if item.kind == "letter" and abs(item.offset) == 1
                          and item.text not in timed.ends}  # fmt: skip
        for item in at_slots:
            if item.kind == "affine" and set(letters_in(item)) & timed.letters:
                timed.letters |= set(letters_in(item)) - timed.ends
        if len(timed.letters) + len(timed.ends) == before:
            break
    timed.copied = _copied(timed, statements)


def _copied(timed: Timed, statements: Sequence[Statement]) -> set[str]:
    r"""The W of `\sum_t \frac{\partial h_t}{\partial W}`, which takes W at the time t alone, and of
    `\nabla_{W^{(t)}} h_t`.
    """
    derived: set[str] = set()
    bare: set[str] = set()
    timeless: set[str] = set()
    for statement in statements:
        left = _left(statement.chain)
        time = timed.time_of(left) if left is not None else None
        if time is not None and not has_derivatives(statement.chain):
            timeless |= {
                base_of(name)
                for side in statement.chain.sides[1:]
                for name in _names(side)
                if timed.time_of(name) is None
            }
        below = {id(each) for part in walk_syntax(statement.chain) for each in _derived_by(part)}
        for name in _names(statement.chain):
            if id(name) in below:
                derived.add(base_of(name))
            elif timed.time_of(name) is not None:
                bare.add(base_of(name))
    return (derived & timeless) - bare


def _needs_steps(chain: Chain, timed: Timed) -> bool:
    """Whether a claim speaks of several times in a way that only steps can tell."""
    if not has_derivatives(chain):
        return False
    for part in walk_syntax(chain):
        if isinstance(part, BigOperator) and part.kind in ("sum", "prod") and _letters_bound(part) & timed.letters:
            if any(_is_bound_time(timed.time_of(name), _letters_bound(part)) for name in _names(part.body)):
                return True
        if isinstance(part, Name):
            item = timed.time_of(part)
            if item is not None and item.text in timed.ends and item.kind == "letter":
                return True
    return False


def _is_bound_time(item: Item | None, letters: set[str]) -> bool:
    return item is not None and bool(set(letters_in(item)) & letters)


# --- writing steps out ---


def _written_out(statements: Sequence[Statement], timed: Timed) -> Iterator[Statement]:
    copies: set[Syntax] = set()
    for statement in statements:
        chain = statement.chain
        left = _left(chain)
        time = timed.time_of(left) if left is not None else None
        if time is not None and time.kind == "letter" and time.text in timed.letters:
            found = [replace(statement, chain=made) for step in range(STEPS + 1)
                     if (made := _written_at(chain, timed, {time.text: step - time.offset})) is not None]  # fmt: skip
            for each in found if not has_derivatives(chain) else ():
                yield from _with_copies(each, timed, copies)
            yield from found if has_derivatives(chain) else () if found else [statement]
            continue
        free = sorted(_free_letters(chain, timed))
        if not has_derivatives(chain) and free:
            yield statement
            continue
        made = None
        for steps in _assignments(len(free)):
            made = made or _written_at(chain, timed, dict(zip(free, steps, strict=True)))
        yield statement if made is None else replace(statement, chain=made)


def _with_copies(statement: Statement, timed: Timed, made: set[Syntax]) -> Iterator[Statement]:
    """A definition at a step with the copies of what has no time, and what these copies are."""
    left = _left(statement.chain)
    step = _step_group_of(left) if left is not None else None
    chain = statement.chain
    for name in _names(statement.chain) if step is not None else ():
        if base_of(name) not in timed.copied or step is None:
            continue
        bare = replace(name, superscripts=tuple(each for each in name.superscripts if not is_transpose(each)))
        copy = replace(bare, superscripts=(step, *bare.superscripts))
        if copy not in made:
            made.add(copy)
            yield replace(statement, chain=Chain(("=",), (copy, bare), name.span))

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and base_of(part) in timed.copied and step is not None and _step_group_of(part) is None:
            return replace(part, superscripts=(step, *part.superscripts))
        return part

    sides = tuple(mapped(side, change) for side in chain.sides[1:])
    yield replace(statement, chain=replace(chain, sides=(chain.sides[0], *sides)))


def _assignments(count: int) -> Iterable[tuple[int, ...]]:
    """The steps to try for free letters for times, first those in the middle and apart."""
    if count <= 1:
        return ((step,) for step in _PREFERRED) if count else ((),)
    return (*permutations(_PREFERRED, count), *product(_PREFERRED, repeat=count)) if count < 4 else ()


def _written_at(chain: Chain, timed: Timed, steps: Mapping[str, int]) -> Chain | None:
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
        if isinstance(part, BigOperator) and part.kind in ("sum", "prod") and _letters_bound(part) & self.timed.letters:
            return self._terms(part, steps)
        if isinstance(part, Name):
            return self._name(part, steps)
        return with_parts(part, tuple(self.of(each, steps) for each in parts(part)))

    def _terms(self, operator: BigOperator, steps: Mapping[str, int]) -> Syntax:
        """A sum or product over times, written out."""
        letters = _letters_bound(operator)
        if len(letters) != 1 or len(operator.subscripts) != 1:
            raise _NoStepError
        (letter,) = letters
        below = operator.subscripts[0]
        begin = _number(below.sides[1], steps) if isinstance(below, Chain) else 1
        end = _number(operator.superscripts[0], steps) if operator.superscripts else STEPS
        if begin is None or end is None:
            raise _NoStepError
        order = range(begin, end + 1) if begin <= end or operator.kind == "sum" else range(begin, end - 1, -1)
        if operator.kind == "prod" and _leads_back(operator.body):
            order = range(max(begin, end), min(begin, end) - 1, -1) if begin <= end else order
        terms = tuple(self.of(operator.body, {**steps, letter: step}) for step in order)
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

    def _name(self, name: Name, steps: Mapping[str, int]) -> Name:
        item = self.timed.time_of(name)
        below = tuple(self.of(each, steps) for each in name.subscripts)
        above = tuple(self.of(each, steps) for each in name.superscripts)
        if item is None:
            above = tuple(_folded(each, steps, self.timed) for each in above)
            marked = [each for each in above if isinstance(each, Name) and _step_group_of(each) is not None]
            if marked:  # `\delta^{s_t}`: what it is of, and when
                step = _step_group_of(marked[0])
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


def _step_group_of(name: Name) -> Group | None:
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


def _needed(statements: Sequence[Statement]) -> list[Statement]:
    """The statements without the steps of definitions that no claim rests on."""
    by_left: dict[tuple[str, Group], list[Statement]] = {}
    pending: list[Statement] = []
    kept: set[int] = set()
    for statement in statements:
        left = _left(statement.chain)
        step = _step_group_of(left) if left is not None else None
        if left is not None and step is not None and not has_derivatives(statement.chain):
            by_left.setdefault((base_of(left), step), []).append(statement)
            continue
        kept.add(id(statement))
        if left is None or step is not None or not has_derivatives(statement.chain):
            pending.append(statement)
    followed: set[int] = set()
    while pending:
        statement = pending.pop()
        if id(statement) in followed:
            continue
        followed.add(id(statement))
        for name in _names(statement.chain):
            step = _step_group_of(name)
            each = by_left.get((base_of(name), step), []) if step is not None else []
            pending += [one for one in each if one.place <= statement.place] or each
    return [each for each in statements if id(each) in kept | followed]


# --- parts ---


def has_derivatives(syntax: Syntax) -> bool:
    r"""Whether derivatives or gradients stand in a part."""
    return any(
        isinstance(part, Derivative) or (isinstance(part, Name) and part.base in (r"\nabla", r"\partial"))
        for part in walk_syntax(syntax)
    )


def _derived_by(part: Syntax) -> Iterator[Name]:
    """The names by which a part derives."""
    below = part.denominators if isinstance(part, Derivative) else ()
    below = part.subscripts if isinstance(part, Name) and part.base == r"\nabla" else below
    return (each for each in below if isinstance(each, Name))


def _names(syntax: Syntax) -> Iterator[Name]:
    return (part for part in walk_syntax(syntax) if isinstance(part, Name))


def _items_of(name: Name, where: str) -> list[Item]:
    return [item_of(each) for each in pieces_of(name.subscripts if where == "below" else name.superscripts)]


def _left(chain: Chain) -> Name | None:
    """The name that an equation begins with, if it is one."""
    if len(chain.sides) < 2 or chain.relations[0] not in ("=", ":=", "≔"):
        return None
    left = chain.sides[0]
    while isinstance(left, Group) and len(left.contents) == 1:
        left = left.contents[0]
    return left if isinstance(left, Name) else None


def _letters_bound(operator: BigOperator) -> set[str]:
    """The letters over which a sum runs."""
    found = set()
    for below in operator.subscripts:
        first = below.sides[0] if isinstance(below, Chain) else below
        if isinstance(first, Name) and not first.subscripts:
            found.add(base_of(first))
    return found


def _free_letters(chain: Syntax, timed: Timed, bound: frozenset[str] = frozenset()) -> set[str]:
    """The letters for times in an equation that no sum binds."""
    if isinstance(chain, BigOperator):
        letters = frozenset(_letters_bound(chain))
        limits = (*chain.subscripts, *chain.superscripts)
        found = {each for limit in limits for each in _letters_of(limit, timed)} - letters
        return (found | _free_letters(chain.body, timed, bound | letters)) - bound
    if isinstance(chain, Name):
        item = timed.time_of(chain)
        own = set(letters_in(item)) & timed.letters if item is not None else set()
        inner = {
            each for part in (*chain.subscripts, *chain.superscripts) for each in _free_letters(part, timed, bound)
        }
        return (own | inner) - bound
    return {each for part in parts(chain) for each in _free_letters(part, timed, bound)}


def _letters_of(part: Syntax, timed: Timed) -> set[str]:
    return {base_of(name) for name in _names(part)} & timed.letters


__all__ = ["STEPS", "Steps", "unrolled"]
