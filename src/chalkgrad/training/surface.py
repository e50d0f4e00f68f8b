"""The outputs of a network of two inputs on a grid, to be drawn as a surface or a boundary between classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.errors import ShapeError
from chalkgrad.language import Program
from chalkgrad.training.data import Floats, Standardisation
from chalkgrad.training.fit import predict

Bounds = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Surface:
    """The places along both axes, and the outputs: `values[row, column]` belongs to (x1[column], x2[row]).

    Of several outputs the value is the number of the greatest, and `leads[k]` by how much output k is above all others.
    """

    x1: Floats
    x2: Floats
    values: Floats
    leads: Floats | None = None


def bounds_of(x: Floats, margin: float = 0.1) -> Bounds:
    """The smallest and greatest value of each of two columns, with a margin relative to the width.

    >>> bounds_of(np.array([[0.0, 1.0], [10.0, 2.0]]))
    ((-1.0, 11.0), (0.9, 2.1))
    """
    points = np.asarray(x, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ShapeError(f"a surface is drawn over 2 variables, but the data has the shape {points.shape}")
    low, high = points.min(axis=0), points.max(axis=0)
    room = margin * np.where(high > low, high - low, 1.0)
    (a, c), (b, d) = (low - room).tolist(), (high + room).tolist()
    return (a, b), (c, d)


def prediction_surface(
    program: Program,
    parameters: Mapping[str, Any],
    bounds: Bounds,
    steps: int = 200,
    standardisation: Standardisation | None = None,
) -> Surface:
    """The outputs of a network with two inputs on a grid of `steps` by `steps` points within the bounds.

    The bounds are in the units of the data; `standardisation` is what the network's inputs were scaled by. Of several
    outputs the number of the greatest is given: the class.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program = Network(NetworkSpec((2, 1), ("identity",), "mse")).program
    >>> surface = prediction_surface(program, {"W1": [[1], [10]], "b1": [0]}, ((0, 1), (0, 2)), steps=2)
    >>> surface.values.tolist()
    [[0.0, 1.0], [20.0, 21.0]]
    """
    x1, x2 = (np.linspace(*interval, steps) for interval in bounds)
    points = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    outputs = predict(program, parameters, standardisation.apply(points) if standardisation else points)
    if outputs.shape[1] == 1:
        return Surface(x1, x2, outputs.reshape(steps, steps))
    ranked = np.sort(outputs, axis=1)
    others = np.where(outputs == ranked[:, -1:], ranked[:, -2:-1], ranked[:, -1:])
    leads = (outputs - others).T.reshape(-1, steps, steps)
    return Surface(x1, x2, outputs.argmax(axis=1).astype(np.float64).reshape(steps, steps), leads)
