"""What a matrix may be declared to be (symmetric, diagonal, …), and derivations that use it.

Of a diagonal or triangular matrix the entries that are 0 are no variables: they are 0 before anything is derived. What
is derived by a symmetric or orthogonal matrix counts each of its entries for itself; what it is is used afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import replace as with_fields
from typing import Any

from chalkgrad.calculus.derivation import Derivation
from chalkgrad.calculus.simplify import Simplifier, resummed
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Delta,
    Element,
    Expression,
    MatrixFunction,
    Multiply,
    Program,
    Sum,
    Tensor,
    as_index,
    delta,
    index_value,
    indicator,
    multiply,
    rebuild,
    substitute_elements,
)


@dataclass(frozen=True)
class MatrixKind:
    """A row of the table: what stands beside the entry (i, j), its properties, and whether a value has them.

    `holds` gives of an array what is 0 where it has them. Of what is `of_any_shape` and no matrix, labels and masks,
    only the values are looked at, and nothing is derived by it.
    """

    name: str
    symmetric: bool = False
    orthogonal: bool = False
    beside: Callable[[Axis, Axis], Expression] | None = None  # 1 where an entry may differ from 0
    holds: Callable[[Any], Any] = lambda value: 0.0  # what would be 0
    of_any_shape: bool = False


def _compared(comparison: str) -> Callable[[Axis, Axis], Expression]:
    return lambda row, column: indicator(comparison, index_value(row), index_value(column))


def _off_diagonal(value: Any) -> Any:
    return value - value.diagonal() * _identity(value)


def _identity(value: Any) -> Any:
    import numpy as np

    return np.eye(len(value))


def _upper(value: Any) -> Any:
    import numpy as np

    return np.triu(value, 1)


KINDS: dict[str, MatrixKind] = {
    row.name: row
    for row in (
        MatrixKind("symmetric", symmetric=True, holds=lambda value: value - value.T),
        MatrixKind("positive definite", symmetric=True, holds=lambda value: value - value.T),
        MatrixKind("diagonal", beside=delta, holds=_off_diagonal),
        MatrixKind("lower triangular", beside=_compared(">="), holds=_upper),
        MatrixKind("upper triangular", beside=_compared("<="), holds=lambda value: _upper(value.T)),
        MatrixKind("orthogonal", orthogonal=True, holds=lambda value: value.T @ value - _identity(value)),
        MatrixKind("labels", holds=lambda value: value - value.round(), of_any_shape=True),
        MatrixKind("mask", holds=lambda value: value * (value - 1), of_any_shape=True),
    )
}
KIND_ALIASES = {
    "integer": "labels",
    "triangular": "lower triangular",
    "rotation": "orthogonal",
    "spd": "positive definite",
}


def kind_named(name: str) -> MatrixKind | None:
    """The row for the name of a kind of matrix, None where there is none."""
    return KINDS.get(KIND_ALIASES.get(name, name))


def check_derivable(names: Iterable[str], kinds: Mapping[str, str]) -> None:
    """Raises `ProgramError` for a name that is declared to be labels or a mask, which nothing is derived by."""
    for name in names:
        kind = kind_named(kinds.get(name, ""))
        if kind is not None and kind.of_any_shape:
            raise ProgramError(f"'{name}' was declared {kinds[name]}, and by that nothing is derived")


def with_zeros(program: Program, kinds: Mapping[str, str]) -> Program:
    """The program with the zeros of diagonal matrices, and with determinants of triangular ones from their diagonals.

    >>> from chalkgrad.language import Axis, Role, summation
    >>> i, j = Axis("i", 2), Axis("j", 2)
    >>> A, x = Tensor("A", (i, j), Role.INPUT), Tensor("x", (i,), Role.PARAMETER)
    >>> form = Definition(Tensor("f"), (), summation(x[i] * A[i, j] * x[j], i, j))
    >>> print(with_zeros(Program((A, x), (form,), (form.tensor,)), {"A": "diagonal"}).definitions[0])
    f = sum(i, x[i]^2*A[i,i])
    """
    chosen = _chosen(program, kinds, lambda kind: kind.beside is not None)
    if not chosen:
        return program
    diagonal = {
        tensor: (tensor.axes, multiply(delta(*tensor.axes), tensor[tensor.axes[0], tensor.axes[0]]))
        for tensor, kind in chosen.items() if kind.beside is delta
    }  # fmt: skip

    def with_entries(definition: Definition) -> Definition:
        body = _with_determinants(definition.body, frozenset(chosen))
        return with_fields(definition, body=_rebuilt(substitute_elements(body, diagonal)))

    return with_fields(program, definitions=tuple(map(with_entries, program.definitions)))


def _with_determinants(expression: Expression, chosen: frozenset[Tensor]) -> Expression:
    """log |det A| of a triangular matrix is the sum of the log |A_ii|."""

    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        if isinstance(node, MatrixFunction) and node.function == "log_determinant" and isinstance(node.body, Element):
            if node.body.tensor in chosen and {index.axis for index in node.body.indices} == {node.rows, node.columns}:
                entry = Element(node.body.tensor, (as_index(node.rows), as_index(node.rows)))
                return Sum(Call("log", Call("abs", entry)), node.rows)
        return node

    return change(expression)


def _rebuilt(expression: Expression) -> Expression:
    """The expression with its sums over deltas gone, and functions of diagonal matrices worked out."""
    return resummed(rebuild(expression, _rebuilt))


def with_kinds(derivation: Derivation, kinds: Mapping[str, str]) -> Derivation:
    """The derivation with matrices of these names of their kinds, its gradients simplified once more.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.language import Axis, Role, summation
    >>> i, j = Axis("i", 2), Axis("j", 2)
    >>> A, x = Tensor("A", (i, j), Role.INPUT), Tensor("x", (i,), Role.PARAMETER)
    >>> form = Definition(Tensor("f"), (), summation(x[i] * A[i, j] * x[j], i, j))
    >>> print(with_kinds(derive(Program((A, x), (form,), (form.tensor,))), {"A": "symmetric"}).gradients["x"])
    df_dx[i] = 2*sum(j, A[i,j]*x[j])
    """
    chosen = _chosen(derivation.source, kinds, lambda kind: True)
    if not chosen:
        return derivation
    new = {tensor: with_properties(tensor, kind.symmetric, kind.orthogonal) for tensor, kind in chosen.items()}
    masks = {tensor.name: kind.beside for tensor, kind in chosen.items() if kind.beside and kind.beside is not delta}
    elements = {old: (old.axes, tensor[old.axes]) for old, tensor in new.items()}

    def changed(expression: Expression) -> Expression:
        return substitute_elements(expression, elements)

    def of_program(program: Program) -> Program:
        definitions = tuple(Definition(each.tensor, each.indices, changed(each.body)) for each in program.definitions)
        declared = tuple(new.get(tensor, tensor) for tensor in program.declared)
        return Program(declared, definitions, program.results, program.assumptions)

    source = of_program(derivation.source)
    simplifier = Simplifier(source)
    adjoints = {}
    for name, each in derivation.adjoints.items():
        body = changed(each.body)
        if name in masks:
            row, column = each.indices[-2:]
            factors = body.factors if isinstance(body, Multiply) else (body,)
            diagonal = any(isinstance(factor, Delta) and factor.free == {row, column} for factor in factors)
            body = body if diagonal else multiply(masks[name](row, column), body)
        adjoints[name] = with_fields(each, body=simplifier.simplified(each.left, body)[0])
    by_tensor = {each.tensor: each for each in adjoints.values()}
    program = of_program(derivation.program)
    written = tuple(by_tensor.get(each.tensor, each) for each in program.definitions)
    program = with_fields(program, definitions=written)
    gradients = {name: adjoints[name] for name in derivation.gradients}
    return with_fields(derivation, source=source, program=program, gradients=gradients, adjoints=adjoints)


def with_properties(tensor: Tensor, symmetric: bool, orthogonal: bool) -> Tensor:
    """The tensor, declared to be symmetric or orthogonal."""
    return Tensor(tensor.name, tensor.axes, tensor.role, tensor.of, tensor.wrt, symmetric, orthogonal)


def _chosen(
    program: Program, kinds: Mapping[str, str], which: Callable[[MatrixKind], bool]
) -> dict[Tensor, MatrixKind]:
    found = {tensor: kind_named(kinds.get(tensor.name, "")) for tensor in program.declared}
    return {tensor: kind for tensor, kind in found.items() if kind is not None and which(kind)}
