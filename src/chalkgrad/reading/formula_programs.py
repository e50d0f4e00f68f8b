"""What was read of a formula as a program, with a letter for each size and each index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalkgrad.language import (
    SIZE_LETTERS,
    Add,
    Axis,
    Definition,
    Element,
    Expression,
    Multiply,
    Program,
    Role,
    SizeOf,
    Sum,
    Tensor,
    bound_by,
    children,
    number,
    rebuild,
    substitute_axes,
    substitute_elements,
    summation,
    walk,
    with_axes,
)
from chalkgrad.language.named import chosen
from chalkgrad.language.sizes import add_sizes
from chalkgrad.reading.sizes import Sizes

_INDICES = "ijklmnpqrstuvabcdefgh"


@dataclass(frozen=True)
class Read:
    """An equation that was read: the tensor that it defines (None of the formula itself), at which indices, as what."""

    tensor: Tensor | None
    indices: tuple[Axis, ...]
    expression: Expression
    cost: float = 0.0


def lettered(read: Sequence[Read], sizes: Sizes, result: str) -> Program:
    """The program of equations and of the formula after them, all of whose names are inputs."""
    return _Lettered(read, sizes, result).program()


def with_parameters(program: Program, names: Iterable[str]) -> Program:
    """The program in which some inputs are parameters."""
    chosen = set(names)
    new = {t: Tensor(t.name, t.axes, Role.PARAMETER if t.name in chosen else t.role) for t in program.declared}
    elements = {old: (old.axes, tensor[old.axes]) for old, tensor in new.items()}
    definitions = tuple(
        Definition(each.tensor, each.indices, substitute_elements(each.body, elements)) for each in program.definitions
    )
    return Program(tuple(new.values()), definitions, program.results)


def at_label(node: Expression, axis: Axis) -> Expression:
    """The expression in which the place along an axis is a label, an input of the axis's name; each term by itself."""
    if isinstance(node, Add | Multiply) and sum(axis in part.free for part in children(node)) == 1:
        return rebuild(node, lambda inner: at_label(inner, axis) if axis in inner.free else inner)
    return chosen(node, axis, Tensor(axis.name, ())[()])


class _Lettered:
    def __init__(self, read: Sequence[Read], sizes: Sizes, result: str) -> None:
        self.sizes, self.result = sizes, result
        self.shorter: dict[int | str, tuple[int | str, int]] = {}
        self.longer: dict[int | str, tuple[int | str, int]] = {}
        self.read = [Read(each.tensor, each.indices, self._within(each.expression)) for each in read]
        tensors = {tensor for each in read for tensor in each.expression.tensors}
        self.taken = {tensor.name for tensor in tensors} | {result}
        self.axes: dict[Axis, Axis] = {}
        self.named: dict[int | str, int | str] = {}
        bound = (axis for each in read for node in walk(each.expression) for axis in bound_by(node))
        written = {axis.name for axis in (*bound, *(axis for each in read for axis in each.indices)) if _is_own(axis)}
        self.own = written - self.taken
        self.taken |= self.own

    def _within(self, node: Expression) -> Expression:
        """The expression whose sums end where `x_{t+1}` does; a tensor that is only used so is longer than they are."""
        node = rebuild(node, self._within)
        if not isinstance(node, Sum):
            return node
        beyond = 0
        for element in walk(node.body):
            if not isinstance(element, Element):
                continue
            for index, axis in zip(element.indices, element.tensor.axes, strict=True):
                if index.terms != ((node.axis, 1),) or index.offset <= 0:
                    continue
                if self.sizes.find(axis.size) == self.sizes.find(node.axis.size):
                    beyond = max(beyond, index.offset)
                else:
                    root = self.sizes.find(axis.size)
                    longest = max(index.offset, self.longer.get(root, ("", 0))[1])
                    self.longer[root] = (node.axis.size, longest)
        if not beyond:
            return node
        less = f"{self.sizes.find(node.axis.size)} less {beyond}"
        self.shorter[less] = (node.axis.size, beyond)
        axis = Axis(node.axis.name, less)
        return summation(substitute_axes(node.body, {node.axis: axis}), axis)

    def size(self, size: int | str) -> int | str:
        if size in self.shorter:
            whole, less = self.shorter[size]
            return add_sizes(self.size(whole), -less)
        root = self.sizes.find(size)
        if isinstance(root, int):
            return root
        if root in self.longer:
            short, more = self.longer[root]
            return add_sizes(self.size(short), more)
        if root not in self.named:
            free = (letter for letter in SIZE_LETTERS if letter not in self.taken)
            self.named[root] = next(free, f"size{len(self.named)}")
            self.taken.add(str(self.named[root]))
        return self.named[root]

    def axis(self, axis: Axis) -> Axis:
        if axis not in self.axes:
            size = self.size(axis.size)
            if axis.name in self.own:
                self.own.discard(axis.name)
                letter = axis.name
            else:
                letter = next((letter for letter in _INDICES if letter not in self.taken), axis.name)
            self.axes[axis] = Axis(letter, size)
            self.taken.add(self.axes[axis].name)
        return self.axes[axis]

    def program(self) -> Program:
        for each in self.read:
            for axis in each.indices:
                self.size(axis.size)
            for node in walk(each.expression):
                for tensor in (node.tensor,) if isinstance(node, Element) else ():
                    for axis in tensor.axes:
                        self.size(axis.size)
            for axis in (*each.indices, *(axis for node in walk(each.expression) for axis in bound_by(node))):
                self.axis(axis)
        definitions = []
        for each in self.read:
            indices = tuple(map(self.axis, each.indices))
            tensor = Tensor(self.result, indices) if each.tensor is None else Tensor(each.tensor.name, indices)
            definitions.append(Definition(tensor, indices, self._of(each.expression)))
        used = dict.fromkeys(tensor for each in definitions for tensor in each.body.tensors)
        declared = tuple(tensor for tensor in used if tensor.role is Role.INPUT)
        return Program(declared, tuple(definitions), (definitions[-1].tensor,))

    def _tensor(self, tensor: Tensor) -> Tensor:
        """The tensor along letters of the formula; two axes of one size have different ones."""
        for each in self.read:
            if each.tensor is not None and each.tensor.name == tensor.name:
                return Tensor(tensor.name, tuple(map(self.axis, each.indices)))
        axes: list[Axis] = []
        for axis in tensor.axes:
            size = self.size(axis.size)
            known = (own for own in self.axes.values() if own.size == size and own not in axes)
            axes.append(next(known, None) or self.axis(axis))
        return Tensor(tensor.name, tuple(axes), Role.INPUT)

    def _of(self, node: Expression) -> Expression:
        match node:
            case Element(tensor=tensor, indices=indices):
                return Element(self._tensor(tensor), tuple(index.renamed(self.axis) for index in indices))
            case SizeOf(size=size):
                known = self.size(size)
                return number(known) if isinstance(known, int) else SizeOf(known)
        return with_axes(node, self._of, self.axis)


def _is_own(axis: Axis) -> bool:
    """Whether an axis goes by the letter that the writer has for it."""
    return str(axis.size).startswith("f/") and len(axis.name) == 1
