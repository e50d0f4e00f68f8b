"""A sidecar: what the names of a document stand for, as PyTorch code; values and derivatives at random points.

`forward` is given what `given` lists and returns all quantities by name, so that autograd can derive any by any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from soundness.declared import Names, Written, written_names
from soundness.problems import MisfitError

Array = Any
POINTS = 4


@dataclass(frozen=True)
class Case:
    """What a document's sidecar says.

    axes: `n=5 d=3 t=0:4`, the sizes (or first and last index) of each axis.
    given: `X:n,d W:d,k:positive y:n:bits`, what is drawn at random, with its axes and how it is drawn.
    written: the table of names, see `declared.py`.
    words: the names of several letters. numbers: whole numbers by name (`n_h=4`).
    layers: the letters of layers with their values; an equation holds for each (`{"l": (2,), "L": (3,)}`).
    conventions: `layout`, `jacobian`, `softmax`, and operators (`{"*": "\\\\odot"}`).
    limits: the first and last value of a letter that is free in an equation.
    up_to: what the whole document keeps to, for which `right_up_to` will do for its right lines.
    samples: the name of the number of samples, by which a mutant may differ where the verdict says so.
    ignored: equations that are neither claims nor definitions ("i = 1").
    """

    forward: Callable[..., Mapping[str, Any]]
    axes: str
    given: str
    written: str
    words: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    layers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    conventions: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    up_to: bool = False
    samples: str = ""
    ignored: tuple[str, ...] = ()
    scale: float = 1.0

    def ranges(self) -> dict[str, range]:
        found = {}
        for part in self.axes.split():
            name, size = part.split("=")
            low, _, high = size.rpartition(":")
            found[name] = range(int(low), int(high) + 1) if low else range(1, int(size) + 1)
        return found

    def names(self) -> Names:
        """All written names; an axis's name is its size unless it means something else, and so are `numbers`."""
        names = written_names(self.written, self.words)
        sizes = {**{name: len(values) for name, values in self.ranges().items()}, **self.numbers}
        taken = {name.text for name in names}
        table = "\n".join(f"{name} | number {size} | scalar" for name, size in sizes.items() if name not in taken)
        return Names((*names, *written_names(table, self.words)), words=self.words)


