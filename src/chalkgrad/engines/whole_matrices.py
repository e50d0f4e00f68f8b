"""Functions of whole matrices under names of their own, so that each is computed once and indexed like any tensor."""

from __future__ import annotations

from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    MatrixFunction,
    Program,
    Tensor,
    as_index,
    fresh_axis,
    rebuild,
    substitute_axes,
    walk,
)

_SHORT = {"inverse": "inverse", "determinant": "det", "log_determinant": "logdet", "cholesky": "chol",
          "exponential": "expm", "exponential_slope": "expm_slope"}  # fmt: skip


def with_matrices_named(program: Program) -> Program:
    """The program with a definition for each inverse and determinant in it, before the first that needs it.

    >>> from chalkgrad.language import Role, matrix_function, summation
    >>> i, j = Axis("i", "n"), Axis("j", "n")
    >>> X, b, y = Tensor("X", (i, j), Role.INPUT), Tensor("b", (i,), Role.INPUT), Tensor("y", (i,))
    >>> solved = summation(matrix_function("inverse", X[i, j], i, j, (i, j)) * b[j], j)
    >>> for each in with_matrices_named(Program((X, b), (Definition(y, (i,), solved),), (y,))).definitions:
    ...     print(each)
    inverse_X[i,j] = inverse(i, j, X[i,j])[i,j]
    y[i] = sum(j, inverse_X[i,j]*b[j])
    """
    if not any(isinstance(node, MatrixFunction) for each in program.definitions for node in walk(each.body)):
        return program
    taken = {tensor.name for tensor in (*program.declared, *(each.tensor for each in program.definitions))}
    known: dict[int, tuple[Tensor, tuple[Axis, ...]]] = {}
    found: list[Definition] = []

    def change(node: Expression) -> Expression:
        if not isinstance(node, MatrixFunction):
            return rebuild(node, change)
        body = change(node.body)
        outside = tuple(sorted(body.free - {node.rows, node.columns}, key=lambda axis: axis.name))
        names: set[Axis] = set(outside)
        own: list[Axis] = []
        for axis in (node.rows, node.columns) * (len(node.at) // 2):
            own.append(fresh_axis(axis, names))
            names.add(own[-1])
        whole = MatrixFunction(node.function, body, node.rows, node.columns, tuple(map(as_index, own)))
        key = _key(whole, own)
        if key not in known:
            name = _free_name(whole, taken)
            tensor = Tensor(name, (*outside, *own))
            known[key] = (tensor, outside)
            found.append(Definition(tensor, tensor.axes, whole))
        tensor, batches = known[key]
        return Element(tensor, (*map(as_index, batches), *node.at))

    for each in program.definitions:
        found.append(Definition(each.tensor, each.indices, change(each.body)))
    return Program(program.declared, tuple(found), program.results, program.assumptions)


def _key(whole: MatrixFunction, own: list[Axis]) -> int:
    """The same for what differs in the names of its rows and columns only."""
    places: list[Axis] = [Axis(f"place {number}", axis.size) for number, axis in enumerate(own)]
    return substitute_axes(whole, dict(zip(own, places, strict=True))).identity


def _free_name(whole: MatrixFunction, taken: set[str]) -> str:
    name = _SHORT[whole.function]
    if isinstance(whole.body, Element):
        name += f"_{whole.body.tensor.name}"
    number = 1
    while (chosen := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    taken.add(chosen)
    return chosen
