"""What people get who derive a model with one wrong rule: derivatives to which a wrong claim is compared.

The dual numbers of the model are computed once more, with the slope of one node as a wrong rule has it (or of all nodes
to which the rule applies), with a value that is held constant on the way, with the Jacobian of one definition taken as
diagonal. A claim that equals such a derivative is explained by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeAlias

import numpy as np

from chalkgrad.checking.numbers_at_points import Floats, Numbers
from chalkgrad.checking.vectors import Batch, Vectors
from chalkgrad.checking.words import What
from chalkgrad.checking.wrong_rules import Rule
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Add, Call, Definition, Element, Expression, Role, Tensor, walk

NO_ACTIVATIONS = frozenset({"sqrt", "abs", "log", "log1p", "square", "reciprocal", "sign"})
_MOST_PLACES = 60
_MOST_STEPS = 6
_SAME = 1e-9

Values: TypeAlias = dict[Tensor, Numbers]


@dataclass(frozen=True)
class Misderived:
    """A wrong derivative of a model by a tensor (its axes, then the points), and what slipped where."""

    derivative: Floats
    what: What


Misderive: TypeAlias = Callable[["Misderivations"], Iterator[Misderived]]


class _Slipped(Vectors):
    """Dual numbers where chosen nodes have the slope that a wrong rule gives them: its first, second, … alternative."""

    rule: Rule
    chosen: Mapping[Expression, int]

    def _compute(self, expression: Expression) -> Numbers:
        found = super()._compute(expression)
        which = self.chosen.get(expression)
        if which is None or found.slope is None:
            return found
        self._known[expression] = found  # the rule asks for it
        slopes = [slope for slope, _ in self.rule(self, expression)]
        return Numbers(found.value, slopes[which]) if which < len(slopes) else found


class Misderivations:
    """The wrong derivatives of one tensor of a model by another; those of each wrong rule are computed once."""

    def __init__(self, batch: Batch, of: Tensor, wrt: Tensor) -> None:
        self.batch, self.program = batch, batch.program
        self.of, self.wrt = self.program.tensor(of.name), self.program.tensor(wrt.name)
        self.true = batch.derivative(self.of, self.wrt)
        held = self.batch.vectors.values[self.wrt].value
        self.shape, self.count = held.shape[:-2], int(np.prod(held.shape[:-2], dtype=int))
        self.seeded = Numbers(held, self._seeds(self.shape))
        self._found: dict[Misderive, tuple[list[Misderived], Iterator[Misderived]]] = {}

    def of_kind(self, misderive: Misderive) -> Iterator[Misderived]:
        """The wrong derivatives of one kind that differ from the right one, each computed when it is asked for."""
        kept, more = self._found.setdefault(misderive, ([], misderive(self)))
        place = 0
        while place < len(kept) or self._further(kept, more):
            yield kept[place]
            place += 1

    def _further(self, kept: list[Misderived], more: Iterator[Misderived]) -> bool:
        """Computes and keeps one more, if there is one."""
        for each in more:
            if np.isfinite(each.derivative).any() and not _same(each.derivative, self.true):
                kept.append(each)
                return True
        return False

    @cached_property
    def later(self) -> list[Definition]:
        """The definitions on the way from the one to the other."""
        moved, found = {self.wrt}, []
        for definition in self.program.definitions:
            if definition.tensor is not self.wrt and not moved.isdisjoint(definition.body.tensors):
                moved.add(definition.tensor)
                found.append(definition)
        needed, way = {self.of}, []
        for definition in reversed(found):
            if definition.tensor in needed:
                needed |= set(definition.body.tensors)
                way.append(definition)
        return way[::-1]

    @cached_property
    def moving(self) -> Vectors:
        """The dual numbers of the model as they are."""
        vectors = Vectors(self.batch.sizes, self._start())
        self._define(vectors)
        return vectors

    def by_rule(self, rule: Rule) -> Iterator[Misderived]:
        """What a wrong rule makes of the derivative at each place, and at all places at once."""
        places: dict[Expression, list[What]] = {}
        nodes = dict.fromkeys(node for parts in self._parts.values() for node in parts)
        for node in list(nodes)[:_MOST_PLACES]:
            with np.errstate(all="ignore"):
                found = [what for _, what in rule(self.moving, node)]
            if found:
                places[node] = found
        for node, alternatives in places.items():
            for which, what in enumerate(alternatives):
                yield Misderived(self._by_rule(rule, {node: which}), what)
        for chosen in self._together(places):
            what = _all_of(dict.fromkeys(places[node][which] for node, which in chosen.items()))
            yield Misderived(self._by_rule(rule, chosen), what)

    def _together(self, places: Mapping[Expression, list[What]]) -> Iterator[Mapping[Expression, int]]:
        """The places where a rule is likely applied as well as at one: all of them, or those where it does the same."""
        if len(places) > 1:
            for which in range(max(map(len, places.values()))):
                yield {node: which for node, found in places.items() if which < len(found)}
        for what in dict.fromkeys(what for found in places.values() for what in found):
            alike = {node: found.index(what) for node, found in places.items() if what in found}
            if 1 < len(alike) < len(places):
                yield alike

    def _by_rule(self, rule: Rule, chosen: Mapping[Expression, int]) -> Floats:
        first = next(d for d in self.later if not chosen.keys().isdisjoint(self._parts[d]))
        vectors = _Slipped(self.batch.sizes, self._until(first))
        vectors.rule, vectors.chosen = rule, chosen
        return self._defined(vectors)

    def by_held_values(self) -> Iterator[Misderived]:
        """The derivative along some of the ways only: in one definition values that move too are held constant."""
        for definition in self.later:
            moving = [tensor for tensor in definition.body.tensors if self.moving.values[tensor].slope is not None]
            if len(moving) < 2:
                continue
            held: list[tuple[Tensor, ...]] = [(tensor,) for tensor in moving]
            held += [tuple(other for other in moving if other is not tensor) for tensor in moving]
            for constant in dict.fromkeys(held):
                ways = ("the way through ", _all_of(constant))
                yield Misderived(self._replaced(definition, partial(_holding, constant)), ways)

    def by_diagonals(self) -> Iterator[Misderived]:
        """The derivative with the Jacobian of one definition by a value of the same shape taken as diagonal.

        Of a softmax or its like: nobody takes the weights of a layer as diagonal.
        """
        for definition in self.later:
            weights = [tensor for tensor in definition.body.tensors if tensor.role is Role.PARAMETER]
            weighted = any(tensor is not self.wrt or len(tensor.axes) > 1 for tensor in weights)
            for tensor in () if weighted else definition.body.tensors:
                if tensor.shape == definition.tensor.shape != () and self.moving.values[tensor].slope is not None:
                    what = (definition.tensor, " by ", tensor)
                    yield Misderived(self._replaced(definition, partial(self._diagonal, tensor)), what)

    def by_identities(self) -> Iterator[Misderived]:
        """The derivative with one layer left out: a function of a value of the same shape, such as a softmax."""
        for definition in self.later:
            inner = [tensor for tensor in definition.body.tensors if self.moving.values[tensor].slope is not None]
            if len(inner) != 1 or inner[0].shape != definition.tensor.shape or isinstance(definition.body, Add):
                continue
            if any(isinstance(node, Call) for node in walk(definition.body)) and not _is_plain(definition):
                found = self._replaced(definition, partial(_passed_on, inner[0]))
                yield Misderived(found, ("∂", definition.tensor, "/∂", inner[0]))

    def by_other_tensors(self) -> Iterator[Misderived]:
        """The derivative by another tensor of the same shape, or by another entry of the tensor itself."""
        for tensor in (*self.program.declared, *(definition.tensor for definition in self.program.definitions)):
            if tensor is not self.wrt and tensor is not self.of and tensor.shape == self.wrt.shape:
                found = self.batch.derivative(self.of, tensor)
                yield Misderived(found, ("this is the derivative by ", tensor, ", not by ", self.wrt))
        for axis, size in enumerate(self.shape):
            for step in range(1, min(size, _MOST_STEPS)):
                what = ("this is the derivative by another entry of ", self.wrt)
                yield Misderived(np.roll(self.true, step, axis), what)

    # --- computing ---

    def _seeds(self, shape: tuple[int, ...]) -> Floats:
        count = int(np.prod(shape, dtype=int))
        return np.eye(count).reshape(*shape, count, 1)

    def _start(self) -> Values:
        """The values that do not depend on what is derived by, and that with its slopes."""
        moved = {definition.tensor for definition in self.later}
        values = self.batch.vectors.values
        return {**{tensor: values[tensor] for tensor in values if tensor not in moved}, self.wrt: self.seeded}

    @cached_property
    def _parts(self) -> Mapping[Definition, Mapping[Expression, None]]:
        """The nodes of the definitions on the way."""
        return {each: {} if _is_made_up(each) else dict.fromkeys(walk(each.body)) for each in self.later}

    def _until(self, first: Definition) -> Values:
        """The values before a definition, with their slopes."""
        before = self.later[: self.later.index(first)]
        return {**self._start(), **{each.tensor: self.moving.values[each.tensor] for each in before}}

    def _define(self, vectors: Vectors) -> None:
        for definition in self.later:
            if definition.tensor in vectors.values:
                continue
            vectors.values[definition.tensor] = vectors.placed(vectors.of(definition.body), definition.indices)

    def _replaced(self, at: Definition, body: Callable[[Vectors, Definition], Numbers]) -> Floats:
        vectors = Vectors(self.batch.sizes, self._until(at))
        for definition in self.later[self.later.index(at) :]:
            if definition is at:
                vectors.values[definition.tensor] = body(vectors, definition)
            else:
                vectors.values[definition.tensor] = vectors.placed(vectors.of(definition.body), definition.indices)
        return self._read(vectors)

    def _defined(self, vectors: Vectors) -> Floats:
        try:
            self._define(vectors)
        except (ChalkgradError, ValueError):
            return np.full((*self.shape, self.batch.points), np.nan)
        return self._read(vectors)

    def _read(self, vectors: Vectors) -> Floats:
        slope = vectors.values[self.of].slope
        shape = (self.count, self.batch.points)
        found = np.zeros(shape) if slope is None else np.broadcast_to(slope, shape)
        return found.reshape(*self.shape, self.batch.points)

    def _diagonal(self, by: Tensor, vectors: Vectors, definition: Definition) -> Numbers:
        """The values of a definition, with slopes as if each of its places depended on the same place of `by` only."""
        whole = vectors.placed(vectors.of(definition.body), definition.indices)
        moved = vectors.values[by]
        assert moved.slope is not None
        shape = moved.value.shape[:-2]
        count = int(np.prod(shape, dtype=int))
        values = {**self.batch.vectors.values, by: Numbers(moved.value, self._seeds(shape))}
        alone = Vectors(self.batch.sizes, values)
        jacobian = alone.placed(alone.of(definition.body), definition.indices).slope
        if jacobian is None:
            return Numbers(whole.value)  # it does not depend on it after all
        flat = np.broadcast_to(jacobian, (*shape, count, self.batch.points)).reshape(count, count, self.batch.points)
        diagonal = np.einsum("kkp->kp", flat).reshape(*shape, 1, self.batch.points)
        return Numbers(whole.value, diagonal * moved.slope)


def _all_of(whats: Iterable[What]) -> What:
    """Several things in one sentence."""
    parts = list(whats)
    return tuple(each for place, what in enumerate(parts) for each in ((" and ", what) if place else (what,)))


def _is_made_up(definition: Definition) -> bool:
    """Whether a definition is that of any function: nobody derived it."""
    return any(" by " in tensor.name for tensor in definition.body.tensors)


def _is_plain(definition: Definition) -> bool:
    """Whether a definition is a function that is no activation, of one value."""
    body = definition.body
    return isinstance(body, Call) and isinstance(body.argument, Element) and body.function in NO_ACTIVATIONS


def _passed_on(tensor: Tensor, vectors: Vectors, definition: Definition) -> Numbers:
    """The values of a definition, with the slopes that go into it."""
    return Numbers(vectors.placed(vectors.of(definition.body), definition.indices).value, vectors.values[tensor].slope)


def _holding(constant: tuple[Tensor, ...], vectors: Vectors, definition: Definition) -> Numbers:
    held = {tensor: Numbers(vectors.values[tensor].value) for tensor in constant}
    apart = Vectors(vectors.sizes, {**vectors.values, **held})
    return apart.placed(apart.of(definition.body), definition.indices)


def _same(one: Floats, other: Floats) -> bool:
    return bool(np.allclose(one, other, rtol=_SAME, atol=_SAME, equal_nan=True))
