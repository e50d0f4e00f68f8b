"""Data by name: a generator's, the iris petals, or a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from chalkgrad.errors import UnknownNameError
from chalkgrad.networks.losses import Loss
from chalkgrad.training.arguments import check_targets
from chalkgrad.training.data import GENERATORS, Dataset, generate
from chalkgrad.training.frames import KINDS, Frame, frame_of, read_frame
from chalkgrad.training.tables import iris_petals, read_table


def frame_named(source: str, seed: int = 0) -> Frame:
    """The table that a name or a file stands for; raises `UnknownNameError` with the nearest name, `ReadingError`.

    >>> list(frame_named("xor").columns), len(frame_named("iris"))
    (['x1', 'x2', 'class'], 100)
    """
    made = _by_name(source, seed)
    return read_frame(source) if made is None else frame_of(made)


def dataset_named(source: str, target: str | None = None, seed: int = 0, loss: Loss | None = None) -> Dataset:
    """The data set that a name or a file stands for, with nothing missing, and targets such as the loss takes.

    Raises as `frame_named` does, and `ChalkgradError` for targets that the loss has no meaning for.

    >>> from chalkgrad.networks import loss_named
    >>> sorted(set(dataset_named("xor", loss=loss_named("hinge")).y.ravel().tolist()))
    [-1.0, 1.0]
    """
    made = _by_name(source, seed)
    found = read_table(source, target, loss=loss) if made is None else made
    if loss is not None and loss.classes is not None:
        if made is not None and made.classes:
            found = replace(made, y=np.where(made.y > 0, *reversed(loss.classes)))
        check_targets(found.y, loss, found.target)
    return found


def _by_name(source: str, seed: int) -> Dataset | None:
    if source == "iris":
        return iris_petals()
    if source in GENERATORS:
        return generate(source, seed=seed)
    if Path(source).suffix.lower() not in KINDS and not Path(source).exists():
        raise UnknownNameError("data set", source, [*GENERATORS, "iris"])
    return None
