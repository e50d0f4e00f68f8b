"""What graphs do with the places of elements: reshaping, slicing, joining, repeating, reducing, matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Expression, as_index, maximum_over, multiply, size_of, summation
from chalkgrad.models.building import Builder, Parameter
from chalkgrad.models.values import BATCH, Dimension, Value, reshaped


def reshape(made: Builder, x: Value, shape: Sequence[int], name: str) -> Value:
    """The elements in order in dimensions of other sizes; one of them may be -1, the size that is left.

    Where axes are merged, and parted elsewhere, they become one first.
    """
    own = made.shape(x)
    if -1 in shape:
        rest = prod(size for size in shape if size != -1)
        shape = [prod(own) // max(rest, 1) if size == -1 else size for size in shape]
    if prod(own) != prod(shape):
        raise ChalkgradError(f"{name}: the shape {own} has not as many elements as {tuple(shape)}")
    found = reshaped(x, shape, made.samples, made.axis)
    if found is not None:
        return found
    front = [place for place, dimension in enumerate(x.dimensions) if BATCH in dimension]
    first = front[-1] + 1 if front else 0
    if x.of_samples and any(size % made.samples for size in shape[:1]):
        raise ChalkgradError(f"{name}: what mixes the samples is not covered")
    kept = own[:first]
    together = reshaped(x, (*kept, prod(own[first:])), made.samples, made.axis)
    if together is not None:
        found = reshaped(made.merged(together, -1, name), shape, made.samples, made.axis)
    if found is None:
        raise ChalkgradError(f"{name}: the shape {own} as {tuple(shape)} is not covered: axes are parted elsewhere")
    return found


def flatten(made: Builder, x: Value, first: int, last: int, name: str) -> Value:
    """Dimensions from one to another as one, with an equation of its own."""
    start, end = x.place(first), x.place(last)
    if start == end:
        return x
    shape = made.shape(x)
    whole = reshape(made, x, (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]), name)
    return whole if BATCH in whole.dimensions[start] else made.merged(whole, start, name)


def part(made: Builder, x: Value, dimension: int, start: int, stop: int, step: int = 1) -> Value:
    """The elements of a dimension from one place to before another, every `step`th."""
    place = x.place(dimension)
    size = made.shape(x)[place]
    start, stop, _ = slice(start, stop, None).indices(size)
    if (start, stop, step) == (0, size, 1):
        return x
    x = made.merged(x, place)
    count = len(range(start, stop, step))
    if not count:
        raise ChalkgradError(f"a slice of '{x.tensor.name}' has no elements")
    new = made.axis(count)
    (old,) = x.dimensions[place]
    return x.read_at({old: as_index(new) * step + start}, (*x.dimensions[:place], (new,), *x.dimensions[place + 1 :]))


def chosen(made: Builder, x: Value, dimension: int, at: int) -> Value:
    """The elements at one place of a dimension, which is gone."""
    place = x.without_samples(dimension)
    size = made.shape(x)[place]
    if not x.dimensions[place]:
        return x.removed(place)
    x = made.merged(x, place)
    (old,) = x.dimensions[place]
    return x.read_at({old: as_index(at % size)}, (*x.dimensions[:place], *x.dimensions[place + 1 :]))


def joined(made: Builder, values: Sequence[Value | Parameter], dimension: int, name: str) -> Value:
    """Tensors one after another along a dimension: each is read beyond its end, where it is 0."""
    known = [made.value(each) for each in values]
    place = known[0].without_samples(dimension)
    own = [made.plain(made.merged(each, place)) for each in known]
    sizes = [made.shape(each)[place] for each in own]
    whole = made.axis(sum(sizes))
    others: list[list[Dimension]] = [[*each.dimensions[:place], *each.dimensions[place + 1 :]] for each in own]
    common, replaced = made.aligned(others, name)
    terms: list[Expression] = []
    begin = 0
    for each, new, size, dimensions in zip(own, replaced, sizes, others, strict=True):
        if made.shape(Value(each.tensor, (), tuple(dimensions))) != made.shape(Value(each.tensor, (), common)):
            raise ChalkgradError(f"{name}: what is joined differs in other dimensions than that")
        (axis,) = each.dimensions[place]
        terms.append(each.read_at({**new, axis: as_index(whole) - begin}, ()).element)
        begin += size
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return made.define(name, (*common[:place], (whole,), *common[place:]), total, "joined")


def repeated(made: Builder, x: Value, shape: Sequence[int], name: str) -> Value:
    """Dimensions of size 1 as often as a shape says (-1 for as they are), and new ones in front."""
    while len(x.dimensions) < len(shape):
        x = x.inserted(0)
    own = made.shape(x)
    dimensions: list[Dimension] = []
    gone = {}
    for place, (size, mine) in enumerate(zip(shape, own, strict=True)):
        if size in (-1, mine):
            dimensions.append(x.dimensions[place])
            continue
        if mine != 1:
            raise ChalkgradError(f"{name}: the shape {own} cannot be repeated as {tuple(shape)}")
        gone.update({axis: as_index(0) for axis in x.dimensions[place]})
        # A value that is the same for all samples may be written for each of them: it is broadcast anyway.
        dimensions.append((BATCH,) if size == made.samples else (made.axis(size),))
    return x.read_at(gone, tuple(dimensions))


def reduced(made: Builder, x: Value, kind: str, dimensions: Sequence[int], name: str, *, kept: bool = False) -> Value:
    """The sum, the mean or the greatest over dimensions ("sum", "mean", "max"), which are gone unless `kept`."""
    places = sorted(x.without_samples(each) for each in dimensions)
    axes = [axis for place in places for axis in x.dimensions[place]]
    body = x.element
    if kind == "max":
        for axis in reversed(axes):
            body = maximum_over(body, axis)
    else:
        body = summation(body, *axes)
        body = body / multiply(*map(size_of, axes)) if kind == "mean" and axes else body
    left = [() if place in places else each for place, each in enumerate(x.dimensions)]
    if not kept:
        left = [each for place, each in enumerate(left) if place not in places]
    return made.define(name, left, body, kind)


def product(made: Builder, one: Value | Parameter, other: Value | Parameter, name: str) -> Value:
    """The product of two matrices, or of stacks of them: (…, r, k) and (…, k, c); a row or a column may be a vector."""
    left, right = made.value(one), made.value(other)
    row, column = len(left.dimensions) == 1, len(right.dimensions) == 1
    left, right = left.inserted(0) if row else left, right.inserted(1) if column else right
    left, right = made.merged(left, -1), made.merged(right, -2)
    if made.shape(left)[-1] != made.shape(right)[-2]:
        raise ChalkgradError(f"{name}: the shapes {made.shape(left)} and {made.shape(right)} do not fit together")
    inner = made.axis(made.shape(left)[-1])
    rows, columns = left.dimensions[-2], right.dimensions[-1]
    lead, (first, second) = made.aligned([left.dimensions[:-2], right.dimensions[:-2]], name)
    if BATCH in columns or (BATCH in rows and any(BATCH in each for each in lead)):
        raise ChalkgradError(f"{name}: what mixes the samples is not covered")
    new = {axis: made.axis(int(axis.size)) for axis in columns if axis in (*rows, *(a for d in lead for a in d))}
    a = left.read_at({**first, left.dimensions[-1][0]: as_index(inner)}, ())
    b = right.read_at(
        {**second, right.dimensions[-2][0]: as_index(inner), **{old: as_index(axis) for old, axis in new.items()}}, ()
    )
    across = tuple(new.get(each, each) for each in columns)
    dimensions = [*lead, *([] if row else [rows]), *([] if column else [across])]
    return made.define(name, dimensions, summation(a.element * b.element, inner), "product")
