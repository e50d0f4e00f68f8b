"""A person's own names for the parts of a network: letters in equations, words for layers and units in drawings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chalkgrad.drawing import Column, NetworkDiagram, label_of
from chalkgrad.errors import UnknownNameError
from chalkgrad.notation import Notation, notation_named


def renaming(notation: Notation | str, names: Mapping[str, str]) -> Notation:
    """The notation in which tensors have other letters: `{"h1": "u"}` writes u for the first hidden layer.

    >>> from chalkgrad import network
    >>> own = renaming("plain", {"W1": "A", "yhat": "p"})
    >>> print(network("1-1 sigmoid bce").equations("matrix", notation=own).splitlines()[1])
    p = σ(z)
    """
    chosen = notation_named(notation) if isinstance(notation, str) else notation
    letters = {name: letter for name, letter in names.items() if "[" not in name and " " not in name}
    return replace(chosen, names={**chosen.names, **letters}) if letters else chosen


def renamed(diagram: NetworkDiagram, names: Mapping[str, str]) -> NetworkDiagram:
    """The diagram with other titles of layers, `{"layer x": "the patient"}`, and names of units, `{"x[0]": "age"}`.

    Layers are named by the tensor of their units. Raises `UnknownNameError` for what the diagram has not.
    """
    known = {name for column in diagram.columns for name in names_in(column)}
    for name in names:
        if (" " in name or "[" in name) and name not in known:
            raise UnknownNameError("part of this drawing", name, known)
    return replace(diagram, columns=tuple(_renamed(column, names) for column in diagram.columns))


def names_in(column: Column) -> tuple[str, ...]:
    """The names under which the title and the units of a column can be renamed."""
    return (f"layer {column.units}", *(f"{column.units}[{place}]" for place in range(len(column.names))))


def _renamed(column: Column, names: Mapping[str, str]) -> Column:
    title, *units = names_in(column)
    shown = (label_of(names[unit]) if unit in names else old for unit, old in zip(units, column.names, strict=True))
    return replace(column, title=names.get(title, column.title), names=tuple(shown))
