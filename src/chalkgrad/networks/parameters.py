"""Parameters by name and shape, and as one flat vector and back."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import Program

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Shapes = Mapping[str, tuple[int, ...]]


def parameter_shapes(program: Program) -> dict[str, tuple[int, ...]]:
    """The shapes of a program's parameters by name, in order; raises `ProgramError` where a size is not a number.

    >>> from chalkgrad.language import Axis, Role, Tensor
    >>> w, b = Tensor("w", (Axis("i", 2), Axis("j", 3)), Role.PARAMETER), Tensor("b", (), Role.PARAMETER)
    >>> parameter_shapes(Program((w, b), (), ()))
    {'w': (2, 3), 'b': ()}
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for tensor in program.parameters:
        sizes = tuple(axis.size for axis in tensor.axes if isinstance(axis.size, int))
        if len(sizes) != len(tensor.axes):
            raise ProgramError(
                f"the parameter '{tensor.name}' has the shape {tensor.shape}, whose sizes are not all known"
            )
        shapes[tensor.name] = sizes
    return shapes


def pack(shapes: Shapes, values: Mapping[str, Any]) -> NDArray[np.float64]:
    """The values of the parameters as one flat vector: in order of the shapes, each in row-major order.

    Raises `UnknownNameError` for a name without a shape, `ShapeError` for a missing value or another shape.

    >>> pack({"W": (2, 1), "b": (1,)}, {"b": [3], "W": [[1], [2]]})
    array([1., 2., 3.])
    """
    import numpy as np

    for name in values:
        if name not in shapes:
            raise UnknownNameError("parameter", name, shapes)
    parts = []
    for name, shape in shapes.items():
        if name not in values:
            raise ShapeError(f"no value was given for the parameter '{name}' of shape {shape}")
        part = np.asarray(values[name], dtype=np.float64)
        if part.shape != shape:
            raise ShapeError(f"'{name}' needs the shape {shape}, but the value has {part.shape}")
        parts.append(part.ravel())
    return np.concatenate(parts) if parts else np.zeros(0)


def unpack(shapes: Shapes, vector: Any) -> dict[str, NDArray[np.float64]]:
    """The parameters by name from one flat vector, the other way of `pack`; copies, so the vector is left alone.

    Raises `ShapeError` unless the vector has exactly as many entries as the parameters.

    >>> unpack({"W": (2, 1), "b": (1,)}, [1, 2, 3])["W"].tolist()
    [[1.0], [2.0]]
    """
    import numpy as np

    flat = np.asarray(vector, dtype=np.float64)
    needed = sum(prod(shape) for shape in shapes.values())
    if flat.shape != (needed,):
        raise ShapeError(
            f"the parameters need one vector of {needed} numbers, but the value has the shape {flat.shape}"
        )
    values: dict[str, NDArray[np.float64]] = {}
    start = 0
    for name, shape in shapes.items():
        values[name] = flat[start : start + prod(shape)].reshape(shape).copy()
        start += prod(shape)
    return values
