"""A table as what a network is trained, validated and tested on: arrays in memory, or in files for a large table."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.networks.losses import Loss
from chalkgrad.training.arguments import misfit
from chalkgrad.training.frames import Frame
from chalkgrad.training.metrics import labels_of
from chalkgrad.training.preparation import Preparation, classes_of, prepare
from chalkgrad.training.splits import split

Reals: TypeAlias = NDArray[Any]
Room: TypeAlias = Callable[[str, tuple[int, ...]], Reals]
# Words take far more memory while they are read than in the file.
_TIMES_IN_MEMORY = {".csv": 6, ".tsv": 6, ".npz": 4, ".parquet": 4}


@dataclass(frozen=True)
class Arrangement:
    """Inputs and targets (samples, …) of each part, in the order of the table, and how they were prepared.

    `weights` are those of the samples of the part "train".
    """

    preparation: Preparation
    parts: dict[str, tuple[Reals, Reals]]
    weights: Reals | None


def in_memory(name: str, shape: tuple[int, ...]) -> Reals:
    """Room for an array."""
    return np.empty(shape)


class Files:
    """Room for arrays in files of a folder, which the system keeps in memory as far as there is any.

    `close` removes the folder. Raises `ChalkgradError` where the disk has not enough space, before anything is written.
    """

    def __init__(self, folder: Path, dtype: str) -> None:
        self.folder, self._type = folder, np.dtype(dtype)

    def __call__(self, name: str, shape: tuple[int, ...]) -> Reals:
        path = self.folder / f"{name}.numbers"
        size = max(1, int(np.prod(shape))) * self._type.itemsize
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, size)
                else:
                    file.truncate(size)
            return np.memmap(path, dtype=self._type, mode="r+", shape=shape)
        except OSError as problem:
            raise ChalkgradError(f"cannot write {path}: {problem.strerror or problem}") from None

    def close(self) -> None:
        """Removes the files."""
        shutil.rmtree(self.folder, ignore_errors=True)


def too_large(path: str | Path) -> bool:
    """Whether a table would take more than half of the machine's memory if it were read whole."""
    source = Path(path)
    if not hasattr(os, "sysconf") or not source.is_file():
        return False
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return memory_needed(source) > memory / 2


def memory_needed(source: Path) -> int:
    """About how many bytes it takes to read a table whole."""
    kind = source.suffix.lower()
    size = source.stat().st_size
    if kind == ".npz" and zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as file:
            size = sum(member.file_size for member in file.infolist())
    elif kind == ".parquet":
        import polars

        try:
            lazy = polars.scan_parquet(source)
            rows = lazy.select(polars.len()).collect().item()
            size = rows * 8 * len(lazy.collect_schema())
        except polars.exceptions.PolarsError:
            return size  # what is wrong with it is told when it is read
    return size * _TIMES_IN_MEMORY.get(kind, 1)


