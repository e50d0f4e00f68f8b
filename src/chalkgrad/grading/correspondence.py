"""Which quantity of a submission is which of the sheet: two networks are the same where they give the same loss.

Names, shapes and layouts may differ, and quantities may be gathered in tensors or stand one by one. First those of the
same shapes in the same order are tried. Else single elements are told apart by refinement, as vertices of graphs are:
all that cannot be told apart yet have the same value, and what the loss changes by for each of them divides them
further; where nothing does, one is taken as it comes (hidden units can be exchanged). Numbers at random points decide.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import isclose, isfinite, prod
from typing import Any, TypeAlias

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Array, Program, Role, SizeOf, Tensor, evaluate, jacobian_by_dual_numbers, walk

Place: TypeAlias = "tuple[int, ...]"
Entry: TypeAlias = "tuple[str, Place]"

_PROBES = 3
_MOST_ENDS = 3
_MOST_ELEMENTS = 150
_MOST_BINDINGS = 2000
_MOST_CHOICES = 60
_USUAL_SIZES = (1, 2, 3, 4)
_SAME = 1e-9


@dataclass(frozen=True)
class Correspondence:
    """The submission's names of the sheet's quantities, of whole tensors or of their elements one by one, and the
    `program` of the submission that ends in the sheet's loss.
    """

    program: Program
    tensors: Mapping[str, str]
    elements: Mapping[Entry, Entry] | None = None

    def of(self, name: str, place: Place) -> Entry:
        """The submission's tensor and place of an element of the sheet's."""
        return (self.tensors[name], place) if self.elements is None else self.elements[name, place]

    def names(self, name: str) -> list[str]:
        """The submission's tensors that hold a tensor of the sheet."""
        if self.elements is None:
            return [self.tensors[name]]
        return list(dict.fromkeys(own for (theirs, _), (own, _) in self.elements.items() if theirs == name))


def correspondence(sheet: Program, own: Program) -> Correspondence | None:
    """How the quantities of a submission's program correspond to those of the sheet's; None for another network.

    >>> from chalkgrad.language import Definition
    >>> def linear(weight: str, given: str) -> Program:
    ...     w, x, L = Tensor(weight, (), Role.PARAMETER), Tensor(given, (), Role.INPUT), Tensor("L")
    ...     return Program((w, x), (Definition(L, (), w[()] ** 2 * x[()]),), (L,))
    >>> correspondence(linear("w", "x"), linear("m", "q")).tensors
    {'x': 'q', 'w': 'm'}
    """
    for program in _ending_in_losses(own):
        try:
            found = _by_tensors(sheet, program) or _by_elements(sheet, program)
        except (ChalkgradError, ArithmeticError, ValueError):  # a program that has no value there is another one
            continue
        if found is not None:
            return found
    return None


def _ending_in_losses(program: Program) -> Iterator[Program]:
    """The program, and what it is without its last definitions: a mean of losses may follow, or one taken anew."""
    yield program
    for count in range(len(program.definitions) - 1, max(len(program.definitions) - _MOST_ENDS, 1), -1):
        kept = program.definitions[:count]
        used = {tensor for each in kept for tensor in each.body.tensors}
        declared = tuple(tensor for tensor in program.declared if tensor in used)
        if any(tensor.role is Role.TARGET for tensor in declared):
            yield Program(declared, kept, (kept[-1].tensor,), program.assumptions)


def sizes_in(program: Program) -> list[str]:
    """The names of sizes that are no numbers, also of those that only a formula speaks of: the n of a mean."""
    told = [node.size for each in program.definitions for node in walk(each.body) if isinstance(node, SizeOf)]
    sizes = [*(size for tensor in program.declared for size in tensor.shape), *told]
    return list(dict.fromkeys(size for size in sizes if isinstance(size, str)))


def _in_order(program: Program) -> list[Tensor]:
    """What a program declares, by role: documents name things in any order."""
    return sorted(program.declared, key=lambda tensor: tensor.role.value)


