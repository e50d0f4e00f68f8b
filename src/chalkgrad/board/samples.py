"""Fitting the numbers that people give to the shapes that a program wants: one sample or a batch, scalars or rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import EvaluationError, ShapeError, UnknownNameError
from chalkgrad.language import Program, Role, Tensor

Floats = NDArray[np.float64]


def as_floats(name: str, value: Any) -> Floats:
    """The value as an array of floats; raises `ShapeError` for what is none."""
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ShapeError(f"the value of '{name}' is not an array of numbers with rows of equal length") from None


def is_batch(sample_program: Program, values: Mapping[str, Any]) -> bool:
    """Whether the inputs have one axis more than those of one sample."""
    for tensor in sample_program.declared:
        if tensor.role is Role.INPUT and tensor.name in values:
            return as_floats(tensor.name, values[tensor.name]).ndim == len(tensor.axes) + 1
    return False


def fitted(program: Program, values: Mapping[str, Any], only_inputs: bool = False) -> dict[str, Floats]:
    """The values for the declared tensors of the program, in their shapes.

    An axis of size 1 may be left out (a target of shape (n,) for (n, 1)). Raises `UnknownNameError` for a name that is
    not declared, `EvaluationError` for one that is missing, `ShapeError` for a shape that does not fit. With
    `only_inputs` targets may be missing, and are taken as zero.
    """
    known = {tensor.name: tensor for tensor in program.declared}
    for name in values:
        if name not in known:
            raise UnknownNameError("input or parameter", name, sorted(known))
    arrays: dict[str, Floats] = {}
    sizes: dict[str, int] = {}
    for name, tensor in known.items():
        if name in values:
            arrays[name] = _shaped(tensor, as_floats(name, values[name]), sizes)
        elif not (only_inputs and tensor.role is Role.TARGET):
            raise EvaluationError(f"no value was given for '{name}' of shape {_shape_text(tensor)}")
    for name, tensor in known.items():
        if name not in arrays:
            arrays[name] = np.zeros(
                [axis.size if isinstance(axis.size, int) else sizes[axis.size] for axis in tensor.axes]
            )
    return arrays


def _shaped(tensor: Tensor, array: Floats, sizes: dict[str, int]) -> Floats:
    wanted = [axis.size for axis in tensor.axes]
    named = [k for k, size in enumerate(wanted) if isinstance(size, str)]
    fixed = 1
    for size in wanted:
        fixed *= size if isinstance(size, int) else 1
    if len(named) == 1 and array.ndim and all(isinstance(size, str) or size == 1 for size in wanted):
        shape: tuple[int | str, ...] = tuple(array.shape[0] if isinstance(size, str) else size for size in wanted)
    else:
        shape = tuple(array.shape[k] if k in named and k < array.ndim else size for k, size in enumerate(wanted))
    squeezed = tuple(size for size in shape if size != 1)
    fits = all(isinstance(size, int) for size in shape) and array.size == int(np.prod(shape))
    if not fits or tuple(size for size in array.shape if size != 1) != squeezed:
        raise ShapeError(f"'{tensor.name}' needs the shape {_shape_text(tensor)}, but the value has {array.shape}")
    for k in named:
        size = wanted[k]
        assert isinstance(size, str)
        if sizes.setdefault(size, int(shape[k])) != shape[k]:
            message = f"'{tensor.name}' has {shape[k]} samples, but others have {sizes[size]}"
            raise ShapeError(message)
    return array.reshape(shape)


def _shape_text(tensor: Tensor) -> str:
    return "(" + ", ".join(str(axis.size) for axis in tensor.axes) + ("," if len(tensor.axes) == 1 else "") + ")"
