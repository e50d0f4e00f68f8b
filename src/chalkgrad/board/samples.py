"""Fitting the numbers that people give to the shapes that a program wants: one sample or a batch, scalars or rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import EvaluationError, ShapeError, UnknownNameError
from chalkgrad.language import Program, Role, Tensor
from chalkgrad.language.evaluate import by_sizes
from chalkgrad.language.sizes import fits as fits_size
from chalkgrad.language.sizes import size_number
from chalkgrad.networks.losses import Loss

Floats = NDArray[np.float64]


def as_floats(name: str, value: Any) -> Floats:
    """The value as an array of floats; raises `ShapeError` for what is none."""
    try:
        if np.iscomplexobj(value):
            raise TypeError
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ShapeError(f"the value of '{name}' is not an array of numbers with rows of equal length") from None


def by_own_names(program: Program, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by the program's names: people call the vector of the v_i V, so case is forgiven where it is clear.

    Raises `UnknownNameError` for a name that is not declared.

    >>> from chalkgrad import network
    >>> by_own_names(network("2-1 sigmoid bce").program, {"X": [1, 2], "W1": [[0], [1]]})
    {'x': [1, 2], 'W1': [[0], [1]]}
    """
    known = [tensor.name for tensor in program.declared]
    given: dict[str, Any] = {}
    for name, value in values.items():
        near = [own for own in known if own.casefold() == name.casefold() and own not in values]
        own = name if name in known else near[0] if len(near) == 1 else ""
        if not own or own in given:
            raise UnknownNameError("input or parameter", name, sorted(known))
        given[own] = value
    return given


def is_batch(sample_program: Program, values: Mapping[str, Any]) -> bool:
    """Whether the inputs have one axis more than those of one sample."""
    given = by_own_names(sample_program, values)
    for tensor in sample_program.declared:
        if tensor.role is Role.INPUT and tensor.name in given:
            return as_floats(tensor.name, given[tensor.name]).ndim == len(tensor.axes) + 1
    return False


def fitted(
    program: Program, values: Mapping[str, Any], only_inputs: bool = False, *, keep: bool = False
) -> dict[str, Floats]:
    """The values for the declared tensors of the program, in their shapes.

    An axis of size 1 may be left out (a target of shape (n,) for (n, 1)). Raises `UnknownNameError` for a name that is
    not declared, `EvaluationError` for one that is missing, `ShapeError` for a shape that does not fit. With
    `only_inputs` targets may be missing, and are taken as zero; with `keep` arrays of floats keep their type, and are
    not copied: they may be larger than memory.
    """
    known = {tensor.name: tensor for tensor in program.declared}
    values = by_own_names(program, values)
    arrays: dict[str, Floats] = {}
    sizes: dict[str, int] = {}
    for tensor in by_sizes(known.values()):
        name = tensor.name
        if name in values:
            value = values[name]
            kept = keep and isinstance(value, np.ndarray) and value.dtype.kind == "f"
            arrays[name] = _shaped(tensor, value if kept else as_floats(name, value), sizes)
        elif not (only_inputs and tensor.role is Role.TARGET):
            raise EvaluationError(f"no value was given for '{name}' of shape {_shape_text(tensor)}")
    for name, tensor in known.items():
        if name not in arrays:
            arrays[name] = np.zeros([size_number(axis.size, sizes) or 0 for axis in tensor.axes])
    return arrays


def training_data(
    program: Program, x: Any, y: Any, parameters: Mapping[str, Any], loss: Loss | None, dtype: str, of: str = ""
) -> tuple[Any, Any]:
    """Inputs and targets in the shapes that the program wants (see `fitted`); `of` tells messages what data they are.

    Raises `ChalkgradError` for entries that are not finite, and for targets that the loss (if it is known) cannot take.
    """
    from chalkgrad.training.arguments import check_data, check_rows_of_classes, check_targets
    from chalkgrad.training.trainer import data_names

    inputs, targets = data_names(program)
    width = program.tensor(targets).axes[-1].size
    check_rows_of_classes(y, loss, width if isinstance(width, int) else 1, targets)
    given = fitted(program, {inputs: x, targets: y, **parameters}, keep=True)
    check_data({inputs + of: given[inputs], targets + of: given[targets]}, dtype)
    if loss is not None:
        check_targets(given[targets], loss, targets + of)
    return given[inputs], given[targets]


def _shaped(tensor: Tensor, array: Floats, sizes: dict[str, int]) -> Floats:
    """The array in the tensor's shape; axes of size 1 may have been left out, and a named size is the array's own."""
    wanted = [axis.size for axis in tensor.axes]
    named = [k for k, size in enumerate(wanted) if isinstance(size, str)]
    ones_only = len(named) == 1 and all(size == 1 for size in wanted if not isinstance(size, str))
    shape: list[int] = []
    for k, size in enumerate(wanted):
        at = 0 if ones_only else k
        if isinstance(size, int):
            shape.append(size)
        elif at < array.ndim:
            shape.append(array.shape[at])
    fits = len(shape) == len(wanted) and array.size == int(np.prod(shape))
    if not fits or [size for size in array.shape if size != 1] != [size for size in shape if size != 1]:
        raise ShapeError(f"'{tensor.name}' needs the shape {_shape_text(tensor)}, but the value has {array.shape}")
    for k, size in enumerate(wanted):
        if isinstance(size, str) and not fits_size(size, shape[k], sizes):
            others = f"others have {sizes[size]}" if size in sizes else f"{size} is {size_number(size, sizes)}"
            raise ShapeError(f"'{tensor.name}' has {shape[k]} {'samples' if size == 'n' else 'places'}, but {others}")
    return array.reshape(shape)


def _shape_text(tensor: Tensor) -> str:
    return "(" + ", ".join(str(axis.size) for axis in tensor.axes) + ("," if len(tensor.axes) == 1 else "") + ")"
