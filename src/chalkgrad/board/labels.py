"""Expressions along axes with names: broadcast, multiplied as matrices, indexed; formulas in Python are these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalkgrad.errors import ShapeError
from chalkgrad.language import Axis, Expression, Index, as_index, multiply, substitute_axes, summation
from chalkgrad.language.named import chosen
from chalkgrad.language.sizes import Size, add_sizes


@dataclass(frozen=True)
class Label:
    """One axis: its name, and the axis of the language that the expression has there.

    An axis that was put in with None has no name and is of size 1; it is broadcast to anything.
    """

    name: str
    axis: Axis | None

    @property
    def size(self) -> Size:
        """How long it is."""
        return 1 if self.axis is None else self.axis.size


@dataclass(frozen=True)
class Labelled:
    """An expression along axes, in order."""

    expression: Expression
    labels: tuple[Label, ...]

    @property
    def shape(self) -> tuple[Size, ...]:
        """The sizes of the axes."""
        return tuple(label.size for label in self.labels)


class MisfitError(ShapeError):
    """Two sides, or an index and what it is of, that do not fit; whoever knows the text tells the place."""


def relabelled(body: Expression, labels: Sequence[Label]) -> Labelled:
    """Axes named after their sizes, those of one size told apart by primes in their order: d, d'."""
    taken: set[str] = set()
    new: list[Label] = []
    moved: dict[Axis, Axis] = {}
    for label in labels:
        if label.axis is None:
            new.append(label)
            continue
        name = label.name.rstrip("'")
        while name in taken:
            name += "'"
        taken.add(name)
        own = Axis(name, label.axis.size)
        new.append(Label(name, own))
        if own is not label.axis:
            moved[label.axis] = own
    return Labelled(moved_axes(body, {old: as_index(own) for old, own in moved.items()}), tuple(new))


def moved_axes(body: Expression, moved: dict[Axis, Index]) -> Expression:
    """The expression with other indices for axes, which may change places."""
    between = {old: Axis(f"moved {number}", old.size) for number, old in enumerate(moved)}
    return substitute_axes(substitute_axes(body, between), {between[old]: new for old, new in moved.items()})


def broadcast(one: Labelled, two: Labelled) -> tuple[tuple[Label, ...], Expression, Expression]:
    """The axes of both together, and both bodies along them; raises `MisfitError`.

    Axes are matched by their names; where all sizes agree, or an axis has no name (it is a number, or was put in with
    None), by their places from the last on, as NumPy does.
    """
    if one.shape == two.shape or any(not label.name[:1].isalpha() for label in (*one.labels, *two.labels)):
        return _by_place(one, two)
    for side, other in ((one, two), (two, one)):
        for size in side.shape:
            mine, theirs = side.shape.count(size), other.shape.count(size)
            if 0 < theirs < mine:
                raise MisfitError(
                    f"one side has {mine} axes of the size {size} and the other {theirs}: [:, None] or [None, :] after"
                    " the smaller one tells which is meant"
                )
    names = {label.name: label for label in one.labels}
    for label in two.labels:
        own = names.get(label.name)
        if own is not None and own.size != label.size:
            raise MisfitError(f"the axis {label.name} has the size {own.size} left, and {label.size} right")
    if {label.name for label in two.labels} >= set(names):
        return two.labels, one.expression, two.expression
    more = (label for label in two.labels if label.name not in names)
    return (*one.labels, *more), one.expression, two.expression


def _by_place(one: Labelled, two: Labelled) -> tuple[tuple[Label, ...], Expression, Expression]:
    count = max(len(one.labels), len(two.labels))
    labels: list[Label] = []
    moved: tuple[dict[Axis, Index], dict[Axis, Index]] = ({}, {})
    for at in range(-count, 0):
        pair = [side.labels[at] if -at <= len(side.labels) else Label("", None) for side in (one, two)]
        real = [label for label in pair if label.axis is not None and label.size != 1]
        real = real or [label for label in pair if label.axis is not None]
        if len({label.size for label in real}) > 1:
            raise MisfitError(f"axis {at + count} has the size {real[0].size} left, and {real[1].size} right")
        if not real:
            labels.append(pair[0])
            continue
        axis = Axis(f"place {at + count}", real[0].size)
        labels.append(Label(real[0].name, axis))
        for label, into in zip(pair, moved, strict=True):
            if label.axis is not None:
                into[label.axis] = as_index(axis if label.size == axis.size else 0)
    bodies = [moved_axes(side.expression, into) for side, into in zip((one, two), moved, strict=True)]
    return tuple(labels), bodies[0], bodies[1]


