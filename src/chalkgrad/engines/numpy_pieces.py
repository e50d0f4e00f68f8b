"""Pieces of NumPy source: a text together with the axes of the array that it gives, and how pieces are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from string import ascii_letters

from chalkgrad.errors import EvaluationError
from chalkgrad.language import Axis

COMPARISON, SUM, MATRIX_PRODUCT, PRODUCT, POWER, ATOM = range(6)
Order = Sequence[Axis]


@dataclass(frozen=True)
class Piece:
    """A text that gives an array whose dimensions are `axes`, in that order; `strength` is how tightly it binds.

    `fragile` says that it may be infinite or undefined at some places, so that a gate must choose and not multiply;
    `terms` are the signed terms of a sum, where a long line may be broken.
    """

    text: str
    strength: int = ATOM
    axes: tuple[Axis, ...] = ()
    fragile: bool = False
    terms: tuple[str, ...] = ()

    def wrapped(self, at_least: int) -> str:
        """The text, in parentheses if it binds less tightly than that."""
        return self.text if self.strength >= at_least else f"({self.text})"


@dataclass(frozen=True)
class Factors:
    """A quotient of products, with a number in front."""

    coefficient: Fraction = Fraction(1)
    above: tuple[Piece, ...] = ()
    below: tuple[Piece, ...] = ()

    @property
    def axes(self) -> frozenset[Axis]:
        """The axes of all of them."""
        return frozenset(axis for piece in (*self.above, *self.below) for axis in piece.axes)

    def times(self, other: Factors) -> Factors:
        """The product of both."""
        return Factors(self.coefficient * other.coefficient, self.above + other.above, self.below + other.below)


def union(pieces: Iterable[Piece], order: Order) -> tuple[Axis, ...]:
    """The axes of the pieces: in the order of one that has them all, else in the given order."""
    shapes = [piece.axes for piece in pieces]
    present = {axis for axes in shapes for axis in axes}
    for axes in shapes:
        if len(axes) == len(present):
            return axes
    return tuple(axis for axis in order if axis in present)


def transposed(piece: Piece, axes: tuple[Axis, ...]) -> Piece:
    """The same array with its dimensions in another order."""
    if piece.axes == axes:
        return piece
    if len(axes) == 2:
        return replace(piece, text=f"{piece.wrapped(ATOM)}.T", strength=ATOM, axes=axes)
    places = ", ".join(str(piece.axes.index(axis)) for axis in axes)
    return replace(piece, text=f"{piece.wrapped(ATOM)}.transpose({places})", strength=ATOM, axes=axes)


def aligned(piece: Piece, axes: tuple[Axis, ...]) -> Piece:
    """The piece in a form that broadcasts against arrays with these axes."""
    own = tuple(axis for axis in axes if axis in piece.axes)
    piece = transposed(piece, own)
    if not own or own == axes[len(axes) - len(own) :]:
        return piece
    first = axes.index(own[0])
    last = max(place for place, axis in enumerate(axes) if axis not in own)
    if len(own) > 1 and axes[first : last + 1] == (*own, axes[last]):
        subscript = "..., None"
    else:
        subscript = ", ".join(":" if axis in own else "None" for axis in axes[first : last + 1])
    return replace(piece, text=f"{piece.wrapped(ATOM)}[{subscript}]", strength=ATOM)


def number_literal(value: Fraction) -> str:
    """A number as Python writes it: a whole number as it is, others as the nearest float."""
    if value.denominator == 1 and abs(value.numerator) < 2**53:
        return str(value.numerator)
    try:
        return repr(float(value))
    except OverflowError:
        raise EvaluationError("a number of more than 308 digits is too large for float64") from None


def _coefficient(value: Fraction) -> tuple[str, str]:
    """How the size of a coefficient is written: what goes in front, and what is divided by."""
    literal = number_literal(value)
    short = Fraction(literal) == value and len(literal) <= 6
    if short or value.denominator == 1 or max(value.numerator, value.denominator) >= 2**20:
        return ("", "") if literal == "1" else (literal, "")
    return ("" if value.numerator == 1 else str(value.numerator)), str(value.denominator)


def product(factors: Factors, order: Order) -> Piece:
    """The product, broadcast over all its axes."""
    everything = (*factors.above, *factors.below)
    axes = union(everything, order)
    pieces = (_outer(factors.above, order),) if _is_outer(factors) else factors.above
    pieces = tuple(aligned(piece, axes) for piece in pieces)
    front, divisor = _coefficient(abs(factors.coefficient))
    below = [divisor] * bool(divisor) + [aligned(piece, axes).wrapped(POWER) for piece in factors.below]
    fragile = any(piece.fragile for piece in everything) or bool(factors.below)
    if len(pieces) == 1 and not front and not below:
        result = replace(pieces[0], axes=axes)
    else:
        least = MATRIX_PRODUCT if len(pieces) == 1 and not front else PRODUCT
        above = [front] * bool(front) + [piece.wrapped(least) for piece in pieces]
        text = " * ".join(above) or "1"
        if below:
            text += f" / {below[0]}" if len(below) == 1 else f" / ({' * '.join(below)})"
        result = Piece(text, PRODUCT if above[1:] or below else ATOM, axes, fragile)
    if factors.coefficient < 0:
        return replace(result, text=f"-{result.wrapped(MATRIX_PRODUCT)}", strength=SUM)
    return result


def _is_outer(factors: Factors) -> bool:
    shapes = [piece.axes for piece in factors.above]
    return len(shapes) == 2 and all(len(axes) == 1 for axes in shapes) and shapes[0] != shapes[1] and not factors.below


def _outer(above: Sequence[Piece], order: Order) -> Piece:
    first, second = sorted(above, key=lambda piece: list(order).index(piece.axes[0]))
    return Piece(f"np.outer({first.text}, {second.text})", ATOM, first.axes + second.axes)


def joined(pieces: Sequence[Piece], operator: str, least: int, strength: int, order: Order) -> Piece:
    """Pieces with an operator between them, broadcast over all their axes."""
    axes = union(pieces, order)
    text = operator.join(aligned(piece, axes).wrapped(least) for piece in pieces)
    return Piece(text, strength, axes, any(piece.fragile for piece in pieces))


def chosen(conditions: Sequence[Piece], value: Piece, otherwise: Piece, order: Order) -> Piece:
    """`np.where(conditions, value, otherwise)`: a gate shuts out even what is infinite behind it."""
    axes = union((*conditions, value, otherwise), order)
    least = SUM if len(conditions) > 1 else COMPARISON
    condition = " & ".join(aligned(piece, axes).wrapped(least) for piece in conditions)
    sides = ", ".join(_as_float(aligned(piece, axes).text) for piece in (value, otherwise))
    text = f"np.where({condition}, {sides})"
    return Piece(text, ATOM, axes, otherwise.fragile)


def gated(conditions: Sequence[Piece], value: Piece, order: Order) -> Piece:
    """The value where all conditions hold, else zero."""
    return chosen(conditions, value, Piece("0"), order) if conditions else value


def _as_float(text: str) -> str:
    return f"{text}.0" if text.removeprefix("-").isdecimal() else text


def reduced(method: str, piece: Piece, over: Sequence[Axis]) -> Piece:
    """The array reduced by one of its methods (`sum`, `max`) over some of its axes."""
    rest = tuple(axis for axis in piece.axes if axis not in over)
    places = [str(piece.axes.index(axis)) for axis in piece.axes if axis in over]
    argument = f"axis={places[0]}" if len(places) == 1 else f"axis=({', '.join(places)})"
    argument = argument if rest else ""
    return Piece(f"{piece.wrapped(ATOM)}.{method}({argument})", ATOM, rest, piece.fragile)


def contraction(groups: Sequence[Factors], conditions: Sequence[Piece], over: Sequence[Axis], order: Order) -> Piece:
    """The sum over some axes of a product in which every factor depends on at least one of these axes."""
    merged = _merged(groups, lambda one, other: one.axes == other.axes)
    if len(merged) == 1 and not conditions and len(merged[0].axes) == 1:
        only = merged[0]
        if len(only.above) == 2 and not only.below and only.coefficient == 1:
            return replace(joined(only.above, " @ ", POWER, MATRIX_PRODUCT, order), axes=())
    if len(merged) > 2:
        merged = _merged(merged, lambda one, other: one.axes <= other.axes)
    pieces = [product(group, order) for group in merged]
    guarded = _with_conditions(pieces, conditions, order)
    if guarded is None or len(guarded) == 1:
        everything = Factors()
        for group in merged:
            everything = everything.times(group)
        return reduced("sum", gated(conditions, product(everything, order), order), over)
    if len(guarded) == 2:
        first, second = guarded
        written = _matrix_product(first, second, over[0], order) if len(over) == 1 else None
        written = written or _tensor_product(first, second, over, order)
        if written is not None:
            return written
    return _einsum(guarded, over, order)


def _merged(groups: Sequence[Factors], belongs: Callable[[Factors, Factors], bool]) -> list[Factors]:
    """The groups with each written into the first larger (or equal) one that it belongs to, as long as two are left."""
    result: list[Factors] = []
    for group in sorted(groups, key=lambda group: -len(group.axes)):
        for place, other in enumerate(result):
            if belongs(group, other):
                result[place] = other.times(group)
                break
        else:
            result.append(group)
    return result


def _with_conditions(pieces: list[Piece], conditions: Sequence[Piece], order: Order) -> list[Piece] | None:
    """The pieces with each condition put around one that has its axes; None if only the whole product will do."""
    guarded = list(pieces)
    for condition in conditions:
        own = set(condition.axes)
        homes = [place for place, piece in enumerate(pieces) if own <= set(piece.axes)]
        exposed = [p for p, piece in enumerate(pieces) if piece.fragile and p not in homes and own & set(piece.axes)]
        if not homes or exposed:
            return None
        for place in homes:
            if place == homes[0] or pieces[place].fragile:
                guarded[place] = gated([condition], guarded[place], order)
    return guarded


def _matrix_product(first: Piece, second: Piece, over: Axis, order: Order) -> Piece | None:
    """The contraction of one shared axis as `left @ right`, if that is what it is."""
    if set(first.axes) & set(second.axes) != {over}:
        return None
    outer = [tuple(axis for axis in piece.axes if axis is not over) for piece in (first, second)]
    left, right = first, second
    if len(first.axes) == 1 or len(second.axes) == 1:
        vector, matrix = (first, second) if len(first.axes) == 1 else (second, first)
        if len(matrix.axes) == 1 or (matrix.axes[0] is over and len(matrix.axes) == 2):
            left, right = vector, matrix
        elif matrix.axes[-1] is over:
            left, right = matrix, vector
        else:
            return None
    else:
        position = list(order).index
        if min(map(position, outer[0])) > min(map(position, outer[1])):
            left, right = second, first
        if len(right.axes) != 2 or (len(left.axes) > 2 and left.axes[-1] is not over):
            return None
        if len(left.axes) == 2 and left.axes[-1] is not over:
            left = transposed(left, left.axes[::-1])
        if right.axes[0] is not over:
            right = transposed(right, right.axes[::-1])
    axes = tuple(axis for axis in (*left.axes, *right.axes) if axis is not over)
    text = f"{left.wrapped(POWER)} @ {right.wrapped(POWER)}"
    return Piece(text, MATRIX_PRODUCT, axes, first.fragile or second.fragile)


def _tensor_product(first: Piece, second: Piece, over: Sequence[Axis], order: Order) -> Piece | None:
    """The contraction of two arrays as `tensordot`, or as `@` for each place of the axes that stay in both."""
    common = set(first.axes) & set(second.axes)
    if not set(over) <= common:
        return None
    batch = tuple(axis for axis in order if axis in common and axis not in over)
    left, right = first, second
    rests = [[axis for axis in piece.axes if axis not in common] for piece in (first, second)]
    if all(rests) and list(order).index(rests[0][0]) > list(order).index(rests[1][0]):
        left, right, rests = second, first, rests[::-1]
    fragile = first.fragile or second.fragile
    if not batch:
        axes = (*rests[0], *rests[1])
        places = [[piece.axes.index(axis) for axis in over] for piece in (left, right)]
        return Piece(f"np.tensordot({left.text}, {right.text}, {tuple(places)})", ATOM, axes, fragile)
    if not all(len(group) == 1 for group in (*rests, over)):
        return None
    left = transposed(left, (*batch, rests[0][0], over[0]))
    right = transposed(right, (*batch, over[0], rests[1][0]))
    text = f"{left.wrapped(POWER)} @ {right.wrapped(POWER)}"
    return Piece(text, MATRIX_PRODUCT, (*batch, rests[0][0], rests[1][0]), fragile)


def _einsum(pieces: Sequence[Piece], over: Sequence[Axis], order: Order) -> Piece:
    axes = tuple(axis for axis in union(pieces, order) if axis not in over)
    letters: dict[Axis, str] = {}
    for axis in (*union(pieces, order),):
        spare = (letter for letter in ascii_letters if letter not in letters.values())
        wanted = axis.name[:1]
        free = wanted in ascii_letters and wanted not in letters.values()
        letters[axis] = wanted if wanted and free else next(spare)
    operands = ",".join("".join(letters[axis] for axis in piece.axes) for piece in pieces)
    subscripts = f"{operands}->{''.join(letters[axis] for axis in axes)}"
    best_order = ", optimize=True" if len(pieces) > 2 else ""
    text = f'np.einsum("{subscripts}", {", ".join(piece.text for piece in pieces)}{best_order})'
    return Piece(text, ATOM, axes, any(piece.fragile for piece in pieces))
