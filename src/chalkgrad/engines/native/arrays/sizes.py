"""Programs whose sizes are numbers: those of the arrays that a function is called with."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from chalkgrad.engines.lowering import LoweringError
from chalkgrad.language import Axis, Definition, Element, Expression, Number, Program, SizeOf, Tensor, with_axes
from chalkgrad.language.sizes import size_number


def _number(size: str, sizes: Mapping[str, int]) -> int:
    found = size_number(size, sizes)
    if found is None:
        raise LoweringError(f"the size {size} is not known from any array")
    return found


def with_sizes(program: Program, sizes: Mapping[str, int]) -> Program:
    """The program with numbers for its sizes.

    >>> from chalkgrad.language import Role, size_of, summation
    >>> i = Axis("i", "n")
    >>> x, mean = Tensor("x", (i,), Role.INPUT), Tensor("mean")
    >>> program = Program((x,), (Definition(mean, (), summation(x[i], i) / size_of(i)),), (mean,))
    >>> print(with_sizes(program, {"n": 4}).definitions[0])
    mean = sum(i, x[i])/4
    """

    def axis(old: Axis) -> Axis:
        return Axis(old.name, _number(old.size, sizes)) if isinstance(old.size, str) else old

    def tensor(old: Tensor) -> Tensor:
        return old.with_axes(map(axis, old.axes))

    def change(node: Expression) -> Expression:
        match node:
            case Element(tensor=found, indices=indices):
                return Element(tensor(found), tuple(index.renamed(axis) for index in indices))
            case SizeOf(size=size):
                return Number(Fraction(sizes[size]))
        return with_axes(node, change, axis)

    definitions = (
        Definition(tensor(each.tensor), tuple(map(axis, each.indices)), change(each.body))
        for each in program.definitions
    )
    return Program(tuple(map(tensor, program.declared)), tuple(definitions), tuple(map(tensor, program.results)))
