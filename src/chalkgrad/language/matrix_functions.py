"""The table of functions of whole matrices: one row each, from which everything else derives, computes and names them.

A row says how the function changes with its matrix in terms of the inverse (Petersen and Pedersen, The Matrix Cookbook,
2012, section 2), and how it is computed in any arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import EvaluationError, ProgramError, UnknownNameError
from chalkgrad.language.algebra import (
    MINUS_ONE,
    ONE,
    ZERO,
    add,
    delta,
    index_value,
    indicator,
    multiply,
    number,
    power,
)
from chalkgrad.language.exponential import exponential_numbers, exponential_slope_numbers
from chalkgrad.language.expressions import (
    Axis,
    Call,
    Delta,
    Element,
    Expression,
    Index,
    MatrixFunction,
    Multiply,
    Sum,
    as_index,
)

if TYPE_CHECKING:
    from chalkgrad.language.arithmetic import Arithmetic

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class MatrixFunctionRow:
    """A row of the table.

    `differential` has the factors of the differential beside the entry (p, q) of that of the matrix, over which they
    are summed. `numbers` computes it from the rows of a matrix: a list of rows where it `gives_matrix`, else a number.
    """

    name: str
    gives_matrix: bool
    differential: Callable[[MatrixFunction, Axis, Axis], tuple[Expression, ...]]
    numbers: Callable[[Rows, Arithmetic], Any]
    latex: str
    unicode: str
    aliases: tuple[str, ...] = ()
    of_transpose: str = ""  # what that of the transpose is: transposed as well, or the same
    slope_of: str = ""  # of which function this is the derivative, by an entry at two more indices

    @property
    def indices(self) -> int:
        """How many indices an entry has."""
        return (4 if self.slope_of else 2) if self.gives_matrix else 0


def inverse_at(node: MatrixFunction, row: Index | Axis, column: Index | Axis) -> Expression:
    """The entry at two indices of the inverse of the matrix that a node is made of."""
    return matrix_function("inverse", node.body, node.rows, node.columns, (as_index(row), as_index(column)))


def inverse_numbers(rows: Rows, arithmetic: Arithmetic) -> list[list[Any]]:
    """The inverse by Gauss and Jordan with the largest pivots; raises `EvaluationError` where there is none."""
    size = len(rows)
    zero, one = arithmetic.number(0), arithmetic.number(1)
    table = [[*row, *(one if place == k else zero for k in range(size))] for place, row in enumerate(rows)]
    for column in range(size):
        below = max(range(column, size), key=lambda place: _Size(table[place][column], arithmetic))
        pivot = table[below][column]
        if not arithmetic.compare("!=", pivot, zero):
            raise EvaluationError("a matrix that is singular has no inverse")
        table[column], table[below] = table[below], table[column]
        scale = arithmetic.power(pivot, arithmetic.number(-1))
        table[column] = [entry * scale for entry in table[column]]
        for place in range(size):
            if place != column:
                factor = table[place][column]
                pairs = zip(table[place], table[column], strict=True)
                table[place] = [entry - factor * other for entry, other in pairs]
    return [row[size:] for row in table]


class _Size:
    """Numbers of any kind in the order of their absolute values."""

    def __init__(self, value: Any, arithmetic: Arithmetic) -> None:
        self.size, self.arithmetic = arithmetic.primitives["abs"](value), arithmetic

    def __lt__(self, other: _Size) -> bool:
        return self.arithmetic.compare("<", self.size, other.size)

    def __gt__(self, other: _Size) -> bool:
        return self.arithmetic.compare(">", self.size, other.size)


def cholesky_numbers(rows: Rows, arithmetic: Arithmetic) -> list[list[Any]]:
    """The lower triangular L with LLᵀ the symmetric part; raises `EvaluationError` where that is not positive definite.

    Source: Golub and Van Loan, Matrix Computations, 2013, section 4.2.
    """
    size, zero, half = len(rows), arithmetic.number(0), arithmetic.number(Fraction(1, 2))
    lower = [[zero] * size for _ in range(size)]
    for column in range(size):
        for row in range(column, size):
            value = half * (rows[row][column] + rows[column][row])
            for k in range(column):
                value = value - lower[row][k] * lower[column][k]
            if row > column:
                lower[row][column] = value * arithmetic.power(lower[column][column], arithmetic.number(-1))
            elif arithmetic.compare(">", value, zero):
                lower[row][row] = arithmetic.primitives["sqrt"](value)
            else:
                raise EvaluationError("a matrix that is not positive definite has no Cholesky factor")
    return lower


def _cholesky_differential(node: MatrixFunction, p: Axis, q: Axis) -> tuple[Expression, ...]:
    """L tril(L⁻¹ dX L⁻ᵀ) with half of its diagonal, of the symmetric part of dX.

    Source: Murray, Differentiation of the Cholesky decomposition, 2016.
    """
    row, column = node.at
    taken = {*node.free, *node.body.free, p, q, node.rows, node.columns}
    fresh: list[Axis] = []
    for _ in range(3):
        fresh.append(Axis(_free_name(node.rows.name, {axis.name for axis in (*taken, *fresh)}), node.rows.size))
    k, inner, other = fresh

    def factor(i: Index | Axis, j: Index | Axis) -> Expression:
        return MatrixFunction("cholesky", node.body, node.rows, node.columns, (as_index(i), as_index(j)))

    def inverse(i: Index | Axis, j: Index | Axis) -> Expression:
        return matrix_function("inverse", factor(inner, other), inner, other, (as_index(i), as_index(j)))

    half = number(Fraction(1, 2))
    below = indicator(">", index_value(k), index_value(column)) + half * delta(k, column)

    def along(one: Axis, two: Axis) -> Expression:
        return multiply(Sum(multiply(factor(row, k), below, inverse(k, one)), k), inverse(column, two))

    return (half, add(along(p, q), along(q, p)))


def determinant_number(rows: Rows, arithmetic: Arithmetic) -> Any:
    """The determinant without any division, so that it has its derivative also where it is 0.

    Source: R. S. Bird, A simple division-free algorithm for computing determinants, 2011.
    """
    size, zero = len(rows), arithmetic.number(0)
    table = [list(row) for row in rows]
    for _ in range(size - 1):
        trailing = zero
        upper = [[zero] * size for _ in range(size)]
        for place in reversed(range(size)):
            upper[place][place] = trailing
            trailing = trailing - table[place][place]
            upper[place][place + 1 :] = table[place][place + 1 :]
        table = [
            [sum((row[k] * rows[k][column] for k in range(size)), start=zero) for column in range(size)]
            for row in upper
        ]
    if not size:
        return arithmetic.number(1)
    return table[0][0] if size % 2 else zero - table[0][0]


def log_determinant_number(rows: Rows, arithmetic: Arithmetic) -> Any:
    """The logarithm of the size of the determinant; raises `EvaluationError` where that is 0."""
    size = arithmetic.primitives["abs"](determinant_number(rows, arithmetic))
    if not arithmetic.compare("!=", size, arithmetic.number(0)):
        raise EvaluationError("the determinant of a singular matrix has no logarithm")
    return arithmetic.primitives["log"](size)


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "'"
    return name


def _no_differential(node: MatrixFunction, p: Axis, q: Axis) -> tuple[Expression, ...]:
    raise ProgramError("the second derivative of a matrix exponential is not known here; of its trace it is the first")


MATRIX_FUNCTIONS: dict[str, MatrixFunctionRow] = {
    row.name: row
    for row in (
        MatrixFunctionRow(
            "inverse", True,
            lambda node, p, q: (MINUS_ONE, inverse_at(node, node.at[0], p), inverse_at(node, q, node.at[1])),
            inverse_numbers, r"^{-1}", "⁻¹", ("inv",),
        ),
        MatrixFunctionRow(
            "cholesky", True,
            _cholesky_differential,
            cholesky_numbers, r"\operatorname{chol}", "chol", ("chol",), "same",
        ),
        MatrixFunctionRow(
            "exponential", True,
            lambda node, p, q: (
                matrix_function("exponential_slope", node.body, node.rows, node.columns, (*node.at, p, q)),
            ),
            exponential_numbers, r"\operatorname{expm}", "expm", ("expm",),
        ),
        MatrixFunctionRow(
            "exponential_slope", True,
            _no_differential,
            exponential_slope_numbers, r"D\operatorname{expm}", "Dexpm", (), "", "exponential",
        ),
        MatrixFunctionRow(
            "determinant", False,
            lambda node, p, q: (node, inverse_at(node, q, p)),
            determinant_number, r"\det", "det", ("det",),
        ),
        MatrixFunctionRow(
            "log_determinant", False,
            lambda node, p, q: (inverse_at(node, q, p),),
            log_determinant_number, r"\log\det", "log det", ("logdet",),
        ),
    )
}  # fmt: skip
MATRIX_FUNCTION_NAMES = {name: row.name for row in MATRIX_FUNCTIONS.values() for name in (row.name, *row.aliases)}


def matrix_function(
    name: str, body: Expression, rows: Axis, columns: Axis, at: Sequence[Index | Axis | int] = ()
) -> Expression:
    """A function of the table of the matrix with the body at each place; of an inverse the entry at two indices.

    A transpose, a number in front, an identity or diagonal matrix and an inverse inside are worked out.

    >>> from chalkgrad.language import Tensor
    >>> i, j = Axis("i", "n"), Axis("j", "n")
    >>> X = Tensor("X", (i, j))
    >>> str(matrix_function("inverse", 2 * X[j, i], i, j, (i, j))), str(matrix_function("det", X[i, j], i, j))
    ('inverse(j, i, X[j,i])[j,i]/2', 'determinant(i, j, X[i,j])')
    """
    if name not in MATRIX_FUNCTION_NAMES:
        raise UnknownNameError("function of a matrix", name, sorted(MATRIX_FUNCTION_NAMES))
    row = MATRIX_FUNCTIONS[MATRIX_FUNCTION_NAMES[name]]
    if rows.size != columns.size or rows is columns:
        raise ProgramError(f"the {row.name.replace('_', ' ')} of a matrix that is not square")
    places = tuple(map(as_index, at))
    if len(places) != row.indices:
        raise ProgramError(f"the {row.name.replace('_', ' ')} takes {row.indices} indices, not {len(places)}")
    plain = [index.axis for index in body.indices] if isinstance(body, Element) else []
    if plain == [columns, rows]:
        rows, columns = columns, rows
        places = places if row.of_transpose == "same" else (*places[:2][::-1], *places[2:][::-1])
    worked_out = _worked_out(row, body, rows, columns, places)
    return MatrixFunction(row.name, body, rows, columns, places) if worked_out is None else worked_out


def _of_exponential(
    row: MatrixFunctionRow, body: MatrixFunction, rows: Axis, columns: Axis, at: tuple[Index, ...]
) -> Expression | None:
    """The inverse of an exponential is that of the opposite, the logarithm of its determinant the trace."""
    from chalkgrad.language.substitution import substitute_axes

    if row.name == "inverse":
        turned = dict(zip((rows, columns), at, strict=True))
        opposite = multiply(MINUS_ONE, body.body)
        places = tuple(turned[index.axis] for index in body.at if index.axis in turned)
        return matrix_function("exponential", opposite, body.rows, body.columns, places)
    if row.name in ("determinant", "log_determinant"):
        trace = Sum(substitute_axes(body.body, {body.columns: body.rows}), body.rows)
        return trace if row.name == "log_determinant" else Call("exp", trace)
    return None


def _worked_out(
    row: MatrixFunctionRow, body: Expression, rows: Axis, columns: Axis, at: tuple[Index, ...]
) -> Expression | None:
    from chalkgrad.language.substitution import substitute_axes

    own = {rows, columns}
    if row.slope_of:
        return None
    if row.name == "exponential" and body is ZERO:
        return delta(*at)
    factors = body.factors if isinstance(body, Multiply) else (body,)
    identity = next((each for each in factors if isinstance(each, Delta) and each.free == own), None)
    if row.name == "exponential":
        if identity is None or {identity.left.axis, identity.right.axis} != own:
            return None
        entries = substitute_axes(multiply(*(f for f in factors if f is not identity)), {rows: at[0], columns: at[0]})
        return multiply(Call("exp", entries), delta(*at))
    if isinstance(body, MatrixFunction) and body.function == "exponential" and {i.axis for i in body.at} == own:
        found = _of_exponential(row, body, rows, columns, at)
        if found is not None:
            return found
    if identity is body and {identity.left.axis, identity.right.axis} == own:
        return delta(*at) if at else ZERO if row.name == "log_determinant" else ONE
    if isinstance(body, MatrixFunction) and body.function == "cholesky" and {i.axis for i in body.at} == own and not at:
        of_whole = matrix_function(row.name, body.body, body.rows, body.columns)
        half = number(Fraction(1, 2))
        return power(of_whole, half) if row.name == "determinant" else multiply(half, of_whole)
    if isinstance(body, MatrixFunction) and body.function == "inverse" and {index.axis for index in body.at} == own:
        if row.name == "cholesky":
            return None
        if row.name == "inverse":
            place = dict(zip((rows, columns), at, strict=True))
            return substitute_axes(substitute_axes(body.body, {body.rows: body.at[0], body.columns: body.at[1]}), place)
        of_inner = matrix_function(row.name, body.body, body.rows, body.columns)
        return power(of_inner, MINUS_ONE) if row.name == "determinant" else multiply(MINUS_ONE, of_inner)
    if row.name != "inverse":
        return None
    front = [factor for factor in factors if factor.free.isdisjoint(own)]
    if front and len(front) < len(factors):  # a matrix with one number everywhere stays as it is
        rest = matrix_function(row.name, multiply(*(f for f in factors if f not in front)), rows, columns, at)
        return multiply(power(multiply(*front), MINUS_ONE), rest)
    if identity is not None and {identity.left.axis, identity.right.axis} == own:
        entries = substitute_axes(multiply(*(f for f in factors if f is not identity)), {rows: at[0], columns: at[0]})
        return multiply(power(entries, MINUS_ONE), delta(*at))
    return None
