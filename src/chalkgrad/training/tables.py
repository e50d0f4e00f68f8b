"""Data sets from tables in files, and the one that comes with chalkgrad."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chalkgrad.networks.losses import Loss
from chalkgrad.training.data import Dataset
from chalkgrad.training.frames import read_frame
from chalkgrad.training.preparation import classes_of, prepare


def read_table(
    path: str | Path, target: str | None = None, columns: Sequence[str] | None = None, loss: Loss | None = None
) -> Dataset:
    """The data set in a table (see `read_frame`): `target` is the last column unless named, `columns` all others.

    A column of words is one input for each of them. A target of numbers stays as it is; one of words is a class (two:
    0 and 1 in alphabetical order; more: one column each), as whole numbers are where the `loss` takes classes, and what
    stands for them is what the loss takes. Nothing may be missing. Raises `ReadingError` with the line,
    and `UnknownNameError` for a column.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     file.write("height,width,kind\\n1,2,nut\\n3,4,bolt\\n") and file.flush()
    ...     data = read_table(file.name)
    >>> data.columns, data.classes, data.y.tolist()
    (('height', 'width'), ('bolt', 'nut'), [[1.0], [0.0]])
    """
    frame = read_frame(path)
    aim = target or list(frame.columns)[-1]
    for name in (aim, *(columns or ())):
        frame.column(name)
    classes = classes_of(frame, aim, of_numbers=loss is not None and loss.classes is not None)
    preparation = prepare(frame, aim, columns, classes=classes, loss=loss)
    x, y = preparation.inputs(frame), preparation.targets(frame)
    return Dataset(Path(path).stem, x, y, preparation.names, aim, preparation.classes)


def iris_petals() -> Dataset:
    """Petal length and width in cm of 50 Iris versicolor (0) and 50 Iris virginica (1) that Anderson measured.

    R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 1936. No line
    separates the two kinds.

    >>> data = iris_petals()
    >>> data.x.shape, data.classes
    ((100, 2), ('versicolor', 'virginica'))
    """
    return read_table(Path(__file__).with_name("iris_petals.csv"))
