"""What people hand to training, looked at before it begins: numbers, data, targets that a loss can take, weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError, nearest
from chalkgrad.networks.losses import Loss
from chalkgrad.networks.optimisers import optimiser_named

_ROWS_AT_ONCE = 100_000  # data may be larger than memory
_CLOSE = 1e-3  # how far from 1 a sum of float32 probabilities may be


def whole_number(what: str, value: Any, least: int) -> int:
    """The value as an int; raises `ChalkgradError` unless it is a whole number from `least`.

    >>> whole_number("the seed", np.int64(3), 0)
    3
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least:
        return int(value)
    raise ChalkgradError(f"{what} is a whole number from {least}, not {value!r}")


def finite_number(what: str, value: Any, least: float = -math.inf) -> None:
    """Raises `ChalkgradError` unless the value is a finite number, from `least` on.

    >>> finite_number("the rate", 0.1, least=0)
    """
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value < least:
        kind = "a finite number" + ("" if least == -math.inf else f" from {least:g}")
        raise ChalkgradError(f"{what} is {kind}, not {value!r}")


def check_names(optimizer: Any, given: Iterable[str], arguments: Iterable[str]) -> None:
    """Raises `UnknownNameError` for a name that is no hyper-parameter of the optimiser, with the nearest of all names.

    >>> check_names("sgd", ["epoch"], ["epochs", "batch"])
    Traceback (most recent call last):
    chalkgrad.errors.UnknownNameError: there is no hyper-parameter of sgd 'epoch'; did you mean 'epochs'?
    """
    if not isinstance(optimizer, str):
        raise ChalkgradError(f"an optimiser is given by its name, not by {optimizer!r}")
    row = optimiser_named(optimizer)
    for name in given:
        if name not in row.defaults:
            known = [*row.defaults, *arguments]
            kind = f"hyper-parameter of {row.name}"
            raise UnknownNameError(kind, name, known if nearest(name, known) else row.defaults)


def check_data(data: Mapping[str, Any], dtype: str) -> None:
    """Raises `ChalkgradError`, with the sample, for an entry that is not finite, or too large for the type of numbers.

    >>> check_data({"x": np.array([[1.0], [np.nan]])}, "float32")
    Traceback (most recent call last):
    chalkgrad.errors.ChalkgradError: 'x' has the entry nan for sample 1; training needs finite numbers
    """
    most = float(np.finfo(dtype).max)
    for name, values in data.items():
        for first in range(0, len(values), _ROWS_AT_ONCE):
            sizes = np.abs(values[first : first + _ROWS_AT_ONCE])
            if sizes.size and not sizes.max() <= most:
                row = int((~(sizes <= most)).reshape(len(sizes), -1).any(axis=1).argmax())
                entry = next(entry for entry in np.ravel(values[first + row]) if not abs(entry) <= most)
                why = f"; {dtype} holds numbers up to {most:.3g}: scale them" if np.isfinite(entry) else ""
                needed = why or "; training needs finite numbers"
                raise ChalkgradError(f"'{name}' has the entry {entry:g} for sample {first + row}{needed}")


def check_weights(weights: Any, samples: int) -> Any:
    """The weights of samples as an array (samples,); raises `ShapeError`, and `ChalkgradError` for negative ones.

    >>> check_weights([[1], [2]], 2).tolist()
    [1.0, 2.0]
    """
    try:
        values = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        raise ShapeError("the weights of the samples are not numbers") from None
    if values.shape not in ((samples,), (samples, 1)):
        raise ShapeError(f"there are {samples} samples, but the weights have the shape {values.shape}")
    values = values.reshape(samples)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise ChalkgradError(f"the weight of sample {row} is {values[row]:g}; a weight is a finite number from 0")
    if not values.any():
        raise ChalkgradError("the weights of all samples are 0: nothing is left to train on")
    return values


def check_targets(y: Any, loss: Loss, name: str = "y") -> None:
    """Raises `ChalkgradError`, with the sample, for targets (samples, outputs) that the loss has no meaning for.

    >>> from chalkgrad.networks import loss_named
    >>> check_targets(np.array([[1.0], [2.0]]), loss_named("bce"))
    Traceback (most recent call last):
    chalkgrad.errors.ChalkgradError: 'y' has 2 for sample 1, but the targets of bce are 0 or 1, or a probability between
    """
    for first in range(0, len(y), _ROWS_AT_ONCE):
        part = np.asarray(y[first : first + _ROWS_AT_ONCE])
        row = misfit(part, loss)
        if row is not None:
            raise ChalkgradError(
                f"'{name}' has {_shown(part[row])} for sample {first + row}, "
                f"but the targets of {loss.name} are {loss.targets}"
            )


def misfit(y: Any, loss: Loss) -> int | None:
    """The first row of targets (samples, outputs) that the loss has no meaning for, or None.

    >>> from chalkgrad.networks import loss_named
    >>> misfit(np.array([[1.0], [0.0]]), loss_named("hinge"))
    1
    """
    if loss.classes is None:
        return None
    fits = np.abs(y) == 1 if loss.classes[0] < 0 else (y >= 0) & (y <= 1)
    right = fits.reshape(len(y), -1).all(axis=1)
    if loss.term is None:
        right &= np.abs(y.sum(axis=-1) - 1) <= _CLOSE
    return None if right.all() else int((~right).argmax())


def _shown(row: Any) -> str:
    return ", ".join(f"{entry:g}" for entry in np.ravel(row)[:5]) + (", …" if np.size(row) > 5 else "")


def check_rows_of_classes(y: Any, loss: Loss | None, outputs: int, name: str = "y") -> None:
    """Raises `ShapeError` where the numbers of classes were given instead of a row for each sample, and says how.

    >>> from chalkgrad.networks import loss_named
    >>> check_rows_of_classes([0, 2, 1], loss_named("cross_entropy"), 3)
    Traceback (most recent call last):
    chalkgrad.errors.ShapeError: 'y' needs a row of 3 numbers for each sample, not a class's number: np.eye(3)[y]
    """
    shape = np.shape(y)
    if outputs > 1 and loss is not None and loss.classes is not None and (len(shape) == 1 or shape[1:] == (1,)):
        how = f"np.eye({outputs})[{name}]"
        raise ShapeError(f"'{name}' needs a row of {outputs} numbers for each sample, not a class's number: {how}")
