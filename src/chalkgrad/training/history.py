"""The epochs of a training as a table for people and programs: CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from chalkgrad.files import write_atomically
from chalkgrad.training.data import Floats
from chalkgrad.training.session import Epoch


def history_csv(epochs: Sequence[Epoch]) -> str:
    """One line for each epoch under a header; what there is none of is empty.

    >>> print(history_csv([Epoch(1, 4, 0.5, None, 0.1, 0.25)]), end="")
    epoch,step,loss,validation_loss,rate,seconds
    1,4,0.5,,0.1,0.25
    """
    header = ",".join(column.name for column in fields(Epoch))
    lines = [",".join("" if value is None else f"{value:.9g}" for value in asdict(e).values()) for e in epochs]
    return "\n".join([header, *lines]) + "\n"


def history_json(epochs: Sequence[Epoch]) -> str:
    """A list of objects, one for each epoch."""
    return json.dumps([asdict(epoch) for epoch in epochs], indent=1) + "\n"


def write_history(epochs: Sequence[Epoch], folder: str | Path) -> None:
    """Writes history.csv and history.json to a folder."""
    write_atomically(Path(folder) / "history.csv", history_csv(epochs))
    write_atomically(Path(folder) / "history.json", history_json(epochs))


def curves(epochs: Sequence[Epoch]) -> dict[str, Floats]:
    """The losses by epoch for a plot: of training, and of validation where there is one."""
    found = {"training": np.array([epoch.loss for epoch in epochs])}
    kept = [epoch.validation_loss for epoch in epochs if epoch.validation_loss is not None]
    return found | ({"validation": np.array(kept)} if kept else {})
