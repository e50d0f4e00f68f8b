"""A network in equations, value by value: what readers of frameworks' graphs have in common.

A graph is that of a batch, its equations are those of one sample: see `models.values`. Here are names, parameters and
what is done to each element; `models.arranging` moves elements, `models.layering` has the layers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.board.network import NetworkSheet
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Index,
    Program,
    Role,
    Tensor,
    as_index,
    call,
    delta,
    multiply,
    number,
    power,
    summation,
)
from chalkgrad.models.values import BATCH, Dimension, Value, size_of, together
from chalkgrad.networks.batches import batched
from chalkgrad.networks.layers import Layer, softmax
from chalkgrad.networks.losses import loss_named

_LETTERS = "ijkpqruvw"
Operand: TypeAlias = "Value | Parameter | float"
_USUAL_LOSS = {"sigmoid": "bce"}
_OF_THE_LOSS = frozenset({"m", "e", "s", "y", "yhat", "l", "L", "n"})  # names that the equations of a loss take
_PRIMES = (13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


@dataclass(frozen=True, eq=False)
class Parameter:
    """A parameter of a framework: its name in the language, and its value. Its axes are those of its first use.

    One that is `fixed` is a number that no training changes: running statistics, a table of positions.
    """

    name: str
    value: NDArray[np.float64]
    fixed: bool = False


def samples_unlike(sizes: set[int]) -> int:
    """How many samples an example has, so that their number is no other size by chance.

    >>> samples_unlike({4, 13})
    17
    """
    return next((each for each in _PRIMES if all(size % each for size in sizes)), 2 * max(sizes) + 1)


class Builder:
    """The equations of a network as they are read, with the values of its parameters.

    >>> import numpy as np
    >>> from chalkgrad.models.layering import linear
    >>> made = Builder()
    >>> x = made.input("x", (13, 2))
    >>> w, b = made.parameter("out.weight", np.ones((1, 2))), made.parameter("out.bias", np.zeros(1))
    >>> made.elementwise("sigmoid", linear(made, x, w, b, "z"), "p").tensor.name
    'p'
    >>> print(made.sheet("bce").sample_program.definitions[0])
    z[j] = sum(i, x[i]*W_out[j,i]) + b_out[j]
    """

    def __init__(self, samples: int = 13, precision: float = float(np.finfo(np.float32).eps)) -> None:
        self.samples = samples  # of the example that the graph was made with
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

    def shape(self, value: Value) -> tuple[int, ...]:
        """The sizes of a value's dimensions, as the framework has them."""
        return value.shape(self.samples)

    def input(self, name: str, shape: Sequence[int]) -> Value:
        """An input, of the shape of a batch: samples first."""
        axes = tuple(map(self.axis, shape[1:]))
        tensor = self._declare(Tensor(self.fresh(name), axes, Role.INPUT))
        return _whole(tensor, ((BATCH,), *((axis,) for axis in axes)))

    def parameter(self, name: str, value: Any, *, fixed: bool = False) -> Parameter:
        """A parameter with its value: `fc1.weight` is W_fc1, `fc1.bias` b_fc1, those of a scale gamma and beta.

        Another keeps its name.
        """
        array = np.asarray(value, dtype=np.float64)
        layer, _, last = name.rpartition(".")
        scales = (last == "weight" and array.ndim == 1) or f"gamma_{_words(layer)}" in self._taken
        letter = {"weight": "gamma" if scales else "W", "bias": "beta" if scales else "b"}.get(last)
        return Parameter(self.fresh(f"{letter}_{layer}" if letter and layer else name), array, fixed)

    def used(self, parameter: Parameter, axes: Sequence[Axis]) -> Tensor:
        """The tensor of a parameter, with these axes if it was not used before; raises where sizes differ."""
        sizes = tuple(axis.size for axis in axes)
        if parameter.value.shape != sizes:
            raise ChalkgradError(f"'{parameter.name}' has the shape {parameter.value.shape}, where {sizes} is needed")
        if parameter not in self._tensors:
            self._tensors[parameter] = self._declare(Tensor(parameter.name, tuple(axes), Role.PARAMETER))
        return self._tensors[parameter]

    def value(self, each: Value | Parameter, like: Sequence[Dimension] = ()) -> Value:
        """A parameter as a value: with the axes of its first use, or those of dimensions that it is used beside."""
        if isinstance(each, Value):
            return each
        if each not in self._tensors:
            shape = each.value.shape
            known = [dimension[0] if len(dimension) == 1 else None for dimension in like]
            beside: list[Axis | None] = [*[None] * max(len(shape) - len(known), 0), *known]
            beside = beside[len(beside) - len(shape) :]
            axes = [
                axis if axis is not None and axis is not BATCH and axis.size == size else self.axis(size)
                for axis, size in zip(beside, shape, strict=True)
            ]
            self.used(each, axes)
        tensor = self._tensors[each]
        return _whole(tensor, tuple((axis,) for axis in tensor.axes))

    def define(self, name: str, dimensions: Sequence[Dimension], body: Expression, made_by: str) -> Value:
        """A new value with its equation."""
        axes = tuple(axis for dimension in dimensions for axis in dimension if axis is not BATCH)
        tensor = Tensor(self.fresh(name), axes)
        self._definitions.append(Definition(tensor, axes, body))
        self._last = made_by
        return _whole(tensor, tuple(dimensions))

    def add_layer(self, layer: Layer, made_by: str) -> None:
        """The equations of a layer, whose names have to be fresh ones."""
        self._definitions += layer.definitions
        self._taken.update(definition.tensor.name for definition in layer.definitions)
        self._last = made_by

    def is_softmax(self, layer: Layer, of: Tensor) -> None:
        """Tells that a layer is the softmax of a tensor, for the loss."""
        self._softmaxes[layer.output], self._parts[layer.output] = of, frozenset(layer.definitions)

    def plain(self, value: Value | Parameter, name: str = "") -> Value:
        """The value as a tensor of its own axes in order, with an equation of its own where it is not one."""
        value = self.value(value)
        if value.is_plain:
            return value
        return self.define(name or self.next_value(), value.dimensions, value.element, "arranged")

    def merged(self, value: Value, dimension: int, name: str = "") -> Value:
        """The value with one axis at a dimension, with an equation where there are several, or none."""
        place = value.without_samples(dimension)
        axes = value.dimensions[place]
        if len(axes) == 1:
            return value
        whole = self.axis(value.shape(self.samples)[place])
        dimensions = (*value.dimensions[:place], (whole,), *value.dimensions[place + 1 :])
        body = summation(multiply(delta(whole, together(axes)), value.element), *axes) if axes else value.element
        return self.define(name or self.next_value(), dimensions, body, "flattened")

    def elementwise(self, function: str, x: Value | Parameter, name: str) -> Value:
        """A function of the table, of each element."""
        x = self.value(x)
        return self.define(name, x.dimensions, call(function, x.element), function)

    def formula(self, x: Value | Parameter, of: Callable[[Expression], Expression], name: str) -> Value:
        """A formula of each element: `of` gets the element, and gives the formula."""
        x = self.value(x)
        return self.define(name, x.dimensions, of(x.element), "formula")

    def powered(self, x: Value | Parameter, exponent: float, name: str) -> Value:
        """Each element to a power that is a number."""
        return self.formula(x, lambda element: power(element, as_number(exponent)), name)

    def arithmetic(self, operator: str, one: Operand, other: Operand, name: str) -> Value:
        """The sum, difference, product or quotient (+, -, *, /) of two tensors or numbers, with trailing dimensions
        aligned. A dimension of size 1 stands for each element of the other's.
        """
        dimensions, (left, right) = self.broadcast((one, other), name)
        body = {"+": left + right, "-": left - right, "*": left * right}[operator] if operator != "/" else left / right
        return self.define(name, dimensions, body, operator)

    def broadcast(self, operands: Sequence[Operand], name: str) -> tuple[tuple[Dimension, ...], list[Expression]]:
        """The common dimensions of operands, and the elements of each along them."""
        known = max((each.dimensions for each in operands if isinstance(each, Value)), key=len, default=())
        values = [each if isinstance(each, int | float) else self.value(each, known) for each in operands]
        own = [each for each in values if isinstance(each, Value)]
        dimensions, replaced = self.aligned([each.dimensions for each in own], name)
        elements = iter(each.read_at(new, ()).element for each, new in zip(own, replaced, strict=True))
        return dimensions, [next(elements) if isinstance(each, Value) else as_number(each) for each in values]

    def aligned(
        self, given: Sequence[Sequence[Dimension]], name: str
    ) -> tuple[tuple[Dimension, ...], list[Mapping[Axis, Index]]]:
        """Dimensions that all of the given ones fit into, aligned at the last; and what each has to be read at."""
        longest = max(map(len, given))
        padded = [[()] * (longest - len(each)) + list(each) for each in given]
        replaced: list[dict[Axis, Index]] = [{} for _ in given]
        made: list[Dimension] = []
        for column in zip(*padded, strict=True):
            sizes = [self._sizes(each) for each in column]
            widest = max(range(len(column)), key=lambda place: (np.prod(sizes[place]), len(column[place])))
            seen = {axis for dimension in made for axis in dimension}
            common = tuple(self.axis(int(axis.size)) if axis in seen else axis for axis in column[widest])
            made.append(common)
            for own, size, new in zip(column, sizes, replaced, strict=True):
                if np.prod(size) == 1:
                    new.update({axis: as_index(0) for axis in own if axis not in common})
                elif np.prod(size) != np.prod(sizes[widest]):
                    both = f"{np.prod(size)} and {np.prod(sizes[widest])}"
                    raise ChalkgradError(f"{name}: sizes {both} do not fit together")
                elif size != sizes[widest] or (BATCH in own) != (BATCH in common):
                    raise ChalkgradError(f"{name}: the dimensions that meet are put together differently, "
                                         "or one is that of the samples, which is not covered")  # fmt: skip
                else:
                    new.update({a: as_index(b) for a, b in zip(own, common, strict=True) if a is not BATCH and a != b})
        return tuple(made), list(replaced)

    def _sizes(self, dimension: Dimension) -> list[int]:
        return [size_of(axis, self.samples) for axis in dimension]

    def sheet(self, loss: str | None = None, of: Value | None = None) -> NetworkSheet:
        """The network, with a loss of its output: cross-entropy of a softmax, bce of a sigmoid, else mse unless given.

        Raises `ChalkgradError` for an output that is no row of numbers.
        """
        found = of or _whole(self._definitions[-1].tensor, ((BATCH,), *((a,) for a in self._definitions[-1].indices)))
        if not found.dimensions or found.dimensions[0] != (BATCH,) or len(found.dimensions) > 2:
            raise ChalkgradError(f"the output has the shape {found.shape(self.samples)[1:]} for a sample; "
                                 "a loss needs a row of numbers")  # fmt: skip
        made_by = self._last
        if len(found.dimensions) == 1:  # one number, as a row of one
            found = self.define("yhat_1", ((BATCH,), (self.axis(1),)), found.element, made_by)
        found = self.plain(self.merged(found, 1))
        self._last = made_by
        output = found.tensor
        logits = self._softmaxes.get(output)
        row = loss_named(loss or ("cross_entropy" if logits else _USUAL_LOSS.get(self._last, "mse")))
        lines = [*self._definitions]
        if logits is not None:  # its sum of exponentials is that of the loss
            lines = [each for each in lines if each not in self._parts[output]]
            layer = softmax(logits, output.name)
            lines += layer.definitions
            output = layer.output
        elif row.logits_of:
            logits, output = output, Tensor("yhat", output.axes)
            lines.append(Definition(output, output.axes, logits[output.axes]))
        target = Tensor("y", output.axes, Role.TARGET)
        of_loss = row.definitions(logits if row.logits_of and logits else output, target, Tensor("L"))
        lines += (each for each in of_loss if each not in set(lines))
        parameters = {tensor.name: parameter for parameter, tensor in self._tensors.items()}
        whole = Program((*self._declared, target), tuple(lines), (lines[-1].tensor,), row.assumptions(target))
        needed = whole.needed_for(whole.result, output)
        program = Program(needed.declared, needed.definitions, whole.results, whole.assumptions)
        kept = {tensor.name: parameters[tensor.name].value for tensor in program.parameters}
        fixed = tuple(name for name in kept if parameters[name].fixed)
        return NetworkSheet(None, program, batched(program), "plain", None, kept, fixed=fixed)

    def next_value(self) -> str:
        """A name for a value that has none of its own: h1, h2, …"""
        self._counted += 1
        return f"h{self._counted}"

    def _declare(self, tensor: Tensor) -> Tensor:
        self._declared.append(tensor)
        return tensor

    def fresh(self, name: str) -> str:
        """A name of the language that was not taken and is now: letters, digits and underscores."""
        own = _spelled(name)
        fresh, count = own, 1
        while fresh in self._taken:
            count += 1
            fresh = f"{own}_{count}"
        self._taken.add(fresh)
        return fresh


def as_number(value: float) -> Expression:
    """A number of a framework, exactly as it is written."""
    if not isfinite(value):
        raise ChalkgradError(f"the number {value} is not covered: it is not finite")
    return number(str(int(value)) if value == int(value) else repr(float(value)))


def _whole(tensor: Tensor, dimensions: tuple[Dimension, ...]) -> Value:
    return Value(tensor, tuple(map(as_index, (a for each in dimensions for a in each if a is not BATCH))), dimensions)


def _spelled(name: str) -> str:
    """A name in letters, digits and underscores."""
    own = _words(name) or "v"
    return own if not own[0].isdigit() else f"layer{own}"


def _words(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")
