"""Sizes as source: sums of names as they are computed, and each name from the shape of an array."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chalkgrad.errors import ProgramError
from chalkgrad.language import Program, Tensor
from chalkgrad.language.sizes import size_parts


def size_text(size: int | str, name: Callable[[str], str]) -> str:
    """A size as source, in brackets where it is a sum; `name` gives the identifier of a name in it.

    >>> size_text("h-2*p+1", str.upper), size_text("n", str.upper), size_text(3, str.upper)
    ('(H - 2 * P + 1)', 'N', '3')
    """
    if isinstance(size, int):
        return str(size)
    names, offset = size_parts(size)
    if len(names) == 1 and names[0][1] == 1 and not offset:
        return name(names[0][0])
    return f"({_sum(names, offset, name)})"


def sizes_from_shapes(
    sizes: Iterable[str],
    program: Program,
    name: Callable[[str], str],
    shape: Callable[[Tensor, int], str],
    quotient: str = "//",
) -> list[tuple[str, str]]:
    """The source of named sizes, from the shapes of what is declared, and of those that it takes to know them.

    `shape` gives the source of the length of a tensor along an axis, by its number; `quotient` is the sign of division
    of whole numbers. Raises `ProgramError` for a size that nothing tells.

    >>> from chalkgrad.language import Axis, Role
    >>> x, k = Tensor("x", (Axis("i", "a+p-1"),), Role.INPUT), Tensor("k", (Axis("p", "p"),), Role.INPUT)
    >>> sizes_from_shapes(["a"], Program((x, k), (), ()), str, lambda tensor, place: f"len({tensor.name})")
    [('p', 'len(k)'), ('a', 'len(x) - p + 1')]
    """
    lengths = [(axis.size, shape(t, place)) for t in program.declared for place, axis in enumerate(t.axes)]
    found: dict[str, str] = {}

    def look_up(size: str, asked: frozenset[str]) -> bool:
        if size not in found:
            for whole, length in sorted(lengths, key=lambda each: each[0] != size):
                names, offset = size_parts(whole)
                factor = dict(names).get(size, 0)
                rest = [(other, -count) for other, count in names if other != size]
                if factor and all(each not in asked and look_up(each, asked | {size}) for each, _ in rest):
                    found[size] = _solved(length, factor, rest, -offset, name, quotient)
                    break
        return size in found

    for size in sizes:
        if not look_up(size, frozenset()):
            raise ProgramError(f"the size '{size}' is not known from any input or parameter of the program")
    return list(found.items())


def _solved(
    length: str, factor: int, rest: list[tuple[str, int]], offset: int, name: Callable[[str], str], quotient: str
) -> str:
    """`factor` sizes are a length and the rest."""
    sign = 1 if factor > 0 else -1
    more = _sum([(each, count * sign) for each, count in rest], offset * sign, name)
    text = (length if factor > 0 else f"-{length}") + (f" + {more}".replace("+ -", "- ") if more else "")
    return text if abs(factor) == 1 else f"({text}) {quotient} {abs(factor)}"


def _sum(names: Iterable[tuple[str, int]], offset: int, name: Callable[[str], str]) -> str:
    text = ""
    for each, factor in names:
        term = name(each) if abs(factor) == 1 else f"{abs(factor)} * {name(each)}"
        text += (f" - {term}" if text else f"-{term}") if factor < 0 else (f" + {term}" if text else term)
    if not offset:
        return text
    return text + (f" {'-' if offset < 0 else '+'} {abs(offset)}" if text else str(offset))
