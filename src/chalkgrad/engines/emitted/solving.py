"""Inverses that multiply: an equation is solved in their place; a matrix is factored once for all its uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    MatrixFunction,
    Multiply,
    Program,
    Sum,
    Tensor,
    multiply,
    walk,
)
from chalkgrad.language.recurrences import recurrent_tensors


@dataclass(frozen=True)
class Solve:
    """The definition of a tensor as the solution for the right-hand sides `right`, one for each place of `columns`.

    The unknown runs along `unknown`, the equations along `equation`, as the definition names them; there is one matrix
    for each place of `matrices`.
    """

    inverse: Tensor
    transposed: bool
    right: Expression
    equation: Axis
    unknown: Axis
    columns: tuple[Axis, ...]
    matrices: tuple[Axis, ...] = ()


@dataclass(frozen=True)
class Solving:
    """The solutions by the tensor that they define, and the matrices by the inverse that they are solved with.

    `computed` are the inverses that are needed themselves, `factored` those whose matrix is used more than once, for
    its determinant too: it is factored first. Of many matrices that are used more than twice the inverses are computed.
    """

    solves: Mapping[Tensor, Solve]
    matrices: Mapping[Tensor, MatrixFunction]
    factored: frozenset[Tensor]
    computed: frozenset[Tensor]

    def left_out(self, tensor: Tensor) -> bool:
        """Whether a tensor is an inverse that is not computed."""
        return tensor in self.matrices and tensor not in self.computed


def solving(program: Program) -> Solving:
    """What an ordered program solves.

    >>> from chalkgrad.engines.emitted.ordered import ordered
    >>> from chalkgrad.reading.formulas import read_formula
    >>> program = ordered(read_formula("a'*inv(X)*b").program).program
    >>> [(tensor.name, str(solve.right)) for tensor, solve in solving(program).solves.items()]
    [('t1', 'a[j]')]
    """
    matrices = {
        each.tensor: each.body
        for each in program.definitions
        if isinstance(each.body, MatrixFunction) and each.body.function == "inverse"
    }
    found: dict[Tensor, Solve] = {}
    computed: set[Tensor] = set(program.results)
    recurrent = recurrent_tensors(program.definitions)
    for definition in program.definitions:
        solve = _solve(definition, matrices) if definition.tensor not in recurrent else None
        if solve is not None:
            found[definition.tensor] = solve
        else:
            computed.update(definition.body.tensors)
    many = {solve.inverse for solve in found.values() if solve.matrices}
    solves = {tensor: solve for tensor, solve in found.items() if solve.inverse not in computed & many}
    used = Counter(solve.inverse for solve in solves.values())
    solves = {tensor: each for tensor, each in solves.items() if not each.matrices or used[each.inverse] < 3}
    own = {inverse: node for inverse, node in matrices.items() if not node.body.free - {node.rows, node.columns}}
    uses = Counter(_matrix_of(own[solve.inverse]) for solve in solves.values() if solve.inverse in own)
    uses.update(_matrix_of(own[inverse]) for inverse in computed if inverse in own)
    uses.update(
        _matrix_of(each.body)
        for each in program.definitions
        if isinstance(each.body, MatrixFunction) and each.body.function in ("log_determinant", "determinant")
    )
    needed = {solve.inverse for solve in solves.values()}
    factored = {inverse for inverse in own if inverse in needed | computed and uses[_matrix_of(own[inverse])] > 1}
    left = {inverse: matrices[inverse] for inverse in needed | factored}
    return Solving(solves, left, frozenset(factored), frozenset(computed.intersection(matrices)))


def _matrix_of(node: MatrixFunction) -> Tensor | None:
    return node.body.tensor if isinstance(node.body, Element) else None


def _solve(definition: Definition, matrices: Mapping[Tensor, MatrixFunction]) -> Solve | None:
    match definition.body:
        case Sum(body=Multiply(factors=factors), axis=axis):
            pass
        case _:
            return None
    inverses = [each for each in factors if isinstance(each, Element) and each.tensor in matrices]
    if len(inverses) != 1:
        return None
    (inverse,) = inverses
    right = multiply(*(factor for factor in factors if factor is not inverse))
    *outside, row, column = (index.axis for index in inverse.indices)
    several = tuple(each for each in outside if each is not None)
    if len(several) < len(outside) or not set(several) <= set(definition.indices):
        return None
    if row is None or column is None or row is column or axis not in (row, column) or axis not in right.free:
        return None
    unknown = column if axis is row else row
    columns = tuple(each for each in definition.indices if each in right.free and each not in (axis, *several))
    plain = not any(isinstance(node, Element) and node.tensor in matrices for node in walk(right))
    if unknown in right.free or len(columns) > 1 or not plain or right.free - {axis, *columns, *several}:
        return None
    return Solve(inverse.tensor, axis is row, right, axis, unknown, columns, several)
