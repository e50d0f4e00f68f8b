"""Which sizes of a document are the same: union–find over the sizes of axes, with numbers that are what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Index,
    Role,
    SizeOf,
    Tensor,
    number,
    with_axes,
)
from chalkgrad.page.syntax import Span

Size: TypeAlias = "int | str"


@dataclass
class Sizes:
    """Classes of sizes that are equal. Those that are `settled` come from definitions; a claim cannot join two."""

    parent: dict[Size, Size] = field(default_factory=dict)
    least: dict[Size, int] = field(default_factory=dict)
    settled: set[Size] = field(default_factory=set)
    ranges: dict[Size, frozenset[Size]] = field(default_factory=dict)  # the sizes in each class
    tied: dict[frozenset[Size], None] = field(default_factory=dict)  # the sizes that stand in one definition
    free: set[frozenset[Size]] = field(default_factory=set)  # pairs that may be one all the same
    closed: bool = False  # whether all settled sizes stay apart, whatever stands in one definition

    def find(self, size: Size) -> Size:
        root = size
        while self.parent.get(root, root) != root:
            root = self.parent[root]
        while self.parent.get(size, size) != root:
            self.parent[size], size = root, self.parent[size]
        return root

    def join(self, one: Size, other: Size, *, strict: bool = False) -> bool:
        """Makes two sizes one; False where they are different numbers, or with `strict` both settled."""
        if isinstance(other, str) and other.startswith("at least "):
            return self._at_least(one, int(other.removeprefix("at least ")))
        a, b = self.find(one), self.find(other)
        if a == b:
            return True
        if isinstance(a, int) and isinstance(b, int):
            return False
        if any(isinstance(size, int) and self.least.get(other_, 1) > size for size, other_ in ((a, b), (b, a))):
            return False  # fewer than the places that are spoken of
        settled = strict and self.is_settled(a) and self.is_settled(b) and not self._may_count(a, b)
        if settled and not self._counted(a, b) and (isinstance(a, int) or isinstance(b, int) or self._are_tied(a, b)):
            return False
        if strict and _named_apart(self.ranges.get(a, frozenset((a,))), self.ranges.get(b, frozenset((b,)))):
            return False
        if _apart(self.ranges.get(a, frozenset((a,))) | self.ranges.get(b, frozenset((b,)))):
            return False
        if isinstance(a, int) or (self.is_settled(a) and not isinstance(b, int)):
            a, b = b, a
        self.ranges[b] = self.ranges.get(a, frozenset((a,))) | self.ranges.get(b, frozenset((b,)))
        self.parent[a] = b
        least = max(self.least.pop(a, 1), self.least.get(b, 1))
        if least > 1:
            self.least[b] = least
        if self.is_settled(a):
            self.settled.add(b)
        return True

    def join_unless_named(self, one: Size, other: Size) -> None:
        """Makes two sizes one, unless they go by different letters or numbers."""
        a, b = (self.ranges.get(self.find(size), frozenset((self.find(size),))) for size in (one, other))
        if not _named_apart(a, b):
            self.join(one, other)

    def _counted(self, one: Size, other: Size) -> bool:
        """Whether one size is a number, as many as the places of the other are counted."""
        return any(isinstance(a, int) and self.least.get(b) == a for a, b in ((one, other), (other, one)))

    def _may_count(self, one: Size, other: Size) -> bool:
        """Whether one size is a number that no definition has, and of the other nothing says how many it is."""
        return any(
            isinstance(a, int) and a not in self.settled and isinstance(b, str)
            and not any(str(size).startswith("size ") for size in self.ranges.get(b, frozenset((b,))))
            for a, b in ((one, other), (other, one))
        )  # fmt: skip

    def _at_least(self, size: Size, least: int) -> bool:
        root = self.find(size)
        if isinstance(root, int):
            return least <= root
        self.least[root] = max(self.least.get(root, 1), least)
        return True

    def is_settled(self, root: Size) -> bool:
        return root in self.settled or isinstance(root, int)

    def join_all(self, pairs: Iterable[tuple[Size, Size, Span]], *, strict: bool = False) -> Span | None:
        """Joins all pairs; the place of the first that cannot be one, if any."""
        for one, other, span in pairs:
            if not self.join(one, other, strict=strict):
                return span
        return None

    def copy(self) -> Sizes:
        """The same classes, to be joined in other ways."""
        return Sizes(
            dict(self.parent), dict(self.least), set(self.settled), dict(self.ranges), self.tied, self.free, self.closed
        )

    def would_fit(self, pairs: Iterable[tuple[Size, Size, Span]]) -> Span | None:
        """The place of the first pair that could not be joined, without joining any."""
        new = [
            (one, other, span) for one, other, span in pairs
            if (isinstance(other, str) and other.startswith("at least ")) or self.find(one) != self.find(other)
        ]  # fmt: skip
        if not new:
            return None
        return self.copy().join_all(new, strict=True)

    def count_places(self) -> None:
        """Sizes of which only numbered places are spoken of are as large as the largest of these."""
        lettered = {self.find(size) for size in self.parent if isinstance(size, str) and "/" in size}
        for root, least in list(self.least.items()):
            if isinstance(root, str) and root not in lettered and least > 1:
                self.join(root, least)

    def settle(self) -> None:
        """From here on the classes that there are stay apart."""
        self.settled |= {self.find(size) for size in list(self.parent)}

    def tie(self, definitions: Iterable[Definition]) -> None:
        """Notes which sizes stand in one definition: these are not the same, unless that definition makes them so.

        Of all others nothing says that they differ: a claim may show that y is as long as u.
        """
        for each in definitions:
            sizes = {self.find(axis.size) for tensor in (each.tensor, *each.body.tensors) for axis in tensor.axes}
            if len(sizes) > 1:
                self.tied[frozenset(sizes)] = None

    def _are_tied(self, a: Size, b: Size) -> bool:
        """Whether two classes stand in one definition, or all stay apart."""
        if self.closed:
            return True
        free = any({a, b} == {self.find(size) for size in pair} for pair in self.free)
        return not free and any({a, b} <= {self.find(size) for size in sizes} for sizes in self.tied)

    def has_letter(self, size: Size) -> bool:
        """Whether a document has a letter for a size."""
        root = self.find(size)
        return any(isinstance(each, str) and each.startswith("size ") for each in self.ranges.get(root, (root,)))

    def close(self) -> None:
        """From here on no two of the classes that there are become one."""
        self.settle()
        self.closed = True

    def settle_these(self, sizes: Iterable[Size]) -> None:
        self.settled |= {self.find(size) for size in sizes}


def _named_apart(one: frozenset[Size], other: frozenset[Size]) -> bool:
    """Whether two sizes go by different letters; N and n need not be two."""
    first, second = (
        {size.lower() for size in sizes if isinstance(size, str) and size.startswith("size ")} for sizes in (one, other)
    )
    return bool(first) and bool(second) and not first & second


def _apart(members: frozenset[Size]) -> bool:
    """Whether sizes are surely not the same: N places and N + 1, as `i = 0` to N counts and `N + 1` says, or 2N."""
    letters: dict[str, set[str]] = {}
    for size in members:
        if isinstance(size, str) and size.startswith("size "):
            text = size.removeprefix("size ")
            letter = text.removeprefix("0..").partition("*")[2] or text.removeprefix("0..").partition("+")[0]
            letters.setdefault(letter, set()).add(text)
    return any(len(texts) > 1 for texts in letters.values())


class Resizing:
    """Expressions with each size in the name of its class, made once for each node.

    What holds for some hundred places holds for a few: with `most` a larger number is a size that goes by its digits.
    `least` tells how many places of these are spoken of one by one.
    """

    def __init__(self, sizes: Sizes, roles: Mapping[str, Role], most: int | None = None) -> None:
        self.sizes, self.roles, self.most = sizes, roles, most
        self.least: dict[str, int] = {}
        self._axes: dict[Axis, Axis] = {}
        self._tensors: dict[Tensor, Tensor] = {}
        self._known: dict[Expression, Expression] = {}

    def size(self, size: Size) -> Size:
        root = self.sizes.find(size)
        if isinstance(root, int) and self.most is not None and root > self.most:
            return f"size {root}"
        return root

    def _places(self, tensor: Tensor, indices: Iterable[Index]) -> tuple[Index, ...]:
        for axis, index in zip(tensor.axes, indices, strict=False):
            if isinstance(axis.size, str) and not index.terms:
                self.least[axis.size] = max(self.least.get(axis.size, 1), index.offset + 1)
        return tuple(map(self.index, indices))

    def axis(self, axis: Axis) -> Axis:
        found = self._axes.get(axis)
        if found is None:
            found = self._axes[axis] = Axis(axis.name, self.size(axis.size))
        return found

    def tensor(self, tensor: Tensor) -> Tensor:
        found = self._tensors.get(tensor)
        if found is None:
            axes = tuple(Axis(f"{axis.name}", self.size(axis.size)) for axis in tensor.axes)
            role = tensor.role if tensor.role is Role.ADJOINT else self.roles.get(tensor.name, tensor.role)
            found = self._tensors[tensor] = tensor.with_axes(axes, role)
        return found

    def definition(self, definition: Definition) -> Definition:
        axes = tuple(map(self.axis, definition.indices))
        return Definition(self.tensor(definition.tensor), axes, self.of(definition.body))

    def index(self, index: Index) -> Index:
        return Index(tuple((self.axis(axis), factor) for axis, factor in index.terms), index.offset)

    def of(self, expression: Expression) -> Expression:
        found = self._known.get(expression)
        if found is None:
            found = self._known[expression] = self._of(expression)
        return found

    def _of(self, node: Expression) -> Expression:
        match node:
            case Element(tensor=tensor, indices=indices):
                resized = self.tensor(tensor)
                return Element(resized, self._places(resized, indices))
            case SizeOf(size=size):
                root = self.sizes.find(size)
                return number(root) if isinstance(root, int) else SizeOf(root)
        return with_axes(node, self.of, self.axis)
