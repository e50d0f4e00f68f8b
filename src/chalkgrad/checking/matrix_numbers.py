"""Functions of whole matrices at many points at once, with their dual numbers, by hand as in `checking.vectors`.

A matrix has its batches, rows and columns, then the directions and the points. One that is singular gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chalkgrad.checking.numbers_at_points import Floats, Numbers
from chalkgrad.errors import EvaluationError


def _stacked(array: Floats) -> Floats:
    """Directions and points as batches, the rows and columns last."""
    return np.moveaxis(array, (-4, -3), (-2, -1))


def _spread(array: Floats) -> Floats:
    return np.moveaxis(array, (-2, -1), (-4, -3))


def _inverses(stack: Floats) -> Floats:
    """The inverse of each matrix of a stack."""
    try:
        return np.linalg.inv(stack).astype(np.float64)
    except np.linalg.LinAlgError:
        flat = stack.reshape(-1, *stack.shape[-2:])
        found = np.full(flat.shape, np.nan)
        for place, matrix in enumerate(flat):
            if np.isfinite(matrix).all() and np.linalg.matrix_rank(matrix) == len(matrix):
                found[place] = np.linalg.inv(matrix)
        return found.reshape(stack.shape).astype(np.float64)


def _inverse(matrix: Numbers) -> Numbers:
    value = _inverses(_stacked(matrix.value))
    if matrix.slope is None:
        return Numbers(_spread(value))
    return Numbers(_spread(value), -_spread(value @ _stacked(matrix.slope) @ value))


def _relative_slope(matrix: Numbers) -> Floats | None:
    """The slope of a determinant over its value: the trace of the inverse times the slope."""
    if matrix.slope is None:
        return None
    found: Floats = np.einsum("...ij,...ji->...", _inverses(_stacked(matrix.value)), _stacked(matrix.slope))
    return found


def _determinant(matrix: Numbers) -> Numbers:
    value, slope = np.linalg.det(_stacked(matrix.value)), _relative_slope(matrix)
    return Numbers(value, None if slope is None else value * slope)


def _log_determinant(matrix: Numbers) -> Numbers:
    value = np.linalg.slogdet(_stacked(matrix.value)).logabsdet
    return Numbers(np.where(np.isneginf(value), np.nan, value), _relative_slope(matrix))


def _cholesky(matrix: Numbers) -> Numbers:
    whole = _stacked(matrix.value)
    symmetric = (whole + whole.swapaxes(-1, -2)) / 2
    try:
        value = np.linalg.cholesky(symmetric).astype(np.float64)
    except np.linalg.LinAlgError:
        return Numbers(np.full_like(whole, np.nan))
    if matrix.slope is None:
        return Numbers(_spread(value))
    slope = _stacked(matrix.slope)
    undone = np.linalg.inv(value)
    inner = np.tril(undone @ (slope + slope.swapaxes(-1, -2)) @ undone.swapaxes(-1, -2)) / 2
    diagonal = np.einsum("...ii->...i", inner)
    diagonal /= 2
    return Numbers(_spread(value), _spread((value @ inner).astype(np.float64)))


def _exponential(matrix: Numbers) -> Numbers:
    from scipy.linalg import expm

    whole = _stacked(matrix.value)
    if matrix.slope is None:
        return Numbers(_spread(expm(whole)))
    slope = _stacked(matrix.slope)
    shape = np.broadcast_shapes(whole.shape, slope.shape)
    along, size = np.broadcast_to(whole, shape), whole.shape[-1]
    upper = np.concatenate([along, np.broadcast_to(slope, shape)], -1)
    found = expm(np.concatenate([upper, np.concatenate([np.zeros(shape), along], -1)], -2))
    return Numbers(_spread(expm(whole)), _spread(found[..., :size, size:]))


def _exponential_slope(matrix: Numbers) -> Numbers:
    raise EvaluationError("the derivative of a matrix exponential is no formula that is compared")


MATRICES: dict[str, Callable[[Numbers], Numbers]] = {
    "inverse": _inverse,
    "cholesky": _cholesky,
    "exponential": _exponential,
    "exponential_slope": _exponential_slope,
    "determinant": _determinant,
    "log_determinant": _log_determinant,
}
