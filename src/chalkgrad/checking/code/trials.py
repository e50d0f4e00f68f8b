"""One way of running a forward pass and its backward pass: what both are given, and what is read from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import arrays_in
from chalkgrad.checking.code.inputs import Inputs
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import bare, is_data, is_decorated, is_rate, undecorated
from chalkgrad.checking.code.pairs import RATE, Pair, backward_arguments
from chalkgrad.checking.code.returned import named_entries
from chalkgrad.checking.code.sandbox import Program
from chalkgrad.checking.code.trees import Result, Thing
from chalkgrad.errors import EvaluationError

_USUAL = frozenset(
    ["w", "b", "weights", "weight", "bias", "biases", "gamma", "beta", "kernel", "kernels", "filters", "params",
     "param", "v", "u", "wx", "wh"]
)  # fmt: skip
_LETTERS = {"weights": "w", "weight": "w", "bias": "b", "biases": "b", "intercept": "b", "coef": "w"}


@dataclass(frozen=True)
class Trial:
    """A way of calling the forward pass that ran: its inputs, an object's parameters among them, and its outputs."""

    inputs: Inputs
    made: tuple[Any, ...]
    named: Mapping[str, Any]
    held: Mapping[str, Floats]
    outputs: tuple[Floats, ...]
    several: int
    late: bool = False  # its parameters come into being when it first runs

    @property
    def moving(self) -> dict[str, Any]:
        """Everything that is differentiated."""
        return {**self.inputs.moving, **self.held}

    @property
    def fullness(self) -> int:
        """2 for several samples of several values, or numbers; 1 for one column, 0 for one vector: slips hide there."""
        sizes = [np.shape(value) for value in self.inputs.moving.values()]
        full = any(len(each) > 1 and min(each) > 1 for each in sizes) or not any(sizes)
        return 2 if full else 1 if any(len(each) > 1 for each in sizes) else 0


def parameters_of(thing: Any) -> dict[str, Floats]:
    """The arrays of an object that are its parameters, not gradients and not what it keeps of the forward pass."""
    if not isinstance(thing, Thing):
        return {}
    return {
        place: np.asarray(array, dtype=np.float64)
        for place, array in arrays_in(thing)
        if array.dtype.kind == "f" and array.ndim and not is_decorated(place) and "grad" not in place
        and _short(place).rstrip("0123456789") in _USUAL
    }  # fmt: skip


def _short(place: str) -> str:
    """What a place is called: of `params.W1.val` it is w1."""
    return bare(re.sub(r"\.(val|value|data)$", "", place))


def outputs_of(value: Any, pair: Pair) -> tuple[tuple[Floats, ...], int]:
    """The outputs of a forward pass, and how many values it returned: after the first come those that it keeps."""
    if isinstance(value, np.ndarray):
        return ((value,), 1) if value.dtype.kind in "fi" else ((), 0)
    if isinstance(value, tuple | list) and value:
        arrays = [each for each in value if isinstance(each, np.ndarray) and each.dtype.kind == "f"]
        if pair.kind in ("torch", "jax"):
            return tuple(arrays), len(value)
        if pair.cotangents > 1:
            first = tuple(each for each in value[: pair.cotangents] if isinstance(each, np.ndarray))
            return (first, len(value)) if len(first) == pair.cotangents else ((), 0)
        return (tuple(arrays[:1]), len(value)) if isinstance(value[0], np.ndarray) else ((), 0)
    return (), 0


def forward_program(pair: Pair, name: str, trial: Trial, moving: Mapping[str, Any], report: bool = True) -> Program:
    """The forward pass with values for everything that moves."""
    inputs = trial.inputs
    given = {each: inputs.value(each, moving) for each in inputs.order}
    steps: list[tuple[Any, ...]] = [("value", f"given {each}", "", value) for each, value in given.items()]
    target = pair.forward
    arguments = [each for name in inputs.order for each in inputs.items(name)]
    if pair.kind == "class":
        steps.append(("call", "object", name.removesuffix(f".{pair.backward}"), list(trial.made), dict(trial.named)))
        target = f"object.{pair.forward}"
        steps += [("set", "", each, RATE) for each in pair.rates]
        if pair.builds:
            shape = np.shape(next(iter(given.values()), ()))
            steps.append(("call", "built", "object.build", [tuple(map(int, shape))], {}))
        if trial.late:
            steps.append(("call", "first output", target, arguments, {}))
        steps += [("set", "", f"object.{place}", moving[place]) for place in trial.held]
    steps.append(("call", "output", target, arguments, {}))
    if pair.kept:
        steps.append(("value", "output", "", Result(f"object.{pair.kept}")))
    kept = ("output", "object") if pair.kind == "class" and report else ("output",)
    return Program(tuple(steps), kept)


