"""The numbers of a worksheet: small ones, with no unit on a kink, none saturated, and something to learn everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from chalkgrad.calculus import Derivation
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    FUNCTIONS,
    Array,
    Call,
    Definition,
    Program,
    Role,
    Tensor,
    array_of,
    evaluate,
    evaluate_expression,
    substitute_axes,
    walk,
)
from chalkgrad.networks.architecture import SOFTMAX, NetworkSpec
from chalkgrad.networks.losses import loss_named
from chalkgrad.worksheets.lots import Lots

_INPUTS = (-2.0, -1.0, 1.0, 2.0)
_WEIGHTS = (-1.5, -1.0, -0.5, 0.5, 1.0, 1.5)
_BIASES = (-1.0, -0.5, 0.5, 1.0)
_REALS = (-1.0, 0.0, 1.0, 2.0)
_FAR_FROM_A_KINK = 0.2
_LARGEST = 3.0  # of a smooth activation's argument: beyond it sigmoid and tanh are as good as flat
_ATTEMPTS = 3000


@dataclass(frozen=True)
class Batch:
    """A batch of samples and what becomes of it.

    `given` has the parameters; `samples` the values of every tensor for each sample, inputs, target and loss included;
    `slopes` the derivative by each parameter for each sample; `means` their means; `stepped` the parameters after one
    step of gradient descent at the `rate`; `loss` and `loss_after` the mean loss before and after it.
    """

    given: Mapping[str, Array]
    samples: tuple[Mapping[str, Array], ...]
    slopes: tuple[Mapping[str, Array], ...]
    means: Mapping[str, Array]
    stepped: Mapping[str, Array]
    rate: float
    loss: float
    loss_after: float

    def to_json(self) -> dict[str, Any]:
        """The numbers as plain data."""
        return {
            "parameters": _nested(self.given),
            "samples": [_nested(sample) for sample in self.samples],
            "gradients": [_nested(slopes) for slopes in self.slopes],
            "mean_gradients": _nested(self.means),
            "rate": self.rate,
            "parameters_after": _nested(self.stepped),
            "loss": self.loss,
            "loss_after": self.loss_after,
        }


def draw_batch(spec: NetworkSpec, derivation: Derivation, lots: Lots, samples: int, rate: float) -> Batch:
    """Numbers for a network and its batch; raises `ChalkgradError` where no draw is fit for a worksheet."""
    program = derivation.source
    for _ in range(_ATTEMPTS):
        parameters = {
            tensor.name: _drawn(tensor, _WEIGHTS if len(tensor.axes) > 1 else _BIASES, lots)
            for tensor in program.parameters
        }
        values = _fit_samples(spec, program, parameters, lots, samples)
        if values is None or not _shows_both_sides(program, values):
            continue
        slopes = [_slopes(derivation, {tensor.name: one[tensor.name] for tensor in program.declared}) for one in values]
        if all(any(array.numbers) for one in slopes for array in one.values()):
            return _stepped(program, parameters, values, slopes, rate)
    raise ChalkgradError(f"no small numbers were found that keep every unit of {spec} off its kinks and alive")


def _fit_samples(
    spec: NetworkSpec, program: Program, parameters: Mapping[str, Array], lots: Lots, count: int
) -> list[dict[str, Array]] | None:
    """All values for so many different samples, None as soon as one of them is not fit."""
    found: list[dict[str, Array]] = []
    seen = set()
    for _ in range(count):
        sample = _sample(spec, program, lots)
        try:
            values = evaluate(program, {**parameters, **sample})
        except ChalkgradError:
            return None
        if str(_nested(sample)) in seen or not _is_fit(program, values):
            return None
        seen.add(str(_nested(sample)))
        found.append(values)
    return found


def _drawn(tensor: Tensor, options: tuple[float, ...], lots: Lots) -> Array:
    shape = tuple(axis.size for axis in tensor.axes if isinstance(axis.size, int))
    return Array(shape, [lots.one_of(options) for _ in range(prod(shape))])


def _sample(spec: NetworkSpec, program: Program, lots: Lots) -> dict[str, Array]:
    """The inputs and the target of one sample, of the kind that the loss takes."""
    drawn = {}
    for tensor in program.declared:
        if tensor.role is Role.INPUT:
            drawn[tensor.name] = _drawn(tensor, _INPUTS, lots)
        elif tensor.role is Role.TARGET:
            drawn[tensor.name] = _target(spec, tensor, lots)
    return drawn


def _target(spec: NetworkSpec, tensor: Tensor, lots: Lots) -> Array:
    if spec.activations[-1] == SOFTMAX or spec.loss == "cross_entropy":
        place = lots.one_of(range(spec.sizes[-1]))
        return array_of([float(k == place) for k in range(spec.sizes[-1])])
    if spec.loss == "hinge":
        return _drawn(tensor, (-1.0, 1.0), lots)
    classes = loss_named(spec.loss).output == "sigmoid" or spec.loss == "bce_with_logits"
    return _drawn(tensor, (0.0, 1.0) if classes else _REALS, lots)


def _is_fit(program: Program, values: Mapping[str, Array]) -> bool:
    """Whether nothing lies near a kink, and no function is far out on its flat side."""
    for definition in program.definitions:
        for name, argument in _arguments(definition, values):
            if any(abs(argument - float(kink.at)) < _FAR_FROM_A_KINK for kink in FUNCTIONS[name].kinks):
                return False
            if name not in ("log", "exp") and not FUNCTIONS[name].kinks and abs(argument) > _LARGEST:
                return False
    return all(abs(number) <= 2 * _LARGEST for array in values.values() for number in array.numbers)


def _arguments(definition: Definition, values: Mapping[str, Array]) -> Iterator[tuple[str, float]]:
    """Every function in a definition with the number that it is taken of, at each place."""
    calls = [node for node in walk(definition.body) if isinstance(node, Call)]
    for node in calls:
        free = [axis for axis in definition.indices if axis in node.argument.free]
        if node.argument.free - set(free):
            continue  # inside a sum: no pre-activation
        tensors = {tensor.name: values[tensor.name] for tensor in node.argument.tensors}
        for place in values[definition.tensor.name].places():
            at = {axis: k for axis, k in zip(definition.indices, place, strict=True) if axis in free}
            yield node.function, float(evaluate_expression(substitute_axes(node.argument, at), tensors))


def _shows_both_sides(program: Program, batch: list[dict[str, Array]]) -> bool:
    """Whether in each layer of several units each is alive for some sample, and some unit is not for one."""
    for definition in program.definitions:
        units: list[set[bool]] = []
        for values in batch:
            found = list(_arguments(definition, values))
            sides = [argument > FUNCTIONS[name].kinks[0].at for name, argument in found if FUNCTIONS[name].kinks]
            units = [known | {side} for known, side in zip(units or [set()] * len(sides), sides, strict=True)]
        if len(units) > 1 and (not all(True in sides for sides in units) or not any(False in s for s in units)):
            return False
    return True


def _slopes(derivation: Derivation, given: Mapping[str, Array]) -> dict[str, Array]:
    arrays = evaluate(derivation.program, given)
    return {name: arrays[definition.tensor.name] for name, definition in derivation.gradients.items()}


def _stepped(
    program: Program,
    parameters: Mapping[str, Array],
    samples: list[dict[str, Array]],
    slopes: list[dict[str, Array]],
    rate: float,
) -> Batch:
    means = {name: _mean([one[name] for one in slopes]) for name in parameters}
    stepped = {
        name: Array(array.shape, [p - rate * g for p, g in zip(array.numbers, means[name].numbers, strict=True)])
        for name, array in parameters.items()
    }
    given = [{tensor.name: one[tensor.name] for tensor in program.declared} for one in samples]
    after = [evaluate(program, {**one, **stepped}) for one in given]
    losses = [_mean([one[program.result.name] for one in batch]).numbers[0] for batch in (samples, after)]
    return Batch(parameters, tuple(samples), tuple(slopes), means, stepped, rate, *map(float, losses))


def _mean(arrays: list[Array]) -> Array:
    sums = [sum(entries) / len(arrays) for entries in zip(*(array.numbers for array in arrays), strict=True)]
    return Array(arrays[0].shape, sums)


def _nested(arrays: Mapping[str, Array]) -> dict[str, Any]:
    return {name: array.nested() for name, array in arrays.items()}
