r"""Definitions with letters as indices, `h_j = \sigma(\sum_i w_{ij} x_i + b_j)`: which run over the same range."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from chalkgrad.language import Axis, SizeOf, Tensor
from chalkgrad.page.syntax import Addition, BigOperator, Chain, Name, Number, Syntax, walk_syntax
from chalkgrad.reading.families import Family, key_of, places_written, quantities
from chalkgrad.reading.scope import core, split_indices, text_of

_LONGEST_RUN = 4


class LetterIndices:
    """Finds, from how letters are used, the axes of the tensors: indices that share a letter are one range.

    >>> from chalkgrad.reading.latex import read_latex
    >>> found = LetterIndices(read_latex(r"h_j = \\sum_{i=1}^{2} w_{ij} x_i"), {})
    >>> [(tensor.name, tensor.shape) for tensor in found.tensors.values()]
    [('h', ('j',)), ('w', (2, 'j')), ('x', (2,))]
    """

    def __init__(self, equations: Sequence[Syntax], families: Mapping[str, Family]) -> None:
        self._parent: dict[Hashable, Hashable] = {}
        self._sizes: dict[Hashable, int | str] = {}
        self._ranks: dict[str, int] = {key: len(family.sizes) for key, family in families.items()}
        self._sums: dict[Hashable, list[tuple[int, Addition]]] = {}
        self.size_letters: dict[str, SizeOf] = {}
        for place, equation in enumerate(equations):
            for name in quantities_of(equation):
                self._note(place, name)
        for key, family in families.items():
            for position, size in enumerate(family.sizes):
                self._set_size(("dimension", key, position), size)
        for place, equation in enumerate(equations):
            self._note_bounds(place, equation)
        self.tensors = {key: self._tensor(key, rank) for key, rank in self._ranks.items() if key not in families}

    def axes_of(self, place: int, families: Mapping[str, Family]) -> dict[str, list[Axis]]:
        """For each letter of the equation at the place, the axes that it runs along."""
        found: dict[str, list[Axis]] = {}
        every = {**{key: family.tensor for key, family in families.items()}, **self.tensors}
        for node in list(self._parent):
            if isinstance(node, tuple) and node[:2] == ("letter", place):
                root = self._root(node)
                found[node[2]] = [
                    axis
                    for key, tensor in every.items()
                    for position, axis in enumerate(tensor.axes)
                    if self._root(("dimension", key, position)) == root
                ]
        return found

    def _note(self, place: int, name: Name) -> None:
        key = key_of(name)
        rank = self._ranks.get(key) or written_rank(name)
        indices = split_indices(name.subscripts, rank) if rank else None
        if indices is None or (places_written(name) and key not in self._ranks):
            return
        if not all(isinstance(index, Name | Number | Addition) for index in indices):
            return
        self._ranks.setdefault(key, rank)
        for position, index in enumerate(indices):
            if isinstance(index, Name):
                self._join(("dimension", key, position), ("letter", place, core(index)))
            elif isinstance(index, Addition):
                self._sums.setdefault(("dimension", key, position), []).append((place, index))

    def _note_bounds(self, place: int, equation: Syntax) -> None:
        for part in walk_syntax(equation):
            if not isinstance(part, BigOperator) or not part.superscripts or not part.subscripts:
                continue
            index = part.subscripts[0]
            index = index.sides[0] if isinstance(index, Chain) else index
            upper = text_of(part.superscripts[0])
            if isinstance(index, Name) and upper.isalnum() and len(upper) < 7:
                self._set_size(("letter", place, core(index)), int(upper) if upper.isdigit() else upper)
                if not upper.isdigit():
                    self.size_letters[upper] = SizeOf(upper)

    def _root(self, node: Hashable) -> Hashable:
        while self._parent.setdefault(node, node) != node:
            node = self._parent[node]
        return node

    def _join(self, one: Hashable, other: Hashable) -> None:
        self._parent[self._root(one)] = self._root(other)

    def _set_size(self, node: Hashable, size: int | str) -> None:
        root = self._root(node)
        if isinstance(size, int) or root not in self._sizes:
            self._sizes[root] = size

    def _tensor(self, key: str, rank: int) -> Tensor:
        axes = []
        for position in range(rank):
            root = self._root(("dimension", key, position))
            reach = max((self._reach(*each) for each in self._sums.get(("dimension", key, position), ())), default=0)
            if root not in self._sizes and reach > 0:
                self._sizes[root] = reach
            if root not in self._sizes:
                letter = str(root[2]) if isinstance(root, tuple) and root[0] == "letter" else f"{key}{position}"
                taken = set(map(str, self._sizes.values()))
                self._sizes[root] = letter if letter not in taken else f"{key}{position}"
            axes.append(Axis(f"{key}.{position}", self._sizes[root]))
        return Tensor(key, tuple(axes))

    def _reach(self, place: int, index: Addition) -> int:
        """The last place that an index such as `i+k-1` comes to; 0 where that is not known."""
        reach = 0
        for sign, term in zip(index.signs, index.terms, strict=True):
            size = self._sizes.get(self._root(("letter", place, core(term)))) if isinstance(term, Name) else None
            if isinstance(term, Number) and term.text.isdigit():
                reach += sign * int(term.text[:6])
            elif isinstance(size, int):
                reach += size if sign > 0 else -1
            else:
                return 0
        return reach


def quantities_of(equation: Syntax) -> list[Name]:
    """The names of quantities on the two first sides of an equation."""
    sides = equation.sides[:2] if isinstance(equation, Chain) else (equation,)
    return [name for side in sides for name in quantities(side)]


def written_rank(name: Name) -> int:
    """How many indices the subscripts of a name are: `_{ij}` two, `_{i,j}` two, `_i` one, a word none."""
    if len(name.subscripts) != 1:
        return len(name.subscripts)
    part = name.subscripts[0]
    if isinstance(part, Name) and not part.subscripts:
        length = len(part.base) if part.base.isalpha() else 1
        return length if length <= _LONGEST_RUN else 0
    return len(part.factors) if hasattr(part, "factors") else 1
