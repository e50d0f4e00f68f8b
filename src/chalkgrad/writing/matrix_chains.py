"""What products of matrices have in common, and sums over factors that lead round in a circle: traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from chalkgrad.language import (
    Add,
    Axis,
    Element,
    Expression,
    MatrixFunction,
    Multiply,
    Sum,
    fresh_axis,
    multiply,
    size_of,
    substitute_axes,
)
from chalkgrad.writing.matrix_algebra import Matrix, Named, Product, Scaled, Total, Transposed, length, transposed

Link = tuple[Expression, Axis, Axis]


MOST_TERMS = 12


def nest(expression: Expression) -> tuple[list[Axis], list[Expression]]:
    """The axes of a nest of sums, and the factors of what is summed; sums over a letter that is in use stay apart."""
    bound: list[Axis] = []
    factors: list[Expression] = []
    pending: list[Expression] = [expression]
    taken = set(expression.free)
    while pending:
        body = pending.pop(0)
        if isinstance(body, Sum):
            axis = fresh_axis(body.axis, taken)
            taken.add(axis)
            bound.append(axis)
            pending.insert(0, substitute_axes(body.body, {body.axis: axis}))
        elif isinstance(body, Multiply):
            pending[:0] = body.factors
        else:
            factors.append(body)
    return bound, factors


def nests_of_terms(expression: Sum) -> tuple[Expression, ...]:
    """The sums over each term, if one factor is a sum of terms; each sum over as little as it has to be."""
    bound, factors = nest(expression)
    for place, factor in enumerate(factors):
        if isinstance(factor, Add) and len(factor.terms) <= MOST_TERMS:
            others = [*factors[:place], *factors[place + 1 :]]
            terms = [nested(bound, *nest_factors(others, term)) for term in factor.terms]
            return tuple(terms)
    return ()


def nest_factors(others: Sequence[Expression], term: Expression) -> tuple[list[Axis], list[Expression]]:
    """The axes and factors of a product with a term in it that may have sums of its own."""
    return nest(multiply(*others, term))


def nested(bound: Sequence[Axis], own: Sequence[Axis], factors: Sequence[Expression]) -> Expression:
    """The sum over all these axes of the product, each sum around just the factors that have its axis."""
    left, axes = list(factors), [*bound, *own]

    def width(axis: Axis) -> int:
        return len(frozenset().union(*(factor.free for factor in left if axis in factor.free)))

    while axes:
        axis = min(axes, key=width)
        axes.remove(axis)
        inside = [factor for factor in left if axis in factor.free]
        left = [factor for factor in left if axis not in factor.free]
        left.append(Sum(multiply(*inside), axis) if inside else size_of(axis))
    return multiply(*left)


def with_sign_inside(scaled: Scaled) -> Matrix:
    """A minus in front taken into a difference: 2(b - a) for -2(a - b)."""
    body = scaled.body
    if scaled.number >= 0 or body is None:
        return scaled
    factors = body.factors if isinstance(body, Product) else (body,)
    if sum(isinstance(factor, Total | Transposed) and _is_difference(factor) for factor in factors) > 1:
        return scaled  # -(x - m)(x - m)ᵀ
    for place, factor in enumerate(factors):
        signs = [sign for sign, _ in factor.terms] if isinstance(factor, Total) else []
        if isinstance(factor, Total) and signs.count(-1) and signs.count(1) and signs.count(-1) >= signs.count(1):
            turned = Total(tuple(sorted(((-sign, term) for sign, term in factor.terms), key=lambda pair: pair[0] < 0)))
            inner = product((*factors[:place], turned, *factors[place + 1 :]))
            if scaled.number == -1 and not scaled.above and not scaled.below:
                return inner
            return Scaled(-scaled.number, scaled.above, scaled.below, inner)
    return scaled


def _is_difference(factor: Matrix) -> bool:
    inner = factor.body if isinstance(factor, Transposed) else factor
    return isinstance(inner, Total) and any(sign < 0 for sign, _ in inner.terms)


def circle(expression: Sum) -> tuple[Link, ...] | None:
    """The factors of a nest of sums, each from one summed axis to the next, if they lead back to the first."""
    bound, factors = nest(expression)
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
    total = _collected(total)
    if len(total.terms) == 1:
        return _signed(*total.terms[0])
    best = _factored(total)
    for turned in (False, True):
        chains = Total(tuple((sign, _as_chain(term, turned)) for sign, term in total.terms))
        together = _factored(chains)
        if chains != total and together != chains:
            best = min(best, together, key=length)
    return best


def _collected(total: Total) -> Total:
    """A sum with equal terms put together: 2b for b + b."""
    if len({term for _, term in total.terms}) == len(total.terms):
        return total
    times: dict[Matrix, int] = {}
    for sign, term in total.terms:
        times[term] = times.get(term, 0) + sign
    terms = tuple((1 if often > 0 else -1, _multiple(abs(often), term)) for term, often in times.items() if often)
    return Total(terms) if terms else total


def _multiple(often: int, term: Matrix) -> Matrix:
    if often == 1:
        return term
    if isinstance(term, Scaled):
        return replace(term, number=often * term.number)
    return Scaled(Fraction(often), (), (), term)


def _signed(sign: int, term: Matrix) -> Matrix:
    if sign > 0:
        return term
    return replace(term, number=-term.number) if isinstance(term, Scaled) else Total(((sign, term),))


def _as_chain(term: Matrix, turned: bool) -> Matrix:
    """A vector times the inner product of two others as one product of matrices: (bᵀx)a is abᵀx, and axᵀb."""
    if not isinstance(term, Scaled) or not isinstance(term.body, Named):
        return term
    for place, factor in enumerate(term.above):
        if isinstance(factor, Product) and len(factor.factors) == 2:
            left, right = factor.factors
            inner = (transposed(right), transposed(left)) if turned else (left, right)
            chain, rest = Product((term.body, *inner)), (*term.above[:place], *term.above[place + 1 :])
            return chain if term.number == 1 and not rest and not term.below else replace(term, above=rest, body=chain)
    return term


def _factored(total: Total) -> Matrix:
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
    inner = bracket.body if isinstance(bracket, Scaled) and bracket.body is not None else bracket
    whole = product((inner, common) if last else (common, inner))
    if isinstance(bracket, Scaled) and inner is not bracket:
        whole = replace(bracket, body=whole)  # numbers stand in front of the whole product
    if not apart:
        return _signed(sign, whole)
    return Total((*apart[:place], (sign, whole), *apart[place:]))
