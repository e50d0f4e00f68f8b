"""Where in the LaTeX a slip sits: the parts of the writer's formula that the smallest edit changes.

The formula and the mended one are walked side by side; what differs is looked up among the parts that were read, each
with its place. A part that is not found as it is written is looked up by its shape, letters of indices apart; failing
that the part around it is taken, and at last the whole side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

from chalkgrad.checking.places import Mark, mark
from chalkgrad.language import (
    Add,
    Call,
    Delta,
    Element,
    Expression,
    Index,
    Indicator,
    Max,
    Multiply,
    Number,
    Power,
    Sum,
    children,
    multiply,
    substitute_axes,
)
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Span

Path: TypeAlias = tuple[Expression, ...]  # from the whole formula down to what changes


def marks(
    equation: WrittenEquation,
    side: Span,
    expression: Expression | None,
    mended: Expression | None,
    parts: Sequence[tuple[Expression, Span]],
) -> tuple[Mark, ...]:
    """The parts of a side to underline, from left to right; all of it where nothing smaller is known.

    `expression` is what the side says and `mended` what it should say; `parts` has what stands where in it.
    """
    if mended is None or expression is None:
        return (mark(equation, side),)
    places = _Places(parts)
    spans = {places.of(path, equation.latex) or side for path in _changes(expression, mended, ())}
    inner = [span for span in spans or {side} if not any(_within(other, span) for other in spans - {span})]
    return tuple(mark(equation, span) for span in sorted(inner))


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


class _Places:
    """Where the parts of a side stand."""

    def __init__(self, parts: Sequence[tuple[Expression, Span]]) -> None:
        self.exact: dict[int, list[Span]] = {}
        self.alike: dict[Any, list[Span]] = {}
        for part, span in sorted(parts, key=lambda each: each[1][1] - each[1][0]):
            if span[1] > span[0]:
                self.exact.setdefault(part.identity, []).append(span)
                self.alike.setdefault(_shape(part), []).append(span)

    def of(self, path: Path, text: str) -> Span | None:
        """Where the last part of the path stands that is known; a term with its sign."""
        for depth in range(len(path) - 1, -1, -1):
            beside = [other for other in children(path[depth - 1]) if other is not path[depth]] if depth else []
            others = [span for other in beside for span in self._spans(other)]
            known = self._spans(path[depth])
            alone = [span for span in known if not any(_within(span, other) for other in others)]
            if known:
                span = (alone or known)[0]
                return _with_sign(span, text) if depth and isinstance(path[depth - 1], Add) else span
        return None

    def _spans(self, node: Expression) -> list[Span]:
        for each in (node, -node):
            found = self.exact.get(each.identity) or self.alike.get(_shape(each))
            if found:
                return found
        return []


def _with_sign(span: Span, text: str) -> Span:
    before = text[: span[0]].rstrip()
    return (len(before) - 1, span[1]) if before.endswith(("+", "-")) else span


def _shape(node: Expression) -> Any:
    """What an expression looks like, whatever the letters of its indices."""
    match node:
        case Element(tensor=tensor, indices=indices):
            return (tensor.name, *map(_index_shape, indices))
        case Add() | Multiply():
            return (type(node).__name__, frozenset(Counter(map(_shape, children(node))).items()))
        case Call(function=function, order=order, argument=argument):
            return (function, order, _shape(argument))
        case Sum(axis=axis, body=body) | Max(axis=axis, body=body):
            return (type(node).__name__, axis.size, _shape(body))
        case Indicator(comparison=comparison):
            return (comparison, *map(_shape, children(node)))
        case Delta(left=left, right=right):
            return ("delta", _index_shape(left), _index_shape(right))
        case Power():
            return ("power", *map(_shape, children(node)))
    return node.identity


def _index_shape(index: Index) -> Any:
    return index.offset if index.axis is None else (str(index.axis.size), index.offset)


def _changes(before: Expression, after: Expression, above: Path) -> list[Path]:
    """The innermost parts of the one that the other does not have."""
    if before is after:
        return []
    path = (*above, before)
    match before, after:
        case Sum(), Sum() if before.axis.size == after.axis.size:
            return _changes(before.body, substitute_axes(after.body, {after.axis: before.axis}), path)
        case Sum(), _:
            return [path, *_freed(before, after, path)]
        case Add(), Add():
            return _among_terms(before, after.terms, path)
        case Add(), _ if after in before.terms:
            return _among_terms(before, (after,), path)
        case (Multiply(), _) | (_, Multiply()):
            return _among_factors(before, after, path)
        case Power(), Power() if before.base is after.base:
            return _changes(before.exponent, after.exponent, path)
        case Power(), Power() if before.exponent is after.exponent:
            return _changes(before.base, after.base, path)
        case Call(), Call() if (before.function, before.order) == (after.function, after.order):
            return _changes(before.argument, after.argument, path)
    return [path]


def _freed(before: Sum, after: Expression, path: Path) -> list[Path]:
    """What changes inside a sum that is taken away, its index being a free one afterwards."""
    axes = [axis for axis in after.free - before.free if axis.size == before.axis.size]
    if not axes:
        return []
    body = substitute_axes(before.body, {before.axis: min(axes, key=lambda axis: axis.name)})
    return _changes(body, after, path)


def _among_factors(before: Expression, after: Expression, path: Path) -> list[Path]:
    size, factors = _factors(before)
    wanted_size, wanted = _factors(after)
    gone, new = _difference(factors, wanted), _difference(wanted, factors)
    found: list[Path] = []
    if (size < 0) != (wanted_size < 0):
        sums = [factor for factor in factors if isinstance(factor, Add)]
        found.append((*path, sums[0]) if sums and len(path) == 1 + _depth_of_sums(path) else path)
    if abs(size) != abs(wanted_size):
        numbers = [factor for factor in children(before) if isinstance(factor, Number)]
        found.append((*path, *numbers) if numbers else path)
    if len(gone) == 1 and new and (gone[0] is not before or multiply(*new) is not after):
        found += _changes(gone[0], multiply(*new), path)
    elif gone:
        found += [(*path, factor) for factor in gone]
    elif new:
        found.append(path)
    return found


def _depth_of_sums(path: Path) -> int:
    """How many sums stand around the last part, if nothing else does."""
    return sum(isinstance(node, Sum) for node in path[:-1])


def _factors(node: Expression) -> tuple[Any, list[Expression]]:
    """The number in front of a product, and its other factors."""
    factors = node.factors if isinstance(node, Multiply) else (node,)
    first = factors[0]
    if isinstance(first, Number):
        return first.value, list(factors[1:])
    return 1, list(factors)


def _among_terms(before: Add, wanted: Sequence[Expression], path: Path) -> list[Path]:
    gone, new = _difference(before.terms, wanted), _difference(wanted, before.terms)
    if not gone or len(gone) == len(before.terms) > 1:
        return [path]
    if len(gone) == 1 and len(new) == 1 and new[0] is not -gone[0]:
        return _changes(gone[0], new[0], path)
    return [(*path, term) for term in gone]


def _difference(one: Sequence[Expression], other: Sequence[Expression]) -> list[Expression]:
    """What of the one the other does not have, each as often as it has too many."""
    left = Counter(node.identity for node in other)
    found = []
    for node in one:
        if left[node.identity]:
            left[node.identity] -= 1
        else:
            found.append(node)
    return found
