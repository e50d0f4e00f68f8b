"""Expressions to SymPy and back, node by node, for integrating, solving and simplifying. No text passes between."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    FUNCTIONS,
    PI,
    ZERO,
    Add,
    Call,
    Constant,
    Delta,
    Element,
    Expression,
    IndexValue,
    Indicator,
    Max,
    Multiply,
    Number,
    Power,
    Sum,
    Tensor,
    add,
    call,
    indicator,
    multiply,
    number,
    power,
    replace,
    substitute_axes,
)
from chalkgrad.language.functions import X, derivative_expression

LARGEST_SUM = 200  # a sum over more indices than this is not written out

_TO_SYMPY = {
    "exp": sympy.exp,
    "log": sympy.log,
    "log1p": lambda x: sympy.log(1 + x),
    "expm1": lambda x: sympy.exp(x) - 1,
    "sqrt": sympy.sqrt,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "arctan": sympy.atan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "erf": sympy.erf,
}
_FROM_SYMPY: dict[Any, str] = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.Abs: "abs",
    sympy.sign: "sign",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tan: "tan",
    sympy.atan: "arctan",
    sympy.sinh: "sinh",
    sympy.cosh: "cosh",
    sympy.tanh: "tanh",
    sympy.erf: "erf",
}
_RECIPROCALS: dict[Any, str] = {
    sympy.sec: "cos",
    sympy.csc: "sin",
    sympy.cot: "tan",
    sympy.sech: "cosh",
    sympy.csch: "sinh",
    sympy.coth: "tanh",
}
_RELATIONS: dict[str, Any] = {
    ">": sympy.Gt,
    ">=": sympy.Ge,
    "<": sympy.Lt,
    "<=": sympy.Le,
    "=": sympy.Eq,
    "!=": sympy.Ne,
}
_COMPARISONS: dict[Any, str] = {
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.Equality: "=",
    sympy.Unequality: "!=",
}


def symbol(name: str) -> Any:
    """The real SymPy symbol that stands for the scalar of that name."""
    return sympy.Symbol(name, real=True)


def to_sympy(expression: Expression) -> Any:
    """The SymPy expression for a scalar expression; each scalar becomes the real symbol of its name.

    Functions without a counterpart are written out by their definition; sums of known size term by term; a comparison
    becomes a `Piecewise`. Raises `ProgramError` for tensors with axes, free indices, and sizes that are not known.

    >>> x = Tensor("x")[()]
    >>> to_sympy(x**2 / 2 + call("sigmoid", x))
    x**2/2 + 1/(1 + exp(-x))
    """
    match expression:
        case Number(value=value):
            return sympy.Rational(value.numerator, value.denominator)
        case Constant():
            return sympy.pi
        case Element(tensor=tensor) if not tensor.axes:
            return symbol(tensor.name)
        case Add(terms=terms):
            return sympy.Add(*map(to_sympy, terms))
        case Multiply(factors=factors):
            return sympy.Mul(*map(to_sympy, factors))
        case Power(base=base, exponent=exponent):
            return sympy.Pow(to_sympy(base), to_sympy(exponent))
        case Call(function=function, argument=argument, order=order):
            row = FUNCTIONS[function]
            if order == 0 and row.definition is None:
                return _TO_SYMPY[function](to_sympy(argument))
            body = derivative_expression(function, order) if order else row.definition
            assert body is not None
            return to_sympy(replace(body, {X.identity: argument}))
        case Indicator(comparison=comparison, left=left, right=right):
            condition = _RELATIONS[comparison](to_sympy(left), to_sympy(right))
            return sympy.Piecewise((sympy.S.One, condition), (sympy.S.Zero, True))
        case Sum(body=body, axis=axis) | Max(body=body, axis=axis):
            if not isinstance(axis.size, int) or axis.size > LARGEST_SUM:
                raise ProgramError(f"{expression} is not written out: its size is {axis.size}")
            parts = [to_sympy(substitute_axes(body, {axis: place})) for place in range(axis.size)]
            return sympy.Add(*parts) if isinstance(expression, Sum) else sympy.Max(*parts)
        case Element() | IndexValue() | Delta():
            raise ProgramError(f"{expression} has indices; only expressions of plain numbers go to SymPy")
    raise ProgramError(f"{expression} has no counterpart in SymPy")


def from_sympy(value: Any, scalars: Mapping[str, Tensor]) -> Expression:
    """The expression for a SymPy expression, with the given scalar for each symbol's name.

    Raises `ProgramError` for an unknown symbol, for what is not a real number (`I`, `nan`, infinities), and for
    functions that the table of elementwise functions does not have.

    >>> x = Tensor("x")
    >>> str(from_sympy(sympy.sqrt(symbol("x")) / sympy.cos(symbol("x")) + sympy.pi, {"x": x}))
    'pi + sqrt(x)/cos(x)'
    """
    if isinstance(value, sympy.Rational):
        return number(Fraction(int(value.p), int(value.q)))
    if isinstance(value, sympy.Float):
        return number(float(value))
    if isinstance(value, sympy.Symbol):
        if value.name not in scalars:
            raise ProgramError(f"SymPy gave the symbol {value.name}, which is not one of {', '.join(scalars)}")
        return scalars[value.name][()]
    if value is sympy.pi:
        return PI
    if value is sympy.E:
        return call("exp", 1)
    inner = [from_sympy(part, scalars) for part in value.args] if not isinstance(value, sympy.Piecewise) else []
    if isinstance(value, sympy.Add):
        return add(*inner)
    if isinstance(value, sympy.Mul):
        return multiply(*inner)
    if isinstance(value, sympy.Pow):
        return _power(*inner)
    if value.func in _FROM_SYMPY and len(inner) == 1:
        return call(_FROM_SYMPY[value.func], inner[0])
    if value.func in _RECIPROCALS:
        return power(call(_RECIPROCALS[value.func], inner[0]), -1)
    if isinstance(value, sympy.Max | sympy.Min):
        return _extreme(">=" if isinstance(value, sympy.Max) else "<=", inner)
    if isinstance(value, sympy.Piecewise):
        return _pieces(value, scalars)
    raise ProgramError(f"SymPy's {value} has no counterpart among the elementwise functions")


def _power(base: Expression, exponent: Expression) -> Expression:
    """Half powers become roots, as people write them."""
    if isinstance(exponent, Number) and exponent.value.denominator == 2:
        return power(call("sqrt", base), exponent.value.numerator)
    return power(base, exponent)


def _extreme(comparison: str, entries: list[Expression]) -> Expression:
    best, *others = entries
    for other in others:
        wins = indicator(comparison, best, other)
        best = wins * best + (1 - wins) * other
    return best


def _pieces(value: Any, scalars: Mapping[str, Tensor]) -> Expression:
    """Each piece gated by its own condition and by those before it not holding."""
    result: Expression = ZERO
    before: Expression = number(1)
    for piece, condition in value.args:
        holds = _condition(condition, scalars)
        result = result + before * holds * from_sympy(piece, scalars)
        before = before * (1 - holds)
    return result


def _condition(condition: Any, scalars: Mapping[str, Tensor]) -> Expression:
    """1 where the condition holds, else 0."""
    if condition in (sympy.true, sympy.false):
        return number(1 if condition else 0)
    if isinstance(condition, sympy.And):
        return multiply(*(_condition(part, scalars) for part in condition.args))
    if isinstance(condition, sympy.Or):
        return 1 - multiply(*(1 - _condition(part, scalars) for part in condition.args))
    if isinstance(condition, sympy.Not):
        return 1 - _condition(condition.args[0], scalars)
    if type(condition) in _COMPARISONS:
        left, right = (from_sympy(side, scalars) for side in condition.args)
        return indicator(_COMPARISONS[type(condition)], left, right)
    raise ProgramError(f"SymPy's condition {condition} has no counterpart in the language")
