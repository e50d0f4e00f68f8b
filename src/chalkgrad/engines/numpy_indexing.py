"""Elements of tensors as NumPy source: plain names, slices, sliding windows (convolutions), and any indexing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from chalkgrad.engines.names import Names
from chalkgrad.engines.numpy_pieces import ATOM, SUM, Order, Piece, aligned
from chalkgrad.engines.size_text import size_text
from chalkgrad.language import Axis, Element, Index, Tensor
from chalkgrad.language.sizes import add_sizes

RESERVED = ("np", "erf", "sliding_window_view", "at", "slice", "abs", "max", "sum", "expm", "expm_slope")

AT = '''def at(tensor, *indices):
    """The elements of the tensor at the indices, and zero where these lie outside of it."""
    inside = True
    for index, size in zip(indices, tensor.shape):
        inside = inside & (index >= 0) & (index < size)
    within = tuple(np.clip(index, 0, size - 1) for index, size in zip(indices, tensor.shape))
    return np.where(inside, tensor[within], 0.0)'''


EXPM_SLOPE = '''def expm_slope(matrix):
    """The derivative of each entry (r, c) of the exponential of a matrix by each entry (p, q) of the matrix."""
    n = matrix.shape[-1]
    along = np.broadcast_to(matrix[..., None, None, :, :], (*matrix.shape[:-2], n, n, n, n))
    units = np.broadcast_to(np.eye(n * n, dtype=matrix.dtype).reshape(n, n, n, n), along.shape)
    upper = np.concatenate([along, units], -1)
    lower = np.concatenate([np.zeros_like(along), along], -1)
    found = expm(np.concatenate([upper, lower], -2))[..., :n, n:]
    return np.moveaxis(found, (-2, -1), (-4, -3))'''


@dataclass
class Vocabulary:
    """What a printed source refers to: identifiers, index arrays, sizes, elementwise functions, imports."""

    names: Names = field(default_factory=lambda: Names(RESERVED))
    index_arrays: dict[Axis, str] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)
    functions: dict[tuple[str, int], str] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    given: dict[Tensor, str] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)
    windows: dict[str, str] = field(default_factory=dict)

    def tensor(self, tensor: Tensor) -> str:
        """The identifier of a tensor: the given one, else one like its name."""
        return self.given.get(tensor) or self.names.of(tensor, tensor.name)

    def index_array(self, axis: Axis) -> str:
        """The identifier of the array 0, 1, … of an axis."""
        return self.index_arrays.setdefault(axis, self.names.of(("index", axis), f"index_{axis.name}"))

    def size(self, size: int | str) -> str:
        """The size of an axis as source: a number, or the identifier of a size known from the data."""
        return size_text(size, lambda name: self.sizes.setdefault(name, self.names.of(("size", name), name)))


def index_piece(index: Index, vocabulary: Vocabulary, order: Order) -> Piece:
    """An affine index as whole numbers, one for each place of its axes."""
    axes = tuple(axis for axis in order if axis in dict(index.terms))
    text = ""
    for axis, coefficient in index.terms:
        name = aligned(Piece(vocabulary.index_array(axis), ATOM, (axis,)), axes).text
        sign = ("-" if coefficient < 0 else "") if not text else (" - " if coefficient < 0 else " + ")
        text += sign + (name if abs(coefficient) == 1 else f"{abs(coefficient)} * {name}")
    if not text:
        return Piece(str(index.offset), ATOM if index.offset >= 0 else SUM)
    if index.offset:
        text += f" {'-' if index.offset < 0 else '+'} {abs(index.offset)}"
    return Piece(text, ATOM if text.isidentifier() else SUM, axes)


@dataclass(frozen=True)
class _Slice:
    """One axis that walks through a dimension in equal steps."""

    axis: Axis
    start: int
    step: int


@dataclass(frozen=True)
class _Window:
    """Two axes in one dimension: `along` moves a window, `within` walks through it, perhaps backwards.

    `offset` is the index where both axes are at 0.
    """

    along: Axis
    within: Axis
    offset: int
    step: int
    backwards: bool

    @property
    def known(self) -> bool:
        """Whether both sizes are numbers."""
        return isinstance(self.along.size, int) and isinstance(self.within.size, int)


_Way: TypeAlias = "int | _Slice | _Window"


def element_piece(element: Element, vocabulary: Vocabulary, order: Order) -> Piece:
    """An element of a tensor for all places of its free axes, in the simplest form that gives it."""
    name = vocabulary.tensor(element.tensor)
    axes = [axis for index in element.indices for axis, _ in index.terms]
    plain = element.plain_axes
    if len(set(axes)) == len(axes):
        if all(plain):
            return Piece(name, ATOM, tuple(axes))
        ways = [_way(index, axis, order) for index, axis in zip(element.indices, element.tensor.axes, strict=True)]
        if all(way is not None for way in ways):
            return _sliced(name, element, [way for way in ways if way is not None], vocabulary)
    return _gathered(name, element, vocabulary, order)


def _way(index: Index, axis: Axis, order: Order) -> _Way | None:
    """How NumPy walks through one dimension; None if it takes indexing in general."""
    if index.axis is not None and index.axis.size == axis.size:
        return _Slice(index.axis, 0, 1)
    if len(index.terms) == 1 and index.terms[0][1] == 1 and _left_over(index, axis) is not None:
        return _Slice(index.terms[0][0], index.offset, 1)
    if len(index.terms) == 2:
        return _window(index, order)
    if not isinstance(axis.size, int):
        return None
    if not index.terms:
        return index.offset if 0 <= index.offset < axis.size else None
    if len(index.terms) == 1 and isinstance(index.terms[0][0].size, int):
        (only, step), last = index.terms[0], index.offset
        last += step * (int(only.size) - 1)
        return _Slice(only, index.offset, step) if step > 0 and index.offset >= 0 and last < axis.size else None
    return None


def _left_over(index: Index, axis: Axis) -> int | None:
    """How many places of an axis a slice of it leaves at the end, where that is known and it lies inside."""
    beyond = add_sizes(add_sizes(axis.size, index.terms[0][0].size, -1), index.offset, -1)
    return beyond if isinstance(beyond, int) and beyond >= 0 and index.offset >= 0 else None


def _window(index: Index, order: Order) -> _Window | None:
    (along, step), (within, direction) = sorted(index.terms, key=lambda term: list(order).index(term[0]))
    if abs(direction) != 1:
        (along, step), (within, direction) = (within, direction), (along, step)
    found = _Window(along, within, index.offset, step, direction == -1)
    fits = abs(direction) == 1 and step > 0 and 0 not in (along.size, within.size)
    return found if fits and (found.known or step == 1) else None


def _slice_text(start: int, step: int, count: int, length: int) -> str:
    stop = start + step * (count - 1) + 1
    if step == 1:
        return f"{start or ''}:{'' if stop == length else stop}"
    return f"{start or ''}:{'' if stop + step > length else stop}:{step}"


def _sliced(name: str, element: Element, ways: list[_Way], vocabulary: Vocabulary) -> Piece:
    first: list[str] = []
    windows: list[tuple[int, int | str, _Window]] = []
    axes: list[Axis] = []
    for way, axis in zip(ways, element.tensor.axes, strict=True):
        if isinstance(way, int):
            first.append(str(way))
            continue
        if isinstance(way, _Window):
            windows.append((len(axes), axis.size, way))
            axes.append(way.along)
            first.append(":")
        else:
            first.append(_slice_of(way, axis))
            axes.append(way.axis)
    text = f"{name}{_subscript(first)}"
    if windows:
        source = _windowed(text, len(axes), windows, vocabulary)
        text = vocabulary.windows.setdefault(source, vocabulary.names.of(source, f"{name}_windows"))
        axes += [window.within for _, _, window in windows]
    return Piece(text, ATOM, tuple(axes))


def _slice_of(way: _Slice, axis: Axis) -> str:
    """The text of a slice; where sizes are letters, what is left at its end is counted from there."""
    if isinstance(axis.size, int) and isinstance(way.axis.size, int):
        whole = (way.start, way.step, way.axis.size) == (0, 1, axis.size)
        return ":" if whole else _slice_text(way.start, way.step, way.axis.size, axis.size)
    left = add_sizes(add_sizes(axis.size, way.axis.size, -1), way.start, -1)
    return f"{way.start or ''}:{-int(left) if left else ''}"


def _subscript(parts: list[str]) -> str:
    while parts and parts[-1] == ":":
        parts = parts[:-1]
    return f"[{', '.join(parts)}]" if parts else ""


def _windowed(text: str, dimensions: int, windows: list[tuple[int, int | str, _Window]], vocabulary: Vocabulary) -> str:
    """Windows along some dimensions of an array, padded with zeros as far as they reach outside."""
    vocabulary.imports.add("from numpy.lib.stride_tricks import sliding_window_view")
    padding = ["(0, 0)"] * dimensions
    starts = [":"] * dimensions
    for place, length, window in windows:
        if isinstance(length, int) and window.known:
            padding[place], starts[place] = _reach(length, window)
        elif _fills(length, window):
            continue
        else:
            padding[place], starts[place] = _reach_of_letters(vocabulary.size(length), window, vocabulary)
    if any(pad != "(0, 0)" for pad in padding):
        padded = padding[0] if dimensions == 1 else f"({', '.join(padding)})"
        text = f"np.pad({text}, {padded})"
    widths = [vocabulary.size(window.within.size) for _, _, window in windows]
    places = [str(place) for place, _, _ in windows]
    if dimensions == 1:
        text = f"sliding_window_view({text}, {widths[0]})"
    elif len(windows) == 1:
        text = f"sliding_window_view({text}, {widths[0]}, axis={places[0]})"
    else:
        text = f"sliding_window_view({text}, ({', '.join(widths)}), axis=({', '.join(places)}))"
    turned = ["::-1" if window.backwards else ":" for _, _, window in windows]
    return text + _subscript(starts + turned)


def _reach(length: int, window: _Window) -> tuple[str, str]:
    """How many zeros come before and after, and which of the windows are meant."""
    count, width = int(window.along.size), int(window.within.size)
    first = window.offset - (width - 1) * window.backwards
    last = first + window.step * (count - 1) + width - 1
    before, after = max(0, -first), max(0, last - length + 1)
    positions = before + length + after - width + 1
    start = first + before
    every = (start, window.step, count) == (0, 1, positions)
    return f"({before}, {after})", ":" if every else _slice_text(start, window.step, count, positions)


def _fills(length: int | str, window: _Window) -> bool:
    """Whether the windows are all that there are: `a + p` in an axis of size a + p - 1."""
    exact = add_sizes(add_sizes(window.along.size, window.within.size), -1)
    return not window.backwards and (window.offset, window.step) == (0, 1) and add_sizes(length, exact, -1) == 0


def _reach_of_letters(length: str, window: _Window, vocabulary: Vocabulary) -> tuple[str, str]:
    """The same where sizes are only known with the data."""
    count, width = vocabulary.size(window.along.size), vocabulary.size(window.within.size)
    same = length == count
    if window.backwards:
        before, start = _at_least_none(_sum([width], -1 - window.offset), window.offset <= 0), ""
        if window.offset > 0:
            start = _at_least_none(_sum([], window.offset + 1, width), False)
        after = str(max(0, window.offset)) if same else _at_least_none(_sum([count], window.offset, length), False)
    else:
        before, start = str(max(0, -window.offset)), str(max(0, window.offset))
        known = same and window.offset >= 0
        total = _sum([width], window.offset - 1) if same else _sum([count, width], window.offset - 1, length)
        after = _at_least_none(total, known)
    start = "" if start == "0" else start
    return f"({before}, {after})", f"{start}:{_sum([start, count] if start else [count], 0)}"


def _at_least_none(text: str, known: bool) -> str:
    """A number of zeros, which is not negative; `known` says that it cannot be."""
    if text.lstrip("-").isdigit():
        return str(max(0, int(text)))
    return text if known else f"max(0, {text})"


def _sum(sizes: list[str], number: int, less: str = "") -> str:
    """A sum of sizes and a number, less another size; numbers are added up."""
    number += sum(int(size) for size in sizes if size.isdigit()) - (int(less) if less.isdigit() else 0)
    text = " + ".join(size for size in sizes if not size.isdigit())
    if number or not text:
        text = f"{text} {'-' if number < 0 else '+'} {abs(number)}" if text else str(number)
    return text if not less or less.isdigit() else f"{text} - {less}"


def _gathered(name: str, element: Element, vocabulary: Vocabulary, order: Order) -> Piece:
    """Indexing in general, by index arrays, with zero outside."""
    vocabulary.helpers.add(AT)
    indices = [index_piece(index, vocabulary, order) for index in element.indices]
    axes = tuple(axis for axis in order if axis in element.free)
    texts = ", ".join(aligned(piece, axes).text for piece in indices)
    return Piece(f"at({name}, {texts})", ATOM, axes)
