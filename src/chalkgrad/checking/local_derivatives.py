"""Claims about the derivative of something that is not one number, such as ∂h_i/∂z_i or ∂z/∂h: place by place.

At each of the first places of what is derived it is one number, and the claim there is checked like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from chalkgrad.checking.conventions import agreement
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.checking.verdict import Judgement, accepted, explained
from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Index,
    Program,
    Tensor,
    as_index,
    substitute_axes,
)
from chalkgrad.language.substitution import substitute_index
from chalkgrad.reading.claims import Link, Place

_PLACES = 2
_VALUE = "the place"  # no name of a document has a space


@dataclass(frozen=True)
class _Way:
    """One way to read a claim: the indices of what is derived and of that by which, and what the claim says there."""

    of: tuple[Index, ...]
    wrt: tuple[Index, ...]
    claimed: Expression
    words: str = ""


def judge_local(program: Program, of: Place, wrt: Place, link: Link) -> Judgement:
    """The verdict on `∂of/∂wrt = …` where `of` is a tensor or an element of one."""
    failed: Judgement | None = None
    for way in _ways(of, wrt, link):
        judged = _along(program, of.tensor, wrt.tensor, way)
        if judged.verdict == "right":
            return judged
        failed = failed or judged
    return failed or Judgement("undetermined", f"it is not clear how the sides run along {of} and {wrt}")


def _ways(of: Place, wrt: Place, link: Link) -> Iterator[_Way]:
    """With indices there is one way; without them rows and columns decide, in either layout."""
    assert link.expression is not None
    above, below = _indices(of, "above"), _indices(wrt, "below")
    if link.expression.free <= _axes(above) | _axes(below):
        yield from _elementwise(of, wrt, above, below, link.expression)
        return
    outer = [index for index in above if index.axis is not None and of.indices is None]
    inner = [index for index in below if index.axis is not None and wrt.indices is None]
    for ordered, words in (((*outer, *inner), ""), ((*inner, *outer), " in denominator layout")):
        sizes = [index.axis.size for index in ordered if index.axis is not None]
        if len(set(link.axes)) == len(link.axes) and [axis.size for axis in link.axes] == sizes:
            moved = substitute_axes(link.expression, dict(zip(link.axes, ordered, strict=True)))
            yield _Way(above, below, moved, words)
    if len(link.axes) == len(above) == 1 and _alike(of, wrt):
        moved = substitute_axes(link.expression, dict(zip(link.axes, above, strict=True)))
        yield _Way(above, above, moved, ", element by element")


def _elementwise(
    of: Place, wrt: Place, above: tuple[Index, ...], below: tuple[Index, ...], claimed: Expression
) -> Iterator[_Way]:
    """What has no axes of its own is said of each element: ∂z/∂b = 1."""
    yield _Way(above, below, claimed)
    if _alike(of, wrt):
        yield _Way(above, above, claimed, ", element by element")


def _alike(of: Place, wrt: Place) -> bool:
    """Whether both are whole tensors of the same shape, so that a derivative element by element may be meant."""
    return of.indices is None and wrt.indices is None and of.tensor.shape == wrt.tensor.shape


def _indices(place: Place, kind: str) -> tuple[Index, ...]:
    if place.indices is not None:
        return place.indices
    return tuple(as_index(Axis(f"{axis.name} {kind}", axis.size)) for axis in place.tensor.axes)


def _axes(indices: tuple[Index, ...]) -> set[Axis]:
    return {index.axis for index in indices if index.axis is not None}


def _along(program: Program, of: Tensor, wrt: Tensor, way: _Way) -> Judgement:
    """The verdict at each of the first places along what is derived: the first that is not right, else the last."""
    letters = sorted(_axes(way.of), key=lambda axis: axis.name)
    counts = [min(axis.size, _PLACES) if isinstance(axis.size, int) else _PLACES for axis in letters]
    judged = Judgement("undetermined", "there is nothing to compare")
    for places in product(*map(range, counts)):
        at: Mapping[Axis, Index] = {axis: as_index(place) for axis, place in zip(letters, places, strict=True)}
        indices = tuple(substitute_index(index, at) for index in way.of)
        value = Tensor(_VALUE)
        definitions = (*program.definitions, Definition(value, (), of[indices]))
        truth = Truth(Program(program.declared, definitions, (value,), program.assumptions))
        target = Target(wrt, tuple(substitute_index(index, at) for index in way.wrt))
        claimed = substitute_axes(way.claimed, dict(at))
        found = None if claimed.free - set(target.axes) else agreement(truth, target, claimed, frozenset())
        if found is None or found.conventions is None:
            if found is not None and found.points == 0:
                return Judgement("undetermined", "it is not defined at any of the points tried")
            return explained(truth, target, claimed, found.points if found else 0)
        judged = accepted(found)
    return Judgement(judged.verdict, judged.reason + way.words, judged.points)