def arrange(
    read: Callable[[], Iterable[Frame]],
    target: str | None = None,
    *,
    weights: str | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    seed: int = 0,
    missing: str = "refuse",
    standardise: bool = False,
    unknown: str = "refuse",
    loss: Loss | None = None,
    room: Room = in_memory,
) -> Arrangement:
    """Splits a table into parts and prepares them; what is prepared is learnt from the part "train" alone.

    `read` gives the table, in parts, each time it is called: it is gone through four times, and never has to be in
    memory as a whole. `target` is the last column unless named, `weights` a column that says how much each sample
    counts. `loss` says what its targets are: for one of classes, whole numbers are names of them. `room` makes the
    arrays. The rest is as in `split` and `prepare`, which say what is raised.

    >>> from chalkgrad.training.data import generate
    >>> from chalkgrad.training.frames import frame_of
    >>> made = arrange(lambda: [frame_of(generate("xor", 100))], standardise=True)
    >>> {name: x.shape for name, (x, y) in made.parts.items()}
    {'train': (59, 2), 'validation': (20, 2), 'test': (21, 2)}
    """
    first = next(iter(read()))
    aim = target or [name for name in first.columns if name != weights][-1]
    classes = classes_of(read(), aim, of_numbers=loss is not None and loss.classes is not None)
    columns = [name for name in first.columns if name not in (aim, weights)]
    only_target = Preparation((), aim, classes)
    labels: list[NDArray[np.int64]] = []

    def labelled() -> Iterator[Frame]:
        for frame in read():
            targets = only_target.targets(frame)
            if not classes and loss is not None and (row := misfit(targets, loss)) is not None:
                what = f"'{aim}' is {targets[row, 0]:g}"
                raise frame.problem(what, row, aim, f"the targets of {loss.name}, which are {loss.targets}")
            if weights is not None:
                _weights(frame, weights)
            labels.append(labels_of(targets) if classes else np.zeros(len(frame), np.int64))
            yield frame

    # All rows are looked at, so that what is wrong with any of them is told with its line.
    prepare(labelled(), aim, columns, missing=missing, unknown=unknown, classes=classes)
    every = np.concatenate(labels)
    rows = split(len(every), validation, test, seed, every if classes else None)
    part_of = np.empty(len(every), np.int8)
    for number, chosen in enumerate(rows.values()):
        part_of[chosen] = number
    training = list(rows).index("train")
    preparation = prepare(
        (part for part in _chosen(read(), part_of, training) if len(part)),
        aim, columns, missing=missing, standardise=standardise, unknown=unknown, classes=classes, loss=loss,
    )  # fmt: skip
    return _filled(read, preparation, list(rows), part_of, weights, room)


def _chosen(frames: Iterable[Frame], part_of: NDArray[np.int8], number: int) -> Iterator[Frame]:
    """The rows of one part, frame by frame."""
    for frame in frames:
        here = part_of[frame.first_row : frame.first_row + len(frame)]
        yield frame.rows(np.nonzero(here == number)[0])


def _filled(
    read: Callable[[], Iterable[Frame]],
    preparation: Preparation,
    names: Sequence[str],
    part_of: NDArray[np.int8],
    weights: str | None,
    room: Room,
) -> Arrangement:
    """The arrays of all parts."""
    counts = np.bincount(part_of, minlength=len(names))
    outputs = len(preparation.classes) if len(preparation.classes) > 2 else 1
    parts = {
        name: (
            room(f"{name} inputs", (int(count), len(preparation.names))),
            room(f"{name} targets", (int(count), outputs)),
        )
        for name, count in zip(names, counts, strict=True)
    }
    training = names.index("train")
    weighing = None if weights is None else room("train weights", (int(counts[training]),))
    filled = [0] * len(names)
    for frame in read():
        for number, (name, part) in enumerate(zip(names, _split(frame, part_of, len(names)), strict=True)):
            if not len(part):
                continue
            here = slice(filled[number], filled[number] + len(part))
            x, y = parts[name]
            x[here], y[here] = preparation.inputs(part), preparation.targets(part)
            if weighing is not None and weights is not None and number == training:
                weighing[here] = _weights(part, weights)
            filled[number] += len(part)
    return Arrangement(preparation, parts, weighing)


def _weights(frame: Frame, name: str) -> Reals:
    """The column that weighs the samples; raises `ReadingError` for what is no number from 0."""
    column = frame.column(name)
    if not frame.is_numeric(name):
        raise ReadingError(f"the column '{name}' that weighs the samples has words", expected="numbers from 0")
    wrong = ~(column >= 0)
    if wrong.any():
        row = int(wrong.argmax())
        what = "is missing" if np.isnan(column[row]) else f"is {column[row]:g}"
        raise frame.problem(f"the weight in '{name}' {what}", row, name, "a number from 0")
    return column


def _split(frame: Frame, part_of: NDArray[np.int8], parts: int) -> list[Frame]:
    """The rows of each part in one frame."""
    return [next(_chosen([frame], part_of, number)) for number in range(parts)]
