"""Expressions as boxes in index form: Σ_i x_i w_ij + b_j, with as few parentheses as a person would write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction as Rational

from chalkgrad.language import (
    FUNCTIONS,
    Add,
    Call,
    Constant,
    Delta,
    Element,
    Expression,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    SizeOf,
    Sum,
    index_value,
    number,
    power,
    split_coefficient,
    substitute_axes,
)
from chalkgrad.language.text import number_text
from chalkgrad.writing.boxes import (
    DELTA,
    DOTS,
    EQUALS,
    MAXIMUM,
    MINUS,
    NEGATIVE,
    ONES,
    PLUS,
    SIGMA_SUM,
    TIMES,
    BigOperator,
    Box,
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
from chalkgrad.writing.latex import is_tall
from chalkgrad.writing.lettering import lettered
from chalkgrad.writing.names import Names

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4  # how tightly a written expression holds together
COMPARISONS = {
    ">": Symbol(">", ">", "relation"),
    "<": Symbol("<", "<", "relation"),
    ">=": Symbol(r"\ge", "≥", "relation"),
    "<=": Symbol(r"\le", "≤", "relation"),
    "=": EQUALS,
    "!=": Symbol(r"\ne", "≠", "relation"),
}
Terms = Callable[[Sum | Max], "list[Expression | None] | None"]


def not_written_out(expression: Sum | Max) -> list[Expression | None] | None:
    """In index form no sum is written out, but a sum of one term is that term."""
    return [substitute_axes(expression.body, {expression.axis: 0})] if expression.axis.size == 1 else None


@dataclass(frozen=True)
class ExpressionWriter:
    """Writes expressions as boxes. `terms` gives the terms of a sum that is to be written out (None for dots)."""

    names: Names
    terms: Terms = not_written_out

    def box(self, expression: Expression) -> Box:
        """The box of an expression."""
        return self._written(expression)[0]

    def wrapped(self, expression: Expression, at_least: int) -> Box:
        """The box of an expression, in parentheses if it holds together less tightly than `at_least`."""
        box, strength = self._written(expression)
        return box if strength >= at_least else Fenced(box)

    def _written(self, expression: Expression) -> tuple[Box, int]:
        match expression:
            case Number(value=value):
                return number_box(value), SUM if value < 0 else POWER if value.denominator != 1 else ATOM
            case Constant(name=name):
                return lettered(name)[0], ATOM
            case SizeOf(size=size):
                return self.names.size(size), ATOM
            case Element():
                return self._element(expression)
            case IndexValue(index=index):
                box = self.names.index(index - self.names.notation.first_index)
                return box, SUM if isinstance(box, Row) else ATOM
            case Delta(left=left, right=right):
                return Scripts(DELTA, row(*self.names.subscripts((left, right), (1, 1)))), ATOM
            case Indicator():
                return row(ONES, Fenced(self._comparison(expression), "[", "]")), ATOM
            case MatrixFunction():
                from chalkgrad.writing.matrix import place_of_matrix_box

                return place_of_matrix_box(expression, self.names), ATOM
            case Call():
                return self._call(expression)
            case Sum() | Max():
                return self._over_axis(expression)
            case Power():
                return self._power(expression)
            case Multiply(factors=factors):
                return self._product(factors)
            case Add(terms=terms):
                return self._sum(terms), SUM
        raise TypeError(type(expression).__name__)

    def _element(self, element: Element) -> tuple[Box, int]:
        box = self.names.element(element)
        return box, POWER if _has_superscript(box) else ATOM

    def _comparison(self, indicator: Indicator) -> Box:
        """Both sides of a comparison; places are compared as they are counted, from the first index."""
        left, right, comparison = indicator.left, indicator.right, indicator.comparison
        first = self.names.notation.first_index
        if isinstance(left, IndexValue):
            if comparison == "<" and isinstance(right, Number | SizeOf):
                comparison = "<="
                right = right if first else right - 1
            elif isinstance(right, Number | IndexValue):
                right = index_value(right.index + first) if isinstance(right, IndexValue) else right + first
            else:
                right = right + first
            left = index_value(left.index + first)
        return row(self.box(left), COMPARISONS[comparison], self.box(right))

    def _call(self, call: Call) -> tuple[Box, int]:
        function, argument, order = FUNCTIONS[call.function], call.argument, call.order
        if order == 0 or function.style == "exponential":
            match function.style:
                case "bars":
                    return Fenced(self.box(argument), "|", "|"), ATOM
                case "root":
                    return Root(self.box(argument)), ATOM
                case "square":
                    return self._power_box(argument, digits("2"))
                case "fraction":
                    return Fraction(digits("1"), self.box(argument)), PRODUCT
                case "exponential":
                    exponent = self.box(argument)
                    if not is_tall(exponent) and self.names.tensor("e") is None:
                        return Scripts(Symbol("e", "e"), None, exponent), POWER
                    return row(Symbol(r"\exp", "exp", "function"), Fenced(exponent)), ATOM
        name: Box = Symbol(function.latex, function.unicode or function.name, "function")
        if 0 < order <= 3:
            name = Primed(name, order)
        elif order:
            name = Scripts(name, None, Fenced(digits(str(order))))
        return row(name, Fenced(self.box(argument))), ATOM

    def _over_axis(self, expression: Sum | Max) -> tuple[Box, int]:
        terms = self.terms(expression)
        if terms is None:
            below: Box = self.names.axis(expression.axis)
            if isinstance(expression, Max):
                return BigOperator(MAXIMUM, self.wrapped(expression.body, PRODUCT), below), PRODUCT
            below = row(below, EQUALS, digits(str(self.names.notation.first_index)))
            above = self.names.size(expression.axis.size)
            return BigOperator(SIGMA_SUM, self.wrapped(expression.body, PRODUCT), below, above), PRODUCT
        known = [term for term in terms if term is not None]
        if len(terms) == 1:
            return self._written(known[0])
        if isinstance(expression, Max):
            return row(MAXIMUM, Fenced(separated([DOTS if t is None else self.box(t) for t in terms]))), ATOM
        return self._sum(terms), SUM

    def _sum(self, terms: tuple[Expression, ...] | list[Expression | None]) -> Box:
        parts: list[Box] = []
        for term in terms:
            if term is None:
                parts += [PLUS, DOTS]
                continue
            negative = split_coefficient(term)[0] < 0
            if negative:
                parts.append(MINUS if parts else NEGATIVE)
            elif parts:
                parts.append(PLUS)
            positive = -term if negative else term
            box, strength = self._written(positive)
            parts.append(Fenced(box) if negative and strength < PRODUCT else box)
        return row(*parts)

    def _power(self, expression: Power) -> tuple[Box, int]:
        base, exponent = expression.base, expression.exponent
        if isinstance(exponent, Number):
            if exponent.value < 0:
                return self._product((expression,))
            if exponent.value == Rational(1, 2):
                return Root(self.box(base)), ATOM
        return self._power_box(base, self.box(exponent))

    def _power_box(self, base: Expression, exponent: Box) -> tuple[Box, int]:
        box, strength = self._written(base)
        if strength < ATOM or isinstance(box, Primed) or _has_superscript(box):
            box = Fenced(box)
        if isinstance(box, Row) and isinstance(box.items[-1], Fenced):  # a call: σ(z)²
            return row(*box.items[:-1], Scripts(box.items[-1], None, exponent)), POWER
        return Scripts(box, None, exponent), POWER

    def _product(self, factors: tuple[Expression, ...]) -> tuple[Box, int]:
        """A product; what has a negative power goes under a fraction, sums and maxima go behind it."""
        coefficient = Rational(1)
        above: list[Expression] = []
        below: list[Expression] = []
        sizes: list[Expression] = []
        for factor in factors:
            if isinstance(factor, Number):
                coefficient = factor.value
            elif isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0:
                (sizes if isinstance(factor.base, SizeOf) else below).append(power(factor.base, -factor.exponent.value))
            else:
                above.append(factor)
        above.sort(key=lambda factor: not isinstance(factor, SizeOf))  # as a number they stand in front
        front, rest = self._fraction(abs(coefficient), above, below, sizes)
        sign: list[Box] = [NEGATIVE] if coefficient < 0 else []
        boxes = [*front, *self._factors(rest, bool(front), bool(sign))]
        return row(*sign, *boxes), SUM if sign else PRODUCT

    def _fraction(
        self, coefficient: Rational, above: list[Expression], below: list[Expression], sizes: list[Expression]
    ) -> tuple[list[Box], list[Expression]]:
        """The number or fraction in front of a product, and the factors that follow it."""
        if not below and not sizes:
            if coefficient == 1 and above:
                return [], above
            return [number_box(coefficient)], above
        decimal = below or sizes if "/" not in spelled(coefficient) else None
        over = number(coefficient if decimal else coefficient.numerator)
        under = number(1 if decimal else coefficient.denominator)
        if not below and len(above) == 1 and self._fits_above(above[0], over, sizes):
            return [Fraction(self._group(over, above), self._group(under, sizes))], []
        if not below:
            return [Fraction(self._group(over, []), self._group(under, sizes))], above
        behind = [factor for factor in above if self._is_operator(factor)]
        inside = [factor for factor in above if not self._is_operator(factor)]
        return [Fraction(self._group(over, inside), self._group(under, [*sizes, *below]))], behind

    def _fits_above(self, factor: Expression, over: Number, sizes: list[Expression]) -> bool:
        """Whether a single factor is written above a number or size (x/2, ŷ/n) and not behind it (½x², 1/n Σ)."""
        simple = Element | Call | Add if sizes else Element | Call
        return isinstance(factor, simple) and over.value == 1 and not is_tall(self.box(factor))

    def _group(self, coefficient: Number, factors: list[Expression]) -> Box:
        """A numerator or denominator: a number and factors, without parentheses around a single one."""
        if coefficient.value == 1 and len(factors) == 1:
            return self.box(factors[0])
        front = [number_box(coefficient.value)] if coefficient.value != 1 or not factors else []
        return row(*front, *self._factors(factors, bool(front)))

    def _factors(self, factors: list[Expression], follows: bool, negative: bool = False) -> list[Box]:
        """Factors side by side; a sum that is not the last is put in parentheses."""
        boxes: list[Box] = []
        for position, factor in enumerate(factors):
            last = position == len(factors) - 1
            alone = last and not (follows or boxes or negative)
            box, strength = self._written(factor)
            if (strength < PRODUCT and not alone) or (self._is_operator(factor) and not last):
                box = Fenced(box)
            if (boxes or follows) and _starts_with_digit(box):
                boxes.append(TIMES)
            boxes.append(box)
        return boxes

    def _is_operator(self, factor: Expression) -> bool:
        """Whether a factor is written with a Σ or a max before it, which reaches as far right as it can."""
        return isinstance(factor, Sum | Max) and self.terms(factor) is None


def spelled(value: Rational) -> str:
    """A number in digits: a decimal where people write one (0.01, 0.05), else a whole number or p/q.

    >>> spelled(Rational(1, 20)), spelled(Rational(1, 8)), spelled(Rational(-3))
    ('0.05', '1/8', '-3')
    """
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator == 1 and value.denominator >= 10 and value.denominator % 5 == 0:
        scaled, places = value, 0
        while scaled.denominator != 1:
            scaled, places = scaled * 10, places + 1
        text = str(abs(scaled.numerator)).rjust(places + 1, "0")
        return ("-" if value < 0 else "") + f"{text[:-places]}.{text[-places:]}"
    return number_text(value)


def number_box(value: Rational) -> Box:
    """A number: digits, or a fraction of whole numbers."""
    text = spelled(abs(value))
    above, _, below = text.partition("/")
    box: Box = Fraction(digits(above), digits(below)) if below else digits(text)
    return row(NEGATIVE, box) if value < 0 else box


def _has_superscript(box: Box) -> bool:
    match box:
        case Scripts(base=base, sup=sup):
            return sup is not None or _has_superscript(base)
        case Row(items=items):
            return not (isinstance(items[-1], Fenced)) or _has_superscript(items[0])
        case Fraction() | BigOperator():
            return True
    return False


def _starts_with_digit(box: Box) -> bool:
    match box:
        case Symbol(kind="number"):
            return True
        case Row(items=items):
            return _starts_with_digit(items[0])
        case Scripts(base=base):
            return _starts_with_digit(base)
        case Fraction(numerator=Symbol(kind="number"), denominator=Symbol(kind="number")):
            return True
    return False


def expression_box(expression: Expression, names: Names) -> Box:
    """The box of an expression in index form.

    >>> from chalkgrad.language import Axis, Tensor, summation
    >>> from chalkgrad.notation import notation_named
    >>> from chalkgrad.writing.latex import latex
    >>> i, j = Axis("i", 2), Axis("j", 3)
    >>> x, w = Tensor("x", (i,)), Tensor("w", (i, j))
    >>> print(latex(expression_box(summation(x[i] * w[i, j], i), Names(notation_named("plain")))))
    \\sum_{i=1}^{2} x_iw_{ij}
    """
    return ExpressionWriter(names).box(expression)