def _by_tensors(sheet: Program, own: Program) -> Correspondence | None:
    """Tensor by tensor, where both have the same shapes in the same order."""
    theirs, mine = _in_order(sheet), _in_order(own)
    if sizes_in(sheet) or [(t.role, t.shape) for t in theirs] != [(t.role, t.shape) for t in mine]:
        return None
    for seed in range(_PROBES):
        values = [_drawn(sheet, tensor, tensor.shape, random.Random(f"{seed} {k}")) for k, tensor in enumerate(theirs)]
        losses = [
            _loss(program, {tensor.name: value for tensor, value in zip(order, values, strict=True)})
            for program, order in ((sheet, theirs), (own, mine))
        ]
        if not _are_same(*losses):
            return None
    return Correspondence(own, {t.name: m.name for t, m in zip(theirs, mine, strict=True)})


def _drawn(program: Program, tensor: Tensor, shape: Sequence[Any], source: random.Random) -> Array:
    """Values of both signs; those of a target are between 0 and 1 and sum to one, as any loss may need them to."""
    if tensor.role is not Role.TARGET:
        return Array(tuple(shape), [source.choice((-1, 1)) * source.uniform(0.2, 1.2) for _ in range(prod(shape))])
    numbers = [source.uniform(0.1, 0.9) for _ in range(prod(shape))]
    return Array(tuple(shape), [each / sum(numbers) for each in numbers] if program.assumptions else numbers)


def _loss(program: Program, values: Mapping[str, Array], sizes: Mapping[str, int] | None = None) -> float:
    found = evaluate(program, values, sizes=sizes)[program.result.name]
    if len(found.numbers) != 1:
        raise ChalkgradError("a loss is one number")
    return float(found.numbers[0])


def _are_same(one: float, other: float) -> bool:
    return isfinite(one) and isclose(one, other, rel_tol=_SAME, abs_tol=_SAME)


# --- element by element ---


@dataclass(frozen=True)
class _Side:
    """A program whose sizes are numbers, and its elements: targets, and all else."""

    program: Program
    sizes: Mapping[str, int]

    @cached_property
    def shapes(self) -> dict[str, Place]:
        """The shape of all that is declared."""
        return {
            tensor.name: tuple(size if isinstance(size, int) else self.sizes[size] for size in tensor.shape)
            for tensor in self.program.declared
        }

    @property
    def entries(self) -> list[Entry]:
        return [(name, place) for name, shape in self.shapes.items() for place in product(*map(range, shape))]

    def targets(self) -> int:
        return sum(prod(self.shapes[t.name]) for t in self.program.declared if t.role is Role.TARGET)

    def count(self) -> int:
        return sum(map(prod, self.shapes.values()))

    def arrays(self, values: Mapping[Entry, float]) -> dict[str, Array]:
        return {
            name: Array(shape, [values[name, place] for place in product(*map(range, shape))])
            for name, shape in self.shapes.items()
        }

    def loss(self, values: Mapping[Entry, float]) -> float:
        return _loss(self.program, self.arrays(values), self.sizes)

    def slopes(self, values: Mapping[Entry, float]) -> dict[Entry, float]:
        """What the loss changes by for each element."""
        arrays = self.arrays(values)
        return {
            (name, place): float(number)
            for name, shape in self.shapes.items()
            for place, number in zip(
                product(*map(range, shape)),
                jacobian_by_dual_numbers(self.program, arrays, name, sizes=self.sizes).numbers,
                strict=True,
            )
        }


def _by_elements(sheet: Program, own: Program) -> Correspondence | None:
    tried: set[tuple[tuple[Place, ...], tuple[Place, ...]]] = set()
    for theirs, mine in _bound(sheet, own):
        shapes = tuple(theirs.shapes.values()), tuple(mine.shapes.values())
        if shapes in tried:
            continue
        tried.add(shapes)
        found = _Refinement(theirs, mine).matched()
        if found is not None:
            return Correspondence(own, {}, found)
    return None


def _bound(sheet: Program, own: Program) -> Iterator[tuple[_Side, _Side]]:
    """Both programs with numbers for their named sizes, in all ways in which they have as many elements."""
    fixed = {s for program in (sheet, own) for t in program.declared for s in t.shape if isinstance(s, int)}
    theirs, mine = sizes_in(sheet), sizes_in(own)
    sizes = sorted(fixed | set(_USUAL_SIZES))
    for number, chosen in enumerate(product(sizes, repeat=len(theirs) + len(mine))):
        if number == _MOST_BINDINGS:
            return
        one = _Side(sheet, dict(zip(theirs, chosen, strict=False)))
        other = _Side(own, dict(zip(mine, chosen[len(theirs) :], strict=True)))
        if one.count() == other.count() <= _MOST_ELEMENTS and one.targets() == other.targets():
            yield one, other


