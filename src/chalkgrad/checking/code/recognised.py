"""Slips that are recognised by their numbers, whatever the function: a sign, a factor, another block's gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from chalkgrad.checking.code.mistakes import row_of
from chalkgrad.checking.code.slips import CodeSlip, Floats
from chalkgrad.checking.gradcheck import BlockCheck, GradientCheck


def recognised(name: str, claimed: Mapping[str, Floats], right: Mapping[str, BlockCheck]) -> tuple[CodeSlip, ...]:
    """The slip that gives a block's numbers; none where they are right, or where it is not known.

    >>> from chalkgrad.checking.gradcheck import gradcheck
    >>> claimed = {"x": np.array([-2.0, -4.0])}
    >>> found = gradcheck(lambda p: (p["x"] ** 2).sum(), claimed, {"x": np.array([1.0, 2.0])})
    >>> [slip.kind for slip in recognised("x", claimed, {"x": found["x"]})]
    ['sign_flipped']
    """
    block, array = right[name], claimed[name]
    if block.accepts(array) or not np.isfinite(array).all():
        return ()
    for slip, mended in _mended(name, array, block):
        if block.accepts(mended) and np.abs(mended).max(initial=0.0) > 0:
            return (slip,)
    for other, check in right.items():
        if other != name and check.accepts(array):
            row = row_of("gradients_exchanged")
            return (CodeSlip(row.kind, f"It is the gradient by {other}.", row.hint),)
    return ()


def diagnosis(checked: GradientCheck) -> list[str]:
    """What slips the gradients of a check have, one in a line: those that are recognised by their numbers.

    >>> from chalkgrad.checking.gradcheck import gradcheck
    >>> diagnosis(gradcheck(lambda v: (v**3).sum(), lambda v: 6 * v**2, [1.0, 2.0]))
    ['point: There is a factor 2 too many.']
    """
    right = {block.name: block for block in checked.blocks}
    return [f"{name}: {slip.message}" for name in right for slip in recognised(name, checked.claimed, right)]


def _mended(name: str, array: Floats, block: BlockCheck) -> Iterator[tuple[CodeSlip, Floats]]:
    """What would be right if the block had a certain slip."""
    if array.shape == block.shape:
        yield _slip("sign_flipped", "The sign is flipped."), -array
        yield _slip("factor_of_two", "There is a factor 2 too many."), array / 2
        yield _slip("factor_of_two", "A factor 2 is missing."), 2 * array
        for count in sorted({size for size in array.shape if size > 2}):
            message = f"There is a factor {count} too many: it is the mean where a sum belongs, or the reverse."
            yield _slip("mean_missing", message), array / count
            yield _slip("mean_doubled", message.replace("too many", "missing")), array * count
        scale = _ratio(array, block.derivative)
        if scale is not None:
            yield _slip("factor_missing", f"It is {scale:.6g} times the derivative, in every entry."), array / scale
    if array.ndim == 2 and array.T.shape == block.shape:
        yield _slip("transposed", "It is the transpose of the gradient."), array.T
    for axis in range(array.ndim):
        summed = array.sum(axis=axis)
        if array.ndim > len(block.shape):
            message = f"The gradient by {name} is not summed over axis {axis}, which {name} does not have."
            yield _slip("bias_gradient_not_summed", message), summed


def _ratio(array: Floats, derivative: Floats) -> float | None:
    seen = np.isfinite(derivative)
    array, derivative = array[seen], derivative[seen]
    if not np.any(derivative) or not np.any(array) or array.size < 2:
        return None
    return float(np.vdot(array, derivative) / np.vdot(derivative, derivative)) or None


def _slip(kind: str, message: str) -> CodeSlip:
    return CodeSlip(kind, message, row_of(kind).hint)