def matrix_product(one: Labelled, two: Labelled) -> Labelled:
    """Summed over the last axis of the left and the last but one of the right; axes before these match by their names.

    Raises `MisfitError`.
    """
    for side, where in ((one, "left"), (two, "right")):
        if not side.labels or any(label.axis is None for label in side.labels):
            raise MisfitError(f"the {where} side is no vector and no matrix; * is for numbers")
    last, first = one.labels[-1], two.labels[max(0, len(two.labels) - 2)]
    if last.size != first.size:
        columns = f"{last.size} columns" if len(one.labels) > 1 else f"the size {last.size}"
        rows = f"{first.size} rows" if len(two.labels) > 1 else f"the size {first.size}"
        raise MisfitError(f"the left side has {columns}, and the right side {rows}")
    inner = Axis("summed", last.size)
    before: list[Label] = []
    matrix: list[Label] = []
    bodies: list[Expression] = []
    for side, summed, own in ((one, last, len(one.labels) - 2), (two, first, len(two.labels) - 1)):
        moved: dict[Axis, Index] = {}
        for place, label in enumerate(side.labels):
            if label.axis is None:
                continue
            if label is summed:
                moved[label.axis] = as_index(inner)
            elif place == own:
                matrix.append(Label(label.name, Axis(f"side {len(matrix)}", label.size)))
                moved[label.axis] = as_index(Axis(f"side {len(matrix) - 1}", label.size))
            else:
                known = next((each for each in before if each.name == label.name), None)
                if known is None:
                    known = Label(label.name, Axis(f"before {label.name}", label.size))
                    before.append(known)
                moved[label.axis] = as_index(Axis(f"before {label.name}", label.size))
        bodies.append(moved_axes(side.expression, moved))
    return relabelled(summation(multiply(*bodies), inner), (*before, *matrix))


def indexed(of: Labelled, keys: Sequence[Any]) -> Labelled:
    """Places, slices in steps of 1, new axes (None) and `...`, as in NumPy; raises `MisfitError`.

    Labels, which are places along axes of their own, match by the names of these: of z along n and c, `z[:, y]` is
    z[n, y[n]].
    """
    taken = sum(key is not None and key is not Ellipsis for key in keys)
    if taken > len(of.labels) or sum(key is Ellipsis for key in keys) > 1:
        raise MisfitError(f"{taken} indices for {len(of.labels)} axes")
    spread: list[Any] = []
    for key in keys if any(key is Ellipsis for key in keys) else (*keys, Ellipsis):
        spread += [slice(None)] * (len(of.labels) - taken) if key is Ellipsis else [key]
    labels: list[Label] = []
    moved: dict[Axis, Index] = {}
    picked: list[tuple[Axis, Labelled, int]] = []
    place = 0
    for key in spread:
        if key is None:
            labels.append(Label("", None))
            continue
        label = of.labels[place]
        place += 1
        if isinstance(key, Labelled) and label.axis is not None:
            picked.append((Axis(f"picked {place}", label.axis.size), key, len(labels)))
            moved[label.axis] = as_index(picked[-1][0])
        elif label.axis is None:
            if key != slice(None):
                raise MisfitError("an axis that was put in with None is indexed")
            labels.append(label)
        elif isinstance(key, int) and not isinstance(key, bool):
            moved[label.axis] = _place(key, label.axis)
        elif isinstance(key, slice):
            begin, size = _range(key, label.axis.size)
            own = Axis(f"sliced {place}", size)
            moved[label.axis] = as_index(own) + begin
            labels.append(Label(label.name, own))
        else:
            raise MisfitError(f"{key_text(key)} is no index; expected a number, a slice, labels, None or ...")
    body = moved_axes(of.expression, moved)
    for axis, key, at in reversed(picked):
        known = {label.name: label.axis for label in labels if label.axis is not None}
        onto: dict[Axis, Index] = {}
        for number, label in enumerate(key.labels):
            if label.axis is None:
                raise MisfitError("labels with an axis that was put in with None")
            mine = known.get(label.name)
            if mine is None:
                mine = Axis(f"of labels {label.name}", label.axis.size)
                labels.insert(at + number, Label(label.name, mine))
            elif mine.size != label.axis.size:
                raise MisfitError(f"the labels have {label.axis.size} places along {label.name}, and there {mine.size}")
            onto[label.axis] = as_index(mine)
        body = chosen(body, axis, moved_axes(key.expression, onto))
    return relabelled(body, labels)


def key_text(key: Any) -> str:
    """An index as it is written."""
    if key is Ellipsis:
        return "..."
    if isinstance(key, slice):
        step = f":{key.step}" if key.step is not None else ""
        return f"{'' if key.start is None else key.start}:{'' if key.stop is None else key.stop}{step}"
    return repr(key)


def _place(key: int, axis: Axis) -> Index:
    if isinstance(axis.size, int):
        if not -axis.size <= key < axis.size:
            raise MisfitError(f"the place {key} of an axis of the size {axis.size}")
        return as_index(key % axis.size)
    if key < 0:
        raise MisfitError(f"places from the end need an axis whose size is a number, and this has {axis.size}")
    return as_index(key)


def _range(key: slice, size: Size) -> tuple[int, Size]:
    """Where a slice begins, and how long it is."""
    if key.step not in (None, 1):
        raise MisfitError(f"a slice in steps of {key.step}; expected steps of 1")
    if isinstance(size, int):
        begin, end, _ = key.indices(size)
        if end <= begin:
            raise MisfitError("the slice is empty")
        return begin, end - begin
    begin, stop = key.start or 0, key.stop
    if begin < 0:
        raise MisfitError(f"a slice from the end needs an axis whose size is a number, and this has {size}")
    if stop is None:
        return begin, add_sizes(size, -begin)
    if stop < 0:
        return begin, add_sizes(size, stop - begin)
    if stop <= begin:
        raise MisfitError("the slice is empty")
    return begin, stop - begin
