"""Building expressions: each builder flattens, folds numbers, collects what is equal, and keeps the written order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from chalkgrad.errors import ProgramError
from chalkgrad.language.expressions import (
    COMPARISONS,
    Add,
    Axis,
    Call,
    Delta,
    Expression,
    IndexLike,
    IndexValue,
    Indicator,
    Max,
    Multiply,
    Number,
    Operand,
    Power,
    SizeOf,
    Sum,
    as_index,
)
from chalkgrad.language.sizes import size_parts

ZERO = Number(Fraction(0))
ONE = Number(Fraction(1))
MINUS_ONE = Number(Fraction(-1))
_LARGEST_EXACT_EXPONENT = 64
_SMALL: dict[int | Fraction, Number] = {value: Number(Fraction(value)) for value in range(-4, 5)}


def number(value: int | float | str | Fraction) -> Number:
    """An exact number; a float or text is taken at its decimal spelling.

    >>> number("0.1").value
    Fraction(1, 10)
    """
    return Number(Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value))


def as_expression(operand: Operand) -> Expression:
    """An expression as it is; a number as a `Number`."""
    if isinstance(operand, Expression):
        return operand
    return _SMALL.get(operand) or Number(Fraction(operand))


def split_coefficient(expression: Expression) -> tuple[Fraction, Expression]:
    """The number in front, and the rest.

    >>> coefficient, rest = split_coefficient(number(3) * Call("sin", number(1)))
    >>> coefficient, str(rest)
    (Fraction(3, 1), 'sin(1)')
    """
    if isinstance(expression, Number):
        return expression.value, ONE
    if isinstance(expression, Multiply) and isinstance(expression.factors[0], Number):
        rest = expression.factors[1:]
        return expression.factors[0].value, rest[0] if len(rest) == 1 else Multiply(rest)
    return ONE.value, expression


def split_power(expression: Expression) -> tuple[Expression, Expression]:
    """Base and exponent; the exponent of anything but a power is 1."""
    if isinstance(expression, Power):
        return expression.base, expression.exponent
    return expression, ONE


def add(*operands: Operand) -> Expression:
    """The sum: flattened, numbers folded, equal terms collected.

    >>> x = Call("sin", number(1))
    >>> str(add(x, 2, x, -2))
    '2*sin(1)'
    """
    collected: dict[int, tuple[Fraction, Expression]] = {}
    for term in _terms(operands):
        coefficient, rest = split_coefficient(term)
        key = rest.identity
        known = collected.get(key)
        collected[key] = (coefficient, rest) if known is None else (known[0] + coefficient, known[1])
    terms = tuple(_scaled(c, rest) for c, rest in collected.values() if c)
    if not terms:
        return ZERO
    return terms[0] if len(terms) == 1 else Add(terms)


# Sums and products are made by the thousand. A function inside them that calls itself would be a cycle each, which only
# the garbage collector takes away.
def _terms(operands: Iterable[Operand]) -> Iterator[Expression]:
    for operand in operands:
        if isinstance(operand, Add):
            yield from _terms(operand.terms)
        else:
            yield as_expression(operand)


def _factors(operands: Iterable[Operand]) -> Iterator[Expression]:
    for operand in operands:
        if isinstance(operand, Multiply):
            yield from _factors(operand.factors)
        else:
            yield as_expression(operand)


def _scaled(coefficient: Fraction, rest: Expression) -> Expression:
    if rest is ONE:
        return Number(coefficient)
    if coefficient == 1:
        return rest
    factors = rest.factors if isinstance(rest, Multiply) else (rest,)
    return Multiply((Number(coefficient), *factors))


def multiply(*operands: Operand) -> Expression:
    """The product: flattened, numbers folded, powers of one base collected.

    >>> x = Call("sin", number(1))
    >>> str(multiply(x, 2, x, 3))
    '6*sin(1)^2'
    """
    unit = coefficient = ONE.value
    collected: dict[int, tuple[Expression, Expression]] = {}
    for factor in _factors(operands):
        if isinstance(factor, Number):
            coefficient = factor.value if coefficient is unit else coefficient * factor.value
        else:
            base, exponent = split_power(factor)
            known = collected.get(base.identity)
            if known is None:
                collected[base.identity] = (base, exponent)
            elif not isinstance(base, Indicator | Delta):  # these are their own squares
                collected[base.identity] = (known[0], add(known[1], exponent))
    if not coefficient:
        return ZERO
    factors: list[Expression] = []
    for base, exponent in collected.values():
        if exponent is ONE:
            factors.append(base)
            continue
        factor = power(base, exponent)
        if isinstance(factor, Number):
            coefficient *= factor.value
        elif isinstance(factor, Multiply):
            for inner in factor.factors:
                if isinstance(inner, Number):
                    coefficient *= inner.value
                else:
                    factors.append(inner)
        else:
            factors.append(factor)
    if not factors:
        return Number(coefficient)
    return _scaled(coefficient, factors[0] if len(factors) == 1 else Multiply(tuple(factors)))


def power(base: Operand, exponent: Operand) -> Expression:
    """The power; whole powers of numbers, products and powers are worked out.

    >>> x = Call("sin", number(1))
    >>> str(power(power(x, 2), 3)), str(power(number(2), -2))
    ('sin(1)^6', '1/4')
    """
    base, exponent = as_expression(base), as_expression(exponent)
    if not isinstance(exponent, Number):
        return Power(base, exponent)
    if exponent.value == 0:
        return ONE
    if exponent.value == 1 or base is ONE:
        return base
    if exponent.value.denominator == 1 and abs(exponent.value) <= _LARGEST_EXACT_EXPONENT:
        match base:
            case Number(value=value) if value != 0 or exponent.value > 0:
                return Number(value ** int(exponent.value))
            case Power(base=inner, exponent=Number(value=inner_exponent)):
                return power(inner, Number(inner_exponent * exponent.value))
            case Multiply(factors=factors):
                return multiply(*(power(factor, exponent) for factor in factors))
    return Power(base, exponent)


def divide(numerator: Operand, denominator: Operand) -> Expression:
    """The quotient, as a product with the power -1.

    >>> str(divide(1, Call("sin", number(1))))
    '1/sin(1)'
    """
    divisor = as_expression(denominator)
    if divisor is ZERO:
        raise ProgramError("division by the number 0")
    return multiply(numerator, power(divisor, MINUS_ONE))


def call(function: str, argument: Operand, order: int = 0) -> Expression:
    """An elementwise function, by its name or an alias of it in the table, or its derivative of the given order.

    >>> str(call("ReLU", 3)), str(call("sigmoid", 3, order=1))
    ('relu(3)', "sigmoid'(3)")
    """
    from chalkgrad.language.functions import function_named

    name = function_named(function).name
    return as_expression(argument) if name == "identity" and order == 0 else Call(name, as_expression(argument), order)


def summation(body: Operand, *axes: Axis) -> Expression:
    """The sum of the body over each of the axes, the first outermost.

    >>> from chalkgrad.language import Tensor
    >>> i = Axis("i", 3)
    >>> str(summation(Tensor("x", (i,))[i], i))
    'sum(i, x[i])'
    """
    result = as_expression(body)
    for axis in reversed(axes):
        result = ZERO if result is ZERO else Sum(result, axis)
    return result


def maximum_over(body: Operand, axis: Axis) -> Expression:
    """The greatest value of the body over the axis."""
    return Max(as_expression(body), axis)


def delta(left: IndexLike, right: IndexLike) -> Expression:
    """Kronecker's delta of two indices, decided at once where that is possible.

    >>> i = Axis("i", 3)
    >>> str(delta(i, i)), str(delta(i, 2)), str(delta(1, 2))
    ('1', 'delta(i, 2)', '0')
    """
    first, second = as_index(left), as_index(right)
    difference = first - second
    if not difference.terms:
        return ONE if difference.offset == 0 else ZERO
    return Delta(first, second)


def indicator(comparison: str, left: Operand, right: Operand) -> Expression:
    """1 where `left comparison right` holds, else 0; decided at once for two numbers.

    >>> str(indicator(">", Call("sin", number(1)), 0)), str(indicator("<=", 1, 2))
    ('[sin(1) > 0]', '1')
    """
    if comparison not in COMPARISONS:
        raise ProgramError(f"'{comparison}' is not a comparison; known are {', '.join(COMPARISONS)}")
    before, after = as_expression(left), as_expression(right)
    if isinstance(before, Number) and isinstance(after, Number):
        return ONE if compare(comparison, before.value, after.value) else ZERO
    return Indicator(comparison, before, after)


def compare(comparison: str, left: object, right: object) -> bool:
    """Whether the comparison holds between two numbers of any one kind."""
    match comparison:
        case ">":
            return bool(left > right)  # type: ignore[operator]
        case ">=":
            return bool(left >= right)  # type: ignore[operator]
        case "<":
            return bool(left < right)  # type: ignore[operator]
        case "<=":
            return bool(left <= right)  # type: ignore[operator]
        case "=":
            return bool(left == right)
    return bool(left != right)


def index_value(index: IndexLike) -> Expression:
    """The value of an index as a number, counting from 0."""
    affine = as_index(index)
    return IndexValue(affine) if affine.terms else number(affine.offset)


def size_of(axis: Axis) -> Expression:
    """The size of an axis: a number if it is known, else its name.

    >>> str(size_of(Axis("j", 3))), str(size_of(Axis("n", "n")))
    ('3', '|n|')
    """
    names, offset = size_parts(axis.size)
    return add(*(multiply(factor, SizeOf(name)) for name, factor in names), offset)
