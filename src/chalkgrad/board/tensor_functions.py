"""What is done with whole tensors in formulas in Python: sums, softmax, norms, traces, inverses, einsum, masks."""

from __future__ import annotations

import re
from builtins import sum as sum_of
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import prod
from types import MappingProxyType
from typing import Any

from chalkgrad.board.labels import Label, Labelled, MisfitError, moved_axes, relabelled
from chalkgrad.board.tensors import (
    ATOM,
    AxisNames,
    TensorFormula,
    as_formula,
    elementwise,
    formula_of,
    merged_kinds,
)
from chalkgrad.errors import ShapeError, UnknownNameError
from chalkgrad.language import (
    MATRIX_FUNCTIONS,
    Axis,
    Call,
    Expression,
    Index,
    as_index,
    delta,
    function_named,
    index_value,
    indicator,
    matrix_function,
    multiply,
    named,
    substitute_axes,
    summation,
)


def sum(value: Any, axis: AxisNames = None) -> TensorFormula:
    """The sum over all axes, or over those that are named or counted.

    >>> from chalkgrad.board.tensors import tensor
    >>> sum(tensor("X", "n d"), "n")
    <sum(X, 'n') (d)>
    """
    return as_formula(value).sum(axis)


def mean(value: Any, axis: AxisNames = None) -> TensorFormula:
    """The mean over all axes, or over those that are named or counted."""
    return as_formula(value).mean(axis)


def max(value: Any, axis: AxisNames = None) -> TensorFormula:
    """The greatest value over all axes, or over those that are named or counted."""
    return as_formula(value).max(axis)


def min(value: Any, axis: AxisNames = None) -> TensorFormula:
    """The least value over all axes, or over those that are named or counted."""
    return as_formula(value).min(axis)


def logsumexp(value: Any, axis: AxisNames = None) -> TensorFormula:
    """log Σ exp over all axes, or over those that are named or counted.

    >>> from chalkgrad.board.tensors import tensor
    >>> logsumexp(tensor("z", "n c"), "c").expression
    <log(sum(c, exp(z[n,c])))>
    """
    of = as_formula(value)
    chosen = of.chosen(axis, "logsumexp")
    body = named.logsumexp(of.expression, *(label.axis for label in chosen if label.axis is not None))
    left = tuple(label for label in of.labels if label not in chosen)
    return formula_of(relabelled(body, left), f"logsumexp({of.text})", ATOM, of.kinds)


def softmax(value: Any, axis: AxisNames = -1) -> TensorFormula:
    """The exponentials over their sum along the last axis, or those that are named or counted.

    >>> from chalkgrad.board.tensors import tensor
    >>> softmax(tensor("z", "n c")).axes
    ('n', 'c')
    """
    of = as_formula(value)
    body = named.softmax(of.expression, *_axes(of, axis, "softmax"))
    return formula_of(Labelled(body, of.labels), f"softmax({of.text})", ATOM, of.kinds)


def log_softmax(value: Any, axis: AxisNames = -1) -> TensorFormula:
    """The logarithm of the softmax, in the form that does not overflow: z - logsumexp(z)."""
    of = as_formula(value)
    body = named.log_softmax(of.expression, *_axes(of, axis, "log_softmax"))
    return formula_of(Labelled(body, of.labels), f"log_softmax({of.text})", ATOM, of.kinds)


def argmax(value: Any, axis: str | int = -1) -> TensorFormula:
    """The first place of the greatest along the last axis, or one that is named or counted; its derivative is 0."""
    of = as_formula(value)
    (label,) = of.chosen(axis, "argmax")
    body = of.expression * 0 if label.axis is None else named.place_of_greatest(of.expression, label.axis)
    left = tuple(each for each in of.labels if each is not label)
    return formula_of(relabelled(body, left), f"argmax({of.text})", ATOM, of.kinds)


def _axes(of: TensorFormula, axis: AxisNames, called: str) -> list[Axis]:
    return [label.axis for label in of.chosen(axis, called) if label.axis is not None]


def norm(value: Any) -> TensorFormula:
    """The square root of the sum of squares of all elements."""
    of = as_formula(value)
    squares = (of**2).sum()
    return formula_of(Labelled(Call("sqrt", squares.expression), ()), f"norm({of.text})", ATOM, of.kinds)