class _Refinement:
    """Elements of two programs in classes of those that could not be told apart yet."""

    def __init__(self, theirs: _Side, mine: _Side) -> None:
        self.sides = (theirs, mine)
        self.left = _MOST_CHOICES

    def matched(self) -> dict[Entry, Entry] | None:
        """The element of the submission for each of the sheet."""
        return self._refined([self._first(side) for side in self.sides])

    def _first(self, side: _Side) -> dict[Entry, int]:
        """What is aimed at is told apart from the start; what is a parameter and what an input is not always known."""
        targets = {tensor.name for tensor in side.program.declared if tensor.role is Role.TARGET}
        return {entry: int(entry[0] in targets) for entry in side.entries}

    def _refined(self, classes: list[dict[Entry, int]]) -> dict[Entry, Entry] | None:
        while True:
            told = [self._told(side, known) for side, known in zip(self.sides, classes, strict=True)]
            if Counter(told[0].values()) != Counter(told[1].values()):
                return None
            numbers = {kind: k for k, kind in enumerate(sorted(set(told[0].values())))}
            refined = [{entry: numbers[kind] for entry, kind in each.items()} for each in told]
            if len(numbers) == len(set(classes[0].values())):
                return self._chosen(refined)
            classes = refined

    def _told(self, side: _Side, classes: Mapping[Entry, int]) -> dict[Entry, tuple[int, str]]:
        """The class of each element with what the loss changes by for it, when all of a class have one value."""
        values = {entry: 0.23 + 0.61 * ((kind * 0.618034) % 1) for entry, kind in classes.items()}
        aimed = [entry for entry in values if self._is_target(side, entry)]
        if side.program.assumptions or self.sides[0].program.assumptions:
            total = sum(values[entry] for entry in aimed)
            values |= {entry: values[entry] / total for entry in aimed}
        return {entry: (classes[entry], f"{slope:.7e}") for entry, slope in side.slopes(values).items()}

    @staticmethod
    def _is_target(side: _Side, entry: Entry) -> bool:
        return side.program.tensor(entry[0]).role is Role.TARGET

    def _chosen(self, classes: list[dict[Entry, int]]) -> dict[Entry, Entry] | None:
        """The match where each class has one element, else after one of a class is taken for one of the other's."""
        groups: list[dict[int, list[Entry]]] = [{}, {}]
        for group, known in zip(groups, classes, strict=True):
            for entry, kind in known.items():
                group.setdefault(kind, []).append(entry)
        several = [kind for kind, found in groups[0].items() if len(found) > 1]
        if not several:
            match = {groups[0][kind][0]: groups[1][kind][0] for kind in groups[0]}
            return match if self._holds(match) else None
        kind = min(several, key=lambda each: len(groups[0][each]))
        one, new = groups[0][kind][0], len(groups[0])
        for other in sorted(groups[1][kind], key=lambda entry: (entry[0] != one[0], entry[1] != one[1])):
            if self.left == 0:
                return None
            self.left -= 1
            found = self._refined([{**classes[0], one: new}, {**classes[1], other: new}])
            if found is not None:
                return found
        return None

    def _holds(self, match: Mapping[Entry, Entry]) -> bool:
        """Whether both have the same loss at random points."""
        theirs, mine = self.sides
        for seed in range(_PROBES):
            values: dict[Entry, float] = {}
            for k, tensor in enumerate(theirs.program.declared):
                shape = theirs.shapes[tensor.name]
                array = _drawn(theirs.program, tensor, shape, random.Random(f"{seed} {k}"))
                values |= {(tensor.name, p): n for p, n in zip(product(*map(range, shape)), array.numbers, strict=True)}
            if not _are_same(theirs.loss(values), mine.loss({match[entry]: n for entry, n in values.items()})):
                return False
        return True
