"""How a table becomes the inputs and targets of a network, kept with the model so that predictions do the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import ChalkgradError, ReadingError, UnknownNameError
from chalkgrad.networks.losses import Loss
from chalkgrad.training.data import Floats
from chalkgrad.training.frames import Frame
from chalkgrad.training.metrics import labels_of

MISSING = ("refuse", "mean", "median", "most_frequent")
UNKNOWN = ("refuse", "zeros")
MOST_CATEGORIES = 1000
_MOST_CLASSES = 1000
_MOST_SHOWN = 8


@dataclass(frozen=True)
class InputColumn:
    """A column of a table as inputs: a number, shifted and scaled, or words as one input for each category.

    `fill` is put where an entry is missing; None refuses that.
    """

    name: str
    categories: tuple[str, ...] = ()
    fill: float | str | None = None
    mean: float = 0.0
    deviation: float = 1.0


@dataclass(frozen=True)
class Preparation:
    """The columns that are inputs, and what is predicted; `classes` is empty for a regression.

    `unknown` says what to do with a category that was not there in training: refuse it, or give zeros. `other` is the
    target of a sample that is not of a class (1 is that of one that is), and `threshold` the output from which a sample
    is taken for the second of two classes. The target of a regression is shifted by `mean` and scaled by `deviation`.
    """

    columns: tuple[InputColumn, ...]
    target: str = "y"
    classes: tuple[str, ...] = ()
    unknown: str = "refuse"
    other: float = 0.0
    threshold: float = 0.5
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs: `colour=red` for a category."""
        return tuple(
            name
            for column in self.columns
            for name in ([f"{column.name}={word}" for word in column.categories] or [column.name])
        )

    def inputs(self, frame: Frame) -> Floats:
        """The inputs (samples, inputs) for a table with the columns; raises `ReadingError` for what does not fit."""
        parts = [self._words(frame, c) if c.categories else self._numbers(frame, c) for c in self.columns]
        return np.concatenate(parts, axis=1)

    def targets(self, frame: Frame) -> Floats:
        """The targets (samples, outputs): numbers; two classes as one column, more as one column each."""
        if not self.classes and not frame.is_numeric(self.target):
            raise ReadingError(f"the target '{self.target}' has words", expected="numbers")
        column = _target_column(frame, self.target)
        if not self.classes:
            return (column[:, None].astype(np.float64) - self.mean) / self.deviation
        places = self._places(frame, self.target, [_word(entry) for entry in column], self.classes, "class")
        if len(self.classes) == 2:
            return np.array([self.other, 1.0])[places][:, None]
        return np.where(np.eye(len(self.classes)) > 0, 1.0, self.other)[places]

    def in_units(self, outputs: Floats) -> Floats:
        """Outputs, or targets, in the units of the table."""
        if (self.mean, self.deviation) == (0.0, 1.0):
            return outputs
        return np.asarray(outputs, dtype=np.float64) * self.deviation + self.mean

    def predicted(self, outputs: Floats) -> list[str]:
        """The names of the classes that outputs stand for."""
        return [self.classes[place] for place in labels_of(outputs, self.threshold)]

    def _numbers(self, frame: Frame, column: InputColumn) -> Floats:
        if not frame.is_numeric(column.name):
            entry = next((entry for entry in frame.column(column.name) if entry is not None), "")
            raise ReadingError(f"the column '{column.name}' has words such as '{entry[:40]}'", expected="numbers")
        values = frame.column(column.name).astype(np.float64)
        absent = frame.missing(column.name)
        if absent.any():
            if column.fill is None:
                row = int(absent.argmax())
                what = f"the entry of '{column.name}' is missing"
                raise frame.problem(what, row, column.name, "a value in every row")
            values = np.where(absent, float(column.fill), values)
        return ((values - column.mean) / column.deviation)[:, None]

    def _words(self, frame: Frame, column: InputColumn) -> Floats:
        entries = frame.column(column.name)
        absent = frame.missing(column.name)
        if absent.any() and column.fill is None:
            row = int(absent.argmax())
            what = f"the entry of '{column.name}' is missing"
            raise frame.problem(what, row, column.name, "a value in every row")
        words = [str(column.fill) if gone else _word(entry) for entry, gone in zip(entries, absent, strict=True)]
        places = self._places(frame, column.name, words, column.categories, "category")
        table = np.concatenate([np.eye(len(column.categories)), np.zeros((1, len(column.categories)))])
        return table[places]

    def _places(
        self, frame: Frame, name: str, words: Sequence[str], known: Sequence[str], what: str
    ) -> NDArray[np.int64]:
        """The numbers of words among those that are known; one more for a category that may be unknown."""
        number = {word: place for place, word in enumerate(known)}
        places = np.array([number.get(word, -1) for word in words], dtype=np.int64)
        if (places < 0).any():
            row = int((places < 0).argmax())
            if what == "class" or self.unknown == "refuse":
                problem = UnknownNameError(what, words[row][:40], list(known))
                known_ones = f"a {what} that was there in training"
                expected = known_ones if what == "class" else f"{known_ones}, or unknown ones to be zeros"
                raise frame.problem(f"in '{name}': {problem}", row, name, expected)
            places[places < 0] = len(known)
        return places

    def as_json(self) -> dict[str, Any]:
        """Plain values, for `from_json`."""
        return asdict(self)


