"""Checkpoints: where training stands, in a file that is whole at every moment, and the one before it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.files import write_atomically
from chalkgrad.training.tensor_files import read_tensors, to_bytes

_CURRENT, _PREVIOUS, _NEXT = "checkpoint.safetensors", "checkpoint.previous.safetensors", "checkpoint.next.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """The arrays of a trainer's state, and what the session notes beside them (JSON values)."""

    arrays: Mapping[str, NDArray[Any]]
    notes: Mapping[str, Any]


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one training in a folder: the current one and the one before.

    `identity` says what is trained (program, optimiser, data, …): a checkpoint of other training is refused.

    >>> import tempfile, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Checkpoints(Path(folder), {"optimiser": "adam"})
    ...     kept.write(Checkpoint({"parameters": np.ones(3)}, {"epoch": 2}))
    ...     kept.read(print).notes["epoch"]
    2
    """

    folder: Path
    identity: Mapping[str, str]

    def write(self, checkpoint: Checkpoint) -> None:
        """Writes the checkpoint, and keeps the one before. Killed at any moment, one whole checkpoint is there.

        Raises `ChalkgradError` where it cannot be written (disk full, no permission); what was there stays.
        """
        notes = {"identity": json.dumps(dict(self.identity)), "notes": json.dumps(dict(checkpoint.notes))}
        coming = write_atomically(self.folder / _NEXT, to_bytes(checkpoint.arrays, notes))
        try:
            if (self.folder / _CURRENT).exists():
                os.replace(self.folder / _CURRENT, self.folder / _PREVIOUS)
            os.replace(coming, self.folder / _CURRENT)
            _settle(self.folder)
        except OSError as problem:
            raise ChalkgradError(f"cannot write {self.folder / _CURRENT}: {problem.strerror or problem}") from None

    def read(self, warn: Callable[[str], None]) -> Checkpoint | None:
        """The newest whole checkpoint, or None where there is none; a damaged one is told to `warn` and passed over.

        Raises `ReadingError` where all are damaged, `ChalkgradError` where it belongs to other training.
        """
        damaged = None
        for name in (_CURRENT, _PREVIOUS):
            path = self.folder / name
            if not path.exists():
                continue
            try:
                arrays, notes = read_tensors(path)
                identity, own = json.loads(notes["identity"]), json.loads(notes["notes"])
            except (ReadingError, KeyError, ValueError, RecursionError) as problem:
                damaged = problem if isinstance(problem, ReadingError) else ReadingError(f"{path} is no checkpoint")
                warn(f"{damaged}; the one before it is taken" if name == _CURRENT else str(damaged))
                continue
            self._check(path, identity)
            return Checkpoint(arrays, own)
        if damaged is not None:
            raise damaged
        return None

    def _check(self, path: Path, identity: Any) -> None:
        other = [name for name, value in self.identity.items() if identity.get(name) != value]
        if other:
            raise ChalkgradError(f"{path} belongs to other training: {', '.join(other)} differ; take another folder")

    def remove_remains(self) -> None:
        """Removes what writers that were killed have left behind."""
        if self.folder.is_dir():
            for path in (*self.folder.glob(f".{_NEXT}.*"), *self.folder.glob(_NEXT)):
                path.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Has the names in a folder reach the disk, where the system knows how."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
