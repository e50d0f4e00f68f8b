"""What an edit of a claim works on: the claim's subject, and its formula place by place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product

from chalkgrad.checking.misderivation import NO_ACTIVATIONS
from chalkgrad.checking.truth import Target
from chalkgrad.checking.words import PLAIN, Spelling, What
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Index,
    Multiply,
    Program,
    Role,
    Sum,
    Tensor,
    as_index,
    children,
    multiply,
    rebuild,
    walk,
)
from chalkgrad.reading.hidden_samples import samples_of

_MOST_PLACES = 4


@dataclass(frozen=True)
class Subject:
    """What a claim is about: the model, that by which it derives, and how the document spells both.

    What has a space in its name is no quantity of the document and nothing that stands in a formula.
    """

    program: Program
    target: Target
    spelling: Spelling = PLAIN

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes along which the claim has a value each."""
        return self.target.axes

    @property
    def indices(self) -> tuple[tuple[int | str, Index], ...]:
        """The indices of that by which it derives, axes and fixed places, with the sizes along which they run."""
        sizes = (axis.size for axis in self.target.tensor.axes)
        return tuple(zip(sizes, self.target.indices, strict=True))

    @cached_property
    def samples(self) -> frozenset[int | str]:
        """The sizes that count samples."""
        return frozenset(samples_of(self.program))

    def kind_of_axis(self, axis: Axis) -> str:
        """`samples`, `inputs`, `outputs` or `hidden_units`: along what an axis of that size runs in the model."""
        if axis.size in self.samples:
            return "samples"
        given = [t for t in self.program.declared if t.role is Role.INPUT and self._is_of_samples(t)]
        inputs = {a.size for t in given for a in t.axes}
        targets = {a.size for t in self.program.declared if t.role is Role.TARGET for a in t.axes}
        hidden = {a.size for d in self.program.definitions for a in d.tensor.axes} - targets
        if axis.size in hidden and axis.size not in inputs:
            return "hidden_units"
        return "inputs" if axis.size in inputs else "outputs"

    def _is_of_samples(self, tensor: Tensor) -> bool:
        """Whether an input is a vector, or one for each sample: a matrix that is neither is one of weights."""
        return len([axis for axis in tensor.axes if axis.size not in self.samples]) < 2

    @cached_property
    def layers(self) -> tuple[tuple[Definition, Call], ...]:
        """The definitions that are one activation, such as `h := relu(z)`."""
        return tuple(
            (definition, definition.body)
            for definition in self.program.definitions
            if isinstance(definition.body, Call) and isinstance(definition.body.argument, Element)
            if definition.body.function not in NO_ACTIVATIONS
        )

    def activations(self) -> Iterator[tuple[Definition, Call]]:
        """The same, one after the other."""
        return iter(self.layers)

    @cached_property
    def tensors(self) -> tuple[Tensor, ...]:
        """The tensors of the model, but for what it is about in the end."""
        everything = (*self.program.declared, *(definition.tensor for definition in self.program.definitions))
        return tuple(tensor for tensor in everything if tensor is not self.program.result and " " not in tensor.name)

    def are_units(self, one: Tensor, other: Tensor) -> bool:
        """Whether two numbers are those of two units of a layer, such as h_1 and h_2, and not of two layers."""
        if one.axes or other.axes or one is other or not _differ_in_number(one.name, other.name):
            return False
        mine, theirs = self._users.get(one, ()), self._users.get(other, ())
        return any(a is b or self.are_units(a, b) for a in mine for b in theirs)

    @cached_property
    def _dimensions(self) -> dict[Axis, Axis]:
        """Which axes of the tensors run together, as those of h_j, v_j and b_j do: each points to another one."""
        parent: dict[Axis, Axis] = {}

        def find(axis: Axis) -> Axis:
            while parent.get(axis, axis) is not axis:
                axis = parent[axis]
            return axis

        for definition in self.program.definitions:
            together: dict[Axis, list[Axis]] = {}
            for own, index in zip(definition.tensor.axes, definition.indices, strict=True):
                together.setdefault(index, []).append(own)
            for node in walk(definition.body):
                if isinstance(node, Element):
                    for own, at in zip(node.tensor.axes, node.indices, strict=True):
                        if at.axis is not None:
                            together.setdefault(at.axis, []).append(own)
            for axes in together.values():
                for other in axes[1:]:
                    one, two = find(axes[0]), find(other)
                    if one is not two and one.size == two.size:
                        parent[two] = one
        return {axis: find(axis) for axis in parent}

    def dimension(self, axis: Axis) -> Axis:
        """One axis for all that run together with it."""
        return self._dimensions.get(axis, axis)

    @cached_property
    def _users(self) -> dict[Tensor, list[Tensor]]:
        """What is defined by each tensor."""
        found: dict[Tensor, list[Tensor]] = {}
        for definition in self.program.definitions:
            for tensor in definition.body.tensors:
                found.setdefault(tensor, []).append(definition.tensor)
        return found

    def placed(self, tensor: Tensor) -> Element | None:
        """The tensor at the claim's own indices, where each of its axes finds one of its size."""
        return next(self.places(tensor, self.indices), None)

    def places(self, tensor: Tensor, indices: tuple[tuple[int | str, Index], ...]) -> Iterator[Element]:
        """The tensor at such indices, in each way in which its axes find some of their size."""
        fitting = [[index for size, index in indices if size == own.size] for own in tensor.axes]
        for chosen in islice(product(*fitting), _MOST_PLACES):
            yield Element(tensor, chosen)


def _differ_in_number(one: str, other: str) -> bool:
    base, _, number_ = one.rpartition("_")
    again, _, another = other.rpartition("_")
    return bool(base) and base == again and number_.isdigit() and another.isdigit()


@dataclass(frozen=True)
class Scope:
    """A product in a claim, outside or within its sums: what stands there, at which indices, and how to change it."""

    body: Expression
    indices: tuple[tuple[int | str, Index], ...]
    put: Callable[[Expression], Expression]

    def times(self, factor: Expression) -> Expression:
        """The claim with one more factor here."""
        return self.put(multiply(factor, self.body))


def scopes(expression: Expression, subject: Subject) -> Iterator[Scope]:
    """The claim as a whole, then what its sums add up."""
    return _scopes(expression, subject.indices, lambda inner: inner)


def _scopes(
    node: Expression, indices: tuple[tuple[int | str, Index], ...], put: Callable[[Expression], Expression]
) -> Iterator[Scope]:
    yield Scope(node, indices, put)
    for factor in node.factors if isinstance(node, Multiply) else (node,):
        if isinstance(factor, Sum):
            others = [other for other in node.factors if other is not factor] if isinstance(node, Multiply) else []
            within = ((factor.axis.size, as_index(factor.axis)), *indices)

            def again(inner: Expression, axis: Axis = factor.axis, others: list[Expression] = others) -> Expression:
                return put(multiply(*others, Sum(inner, axis)))

            yield from _scopes(factor.body, within, again)


Edits = Callable[[Expression, Subject], Iterator[tuple[Expression, What]]]


def no_edits(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, What]]:
    """None at all."""
    return iter(())


def everywhere(
    expression: Expression, edit: Callable[[Expression], Iterator[tuple[Expression, What]]]
) -> Iterator[tuple[Expression, What]]:
    """The expression with the edit made at each place in turn, outermost first."""
    yield from edit(expression)
    for child in dict.fromkeys(children(expression)):
        for changed, what in everywhere(child, edit):
            yield rebuild(expression, lambda node, old=child, new=changed: new if node is old else node), what  # type: ignore[misc]
