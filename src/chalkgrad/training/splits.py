"""Parts of a data set for training, validation and test: drawn with a seed, each class in the same shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.shuffling import epoch_order
from chalkgrad.errors import ChalkgradError

_GOLDEN = 0.6180339887498949
_SPLIT = 2**32  # no epoch has this number, so that parts and orders are drawn apart


def split(
    count: int, validation: float = 0.2, test: float = 0.2, seed: int = 0, labels: NDArray[np.int64] | None = None
) -> dict[str, NDArray[np.int64]]:
    """The rows of each part: "train", "validation" and "test", those that have any.

    With `labels` (the number of each row's class) every class has its share in every part, to one sample or two.
    Raises `ChalkgradError` for shares that leave nothing to train on.

    >>> parts = split(100, labels=np.arange(100) % 2)
    >>> {name: (len(rows), int((rows % 2).sum())) for name, rows in parts.items()}
    {'train': (59, 30), 'validation': (20, 10), 'test': (21, 10)}
    """
    if validation < 0 or test < 0 or validation + test >= 1:
        raise ChalkgradError("validation and test are shares that leave something to train on: their sum is below 1")
    order = epoch_order(seed, _SPLIT, count)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    # Dealt out like cards: row k goes where the golden ratio's k-th multiple falls.
    place = (np.arange(count) * _GOLDEN) % 1
    parts = {
        "train": order[place >= test + validation],
        "validation": order[(place >= test) & (place < test + validation)],
        "test": order[place < test],
    }
    if not len(parts["train"]):
        raise ChalkgradError(
            f"of {count} samples nothing is left to train on, with {validation:g} for validation and "
            f"{test:g} for a test"
        )
    return {name: np.sort(rows) for name, rows in parts.items() if len(rows)}
