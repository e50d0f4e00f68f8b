"""Recurrent layers of graphs: recurrences of the language, in the layout of the framework's weights."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.language import Definition, Expression, Index, Tensor, as_index, call, summation
from chalkgrad.models.arranging import chosen, joined
from chalkgrad.models.building import Builder, Parameter
from chalkgrad.models.values import Value
from chalkgrad.networks.layers import Layer

PYTORCH = {"lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n"), "tanh": ("h",), "relu": ("h",)}


def stacked(
    made: Builder, kind: str, x: Value, parameters: Sequence[Parameter], name: str, *,
    biased: bool, count: int, both: bool, batch_first: bool,
) -> list[Value]:  # fmt: skip
    """What layers on top of each other give: the states of the last at all steps, and the last states of each.

    Layers that go in both directions give both states side by side. Of an LSTM there are the last memories, too.
    """
    each = 4 if biased else 2
    states, memories = list[Value](), list[Value]()
    for number in range(count):
        directions = []
        for turned in (False, True) if both else (False,):
            place = (number * (2 if both else 1) + turned) * each
            own = list(parameters[place : place + each])
            suffix = f"_{name}" + (f"_{number}" if count > 1 else "") + ("_r" if turned else "")
            found = recurrence(made, kind, x, own, suffix, backwards=turned)
            directions.append(found["h"])
            states.append(chosen(made, found["h"], 1, 0 if turned else -1))
            if kind == "lstm":
                memories.append(chosen(made, found["c"], 1, 0 if turned else -1))
        x = joined(made, directions, 2, f"{name}_{number}_both") if both else directions[0]
    last = x if batch_first else x.permuted([1, 0, 2])
    return [last, *(_together(made, each, f"{name}_last") for each in (states, memories) if each)]


def _together(made: Builder, values: Sequence[Value], name: str) -> Value:
    """The states of several layers, one after another in a dimension in front."""
    if len(values) == 1:
        return values[0].inserted(0)
    return joined(made, [each.inserted(0) for each in values], 0, name)


def recurrence(
    made: Builder, kind: str, x: Value, parameters: Sequence[Parameter], suffix: str, *, backwards: bool = False,
    gates: Sequence[str] = (),
) -> dict[str, Value]:  # fmt: skip
    """The states h of a recurrent layer over inputs (samples, steps, inputs), from 0: with the memories c of an LSTM.

    The weights are those of the inputs and of the state before, gates below each other in an order, and the biases of
    both, or none. The gate r of a GRU stands after the product with the weights, as in PyTorch and cuDNN.
    Source: see `networks.recurrent`.
    """
    x = made.plain(made.merged(made.merged(x, 1), 2))
    (steps, inner), lead = x.axes, x.dimensions[0]
    order = tuple(gates) or PYTORCH[kind]
    width = parameters[0].value.shape[0] // len(order)
    units, before, whole = made.axis(width), made.axis(width), made.axis(width * len(order))
    weights, recurring = made.used(parameters[0], (whole, inner)), made.used(parameters[1], (whole, before))
    biases = [made.used(each, (whole,)) for each in parameters[2:]]
    state = Tensor(made.fresh(f"h{suffix}"), (steps, units))
    earlier = as_index(steps) + (1 if backwards else -1)

    def at(gate: str) -> Index:
        offset: int = order.index(gate) * width
        return as_index(units) + offset

    def fed(gate: str) -> Expression:
        body = summation(x.element * weights[at(gate), inner], inner)
        return body + biases[0][at(gate)] if biases else body

    def again(gate: str) -> Expression:
        body = summation(state[earlier, before] * recurring[at(gate), before], before)
        return body + biases[1][at(gate)] if len(biases) > 1 else body

    definitions: list[Definition] = []

    def define(tensor: Tensor, body: Expression) -> Expression:
        definitions.append(Definition(tensor, (steps, units), body))
        return tensor[steps, units]

    def named(letter: str) -> Tensor:
        return Tensor(made.fresh(f"{letter}{suffix}"), (steps, units))

    found: dict[str, Tensor] = {"h": state}
    if kind == "lstm":
        gate = {
            each: define(named(each), call("tanh" if each == "g" else "sigmoid", fed(each) + again(each)))
            for each in ("i", "f", "g", "o")
        }
        memory = named("c")
        define(memory, gate["f"] * memory[earlier, units] + gate["i"] * gate["g"])
        define(state, gate["o"] * call("tanh", memory[steps, units]))
        found["c"] = memory
    elif kind == "gru":
        reset = define(named("r"), call("sigmoid", fed("r") + again("r")))
        update = define(named("z"), call("sigmoid", fed("z") + again("z")))
        new = define(named("n"), call("tanh", fed("n") + reset * again("n")))
        define(state, (1 - update) * new + update * state[earlier, units])
    else:
        define(state, call(kind, fed("h") + again("h")))
    made.add_layer(Layer((), tuple(definitions)), kind)
    return {
        letter: Value(tensor, (as_index(steps), as_index(units)), (lead, (steps,), (units,)))
        for letter, tensor in found.items()
    }