class Drawn:
    """The quantities of a case at random points: what the strict evaluator asks for."""

    def __init__(self, case: Case, seed: int = 1) -> None:
        self.case = case
        self.points = POINTS
        self.ranges = case.ranges()
        by = torch.Generator().manual_seed(seed)
        self.drawn = [self._draw(by) for _ in range(POINTS)]
        self.worlds = [self._world(drawn) for drawn in self.drawn]
        self.found: dict[Any, Array] = {}

    def _draw(self, by: torch.Generator) -> dict[str, torch.Tensor]:
        found = {}
        for part in self.case.given.split():
            name, axes, how = [*part.split(":"), "", ""][:3]
            shape = tuple(len(self.ranges[axis]) for axis in axes.split(",") if axis)
            found[name] = DRAWS[how](shape, by)
            if found[name].dtype == torch.float64 and how in ("", "positive", "unit", "small"):
                found[name] = found[name] * self.case.scale if how == "" else found[name]
        return found

    def _world(self, drawn: Mapping[str, torch.Tensor]) -> dict[str, Any]:
        leaves = {
            name: value.clone().requires_grad_() if value.dtype == torch.float64 else value
            for name, value in drawn.items()
        }
        return {**leaves, **self.case.forward(**leaves)}

    def _sized(self, array: Array, axes: tuple[str, ...], name: str) -> Array:
        """Without axes of size 1, and turned until the sizes are those of the axes."""
        sizes = tuple(len(self.ranges[axis]) for axis in axes)
        array = array.reshape([size for size in array.shape if size != 1])
        if array.shape != sizes:
            assert sorted(array.shape) == sorted(sizes), (name, array.shape, sizes)
            assert len(set(sizes)) == len(sizes), (name, sizes)
            array = array.transpose([array.shape.index(size) for size in sizes])
        return array

    def value(self, name: Written) -> Array:
        if name.quantity not in self.found or name.quantity.startswith("tangent"):
            self.found[name.quantity] = self._value(name)
        points = self.found[name.quantity]
        return np.stack([self._sized(each, (*name.slots, *name.axes), name.text) for each in points])

    def _value(self, name: Written) -> list[Array]:
        kind, _, rest = name.quantity.partition(" ")
        if kind == "number":
            return [np.array(float(rest))] * self.points
        if kind == "grad":
            of, by = rest.split()
            return [_gradient(world[of], world[by]).detach().numpy() for world in self.worlds]
        if kind == "tangent":
            return [self._tangent(rest, point) for point in range(self.points)]
        return [_tensor(world, name).detach().numpy() for world in self.worlds]

    def _tangent(self, of: str, point: int) -> Array:
        """The differential of a quantity where each given name W changes by the given name dW."""
        world, drawn = self.worlds[point], self.drawn[point]
        names = [name for name in drawn if "d" + name in drawn]
        weights = torch.zeros_like(world[of]).requires_grad_()
        slopes = torch.autograd.grad(world[of], [world[name] for name in names], weights, create_graph=True)
        change = sum((slope * drawn["d" + name]).sum() for name, slope in zip(names, slopes, strict=True))
        (found,) = torch.autograd.grad(change, weights)
        return found.numpy()

    def derivative(self, of: Written, by: tuple[Written, ...], power: int) -> Array:
        key = (of.text, tuple(each.text for each in by), power)
        if key not in self.found:
            if any(each.quantity.split()[0] in ("grad", "tangent", "number") for each in (of, *by)):
                raise MisfitError("a derivative of, or by, what is a derivative or a number")
            self.found[key] = np.stack([self._derivative(world, of, by, power) for world in self.worlds])
        return self.found[key]

    def _derivative(self, world: Mapping[str, Any], of: Written, by: tuple[Written, ...], power: int) -> Array:
        numerator = _tensor(world, of) ** power
        axes = (*of.slots, *of.axes)
        found = numerator.reshape(-1)
        sizes = [numerator.shape]
        for each in by:
            variable = _tensor(world, each)
            axes = (*axes, *each.slots, *each.axes)
            found = torch.stack([_gradient(entry, variable).reshape(-1) for entry in found]).reshape(-1)
            sizes.append(variable.shape)
        array = found.detach().numpy().reshape([size for shape in sizes for size in shape])
        # Each part by itself, as the axes of one may have the sizes of those of another.
        at = 0
        array = array.reshape([size for size in array.shape if size != 1])
        order: list[int] = []
        for each in (of, *by):
            wanted = [len(self.ranges[axis]) for axis in (*each.slots, *each.axes)]
            have = list(array.shape[at : at + len(wanted)])
            assert sorted(have) == sorted(wanted), (each.text, have, wanted)
            order += [at + (have.index(size) if have != wanted else i) for i, size in enumerate(wanted)]
            at += len(wanted)
        return array.transpose(order)

    def function(self, name: str, primes: int) -> Callable[..., Array]:
        known = FUNCTIONS.get(name)
        functions = [known or world.get(name) for world in self.worlds]
        if functions[0] is None:
            raise MisfitError(f"{name} is no function")
        if primes > 2:
            raise MisfitError("a third derivative")
        if known:
            return lambda *arguments: _applied(known, primes, arguments)

        def applied(*arguments: Array) -> Array:
            each = zip(functions, *arguments, strict=True)
            return np.stack([_applied(function, primes, values) for function, *values in each])

        return applied


