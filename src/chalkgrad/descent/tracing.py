"""Python functions followed: called once with the variables themselves, so that what they compute is written down."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np

from chalkgrad.descent.function import ScalarFunction, scalar_function
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    PI,
    Expression,
    Role,
    Tensor,
    add,
    call,
    divide,
    indicator,
    multiply,
    number,
    power,
)

# What NumPy's functions of one argument are called in the table of functions.
_CALLS = {
    np.exp: "exp", np.log: "log", np.sqrt: "sqrt", np.sin: "sin", np.cos: "cos", np.tan: "tan",
    np.arctan: "arctan", np.sinh: "sinh", np.cosh: "cosh", np.tanh: "tanh", np.absolute: "abs", np.fabs: "abs",
    np.sign: "sign", np.log1p: "log1p", np.expm1: "expm1",
}  # fmt: skip
_CONSTANTS: dict[float, Expression] = {float(np.pi): PI, float(np.e): call("exp", 1)}


def traced_function(source: Callable[..., Any], name: str = "f") -> ScalarFunction:
    """The function that a Python callable of named variables computes, found by calling it with the variables.

    Arguments with a default keep it as a constant. Arithmetic, comparisons (1 where they hold, else 0), `abs`, and
    NumPy's functions are followed; a float of few digits is taken as the decimal it is written as. Raises
    `ProgramError` where the callable does what cannot be followed: a branch, a loop or `math.exp` on a variable.

    >>> print(traced_function(lambda x, y: (1 - x) ** 2 + 0.5 * np.exp(y)))
    f(x, y) = (1 - x)^2 + exp(y)/2
    """
    variables = _variables(source, name)
    tensors = [Tensor(variable, (), Role.INPUT) for variable in variables]
    try:
        result = source(**{tensor.name: Variable(tensor[()]) for tensor in tensors})
        return scalar_function(_expression(result), variables, name)
    except (TypeError, AttributeError) as problem:
        raise ProgramError(f"{name} could not be followed: {problem}") from problem
    except RecursionError:
        raise ProgramError(f"{name} could not be followed: what it computes is nested too deeply") from None


def _variables(source: Callable[..., Any], name: str) -> list[str]:
    """The names of the arguments that have no default."""
    try:
        parameters = inspect.signature(source).parameters.values()
    except (TypeError, ValueError):
        raise ProgramError(f"{name} does not tell the names of its arguments; write a lambda around it") from None
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ProgramError(f"the argument '{parameter}' of {name} is not one named variable")
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty]


class Variable:
    """A quantity in a Python function that is being followed: it takes part in arithmetic and keeps the expression."""

    __slots__ = ("expression",)
    __hash__ = None  # type: ignore[assignment]  # equality compares as an expression

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def __add__(self, other: object) -> Variable:
        return Variable(add(self.expression, _expression(other)))

    def __sub__(self, other: object) -> Variable:
        return self + -Variable(_expression(other))

    def __mul__(self, other: object) -> Variable:
        return Variable(multiply(self.expression, _expression(other)))

    def __truediv__(self, other: object) -> Variable:
        return Variable(divide(self.expression, _expression(other)))

    def __pow__(self, other: object) -> Variable:
        return Variable(power(self.expression, _expression(other)))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: object) -> Variable:
        return Variable(_expression(other)) - self

    def __rtruediv__(self, other: object) -> Variable:
        return Variable(_expression(other)) / self

    def __rpow__(self, other: object) -> Variable:
        return Variable(_expression(other)) ** self

    def __neg__(self) -> Variable:
        return Variable(-self.expression)

    def __pos__(self) -> Variable:
        return self

    def __abs__(self) -> Variable:
        return Variable(call("abs", self.expression))

    def __lt__(self, other: object) -> Variable:
        return self._compared("<", other)

    def __le__(self, other: object) -> Variable:
        return self._compared("<=", other)

    def __gt__(self, other: object) -> Variable:
        return self._compared(">", other)

    def __ge__(self, other: object) -> Variable:
        return self._compared(">=", other)

    def __eq__(self, other: object) -> Variable:  # type: ignore[override]
        return self._compared("=", other)

    def __ne__(self, other: object) -> Variable:  # type: ignore[override]
        return self._compared("!=", other)

    def _compared(self, comparison: str, other: object) -> Variable:
        return Variable(indicator(comparison, self.expression, _expression(other)))

    def __bool__(self) -> NoReturn:
        raise ProgramError(
            f"the function branches on {self.expression}, which is not known while it is being followed; "
            "multiply by the condition instead, as in (x > 0)*x"
        )

    def _no_number(self) -> NoReturn:
        raise ProgramError(
            f"the function needs {self.expression} as a plain number, which a variable is not; "
            "use NumPy's functions, as numpy.exp(x) instead of math.exp(x), and write loops without variables"
        )

    __float__ = __int__ = __index__ = __complex__ = __len__ = __iter__ = _no_number

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any, **options: Any) -> Variable:
        """NumPy's elementwise functions on a variable."""
        if method == "__call__" and not options and all(np.ndim(_plain(each)) == 0 for each in inputs):
            if function in _CALLS:
                return Variable(call(_CALLS[function], _expression(inputs[0])))
            if function in _OPERATIONS:
                return _OPERATIONS[function](*(Variable(_expression(each)) for each in inputs))
        raise ProgramError(f"NumPy's {function.__name__} on a variable cannot be followed")


def _plain(value: Any) -> Any:
    return 0 if isinstance(value, Variable) else value


def _maximum(left: Variable, right: Variable) -> Variable:
    return (left >= right) * left + (left < right) * right


_OPERATIONS: dict[np.ufunc, Callable[..., Variable]] = {
    np.add: lambda a, b: a + b,
    np.subtract: lambda a, b: a - b,
    np.multiply: lambda a, b: a * b,
    np.divide: lambda a, b: a / b,
    np.power: lambda a, b: a**b,
    np.float_power: lambda a, b: a**b,
    np.negative: lambda a: -a,
    np.positive: lambda a: a,
    np.square: lambda a: a**2,
    np.reciprocal: lambda a: 1 / a,
    np.hypot: lambda a, b: np.sqrt(a**2 + b**2),
    np.maximum: _maximum,
    np.minimum: lambda a, b: -_maximum(-a, -b),
    np.less: lambda a, b: a < b,
    np.less_equal: lambda a, b: a <= b,
    np.greater: lambda a, b: a > b,
    np.greater_equal: lambda a, b: a >= b,
}


def _expression(value: object) -> Expression:
    """What a Python value is as an expression; raises `ProgramError` for anything but a real number or a variable."""
    if isinstance(value, Variable):
        return value.expression
    if isinstance(value, bool | np.bool_):
        return number(int(value))
    if isinstance(value, int | np.integer):
        return number(int(value))
    if isinstance(value, Fraction):
        return number(value)
    if isinstance(value, float | np.floating) and np.isfinite(value):
        return _of_float(float(value))
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return _expression(value.item())
    raise ProgramError(f"the function computes with {value!r}, which is neither a real number nor one of its variables")


def _of_float(value: float) -> Expression:
    """π and e by name, simple fractions as such, and any other decimal as it is written."""
    simple = Fraction(value).limit_denominator(1000)
    if float(simple) == value:
        return number(simple)
    for known, expression in _CONSTANTS.items():
        share = Fraction(value / known).limit_denominator(100)
        if share and float(share) * known == value:
            return multiply(number(share), expression)
    return number(Fraction(repr(value)))
