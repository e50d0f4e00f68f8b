"""From a network's equations to what a drawing of it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from chalkgrad.drawing import Column, Connection, NetworkDiagram
from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError
from chalkgrad.language import (
    FUNCTIONS,
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Multiply,
    Power,
    Program,
    Role,
    Sum,
    Tensor,
    array_of,
    as_index,
    walk,
)
from chalkgrad.notation import Notation, notation_named
from chalkgrad.writing.latex import latex
from chalkgrad.writing.names import Names, is_sample, names_for

_GATED = {"sigmoid": "GLU", "silu": "SwiGLU", "gelu": "GEGLU", "relu": "ReGLU"}
MOST_NAMES = 64  # units of a column that get names; a drawing shows fewer


@dataclass(frozen=True)
class Layer:
    """One layer as the equations have it: from which units, by which weights and bias, to which units."""

    source: Tensor
    weights: Tensor
    bias: Tensor | None
    units: Tensor
    activation: str


def diagram_of(
    program: Program, notation: Notation | str = "plain", values: Mapping[str, Any] | None = None
) -> NetworkDiagram:
    """The diagram of the network that a program describes: layers of weighted sums with activations.

    A normalisation stands before the activation, "LayerNorm, ReLU"; of a gated unit the weights of the gate are drawn.
    `values` gives numbers for the weights by parameter name (shape inputs by outputs). Raises `ChalkgradError` if the
    program is not a chain of such layers, or a weight is not a number; `ShapeError` and `UnknownNameError` for values
    that do not fit.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> diagram = diagram_of(Network(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")).sample_program, "sheet")
    >>> [column.activation for column in diagram.columns], diagram.connections[0].labels[0]
    (['', 'ReLU', 'σ'], ('w_{11}', 'w_{12}', 'w_{13}'))
    """
    chosen = notation_named(notation) if isinstance(notation, str) else notation
    names = names_for(chosen, program)
    layers = layers_of(program)
    _check_names(program, values or {})
    inputs = layers[0].source
    columns = [Column(_size(inputs), _unit_names(inputs, names), "inputs", units=inputs.name)]
    connections = []
    for place, layer in enumerate(layers, 1):
        last = place == len(layers)
        title = "output" if last else "hidden" if len(layers) == 2 else f"hidden {place}"
        biases = _unit_names(layer.bias, names) if layer.bias is not None else ()
        bias = layer.bias.name if layer.bias is not None else ""
        shown = _unit_names(layer.units, names)
        columns.append(Column(_size(layer.units), shown, title, layer.activation, biases, layer.units.name, bias))
        known = values.get(layer.weights.name) if values else None
        connections.append(_connection(layer, names, known))
    sizes = "-".join(str(column.size) for column in columns)
    return NetworkDiagram(sizes, tuple(columns), tuple(connections))


def layers_of(program: Program) -> list[Layer]:
    """The layers of a network, inputs first; raises `ChalkgradError` where there are none."""
    inputs = [tensor for tensor in program.declared if tensor.role is Role.INPUT]
    layers: list[Layer] = []
    current = inputs[0] if inputs else None
    while current is not None:
        found = next(_weighted_sums(program, current), None)
        if found is None:
            break
        definition, weights, bias = found
        units, activation = _activated(program, definition)
        layers.append(Layer(current, weights, bias, units, activation))
        current = units
    if not layers:
        raise ChalkgradError(
            "these equations are not a network of layers that could be drawn; try its computation graph"
        )
    return layers


def _weighted_sums(program: Program, source: Tensor) -> Iterator[tuple[Definition, Tensor, Tensor | None]]:
    """Definitions that sum the source's units with weights, and their weights and bias."""
    for definition in program.definitions:
        tensors = definition.body.tensors
        parameters = [tensor for tensor in tensors if tensor.role is Role.PARAMETER]
        if source not in tensors or not parameters:
            continue
        inside = [t for node in walk(definition.body) if isinstance(node, Sum) for t in node.tensors]
        weights = next((t for t in parameters if t in inside or not _units(source)), None)
        if weights is not None and _multiplies(definition.body, weights, source):
            yield definition, weights, next((t for t in parameters if t is not weights and t not in inside), None)


def _multiplies(body: Expression, weights: Tensor, source: Tensor) -> bool:
    """Whether the weights are factors of the source's units."""
    products = (node.factors for node in walk(body) if isinstance(node, Multiply))
    factors = ({each.tensor for each in product if isinstance(each, Element)} for product in products)
    return any(weights in each and source in each for each in factors)


def _activated(program: Program, definition: Definition) -> tuple[Tensor, str]:
    """The units after the activation, and the activation's name; the weighted sum itself where there is none."""
    for node in walk(definition.body):
        if isinstance(node, Call):
            return definition.tensor, _shown(node.function)
    before, normalised = definition.tensor, _normalised(program, definition.tensor)
    if normalised is not None:
        after, name = normalised
        for later in program.definitions:
            if isinstance(later.body, Call) and later.body.argument is after[later.indices]:
                return later.tensor, f"{name}, {_shown(later.body.function)}"
        return after, name
    gated = _gated(program, before)
    if gated is not None:
        return gated
    for later in program.definitions:
        body = later.body
        if isinstance(body, Call) and isinstance(body.argument, Element) and body.argument.tensor is before:
            return later.tensor, _shown(body.function)
        if body is Element(before, tuple(as_index(axis) for axis in later.indices)):
            return later.tensor, "identity"
    return _softmax(program, before) or (before, "")


def _normalised(program: Program, before: Tensor) -> tuple[Tensor, str] | None:
    """What comes of units that are divided by their own spread, as layers that normalise do, and the name of that."""
    reached, means, squares = {before}, set[Tensor](), set[Tensor]()
    for later in program.definitions:
        used = later.body.tensors
        if not reached.intersection(used):
            continue
        if any(tensor not in reached and tensor.role is not Role.PARAMETER for tensor in used):
            break
        sums = [node for node in walk(later.body) if isinstance(node, Sum)]
        if not sums and not squares:
            break
        if len(later.tensor.axes) < len(before.axes):
            (squares if any(isinstance(node, Power) for node in walk(later.body)) else means).add(later.tensor)
        reached.add(later.tensor)
        scaled = any(tensor.role is Role.PARAMETER for tensor in used)
        if squares and scaled and later.tensor.axes == before.axes:
            return later.tensor, "LayerNorm" if means else "RMSNorm"
    return None


def _gated(program: Program, before: Tensor) -> tuple[Tensor, str] | None:
    """Units multiplied with a function of others, f(xW) ⊙ xV, and what such a unit is called."""
    for later in program.definitions:
        factors = later.body.factors if isinstance(later.body, Multiply) else ()
        for call in factors:
            if isinstance(call, Call) and call.argument is before[later.indices] and call.function in _GATED:
                return later.tensor, _GATED[call.function]
    return None


def _softmax(program: Program, logits: Tensor) -> tuple[Tensor, str] | None:
    """exp(z - m) divided by its sum."""
    by_name = {d.tensor: d for d in program.definitions}
    for exponential in program.definitions:
        body = exponential.body
        if isinstance(body, Call) and body.function == "exp" and logits in body.tensors:
            for later in program.definitions:
                others = [t for t in later.body.tensors if t is not exponential.tensor]
                if exponential.tensor in later.body.tensors and later.tensor.axes == logits.axes and len(others) == 1:
                    total = by_name.get(others[0])
                    if total is not None and isinstance(total.body, Sum):
                        return later.tensor, "softmax"
    return None


def _shown(function: str) -> str:
    row = FUNCTIONS[function]
    return row.unicode or row.name


def _units(tensor: Tensor) -> tuple[Axis, ...]:
    return tuple(axis for axis in tensor.axes if not is_sample(axis))


def _size(tensor: Tensor) -> int:
    units = _units(tensor)
    if len(units) > 1 or (units and not isinstance(units[0].size, int)):
        raise ChalkgradError(f"'{tensor.name}' has no fixed row of units, so it cannot be drawn as a column")
    size = units[0].size if units else 1
    assert isinstance(size, int)
    return size


def _unit_names(tensor: Tensor, names: Names) -> tuple[str, ...]:
    return tuple(latex(names.element(_at(tensor, (unit,)))) for unit in range(min(_size(tensor), MOST_NAMES)))


def _at(tensor: Tensor, places: tuple[int, ...]) -> Element:
    """The element at some units, for any sample."""
    pending = iter(places)
    return Element(tensor, tuple(as_index(axis if is_sample(axis) else next(pending)) for axis in tensor.axes))


def _connection(layer: Layer, names: Names, values: Any) -> Connection:
    rows, columns = _size(layer.source), _size(layer.units)
    weights = layer.weights
    labels: tuple[tuple[str, ...], ...] = ()
    if rows * columns <= MOST_NAMES:
        labels = tuple(
            tuple(latex(names.element(_at(weights, _place(layer, row, column)))) for column in range(columns))
            for row in range(rows)
        )
    matrix = None
    if values is not None:
        turned = _outputs_first(layer)
        flat = _numbers(weights, values, (columns, rows) if turned else (rows, columns), turned=turned)
        matrix = [[flat[column * rows + row if turned else row * columns + column] for column in range(columns)]
                  for row in range(rows)]  # fmt: skip
    return Connection(latex(names.whole(weights)), labels, matrix, weights.name)


def _check_names(program: Program, values: Mapping[str, Any]) -> None:
    known = [tensor.name for tensor in program.declared]
    for name in values:
        if name not in known:
            raise UnknownNameError("parameter", name, [t.name for t in program.declared if t.role is Role.PARAMETER])


def _outputs_first(layer: Layer) -> bool:
    """Whether the weights are outputs by inputs, as in z = W x: it is their second index that is summed over."""
    axes = layer.weights.axes
    if len(axes) != 2:
        return False
    source = next(iter(_units(layer.source)), None)
    return axes[1] is source or (axes[1].size, axes[0].size) == (_size(layer.source), _size(layer.units)) != (
        axes[0].size, axes[1].size,
    )  # fmt: skip


def _numbers(weights: Tensor, values: Any, shape: tuple[int, int], *, turned: bool) -> list[float]:
    """The numbers of some weights, row by row; raises what `diagram_of` raises for those that cannot be drawn."""
    given = array_of(values)
    sides = [side for side in given.shape if side != 1]
    if sides != [side for side in shape if side != 1]:
        told = " × ".join(map(str, given.shape)) or "one number"
        side = "; it looks transposed" if sides == [side for side in shape[::-1] if side != 1] else ""
        order = "outputs by inputs" if turned else "inputs by outputs"
        raise ShapeError(f"'{weights.name}' is {told}, and not {shape[0]} × {shape[1]}, {order}{side}")
    flat = [float(number) for number in given.numbers]
    if not all(map(isfinite, flat)):
        raise ChalkgradError(f"'{weights.name}' has a weight that is not a finite number, which cannot be drawn")
    return flat


def _place(layer: Layer, row: int, column: int) -> tuple[int, ...]:
    """The indices of a weight: both in their order, or the only one (v_i into one output, w_j from one input)."""
    weights = layer.weights
    if len(weights.axes) == 2:
        return (column, row) if _outputs_first(layer) else (row, column)
    return (max(row, column),) if weights.axes else ()