def backward_program(pair: Pair, name: str, trial: Trial, cotangents: list[Any]) -> Program:
    """The forward pass, then the backward pass."""
    ahead = forward_program(pair, name, trial, trial.moving)
    order = trial.inputs.order
    if pair.kind in ("torch", "jax"):
        values = [Result(f"given {each}") for each in order]
        steps = (*ahead.steps, ("vjp", "result", pair.forward, values, cotangents))
        return Program(steps, ("result", "output"))
    if pair.kind == "loss":
        return Program((*ahead.steps, ("value", "result", "", Result("output"))), ("result", "output"))
    steps = (*ahead.steps, *(("value", f"cotangent {k}", "", each) for k, each in enumerate(cotangents)))
    arguments = backward_arguments(pair, trial.inputs, trial.several)
    if arguments is None:
        raise EvaluationError(f"it could not be told what {pair.backward} is called with")
    target = pair.backward if pair.kind == "functions" else f"object.{pair.backward}"
    last = ("call", "result", target, *arguments)
    return Program((*steps, last), ("result", "output", *(("object",) if pair.kind == "class" else ())))


def claimed_by_input(outcome: Mapping[str, Any], pair: Pair, trial: Trial) -> dict[str, Floats]:
    """The gradients that the backward pass gives, by the input that they belong to: by name, else in order.

    Axes of length 1 are those of the input: a row for a vector is no other gradient.
    """
    found = _claimed(outcome, pair, trial)
    shapes = {name: np.shape(trial.moving[name]) for name in found}
    return {name: array.reshape(shapes[name]) if np.squeeze(array).shape == np.squeeze(trial.moving[name]).shape
            else array for name, array in found.items()}  # fmt: skip


def _claimed(outcome: Mapping[str, Any], pair: Pair, trial: Trial) -> dict[str, Floats]:
    inputs = list(trial.inputs.moving)
    result = outcome["result"]
    if pair.kind in ("torch", "jax"):
        found = dict(zip(trial.inputs.order, result, strict=False)) if isinstance(result, list | tuple) else {}
        found |= {f"{name}.{key}": array for name, each in found.items() if isinstance(each, dict)
                  for key, array in each.items()}  # fmt: skip
        return {name: np.asarray(each, dtype=np.float64) for name, each in found.items()
                if name in inputs and isinstance(each, np.ndarray)}  # fmt: skip
    assert pair.backward_facts is not None
    names = pair.backward_facts.returned
    if pair.kind == "loss":
        if not isinstance(result, tuple | list) or len(result) < 2:
            return {}
        names = names[1:] if len(names) == len(result) else ()
        result = result[1:] if len(result) > 2 else result[1]
    told = [name for name in names if name]
    if len(set(told)) < len(told) and len(names) == len(inputs):
        names = ()  # one name twice stands in another's place: the order counts
    entries = list(named_entries(result, names))
    thing = outcome.get("object")
    kept: dict[str, Floats] = {}
    if isinstance(thing, Thing):
        # The gradient by an input is what is returned; what the object keeps is by its parameters.
        kept = _kept_gradients(thing, trial.held if entries else trial.moving)
        kept = {**_steps_taken(thing, pair, trial), **kept}
    by_bare = {_short(name): name for name in trial.moving}
    by_bare = {**{short: name for name in trial.held if (short := _LETTERS.get(_short(name)))}, **by_bare}
    claimed: dict[str, Floats] = {}
    unnamed = []
    keys = set(_keys(result))
    for name, array in entries:
        # A plain name in a `return` is a value (of x*y the gradients are `y, x`); a key, or dW, is a gradient's name.
        meant = by_bare.get(bare(undecorated(name))) if is_decorated(name) or name in keys else None
        if meant is not None and meant not in claimed:
            claimed[meant] = np.asarray(array, dtype=np.float64)
        elif meant is None and name not in keys:
            unnamed.append(array)
    claimed = {**kept, **claimed}
    left = [name for name in inputs if name not in claimed]
    if len(entries) == len(inputs) and 0 < len(left) < len(inputs) and len(unnamed) == len(left):
        claimed |= {name: np.asarray(array, dtype=np.float64) for name, array in zip(left, unnamed, strict=True)}
    if not pair.takes_cotangent and len(unnamed) < len(inputs):
        # A loss is derived by its parameters: one array is theirs before it is that of the data.
        inputs = [name for name in inputs if not (is_data(name) and np.ndim(trial.inputs.moving[name]))] or inputs
    if pair.takes_targets and not pair.takes_cotangent and not claimed and trial.held and unnamed:
        claimed = _by_shape(unnamed, trial.held)
        data = {np.shape(trial.inputs.moving[name]) for name in inputs}
        if claimed or not any(np.shape(each) in data for each in unnamed):
            return claimed
    if not any(name in claimed for name in inputs):
        arrays = [each for each in unnamed if isinstance(each, np.ndarray | np.generic)]
        shape = np.shape(trial.inputs.moving[inputs[0]]) if inputs else ()
        if len(arrays) == 1 and len(inputs) > 1 and np.shape(arrays[0]) == (len(inputs), *shape):
            arrays = list(np.asarray(arrays[0]))
        if len(inputs) == 1 and len(arrays) == np.size(trial.inputs.moving[inputs[0]]) > 1:
            arrays = [np.array(arrays).reshape(shape)] if all(np.ndim(each) == 0 for each in arrays) else arrays
        claimed |= {name: np.asarray(array, dtype=np.float64) for name, array in zip(inputs, arrays, strict=False)}
    return claimed


