"""The plain text of expressions: one line that the plain-text reader reads back."""

from __future__ import annotations

from fractions import Fraction

from chalkgrad.language.algebra import split_coefficient
from chalkgrad.language.expressions import (
    Add,
    Axis,
    Call,
    Constant,
    Delta,
    Element,
    Expression,
    Index,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    SizeOf,
    Sum,
)

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4


def expression_text(expression: Expression) -> str:
    """The expression in plain text: `sum(i, x[i]*W[i,j]) + b[j]`.

    >>> from chalkgrad.language import Tensor
    >>> x, y = Tensor("x")[()], Tensor("y")[()]
    >>> expression_text((x - y) / (x * y**2))
    '(x - y)/(x*y^2)'
    """
    return _text(expression)[0]


def number_text(value: Fraction) -> str:
    """A rational number, as a decimal where that is exact and short, else as a quotient.

    >>> number_text(Fraction(1, 8)), number_text(Fraction(1, 3)), number_text(Fraction(44715, 10**6))
    ('1/8', '1/3', '0.044715')
    """
    if value.denominator == 1:
        return str(value.numerator)
    if value.denominator > 100:
        scaled, places = value, 0
        while scaled.denominator != 1 and places < 40:
            scaled, places = scaled * 10, places + 1
        if scaled.denominator == 1:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            return ("-" if value < 0 else "") + f"{digits[:-places]}.{digits[-places:]}"
    return f"{value.numerator}/{value.denominator}"


def _wrapped(expression: Expression, at_least: int) -> str:
    text, strength = _text(expression)
    return text if strength >= at_least else f"({text})"


def _index(index: Index) -> str:
    return str(index).replace(" ", "")


def _place(index: Index, axis: Axis) -> str:
    """Where an axis is read: `i+0` by an index that does not go along all of it, or goes beyond."""
    own = index.axis.size if index.axis is not None else axis.size
    partly = own != axis.size and isinstance(own, int) and isinstance(axis.size, int)
    return f"{_index(index)}+0" if partly else _index(index)


def _text(expression: Expression) -> tuple[str, int]:
    match expression:
        case Number(value=value):
            text = number_text(value)
            if "/" in text:
                return text, _PRODUCT if value > 0 else _SUM
            return text, _ATOM if value >= 0 else _SUM
        case Constant(name=name):
            return name, _ATOM
        case SizeOf(size=size):
            return f"|{size}|", _ATOM
        case Element(tensor=tensor, indices=indices):
            places = ",".join(map(_place, indices, tensor.axes))
            return f"{tensor.name}[{places}]" if indices else tensor.name, _ATOM
        case IndexValue(index=index):
            return f"index({_index(index)})", _ATOM
        case Delta(left=left, right=right):
            return f"delta({_index(left)}, {_index(right)})", _ATOM
        case Indicator(comparison=comparison, left=left, right=right):
            return f"[{expression_text(left)} {comparison} {expression_text(right)}]", _ATOM
        case Call(function=function, argument=argument, order=order):
            return f"{function}{chr(39) * order}({expression_text(argument)})", _ATOM
        case Sum(body=body, axis=axis):
            return f"sum({axis.name}, {expression_text(body)})", _ATOM
        case Max(body=body, axis=axis):
            return f"max({axis.name}, {expression_text(body)})", _ATOM
        case MatrixFunction(function=function, body=body, rows=rows, columns=columns, at=at):
            places = f"[{','.join(map(_index, at))}]" if at else ""
            return f"{function}({rows.name}, {columns.name}, {expression_text(body)}){places}", _ATOM
        case Power(exponent=Number(value=value)) if value < 0:
            return _product((expression,))
        case Power(base=base, exponent=exponent):
            return f"{_wrapped(base, _ATOM)}^{_wrapped(exponent, _ATOM)}", _POWER
        case Multiply(factors=factors):
            return _product(factors)
        case Add(terms=terms):
            return _sum(terms), _SUM
    raise TypeError(type(expression).__name__)


def _sum(terms: tuple[Expression, ...]) -> str:
    text = ""
    for term in terms:
        negative = split_coefficient(term)[0] < 0
        written = _wrapped(-term if negative else term, _PRODUCT)
        text += (" - " if negative else " + ") + written if text else ("-" if negative else "") + written
    return text


def _product(factors: tuple[Expression, ...]) -> tuple[str, int]:
    above: list[str] = []
    below: list[str] = []
    sign = ""
    for factor in factors:
        if isinstance(factor, Number):
            value = factor.value
            sign = "-" if value < 0 else ""
            if abs(value.numerator) != 1:
                above.append(str(abs(value.numerator)))
            if value.denominator != 1:
                below.append(str(value.denominator))
        elif isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0:
            below.append(_wrapped(factor.base**-factor.exponent.value, _POWER))
        else:
            above.append(_wrapped(factor, _POWER))
    text = "*".join(above) or "1"
    if below:
        text += "/" + (below[0] if len(below) == 1 else f"({'*'.join(below)})")
    return sign + text, _SUM if sign else _PRODUCT
