r"""Vectors joined end to end, `[h_{t-1}; x_t]`: each of them stands somewhere in the whole, and no matter where.

The whole is a sum of the vectors, each mapped to places by a matrix of which nothing is known. Where it is used as one
vector that is as good as the places themselves; what is derived by one of the vectors depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Multiply,
    Role,
    Sum,
    Tensor,
    add,
    multiply,
    substitute_axes,
    walk,
)
from chalkgrad.page.syntax import Group
from chalkgrad.reading.layout import Value

if TYPE_CHECKING:
    from chalkgrad.reading.sense import Sense

_PLACES = "places of "  # no name of a document has a space


def joined_vectors(sense: Sense, values: Sequence[Value], group: Group) -> Value:
    """The value of columns, or of rows, joined to one, or of matrices side by side; numbers may stand among them.

    A number beside matrices is a column of it: `[X, 1]`.
    """
    kinds = {each.kind for each in values} - {"S"}
    if len(kinds) != 1 or not kinds <= {"C", "R", "M"}:
        raise sense.error("a list of vectors and matrices cannot be read yet", group)
    side_by_side = "M" in kinds
    row = next((each.row for each in values if side_by_side and each.row is not None), None)
    name = "; ".join(str(substitute_axes(each.expression, _same_names(each))) for each in values)
    whole = Axis(f"v{group.span[0]}", f"[{name}]:0")
    terms = []
    for number, each in enumerate(values):
        if row is not None and each.row is not None:
            sense.facts.same(row, each.row, group.span)
        joined = [axis for axis in each.axes if not side_by_side or axis is not each.row]
        axes = (Axis("whole", whole.size), *(Axis("part", axis.size) for axis in joined))
        places = Tensor(f"{_PLACES}{number} of [{name}]", axes, Role.INPUT)
        inner = substitute_axes(each.expression, {each.row: row}) if row is not None and each.row else each.expression
        term = multiply(places[(whole, *joined)], inner)
        for axis in joined:
            term = Sum(term, axis)
        terms.append(term)
    expression = add(*terms)
    return Value(expression, whole) if "C" in kinds else Value(expression, row, whole)


def _same_names(value: Value) -> dict[Axis, Axis]:
    """Names for the axes of a value that are the same wherever it stands."""
    return {axis: Axis(f"all {place}", axis.size) for place, axis in enumerate(value.axes)}


def joined_in(expressions: Sequence[Expression], definitions: Mapping[str, Definition]) -> set[str]:
    """The quantities that are joined to one vector in what some expressions rest on."""
    found: set[str] = set()
    begun: set[str] = set()
    pending = list(expressions)
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, Multiply) and any(map(_is_place, node.factors)):
                found |= {tensor.name for each in node.factors if not _is_place(each) for tensor in each.tensors}
            elif isinstance(node, Element) and node.tensor.name in definitions and node.tensor.name not in begun:
                begun.add(node.tensor.name)
                pending.append(definitions[node.tensor.name].body)
    return found


def _is_place(expression: Expression) -> bool:
    return isinstance(expression, Element) and expression.tensor.name.startswith(_PLACES)


__all__ = ["joined_in", "joined_vectors"]
