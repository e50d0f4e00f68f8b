"""Which declared name is meant by a base with its scripts, and what is left of these: indices, a transpose, a power."""

from __future__ import annotations

from collections.abc import Sequence

from soundness.declared import KINDS, Item, Names, Written, pattern_of
from soundness.problems import MisfitError, UnreadError
from soundness.tokens import Token
from soundness.trees import Index, Reference

OPENING = {"(": ")", "[": "]"}
LETTERS = {r"\ell", r"\alpha", r"\beta", r"\mu", r"\nu", r"\tau", r"\kappa", r"\lambda"}


def index_of(item: Item, names: Names) -> Index:
    """An index such as `i+k-1`; the letters of layers are put in as numbers."""
    layers = dict(names.layers)
    counts: dict[str, int] = {}
    constant, sign, at = 0, 1, 0
    while at < len(item):
        mark = item[at]
        at += 1
        if mark in ("+", "-"):
            sign = 1 if mark == "+" else -1
            continue
        if mark.isdigit():
            while at < len(item) and item[at].isdigit():
                mark += item[at]
                at += 1
            constant += sign * int(mark)
        elif mark in layers:
            constant += sign * layers[mark]
        elif (len(mark) == 1 and mark.isalpha()) or mark in LETTERS:
            while at < len(item) and item[at] == "'":
                mark += "'"
                at += 1
            counts[mark] = counts.get(mark, 0) + sign
        else:
            raise UnreadError(f"the index {' '.join(item)}")
        sign = 1
    return Index(tuple((letter, count) for letter, count in counts.items() if count), constant)


def literal(item: Item, names: Names) -> Item:
    """The item with the letters of layers put in, as it is compared with a declared one."""
    if len(item) > 2 and item[0] in OPENING and item[-1] == OPENING[item[0]]:
        return (item[0], *literal(item[1:-1], names), item[-1])
    try:
        index = index_of(item, names)
    except UnreadError:
        return item
    return (str(index.constant),) if not index.letters and item and item[-1] not in ("+", "-") else item


def matched(pattern: Sequence[Item], items: Sequence[Item], names: Names) -> tuple[int, list[Index]] | None:
    """How many of the items are those of the pattern, literally, and the indices in its slots; None if they differ."""
    if len(items) < len(pattern):
        return None
    same, slots = 0, []
    for expected, item in zip(pattern, items, strict=False):
        if "@" not in expected:
            if literal(item, names) != literal(expected, names):
                return None
            same += 1
            continue
        if expected[:2] == ("@", "!"):  # a slot for one letter only
            if item != expected[2:]:
                return None
            same += 1
        elif len(expected) == 3:
            if item[0] != expected[0] or item[-1] != expected[-1]:
                return None
            item = item[1:-1]
            same += 1
        if item in (("T",), (r"\T",), ("'",)):
            return None
        try:
            slots.append(index_of(item, names))
        except UnreadError:
            return None
    return same, slots


def resolved(
    names: Names, base: Item, below: Sequence[Item], above: Sequence[Item]
) -> tuple[Written, tuple[Index, ...], tuple[Index, ...], tuple[Item, ...]]:
    """The name that fits best, the indices in its slots, those into its entries, and the superscripts that are left."""
    best: tuple[int, Written, list[Index], tuple[Item, ...], tuple[Item, ...]] | None = None
    for name in names.with_base(base):
        if name.kind == "function":
            continue
        low, high = matched(name.below, below, names), matched(name.above, above, names)
        if low is None or high is None:
            continue
        left = tuple(below[len(name.below) :])
        if left and len(left) != KINDS[name.kind]:
            continue
        merit = 4 * (low[0] + high[0]) + len(name.below) + len(name.above)
        # The slots in the order in which the pattern has them: below first, then above.
        if best is None or merit > best[0]:
            best = (merit, name, low[1] + high[1], left, tuple(above[len(name.above) :]))
    if best is None:
        raise MisfitError(f"there is no name {' '.join(base)} with these subscripts and superscripts")
    _, name, slots, left, rest = best
    return name, tuple(slots), tuple(index_of(item, names) for item in left), rest


def referenced(keys: Sequence[str], names: Names) -> tuple[Reference, int, bool]:
    """What stands in a derivative: a declared name, its power, and whether it is transposed."""
    if keys and keys[0] in ("(", "{") and keys[-1] in (")", "}"):
        keys = keys[1:-1]
    for name in names.names:
        slots = filled(name.formula, keys)
        if slots is not None:
            return Reference((0, 1), name, tuple(index_of((slot,), names) for slot in slots)), 1, False
    tokens = [Token(key, key) for key in keys]
    base, below, above, argument = pattern_of(tokens)
    name, slots_of, entry, rest = resolved(names, base, below, above)
    if argument != name.argument and argument:
        raise UnreadError(f"{' '.join(argument)} after {name.text}")
    power, transposed = 1, False
    for item in rest:
        if item in (("T",), (r"\T",)):
            transposed = True
        elif len(item) == 1 and item[0].isdigit():
            power = int(item[0])
        else:
            raise UnreadError(f"the superscript {' '.join(item)} in a derivative")
    return Reference((0, 1), name, slots_of, entry), power, transposed


def filled(formula: Item, keys: Sequence[str]) -> list[str] | None:
    """The marks in the slots of a formula, if these keys are that formula."""
    if not formula or len(formula) != len(keys):
        return None
    if any(expected not in ("@", key) for expected, key in zip(formula, keys, strict=True)):
        return None
    return [key for expected, key in zip(formula, keys, strict=True) if expected == "@"]
