r"""What is done with whole vectors and matrices under a name: softmax, diag, tr, `np.sum(Z, axis=1)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.language import Axis, Element, Expression, call, delta, divide, multiply, power, size_of, substitute_axes
from chalkgrad.language import Sum as SumNode
from chalkgrad.page.syntax import Addition, Chain, Group, Name, Number, Syntax
from chalkgrad.reading.layout import MisfitError, Value, elementwise, matrix_product, outer_product
from chalkgrad.reading.matrix_values import cholesky, determinant, exponential, inverse, log_determinant
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import arguments_of, quantities

if TYPE_CHECKING:
    from chalkgrad.reading.sense import Sense


def _softmax(sense: Sense, group: Group) -> Value:
    """The exponentials over their sum along the classes: of a matrix, along each row."""
    value = _alone(sense, group)
    entry = value.expression
    if isinstance(entry, Element) and len(entry.indices) == 1 and not entry.free and not value.axes:
        every = sense.fresh(entry.tensor.axes[0].size)  # `softmax(z_1)`: one of the places
        return Value(divide(call("exp", entry), SumNode(call("exp", entry.tensor[every]), every)))
    classes = _classes(sense, value, group)
    exponential = call("exp", value.expression)
    bound = sense.fresh(classes.size)
    total = SumNode(substitute_axes(exponential, {classes: bound}), bound)
    return Value(divide(exponential, total), value.row, value.column)


def _classes(sense: Sense, value: Value, group: Group) -> Axis:
    if value.kind == "M":
        inner = group.contents[0]
        columns = (
            isinstance(inner, Name) and not inner.superscripts and base_of(inner) in sense.setting.vocabulary.columns
        )
        if columns or "softmax down" in sense.options:
            assert value.row is not None
            return value.row
        sense.say("the softmax is taken of each row")
        assert value.column is not None
        return value.column
    if value.axes:
        return value.axes[0]
    of_sample = any(sense.setting.vocabulary.use(name).samples for name in quantities(group))
    if isinstance(value.expression, Element) and value.expression.free and not of_sample:
        return next(index.axis for index in reversed(value.expression.indices) if index.axis is not None)
    raise MisfitError("a softmax of something that is not a vector", group.span)


def _log_softmax(sense: Sense, group: Group) -> Value:
    found = _softmax(sense, group)
    return replace(found, expression=call("log", found.expression))


def _log_sum_exp(sense: Sense, group: Group) -> Value:
    value = _alone(sense, group)
    classes = _classes(sense, value, group)
    total = call("log", SumNode(call("exp", value.expression), classes))
    return Value(total, None if value.row is classes else value.row, None if value.column is classes else value.column)


def _power_of_e(sense: Sense, group: Group) -> Value:
    """e to a number or to each entry of a vector; to a matrix it is the matrix exponential, which there is not."""
    value = _alone(sense, group)
    if value.kind == "M":
        raise MisfitError("e to a matrix cannot be read; exp(X) is that of each entry", group.span)
    return replace(value, expression=call("exp", value.expression))


def _diagonal(sense: Sense, group: Group) -> Value:
    value = _alone(sense, group)
    if value.scalar:
        return value
    if len(value.axes) != 1:
        if value.row is None or value.column is None:
            raise MisfitError("diag of something that is not a vector", group.span)
        sense.facts.same(value.row, value.column, group.span)
        return Value(substitute_axes(value.expression, {value.column: value.row}), value.row)
    row = value.axes[0]
    column = sense.fresh(row.size)
    return Value(multiply(value.expression, delta(row, column)), row, column)


def _trace(sense: Sense, group: Group) -> Value:
    value = _alone(sense, group)
    if value.scalar and "trace of a matrix" not in sense.options:
        return value
    if value.row is None or value.column is None:
        raise MisfitError("the trace of something that is not square", group.span)
    sense.facts.same(value.row, value.column, group.span)
    return Value(SumNode(substitute_axes(value.expression, {value.column: value.row}), value.row))


def _numpy_sum(sense: Sense, group: Group) -> Value:
    """The sum along an axis, 0 for the rows and 1 for the columns, or over everything."""
    value = sense.value(group.contents[0])
    options = dict(filter(None, map(_option, group.contents[1:])))
    along: list[Axis | None] = [value.row, value.column]
    chosen = options.get("axis", options.get("dim"))
    if chosen in ("0", "1", "-1"):
        along = [value.axes[0]] if len(value.axes) == 1 else [along[int(chosen)]]
    expression, row, column = value.expression, value.row, value.column
    for axis in along:
        if axis is None:
            continue
        expression = SumNode(expression, axis)
        row, column = (None if axis is row else row), (None if axis is column else column)
    return Value(expression, row, column)


def _row_sum(sense: Sense, group: Group) -> Value:
    value = _alone(sense, group)
    if value.column is None:
        raise MisfitError("a sum of rows of something that has none", group.span)
    return Value(SumNode(value.expression, value.column), value.row)


def _numpy_mean(sense: Sense, group: Group) -> Value:
    value = sense.value(group.contents[0])
    total = _numpy_sum(sense, group)
    expression = total.expression
    for axis in value.axes:
        if axis not in total.axes:
            expression = divide(expression, size_of(axis))
    return replace(total, expression=expression)


def _option(part: Syntax) -> tuple[str, str] | None:
    if isinstance(part, Number):
        return "axis", part.text
    if not isinstance(part, Chain) or not isinstance(part.sides[0], Name):
        return None
    match part.sides[1]:
        case Number(text=text):
            return base_of(part.sides[0]), text
        case Name() as name:
            return base_of(part.sides[0]), base_of(name)
        case Addition(signs=(-1,), terms=(Number(text=text),)):
            return base_of(part.sides[0]), f"-{text}"
    return None


def _two(act: Callable[[Sense, Value, Value, Group], Value]) -> Callable[[Sense, Group], Value]:
    def of(sense: Sense, group: Group) -> Value:
        values = [sense.value(part) for part in arguments_of(group)]
        if len(values) != 2:
            raise sense.error("two arguments are needed here", group)
        return act(sense, values[0], values[1], group)

    return of


def _elementwise(row: str) -> Callable[[Sense, Group], Value]:
    def of(sense: Sense, group: Group) -> Value:
        value = _alone(sense, group)
        return Value(call(row, value.expression), value.row, value.column)

    return of


def _times(left: Expression, right: Expression) -> Expression:
    return multiply(left, right)


def _alone(sense: Sense, group: Group) -> Value:
    if len(group.contents) != 1:
        raise sense.error("a list stands where one thing should", group)
    return sense.value(group.contents[0])


OPERATIONS: Mapping[str, Callable[[Sense, Group], Value]] = MappingProxyType(
    {
        "softmax": _softmax,
        "Softmax": _softmax,
        "log_softmax": _log_softmax,
        "logsumexp": _log_sum_exp,
        "e^": _power_of_e,
        "diag": _diagonal,
        "Diag": _diagonal,
        "tr": _trace,
        "Tr": _trace,
        "trace": _trace,
        "np.sum": _numpy_sum,
        "sum": _numpy_sum,
        "det": determinant,
        "logdet": log_determinant,
        "inv": inverse,
        "chol": cholesky,
        "expm": exponential,
        "rowsum": _row_sum,
        "mean": _numpy_mean,
        "np.mean": _numpy_mean,
        "np.exp": _elementwise("exp"),
        "np.log": _elementwise("log"),
        "np.power": _two(lambda sense, a, b, group: elementwise(power, a, b, sense.facts, group.span)),
        "np.dot": _two(lambda sense, a, b, group: matrix_product(a, b, sense.facts, group.span)),
        "np.multiply": _two(lambda sense, a, b, group: elementwise(_times, a, b, sense.facts, group.span)),
        "np.outer": _two(lambda sense, a, b, group: outer_product(a, b, group.span)),
    }
)