def outer(one: Any, two: Any) -> TensorFormula:
    """The products of all elements of the one with all of the other.

    >>> from chalkgrad.board.tensors import tensor
    >>> outer(tensor("x", "d"), tensor("y", "d")).axes
    ('d', "d'")
    """
    first, second = as_formula(one), as_formula(two)
    bodies, labels = [], []
    for number, side in enumerate((first, second)):
        moved: dict[Axis, Index] = {}
        for label in side.labels:
            if label.axis is not None:
                own = Axis(f"{label.name} {number}", label.axis.size)
                moved[label.axis] = as_index(own)
                labels.append(Label(label.name, own))
        bodies.append(moved_axes(side.expression, moved))
    text = f"outer({first.text}, {second.text})"
    return formula_of(relabelled(multiply(*bodies), labels), text, ATOM, _kinds(text, first, second))


def einsum(places: str, *values: Any) -> TensorFormula:
    """A sum of products over letters: `einsum("ij,jk->ik", A, B)`; with no arrow letters that stand twice are summed.

    Raises `ShapeError` for letters that do not fit.

    >>> from chalkgrad.board.tensors import tensor
    >>> A = tensor("A", "d d")
    >>> einsum("ii->i", A).axes, einsum("ij,jk", A, A).axes
    (('d',), ('d', "d'"))
    """
    formulas = [as_formula(value) for value in values]
    text = f"einsum('{places}', {', '.join(each.text for each in formulas)})"
    found = re.fullmatch(r"([a-zA-Z]*(?:,[a-zA-Z]*)*)(?:->([a-zA-Z]*))?", places.replace(" ", ""))
    inside = found[1].split(",") if found else []
    if found is None or len(inside) != len(formulas):
        raise ShapeError(f"{text}: expected letters for each of the {len(formulas)} tensors, such as 'ij,jk->ik'")
    axes: dict[str, Axis] = {}
    names: dict[str, str] = {}
    bodies: list[Expression] = []
    for letters, formula in zip(inside, formulas, strict=True):
        if len(letters) != formula.ndim:
            raise ShapeError(f"{text}: '{letters}' for {formula.text}, which has {formula.ndim} axes")
        moved: dict[Axis, Index] = {}
        for letter, label in zip(letters, formula.labels, strict=True):
            own = axes.setdefault(letter, Axis(f"letter {letter}", label.size))
            names.setdefault(letter, label.name)
            if own.size != label.size:
                raise ShapeError(f"{text}: '{letter}' has the sizes {own.size} and {label.size}")
            if label.axis is not None:
                moved[label.axis] = as_index(own)
        bodies.append(moved_axes(formula.expression, moved))
    every = "".join(inside)
    kept = found[2] if found[2] is not None else "".join(sorted(c for c in set(every) if every.count(c) == 1))
    if not set(kept) <= set(axes) or len(set(kept)) != len(kept):
        raise ShapeError(f"{text}: '{kept}' has letters that no tensor has, or one twice")
    summed = [axis for letter, axis in axes.items() if letter not in kept]
    labels = [Label(names[letter], axes[letter]) for letter in kept]
    return formula_of(relabelled(summation(multiply(*bodies), *summed), labels), text, ATOM, _kinds(text, *formulas))


def where(condition: Any, one: Any, other: Any) -> TensorFormula:
    """The one where a mask such as `x > 0` holds, else the other."""
    mask = as_formula(condition)
    return mask * as_formula(one) + (1 - mask) * as_formula(other)


def maximum(one: Any, two: Any) -> TensorFormula:
    """The greater of two, element by element."""
    first, second = as_formula(one), as_formula(two)
    above = first >= second
    return above * first + (1 - above) * second


def minimum(one: Any, two: Any) -> TensorFormula:
    """The lesser of two, element by element."""
    return -maximum(-as_formula(one), -as_formula(two))


