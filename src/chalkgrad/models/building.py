"""A network in equations, operation by operation: what readers of frameworks' graphs have in common.

Values are those of one sample, without the axis over samples. Every method adds equations, and gives the tensor that
they define.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.board.network import NetworkSheet
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Expression,
    Index,
    Program,
    Role,
    Tensor,
    as_index,
    call,
    delta,
    maximum_over,
    multiply,
    number,
    power,
    size_of,
    summation,
)
from chalkgrad.networks.batches import batched
from chalkgrad.networks.layers import softmax
from chalkgrad.networks.losses import loss_named

_LETTERS = "ijkpqruvw"
Operand: TypeAlias = "Tensor | Parameter | float"
_USUAL_LOSS = {"sigmoid": "bce"}
_OF_THE_LOSS = frozenset({"m", "e", "s", "y", "yhat", "l", "L", "n"})  # names that the equations of a loss take


@dataclass(frozen=True, eq=False)
class Parameter:
    """A parameter of a framework: its name in the language, and its value. Its axes are those of its first use."""

    name: str
    value: NDArray[np.float64]


class Builder:
    """The equations of a network as they are read, with the values of its parameters.

    >>> import numpy as np
    >>> made = Builder()
    >>> x = made.input("x", (2,))
    >>> w, b = made.parameter("out.weight", np.ones((1, 2))), made.parameter("out.bias", np.zeros(1))
    >>> made.elementwise("sigmoid", made.linear(x, w, b, "z"), "p").name
    'p'
    >>> print(made.sheet("bce").sample_program.definitions[0])
    z[j] = sum(i, x[i]*W_out[j,i]) + b_out[j]
    """

    def __init__(self, precision: float = float(np.finfo(np.float32).eps)) -> None:
        self.precision = precision  # of the framework's numbers
        self._tensors: dict[Parameter, Tensor] = {}
        self._taken = set(_OF_THE_LOSS)
        self._declared: list[Tensor] = []
        self._definitions: list[Definition] = []
        self._axes: dict[str, Axis] = {}
        self._counted = 0
        self._last = ""  # what the output was made by
        self._softmaxes: dict[Tensor, Tensor] = {}  # of what they are
        self._parts: dict[Tensor, frozenset[Definition]] = {}

    def axis(self, size: int) -> Axis:
        """A new axis: i, j, k, …"""
        count = len(self._axes)
        name = _LETTERS[count] if count < len(_LETTERS) else f"i{count}"
        return self._axes.setdefault(name, Axis(name, size))

    def input(self, name: str, shape: Sequence[int]) -> Tensor:
        """An input, of the shape of one sample."""
        return self._declare(Tensor(self._fresh(name), tuple(map(self.axis, shape)), Role.INPUT))

    def parameter(self, name: str, value: Any) -> Parameter:
        """A parameter with its value: `fc1.weight` is W_fc1, `fc1.bias` b_fc1, those of a scale gamma and beta.

        Another keeps its name.
        """
        array = np.asarray(value, dtype=np.float64)
        layer, _, last = name.rpartition(".")
        scales = (last == "weight" and array.ndim == 1) or f"gamma_{_words(layer)}" in self._taken
        letter = {"weight": "gamma" if scales else "W", "bias": "beta" if scales else "b"}.get(last)
        return Parameter(self._fresh(f"{letter}_{layer}" if letter and layer else name), array)

    def used(self, parameter: Parameter, axes: Sequence[Axis]) -> Tensor:
        """The tensor of a parameter, with these axes if it was not used before; raises where sizes differ."""
        sizes = tuple(axis.size for axis in axes)
        if parameter.value.shape != sizes:
            raise ChalkgradError(f"'{parameter.name}' has the shape {parameter.value.shape}, where {sizes} is needed")
        if parameter not in self._tensors:
            self._tensors[parameter] = self._declare(Tensor(parameter.name, tuple(axes), Role.PARAMETER))
        return self._tensors[parameter]

    def linear(self, x: Tensor, weights: Parameter, bias: Parameter | None, name: str) -> Tensor:
        """z = W x + b over the last axis, weights outputs by inputs."""
        *lead, last = x.axes
        units = self.axis(weights.value.shape[0])
        body = summation(x[x.axes] * self.used(weights, (units, last))[units, last], last)
        if bias is not None:
            body = body + self.used(bias, (units,))[(units,)]
        return self._define(name, (*lead, units), body, "linear")

    def elementwise(self, function: str, x: Tensor | Parameter, name: str) -> Tensor:
        """A function of the table, of each element."""
        x = self._whole(x)
        return self._define(name, x.axes, call(function, x[x.axes]), function)

    def formula(self, x: Tensor | Parameter, of: Any, name: str) -> Tensor:
        """A formula of each element: `of` gets the element, and gives the formula."""
        x = self._whole(x)
        return self._define(name, x.axes, of(x[x.axes]), "formula")

    def arithmetic(self, operator: str, one: Operand, other: Operand, name: str) -> Tensor:
        """The sum, difference, product or quotient (+, -, *, /) of two tensors or numbers, with trailing axes aligned.

        An axis of size 1 stands for each element of the other's.
        """
        one, other = map(self._tensor, (one, other))
        shapes = [each.shape for each in (one, other) if isinstance(each, Tensor)]
        longest = max((each for each in (one, other) if isinstance(each, Tensor)), key=lambda each: len(each.axes))
        try:
            shape = np.broadcast_shapes(*shapes)  # type: ignore[arg-type]  # sizes are numbers here
        except ValueError:
            raise ChalkgradError(f"{name}: the shapes {shapes[0]} and {shapes[-1]} do not fit together") from None
        axes = tuple(
            axis if axis.size == size else self.axis(size) for axis, size in zip(longest.axes, shape, strict=True)
        )
        left, right = (self._at(each, axes) for each in (one, other))
        body = {"+": left + right, "-": left - right, "*": left * right}[operator] if operator != "/" else left / right
        return self._define(name, axes, body, operator)

    def powered(self, x: Tensor | Parameter, exponent: float, name: str) -> Tensor:
        """Each element to a power that is a number."""
        x = self._whole(x)
        return self._define(name, x.axes, power(x[x.axes], number(repr(exponent))), "power")

    def softmax(self, x: Tensor, name: str, *, logarithm: bool = False) -> Tensor:
        """The softmax over the last axis, or its logarithm, in the form that does not overflow."""
        layer = softmax(x, self._fresh(name), f"_{name}")
        self._taken.update(definition.tensor.name for definition in layer.definitions)
        if not logarithm:
            self._definitions += layer.definitions
            self._softmaxes[layer.output], self._parts[layer.output] = x, frozenset(layer.definitions)
            self._last = "softmax"
            return layer.output
        greatest, _, total = (definition.tensor for definition in layer.definitions[:3])
        self._definitions += layer.definitions[:3]
        lead = x.axes[:-1]
        return self._define(name, x.axes, x[x.axes] - greatest[lead] - call("log", total[lead]), "log_softmax")

    def normalised(
        self, x: Tensor, gamma: Parameter | None, beta: Parameter | None, epsilon: float, name: str, *,
        centred: bool = True,
    ) -> Tensor:  # fmt: skip
        """Layer normalisation over the last axis, without `centred` by the root of the mean square only."""
        *before, last = x.axes
        lead = tuple(before)
        shifted: Expression = x[x.axes]
        if centred:
            mean = self._define(f"mu_{name}", lead, summation(x[x.axes], last) / size_of(last), "mean")
            shifted = shifted - mean[lead]
        square = self._define(f"var_{name}", lead, summation(shifted**2, last) / size_of(last), "mean")
        body = shifted / Call("sqrt", square[lead] + number(repr(epsilon)))
        normal = self._define(f"xhat_{name}", x.axes, body, "normalised")
        scaled: Expression = normal[normal.axes]
        if gamma is not None:
            scaled = scaled * self.used(gamma, (last,))[(last,)]
        if beta is not None:
            scaled = scaled + self.used(beta, (last,))[(last,)]
        return self._define(name, x.axes, scaled, "normalised")

    def convolution(
        self, x: Tensor, weights: Parameter, bias: Parameter | None, name: str, *,
        stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int],
    ) -> Tensor:  # fmt: skip
        """A convolution (cross-correlation) over as many last axes as the kernel has, weights (units, channels, …)."""
        count, _, *windows = weights.value.shape
        channels, units, kernel = x.axes[0], self.axis(count), tuple(map(self.axis, windows))
        filters = self.used(weights, (units, channels, *kernel))
        sizes = [
            (int(axis.size) + 2 * pad - gap * (int(window.size) - 1) - 1) // step + 1
            for axis, window, step, pad, gap in zip(x.axes[1:], kernel, stride, padding, dilation, strict=True)
        ]
        out = tuple(map(self.axis, sizes))
        at: list[Index] = [
            as_index(place) * step + as_index(window) * gap - pad
            for place, window, step, pad, gap in zip(out, kernel, stride, padding, dilation, strict=True)
        ]
        body = summation(x[(channels, *at)] * filters[(units, channels, *kernel)], channels, *kernel)
        if bias is not None:
            body = body + self.used(bias, (units,))[(units,)]
        return self._define(name, (units, *out), body, "convolution")

    def pooling(self, x: Tensor, kind: str, kernel: Sequence[int], stride: Sequence[int], name: str) -> Tensor:
        """The greatest ("max") or the mean ("average") of windows of the last axes, without padding."""
        places = len(x.axes) - len(kernel)
        lead, space = x.axes[:places], x.axes[places:]
        windows = tuple(map(self.axis, kernel))
        sizes = [(int(axis.size) - size) // step + 1 for axis, size, step in zip(space, kernel, stride, strict=True)]
        out = tuple(map(self.axis, sizes))
        at = [as_index(place) * step + window for place, step, window in zip(out, stride, windows, strict=True)]
        body: Expression = x[(*lead, *at)]
        for window in reversed(windows):
            body = maximum_over(body, window) if kind == "max" else summation(body, window) / size_of(window)
        return self._define(name, (*lead, *out), body, "pooling")

    def mean(self, x: Tensor, places: Sequence[int], name: str) -> Tensor:
        """The mean over axes, by their places."""
        gone = [x.axes[place] for place in places]
        body = summation(x[x.axes], *gone) / multiply(*map(size_of, gone))
        return self._define(name, tuple(axis for axis in x.axes if axis not in gone), body, "mean")

    def flattened(self, x: Tensor, name: str) -> Tensor:
        """All axes as one, the last running fastest."""
        if len(x.axes) <= 1:
            return x
        whole = self.axis(prod(int(axis.size) for axis in x.axes))
        place = as_index(0)
        for axis in x.axes:
            place = place * int(axis.size) + axis
        return self._define(name, (whole,), summation(multiply(delta(whole, place), x[x.axes]), *x.axes), "flattened")

    def transposed(self, x: Tensor, order: Sequence[int], name: str) -> Tensor:
        """The axes in another order."""
        axes = tuple(x.axes[place] for place in order)
        return self._define(name, axes, x[x.axes], "transposed")

    def sheet(self, loss: str | None = None, of: Tensor | None = None) -> NetworkSheet:
        """The network, with a loss of its output: cross-entropy of a softmax, bce of a sigmoid, else mse unless given.

        Raises `ChalkgradError` for an output that is no row of numbers.
        """
        output = of or self._definitions[-1].tensor
        if len(output.axes) != 1:
            raise ChalkgradError(f"the output has the shape {output.shape} for a sample; a loss needs a row of numbers")
        logits = self._softmaxes.get(output)
        row = loss_named(loss or ("cross_entropy" if logits else _USUAL_LOSS.get(self._last, "mse")))
        lines = [*self._definitions]
        if logits is not None:  # its sum of exponentials is that of the loss
            lines = [each for each in lines if each not in self._parts[output]]
            layer = softmax(logits, output.name)
            lines += layer.definitions
            output = layer.output
        elif row.logits_of:
            logits = output
            lines.append(Definition(Tensor("yhat", output.axes), output.axes, output[output.axes]))
        target = Tensor("y", output.axes, Role.TARGET)
        of_loss = row.definitions(logits if row.logits_of and logits else output, target, Tensor("L"))
        lines += (each for each in of_loss if each not in set(lines))
        declared = (*self._declared, target)
        program = Program(declared, tuple(lines), (lines[-1].tensor,), row.assumptions(target))
        kept = {tensor.name: parameter.value for parameter, tensor in self._tensors.items()}
        return NetworkSheet(None, program, batched(program), "plain", None, kept)

    def next_value(self) -> str:
        """A name for a value that has none of its own: h1, h2, …"""
        self._counted += 1
        return f"h{self._counted}"

    def _declare(self, tensor: Tensor) -> Tensor:
        self._declared.append(tensor)
        return tensor

    def _define(self, name: str, axes: Sequence[Axis], body: Expression, made_by: str) -> Tensor:
        tensor = Tensor(self._fresh(name), tuple(axes))
        self._definitions.append(Definition(tensor, tensor.axes, body))
        self._last = made_by
        return tensor

    def _at(self, each: Tensor | float, axes: tuple[Axis, ...]) -> Expression:
        """An operand at the axes of a result: at the first place along an axis of size 1."""
        if not isinstance(each, Tensor):
            return number(repr(float(each)) if each != int(each) else str(int(each)))
        own = axes[len(axes) - len(each.axes) :]
        at = tuple(axis if mine.size == axis.size else as_index(0) for mine, axis in zip(each.axes, own, strict=True))
        return each[at]

    def _tensor(self, each: Operand) -> Tensor | float:
        return self._whole(each) if isinstance(each, Parameter) else each

    def _whole(self, each: Tensor | Parameter) -> Tensor:
        """A tensor, or a parameter with its axes: those of its first use, or new ones."""
        if isinstance(each, Tensor):
            return each
        return self._tensors.get(each) or self.used(each, tuple(map(self.axis, each.value.shape)))

    def _fresh(self, name: str) -> str:
        """A name of the language that was not taken and is now: letters, digits and underscores."""
        own = _spelled(name)
        fresh, count = own, 1
        while fresh in self._taken:
            count += 1
            fresh = f"{own}_{count}"
        self._taken.add(fresh)
        return fresh


def _spelled(name: str) -> str:
    """A name in letters, digits and underscores."""
    own = _words(name) or "v"
    return own if not own[0].isdigit() else f"layer{own}"


def _words(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")
