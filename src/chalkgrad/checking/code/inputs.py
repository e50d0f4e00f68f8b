"""What the arguments of a forward pass may be: arrays of shapes that go together, labels, indices, numbers, sizes."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from chalkgrad.checking.code.facts import Argument, Facts, Usage
from chalkgrad.checking.code.names import bare
from chalkgrad.checking.code.trees import Result, Written

_LIKE_X = ((4, 3), (2, 4, 3), (3, 4), (2, 3, 4, 4), (3, 1), (3,), (2, 3, 5), (3, 4, 4), (3, 3), (2, 4, 4, 3), ())
_LIKE_W = ((3, 5), (5, 3), (3,), (4, 3, 3, 3), (4, 3), (2, 2, 3, 4), ())
_LIKE_H = ((4, 5), (2, 5), (5, 1), (5,), (4, 3), (5, 4), ())
_LIKE_B = ((5,), (3,), (4,), (1, 3), (1, 5), (5, 1), (4, 3), (1, 1, 1, 4), ())
# The shapes that arguments of these names may have, the likeliest first; () is a number.
_SHAPES = (
    ("w weight weights kernel theta filters", _LIKE_W),
    ("b bias biases", _LIKE_B),
    ("gamma beta scale shift g", ((3,), (1, 3), (1, 3, 1, 1), (), (4, 3))),
    ("h h0 prevh hprev hidden prevhidden a0 aprev c c0 prevc cprev", _LIKE_H),
    ("wx wxh win waxk wih", ((3, 5), (5, 3))),
    ("wh whh wrec", ((5, 5),)),
)
NUMBERS = {
    "eps": 1e-5, "epsilon": 1e-5, "momentum": 0.9, "alpha": 0.3, "slope": 0.3, "negativeslope": 0.3, "lam": 0.3,
    "lambd": 0.3, "gammafocal": 2.0, "temperature": 0.7, "tau": 0.7, "p": 0.5, "reg": 0.3, "lr": 0.5, "margin": 0.5,
}  # fmt: skip
# What the parameters of recurrent cells are called, and the shapes that those of one kind have together.
_OF_CELLS = (
    ("wf wi wc wo wg wu wz wr", ((5, 7), (5, 8), (8, 5), (3, 5))),
    ("bf bi bc bo bg bu bz br ba", ((5, 1), (5,), (1, 5))),
    ("wax", ((5, 2), (5, 3))),
    ("waa", ((5, 5),)),
    ("wy wya", ((3, 5), (5, 3))),
    ("by", ((3, 1), (3,), (1, 3))),
    ("prevh hprev prevhidden a0 aprev h0", _LIKE_H),
    ("c0 prevc cprev", _LIKE_H),
)
_KIND = {name: "prevh" if "prev" in words else words for words, _ in _OF_CELLS for name in words.split()}
_FIXED: dict[str, Any] = {
    "mode": "train", "training": True, "train": True, "stride": 1, "pad": 1, "padding": 1, "seed": 0, "dropout": 0.5,
    "inplace": False, "axis": -1, "dim": -1, "poolheight": 2, "poolwidth": 2, "kernelsize": 2, "size": 2, "nin": 3,
    "inputsize": 3, "inputdim": 3, "infeatures": 3, "nout": 5, "outputsize": 5, "outputdim": 5, "outfeatures": 5,
    "dim_in": 3, "dimout": 5, "inputs": 3, "outputs": 5, "ninputs": 3, "nneurons": 5, "noutputs": 5, "numfeatures": 3,
    "numgroups": 3, "ngroups": 3, "groups": 3,
    "d": 3, "insize": 3, "outsize": 5, "hiddensize": 5, "inchannels": 3, "outchannels": 4, "numinputs": 3, "units": 5,
    "indim": 3, "outdim": 5,
}  # fmt: skip
# Whether a forward pass keeps what the backward pass needs.
_TRAINING = re.compile(
    r"(?:is)?train(?:ing|mode)?$|(?:save|keep|store|cache|remember)(?:inp|input|inputs|cache|s|x|values?|grads?)?$"
)
_LABELS = "y t target targets label labels ytrue"
_INDICES = "idx index indices ids tokens words tokenids inputids"
_KEPT = 400
_Chosen: TypeAlias = tuple[float, list[tuple[str, Any, bool]]]


@dataclass(frozen=True)
class Inputs:
    """What a forward pass is given: `moving` are differentiated, `fixed` are not; `order` is how they stand.

    `spread` is the one whose entries are given one by one, as `*x` takes them.
    """

    moving: Mapping[str, Any]
    fixed: Mapping[str, Any]
    order: tuple[str, ...]
    spread: str = ""

    def given(self, moving: Mapping[str, Any]) -> list[Any]:
        """The arguments in order, with other values for those that move."""
        return [self.value(name, moving) for name in self.order]

    def value(self, name: str, moving: Mapping[str, Any]) -> Any:
        """One argument; a dictionary of parameters is put together."""
        every = {**self.fixed, **moving}
        if name in every:
            return every[name]
        return {key.partition(".")[2]: each for key, each in every.items() if key.startswith(f"{name}.")}

    def items(self, name: str) -> list[Result]:
        """An argument among the results of a program: itself, or its entries one by one."""
        if name != self.spread:
            return [Result(f"given {name}")]
        return [Result(f"given {name}.{k}") for k in range(len({**self.moving, **self.fixed}[name]))]

    def replaced(self, moving: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> Inputs:
        """The same arguments with other values."""
        return Inputs(moving, self.fixed if fixed is None else fixed, self.order, self.spread)


def is_label(name: str) -> bool:
    """Whether an argument's name means the labels of samples.

    >>> is_label("targets"), is_label("logits")
    (True, False)
    """
    return bare(name) in _LABELS.split()


def inputs_for(
    facts: Facts,
    generator: np.random.Generator,
    let: Mapping[str, str],
    *,
    numbers: bool,
    making: bool = False,
    derived: frozenset[str] = frozenset(),
) -> list[Inputs]:
    """What the arguments of a forward pass may be, the likeliest first; with `numbers` they may be plain numbers.

    `making` tells that an object is made of them, which mostly takes sizes; `derived` are names by which gradients are
    returned, if any is told: labels are not among them.
    """
    names = {bare(each.name) for each in facts.arguments}
    recurrent = any(names & set(words.split()) for words, _ in _SHAPES[4:5]) and any(
        names & set(words.split()) for words, _ in _SHAPES[5:]
    )
    found: list[tuple[float, list[tuple[str, Any, bool]]]] = []
    numbers = numbers and not any(_is_held(each) for each in facts.arguments)
    spread = next((each.name for each in facts.arguments if each.spread and not facts.required), "")
    for gates in (1, 4, 3) if recurrent else (1,):
        beam: list[tuple[float, list[tuple[str, Any, bool]]]] = [(0.1 * gates, [])]
        left_out = False
        for argument in facts.arguments:
            training = bool(_TRAINING.match(bare(argument.name))) and not making
            training = training and (argument.required or argument.by_default in ("", "True", "False", "None"))
            parameter = argument.by_default == "None" and _is_parameter(argument.name) and not (left_out or making)
            needed = argument.required or argument.name == spread or argument.name in let or training or parameter
            if not needed:
                left_out = True
                continue
            if _is_held(argument):
                for key in argument.usage.keys:
                    inner = _values(Argument(key, True, Usage()), generator, None, numbers, gates)
                    by_shape = {np.shape(each[1]): each for each in sorted(inner, key=lambda each: -each[0])}
                    beam = _extended(beam, f"{argument.name}.{key}", list(by_shape.values()))
                continue
            may = list(_values(argument, generator, let.get(argument.name), numbers, gates, names))
            if argument.constant:
                may = _constants(argument)
            if argument.name == spread:
                may = [(0.0, generator.normal(size=3), True), (0.2, generator.normal(size=2), True)]
            if parameter:
                may.append((0.6, None, False))
            if derived and bare(argument.name) in set(_LABELS.split()) - derived:
                may = [(cost, value, False) for cost, value, moves in may if not moves] or may
            if making and argument.name not in let:
                may = _sizes(argument, may)
            beam = _extended(beam, argument.name, may)
        found += beam
    found = sorted(((cost + _apart(chosen), chosen) for cost, chosen in found), key=lambda each: each[0])
    return [
        Inputs({n: v for n, v, moves in chosen if moves}, {n: v for n, v, moves in chosen if not moves},
               tuple(dict.fromkeys(n.split(".")[0] for n, _, _ in chosen)), spread)
        for _, chosen in found[:_KEPT]
    ]  # fmt: skip


def _extended(beam: list[_Chosen], name: str, may: list[tuple[float, Any, bool]]) -> list[_Chosen]:
    """The cheapest choices with a value for one more argument; of one kind with an earlier one, of the same shape."""

    def strange(value: Any, chosen: list[tuple[str, Any, bool]]) -> float:
        kind = _KIND.get(bare(name))
        alike = [np.shape(other) for each, other, _ in chosen if kind and _KIND.get(bare(each)) == kind]
        return 3.0 if alike and np.shape(value) not in alike else 0.0

    extended = [(cost + more + strange(value, chosen), [*chosen, (name, value, moves)])
                for cost, chosen in beam for more, value, moves in may]  # fmt: skip
    return heapq.nsmallest(4 * _KEPT, extended, key=lambda each: each[0])


def _is_held(argument: Argument) -> bool:
    """Whether an argument is a dictionary of parameters, by its keys."""
    keys = argument.usage.keys
    return bool(keys) and all(_is_parameter(re.sub(r"\d$", "", key)) or bare(key) in _KIND for key in keys)


def _constants(argument: Argument) -> list[tuple[float, Any, bool]]:
    """Numbers for an argument that is not differentiated."""
    name = bare(argument.name)
    known = [_FIXED[name]] if name in _FIXED else [NUMBERS[name]] if name in NUMBERS else [2, 0.3, True]
    return [(0.1 * place, value, False) for place, value in enumerate(known)]


def _is_parameter(name: str) -> bool:
    """Whether a name is that of weights, a bias or a scale."""
    return any(bare(name) in words.split() for words, _ in _SHAPES[:3])


def _sizes(argument: Argument, may: list[tuple[float, Any, bool]]) -> list[tuple[float, Any, bool]]:
    """What an argument of a constructor may be: parameters by their names, else sizes before arrays."""
    if any(bare(argument.name) in words.split() for words, _ in _SHAPES):
        return may
    if len(argument.usage.unpacked) in (2, 3):
        shape = (3, 4, 4)[-len(argument.usage.unpacked) :]
        return [(0.0, shape, False), *((cost + 1.0, value, moves) for cost, value, moves in may)]
    if argument.usage.listed or argument.usage.flat:
        return [(0.0, [3, 5, 2], False), *((cost + 1.0, value, moves) for cost, value, moves in may)]
    if argument.usage.places:
        return [(0.0, (3,) * (max(map(abs, argument.usage.places)) + 1), False), *may]
    known = {value for _, value, _ in may if np.ndim(value) == 0 and type(value) is int}
    return [
        *(each for each in may if np.ndim(each[1]) == 0),
        *((0.3 + 0.1 * k, size, False) for k, size in enumerate((3, 5, 4)) if size not in known),
        *((cost + 1.0, value, moves) for cost, value, moves in may if np.ndim(value) > 0),
    ]


def _apart(chosen: list[tuple[str, Any, bool]]) -> float:
    """What it costs that values do not go together: numbers beside arrays; images beside rows; scale beside shift."""
    shapes = {bare(name): np.shape(value) for name, value, moves in chosen if moves or bare(name) in _LABELS.split()}
    dimensions = list(map(len, shapes.values()))
    cost = 1.0 if dimensions and min(dimensions) == 0 < max(dimensions) else 0.0
    if not any(dimensions) and any(len(name) > 1 and name in _LABELS.split() for name in shapes):
        cost += 1.0  # a loss has several samples
    if "gamma" in shapes and "beta" in shapes:
        cost += 0.5 * (shapes["gamma"] != shapes["beta"])
    for kernel in (shape for name, shape in shapes.items() if len(shape) == 4 and name in _SHAPES[0][0].split()):
        cost += 0.7 * (
            4 not in map(len, (shape for name, shape in shapes.items() if name not in _SHAPES[0][0].split()))
        )
        biases = [shape for name, shape in shapes.items() if name in _SHAPES[1][0].split()]
        cost += 0.7 * any(shape != kernel[:1] and shape != kernel[-1:] for shape in biases)
    sizes = [value for name, value, _ in chosen if type(value) is int and value > 2 and bare(name) not in NUMBERS]
    cost += 0.3 * (len(sizes) - len(set(sizes)))
    plain = [shape for name, shape in shapes.items() if not any(name in words.split() for words, _ in _SHAPES)]
    return cost - 0.5 * (len(plain) > 1 and len(set(plain)) == 1)


def _values(
    argument: Argument,
    generator: np.random.Generator,
    told: str | None,
    numbers: bool,
    gates: int,
    beside: Set[str] = frozenset(),
) -> Iterator[tuple[float, Any, bool]]:
    """Values for an argument, each with its cost and whether it is differentiated."""
    name, usage = bare(argument.name), argument.usage
    if told is not None:
        yield (0.0, *told_value(told, generator))
        return
    if usage.written:
        for place, text in enumerate(usage.written):
            yield 0.05 * place, Written(text), False
        return
    if usage.unread:
        yield 0.0, None, False
        return
    if name in ("rng", "generator", "randomstate") or (name == "key" and not beside & {"query", "value"}):
        yield 0.0, np.random.default_rng(0), False
        return
    if argument.name == "G":
        yield 0.0, 3, False
        return
    if argument.name.endswith(("_param", "_params")) and not (usage.keys or usage.flat):  # it is handed on
        yield 0.0, {"mode": "train", "eps": 1e-5, "momentum": 0.9}, False
        return
    settings = all(bare(key) in _FIXED or bare(key) in NUMBERS for key in usage.keys)
    if usage.keys and (name.endswith(("param", "params", "config")) or usage.computed or settings):
        known = {key: _FIXED.get(bare(key), NUMBERS.get(bare(key), 1)) for key in usage.keys
                 if bare(key) in _FIXED or bare(key) in NUMBERS}  # fmt: skip
        pools = any(bare(key).startswith(("pool", "size", "kernel")) for key in known)
        yield 0.0, {key: 2 if pools and bare(key) == "stride" else value for key, value in known.items()}, False
        return
    if usage.unpacked and all(each.isidentifier() for each in usage.unpacked):
        yield 0.0, generator.normal(size=len(usage.unpacked)), True
    if _TRAINING.match(name) and argument.by_default in ("True", "False", "None"):
        yield 0.0, True, False
        return
    if name in NUMBERS and name != "p":
        yield 0.0, NUMBERS[name], False
        return
    if name in _FIXED and not numbers:
        yield 0.0, _FIXED[name], False
        if _FIXED[name] not in (3, 4, 5):
            return  # no size, which may be the name of an array as well
    if usage.texts:
        for place, text in enumerate(usage.texts):
            yield 0.05 * place, text, False
        return
    if usage.index or name in _INDICES.split():
        yield -0.2, generator.permutation(np.arange(4) % 3), False
        yield 0.0, generator.integers(0, 3, (2, 3)), False
        yield 0.1, 1, False
    labels = name in _LABELS.split()
    if labels:
        classes, binary = generator.permutation(np.arange(4) % 3), generator.permutation(np.arange(4) % 2)
        one_of_five = np.eye(5)[classes + binary]
        for cost, values in ((0.15, classes), (0.25, binary.astype(float)), (0.35, np.eye(3)[classes]),
                             (0.37, one_of_five), (0.45, np.eye(3)[:, [1]])):  # fmt: skip
            if usage.axes[0] <= values.ndim <= usage.axes[1]:
                yield cost, values, False
    yield from _arrays(name, usage, generator, numbers, gates, labels and len(name) > 1)


def _arrays(
    name: str, usage: Usage, generator: np.random.Generator, numbers: bool, gates: int, labels: bool
) -> Iterator[tuple[float, Any, bool]]:
    """Random arrays, the likeliest shapes first; labels are not differentiated."""
    plain = re.sub(r"\d$", "", name) if name[:1] in "wb" else name
    shapes: tuple[tuple[int, ...], ...]
    shapes = next((shapes for words, shapes in _SHAPES if plain in words.split()), _LIKE_X)
    shapes = next((shapes for words, shapes in _OF_CELLS if name in words.split()), shapes)
    shapes = ((4,), *shapes) if name.endswith("mask") else shapes
    if not any(usage.axes[0] <= len(shape) <= usage.axes[1] for shape in shapes):
        shapes = _LIKE_X  # the name means something else elsewhere
    wide = name in ("b", "bias") or any(name in words.split() for words, _ in _SHAPES[4:])
    more = 0.3 if labels else 0.0
    for place, shape in enumerate(shapes):
        if shape == ():
            if numbers:
                number = generator.uniform(0.1, 0.9) if usage.share else generator.uniform(0.5, 1.5)
                yield 0.4 if labels else -0.5, float(number), not labels
            continue
        if not usage.axes[0] <= len(shape) <= usage.axes[1]:
            continue
        if usage.share:
            yield 0.2 * place + more, generator.uniform(0.1, 0.9, shape), not labels
            continue
        if wide and shape[-1] == 5:
            shape = (*shape[:-1], 5 * gates)
        drawn = generator.normal(size=shape)
        if name.endswith(("adj", "mask")):
            yield 0.05 * place, (drawn > 0).astype(float), False
            yield 0.05 * place + 0.02, drawn > -1, False
            continue
        yield 0.2 * place + more, drawn, not labels
        yield 0.2 * place + more + 0.7, generator.uniform(0.1, 0.9, shape), not labels  # a probability
        yield 0.2 * place + more + 1.5, np.abs(drawn) + 0.1, not labels  # for logarithms and roots
        if len(shape) == 2 and shape[0] == shape[1]:
            yield 0.2 * place + more, drawn @ drawn.T + np.eye(len(drawn)), not labels  # for its root, or its inverse


def told_value(words: str, generator: np.random.Generator) -> tuple[Any, bool]:
    """What a person tells of an argument: a number that is fixed, or the shape of an array, such as 4x3."""
    if re.fullmatch(r"\d+(?:x\d+)*x?", words) and "x" in words:
        return generator.normal(size=[int(each) for each in words.strip("x").split("x")]), True
    try:
        return (int(words) if words.lstrip("-").isdigit() else float(words)), False
    except ValueError:
        return words, False