def from_json(values: Mapping[str, Any]) -> Preparation:
    """A preparation from what `as_json` gave; raises `ReadingError` for anything else.

    >>> made = Preparation((InputColumn("a", mean=2.0), InputColumn("b", ("x", "y"))), "z", ("no", "yes"))
    >>> from_json(made.as_json()) == made
    True
    """
    try:
        columns = tuple(
            InputColumn(
                str(column["name"]),
                tuple(str(word) for word in column["categories"]),
                column["fill"] if column["fill"] is None or column["categories"] else float(column["fill"]),
                float(column["mean"]),
                float(column["deviation"]),
            )
            for column in values["columns"]
        )
        classes = tuple(str(name) for name in values["classes"])
        usual = {"other": 0.0, "threshold": 0.5, "mean": 0.0, "deviation": 1.0}
        meaning = [float(values.get(name, value)) for name, value in usual.items()]
        return Preparation(columns, str(values["target"]), classes, str(values["unknown"]), *meaning)
    except (KeyError, TypeError, ValueError) as problem:
        raise ReadingError(f"the preparation of data does not fit: {problem}") from None


@dataclass
class _Seen:
    """What the parts of a column have shown so far."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    absent: int = 0
    words: Counter[str] = field(default_factory=Counter)
    numbers: list[Floats] = field(default_factory=list)
    numeric: bool = True


def prepare(
    parts: Frame | Iterable[Frame],
    target: str,
    columns: Sequence[str] | None = None,
    *,
    missing: str = "refuse",
    standardise: bool = False,
    unknown: str = "refuse",
    classes: Sequence[str] = (),
    loss: Loss | None = None,
) -> Preparation:
    """How to make inputs of the columns (all but the target, unless named), from the rows that are trained on.

    Columns of words become one input for each category. `missing` entries are refused, or filled with the mean, the
    median or the most frequent value of a number (a word: always the most frequent one). `standardise` brings numbers
    to mean 0 and deviation 1, the target of a regression too unless the loss gives its targets a meaning; `loss` says
    what they are. The table may come in parts. Raises `UnknownNameError` and `ReadingError`.

    >>> frame = Frame("f", {"a": np.array([1.0, 3.0]), "b": np.array(["x", "y"], dtype=object), "z": np.zeros(2)})
    >>> made = prepare(frame, "z", standardise=True)
    >>> made.names, made.inputs(frame).tolist()
    (('a', 'b=x', 'b=y'), [[-1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    """
    for what, name, known in (
        ("way with missing entries", missing, MISSING),
        ("way with the unknown", unknown, UNKNOWN),
    ):
        if name not in known:
            raise UnknownNameError(what, name, known)
    scaled = standardise and not classes and (loss is None or loss.classes is None)
    seen: dict[str, _Seen] = {}
    aims = _Seen()
    for part in [parts] if isinstance(parts, Frame) else parts:
        if not seen:
            part.column(target)
            names = [name for name in part.columns if name != target] if columns is None else list(columns)
            if not names:
                raise ReadingError(
                    f"the table has no column besides the target '{target}'", expected="at least two columns"
                )
            seen = {name: _Seen(numeric=part.is_numeric(name)) for name in names}
        for name, found in seen.items():
            _look(part, name, found, missing)
        if scaled:
            _look(part, target, aims, "refuse")
    made = [_input_column(name, found, missing, standardise) for name, found in seen.items()]
    meaning = (loss.classes[0], loss.threshold) if loss is not None and loss.classes else (0.0, 0.5)
    scale = _input_column(target, aims, "refuse", True) if scaled else InputColumn(target)
    return Preparation(tuple(made), target, tuple(classes), unknown, *meaning, scale.mean, scale.deviation)


def _look(part: Frame, name: str, found: _Seen, missing: str) -> None:
    absent = part.missing(name)
    if absent.any() and missing == "refuse":
        row = int(absent.argmax())
        raise part.problem(f"the entry of '{name}' is missing", row, name, "a value in every row, or a way to fill it")
    found.absent += int(absent.sum())
    if absent.all():
        return
    if part.is_numeric(name) != found.numeric:
        if found.count or found.words:
            raise ReadingError(
                f"the column '{name}' has numbers in some rows and words in others", expected="one of both"
            )
        found.numeric = part.is_numeric(name)
    present = part.column(name)[~absent]
    if not found.numeric:
        found.words.update(_word(entry) for entry in present)
        if len(found.words) > MOST_CATEGORIES:
            raise ReadingError(
                f"'{name}' has more than {MOST_CATEGORIES} different words", expected="categories, or numbers"
            )
        return
    # Shifted sums: a column far from zero loses no digits in its deviation.
    values = present.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is told when its deviation is needed
        mean, count = values.mean(), len(values)
        delta = mean - found.total
        whole = found.count + count
        found.squares += float(((values - mean) ** 2).sum() + delta**2 * found.count * count / whole)
        found.total += float(delta * count / whole)
    found.count = whole
    if missing in ("median", "most_frequent"):
        found.numbers.append(values)


def _input_column(name: str, found: _Seen, missing: str, standardise: bool) -> InputColumn:
    if not found.count and not found.words:
        raise ReadingError(f"every entry of '{name}' is missing", expected="a value in some row")
    if found.words:
        usual = min(found.words, key=lambda word: (-found.words[word], word))
        return InputColumn(name, tuple(sorted(found.words)), None if missing == "refuse" else usual)
    deviation = (found.squares / found.count) ** 0.5
    fill: float | None = None
    if missing == "mean":
        fill = found.total
    elif missing != "refuse":
        values = np.concatenate(found.numbers)
        if missing == "median":
            fill = float(np.median(values))
        else:
            distinct, counts = np.unique(values, return_counts=True)
            fill = float(distinct[counts.argmax()])
    if (standardise or missing == "mean") and not np.isfinite([found.total, deviation]).all():
        raise ReadingError(f"the numbers in '{name}' are too large for their mean and deviation", expected="others")
    column = InputColumn(name, fill=fill)
    return replace(column, mean=found.total, deviation=deviation if deviation > 0 else 1.0) if standardise else column


def classes_of(parts: Frame | Iterable[Frame], target: str, of_numbers: bool = False) -> tuple[str, ...]:
    """The classes of a target in order: its words, or "0" and "1" for these numbers; none for others.

    With `of_numbers` whole numbers of any kind are classes. Raises `ReadingError` for a missing entry, for one class,
    and for more than can be told apart.

    >>> frame = Frame("f", {"digit": np.array([7.0, 10, 7, 0])})
    >>> classes_of(frame, "digit"), classes_of(frame, "digit", of_numbers=True)
    ((), ('0', '7', '10'))
    """
    words: set[str] = set()
    numbers: set[float] = set()
    numbers_only = True
    for part in [parts] if isinstance(parts, Frame) else parts:
        column = _target_column(part, target)
        if part.is_numeric(target):
            # As soon as there are too many for classes, more need not be kept.
            if len(numbers) <= _MOST_CLASSES:
                numbers |= set(np.unique(column).tolist())
        else:
            numbers_only = False
            words |= {_word(entry) for entry in column}
            if len(words) > _MOST_CLASSES:
                raise ReadingError(f"the target '{target}' has more than {_MOST_CLASSES} classes")
    if numbers_only:
        whole = len(numbers) <= _MOST_CLASSES and all(number.is_integer() for number in numbers)
        if not numbers <= {0.0, 1.0} and not (of_numbers and whole):
            return ()
        words = {_word(number) for number in numbers}
    if len(words) < 2:
        only = f", '{next(iter(words))[:40]}'" if words else ""
        raise ReadingError(
            f"the target '{target}' has {len(words)} classes{only}", expected=f"2 to {_MOST_CLASSES} classes"
        )
    return tuple(sorted(words, key=float if numbers_only else None))


def _target_column(frame: Frame, target: str) -> NDArray[Any]:
    """The target's entries; raises `ReadingError` where one is missing."""
    absent = frame.missing(target)
    if absent.any():
        row = int(absent.argmax())
        raise frame.problem(f"the entry of '{target}' is missing", row, target, "a value in every row")
    return frame.column(target)


def _word(entry: Any) -> str:
    if not isinstance(entry, float):
        return str(entry)
    return str(int(entry)) if entry.is_integer() else repr(entry)


def check_target(net_outputs: int, preparation: Preparation) -> None:
    """Raises `ChalkgradError` where a network has not as many outputs as the target needs."""
    needed = len(preparation.classes) if len(preparation.classes) > 2 else 1
    if net_outputs != needed:
        told = f"{len(preparation.classes)} classes" if preparation.classes else "one number"
        outputs = f"{needed} output{'s' if needed > 1 else ''}"
        raise ChalkgradError(
            f"the target '{preparation.target}' is {told}, so the network needs {outputs}; it has {net_outputs}"
        )


def check_inputs(net_inputs: int, preparation: Preparation) -> None:
    """Raises `ChalkgradError` where a network has not as many inputs as the columns make."""
    names = preparation.names
    if net_inputs != len(names):
        shown = ", ".join(names[:_MOST_SHOWN]) + (", …" if len(names) > _MOST_SHOWN else "")
        raise ChalkgradError(
            f"the table makes {len(names)} inputs ({shown}), so the network needs as many; it has {net_inputs}"
        )
