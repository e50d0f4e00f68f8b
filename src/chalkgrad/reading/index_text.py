"""A formula in plain text of indices as a program: sums by Einstein's convention, a letter for each size."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.language import (
    SIZE_LETTERS,
    Axis,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    SizeOf,
    Tensor,
    bound_axes,
    substitute_elements,
    with_axes,
)
from chalkgrad.language.sizes import is_sum, renamed_size, size_parts
from chalkgrad.reading.einstein import einstein, once, twice
from chalkgrad.reading.index_equations import RESULT_NAMES, is_equations, read_equations
from chalkgrad.reading.plain import read_expression


def read_index_text(text: str, wrt: Sequence[str] | None = None) -> Program:
    """The program whose result L is the expression; what is derived by (everything, unless told) are its parameters.

    A letter that stands twice in a product is summed over, one that stands once is an index of the result. Equations
    may stand before it (`index_equations`). Raises `ReadingError` for a letter of which neither can be said, and
    `UnknownNameError`.

    >>> print(read_index_text("A[i,j]*x[j]", ["x"]).definitions[0])
    L[i] = sum(j, A[i,j]*x[j])
    """
    program = read_equations(text) if is_equations(text) else _formula(text)
    program = _with_named_sizes(program)
    known = program.declared
    wrt = [tensor.name for tensor in known] if wrt is None else wrt
    for name in wrt:
        if name not in {tensor.name for tensor in known}:
            raise UnknownNameError("name", name, [tensor.name for tensor in known])
    roles = {t: Tensor(t.name, t.axes, Role.PARAMETER if t.name in wrt else Role.INPUT) for t in known}
    elements = {old: (old.axes, new[old.axes]) for old, new in roles.items()}
    definitions = tuple(
        Definition(each.tensor, each.indices, substitute_elements(each.body, elements)) for each in program.definitions
    )
    return Program(tuple(roles.values()), definitions, program.results)


def _formula(text: str) -> Program:
    """The program of one formula, whose result is called L."""
    expression = read_expression(text)
    expression = einstein(expression, [axis for axis in expression.free if twice(expression, axis)])
    indices = tuple(sorted(expression.free, key=lambda axis: axis.name))
    if any(not once(expression, axis) for axis in indices):
        left = ", ".join(axis.name for axis in indices if not once(expression, axis))
        raise ReadingError(f"the index {left} is neither summed nor fixed", text=text, expected=f"sum({left[0]}, …)")
    taken = {tensor.name for tensor in expression.tensors}
    result = Tensor(next(name for name in RESULT_NAMES if name not in taken), indices)
    return Program(expression.tensors, (Definition(result, indices, expression),), (result,))


def _with_named_sizes(program: Program) -> Program:
    """The program with a letter of its own for each size that goes by the name of an index: Σ_{i=1}^m, not ^i."""
    tensors = (*program.declared, *(each.tensor for each in program.definitions))
    axes = {axis for tensor in tensors for axis in tensor.axes}
    for each in program.definitions:
        axes |= {*each.indices, *bound_axes(each.body), *each.body.free}
    ordered = sorted(axes, key=lambda axis: (is_sum(axis.size), axis.name))
    sizes = dict.fromkeys(name for axis in ordered for name, _ in size_parts(axis.size)[0])
    letters = {axis.name for axis in axes} | {tensor.name for tensor in tensors} | set(sizes)
    free = (letter for letter in SIZE_LETTERS if letter not in letters)
    new = {size: next(free, size) for size in sizes if size != "n" and size in {axis.name for axis in axes}}

    def axis(old: Axis) -> Axis:
        return Axis(old.name, renamed_size(old.size, new))

    def resized(tensor: Tensor) -> Tensor:
        return tensor.with_axes(map(axis, tensor.axes))

    def change(node: Expression) -> Expression:
        match node:
            case Element(tensor=tensor, indices=indices):
                return Element(resized(tensor), tuple(index.renamed(axis) for index in indices))
            case SizeOf(size=size):
                return SizeOf(new.get(size, size))
        return with_axes(node, change, axis)

    definitions = (
        Definition(resized(each.tensor), tuple(map(axis, each.indices)), change(each.body))
        for each in program.definitions
    )
    return Program(tuple(map(resized, program.declared)), tuple(definitions), tuple(map(resized, program.results)))
