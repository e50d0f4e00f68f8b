"""Programs with numbers for the sizes that nobody stated: small ones, to draw and to compute with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count

from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Index,
    Program,
    SizeOf,
    Tensor,
    bound_by,
    number,
    walk,
    with_axes,
)
from chalkgrad.networks.batches import SAMPLES

LARGEST_SHOWN = 8
_USUAL = (2, 3, 4)


@dataclass(frozen=True)
class Sized:
    """A program with numbers for its sizes, and which numbers were chosen for which sizes."""

    program: Program
    chosen: Mapping[int | str, int]


def sized(
    program: Program,
    samples: int | None = None,
    largest: int | None = None,
    stated: Mapping[int | str, int] | None = None,
) -> Sized:
    """The program with a small number for each size that is a name.

    The samples stay as many as they are unless `samples` says how many; sizes that are larger than `largest` become
    small ones too. `stated` are sizes that are known.

    >>> from chalkgrad.language import Role, Sum
    >>> i, j = Axis("i", "d0"), Axis("j", "d1")
    >>> x, W, z = Tensor("x", (i,), Role.INPUT), Tensor("W", (j, i), Role.PARAMETER), Tensor("z", (j,))
    >>> found = sized(Program((x, W), (Definition(z, (j,), Sum(W[j, i] * x[i], i)),), (z,)))
    >>> found.chosen, found.program.tensor("W").shape
    ({'d0': 2, 'd1': 3}, (3, 2))
    """
    found = list(dict.fromkeys(_sizes(program)))
    kept = [size for size in found if isinstance(size, int) and (largest is None or size <= largest)]
    least = _least(program)
    known = {size: each for size, each in (stated or {}).items() if size in found and each >= least.get(size, 1)}
    chosen: dict[int | str, int] = dict(known)
    for size in found:
        if size in kept or size in known:
            continue
        if size == SAMPLES.size:
            if samples is not None:
                chosen[size] = samples
            continue
        at_least = least.get(size, 1)
        turn = len(chosen)
        around = (*_USUAL[turn % len(_USUAL) :], *_USUAL[: turn % len(_USUAL)])
        chosen[size] = next(each for each in chain(around, count(at_least)) if each >= at_least)
    return Sized(_Sizing(chosen).program(program), chosen) if chosen else Sized(program, {})


def _sizes(program: Program) -> Iterator[int | str]:
    """The sizes of a program, in order of first use."""
    for tensor in program.declared:
        yield from tensor.shape
    for definition in program.definitions:
        yield from (axis.size for axis in definition.indices)
        for node in walk(definition.body):
            yield from (axis.size for axis in bound_by(node))
            if isinstance(node, SizeOf):
                yield node.size


def _least(program: Program) -> dict[int | str, int]:
    """How large each size must be at least, for the places that are spoken of."""
    found: dict[int | str, int] = {}
    for definition in program.definitions:
        for node in walk(definition.body):
            if isinstance(node, Element):
                for index, axis in zip(node.indices, node.tensor.axes, strict=True):
                    if not index.terms:
                        found[axis.size] = max(found.get(axis.size, 1), index.offset + 1)
    return found


@dataclass
class _Sizing:
    chosen: Mapping[int | str, int]
    known: dict[Expression, Expression] = field(default_factory=dict)

    def program(self, program: Program) -> Program:
        declared = tuple(map(self.tensor, program.declared))
        definitions = tuple(
            Definition(self.tensor(each.tensor), tuple(map(self.axis, each.indices)), self.of(each.body))
            for each in program.definitions
        )
        assumptions = tuple(
            type(each)(self.of(each.left), self.of(each.right), each.reason) for each in program.assumptions
        )
        return Program(declared, definitions, tuple(map(self.tensor, program.results)), assumptions)

    def axis(self, axis: Axis) -> Axis:
        return Axis(axis.name, self.chosen.get(axis.size, axis.size))

    def tensor(self, tensor: Tensor) -> Tensor:
        return tensor.with_axes(map(self.axis, tensor.axes))

    def index(self, index: Index) -> Index:
        return Index(tuple((self.axis(axis), factor) for axis, factor in index.terms), index.offset)

    def of(self, expression: Expression) -> Expression:
        if expression not in self.known:
            self.known[expression] = self._of(expression)
        return self.known[expression]

    def _of(self, node: Expression) -> Expression:
        match node:
            case Element(tensor=tensor, indices=indices):
                return Element(self.tensor(tensor), tuple(map(self.index, indices)))
            case SizeOf(size=size):
                return number(self.chosen[size]) if size in self.chosen else node
        return with_axes(node, self.of, self.axis)
