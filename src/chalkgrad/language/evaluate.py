"""The reference evaluator: programs and expressions computed element by element, in any arithmetic.

Slow and plain on purpose: it is what engines and derivations are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from chalkgrad.errors import EvaluationError, ShapeError, UnknownNameError
from chalkgrad.language.arithmetic import FLOAT, Arithmetic, Dual, dual_arithmetic
from chalkgrad.language.expressions import (
    Add,
    Axis,
    Call,
    Constant,
    Delta,
    Element,
    Expression,
    Index,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    SizeOf,
    Sum,
    Tensor,
)
from chalkgrad.language.functions import FUNCTIONS, X, derivative_expression
from chalkgrad.language.matrix_functions import MATRIX_FUNCTIONS
from chalkgrad.language.programs import Definition, Program
from chalkgrad.language.recurrences import Recurrence, blocks
from chalkgrad.language.sizes import fits as size_fits
from chalkgrad.language.sizes import is_sum, size_number

_Environment = dict[Axis, int]
_Closure = Callable[[_Environment], Any]


@dataclass(frozen=True)
class Array:
    """Numbers of any kind in row-major order, with their shape; a scalar has the shape ().

    >>> Array((2, 2), [1, 2, 3, 4]).nested()
    [[1, 2], [3, 4]]
    """

    shape: tuple[int, ...]
    numbers: Sequence[Any]

    def nested(self) -> Any:
        """The numbers as nested lists; a scalar as the number itself."""

        def cut(shape: tuple[int, ...], numbers: Sequence[Any]) -> Any:
            if not shape:
                return numbers[0]
            step = prod(shape[1:])
            return [cut(shape[1:], numbers[k * step : (k + 1) * step]) for k in range(shape[0])]

        return cut(self.shape, self.numbers)

    def places(self) -> Iterator[tuple[int, ...]]:
        """The index tuples, in the order of the numbers."""
        return product(*map(range, self.shape))


def array_of(values: Any, number: Callable[[Any], Any] = lambda value: value) -> Array:
    """The array for a number, nested sequences, an `Array`, or anything with `tolist` (NumPy, PyTorch).

    Raises `ShapeError` for rows of unequal length.

    >>> array_of([[1, 2], [3, 4], [5, 6]]).shape
    (3, 2)
    """
    if isinstance(values, Array):
        return Array(values.shape, [number(value) for value in values.numbers])
    if hasattr(values, "tolist"):
        values = values.tolist()
    shape: list[int] = []
    level = values
    while isinstance(level, list | tuple):
        shape.append(len(level))
        if not level:
            break
        level = level[0]
    flat: list[Any] = []

    def collect(part: Any, depth: int) -> None:
        if depth == len(shape):
            if isinstance(part, list | tuple):
                raise ShapeError(f"found a list where a number was expected, at depth {depth}")
            flat.append(number(part))
            return
        if not isinstance(part, list | tuple) or len(part) != shape[depth]:
            raise ShapeError(f"rows of unequal length: expected {shape[depth]} entries at depth {depth + 1}")
        for inner in part:
            collect(inner, depth + 1)

    collect(values, 0)
    return Array(tuple(shape), flat)


def evaluate(
    program: Program, values: Mapping[str, Any], arithmetic: Arithmetic = FLOAT, sizes: Mapping[str, int] | None = None
) -> dict[str, Array]:
    """Every tensor of the program, computed from the values of the declared ones; a name to an `Array`.

    Sizes that are names are taken from the values' shapes (or from `sizes`). Raises `ShapeError`, `EvaluationError`,
    and `UnknownNameError` for a value whose name the program does not declare.

    >>> from chalkgrad.language import Definition, Role
    >>> x, y = Tensor("x", (), Role.INPUT), Tensor("y")
    >>> evaluate(Program((x,), (Definition(y, (), x[()] ** 2),), (y,)), {"x": 3})["y"].nested()
    9.0
    """
    known = {tensor.name for tensor in program.declared}
    for name in values:
        if name not in known:
            raise UnknownNameError("input or parameter", name, sorted(known))
    bound = dict(sizes or {})
    arrays: dict[Tensor, Array] = {}
    for tensor in program.declared:
        if tensor.name not in values:
            raise EvaluationError(f"no value was given for '{tensor.name}'")
        arrays[tensor] = array_of(values[tensor.name], arithmetic.number)
    for tensor in by_sizes(arrays):
        bind_sizes(tensor, arrays[tensor].shape, bound)
    for block in blocks(program.definitions):
        if isinstance(block, Recurrence):
            _evaluate_recurrence(block, arrays, arithmetic, bound)
            continue
        shape = tuple(_size(axis, bound) for axis in block.indices)
        closure = _compile(block.body, arrays, arithmetic, bound)
        numbers = [_at_place(block, closure, place, {}) for place in product(*map(range, shape))]
        arrays[block.tensor] = Array(shape, numbers)
    return {tensor.name: array for tensor, array in arrays.items()}


def _at_place(definition: Definition, closure: _Closure, place: tuple[int, ...], environment: _Environment) -> Any:
    environment.update(zip(definition.indices, place, strict=True))
    try:
        return closure(environment)
    except EvaluationError as error:
        at = f" at {list(place)}" if place else ""
        raise EvaluationError(f"in {definition}{at}: {error}") from None


def _evaluate_recurrence(
    recurrence: Recurrence, arrays: dict[Tensor, Array], arithmetic: Arithmetic, sizes: Mapping[str, int]
) -> None:
    """Computes all tensors of a recurrence, place by place along its axis."""
    numbers: dict[Tensor, list[Any]] = {}
    for definition in recurrence.definitions:
        shape = tuple(_size(axis, sizes) for axis in definition.indices)
        numbers[definition.tensor] = [arithmetic.number(0)] * prod(shape)
        arrays[definition.tensor] = Array(shape, numbers[definition.tensor])
    closures = [_compile(definition.body, arrays, arithmetic, sizes) for definition in recurrence.definitions]
    steps = range(_size(recurrence.axis, sizes))
    for step in reversed(steps) if recurrence.backwards else steps:
        for definition, closure in zip(recurrence.definitions, closures, strict=True):
            at, array = recurrence.places[definition.tensor], arrays[definition.tensor]
            for number, place in enumerate(array.places()):
                if place[at] == step:
                    numbers[definition.tensor][number] = _at_place(definition, closure, place, {})


def by_sizes(tensors: Iterable[Tensor]) -> list[Tensor]:
    """The tensors in an order in which each tells sizes that sums in later ones are made of."""
    return sorted(tensors, key=lambda tensor: any(is_sum(size) for size in tensor.shape))


def bind_sizes(tensor: Tensor, shape: tuple[int, ...], sizes: dict[str, int]) -> None:
    """Checks a value's shape against the tensor's axes and notes the sizes of named axes; raises `ShapeError`."""
    expected = ", ".join(str(axis.size) for axis in tensor.axes)
    fits = len(shape) == len(tensor.axes)
    for axis, length in zip(tensor.axes, shape, strict=False):
        fits = size_fits(axis.size, length, sizes) and fits
    if not fits:
        known = {name: size for name, size in sizes.items() if name in tensor.shape}
        hint = f" with {', '.join(f'{name} = {size}' for name, size in known.items())}" if known else ""
        raise ShapeError(f"'{tensor.name}' needs the shape ({expected}){hint}, but the value has {shape}")


def evaluate_expression(
    expression: Expression,
    values: Mapping[str, Any],
    arithmetic: Arithmetic = FLOAT,
    indices: Mapping[Axis, int] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Any:
    """One number: the expression at the given values of its tensors and of its free axes.

    >>> x = Tensor("x")[()]
    >>> evaluate_expression(x**2 + 1, {"x": 2})
    5.0
    """
    from chalkgrad.language.substitution import tensors_in

    bound = dict(sizes or {})
    arrays = {}
    for tensor in tensors_in(expression):
        if tensor.name not in values:
            raise EvaluationError(f"no value was given for '{tensor.name}'")
        arrays[tensor] = array_of(values[tensor.name], arithmetic.number)
    for tensor in by_sizes(arrays):
        bind_sizes(tensor, arrays[tensor].shape, bound)
    return _compile(expression, arrays, arithmetic, bound)(dict(indices or {}))


def jacobian_by_dual_numbers(
    program: Program,
    values: Mapping[str, Any],
    wrt: str,
    of: str | None = None,
    arithmetic: Arithmetic = FLOAT,
    sizes: Mapping[str, int] | None = None,
) -> Array:
    """The derivative of a tensor (the result by default) by a declared one, by one dual-number run for each entry.

    Its shape is that of `of` followed by that of `wrt`. Independent of the symbolic calculus.

    >>> from chalkgrad.language import Definition, Role
    >>> x, y = Tensor("x", (), Role.INPUT), Tensor("y")
    >>> jacobian_by_dual_numbers(Program((x,), (Definition(y, (), x[()] ** 3),), (y,)), {"x": 2}, "x").nested()
    12.0
    """
    name = program.tensor(of or program.result.name).name
    if program.tensor(wrt).name not in values:
        raise EvaluationError(f"no value was given for '{wrt}'")
    dual = dual_arithmetic(arithmetic)
    one = arithmetic.number(1)
    base = array_of(values[wrt], dual.number)
    columns = []
    shape: tuple[int, ...] = ()
    for at in range(len(base.numbers)):
        seeded = list(base.numbers)
        seeded[at] = Dual(seeded[at].value, one)
        result = evaluate(program, {**values, wrt: Array(base.shape, seeded)}, dual, sizes)[name]
        columns.append([entry.slope for entry in result.numbers])
        shape = result.shape
    entries = [column[row] for row in range(prod(shape)) for column in columns]
    return Array(shape + base.shape, entries)


def _size(axis: Axis, sizes: Mapping[str, int]) -> int:
    found = size_number(axis.size, sizes)
    if found is None:
        raise EvaluationError(f"the size '{axis.size}' of axis '{axis.name}' is not known from any value")
    return found


def _index_closure(index: Index) -> Callable[[_Environment], int]:
    axis = index.axis
    if axis is not None:
        return lambda environment: environment[axis]
    terms, offset = index.terms, index.offset
    return lambda environment: offset + sum(c * environment[a] for a, c in terms)


def _compile(
    expression: Expression, arrays: Mapping[Tensor, Array], arithmetic: Arithmetic, sizes: Mapping[str, int]
) -> _Closure:
    """The expression as a function of the values of its free axes."""

    def of(node: Expression) -> _Closure:
        return _compile(node, arrays, arithmetic, sizes)

    zero, one = arithmetic.number(0), arithmetic.number(1)
    match expression:
        case Number(value=value):
            constant = arithmetic.number(value)
            return lambda environment: constant
        case Constant(name=name):
            if arithmetic.pi is None:
                raise EvaluationError(f"{name} is not rational, so exact arithmetic cannot give it")
            return lambda environment: arithmetic.pi
        case SizeOf(size=size):
            constant = arithmetic.number(_size(Axis(size, size), sizes))
            return lambda environment: constant
        case IndexValue(index=index):
            position = _index_closure(index)
            return lambda environment: arithmetic.number(position(environment))
        case Element():
            if expression.tensor not in arrays:
                raise EvaluationError(f"nothing says what {expression.tensor.name} is")
            return _element_closure(expression, arrays[expression.tensor], zero)
        case Delta(left=left, right=right):
            first, second = _index_closure(left), _index_closure(right)
            return lambda environment: one if first(environment) == second(environment) else zero
        case Indicator(comparison=comparison, left=before, right=after):
            one_side, other_side = of(before), of(after)

            def hold(environment: _Environment) -> Any:
                held = arithmetic.compare(comparison, one_side(environment), other_side(environment))
                return one if held else zero

            return hold
        case Add(terms=terms):
            closures = [of(term) for term in terms]

            def added(environment: _Environment) -> Any:
                total = closures[0](environment)
                for closure in closures[1:]:
                    total = total + closure(environment)
                return total

            return added
        case Multiply(factors=factors):
            return _product_closure(factors, of, zero)
        case Power(base=base, exponent=exponent):
            lower, upper = of(base), of(exponent)
            return lambda environment: arithmetic.power(lower(environment), upper(environment))
        case Call(function=function, argument=argument, order=order):
            return _call_closure(function, order, of(argument), arithmetic)
        case Sum(body=body, axis=axis):
            length, inner = _size(axis, sizes), of(body)
            if axis not in body.free:
                times = arithmetic.number(length)
                return lambda environment: times * inner(environment)

            def summed(environment: _Environment) -> Any:
                scope = dict(environment)
                total = zero
                for scope[axis] in range(length):
                    try:
                        total = total + inner(scope)
                    except EvaluationError as error:
                        raise EvaluationError(f"{error}, where {axis.name} is {scope[axis]}") from None
                return total

            return summed
        case Max(body=body, axis=axis):
            length, inner = _size(axis, sizes), of(body)

            def greatest(environment: _Environment) -> Any:
                scope = dict(environment)
                best = None
                for scope[axis] in range(length):
                    value = inner(scope)
                    if best is None or arithmetic.compare(">", value, best):
                        best = value
                if best is None:
                    raise EvaluationError(f"the maximum over '{axis.name}' has no elements")
                return best

            return greatest
        case MatrixFunction(body=body, rows=rows):
            return _matrix_closure(expression, of(body), _size(rows, sizes), arithmetic)
    raise TypeError(type(expression).__name__)


def _element_closure(element: Element, array: Array, zero: Any) -> _Closure:
    numbers, shape = array.numbers, array.shape
    positions = [_index_closure(index) for index in element.indices]

    def read(environment: _Environment) -> Any:
        place = 0
        for position, size in zip(positions, shape, strict=True):
            at = position(environment)
            if not 0 <= at < size:
                return zero
            place = place * size + at
        return numbers[place]

    return read


def _matrix_closure(node: MatrixFunction, body: _Closure, size: int, arithmetic: Arithmetic) -> _Closure:
    """A function of a whole matrix, computed once for each place of the axes that its matrix depends on."""
    row = MATRIX_FUNCTIONS[node.function]
    outside = sorted(node.body.free - {node.rows, node.columns}, key=lambda axis: axis.name)
    positions = [_index_closure(index) for index in node.at]
    zero = arithmetic.number(0)
    known: dict[tuple[int, ...], Any] = {}

    def read(environment: _Environment) -> Any:
        place = tuple(environment[axis] for axis in outside)
        if place not in known:
            scope = dict(environment)
            rows: list[list[Any]] = []
            for scope[node.rows] in range(size):
                rows.append([])
                for scope[node.columns] in range(size):
                    rows[-1].append(body(scope))
            known[place] = row.numbers(rows, arithmetic)
        at = [position(environment) for position in positions]
        if not all(0 <= index < size for index in at):
            return zero
        found = known[place]
        for index in at:
            found = found[index]
        return found

    return read


def _product_closure(factors: tuple[Expression, ...], of: Callable[[Expression], _Closure], zero: Any) -> _Closure:
    """Gates (indicators and deltas) first: where one is zero the other factors are not computed at all."""
    gates = [of(factor) for factor in factors if isinstance(factor, Indicator | Delta)]
    others = [of(factor) for factor in factors if not isinstance(factor, Indicator | Delta)]

    def multiplied(environment: _Environment) -> Any:
        result = None
        for gate in gates:
            result = gate(environment)
            if result == zero:
                return zero
        for other in others:
            value = other(environment)
            result = value if result is None else result * value
        return result

    return multiplied


def _call_closure(function: str, order: int, argument: _Closure, arithmetic: Arithmetic) -> _Closure:
    row = FUNCTIONS[function]
    if order == 0 and row.form is None:
        primitive = arithmetic.primitives[function]
        return lambda environment: primitive(argument(environment))
    form = row.form if order == 0 else derivative_expression(function, order)
    assert form is not None
    tensor = X.tensor  # type: ignore[attr-defined]
    cell = [arithmetic.number(0)]
    computed = _compile(form, {tensor: Array((), cell)}, arithmetic, {})

    def called(environment: _Environment) -> Any:
        cell[0] = argument(environment)
        return computed({})

    return called
