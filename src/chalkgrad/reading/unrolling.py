r"""Recurrences, `h_t = f(h_{t-1}, x_t)`, written out for a few steps where a document sums over its times.

Each name with a time gets a step in square brackets, `h^{[2]}`, which is a label. What is defined for any time is
defined for each of the steps 0 to `STEPS`; a sum over time is a sum of terms, its last time the step `STEPS`. A claim
about any time is made for one in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product

from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Group,
    Name,
    Syntax,
    mapped,
    parts,
    walk_syntax,
)
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import Item, base_of, is_transpose, letters_in
from chalkgrad.reading.written_steps import STEPS, Slot, Timed, items_of, letters_bound, step_group_of, written_at

_PREFERRED = (2, 3, 1, 0)
_USUAL_ENDS = frozenset({"T", "tau"})
_MOST_MORE = 150


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
            step = step_group_of(part.numerator)
            if step is not None:
                return replace(part, denominators=tuple(self.written_at(each, step) for each in part.denominators))
        return part

    def written_at(self, part: Syntax, step: Group) -> Syntax:
        if isinstance(part, Name) and base_of(part) in self.copied and step_group_of(part) is None:
            return replace(part, superscripts=(step, *part.superscripts))
        return part


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


def has_runs_with_times(statements: Sequence[Statement]) -> bool:
    """Whether letters side by side have one time, as the `Wh` of `Wh_{t-1}`: that is the time of the last of them."""
    return any(
        len(name.base) > 1 and name.base.isalpha() and not name.style and item.kind == "letter" and item.offset == -1
        for statement in statements for name in _names(statement.chain)
        for where in ("below", "above") for item in items_of(name, where)
    )  # fmt: skip


def _timed(statements: Sequence[Statement]) -> Timed | None:
    """What has a time in a document with a recurrence."""
    for letter, where in _candidates(statements):
        slots = _slots(statements, letter, where)
        if _recurs(statements, letter, slots):
            timed = Timed(slots, {letter})
            _close(timed, statements)
            _note_beginnings(timed, statements)
            return timed
    return None


def _candidates(statements: Sequence[Statement]) -> list[tuple[str, str]]:
    """The letters from which 1 is taken in a script, with where that is."""
    found: dict[tuple[str, str], None] = {}
    for statement in statements:
        for name in _names(statement.chain):
            for where in ("below", "above"):
                for item in items_of(name, where):
                    if item.kind == "letter" and item.offset == -1:
                        found[item.text, where] = None
    return list(found)


def _slots(statements: Sequence[Statement], letter: str, where: str) -> dict[str, Slot]:
    found: dict[str, Slot] = {}
    for statement in statements:
        for name in _names(statement.chain):
            for place, item in enumerate(items_of(name, where)):
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
    bound = {letter for operator in operators for letter in letters_bound(operator)}
    for _ in range(4):
        before = len(timed.letters) + len(timed.ends)
        at_slots: list[Item] = []
        for statement in statements:
            for name in _names(statement.chain):
                slot = timed.slots.get(base_of(name))
                items = items_of(name, slot.where) if slot is not None else []
                if slot is not None and slot.place < len(items) and items[slot.place].bracket == slot.bracket:
                    at_slots.append(items[slot.place])
        texts = {letter for item in at_slots for letter in letters_in(item)}
        for operator in operators:
            letters = letters_bound(operator)
            if letters & timed.letters:
                ends = {base_of(part) for part in operator.superscripts if isinstance(part, Name)}
                timed.ends |= {letter for letter in ends if letter not in bound and letter not in timed.letters}
            elif letters & texts:
                limits = {base_of(part) for limit in (*operator.subscripts, *operator.superscripts)
                          for part in walk_syntax(limit) if isinstance(part, Name)} - letters  # fmt: skip
                if limits & (timed.letters | timed.ends) or (not limits and operator.superscripts):
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


def _note_beginnings(timed: Timed, statements: Sequence[Statement]) -> None:
    """Notes what rests on an earlier time, and of what an equation says how it begins."""
    for statement in statements:
        left = _left(statement.chain)
        time = timed.time_of(left) if left is not None else None
        if left is None or time is None or has_derivatives(statement.chain):
            continue
        if time.text == "0":
            timed.begun.add(base_of(left))
        times = [timed.time_of(name) for side in statement.chain.sides[1:] for name in _names(side)]
        if any(each is not None and each.kind == "letter" and each.offset < time.offset for each in times):
            timed.past.add(base_of(left))


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
        if isinstance(part, BigOperator) and part.kind in ("sum", "prod") and letters_bound(part) & timed.letters:
            if any(_is_bound_time(timed.time_of(name), letters_bound(part)) for name in _names(part.body)):
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
                     if (made := written_at(chain, timed, {time.text: step - time.offset})) is not None]  # fmt: skip
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
            made = made or written_at(chain, timed, dict(zip(free, steps, strict=True)))
        yield statement if made is None else replace(statement, chain=made)


def _with_copies(statement: Statement, timed: Timed, made: set[Syntax]) -> Iterator[Statement]:
    """A definition at a step with the copies of what has no time, and what these copies are."""
    left = _left(statement.chain)
    step = step_group_of(left) if left is not None else None
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
        if (
            isinstance(part, Name)
            and base_of(part) in timed.copied
            and step is not None
            and step_group_of(part) is None
        ):
            return replace(part, superscripts=(step, *part.superscripts))
        return part

    sides = tuple(mapped(side, change) for side in chain.sides[1:])
    yield replace(statement, chain=replace(chain, sides=(chain.sides[0], *sides)))


def _assignments(count: int) -> Iterable[tuple[int, ...]]:
    """The steps to try for free letters for times, first those in the middle and apart."""
    if count <= 1:
        return ((step,) for step in _PREFERRED) if count else ((),)
    return (*permutations(_PREFERRED, count), *product(_PREFERRED, repeat=count)) if count < 4 else ()


def _needed(statements: Sequence[Statement]) -> list[Statement]:
    """The statements without the steps of definitions that no claim rests on."""
    by_left: dict[tuple[str, Group], list[Statement]] = {}
    pending: list[Statement] = []
    kept: set[int] = set()
    for statement in statements:
        left = _left(statement.chain)
        step = step_group_of(left) if left is not None else None
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
            step = step_group_of(name)
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


def _left(chain: Chain) -> Name | None:
    """The name that an equation begins with, if it is one."""
    if len(chain.sides) < 2 or chain.relations[0] not in ("=", ":=", "≔"):
        return None
    left = chain.sides[0]
    while isinstance(left, Group) and len(left.contents) == 1:
        left = left.contents[0]
    return left if isinstance(left, Name) else None


def _free_letters(chain: Syntax, timed: Timed, bound: frozenset[str] = frozenset()) -> set[str]:
    """The letters for times in an equation that no sum binds."""
    if isinstance(chain, BigOperator):
        letters = frozenset(letters_bound(chain))
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


__all__ = ["Steps", "has_runs_with_times", "unrolled"]