def _by_shape(arrays: list[Any], held: Mapping[str, Floats]) -> dict[str, Floats]:
    """Gradients without names by the parameters of an object that have their shapes, if each has one."""
    found: dict[str, Floats] = {}
    for array in arrays:
        fitting = [name for name, each in held.items() if name not in found and np.shape(array) == np.shape(each)]
        if not fitting:
            return {}
        found[fitting[0]] = np.asarray(array, dtype=np.float64)
    return found


def _keys(value: Any) -> Iterator[str]:
    """The keys of the dictionaries in a result."""
    if isinstance(value, dict):
        yield from value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from _keys(each)


def _kept_gradients(thing: Thing, moving: Mapping[str, Any]) -> dict[str, Floats]:
    """The gradients that an object keeps, by the parameter that each belongs to: of the same name, and nearest to it.

    Of a list of layers each keeps its own: `layers.0.dW` is that of `layers.0.W`.
    """
    found: dict[str, Floats] = {}
    for place, array in arrays_in(thing):
        if not (is_decorated(place) or is_decorated(place.split(".")[0]) or "grad" in place):
            continue
        short = _short(undecorated(re.sub(r"\.grad(ient)?$", "", place)))
        meant = [each for each in moving if each not in found and _alike(_short(each), short)]
        if meant:
            nearest = max(meant, key=lambda each: (_common(each, place), _short(each) == short))
            found[nearest] = np.asarray(array, dtype=np.float64)
    return found


def _alike(one: str, other: str) -> bool:
    """Whether two names are the same, also where one is a plural."""
    return one == other or _singular(one) == _singular(other)


def _singular(name: str) -> str:
    return "bias" if name == "biases" else name if name == "bias" else name.removesuffix("s")


def _common(one: str, other: str) -> int:
    """How many of the first parts of two places are the same."""
    pairs = list(zip(one.split("."), other.split("."), strict=False))
    return next((k for k, (a, b) in enumerate(pairs) if a != b), len(pairs))


def stepped_in(outcome: Mapping[str, Any], pair: Pair, trial: Trial, claimed: Mapping[str, Floats]) -> frozenset[str]:
    """The parameters whose gradients are told by nothing but the steps that they took."""
    steps = steps_in(outcome, pair, trial)
    return frozenset(name for name, step in steps.items() if name in claimed and np.array_equal(claimed[name], step))


def steps_in(outcome: Mapping[str, Any], pair: Pair, trial: Trial) -> dict[str, Floats]:
    """The steps that the parameters of an object took, over their length."""
    thing = outcome.get("object")
    return _steps_taken(thing, pair, trial) if isinstance(thing, Thing) and pair.kind == "class" else {}


def _steps_taken(thing: Thing, pair: Pair, trial: Trial) -> dict[str, Floats]:
    """The gradients by parameters that the backward pass has updated: the steps over their length, where it is known.

    It is an argument of the backward pass, a name of the file, or what the object keeps.
    """
    after = dict(arrays_in(thing))
    kept = [float(array) for place, array in after.items() if np.ndim(array) == 0 and is_rate(place.split(".")[-1])]
    facts = pair.backward_facts
    given = bool(pair.rates) or (facts is not None and any(is_rate(each.name) for each in facts.arguments))
    if not (kept or given):
        return {}
    rate = RATE if given else kept[0]
    moved = {place: (before - np.asarray(after[place])) / rate for place, before in trial.held.items()
             if place in after and np.shape(after[place]) == np.shape(before)}  # fmt: skip
    return {place: step for place, step in moved.items() if rate and np.abs(step).max(initial=0.0) > 0}
