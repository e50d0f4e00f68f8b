"""What a drawing of a network shows, as plain data: its columns of units and the weights between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalkgrad.errors import ShapeError

Matrix = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Column:
    """One layer of units: how many, the LaTeX of each unit's name, a title, the activation, and the biases' names.

    `names` and `biases` may be empty where there are too many to show; `units` and `bias` are the tensors' names.
    """

    size: int
    names: tuple[str, ...]
    title: str
    activation: str = ""
    biases: tuple[str, ...] = ()
    units: str = ""
    bias: str = ""


@dataclass(frozen=True)
class Connection:
    """The weights between two columns: the matrix's name, the LaTeX of each weight [from][to], and values if known.

    `weights` is the tensor's name.
    """

    name: str
    labels: tuple[tuple[str, ...], ...] = ()
    values: Matrix | None = None
    weights: str = ""


@dataclass(frozen=True)
class NetworkDiagram:
    """A network to be drawn: columns from left to right, and the connections between neighbours.

    Raises `ShapeError` if a connection's values do not fit its columns.

    >>> one = Column(1, ("x",), "input"), Column(1, (r"\\\\hat{y}",), "output")
    >>> NetworkDiagram("1-1", one, (Connection("w", (("w",),)),)).columns[0].size
    1
    """

    name: str
    columns: tuple[Column, ...]
    connections: tuple[Connection, ...]

    def __post_init__(self) -> None:
        if len(self.connections) != len(self.columns) - 1:
            raise ShapeError(f"{len(self.columns)} columns need {len(self.columns) - 1} connections between them")
        for place, connection in enumerate(self.connections):
            rows, width = self.columns[place].size, self.columns[place + 1].size
            values = connection.values
            if values is not None and (len(values) != rows or any(len(row) != width for row in values)):
                raise ShapeError(f"the weights {connection.name} need the shape ({rows}, {width}): inputs by outputs")
