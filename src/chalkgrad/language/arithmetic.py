"""The kinds of numbers that the reference evaluator computes with: float, exact rational, mpmath, and dual numbers.

Dual numbers carry a value and its derivative (Clifford 1873; Wengert 1964). Their rules for the primitive functions
are written here by hand, apart from the table's symbolic derivatives: they are the independent truth for checking.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chalkgrad.errors import EvaluationError
from chalkgrad.language.algebra import compare


@dataclass(frozen=True)
class Arithmetic:
    """One kind of number: how to make it, raise it to a power, and compute the primitive functions of the table.

    `primitives` maps a function's name to its implementation; sums, products and comparisons are Python's own.
    """

    name: str
    number: Callable[[Any], Any]
    pi: Any
    power: Callable[[Any, Any], Any]
    primitives: Mapping[str, Callable[[Any], Any]]
    compare: Callable[[str, Any, Any], bool] = compare


def _sign(value: Any) -> Any:
    return type(value)((value > 0) - (value < 0)) if value == value else value


def _float_number(value: Any) -> float:
    return float(value)


def _float_power(base: float, exponent: float) -> float:
    try:
        result = base**exponent
    except ZeroDivisionError:
        raise EvaluationError(f"division by zero: {base:g} to the power {exponent:g}") from None
    except OverflowError:
        return math.inf if base > 0 or exponent % 2 == 0 else -math.inf
    if isinstance(result, complex):
        raise EvaluationError(f"{base:g} to the power {exponent:g} is not a real number")
    return float(result)


def _in_domain(name: str, function: Callable[[float], float], domain: str) -> Callable[[float], float]:
    def guarded(value: float) -> float:
        try:
            return function(value)
        except ValueError:
            raise EvaluationError(f"{name}({value:g}) is not defined; {name} needs {domain}") from None
        except OverflowError:
            return math.inf if value > 0 or name == "cosh" else -math.inf

    return guarded


FLOAT = Arithmetic(
    "float",
    _float_number,
    math.pi,
    _float_power,
    {
        name: _in_domain(name, function, domain)
        for name, function, domain in (
            ("exp", math.exp, "finite numbers"),
            ("log", math.log, "positive numbers"),
            ("log1p", math.log1p, "numbers above -1"),
            ("expm1", math.expm1, "finite numbers"),
            ("sqrt", math.sqrt, "numbers that are not negative"),
            ("abs", abs, ""),
            ("sign", _sign, ""),
            ("sin", math.sin, "finite numbers"),
            ("cos", math.cos, "finite numbers"),
            ("tan", math.tan, "finite numbers"),
            ("arctan", math.atan, ""),
            ("sinh", math.sinh, ""),
            ("cosh", math.cosh, ""),
            ("tanh", math.tanh, ""),
            ("erf", math.erf, ""),
        )
    },
)


def _inexact(name: str) -> Callable[[Any], Any]:
    def refuse(value: Any) -> Any:
        if name in ("exp", "cos", "cosh") and value == 0:
            return Fraction(1)
        if name in ("sin", "tan", "tanh", "arctan", "sinh", "erf", "log1p", "expm1") and value == 0:
            return Fraction(0)
        if name == "log" and value == 1:
            return Fraction(0)
        if name == "sqrt" and value >= 0:
            root = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
            if root * root == value:
                return root
        raise EvaluationError(f"{name}({value}) is not rational, so exact arithmetic cannot give it")

    return refuse


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise EvaluationError(f"{base} to the power {exponent} is not rational in general")
    if base == 0 and exponent < 0:
        raise EvaluationError("division by zero")
    return base ** int(exponent)


EXACT = Arithmetic(
    "exact rational",
    Fraction,
    None,
    _exact_power,
    {name: _inexact(name) for name in FLOAT.primitives} | {"abs": abs, "sign": _sign},
)


_COSTLY_FAR_AWAY = frozenset({"exp", "expm1", "sinh", "cosh", "sin", "cos", "tan"})  # where all digits are carried
_FARTHEST = 1e15


def mpmath_arithmetic(digits: int = 50) -> Arithmetic:
    """Real numbers of mpmath with the given number of decimal digits.

    >>> arithmetic = mpmath_arithmetic(30)
    >>> print(arithmetic.primitives["exp"](arithmetic.number(1)))
    2.71828182845904523536028747135
    """
    import mpmath

    context = mpmath.mp.clone()
    context.dps = digits

    def number(value: Any) -> Any:
        if isinstance(value, Fraction):
            return context.mpf(value.numerator) / value.denominator
        return context.mpf(value)

    def real(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def guarded(value: Any) -> Any:
            if name in _COSTLY_FAR_AWAY and abs(value) > _FARTHEST:
                raise EvaluationError(f"{name}({context.nstr(value, 6)}) is too large a task")
            result = function(value)
            if isinstance(result, context.mpc) or not context.isfinite(result):
                raise EvaluationError(f"{name}({context.nstr(value, 6)}) is not a real number")
            return result

        return guarded

    def power(base: Any, exponent: Any) -> Any:
        if base == 0 and exponent < 0:
            raise EvaluationError("division by zero")
        if base != 0 and abs(exponent) > 1 and abs(exponent) * abs(context.mag(base)) > _FARTHEST:
            raise EvaluationError(
                f"{context.nstr(base, 6)} to the power {context.nstr(exponent, 6)} is too large a task"
            )
        return real("power", lambda value: context.power(value, exponent))(base)

    names = {"arctan": "atan", "abs": "fabs"}
    primitives = {name: real(name, getattr(context, names.get(name, name))) for name in FLOAT.primitives}
    return Arithmetic(f"{digits} digits", number, +context.pi, power, primitives)


@dataclass(frozen=True, slots=True)
class Dual:
    """A number `value + slope ε` with ε² = 0: computing with it carries the derivative along.

    >>> Dual(3.0, 1.0) * Dual(3.0, 1.0)
    Dual(value=9.0, slope=6.0)
    """

    value: Any
    slope: Any

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other: Dual) -> Dual:
        return Dual(self.value - other.value, self.slope - other.slope)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)


def dual_arithmetic(base: Arithmetic = FLOAT) -> Arithmetic:
    """Dual numbers over another arithmetic. Numbers given as `Dual` keep their slope; others have slope 0.

    >>> square = dual_arithmetic().power
    >>> square(Dual(3.0, 1.0), Dual(2.0, 0.0))
    Dual(value=9.0, slope=6.0)
    """
    of = base.primitives
    one, zero = base.number(1), base.number(0)

    def number(value: Any) -> Dual:
        return value if isinstance(value, Dual) else Dual(base.number(value), zero)

    def power(left: Dual, right: Dual) -> Dual:
        value = base.power(left.value, right.value)
        slope = zero
        if left.slope != 0 and right.value != 0:
            slope = slope + left.slope * right.value * base.power(left.value, right.value - one)
        if right.slope != 0:
            slope = slope + right.slope * value * of["log"](left.value)
        return Dual(value, slope)

    def two_over_root_pi() -> Any:
        return base.number(2) / of["sqrt"](base.pi)

    def inverse(value: Any) -> Any:
        return base.power(value, -one)

    slopes: dict[str, Callable[[Any], Any]] = {
        "exp": of["exp"],
        "log": inverse,
        "log1p": lambda x: inverse(one + x),
        "expm1": of["exp"],
        "sqrt": lambda x: inverse(of["sqrt"](x) * base.number(2)),
        "abs": of["sign"],
        "sign": lambda x: zero,
        "sin": of["cos"],
        "cos": lambda x: -of["sin"](x),
        "tan": lambda x: one + of["tan"](x) * of["tan"](x),
        "arctan": lambda x: one / (one + x * x),
        "sinh": of["cosh"],
        "cosh": of["sinh"],
        "tanh": lambda x: one / (of["cosh"](x) * of["cosh"](x)),
        "erf": lambda x: two_over_root_pi() * of["exp"](-x * x),
    }

    def lift(name: str) -> Callable[[Dual], Dual]:
        function, derivative = of[name], slopes[name]

        def lifted(argument: Dual) -> Dual:
            value = function(argument.value)
            return Dual(value, derivative(argument.value) * argument.slope if argument.slope != 0 else zero)

        return lifted

    return Arithmetic(
        f"dual numbers over {base.name}",
        number,
        Dual(base.pi, zero) if base.pi is not None else None,
        power,
        {name: lift(name) for name in slopes},
        lambda comparison, left, right: base.compare(comparison, left.value, right.value),
    )
