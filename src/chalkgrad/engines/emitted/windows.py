"""Convolutions as products of matrices: windows laid side by side once, and contracted by `@` without being turned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod

from chalkgrad.engines.emitted.keys import axes_of, key_of
from chalkgrad.engines.emitted.ordered import Ordered
from chalkgrad.engines.numpy_indexing import Vocabulary
from chalkgrad.engines.numpy_pieces import ATOM, Piece, transposed
from chalkgrad.language import Axis, Definition, Element, Expression, Multiply, Program, Sum, Tensor, multiply
from chalkgrad.language.recurrences import recurrent_tensors


def with_windows_named(steps: Ordered) -> tuple[Ordered, dict[Tensor, tuple[Axis, ...]]]:
    """The program with each window that a contraction slides over an array as a tensor.

    Its axes are those that are summed, such as a kernel's, before those along which it slides. With each comes the
    order in which NumPy has them: first those along which it slides.
    """
    taken = {tensor.name for tensor in (*steps.program.declared, *(each.tensor for each in steps.program.definitions))}
    known: dict[int, tuple[Tensor, tuple[int, ...]]] = {}
    named: dict[Tensor, tuple[Axis, ...]] = {}
    definitions: list[Definition] = []
    recurrent = recurrent_tensors(steps.program.definitions)
    for definition in steps.program.definitions:
        axes, factors = _contraction(definition)
        windows = [factor for factor in factors if isinstance(factor, Element) and _slides(factor)]
        if len(factors) != 2 or len(windows) != 1 or definition.tensor in recurrent:
            definitions.append(definition)
            continue
        (window,) = windows
        order = axes_of(window, by_name=True)
        key = key_of(window, order)
        if key not in known:
            name = f"{window.tensor.name}_windows"
            while name in taken:
                name += "_"
            taken.add(name)
            plain, inner, outer = _parted(window, axes)
            along = (*plain, *inner, *outer)
            tensor = Tensor(name, along)
            named[tensor] = (*plain, *outer, *inner)
            known[key] = tensor, tuple(map(order.index, along))
            definitions.append(Definition(tensor, along, window))
        tensor, places = known[key]
        (other,) = (factor for factor in factors if factor is not window)
        body = multiply(other, tensor[tuple(order[place] for place in places)])
        for axis in reversed(axes):
            body = Sum(body, axis)
        definitions.append(Definition(definition.tensor, definition.indices, body))
    old = steps.program
    return Ordered(Program(old.declared, tuple(definitions), old.results, old.assumptions), steps.parts), named


def _contraction(definition: Definition) -> tuple[list[Axis], tuple[Expression, ...]]:
    axes, body = [], definition.body
    while isinstance(body, Sum):
        axes.append(body.axis)
        body = body.body
    return axes, body.factors if axes and isinstance(body, Multiply) else ()


def _slides(element: Element) -> bool:
    """Whether a window slides over it: some index is a sum of axes, which stand in no other index."""
    axes = [axis for index in element.indices for axis, _ in index.terms]
    return any(len(index.terms) > 1 for index in element.indices) and len(set(axes)) == len(axes)


def _parted(window: Element, summed: Sequence[Axis]) -> tuple[list[Axis], list[Axis], list[Axis]]:
    """The plain axes, and of those that slide the ones that are summed, and the others."""
    plain = [axis for axis in window.plain_axes if axis is not None]
    sliding = [
        axis
        for index, own in zip(window.indices, window.plain_axes, strict=True) if own is None
        for axis, _ in index.terms
    ]  # fmt: skip
    inner = [axis for axis in sliding if axis in summed]
    return plain, inner, [axis for axis in sliding if axis not in inner]


def product_with_windows(definition: Definition, named: Collection[Tensor], vocabulary: Vocabulary) -> Piece | None:
    """A contraction with such a tensor as one `@` of arrays in other shapes; nothing for what is none."""
    over, factors = _contraction(definition)
    elements = [factor for factor in factors if isinstance(factor, Element)]
    windows = [each for each in elements if each.tensor in named]
    if len(elements) != 2 or len(windows) != 1:
        return None
    (right,) = windows
    (left,) = (each for each in elements if each is not right)
    own, others = _axes(left), _axes(right)
    if None in own or None in others or set(own) & set(others) != set(over):
        return None
    first, second = Piece(vocabulary.tensor(left.tensor), ATOM, own), vocabulary.tensor(right.tensor)
    free = tuple(axis for axis in own if axis not in over)
    places = [place for place, axis in enumerate(others) if axis in over]
    before, after = others[: places[0]], others[places[-1] + 1 :]
    inner = others[places[0] : places[-1] + 1]

    def size(axes: Sequence[Axis]) -> str:
        numbers = prod(int(axis.size) for axis in axes if isinstance(axis.size, int))
        letters = [vocabulary.size(axis.size) for axis in axes if isinstance(axis.size, str)]
        return " * ".join([*letters, *([str(numbers)] if numbers != 1 or not letters else [])])

    def shape(*groups: Sequence[Axis]) -> str:
        return ", ".join(size(group) for group in groups)

    def each(axes: Sequence[Axis]) -> list[Sequence[Axis]]:
        return [(axis,) for axis in axes]

    if set(inner) == set(over):
        matrix = f"{transposed(first, (*free, *inner)).text}.reshape({shape(free, inner)})"
        columns = f"{second}.reshape({shape(*each(before), inner, after)})"
        axes = (*before, *free, *after)
        return Piece(f"({matrix} @ {columns}).reshape({shape(*each(axes))})", ATOM, axes)
    kept = [axis for axis in others if axis not in over]
    start, end = others.index(kept[0]), others.index(kept[-1]) + 1
    before, after = others[:start], others[end:]
    if len(before) > 1 or list(others[start:end]) != kept or not after:
        return None
    matrix = f"{transposed(first, (*before, *free, *after)).text}.reshape({shape(*each(before), free, after)})"
    columns = f"{second}.reshape({shape(*each(before), kept, after)}).swapaxes(-2, -1)"
    total = f"({matrix} @ {columns}){'.sum(axis=0)' if before else ''}"
    return Piece(f"{total}.reshape({shape(*each((*free, *kept)))})", ATOM, (*free, *kept))


def _axes(element: Element) -> tuple[Axis, ...]:
    return element.plain_axes  # type: ignore[return-value]  # its caller looks for None
