"""An expression along named axes as a program: letters for indices, a role for each tensor, a name for the result."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.errors import UnknownNameError
from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    SizeOf,
    Tensor,
    bound_axes,
    with_axes,
)
from chalkgrad.language.sizes import size_parts

_LETTERS = "ijklpqrsabcefghuvw"


def lettered_program(expression: Expression, axes: Sequence[Axis], wrt: Sequence[str] | None) -> Program:
    """The program whose result is the expression along some axes; raises `UnknownNameError` for a name in `wrt`.

    What is derived by (everything, unless told) are its parameters. Letters of indices are no names of anything else.

    >>> n = Axis("n", "n")
    >>> x = Tensor("x", (n,))
    >>> print(lettered_program(x[n] ** 2, [n], None).definitions[0])
    L[i] = x[i]^2
    """
    known = {tensor.name for tensor in expression.tensors}
    for name in wrt or ():
        if name not in known:
            raise UnknownNameError("name", name, sorted(known))
    lettered = _Lettered(expression, known)
    own = tuple(map(lettered.axis, axes))
    body = lettered.of(expression, known if wrt is None else set(wrt))
    result = Tensor(next(name for name in ("L", "f", "J", "Q", "result") if name not in known), own)
    declared = tuple(dict.fromkeys(body.tensors))
    return Program(declared, (Definition(result, own, body),), (result,))


class _Lettered:
    """Letters for the axes of a formula that are no names of tensors or sizes."""

    def __init__(self, expression: Expression, names: set[str]) -> None:
        every = {axis for tensor in expression.tensors for axis in tensor.axes}
        every |= bound_axes(expression) | expression.free
        sizes = {name for axis in every for name, _ in size_parts(axis.size)[0]}
        self.free = iter([letter for letter in _LETTERS if letter not in names | sizes] + [f"i_{k}" for k in range(99)])
        self.known: dict[Axis, Axis] = {}

    def axis(self, axis: Axis) -> Axis:
        """The same axis under its letter."""
        if axis not in self.known:
            self.known[axis] = Axis(next(self.free), axis.size)
        return self.known[axis]

    def of(self, node: Expression, wrt: set[str]) -> Expression:
        """The expression with its axes under their letters, its tensors in their roles."""
        match node:
            case Element(tensor=tensor, indices=indices):
                role = Role.PARAMETER if tensor.name in wrt else Role.INPUT
                new = tensor.with_axes(map(self.axis, tensor.axes), role)
                return Element(new, tuple(index.renamed(self.axis) for index in indices))
            case SizeOf():
                return node
        return with_axes(node, lambda child: self.of(child, wrt), self.axis)
