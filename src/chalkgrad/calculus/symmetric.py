"""Derivations in which some matrices are known to be symmetric.

What is derived by a matrix counts each of its entries for itself; that the matrix is symmetric is used afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chalkgrad.calculus.derivation import Derivation
from chalkgrad.calculus.simplify import Simplifier
from chalkgrad.language import Definition, Expression, Program, Tensor, substitute_elements


def with_symmetric(derivation: Derivation, names: Iterable[str]) -> Derivation:
    """The derivation with matrices of these names symmetric, its gradients simplified once more.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.language import Axis, Role, summation
    >>> i, j = Axis("i", 2), Axis("j", 2)
    >>> A, x = Tensor("A", (i, j), Role.INPUT), Tensor("x", (i,), Role.PARAMETER)
    >>> form = Definition(Tensor("f"), (), summation(x[i] * A[i, j] * x[j], i, j))
    >>> print(with_symmetric(derive(Program((A, x), (form,), (form.tensor,))), ["A"]).gradients["x"])
    df_dx[i] = 2*sum(j, A[i,j]*x[j])
    """
    chosen = set(names)
    if not chosen:
        return derivation
    new = {
        tensor: Tensor(tensor.name, tensor.axes, tensor.role, tensor.of, tensor.wrt, True)
        for tensor in derivation.source.declared
        if tensor.name in chosen
    }
    elements = {old: (old.axes, tensor[old.axes]) for old, tensor in new.items()}

    def changed(expression: Expression) -> Expression:
        return substitute_elements(expression, elements)

    def of_program(program: Program) -> Program:
        definitions = tuple(Definition(each.tensor, each.indices, changed(each.body)) for each in program.definitions)
        declared = tuple(new.get(tensor, tensor) for tensor in program.declared)
        return Program(declared, definitions, program.results, program.assumptions)

    source = of_program(derivation.source)
    simplifier = Simplifier(source)
    adjoints = {
        name: Definition(each.tensor, each.indices, simplifier.simplified(each.left, changed(each.body))[0])
        for name, each in derivation.adjoints.items()
    }
    by_tensor = {each.tensor: each for each in adjoints.values()}
    program = of_program(derivation.program)
    written = tuple(by_tensor.get(each.tensor, each) for each in program.definitions)
    program = replace(program, definitions=written)
    gradients = {name: adjoints[name] for name in derivation.gradients}
    return replace(derivation, source=source, program=program, gradients=gradients, adjoints=adjoints)
