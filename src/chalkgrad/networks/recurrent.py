"""Recurrent layers as equations, written out for each step of a sequence whose length is a number."""

from __future__ import annotations

from chalkgrad.errors import ProgramError
from chalkgrad.language import Axis, Call, Definition, Expression, Role, Tensor, fresh_axis, summation
from chalkgrad.networks.layers import Layer


def rnn(inputs: Tensor, units: Axis, function: str = "tanh") -> Layer:
    """The states h1, h2, … of a simple recurrent layer, from 0: inputs (…, t, i) give (…, units) after the last step.

    Source: Elman, Finding structure in time, 1990.

    >>> layer = rnn(Tensor("x", (Axis("t", 2), Axis("i", 3)), Role.INPUT), Axis("j", 4))
    >>> print(layer.definitions[1])
    h2[j] = tanh(sum(i, x[1,i]*W[i,j]) + b[j] + sum(j', h1[j']*U[j',j]))
    """
    steps = _Steps(inputs, units, ("",))
    for step in range(steps.count):
        steps.define("h", step, Call(function, steps.summed("", step)))
    return steps.layer()


def lstm(inputs: Tensor, units: Axis) -> Layer:
    """The states of a long short-term memory, from 0: gates i, f, o, what is new g, the memory c and the output h.

    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997; Gers et al., Learning to forget, 2000.

    >>> layer = lstm(Tensor("x", (Axis("t", 2), Axis("i", 3)), Role.INPUT), Axis("j", 4))
    >>> print(*layer.definitions[-2:], sep="; ")
    c2[j] = f2[j]*c1[j] + i2[j]*g2[j]; h2[j] = o2[j]*tanh(c2[j])
    """
    steps = _Steps(inputs, units, ("i", "f", "g", "o"))
    for step in range(steps.count):
        made = {
            gate: steps.define(gate, step, Call("tanh" if gate == "g" else "sigmoid", steps.summed(gate, step)))
            for gate in ("i", "f", "g", "o")
        }
        memory = made["i"] * made["g"]
        if step:
            memory = made["f"] * steps.at("c", step - 1) + memory
        steps.define("h", step, made["o"] * Call("tanh", steps.define("c", step, memory)))
    return steps.layer()


def gru(inputs: Tensor, units: Axis) -> Layer:
    """The states of a gated recurrent unit, from 0: gates r and z, what is new n, and the state h.

    The gate r stands after the product with the weights, as in PyTorch and cuDNN. Source: Cho et al., Learning phrase
    representations using RNN encoder-decoder, 2014.

    >>> layer = gru(Tensor("x", (Axis("t", 2), Axis("i", 3)), Role.INPUT), Axis("j", 4))
    >>> print(layer.definitions[-1])
    h2[j] = (1 - z2[j])*n2[j] + z2[j]*h1[j]
    """
    steps = _Steps(inputs, units, ("r", "z", "n"))
    inner = Tensor("d", (units,), Role.PARAMETER)
    steps.parameters.append(inner)
    for step in range(steps.count):
        reset = steps.define("r", step, Call("sigmoid", steps.summed("r", step)))
        update = steps.define("z", step, Call("sigmoid", steps.summed("z", step)))
        before = reset * (steps.recurring("n", step) + inner[units])
        new = steps.define("n", step, Call("tanh", steps.fed("n", step) + before))
        state = (1 - update) * new
        steps.define("h", step, state + update * steps.at("h", step - 1) if step else state)
    return steps.layer()


class _Steps:
    """The steps of a recurrent layer: weights W from the inputs, U from the state before, biases b, for each gate."""

    def __init__(self, inputs: Tensor, units: Axis, gates: tuple[str, ...]) -> None:
        if len(inputs.axes) < 2 or not isinstance(inputs.axes[-2].size, int):
            raise ProgramError(f"'{inputs.name}' has no axis of steps whose size is a number, before its last")
        *lead, time, self.inner = inputs.axes
        self.inputs, self.units, self.lead, self.count = inputs, units, tuple(lead), int(time.size)
        self.before = fresh_axis(units, {*inputs.axes, units})
        shapes = {"W": (self.inner, units), "U": (self.before, units), "b": (units,)}
        self.weights = {
            gate: {name: Tensor(f"{name}{gate}", axes, Role.PARAMETER) for name, axes in shapes.items()}
            for gate in gates
        }
        self.parameters = [tensor for found in self.weights.values() for tensor in found.values()]
        self.definitions: list[Definition] = []

    def fed(self, gate: str, step: int) -> Expression:
        """What the inputs of a step give to a gate, with its bias."""
        own = self.weights[gate]
        here = self.inputs[(*self.lead, step, self.inner)]
        return summation(here * own["W"][self.inner, self.units], self.inner) + own["b"][self.units]

    def recurring(self, gate: str, step: int) -> Expression:
        """What the state before a step gives to a gate; 0 at the first."""
        state = Tensor(f"h{step}", (*self.lead, self.units))
        if not step:
            return 0 * self.weights[gate]["b"][self.units]
        own = state[(*self.lead, self.before)] * self.weights[gate]["U"][self.before, self.units]
        return summation(own, self.before)

    def summed(self, gate: str, step: int) -> Expression:
        """What a gate is a function of."""
        return self.fed(gate, step) + self.recurring(gate, step)

    def at(self, name: str, step: int) -> Expression:
        """What has a name at a step."""
        return Tensor(f"{name}{step + 1}", (*self.lead, self.units))[(*self.lead, self.units)]

    def define(self, name: str, step: int, body: Expression) -> Expression:
        """Gives what is computed at a step its name."""
        axes = (*self.lead, self.units)
        self.definitions.append(Definition(Tensor(f"{name}{step + 1}", axes), axes, body))
        return self.at(name, step)

    def layer(self) -> Layer:
        """The layer, whose output is the last state."""
        return Layer(tuple(self.parameters), tuple(self.definitions))
