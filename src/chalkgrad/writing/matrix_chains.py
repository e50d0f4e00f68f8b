"""What products of matrices have in common, and sums over factors that lead round in a circle: traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalkgrad.language import Axis, Element, Expression, MatrixFunction, Multiply, Sum
from chalkgrad.writing.matrix_algebra import Matrix, Product, Scaled, Total, Transposed, length, transposed

Link = tuple[Expression, Axis, Axis]


def circle(expression: Sum) -> tuple[Link, ...] | None:
    """The factors of a nest of sums, each from one summed axis to the next, if they lead back to the first."""
    bound: list[Axis] = []
    body: Expression = expression
    factors: list[Expression] = []
    pending: list[Expression] = [expression]
    while pending:
        body = pending.pop(0)
        if isinstance(body, Sum) and body.axis not in bound:
            bound.append(body.axis)
            pending.insert(0, body.body)
        elif isinstance(body, Multiply):
            pending[:0] = body.factors
        else:
            factors.append(body)
    if len(factors) == 1 and len(bound) == 1 and _twice_at(factors[0], bound[0]):
        return None
    links = {factor: tuple(factor.free) for factor in factors}
    if len(links) != len(factors) or not 1 < len(factors) == len(bound):
        return None
    if any(len(axes) != 2 or not set(axes) <= set(bound) for axes in links.values()):
        return None
    found: list[Link] = []
    here, left = bound[0], list(factors)
    while left:
        step = next((factor for factor in left if here in links[factor]), None)
        if step is None:
            return None
        left.remove(step)
        there = next(axis for axis in links[step] if axis is not here)
        found.append((step, here, there))
        here = there
    starts = {row for _, row, _ in found}
    return tuple(found) if here is bound[0] and len(starts) == len(found) else None


def _twice_at(factor: Expression, axis: Axis) -> bool:
    """Whether a factor is an entry on the diagonal."""
    at = factor.indices if isinstance(factor, Element) else factor.at if isinstance(factor, MatrixFunction) else ()
    return len(at) == 2 and all(index.axis is axis for index in at)


def turns(factors: Sequence[Matrix], start: int) -> Iterator[Matrix]:
    """The product of a trace from another factor on, and the transpose of it."""
    whole = product((*factors[start:], *factors[:start]))
    yield whole
    yield product(tuple(map(transposed, reversed((*factors[start:], *factors[:start])))))


def product(factors: Sequence[Matrix]) -> Matrix:
    """The product without products inside; one factor is itself."""
    flat = [inner for factor in factors for inner in (factor.factors if isinstance(factor, Product) else (factor,))]
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def factored(total: Total) -> Matrix:
    """A sum with the first or last factors that its terms share taken out, where that is shorter: (A + Aᵀ)x.

    >>> from chalkgrad.language import Tensor
    >>> from chalkgrad.writing.matrix_algebra import Named, Transposed
    >>> i, j = Axis("i", "n"), Axis("j", "n")
    >>> A, x = Named(Tensor("A", (i, j))), Named(Tensor("x", (i,)))
    >>> found = factored(Total(((1, Product((A, x))), (1, Product((Transposed(A), x))))))
    >>> isinstance(found, Product), found.factors[1] == x
    (True, True)
    """
    best: Matrix = total
    for last in (True, False):
        for common in dict.fromkeys(end for _, term in total.terms if (end := _end(term, last)) is not None):
            candidate = _taken_out(total, common, last)
            if candidate is not None and length(candidate) <= length(best):
                best = candidate
    return best


def _parts(term: Matrix) -> tuple[Matrix, ...] | None:
    inner = term.body if isinstance(term, Scaled) else term
    return inner.factors if isinstance(inner, Product) else None


def _end(term: Matrix, last: bool) -> Matrix | None:
    factors = _parts(term)
    return None if factors is None else factors[-1 if last else 0]


def _taken_out(total: Total, common: Matrix, last: bool) -> Matrix | None:
    inside: list[tuple[int, Matrix]] = []
    apart: list[tuple[int, Matrix]] = []
    place = 0
    for position, (sign, term) in enumerate(total.terms):
        factors = _parts(term)
        if factors is None or factors[-1 if last else 0] != common:
            apart.append((sign, term))
            continue
        rest = product(factors[:-1] if last else factors[1:])
        if isinstance(term, Scaled):
            rest = Scaled(term.number, term.above, term.below, rest)
        if not inside:
            place = position
        inside.append((sign, rest))
    if len(inside) < 2:
        return None
    if all(sign < 0 for sign, _ in inside):
        inside, sign = [(1, rest) for _, rest in inside], -1
    else:
        inside, sign = sorted(inside, key=lambda pair: (pair[0] < 0, isinstance(pair[1], Transposed))), 1
    bracket = factored(Total(tuple(inside)))
    whole = product((bracket, common) if last else (common, bracket))
    if not apart:
        return whole if sign > 0 else Total(((sign, whole),))
    return Total((*apart[:place], (sign, whole), *apart[place:]))
