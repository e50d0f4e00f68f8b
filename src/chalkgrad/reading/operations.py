r"""What is done with whole vectors and matrices under a name: softmax, diag, tr, `np.sum(Z, axis=1)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.language import Axis, call, delta, divide, fresh_axis, substitute_axes, summation
from chalkgrad.page.syntax import Addition, Chain, Group, Name, Number, Syntax
from chalkgrad.reading.scope import SAMPLES, core
from chalkgrad.reading.shapes import Value

if TYPE_CHECKING:
    from chalkgrad.reading.meaning import Meaning


def _softmax(meaning: Meaning, group: Group) -> Value:
    """The exponentials over their sum along the classes: the axis that is not the samples', else each row."""
    value = _alone(meaning, group)
    classes = [axis for axis in value.axes if axis.size != SAMPLES]
    if len(classes) == 2:
        meaning.scope.say("the softmax is taken of each row")
        classes = classes[1:]
    if len(classes) != 1:
        raise meaning.error("a softmax of something that is not a vector", group, "a vector of logits")
    exponential = call("exp", value.expression)
    bound = fresh_axis(classes[0], set(exponential.free) | meaning.taken)
    meaning.taken.add(bound)
    total = summation(substitute_axes(exponential, {classes[0]: bound}), bound)
    return Value(divide(exponential, total), value.row, value.column, value.loose)


def _diagonal(meaning: Meaning, group: Group) -> Value:
    value = _alone(meaning, group)
    if len(value.axes) != 1:
        raise meaning.error("diag of something that is not a vector", group, "a vector")
    row = value.axes[0]
    column = fresh_axis(row, set(value.expression.free) | meaning.taken)
    meaning.taken.add(column)
    return Value(value.expression * delta(row, column), row, column)


def _trace(meaning: Meaning, group: Group) -> Value:
    value = _alone(meaning, group)
    if value.scalar:
        return value
    if value.row is None or value.column is None or value.row.size != value.column.size:
        raise meaning.error("the trace of something that is not square", group, "a square matrix")
    return Value(summation(substitute_axes(value.expression, {value.column: value.row}), value.row))


def _numpy_sum(meaning: Meaning, group: Group) -> Value:
    """The sum along an axis, 0 for the rows and 1 for the columns, or over everything."""
    value = meaning.value(group.contents[0])
    options = dict(filter(None, map(_option, group.contents[1:])))
    along: list[Axis | None] = [value.row, value.column]
    chosen = options.get("axis")
    if chosen in ("0", "1", "-1"):
        place = int(chosen)
        along = [value.axes[0]] if len(value.axes) == 1 and value.loose else [along[place]]
    expression, row, column = value.expression, value.row, value.column
    for axis in along:
        if axis is None:
            continue
        expression = summation(expression, axis)
        row, column = (None if axis is row else row), (None if axis is column else column)
    kept = "True" in options.get("keepdims", "")
    return Value(expression, row, column, loose=not kept and (row is None) != (column is None))


def _option(part: Syntax) -> tuple[str, str] | None:
    if isinstance(part, Number):
        return "axis", part.text
    if not isinstance(part, Chain) or not isinstance(part.sides[0], Name):
        return None
    match part.sides[1]:
        case Number(text=text):
            return core(part.sides[0]), text
        case Name() as name:
            return core(part.sides[0]), core(name)
        case Addition(signs=(-1,), terms=(Number(text=text),)):
            return core(part.sides[0]), f"-{text}"
    return None


def _alone(meaning: Meaning, group: Group) -> Value:
    if len(group.contents) != 1:
        raise meaning.error("a list stands where one thing should", group)
    return meaning.value(group.contents[0])


OPERATIONS: Mapping[str, Callable[[Meaning, Group], Value]] = MappingProxyType(
    {
        "softmax": _softmax,
        "diag": _diagonal,
        "tr": _trace,
        "trace": _trace,
        "np.sum": _numpy_sum,
        "sum": _numpy_sum,
    }
)
WHOLE_NAMES = frozenset(OPERATIONS)