def split(value: Any, axis: str | int, parts: str) -> TensorFormula:
    """One axis as several, the last running fastest: `split(x, "d", "h=2 e=3")` of an axis of the size 6.

    All sizes are numbers. Raises `ShapeError` where they do not multiply to that of the axis.

    >>> from chalkgrad.board.tensors import tensor
    >>> split(tensor("x", "n d=6"), "d", "h=2 e=3").axes
    ('n', 'h', 'e')
    """
    of = as_formula(value)
    (label,) = of.chosen(axis, "split")
    text = f"split({of.text}, {axis!r}, {parts!r})"
    new = _parts(text, parts)
    sizes = [int(each.size) for each in new]
    if label.axis is None or label.size != prod(sizes):
        raise ShapeError(f"{text}: the axis has the size {label.size}, and its parts {' times '.join(map(str, sizes))}")
    at = of.labels.index(label)
    body = moved_axes(of.expression, {label.axis: _place_of(new)})
    return formula_of(relabelled(body, (*of.labels[:at], *new, *of.labels[at + 1 :])), text, ATOM, of.kinds)


def merge(value: Any, axes: str, name: str) -> TensorFormula:
    """Several axes as one, the last running fastest: `merge(x, "h e", "d")`; their sizes are numbers.

    >>> from chalkgrad.board.tensors import tensor
    >>> merge(tensor("x", "n h=2 e=3"), "h e", "d").shape
    ('n', 6)
    """
    of = as_formula(value)
    old = of.chosen(axes, "merge")
    text = f"merge({of.text}, {axes!r}, {name!r})"
    if any(label.axis is None or not isinstance(label.size, int) for label in old):
        raise ShapeError(f"{text}: expected axes whose sizes are numbers")
    own = {label.axis: Axis(f"merged {label.name}", label.size) for label in old if label.axis is not None}
    inner = [Label(label.name, own[label.axis]) for label in old if label.axis is not None]
    whole = Axis(f"{name} of all", prod(int(label.size) for label in old))
    body = moved_axes(of.expression, {axis: as_index(new) for axis, new in own.items()})
    body = summation(multiply(delta(whole, _place_of(inner)), body), *own.values())
    at = of.labels.index(old[0])
    left = [label for label in of.labels if label not in old]
    before = sum_of(label not in old for label in of.labels[:at])
    return formula_of(relabelled(body, (*left[:before], Label(name, whole), *left[before:])), text, ATOM, of.kinds)


def _parts(text: str, parts: str) -> list[Label]:
    found = [re.fullmatch(r"([^\W\d]\w*)=([1-9]\d*)", part) for part in parts.split()]
    new = [Label(each[1], Axis(f"part {each[1]}", int(each[2]))) for each in found if each is not None]
    if len(new) != len(found) or not new:
        raise ShapeError(f"{text}: expected names with sizes, such as 'h=2 e=3'")
    return new


def _place_of(parts: Sequence[Label]) -> Index:
    """The place in one axis of which these are the parts."""
    place = as_index(0)
    for label in parts:
        assert label.axis is not None
        place = place * int(label.size) + label.axis
    return place


def trace(value: Any) -> TensorFormula:
    """The sum of the diagonal of a square matrix; of many matrices, one for each."""
    of = as_formula(value)
    rows, columns = _square(of, "trace")
    body = summation(substitute_axes(of.expression, {columns: rows}), rows)
    return formula_of(relabelled(body, of.labels[:-2]), f"trace({of.text})", ATOM, of.kinds)


def diag(value: Any) -> TensorFormula:
    """The diagonal of a square matrix, or the matrix with a vector on its diagonal."""
    of = as_formula(value)
    text = f"diag({of.text})"
    if of.ndim == 1 and of.labels[0].axis is not None:
        row = of.labels[0].axis
        column = Axis(f"{row.name} across", row.size)
        labels = (of.labels[0], Label(of.labels[0].name, column))
        return formula_of(relabelled(multiply(of.expression, delta(row, column)), labels), text, ATOM, of.kinds)
    rows, columns = _square(of, "diag")
    return formula_of(relabelled(substitute_axes(of.expression, {columns: rows}), of.labels[:-1]), text, ATOM, of.kinds)


def inv(value: Any) -> TensorFormula:
    """The inverse of a square matrix; of many, one for each."""
    return _of_matrix("inverse", "inv", value)


