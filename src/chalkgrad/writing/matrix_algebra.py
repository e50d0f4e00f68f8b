"""Expressions of matrices, vectors and scalars, as they are written: products, elementwise products, transposes.

A node does not know its shape; it was built to have the one that its place needs. A vector is a column.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from chalkgrad.language import MATRIX_FUNCTIONS, Axis, Expression, Tensor


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
class Softmax:
    """The exponentials of a vector, or of each row of a matrix, divided by their sum."""

    body: Matrix


@dataclass(frozen=True)
class Compared:
    """1 where the comparison holds between the elements, else 0."""

    comparison: str
    left: Matrix
    right: Matrix


@dataclass(frozen=True)
class Raised:
    """Every element to a power; `scalar` if there is but one."""

    body: Matrix
    exponent: Fraction
    scalar: bool = False


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


@dataclass(frozen=True)
class OfMatrix:
    """A function of the table of whole matrices: the inverse, the determinant."""

    function: str
    body: Matrix


@dataclass(frozen=True)
class SlopeAlong:
    """The derivative of a function of a whole matrix along another: that of expm at A along G."""

    function: str
    body: Matrix
    direction: Matrix


@dataclass(frozen=True)
class Trace:
    """The sum along the diagonal of a matrix."""

    body: Matrix


@dataclass(frozen=True)
class DiagonalPart:
    """The diagonal of a matrix as a column."""

    body: Matrix


@dataclass(frozen=True)
class Triangle:
    """The lower or upper triangle of a matrix, with its diagonal; without a body of the matrix of ones."""

    lower: bool
    body: Matrix | None


Matrix: TypeAlias = (
    Named
    | Scalar
    | Transposed
    | Product
    | Elementwise
    | Total
    | Scaled
    | Applied
    | Softmax
    | Compared
    | Raised
    | Ones
    | Identity
    | Diagonal
    | SquaredNorm
    | OfMatrix
    | SlopeAlong
    | Trace
    | DiagonalPart
    | Triangle
)


def parts(matrix: Matrix) -> tuple[Matrix, ...]:
    """What is directly inside."""
    match matrix:
        case (
            Transposed(body=body)
            | Applied(body=body)
            | Softmax(body=body)
            | Raised(body=body)
            | Diagonal(body=body)
            | SquaredNorm(body=body)
            | OfMatrix(body=body)
            | Trace(body=body)
            | DiagonalPart(body=body)
        ):
            return (body,)
        case Product(factors=inner) | Elementwise(factors=inner):
            return inner
        case Total(terms=terms):
            return tuple(term for _, term in terms)
        case Scaled(above=above, below=below, body=body):
            return (*above, *below, *(() if body is None else (body,)))
        case Compared(left=left, right=right) | SlopeAlong(body=left, direction=right):
            return (left, right)
        case Triangle(body=body) if body is not None:
            return (body,)
    return ()


SUM, ELEMENTWISE, PRODUCT, ATOM = 1, 2, 3, 4  # how tightly what is written holds together
_BRACKETS = 1  # a pair of them


def strength(matrix: Matrix) -> int:
    """How tightly it holds together as it is written."""
    match matrix:
        case Total():
            return SUM
        case Elementwise():
            return ELEMENTWISE
        case Scaled(number=number):
            return SUM if number < 0 else PRODUCT
        case Product():
            return PRODUCT
    return ATOM


def length(matrix: Matrix) -> int:
    """How many marks it takes to write: names, operators, brackets, a transpose; a product of two names takes two."""

    def inside(part: Matrix, at_least: int) -> int:
        return length(part) + (_BRACKETS if strength(part) < at_least else 0)

    match matrix:
        case Transposed(body=OfMatrix(function="inverse", body=body)):
            return inside(body, ATOM) + 1
        case Transposed(body=body) | Raised(body=body) | OfMatrix(function="inverse", body=body):
            return inside(body, ATOM) + 1
        case Product(factors=factors):
            return sum(inside(factor, PRODUCT) for factor in factors)
        case Elementwise(factors=factors):
            return sum(inside(factor, PRODUCT) for factor in factors) + len(factors) - 1
        case Total(terms=terms):
            signs = len(terms) - 1 + (terms[0][0] < 0)
            return sum(inside(term, ELEMENTWISE) for _, term in terms) + signs
        case Scaled(number=number, above=above, below=below, body=body):
            scalars = sum(inside(factor, PRODUCT) for factor in below)
            for place, factor in enumerate(above, start=body is None):  # (aᵀx)x: a product before others has brackets
                scalars += inside(factor, ATOM if isinstance(factor, Product) and place < len(above) else PRODUCT)
            digits = (abs(number.numerator) != 1) + (number.denominator != 1)
            signs = (number < 0) + (bool(below) or number.denominator != 1)
            return scalars + digits + signs + (0 if body is None else inside(body, PRODUCT))
        case Compared(left=left, right=right):
            return length(left) + length(right) + 1 + 1 + _BRACKETS
        case Named() | Ones() | Identity():
            return 1
        case Scalar(expression=expression):
            return expression.cost
        case SquaredNorm(body=body):
            return length(body) + _BRACKETS + 1
    return sum(map(length, parts(matrix))) + 1 + _BRACKETS


def varies(matrix: Matrix) -> bool:
    """Whether it has a tensor in it: it is no number and no size."""
    if isinstance(matrix, Scalar):
        return bool(matrix.expression.tensors)
    return isinstance(matrix, Named) or any(map(varies, parts(matrix)))


def has_diagonal(matrix: Matrix) -> bool:
    """Whether a diagonal matrix is written anywhere in it."""
    return isinstance(matrix, Diagonal) or any(map(has_diagonal, parts(matrix)))


def is_symmetric(matrix: Matrix) -> bool:
    """Whether it is the same when rows and columns are exchanged, as far as that can be seen."""
    match matrix:
        case Named(tensor=tensor):
            return tensor.symmetric
        case Identity() | Diagonal() | Scalar() | SquaredNorm() | Trace():
            return True
        case OfMatrix(function=function, body=body):
            return not MATRIX_FUNCTIONS[function].gives_matrix or (
                function in ("inverse", "exponential") and is_symmetric(body)
            )
        case Total(terms=terms):
            return all(is_symmetric(term) for _, term in terms)
        case Scaled(body=body):
            return body is None or is_symmetric(body)
        case Product(factors=factors):
            mirrored = tuple(map(transposed, reversed(factors)))
            return mirrored == factors and len(factors) > 1
    return False


def transposed(matrix: Matrix) -> Matrix:
    """The transpose, written once: (Aᵀ)ᵀ is A, and a short product and a scaled matrix pass it on."""
    if is_symmetric(matrix):
        return matrix
    match matrix:
        case Transposed(body=body):
            return body
        case Triangle(lower=lower, body=body):
            return Triangle(not lower, None if body is None else transposed(body))
        case Scaled(body=body):
            return matrix if body is None else Scaled(matrix.number, matrix.above, matrix.below, transposed(body))
        case Product(factors=factors):
            mirrored = Product(tuple(map(transposed, reversed(factors))))
            return mirrored if length(mirrored) <= length(Transposed(matrix)) else Transposed(matrix)
        case Total(terms=terms) if not any(isinstance(term, Scalar) for _, term in terms):
            turned = Total(tuple((sign, transposed(term)) for sign, term in terms))
            return turned if length(turned) < length(Transposed(matrix)) else Transposed(matrix)
    return Transposed(matrix)
