"""From partial derivatives back to the function: f up to a constant, or the point where the mixed partials differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, permutations
from typing import Any

import sympy

from chalkgrad.descent.algebra import from_sympy, symbol, to_sympy
from chalkgrad.descent.function import ScalarFunction, scalar_function
from chalkgrad.descent.identities import ZeroTest, is_zero, simple_points
from chalkgrad.errors import EvaluationError, ProgramError
from chalkgrad.language import (
    FUNCTIONS,
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Element,
    Expression,
    Indicator,
    Multiply,
    Role,
    Tensor,
    add,
    call,
    evaluate_expression,
    mpmath_arithmetic,
    multiply,
    number,
    power,
    rebuild,
    replace,
    same,
    split_power,
    walk,
)
from chalkgrad.language.functions import X

LARGEST_INTEGRAND = 60  # operations; SymPy's integration of longer ones may take minutes
_MOST_ORDERS = 6
_ANTIDERIVATIVES: dict[str, Expression] = {
    "exp": call("exp", X),
    "sin": -call("cos", X),
    "cos": call("sin", X),
    "sinh": call("cosh", X),
    "cosh": call("sinh", X),
    "tanh": call("log", call("cosh", X)),
    "sigmoid": call("softplus", X),
    "log": X * call("log", X) - X,
    "sqrt": X * call("sqrt", X) * Fraction(2, 3),
    "abs": X * call("abs", X) / 2,
    "sign": call("abs", X),
    "relu": X * call("relu", X) / 2,
    "step": call("relu", X),
}


@dataclass(frozen=True)
class Recovered:
    """The function whose partials were given, up to a constant: `function` has none.

    `proved` says whether algebra showed its partials to be the given ones; if not, they agree at `points` points.
    """

    function: ScalarFunction
    partials: Mapping[str, Expression]
    proved: bool
    points: int

    def __str__(self) -> str:
        return f"{self.function} + C"


@dataclass(frozen=True)
class Refuted:
    """No function has these partials: ∂(first partial)/∂second and ∂(second partial)/∂first differ at `point`."""

    first: str
    second: str
    first_mixed: Expression
    second_mixed: Expression
    point: Mapping[str, Any]
    first_value: Any
    second_value: Any

    def __str__(self) -> str:
        at = ", ".join(f"{name} = {value}" for name, value in self.point.items())
        return (
            f"no function has these partials: by {self.first} and then by {self.second} gives "
            f"{self.first_mixed} = {float(self.first_value):g}, by {self.second} and then by {self.first} gives "
            f"{self.second_mixed} = {float(self.second_value):g}, at {at}"
        )


def integrate_partials(partials: Mapping[str, Expression], name: str = "f") -> Recovered | Refuted:
    """The function with these partial derivatives, by variable in order; or why there is none.

    First the mixed partials are compared (Clairaut's theorem: those of a smooth function agree), exactly where SymPy
    can and at random points. Raises `ProgramError` where no antiderivative was found in closed form.

    >>> x, y = Tensor("x")[()], Tensor("y")[()]
    >>> print(integrate_partials({"x": -3 * x**2 - 200 * (y**2 - x), "y": 400 * y * (y**2 - x)}))
    f(x, y) = -x^3 + 100*(y^2 - x)^2 + C
    >>> print(integrate_partials({"x": y, "y": -x}))
    no function has these partials: by x and then by y gives 1 = 1, by y and then by x gives -1 = -1, at x = 1, y = -1
    """
    variables = tuple(partials)
    components = {v: scalar_function(partial, variables, f"{name}_{v}") for v, partial in partials.items()}
    refuted = _refutation(components)
    if refuted is not None:
        return refuted
    given = {variable: component.expression for variable, component in components.items()}
    for order in islice(permutations(variables), _MOST_ORDERS):
        for body in _candidates(given, order):
            function = scalar_function(_without_constant(body), variables, name)
            tests = [is_zero(function.partial(v) - partial, variables) for v, partial in given.items()]
            if all(test.zero for test in tests) and _is_defined(function.expression, variables):
                return Recovered(function, given, all(test.proved for test in tests), _fewest(tests))
    if all(partial is ZERO for partial in given.values()):
        raise ProgramError("all partials are zero: the function is a constant")
    raise ProgramError(f"the mixed partials agree, but no closed form was found for {name}")


def _fewest(tests: Sequence[ZeroTest]) -> int:
    return min((test.points for test in tests if not test.proved), default=0)


def _refutation(components: Mapping[str, ScalarFunction]) -> Refuted | None:
    variables = tuple(components)
    for place, first in enumerate(variables):
        for second in variables[place + 1 :]:
            one, other = components[first].partial(second), components[second].partial(first)
            test = is_zero(one - other, variables)
            if not test.zero and test.counterexample is not None:
                point, arithmetic = test.counterexample, mpmath_arithmetic()
                values = [evaluate_expression(mixed, point, arithmetic) for mixed in (one, other)]
                return Refuted(first, second, one, other, point, *values)
    return None


def _candidates(partials: Mapping[str, Expression], order: Sequence[str]) -> list[Expression]:
    """What integrating in this order gives as written and, of polynomials or where that fails, multiplied out."""
    found = [_in_order(partials, order, False)]
    if found[0] is None or all(_is_polynomial(partial) for partial in partials.values()):
        found.append(_in_order(partials, order, True))
    return sorted((body for body in found if body is not None and body.tensors), key=lambda body: body.cost)


def _is_polynomial(expression: Expression) -> bool:
    try:
        return bool(to_sympy(expression).is_polynomial())
    except ProgramError:
        return False


def _in_order(partials: Mapping[str, Expression], order: Sequence[str], expanded: bool) -> Expression | None:
    """f by integrating one partial after the other, each time what the function so far does not explain yet."""
    found: Expression = ZERO
    for place, variable in enumerate(order):
        rest = partials[variable]
        if found.tensors:
            rest = rest - scalar_function(found, list(partials)).partial(variable)
        settled = _freed(rest, order[:place], partials)
        if settled is not None and expanded:
            settled = _expanded(settled)
        integral = None if settled is None else antiderivative(settled, variable)
        if integral is None:
            return None
        found = add(found, integral)
    return found


def _freed(rest: Expression, done: Sequence[str], partials: Mapping[str, Expression]) -> Expression | None:
    """What is left to integrate does not depend on the variables done: written without them."""
    if not done or rest is ZERO:
        return rest
    if is_zero(rest, list(partials)).zero:
        return ZERO
    for values in ((0,) * len(done), (1,) * len(done), (2,) * len(done)):
        chosen = dict(zip(done, values, strict=True))
        candidate = _at(rest, chosen)
        if _is_defined(candidate, list(partials)) and is_zero(rest - candidate, list(partials)).zero:
            return candidate
    return None


def _at(expression: Expression, values: Mapping[str, int]) -> Expression:
    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor.name in values:
            return number(values[node.tensor.name])
        return rebuild(node, change)

    return change(expression)


def _is_defined(expression: Expression, variables: Sequence[str]) -> bool:
    for point in islice(simple_points(variables), 30):
        try:
            evaluate_expression(expression, point, mpmath_arithmetic())
        except EvaluationError:
            continue
        return True
    return False


def antiderivative(expression: Expression, variable: str) -> Expression | None:
    """An antiderivative by one variable, as close to the written form as it can be; None where none was found.

    Powers and simple functions of what is linear in the variable are integrated as they stand, the rest by SymPy.

    >>> x, y = Tensor("x")[()], Tensor("y")[()]
    >>> str(antiderivative(-200 * (y**2 - x) + call("exp", 3 * x), "x"))
    '100*(y^2 - x)^2 + exp(3*x)/3'
    """
    whole = _by_table(expression, variable)
    if whole is not None:
        return whole
    terms = expression.terms if isinstance(expression, Add) else (expression,)
    by_rule = [_by_rule(term, variable) for term in terms]
    done = add(*(integral for integral in by_rule if integral is not None))
    left = add(*(term for term, integral in zip(terms, by_rule, strict=True) if integral is None))
    if left is ZERO:
        return done
    rest = _by_sympy(left, variable)
    return None if rest is None else add(done, rest)


def _by_rule(term: Expression, variable: str) -> Expression | None:
    factors = term.factors if isinstance(term, Multiply) else (term,)
    constant = multiply(*(factor for factor in factors if not _holds(factor, variable)))
    varying = [factor for factor in factors if _holds(factor, variable)]
    x = Tensor(variable, (), Role.INPUT)[()]
    if not varying:
        return multiply(constant, x)
    if len(varying) > 1:
        integral = _by_table(multiply(*varying), variable)
        return None if integral is None else multiply(constant, integral)
    inner = varying[0]
    if isinstance(inner, Call) and inner.function in _ANTIDERIVATIVES and inner.order == 0:
        slope = _slope(inner.argument, variable)
        integral = replace(_ANTIDERIVATIVES[inner.function], {X.identity: inner.argument})
        return None if slope is None else multiply(constant, integral, power(slope, -1))
    base, exponent = split_power(inner)
    slope = _slope(base, variable)
    if slope is None or _holds(exponent, variable) or exponent is MINUS_ONE or exponent.tensors:
        return None
    raised = add(exponent, ONE)
    return multiply(constant, power(base, raised), power(multiply(slope, raised), -1))


def _by_table(expression: Expression, variable: str) -> Expression | None:
    """The function of the table whose derivative this is, at an argument linear in the variable."""
    nodes = list(walk(expression))
    arguments = {node.argument: None for node in nodes if isinstance(node, Call) and node.order == 0}
    arguments |= {node.left: None for node in nodes if isinstance(node, Indicator)}
    for argument in arguments:
        slope = _slope(argument, variable)
        if slope is None or slope is ZERO:
            continue
        for name, row in FUNCTIONS.items():
            if X in walk(row.derivative) and same(expression, replace(row.derivative, {X.identity: argument})):
                return multiply(call(name, argument), power(slope, -1))
    return None


def _slope(expression: Expression, variable: str) -> Expression | None:
    """The coefficient of a variable in what is linear in it; None for anything else."""
    by = scalar_function(expression, list(dict.fromkeys([*(t.name for t in expression.tensors), variable]))).partial(
        variable
    )
    return None if _holds(by, variable) else by


def _holds(expression: Expression, variable: str) -> bool:
    return any(tensor.name == variable for tensor in expression.tensors)


def _by_sympy(expression: Expression, variable: str) -> Expression | None:
    """An antiderivative by SymPy's rules of integration, which do not search without end as its algorithms may."""
    try:
        integrand = to_sympy(expression)
        if integrand.count_ops() > LARGEST_INTEGRAND:
            return None
        integral = sympy.integrate(_sums_expanded(integrand), symbol(variable), manual=True)
        if integral.has(sympy.Integral):
            integral = sympy.integrate(integrand, symbol(variable), manual=True)
        if integral.has(sympy.Integral):
            return None
        scalars = {tensor.name: tensor for tensor in (*expression.tensors, Tensor(variable, (), Role.INPUT))}
        return from_sympy(integral, scalars)
    except (ProgramError, NotImplementedError, ValueError):
        return None


def _sums_expanded(expression: Any) -> Any:
    """Products of sums multiplied out, exponentials and powers left whole."""
    return sympy.expand(expression, power_exp=False, power_base=False, log=False, trig=False)


def _expanded(expression: Expression) -> Expression:
    try:
        return from_sympy(_sums_expanded(to_sympy(expression)), {tensor.name: tensor for tensor in expression.tensors})
    except ProgramError:
        return expression


def _without_constant(body: Expression) -> Expression:
    terms = body.terms if isinstance(body, Add) else (body,)
    return add(*(term for term in terms if term.tensors))
