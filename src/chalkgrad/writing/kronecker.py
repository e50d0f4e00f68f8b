"""Jacobians and Hessians by matrices as one matrix: vec stacks the columns, ⊗ is Kronecker's product.

∂vec(AXB)/∂vec(X)ᵀ = Bᵀ ⊗ A. Source: Magnus and Neudecker, Matrix Differential Calculus, 2019, chapters 2 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Add, Axis, Definition, Delta, Expression, Multiply, Tensor, multiply, split_coefficient
from chalkgrad.writing.boxes import (
    MINUS,
    NEGATIVE,
    OUTER,
    PARTIAL,
    PLUS,
    TRANSPOSE,
    Box,
    Equation,
    Fenced,
    Fraction,
    Scripts,
    Symbol,
    digits,
    row,
)
from chalkgrad.writing.index_form import number_box
from chalkgrad.writing.matrix import oriented_box
from chalkgrad.writing.matrix_algebra import ATOM, PRODUCT
from chalkgrad.writing.matrix_form import NoMatrixFormError
from chalkgrad.writing.names import Names

_VEC = Symbol(r"\operatorname{vec}", "vec", "function")
_DIAGONAL = Symbol(r"\operatorname{diag}", "diag", "function")
_IDENTITY = Symbol("I", "I")
_COMMUTATION = Symbol("K", "K")


def kronecker_equation(definition: Definition, names: Names) -> Equation:
    """A derivative as the matrix by which vec of its change is that of what changes times.

    Raises `ChalkgradError` where it is no sum of Kronecker products, and for what has more than two axes a side.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.notation import notation_named
    >>> from chalkgrad.reading.formulas import read_formula
    >>> from chalkgrad.writing.names import names_for
    >>> from chalkgrad.writing.unicode import unicode_text
    >>> kinds = dict.fromkeys("AXB", "matrix")
    >>> d = derive(read_formula("A*X*B", ["X"], kinds).program)
    >>> names = names_for(notation_named("plain"), d.program)
    >>> print(unicode_text(kronecker_equation(d.gradients["X"], names)))
    ∂vec(L)/∂vec(X)ᵀ = Bᵀ ⊗ A
    """
    tensor = definition.tensor
    by = names.tensor(tensor.wrt)
    if by is None or not tensor.wrt:
        raise ChalkgradError(f"'{tensor.name}' is no derivative by one name, so it has no Kronecker form")
    split = len(definition.indices) - len(by.axes)
    above, below = definition.indices[:split], definition.indices[split:]
    if len(above) > 2 or len(below) > 2:
        raise ChalkgradError(f"'{tensor.name}' has more than two axes a side, so it has no Kronecker form")
    body = definition.body
    written: list[Box] = []
    for term in body.terms if isinstance(body, Add) else (body,):
        negative = split_coefficient(term)[0] < 0
        try:
            box = _Term(multiply(-1, term) if negative else term, above, below, names).box()
        except NoMatrixFormError as problem:
            raise ChalkgradError(f"this has no Kronecker form: {problem}") from None
        sign = [MINUS if negative else PLUS] if written else [NEGATIVE] if negative else []
        written += [*sign, box]
    return Equation(_left(tensor, by, names), row(*written))


def _left(tensor: Tensor, by: Tensor, names: Names) -> Box:
    """∂vec(Y)/∂vec(X)ᵀ, of a gradient ∂²L/∂vec(X)∂vec(X)ᵀ, of a number vec(∂L/∂X)."""
    above = names.tensor(tensor.of) or Tensor(tensor.of)
    if not above.axes:
        return _vec(names.whole(tensor), by)
    below = row(PARTIAL, Scripts(_vec(names.whole(by), by), None, TRANSPOSE))
    inner = names.tensor(above.of)
    if inner is None:
        return Fraction(row(PARTIAL, _vec(names.whole(above), above)), below)
    first = names.tensor(above.wrt) or by
    sign = Scripts(PARTIAL, None, digits("2"))
    return Fraction(row(sign, names.whole(inner)), row(PARTIAL, _vec(names.whole(first), first), below))


def _vec(box: Box, tensor: Tensor) -> Box:
    return row(_VEC, Fenced(box)) if len(tensor.axes) > 1 else box


class _Term:
    """One product of factors, sorted by which of the four axes they have."""

    def __init__(self, term: Expression, above: Sequence[Axis], below: Sequence[Axis], names: Names) -> None:
        self.number, rest = split_coefficient(term)
        self.names = names
        self.i, self.j = (*above, None, None)[:2]
        self.k, self.m = (*below, None, None)[:2]
        self.factors = list(rest.factors) if isinstance(rest, Multiply) else [rest]

    def box(self) -> Box:
        """The term as a product of diagonal matrices, a Kronecker product, and perhaps the commutation matrix."""
        i, j, k, m = self.i, self.j, self.k, self.m
        scalars = self._taken(set())
        front = [] if self.number == 1 else [number_box(self.number)]
        front += [oriented_box(multiply(*scalars), None, None, self.names, PRODUCT)] if scalars else []
        straight, crossed = ({i, k}, {j, m}), ({i, m}, {j, k})
        joined = [factor.free for factor in self.factors if not (factor.free <= {i, j} or factor.free <= {k, m})]
        if not joined:
            left, right = self._taken({i, j}), self._taken({k, m})
            above = [] if i is None else [self._stacked(left, i, j)]
            below = [] if k is None else [self._stacked(right, k, m)]
            return row(*front, *above, *(Scripts(each, None, TRANSPOSE) if above else each for each in below))
        chosen = next((two for two in (straight, crossed) if all(f <= two[0] or f <= two[1] for f in joined)), None)
        if chosen is None:
            raise NoMatrixFormError(f"{multiply(*self.factors)} joins more than two of its axes")
        first, second = self._taken(chosen[0]), self._taken(chosen[1])
        outside, inside = self._taken({i, j}), self._taken({k, m})
        before = [self._diagonal(outside, i, j)] if outside else []
        after = [self._diagonal(inside, k, m)] if inside else []
        if chosen is straight and all(len(each) == 1 and isinstance(each[0], Delta) for each in (first, second)):
            return row(*front, *(before or after or [_IDENTITY]))
        columns: tuple[Axis | None, Axis | None] = (k, m) if chosen is straight else (m, k)
        product = self._product(first, second, columns)
        if j is not None or columns[1] is not None:
            product = Fenced(product) if outside or inside or front or chosen is crossed else product
            product = row(product, _COMMUTATION) if chosen is crossed and j is not None and m is not None else product
        return row(*front, *before, product, *after)

    def _taken(self, axes: set[Axis | None]) -> list[Expression]:
        """The factors that have no other axes than these, taken out."""
        found = [factor for factor in self.factors if factor.free <= axes]
        self.factors = [factor for factor in self.factors if factor not in found]
        return found

    def _product(
        self, first: Sequence[Expression], second: Sequence[Expression], columns: tuple[Axis | None, Axis | None]
    ) -> Box:
        """Kronecker's product of the second factor and the first, as vec stacks columns."""
        inner = oriented_box(multiply(*first), self.i, columns[0], self.names, PRODUCT)
        if self.j is None and columns[1] is None:
            return inner
        outer = _row_box(multiply(*second), self.j, columns[1], self.names)
        return row(outer, OUTER, inner)

    def _stacked(self, factors: Sequence[Expression], rows: Axis | None, columns: Axis | None) -> Box:
        box = oriented_box(multiply(*factors), rows, columns, self.names, ATOM if columns is None else 0)
        return box if columns is None else row(_VEC, Fenced(box))

    def _diagonal(self, factors: Sequence[Expression], rows: Axis | None, columns: Axis | None) -> Box:
        return row(_DIAGONAL, Fenced(self._stacked(factors, rows, columns)))


def _row_box(expression: Expression, rows: Axis | None, columns: Axis | None, names: Names) -> Box:
    """The matrix of these rows and columns; with columns alone it is a row."""
    if rows is None and columns is not None:
        return Scripts(oriented_box(expression, columns, None, names, ATOM), None, TRANSPOSE)
    return oriented_box(expression, rows, columns, names, PRODUCT)
