"""Matrices written as one column, entry after entry: how a derivative of a matrix by a matrix is put on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from chalkgrad.language import Axis, Expression, Index, as_index, substitute_axes
from chalkgrad.reading.layout import Value
from chalkgrad.reading.sizes import Sizes

AS_COLUMN = "matrices are written as columns, entry after entry"


@dataclass(frozen=True)
class _Line:
    """Axes that run along one line, and along which of the right side's axes."""

    axes: tuple[Axis, ...]
    along: Axis


def flattened(left: Value, right: Value, sizes: Sizes) -> Iterator[Expression]:
    """The right side along the axes of the left, where its rows and columns run over all entries of matrices."""
    what = left.derivative
    of = what.of_axes if what is not None else left.axes
    by = what.by_axes if what is not None else ()
    if len(of) + len(by) < 2 or (len(of) < 2 and len(by) < 2):
        return
    for lines in _pairings(of, by, right):
        if all(_count(line.axes, sizes) == sizes.find(line.along.size) for line in lines):
            for axis in (axis for line in lines for axis in line.axes):
                sizes.join(axis.size, _numbered(axis, sizes))
            for orders in product((False, True), repeat=len(lines)):
                changes = {
                    line.along: _index(line.axes, sizes, order) for line, order in zip(lines, orders, strict=True)
                }
                yield substitute_axes(right.expression, changes)


def _pairings(of: tuple[Axis, ...], by: tuple[Axis, ...], right: Value) -> Iterator[Sequence[_Line]]:
    if len(right.axes) == 1 and not (of and by):
        yield (_Line((*of, *by), right.axes[0]),)
    elif right.row is not None and right.column is not None and of and by:
        yield (_Line(by, right.row), _Line(of, right.column))
        yield (_Line(of, right.row), _Line(by, right.column))


def _count(axes: Sequence[Axis], sizes: Sizes) -> int:
    total = 1
    for axis in axes:
        total *= _numbered(axis, sizes)
    return total


def _numbered(axis: Axis, sizes: Sizes) -> int:
    """How long an axis is: a number, or as far as its places are counted."""
    size = sizes.find(axis.size)
    return size if isinstance(size, int) else sizes.least.get(size, 1)


def _index(axes: Sequence[Axis], sizes: Sizes, backwards: bool) -> Index:
    """The place in a line of the entry at some indices: row after row, or `backwards` column after column."""
    found = as_index(0)
    for axis in reversed(axes) if backwards else axes:
        size = sizes.find(axis.size)
        assert isinstance(size, int)
        found = found * size + axis
    return found


__all__ = ["AS_COLUMN", "flattened"]
