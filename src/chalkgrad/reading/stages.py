r"""Values with numbers that rest on each other: the `v_3 = v_1 v_2` of a program are no places of one vector v."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Syntax, walk_syntax
from chalkgrad.reading.scripts import base_of, scripts_of
from chalkgrad.reading.told_apart import DEFINES
from chalkgrad.reading.vocabulary import quantities

_MOST = 100  # numbered values in which it is looked for what lies between
_Place = tuple[str, str]  # a name and the number that stands first below it


def staged(chains: Sequence[Syntax]) -> set[str]:
    """The bases of which some values rest on others, through other names or more than one of them by itself, and those
    that stand beside these with the same numbers: the A of `s_1 = A_1 x` and `s_2 = A_2 h_1`.
    """
    layered = {base_of(left) for chain in chains if (left := _defined(chain)) is not None and left.superscripts}
    equations = [each for chain in chains if (each := _definition(chain, layered)) is not None]
    rests = {place: used for place, used, derives in equations if not derives}
    direct = Counter(
        base for (base, number), used in rests.items() for other, at in used if other == base and at != number
    )
    found = {base for base, count in direct.items() if count > 1}
    if len(rests) <= _MOST:
        below = {place: _reached(rests, place) for place in rests}
        for (base, number), reached in below.items():
            for between in (place for place in reached if place[0] != base and place in below):
                if any(name == base and at != number for name, at in below[between]):
                    found |= {base, between[0]}
    return {base.rstrip("'") for base in found | _beside(found, equations)}


def _reached(rests: dict[_Place, set[_Place]], place: _Place) -> set[_Place]:
    """What a value rests on, through all others."""
    found: set[_Place] = set()
    pending = [place]
    while pending:
        new = rests.get(pending.pop(), set()) - found
        found |= new
        pending += new
    return found


def _beside(found: set[str], equations: Sequence[tuple[_Place, set[_Place], bool]]) -> set[str]:
    numbers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (base, number), used, _ in equations:
        for other, at in used:
            if at == number and other != base:
                numbers[base, other].add(number)
    more = {name for pair, at in numbers.items() if len(at) > 1 and found & {*pair} for name in pair} - found
    return more | _beside(found | more, equations) if more else set()


def _defined(chain: Syntax) -> Name | None:
    """The name that an equation defines."""
    if not isinstance(chain, Chain) or chain.relations[0] not in DEFINES or not isinstance(chain.sides[0], Name):
        return None
    return chain.sides[0]


def _definition(chain: Syntax, layered: set[str]) -> tuple[_Place, set[_Place], bool] | None:
    """The numbered value that an equation defines, those that it rests on, and whether by derivatives."""
    left = _defined(chain)
    place = None if left is None else _place(left, layered)
    if place is None:
        return None
    assert isinstance(chain, Chain)
    side = chain.sides[1]
    derives = any(isinstance(part, Derivative) for part in walk_syntax(side))
    return place, {used for name in quantities(side) if (used := _place(name, layered)) is not None}, derives


def _place(name: Name, layered: set[str]) -> _Place | None:
    """A name with the number below it, which is no layer where that stands above it, `z^{(2)}_1`, or before it,
    `z_{2,1}`. The `o'_1` is no place of the o.
    """
    if any(isinstance(each, Group) for each in name.superscripts) or (name.superscripts and base_of(name) in layered):
        return None
    below = scripts_of(name).below
    if len(below) != 1 or below[0].kind != "number" or not below[0].text.isdigit():
        return None
    return base_of(name) + "'" * name.primes, below[0].text


__all__ = ["staged"]
