"""Sums with the numbers in them: `2·1 + 1·(−1) + 1`, from an expression and the values of its tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from chalkgrad.language import (
    FUNCTIONS,
    Add,
    Array,
    Call,
    Element,
    Expression,
    Multiply,
    Number,
    Power,
    evaluate_expression,
    power,
    split_coefficient,
)
from chalkgrad.writing.boxes import (
    MINUS,
    NEGATIVE,
    PLUS,
    TIMES,
    Box,
    Equation,
    Fenced,
    Fraction,
    Scripts,
    Symbol,
    Table,
    digits,
    row,
    separated,
)

APPROXIMATELY = Symbol(r"\approx", "≈", "relation")
_SUM, _PRODUCT, _ATOM = 1, 2, 3


def spelled(value: float, figures: int = 4) -> str:
    """A number for people: whole numbers as they are, others with a few significant figures, and a true minus.

    >>> spelled(2.0), spelled(-0.731058), spelled(1.5e-12)
    ('2', '−0.7311', '1.5e−12')
    """
    if isfinite(value) and value == int(value) and abs(value) < 1e6:
        return str(int(value)).replace("-", "−")
    return f"{value:.{figures}g}".replace("-", "−")


def with_minus(words: str) -> str:
    """Words in which the hyphen before a number is a true minus.

    >>> with_minus("a well-known -2 and 1e-5")
    'a well-known −2 and 1e−5'
    """
    return re.sub(r"(?<![\w-])-(?=\d)|(?<=\de)-(?=\d)", "−", words)


def value_box(value: float, figures: int = 4) -> Box:
    """A number as a box; a power of ten is written as one."""
    mantissa, _, exponent = spelled(abs(value), figures).partition("e")
    box: Box = digits(mantissa)
    if exponent:
        at = int(exponent.replace("−", "-"))
        sign = (NEGATIVE,) if at < 0 else ()
        box = row(box, TIMES, Scripts(digits("10"), None, row(*sign, digits(str(abs(at))))))
    return row(NEGATIVE, box) if value < 0 else box


def array_box(nested: Any, figures: int = 4) -> Box:
    """Numbers, a row of them, a matrix, or a list of matrices, in brackets.

    >>> from chalkgrad.writing.unicode import unicode_text
    >>> unicode_text(array_box([[[1, 2]], [[3, 4]]]))
    '([1 2], [3 4])'
    """
    if not isinstance(nested, list):
        return value_box(float(nested), figures)
    if nested and isinstance(nested[0], list) and nested[0] and isinstance(nested[0][0], list):
        return Fenced(separated([array_box(inner, figures) for inner in nested]))
    rows = nested if nested and isinstance(nested[0], list) else [nested]
    return Table(tuple(tuple(value_box(float(entry), figures) for entry in entries) for entries in rows))


def is_rounded(value: float, figures: int = 4) -> bool:
    """Whether the number is written with fewer digits than it has."""
    return float(f"{value:.{figures}g}") != value and not (value == int(value) and abs(value) < 1e6)


def with_numbers(expression: Expression, values: Mapping[str, Array]) -> Box:
    """The expression with each element's value in its place.

    >>> from chalkgrad.language import Tensor, array_of
    >>> from chalkgrad.writing.unicode import unicode_text
    >>> x, w, b = (Tensor(name) for name in "xwb")
    >>> values = {"x": array_of(2), "w": array_of(-1), "b": array_of(1)}
    >>> unicode_text(with_numbers(x[()] * w[()] + b[()], values))
    '2 · (−1) + 1'
    """
    return _written(expression, values)[0]


def _number(value: float) -> tuple[Box, int]:
    return value_box(value), _SUM if value < 0 else _ATOM


def _written(expression: Expression, values: Mapping[str, Array]) -> tuple[Box, int]:
    match expression:
        case Number(value=value):
            return _number(float(value))
        case Element():
            return _number(_value(expression, values))
        case Add(terms=terms):
            return _sum(terms, values), _SUM
        case Multiply(factors=factors):
            return _product(factors, values)
        case Call(function=function, argument=argument, order=0):
            entry = FUNCTIONS[function]
            name = Symbol(entry.latex, entry.unicode or entry.name, "function")
            return row(name, Fenced(_written(argument, values)[0])), _ATOM
        case Power(base=base, exponent=Number(value=exponent)) if exponent > 0 and exponent.denominator == 1:
            box, strength = _written(base, values)
            return Scripts(box if strength == _ATOM else Fenced(box), None, digits(str(exponent))), _ATOM
        case Power(exponent=Number(value=exponent)) if exponent < 0:
            return _product((expression,), values)
    return _number(_value(expression, values))


def _value(expression: Expression, values: Mapping[str, Array]) -> float:
    known = {tensor.name: values[tensor.name] for tensor in expression.tensors}
    return float(evaluate_expression(expression, known))


def _sum(terms: tuple[Expression, ...], values: Mapping[str, Array]) -> Box:
    parts: list[Box] = []
    for term in terms:
        negative = split_coefficient(term)[0] < 0
        box, strength = _written(-term if negative else term, values)
        if strength == _SUM and (negative or parts):
            box = Fenced(box)
        sign = MINUS if negative else PLUS
        parts += ([sign] if parts else [NEGATIVE] if negative else []) + [box]
    return row(*parts)


def _product(factors: tuple[Expression, ...], values: Mapping[str, Array]) -> tuple[Box, int]:
    above: list[Box] = []
    below: list[Box] = []
    sign: tuple[Box, ...] = ()
    for factor in factors:
        if isinstance(factor, Number) and factor.value == -1:
            sign = (NEGATIVE,)
            continue
        under = isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0
        if under:
            assert isinstance(factor, Power)
            assert isinstance(factor.exponent, Number)
            factor = power(factor.base, -factor.exponent.value)
        box, strength = _written(factor, values)
        (below if under else above).append(Fenced(box) if strength == _SUM else box)
    top = separated(above, TIMES) if above else digits("1")
    if len(below) == 1 and isinstance(below[0], Fenced):
        below = [below[0].body]  # the bar of the fraction is bracket enough
    if below:
        return row(*sign, Fraction(top, separated(below, TIMES))), _SUM if sign else _PRODUCT
    return row(*sign, top), _SUM if sign else _PRODUCT


def result_line(worked: Box, value: float) -> Equation:
    """The line `= 2·1 + 1 = 3`, with ≈ where the value is rounded."""
    written = value_box(value)
    if worked == written:
        return Equation(None, written)
    relation = APPROXIMATELY if is_rounded(value) else Symbol("=", "=", "relation")
    return Equation(None, row(worked, relation, written))
