"""Expressions of matrices, vectors and scalars, as they are written: products, elementwise products, transposes.

A node does not know its shape; it was built to have the one that its place needs. A vector is a column.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from chalkgrad.language import Axis, Expression, Tensor


@dataclass(frozen=True)
class Named:
    """A tensor by its name; the scalar, vector or matrix as it is stored."""

    tensor: Tensor


@dataclass(frozen=True)
class Scalar:
    """A scalar that is written as in index form: a number, a size, something of scalars only."""

    expression: Expression


@dataclass(frozen=True)
class Transposed:
    """Rows and columns exchanged."""

    body: Matrix


@dataclass(frozen=True)
class Product:
    """The matrix product of factors."""

    factors: tuple[Matrix, ...]


@dataclass(frozen=True)
class Elementwise:
    """The product, element by element, of factors of one shape."""

    factors: tuple[Matrix, ...]


@dataclass(frozen=True)
class Total:
    """A sum of terms; a scalar term is meant for every element, with `broadcast` also a vector."""

    terms: tuple[tuple[int, Matrix], ...]


@dataclass(frozen=True)
class Scaled:
    """number · above / below, scalars all, times a body (None: nothing more)."""

    number: Fraction
    above: tuple[Matrix, ...]
    below: tuple[Matrix, ...]
    body: Matrix | None


@dataclass(frozen=True)
class Applied:
    """An elementwise function, or a derivative of it, of every element."""

    function: str
    order: int
    body: Matrix


@dataclass(frozen=True)
class Compared:
    """1 where the comparison holds between the elements, else 0."""

    comparison: str
    left: Matrix
    right: Matrix


@dataclass(frozen=True)
class Raised:
    """Every element to a power."""

    body: Matrix
    exponent: Fraction


@dataclass(frozen=True)
class Ones:
    """The column of ones along an axis."""

    axis: Axis


@dataclass(frozen=True)
class Identity:
    """The identity matrix."""

    axis: Axis


@dataclass(frozen=True)
class Diagonal:
    """The diagonal matrix of a vector."""

    body: Matrix


@dataclass(frozen=True)
class SquaredNorm:
    """The sum of the squares of all elements."""

    body: Matrix
    matrix: bool


Matrix: TypeAlias = (
    Named
    | Scalar
    | Transposed
    | Product
    | Elementwise
    | Total
    | Scaled
    | Applied
    | Compared
    | Raised
    | Ones
    | Identity
    | Diagonal
    | SquaredNorm
)


def parts(matrix: Matrix) -> tuple[Matrix, ...]:
    """What is directly inside."""
    match matrix:
        case (
            Transposed(body=body)
            | Applied(body=body)
            | Raised(body=body)
            | Diagonal(body=body)
            | SquaredNorm(body=body)
        ):
            return (body,)
        case Product(factors=inner) | Elementwise(factors=inner):
            return inner
        case Total(terms=terms):
            return tuple(term for _, term in terms)
        case Scaled(above=above, below=below, body=body):
            return (*above, *below, *(() if body is None else (body,)))
        case Compared(left=left, right=right):
            return (left, right)
    return ()


def length(matrix: Matrix) -> int:
    """How long it is to write; a transpose or a diag costs one more than a name."""
    return 1 + sum(map(length, parts(matrix)))


def transposed(matrix: Matrix) -> Matrix:
    """The transpose, written once: (Aᵀ)ᵀ is A, and a sum or a scaled matrix passes it on."""
    match matrix:
        case Transposed(body=body):
            return body
        case Scalar() | SquaredNorm() | Identity() | Diagonal():
            return matrix
        case Scaled(body=body):
            return matrix if body is None else Scaled(matrix.number, matrix.above, matrix.below, transposed(body))
    return Transposed(matrix)
