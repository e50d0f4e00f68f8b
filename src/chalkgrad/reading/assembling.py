"""Definitions put together as a program, with one letter for each range and the document's letters where it has some.

Places of tensors that an index joins run over one range: inputs, hidden units, samples. Within an equation two indices
over one range have two letters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from chalkgrad.language import (
    Axis,
    Definition,
    Delta,
    Element,
    Expression,
    Index,
    Program,
    Role,
    SizeOf,
    Tensor,
    bound_by,
    number,
    walk,
    with_axes,
)
from chalkgrad.networks.batches import SAMPLES

Place: TypeAlias = "tuple[str, int] | tuple[str, Axis]"

LETTERS = "ijklmpqrsuvabcefgh"
_SIZED = "size "


def ordered(definitions: Mapping[str, Definition], result: str) -> dict[str, Definition]:
    """The definitions that the result rests on, each after those that it needs."""
    found: dict[str, Definition] = {}
    begun: set[str] = set()

    def need(name: str) -> None:
        if name in begun or name not in definitions:
            return
        begun.add(name)
        for tensor in definitions[name].body.tensors:
            need(tensor.name)
        found[name] = definitions[name]

    need(result)
    return found


def ordered_all(definitions: Mapping[str, Definition]) -> dict[str, Definition]:
    """All definitions, each after those that it needs."""
    found: dict[str, Definition] = {}
    for name in definitions:
        found |= {each: made for each, made in ordered(definitions, name).items() if each not in found}
    return found


@dataclass(frozen=True)
class Assembled:
    """A program, and the letters that the document has for a sample and for their number; "" where it has none."""

    program: Program
    sample_index: str = ""
    sample_count: str = ""


def assembled(
    definitions: Mapping[str, Definition], roles: Mapping[str, Role], words: Mapping[str, str], *, aimed: bool = False
) -> Assembled:
    """The program of the definitions, the last of which is its result, each quantity under its word.

    Axes of the samples are n; sizes that have a letter in the document keep it, the others are d0, d1, …
    `aimed` says that a target follows that is like the result.

    >>> from chalkgrad.language import Sum
    >>> into, out = "x:0", "z:0"
    >>> x, z = Tensor("x", (Axis("0", into),)), Tensor("z", (Axis("0", out),))
    >>> W = Tensor("W", (Axis("0", out), Axis("1", into)))
    >>> a, b = Axis("a1", out), Axis("a2", into)
    >>> body = Sum(W[a, b] * x[b], b)
    >>> roles = {"x": Role.INPUT, "W": Role.PARAMETER}
    >>> print(assembled({"z": Definition(z, (a,), body)}, roles, {"z": "z1"}).program)
    axis i: d0
    axis j: d1
    input x[i]
    parameter W[j,i]
    z1[j] = sum(i, W[j,i]*x[i])
    result z1
    """
    return _Assembly(definitions, roles, words, aimed).assembled()


@dataclass
class _Assembly:
    definitions: Mapping[str, Definition]
    roles: Mapping[str, Role]
    words: Mapping[str, str]
    aimed: bool = False
    _joined: dict[Place, Place] = field(default_factory=dict)
    _letters: dict[Place, list[str]] = field(default_factory=dict)
    _sizes: dict[int | str, int | str] = field(default_factory=dict)
    _tensors: dict[str, Tensor] = field(default_factory=dict)
    _local: dict[Axis, Axis] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = self._every_tensor()
        for name, definition in self.definitions.items():
            self._join_places(name, definition)
        self.samples = self._samples()
        self.sample_letter = ""
        self.own = self._own_letters()

    def assembled(self) -> Assembled:
        made = [self._definition(name, definition) for name, definition in self.definitions.items()]
        order = {Role.INPUT: 0, Role.TARGET: 1, Role.PARAMETER: 2}
        declared = sorted((name for name in self.known if name not in self.definitions),
                          key=lambda name: order[self.roles.get(name, Role.INPUT)])  # fmt: skip
        program = Program(tuple(map(self._tensor, declared)), tuple(made), (made[-1].tensor,))
        counts = (str(size).removeprefix(_SIZED) for size in self.samples if str(size).startswith(_SIZED))
        return Assembled(program, self.sample_letter, next((each for each in counts if each.isidentifier()), ""))

    def _every_tensor(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for name, definition in self.definitions.items():
            for tensor in definition.body.tensors:
                found.setdefault(tensor.name, tensor)
            found[name] = definition.tensor
        return found

    # --- which places run over one range ---

    def _find(self, place: Place) -> Place:
        while place in self._joined:
            place = self._joined[place]
        return place

    def _join(self, one: Place, other: Place) -> None:
        a, b = self._find(one), self._find(other)
        if a != b:
            self._joined[b] = a

    def _join_places(self, name: str, definition: Definition) -> None:
        for position, axis in enumerate(definition.indices):
            self._join((name, position), (name, axis))
        for node in walk(definition.body):
            if isinstance(node, Element):
                for position, index in enumerate(node.indices):
                    if index.axis is not None:
                        self._join((name, index.axis), (node.tensor.name, position))
            elif isinstance(node, Delta) and node.left.axis is not None and node.right.axis is not None:
                self._join((name, node.left.axis), (name, node.right.axis))

    def _samples(self) -> set[int | str]:
        """The sizes that are names and count samples: along inputs and targets, and along no parameter."""
        along: dict[Role, set[int | str]] = {role: set() for role in Role}
        for name, tensor in self.known.items():
            if name not in self.definitions:
                along[self.roles.get(name, Role.INPUT)].update(tensor.shape)
            elif self.aimed and name == list(self.definitions)[-1]:
                along[Role.TARGET].update(tensor.shape)
        found = along[Role.INPUT] & along[Role.TARGET] - along[Role.PARAMETER]
        return {size for size in found if isinstance(size, str)}

    # --- letters ---

    def _own_letters(self) -> dict[Place, str]:
        """The letter that the document writes most for each range."""
        counted: dict[Place, Counter[str]] = {}
        for name, definition in self.definitions.items():
            inner = (axis for node in walk(definition.body) for axis in bound_by(node))
            for axis in (*definition.indices, *inner):
                if _is_letter(axis):
                    counted.setdefault(self._find((name, axis)), Counter())[axis.name] += 1
        found: dict[Place, str] = {}
        of_samples = sum((letters for place, letters in counted.items() if self._counts_samples(place)), Counter[str]())
        self.sample_letter = next((letter for letter, _ in of_samples.most_common() if self._free(letter)), "")
        taken = {self.sample_letter}
        for place, letters in counted.items():
            letter = next((each for each, _ in letters.most_common() if each not in taken and self._free(each)), None)
            if letter is not None and not self._counts_samples(place):
                found[place] = letter
                taken.add(letter)
        return found

    def _counts_samples(self, place: Place) -> bool:
        """Whether a place is along the samples."""
        where = place[1]
        size = where.size if isinstance(where, Axis) else self.known[place[0]].axes[where].size
        return size in self.samples

    def _free(self, letter: str) -> bool:
        return letter != SAMPLES.name and letter not in {self._word(name) for name in self.known}

    def _letter(self, place: Place, size: int | str, turn: int) -> str:
        """The letter of a range, or of the second, third, … index over it."""
        if size in self.samples:
            return SAMPLES.name + "'" * turn
        root = self._find(place)
        letters = self._letters.setdefault(root, [])
        while len(letters) <= turn:
            taken = {letter for each in self._letters.values() for letter in each}
            taken |= {self.sample_letter, *(letter for other, letter in self.own.items() if other != root)}
            wanted = [self.own[root]] if root in self.own and not letters else []
            free = (each for each in (*wanted, *LETTERS) if each not in taken and self._free(each))
            letters.append(next(free, f"i{len(taken)}"))
        return letters[turn]

    # --- sizes and tensors ---

    def _size(self, size: int | str) -> int | str:
        if isinstance(size, int):
            return size
        if size not in self._sizes:
            self._sizes[size] = self._named(size)
        return self._sizes[size]

    def _named(self, size: str) -> str:
        if size in self.samples:
            return str(SAMPLES.size)
        taken = {str(name) for name in self._sizes.values()} | {self._word(name) for name in self.known} | {"n"}
        own = size.removeprefix(_SIZED)
        if size.startswith(_SIZED) and own.isidentifier() and own not in taken:
            return own
        return next(name for name in (f"d{count}" for count in range(len(taken) + 1)) if name not in taken)

    def _word(self, name: str) -> str:
        return self.words.get(name, name)

    def _tensor(self, name: str) -> Tensor:
        if name not in self._tensors:
            tensor = self.known[name]
            turns: Counter[Place] = Counter()
            axes: list[Axis] = []
            for position, axis in enumerate(tensor.axes):
                root = self._find((name, position))
                size = self._size(axis.size)
                axes.append(Axis(self._letter(root, axis.size, turns[root]), size))
                turns[root] += 1
            role = Role.VALUE if name in self.definitions else self.roles.get(name, Role.INPUT)
            self._tensors[name] = Tensor(self._word(name), tuple(axes), role)
        return self._tensors[name]

    # --- equations ---

    def _definition(self, name: str, definition: Definition) -> Definition:
        self._local = self._letters_in(name, definition)
        body = self._of(definition.body)
        return Definition(self._tensor(name), tuple(self._local[axis] for axis in definition.indices), body)

    def _letters_in(self, name: str, definition: Definition) -> dict[Axis, Axis]:
        """The axes of an equation under their letters: that of the document, or else that of the range."""
        inner = [axis for node in walk(definition.body) for axis in bound_by(node)]
        for axis in (*inner, *definition.indices):
            self._letter((name, axis), axis.size, 0)
            self._size(axis.size)
        every = list(dict.fromkeys((*definition.indices, *inner)))
        found: dict[Axis, str] = {}
        for axis in every:
            plain = axis.size not in self.samples and _is_letter(axis) and self._free(axis.name)
            if plain and axis.name not in found.values():
                found[axis] = axis.name
        for axis in every:
            turn = 0
            while axis not in found:
                letter = self._letter((name, axis), axis.size, turn)
                if letter not in found.values():
                    found[axis] = letter
                turn += 1
        return {axis: Axis(found[axis], self._size(axis.size)) for axis in every}

    def _index(self, index: Index) -> Index:
        return Index(tuple((self._local.get(axis, axis), factor) for axis, factor in index.terms), index.offset)

    def _of(self, node: Expression) -> Expression:
        match node:
            case Element(tensor=tensor, indices=indices):
                return Element(self._tensor(tensor.name), tuple(map(self._index, indices)))
            case SizeOf(size=size):
                named = self._size(size)
                return SizeOf(named) if isinstance(named, str) else number(named)
        return with_axes(node, self._of, lambda axis: self._local.get(axis, axis))


def _is_letter(axis: Axis) -> bool:
    """Whether an axis has the letter that the document writes."""
    return len(axis.name) == 1 and axis.name.isalpha()
