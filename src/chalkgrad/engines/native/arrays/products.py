"""Sums of products of two tensors as products of matrices: what are their rows, their columns and their terms.

An operand whose numbers do not lie as vectors need them is copied first; one that is read beyond its ends, as the
pictures of convolutions are, gets a border of zeros. Windows that slide over a picture are not copied: their numbers
are found by a table of places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalkgrad.engines.native.arrays.layouts import Layouts, extent, strides_of
from chalkgrad.language import Axis, Definition, Element, Expression, Multiply, Tensor, multiply

_FEWEST = 512  # products with fewer terms in all are loops
_LONGEST_TABLE = 1024
_TERMS_WITHOUT_TABLE = 256


@dataclass(frozen=True)
class Operand:
    """Numbers of a tensor, or of a copy of it: the first of all, and how far a step along each axis is."""

    tensor: Tensor
    first: int
    steps: dict[Axis, int]


@dataclass(frozen=True)
class Copy:
    """A copy of a tensor with other strides, its first number `first` from the start of `room` numbers.

    With a `border` there are zeros around it, which have to stay.
    """

    source: Tensor
    to: Tensor
    strides: tuple[int, ...]
    first: int
    room: int
    border: bool


@dataclass(frozen=True)
class Loop:
    """A loop over axes that lie in each other like one: its length, and its steps in both operands and the result."""

    size: int
    left: int
    right: int
    result: int


@dataclass(frozen=True)
class Product:
    """tensor = Σ left·right: loops around a product of matrices with `rows`, `columns` and `terms`.

    `outer` are loops around it, `added` those over which products are added up; `table` has the places of the terms in
    both operands where these are not evenly apart.
    """

    tensor: Tensor
    left: Operand
    right: Operand
    copies: tuple[Copy, ...]
    rows: Loop
    columns: Loop
    terms: Loop
    outer: tuple[Loop, ...]
    added: tuple[Loop, ...]
    table: tuple[tuple[int, int], ...]


def sides_of(body: Expression, indices: Sequence[Axis], over: Sequence[Axis]) -> tuple[Expression, Expression] | None:
    """The two factors of a product of matrices; nothing where loops do as well."""
    factors = body.factors if isinstance(body, Multiply) else (body,)
    spans = [frozenset(axis for axis in factor.free if axis.size != 1) for factor in factors]
    widest = [span for span in dict.fromkeys(spans) if not any(span < other for other in spans)]
    if len(widest) != 2 or not frozenset(axis for axis in over if axis.size != 1) <= widest[0] & widest[1]:
        return None
    first, second = sorted(widest, key=extent)
    own = [[axis for axis in indices if axis in mine - other] for mine, other in ((first, second), (second, first))]
    summed = [axis for axis in over if axis.size != 1]
    if not all(own) or not summed or extent(first | second) < _FEWEST:
        return None
    one = [factor for factor, span in zip(factors, spans, strict=True) if span <= first]
    two = [factor for factor, span in zip(factors, spans, strict=True) if not span <= first]
    return multiply(*one), multiply(*two)


def product_of(
    definition: Definition,
    over: Sequence[Axis],
    one: Element,
    two: Element,
    layouts: Layouts,
    lanes: int,
    fixed: bool,
) -> Product:
    """The cheapest way to compute a sum of products; `fixed` says that the result's place in memory is given.

    It may be cheaper to compute it at another place; then the product is one of another tensor of the same axes.
    """
    choices: list[tuple[float, int, Element, Element, Axis, bool]] = []
    for left, right in ((one, two), (two, one)):
        for lane in definition.indices:
            if lane not in right.free or lane in left.free or lane.size == 1:
                continue
            turned = fixed and layouts.along(definition.left, lane) != 1
            cost = _cost(definition, over, left, right, lane, layouts, lanes)
            choices.append((cost + turned * 2 * extent(definition.indices), len(choices), left, right, lane, turned))
    _, _, left, right, lane, turned = min(choices, key=lambda choice: choice[:2])
    if turned:
        tensor = Tensor(f"{definition.tensor.name} turned", definition.tensor.axes)
        definition = Definition(tensor, definition.indices, definition.body)
    return _planned(definition, over, left, right, lane, layouts)


def _cost(
    definition: Definition,
    over: Sequence[Axis],
    left: Element,
    right: Element,
    lane: Axis,
    layouts: Layouts,
    lanes: int,
) -> float:
    """About how many cycles: one for each two multiplications of vectors, and for each number that is copied."""
    whole = extent({*definition.indices, *over}) / int(lane.size) * (-(-int(lane.size) // lanes))
    rows = max((int(axis.size) for axis in definition.indices if axis not in right.free), default=1)
    copied = sum(
        extent(operand.tensor.axes)
        for operand, axis in ((left, None), (right, lane))
        if _is_beside(operand) or (axis is not None and layouts.along(operand, axis) != 1)
    )
    return whole / 2 * (1 + 4 / rows) + copied


def _planned(
    definition: Definition, over: Sequence[Axis], left: Element, right: Element, lane: Axis, layouts: Layouts
) -> Product:
    copies: list[Copy] = []
    a, b = _operand(left, None, layouts, copies), _operand(right, lane, layouts, copies)
    if definition.tensor not in layouts.strides:
        order = [*(axis for axis in definition.indices if axis is not lane), lane]
        steps = dict(zip(order, strides_of(order), strict=True))
        layouts.strides[definition.tensor] = tuple(steps[axis] for axis in definition.indices)
    result = {axis: layouts.along(definition.left, axis) for axis in definition.indices}
    loops: dict[str, list[Loop]] = {"rows": [], "columns": [], "terms": [], "outer": []}
    for axis in (*definition.indices, *over):
        if axis.size == 1:
            continue
        kind = "terms" if axis not in result else "outer"
        if axis in result and (axis in a.steps) != (axis in b.steps):
            kind = "rows" if axis in a.steps else "columns"
        found = Loop(int(axis.size), a.steps.get(axis, 0), b.steps.get(axis, 0), result.get(axis, 0))
        loops[kind].append(found)
    merged = {kind: _merged(found) for kind, found in loops.items()}
    columns = next(loop for loop in merged["columns"] if loop.right == loop.result == 1)
    rows = max(merged["rows"], key=lambda loop: loop.size)
    terms = max(merged["terms"], key=lambda loop: loop.size)
    others = [loop for loop in merged["terms"] if loop is not terms]
    table: tuple[tuple[int, int], ...] = ()
    if others and terms.size < _TERMS_WITHOUT_TABLE:
        tabled, others = _tabled(merged["terms"])
        table = _places(tabled)
        terms = Loop(len(table), 0, 0, 0)
    outer = [*merged["outer"], *(loop for kind in ("rows", "columns") for loop in merged[kind])]
    outer = [loop for loop in outer if loop is not rows and loop is not columns]
    return Product(definition.tensor, a, b, tuple(copies), rows, columns, terms, tuple(outer), tuple(others), table)


def _tabled(loops: Sequence[Loop]) -> tuple[list[Loop], list[Loop]]:
    """The innermost loops whose places fit into a table, and those around them."""
    inner: list[Loop] = []
    size = 1
    for loop in reversed(loops):
        if size * loop.size > _LONGEST_TABLE:
            break
        inner.insert(0, loop)
        size *= loop.size
    return inner, [loop for loop in loops if loop not in inner]


def _places(loops: Sequence[Loop]) -> tuple[tuple[int, int], ...]:
    places = [(0, 0)]
    for loop in loops:
        places = [(a + k * loop.left, b + k * loop.right) for a, b in places for k in range(loop.size)]
    return tuple(places)


def _merged(loops: Iterable[Loop]) -> list[Loop]:
    """Loops that lie in each other like one as one."""
    found = list(loops)
    while True:
        pair = next(
            (
                (outer, inner)
                for outer in found
                for inner in found
                if outer is not inner
                and outer.left == inner.size * inner.left
                and outer.right == inner.size * inner.right
                and outer.result == inner.size * inner.result
            ),
            None,
        )
        if pair is None:
            return found
        outer, inner = pair
        found[found.index(outer)] = Loop(outer.size * inner.size, inner.left, inner.right, inner.result)
        found.remove(inner)


def _operand(element: Element, lane: Axis | None, layouts: Layouts, copies: list[Copy]) -> Operand:
    """An element as numbers in memory that are contiguous along `lane`, in a copy if they are not so by themselves."""
    tensor, strides, first = element.tensor, layouts.strides[element.tensor], 0
    if _is_beside(element) or (lane is not None and layouts.along(element, lane) != 1):
        bounds = [_bounds(index_terms) for index_terms in _spans(element)]
        before = [max(0, -low) for low, _ in bounds]
        sizes = [
            max(int(axis.size), high + 1) + ahead
            for axis, (_, high), ahead in zip(tensor.axes, bounds, before, strict=True)
        ]
        order = sorted(range(len(sizes)), key=lambda place: (-strides[place], place))
        if lane is not None:
            along = next(p for p, index in enumerate(element.indices) if index.coefficient(lane))
            order = [*(place for place in order if place != along), along]
        steps, room = [0] * len(sizes), 1
        for number, place in enumerate(reversed(order)):
            steps[place] = room
            # Squares of numbers are exchanged, which takes whole vectors.
            room *= sizes[place] if number else -(-sizes[place] // 16) * 16
        start = sum(step * ahead for step, ahead in zip(steps, before, strict=True))
        to = Tensor(f"copy of {tensor.name} {steps} {start}", tensor.axes)
        copies.append(Copy(tensor, to, tuple(steps), start, room + 16 * 16 * max(sizes), _is_beside(element)))
        tensor, strides, first = to, tuple(steps), start
    free = {axis for index in element.indices for axis, _ in index.terms}
    steps_by = {
        axis: sum(step * index.coefficient(axis) for step, index in zip(strides, element.indices, strict=True))
        for axis in free
    }
    first += sum(step * index.offset for step, index in zip(strides, element.indices, strict=True))
    return Operand(tensor, first, steps_by)


def _spans(element: Element) -> list[tuple[tuple[tuple[Axis, int], ...], int]]:
    return [(index.terms, index.offset) for index in element.indices]


def _bounds(index: tuple[tuple[tuple[Axis, int], ...], int]) -> tuple[int, int]:
    """The least and the greatest value of an index."""
    terms, offset = index
    low = offset + sum(min(0, factor * (int(axis.size) - 1)) for axis, factor in terms)
    high = offset + sum(max(0, factor * (int(axis.size) - 1)) for axis, factor in terms)
    return low, high


def _is_beside(element: Element) -> bool:
    """Whether an element is read beyond the ends of its tensor, where it is 0."""
    return any(
        low < 0 or high >= int(axis.size)
        for (low, high), axis in zip(map(_bounds, _spans(element)), element.tensor.axes, strict=True)
    )