def chol(value: Any) -> TensorFormula:
    """The lower triangular Cholesky factor of a positive definite matrix; of many, one for each."""
    return _of_matrix("cholesky", "chol", value)


def expm(value: Any) -> TensorFormula:
    """The exponential of a square matrix; of many, one for each."""
    return _of_matrix("exponential", "expm", value)


def det(value: Any) -> TensorFormula:
    """The determinant of a square matrix; of many, one for each."""
    return _of_matrix("determinant", "det", value)


def logdet(value: Any) -> TensorFormula:
    """log |det| of a square matrix; of many, one for each."""
    return _of_matrix("log_determinant", "logdet", value)


def _of_matrix(row: str, name: str, value: Any) -> TensorFormula:
    of = as_formula(value)
    text = f"{name}({of.text})"
    rows, columns = _square(of, name)
    at = (rows, columns) if MATRIX_FUNCTIONS[row].gives_matrix else ()
    inner = {rows: Axis("row", rows.size), columns: Axis("column", columns.size)}
    body = substitute_axes(of.expression, inner)
    found = matrix_function(row, body, inner[rows], inner[columns], at)
    labels = of.labels if at else of.labels[:-2]
    return formula_of(relabelled(found, labels), text, ATOM, of.kinds)


def _square(of: TensorFormula, called: str) -> tuple[Axis, Axis]:
    axes = [label.axis for label in of.labels[-2:]]
    if len(axes) < 2 or axes[0] is None or axes[1] is None or axes[0].size != axes[1].size:
        shape = ", ".join(map(str, of.shape))
        raise ShapeError(f"{called}({of.text}): expected a square matrix, and the shape is ({shape})")
    return axes[0], axes[1]


def eye(axis: str | int) -> TensorFormula:
    """The identity matrix along an axis, by its name or size: `eye("d")`."""
    row, column = Axis(str(axis), axis), Axis(f"{axis}'", axis)
    return formula_of(
        Labelled(delta(row, column), (Label(str(axis), row), Label(f"{axis}'", column))), f"eye({axis!r})", ATOM, {}
    )


def arange(axis: str | int) -> TensorFormula:
    """0, 1, … along an axis, by its name or size."""
    own = Axis(str(axis), axis)
    return formula_of(Labelled(index_value(own), (Label(str(axis), own),)), f"arange({axis!r})", ATOM, {})


def cumsum(value: Any, axis: str | int = -1) -> TensorFormula:
    """The sum of the elements up to each one, along the last axis or one that is named or counted.

    >>> from chalkgrad.board.tensors import tensor
    >>> cumsum(tensor("X", "n d"), "n").axes
    ('n', 'd')
    """
    of = as_formula(value)
    (label,) = of.chosen(axis, "cumsum")
    if label.axis is None:
        return of
    inner = Axis(f"{label.axis.name} up to it", label.axis.size)
    before = indicator("<=", index_value(inner), index_value(label.axis))
    body = summation(multiply(before, substitute_axes(of.expression, {label.axis: inner})), inner)
    return formula_of(Labelled(body, of.labels), f"cumsum({of.text})", ATOM, of.kinds)


def _kinds(text: str, *formulas: TensorFormula) -> Mapping[str, str]:
    try:
        return merged_kinds(*formulas)
    except MisfitError as problem:
        raise ShapeError(f"{text}: {problem}") from None


def function_of_elements(name: str) -> Callable[[Any], TensorFormula] | None:
    """The function of the table of that name or alias, of every element; None where there is none.

    >>> from chalkgrad.board.tensors import tensor
    >>> function_of_elements("gelu")(tensor("x", "n"))
    <gelu(x) (n)>
    """
    try:
        function_named(name)
    except UnknownNameError:
        return None
    return partial(elementwise, name)


OPERATIONS: Mapping[str, Callable[..., TensorFormula]] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            sum, mean, max, min, logsumexp, softmax, log_softmax, norm, outer, einsum, split, merge, where, maximum,
            minimum, trace, diag, inv, chol, expm, det, logdet, eye, arange, cumsum, argmax,
        )
    }
)  # fmt: skip