def _applied(function: Callable[..., torch.Tensor], primes: int, arguments: Sequence[Array]) -> Array:
    tensors = [torch.tensor(np.asarray(argument)).requires_grad_() for argument in arguments]
    if primes and len(tensors) > 1:
        raise MisfitError("a prime at a function of several variables")
    found = function(*tensors)
    for _ in range(primes):
        found = _gradient(found.sum(), tensors[0])
    return found.detach().numpy()


def _tensor(world: Mapping[str, Any], name: Written) -> torch.Tensor:
    found = world[name.quantity]
    return found if isinstance(found, torch.Tensor) else torch.tensor(float(found), dtype=torch.float64)


def _gradient(of: torch.Tensor, by: torch.Tensor) -> torch.Tensor:
    """∂of/∂by as a tensor that can be derived again; 0 where one does not depend on the other."""
    if of is by and of.numel() == 1:
        return torch.ones_like(of)
    if not of.requires_grad or not by.requires_grad:
        return torch.zeros_like(by)
    (found,) = torch.autograd.grad(of, by, create_graph=True, allow_unused=True)
    return torch.zeros_like(by) if found is None else found


def _normal(shape: tuple[int, ...], by: torch.Generator) -> torch.Tensor:
    return torch.randn(shape, generator=by, dtype=torch.float64)


def _uniform(shape: tuple[int, ...], by: torch.Generator, low: float, high: float) -> torch.Tensor:
    return low + (high - low) * torch.rand(shape, generator=by, dtype=torch.float64)


def _onehot(shape: tuple[int, ...], by: torch.Generator) -> torch.Tensor:
    places = torch.randint(shape[-1], shape[:-1], generator=by)
    return torch.nn.functional.one_hot(places, shape[-1]).to(torch.float64)


def _class(shape: tuple[int, ...], by: torch.Generator, classes: int = 4) -> torch.Tensor:
    return 1.0 + torch.randint(classes, shape, generator=by).to(torch.float64)


def _symmetric(shape: tuple[int, ...], by: torch.Generator) -> torch.Tensor:
    found = _normal(shape, by)
    return (found + found.T) / 2


DRAWS: Mapping[str, Callable[[tuple[int, ...], torch.Generator], torch.Tensor]] = {
    "": _normal,
    "positive": lambda shape, by: _uniform(shape, by, 0.4, 2.2),
    "unit": lambda shape, by: _uniform(shape, by, 0.1, 0.9),
    "small": lambda shape, by: _uniform(shape, by, 0.01, 0.2),
    "bits": lambda shape, by: torch.randint(2, shape, generator=by).to(torch.float64),
    "signs": lambda shape, by: 2.0 * torch.randint(2, shape, generator=by).to(torch.float64) - 1.0,
    "counts": lambda shape, by: torch.randint(7, shape, generator=by).to(torch.float64),
    "onehot": _onehot,
    "class": _class,
    "parts": lambda shape, by: torch.softmax(_normal(shape, by), dim=-1),
    "symmetric": _symmetric,
    "zero": lambda shape, by: torch.zeros(shape, dtype=torch.float64),
    "ones": lambda shape, by: torch.ones(shape, dtype=torch.float64),
    "eye": lambda shape, by: torch.eye(shape[0], dtype=torch.float64),
}

FUNCTIONS: Mapping[str, Callable[..., torch.Tensor]] = {
    r"\log": torch.log,
    r"\exp": torch.exp,
    r"\sqrt": torch.sqrt,
    r"\tanh": torch.tanh,
    r"\sin": torch.sin,
    r"\cos": torch.cos,
    r"\sinh": torch.sinh,
    r"\cosh": torch.cosh,
    r"\sech": lambda x: 1 / torch.cosh(x),
    r"\arctan": torch.atan,
    r"\sigmoid": torch.sigmoid,
    r"\softplus": lambda x: torch.log1p(torch.exp(x)),
    r"\ReLU": torch.relu,
    r"\erf": torch.erf,
    r"\sign": torch.sign,
}
