"""Sizes that are sums of other sizes, `n - 1` or `h - p + 1`: those of slices, and of places that a window has.

A size is a number or a name; such a sum is a name that spells itself, so that equal sums are equal sizes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from chalkgrad.errors import EvaluationError

Size = int | str
_TERM = re.compile(r"\s*([+-]?)\s*(?:(\d+)\s*\*\s*)?([^\W\d]\w*'*|\d+)")


@lru_cache(maxsize=4096)
def size_parts(size: Size) -> tuple[tuple[tuple[str, int], ...], int]:
    """The names in a size with their factors, and the number beside them.

    >>> size_parts("h-2*p+1"), size_parts("n"), size_parts(3)
    (((('h', 1), ('p', -2)), 1), ((('n', 1),), 0), ((), 3))
    """
    if isinstance(size, int):
        return (), size
    names: dict[str, int] = {}
    offset = place = 0
    while place < len(size):
        found = _TERM.match(size, place)
        if found is None or (place and not found[1]):
            return ((size, 1),), 0  # a name with other marks
        factor = (-1 if found[1] == "-" else 1) * int(found[2] or 1)
        if found[3].isdigit():
            offset += factor * int(found[3])
        else:
            names[found[3]] = names.get(found[3], 0) + factor
        place = found.end()
    return tuple((name, factor) for name, factor in names.items() if factor), offset


def is_sum(size: Size) -> bool:
    """Whether a size is made of others.

    >>> is_sum("n-1"), is_sum("n")
    (True, False)
    """
    return isinstance(size, str) and size_parts(size) != (((size, 1),), 0)


def add_sizes(first: Size, second: Size, factor: int = 1) -> Size:
    """`first + factor * second`.

    >>> add_sizes(add_sizes("h", "p", -1), 1), add_sizes("n-1", 1), add_sizes(5, 2, -1)
    ('h-p+1', 'n', 3)
    """
    (names, offset), (others, other) = size_parts(first), size_parts(second)
    total = dict(names)
    for name, count in others:
        total[name] = total.get(name, 0) + factor * count
    offset += factor * other
    kept = sorted(((name, count) for name, count in total.items() if count), key=lambda each: each[1] < 0)
    text = "".join(
        ("-" if count < 0 else "+") + (name if abs(count) == 1 else f"{abs(count)}*{name}") for name, count in kept
    )
    if not text:
        return offset
    return text.removeprefix("+") + (f"{offset:+d}" if offset else "")


def size_number(size: Size, known: Mapping[str, int]) -> int | None:
    """The size as a number, None where a name in it is not known. Raises `EvaluationError` for one below 0.

    >>> size_number("h-p+1", {"h": 5, "p": 2})
    4
    """
    if isinstance(size, int):
        return size
    names, total = size_parts(size)
    for name, factor in names:
        if name not in known:
            return None
        total += factor * known[name]
    if total < 0:
        raise EvaluationError(f"the size {size} is {total}, which is below 0")
    return total


def fits(size: Size, length: int, known: dict[str, int]) -> bool:
    """Whether an axis of this size may have a length; the one name in it that is not known is worked out.

    >>> known = {"p": 2}
    >>> fits("h-p+1", 4, known), known["h"], fits("h", 6, known)
    (True, 5, False)
    """
    names, total = size_parts(size)
    unknown = [(name, factor) for name, factor in names if name not in known]
    rest = length - total - sum(factor * known[name] for name, factor in names if name in known)
    if not unknown:
        return rest == 0
    (name, factor), *others = unknown
    if others or rest % factor or rest // factor < 0:
        return False
    known[name] = rest // factor
    return True


def renamed_size(size: Size, names: Mapping[str, str]) -> Size:
    """The size with other names in it.

    >>> renamed_size("i+1", {"i": "m"}), renamed_size(3, {})
    ('m+1', 3)
    """
    parts, total = size_parts(size)
    result: Size = total
    for name, factor in parts:
        result = (
            add_sizes(names.get(name, name), result)
            if factor == 1
            else add_sizes(result, names.get(name, name), factor)
        )
    return result
