"""Matrix form as boxes: Xᵀ((ŷ - y)vᵀ ⊙ 𝟏[Z > 0])."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction as Rational
from itertools import groupby

from chalkgrad.language import (
    FUNCTIONS,
    MATRIX_FUNCTIONS,
    Add,
    Axis,
    Definition,
    Element,
    Expression,
    MatrixFunction,
    Multiply,
    SizeOf,
    Tensor,
    as_index,
)
from chalkgrad.notation import Kind, kind_of
from chalkgrad.writing.boxes import (
    HADAMARD,
    MINUS,
    NEGATIVE,
    ONES,
    PLUS,
    TRANSPOSE,
    Box,
    Equation,
    Fenced,
    Fraction,
    Primed,
    Root,
    Row,
    Scripts,
    Symbol,
    digits,
    row,
    separated,
)
from chalkgrad.writing.index_form import COMPARISONS, expression_box, number_box
from chalkgrad.writing.matrix_algebra import (
    ATOM,
    ELEMENTWISE,
    PRODUCT,
    SUM,
    Applied,
    Compared,
    Diagonal,
    DiagonalPart,
    Elementwise,
    Identity,
    Matrix,
    Named,
    OfMatrix,
    Ones,
    Product,
    Raised,
    Scalar,
    Scaled,
    SlopeAlong,
    Softmax,
    SquaredNorm,
    Total,
    Trace,
    Transposed,
    Triangle,
    varies,
)
from chalkgrad.writing.matrix_form import MatrixForm, NoMatrixFormError
from chalkgrad.writing.names import Names, is_sample

_NORM = Symbol(r"\|", "‖", "upright")


def matrix_equation(definition: Definition, names: Names) -> Equation:
    """A definition in matrix form; in index form where there is none (three axes, convolutions, maxima).

    >>> from chalkgrad.language import Axis, Role, summation
    >>> from chalkgrad.notation import notation_named
    >>> from chalkgrad.writing.unicode import unicode_text
    >>> n, i, j = Axis("n", "n"), Axis("i", 2), Axis("j", 3)
    >>> x, W = Tensor("x", (n, i), Role.INPUT), Tensor("W1", (i, j), Role.PARAMETER)
    >>> definition = Definition(Tensor("z1", (n, j)), (n, j), summation(x[n, i] * W[i, j], i))
    >>> print(unicode_text(matrix_equation(definition, Names(notation_named("plain"), (x, W)))))
    Z⁽¹⁾ = XW⁽¹⁾
    """
    try:
        left, right = _form(names).of_definition(definition)
    except NoMatrixFormError:
        element = Element(definition.tensor, tuple(map(as_index, definition.indices)))
        return Equation(names.element(element), expression_box(definition.body, names))
    writer = _Writer(names)
    return Equation(writer.box(left), writer.box(right))


def matrix_box(expression: Expression, names: Names) -> Box:
    """An expression in matrix form; in index form where there is none."""
    try:
        return _Writer(names).box(_form(names).of_expression(expression))
    except NoMatrixFormError:
        return expression_box(expression, names)


def oriented_box(
    expression: Expression, rows: Axis | None, columns: Axis | None, names: Names, strength: int = 0
) -> Box:
    """An expression as the matrix of these rows and columns, in brackets where it holds together less than that.

    Raises `NoMatrixFormError`.
    """
    return _Writer(names).at_least(_form(names).fitted(expression, rows, columns), strength)


def place_of_matrix_box(node: MatrixFunction, names: Names) -> Box:
    """A function of a whole matrix as it stands in an equation of indices: (X⁻¹)ᵢⱼ, det(X)."""
    from chalkgrad.writing.index_form import expression_box

    try:
        inside = _form(names).fitted(node.body, node.rows, node.columns)
    except NoMatrixFormError:
        entries = Scripts(
            Fenced(expression_box(node.body, names)), row(names.axis(node.rows), names.axis(node.columns))
        )
        if not node.at:
            named = MATRIX_FUNCTIONS[node.function]
            return row(Symbol(named.latex, named.unicode, "function"), entries)
        box: Box = Scripts(Fenced(entries), None, row(NEGATIVE, digits("1")))
    else:
        box = _Writer(names).box(OfMatrix(node.function, inside))
        if not node.at:
            return box
    return Scripts(
        Fenced(box), row(*names.subscripts(node.at, (node.rows.size, node.columns.size) * (len(node.at) // 2)))
    )


def _form(names: Names) -> MatrixForm:
    """The matrix form for a notation: samples as columns and weights from output to input are stored the other way."""
    notation = names.notation

    def flipped(tensor: Tensor) -> bool:
        if len(tensor.axes) != 2:
            return False
        if tensor.wrt:
            derived = names.tensor(tensor.wrt)
            return derived is not None and len(derived.axes) == 2 and flipped(derived)
        kind = kind_of(tensor.name, tensor.role)
        if kind is not None and kind[0] is Kind.WEIGHT:
            return notation.weight_order == "output_input"
        return notation.samples == "columns" and is_sample(tensor.axes[0])

    return MatrixForm(flipped, notation.samples == "columns")


def _terms(terms: tuple[tuple[int, Matrix], ...]) -> Iterator[tuple[int, Matrix]]:
    """The terms of a sum, those of a sum within it too, each with its own sign: never a + (-(b + c))."""
    for sign, term in terms:
        if isinstance(term, Scaled) and term.number < 0:
            opposite = replace(term, number=-term.number)
            plain = opposite.number == 1 and not opposite.above and not opposite.below and opposite.body is not None
            yield from _terms(((-sign, opposite.body if plain and opposite.body is not None else opposite),))
        elif isinstance(term, Total):
            yield from _terms(tuple((sign * own, inner) for own, inner in term.terms))
        else:
            yield sign, term


class _Writer:
    def __init__(self, names: Names) -> None:
        self.names = names

    def box(self, matrix: Matrix) -> Box:
        return self._written(matrix)[0]

    def at_least(self, matrix: Matrix, strength: int) -> Box:
        """The box, in brackets where the matrix holds together less than that."""
        box, own = self._written(matrix)
        return box if own >= strength else Fenced(box)

    def _written(self, matrix: Matrix) -> tuple[Box, int]:
        match matrix:
            case Named(tensor=tensor):
                return self.names.whole(tensor), ATOM
            case Scalar(expression=expression):
                box = expression_box(expression, self.names)
                loose = SUM if isinstance(expression, Add) else PRODUCT if isinstance(expression, Multiply) else ATOM
                return box, loose
            case Transposed(body=OfMatrix(function="inverse", body=body)):
                return self._raised(body, row(NEGATIVE, TRANSPOSE)), ATOM
            case OfMatrix(function="inverse", body=body):
                return self._raised(body, row(NEGATIVE, digits("1"))), ATOM
            case OfMatrix(function=function, body=body):
                named = MATRIX_FUNCTIONS[function]
                return row(Symbol(named.latex, named.unicode, "function"), Fenced(self.box(body))), ATOM
            case SlopeAlong(function=function, body=body, direction=direction):
                named = MATRIX_FUNCTIONS[function]
                applied = (Fenced(self.box(body)), Fenced(self.box(direction), "[", "]"))
                return row(Symbol(named.latex, named.unicode, "function"), *applied), ATOM
            case Trace(body=body):
                return row(Symbol(r"\operatorname{tr}", "tr", "function"), Fenced(self.box(body))), ATOM
            case Transposed(body=body):
                return self._raised(body, TRANSPOSE), ATOM
            case Product(factors=factors):
                return row(*self._runs(factors)), PRODUCT
            case Elementwise(factors=factors):
                return self._elementwise(factors)
            case Total(terms=terms):
                return self._total(terms), SUM
            case Scaled():
                return self._scaled(matrix)
            case Applied(function="sqrt", order=0, body=SquaredNorm() as norm):
                return self._norm(norm, Rational(1)), ATOM
            case Applied():
                return self._applied(matrix)
            case Softmax(body=body):
                return row(Symbol(r"\operatorname{softmax}", "softmax", "function"), Fenced(self.box(body))), ATOM
            case Compared(comparison=comparison, left=left, right=right):
                inside = row(self.box(left), COMPARISONS[comparison], self.box(right))
                return row(ONES, Fenced(inside, "[", "]")), ATOM
            case Raised(body=body, exponent=exponent, scalar=scalar):
                return self._power(body, exponent, scalar)
            case Ones():
                return ONES, ATOM
            case Identity():
                return Symbol("I", "I"), ATOM
            case Diagonal(body=body) | DiagonalPart(body=body):
                return row(Symbol(r"\operatorname{diag}", "diag", "function"), Fenced(self.box(body))), ATOM
            case Triangle(lower=lower, body=body):
                word = "tril" if lower else "triu"
                of_ones = row(ONES, Scripts(ONES, None, TRANSPOSE))
                inside = of_ones if body is None else self.box(body)
                return row(Symbol(rf"\operatorname{{{word}}}", word, "function"), Fenced(inside)), ATOM
            case SquaredNorm():
                return self._norm(matrix, Rational(2)), ATOM
        raise TypeError(type(matrix).__name__)

    def _elementwise(self, factors: tuple[Matrix, ...]) -> tuple[Box, int]:
        """A product element by element; what is divided by stands below a line."""
        below = tuple(each for each in factors if isinstance(each, Raised) and each.exponent < 0)
        above = tuple(each for each in factors if each not in below)
        if not below or not above:
            return separated([self.at_least(factor, PRODUCT) for factor in factors], HADAMARD), ELEMENTWISE
        divisors = tuple(Raised(each.body, -each.exponent) for each in below)
        over, under = (self.box(part[0] if len(part) == 1 else Elementwise(part)) for part in (above, divisors))
        return Fraction(over, under), PRODUCT

    def _norm(self, squared: SquaredNorm, exponent: Rational) -> Box:
        """A norm to a power."""
        norm = row(_NORM, self.box(squared.body), _NORM)
        below, above = Symbol("F", "F") if squared.matrix else None, number_box(exponent) if exponent != 1 else None
        return Scripts(norm, below, above) if below or above else norm

    def _runs(self, factors: tuple[Matrix, ...]) -> Iterator[Box]:
        """The factors of a product; the same matrix several times in a row is a power of it."""
        for factor, run in groupby(factors):
            times = len(list(run))
            if times > 1 and isinstance(factor, OfMatrix) and factor.function == "inverse":
                yield self._raised(factor.body, row(NEGATIVE, digits(str(times))))
            elif times > 1 and isinstance(factor, Named):
                yield self._raised(factor, digits(str(times)))
            else:
                yield from [self.at_least(factor, PRODUCT)] * times

    def _raised(self, body: Matrix, mark: Box) -> Box:
        """A body with a mark in its superscript, beside what stands there already."""
        box, strength = self._written(body)
        if isinstance(box, Scripts) and isinstance(body, Named):
            return Scripts(box.base, box.sub, mark if box.sup is None else row(box.sup, mark))
        if strength < ATOM or (isinstance(box, Row | Fraction) and not _is_call(box)):
            box = Fenced(box)
        if isinstance(box, Row):  # a call: f(Z)ᵀ
            return row(*box.items[:-1], Scripts(box.items[-1], None, mark))
        return Scripts(box, None, mark)

    def _total(self, terms: tuple[tuple[int, Matrix], ...]) -> Box:
        boxes: list[Box] = []
        for sign, term in _terms(terms):
            if boxes or sign < 0:
                boxes.append((PLUS if sign > 0 else MINUS) if boxes else NEGATIVE)
            boxes.append(self.at_least(term, ELEMENTWISE))
        return row(*boxes)

    def _scaled(self, matrix: Scaled) -> tuple[Box, int]:
        number = abs(matrix.number)
        last = len(matrix.above) - 1 if matrix.body is None else len(matrix.above)
        above = [
            self.at_least(factor, ATOM if isinstance(factor, Product) and place < last else PRODUCT)
            for place, factor in enumerate(matrix.above)
        ]
        over = [] if number.numerator == 1 else [number_box(Rational(number.numerator))]
        under = [] if number.denominator == 1 else [number_box(Rational(number.denominator))]
        under += [self.at_least(factor, PRODUCT) for factor in matrix.below]
        front: list[Box] = []
        plain = matrix.body.body if isinstance(matrix.body, Transposed) else matrix.body
        of_size = any(isinstance(each, Scalar) and isinstance(each.expression, SizeOf) for each in matrix.below)
        short = isinstance(plain, Named | Applied) or (isinstance(plain, Total) and not of_size)  # but 1/n (p - y)
        short = short or (isinstance(matrix.body, Product) and all(map(varies, matrix.below)))
        if matrix.below and short and matrix.body is not None and (not above or all(map(varies, matrix.below))):
            under = [self.box(matrix.below[0])] if len(under) == 1 else under
            body = self.at_least(matrix.body, PRODUCT) if above else self.box(matrix.body)
            front = [Fraction(row(*over, *above, body), row(*under))]
            return row(*([NEGATIVE] if matrix.number < 0 else []), *front), SUM if matrix.number < 0 else PRODUCT
        if under:
            if len(under) == 1 and len(matrix.below) == 1:
                under = [self.box(matrix.below[0])]
            inside = above if matrix.body is None else []
            front.append(Fraction(row(*over, *inside) if over or inside else digits("1"), row(*under)))
            rest = [] if matrix.body is None else above
        else:
            front, rest = list(over), above
        if matrix.body is not None:
            rest = [*rest, self.at_least(matrix.body, PRODUCT)]
        sign: list[Box] = [NEGATIVE] if matrix.number < 0 else []
        boxes = [*sign, *front, *rest] or [digits("1")]
        return row(*boxes), SUM if sign else PRODUCT

    def _applied(self, matrix: Applied) -> tuple[Box, int]:
        function = FUNCTIONS[matrix.function]
        inside = self.box(matrix.body)
        if matrix.order == 0:
            match function.style:
                case "bars":
                    return Fenced(inside, "|", "|"), ATOM
                case "root":
                    return Root(inside), ATOM
                case "square":
                    return self._power(matrix.body, Rational(2))
                case "fraction":
                    return self._power(matrix.body, Rational(-1))
        name: Box = Symbol(function.latex, function.unicode or function.name, "function")
        return row(Primed(name, matrix.order) if matrix.order else name, Fenced(inside)), ATOM

    def _power(self, body: Matrix, exponent: Rational, scalar: bool = False) -> tuple[Box, int]:
        """Powers are taken element by element; those of scalars are written without the mark that says so."""
        scalar = scalar or isinstance(body, Scalar | SquaredNorm) or (isinstance(body, Named) and not body.tensor.axes)
        if exponent < 0:
            below = self._power(body, -exponent, scalar)[0] if exponent != -1 else self.box(body)
            return Fraction(digits("1"), below), ATOM
        if exponent == Rational(1, 2):
            return self._written(Applied("sqrt", 0, body))
        if exponent == 1:
            return self._written(body)
        if isinstance(body, SquaredNorm):
            return self._norm(body, 2 * exponent), ATOM
        if isinstance(body, Applied) and body.function == "sqrt" and isinstance(body.body, SquaredNorm):
            return self._norm(body.body, exponent), ATOM
        return self._raised(body, number_box(exponent) if scalar else row(HADAMARD, number_box(exponent))), ATOM


def _is_call(box: Box) -> bool:
    return isinstance(box, Row) and len(box.items) == 2 and isinstance(box.items[-1], Fenced)
