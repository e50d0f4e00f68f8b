"""Wrong rules of differentiation, as people apply them: what each makes of one node of a formula.

A rule is given the dual numbers of a node's parts, as they are, and yields the slopes that the node would have by it.
A rule that does not apply yields nothing. `misderivation` carries the wrong slope on to the derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from chalkgrad.checking.numbers_at_points import Floats, Numbers
from chalkgrad.checking.vectors import Vectors
from chalkgrad.checking.words import What
from chalkgrad.language import Add, Call, Element, Expression, Indicator, Multiply, Number, Power, multiply

Slopes = Iterator[tuple[Floats, What]]
Rule = Callable[[Vectors, Expression], Slopes]


@dataclass(frozen=True)
class _Moving:
    """A part of a formula that depends on what is derived by: its value and its slope."""

    value: Floats
    slope: Floats


def _moving(vectors: Vectors, node: Expression) -> _Moving | None:
    found = vectors.of(node)
    return None if found.slope is None else _Moving(found.value, found.slope)


def _split(vectors: Vectors, node: Expression) -> tuple[Floats, list[_Moving], list[_Moving]] | None:
    """The constant factor of a product, the moving factors above the fraction line, and those below."""
    if not isinstance(node, Multiply):
        return None
    constant: Floats = np.ones((1, 1))
    above: list[_Moving] = []
    below: list[_Moving] = []
    for factor in node.factors:
        part = _moving(vectors, factor)
        if part is None:
            constant = constant * vectors.of(factor).value
        elif isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0:
            value = 1 / part.value
            below.append(_Moving(value, -part.slope * value * value))
        else:
            above.append(part)
    return constant, above, below


def _product(parts: Sequence[_Moving]) -> _Moving:
    return reduce(lambda u, v: _Moving(u.value * v.value, u.slope * v.value + u.value * v.slope), parts)


def product_rule(vectors: Vectors, node: Expression) -> Slopes:
    """One half of the rule only, the product of the derivatives, or a difference for the sum."""
    split = _split(vectors, node)
    if split is None or len(split[1]) < 2 or split[2]:
        return
    constant, parts, _ = split
    for place, u in enumerate(parts):
        v = _product(parts[:place] + parts[place + 1 :])
        yield constant * u.slope * v.value, node
        if place < len(parts) - 1:
            yield constant * u.slope * v.slope, node
            yield constant * (u.slope * v.value - u.value * v.slope), node


def quotient_rule(vectors: Vectors, node: Expression) -> Slopes:
    """A sum for the difference, a denominator that is not squared or lost, both parts derived apart, one part only."""
    if isinstance(node, Power) and isinstance(node.exponent, Number) and node.exponent.value < 0:
        below = _moving(vectors, node)
        if below is not None:
            value = 1 / below.value
            slope = -below.slope * value * value
            yield _where_moving(slope, 1 / slope), node
        return
    split = _split(vectors, node)
    if split is None or not split[1] or not split[2]:
        return
    constant, u, v = split[0], _product(split[1]), _product(split[2])
    numerator = u.slope * v.value - u.value * v.slope
    square = v.value * v.value
    for found in (
        numerator / v.value,
        numerator,
        (u.slope * v.value + u.value * v.slope) / square,
        _where_moving(v.slope, u.slope / v.slope),
        u.slope / v.value,
        u.slope / square,
        -u.value * v.slope / square,
        (u.slope - u.value * v.slope) / square,
        (u.slope * v.slope - u.value * v.value) / square,
    ):
        yield constant * found, node


def exponent_not_lowered(vectors: Vectors, node: Expression) -> Slopes:
    """n uⁿ u', or n uⁿ⁺¹ u'."""
    for base, exponent in _power(vectors, node):
        yield exponent * base.value**exponent * base.slope, node
        if exponent < 0:
            yield exponent * base.value ** (exponent + 1) * base.slope, node


def factor_of_square_missing(vectors: Vectors, node: Expression) -> Slopes:
    """u u' for the derivative of u²; for that of a root, one over it."""
    for base, exponent in _power(vectors, node):
        if exponent in (2, 0.5):
            yield base.value ** (exponent - 1) * base.slope, "2" if exponent == 2 else "1/2"
    root = _called(vectors, node, "sqrt")
    if root is not None:
        yield root.slope / np.sqrt(root.value), "1/2"


def exponent_not_in_front(vectors: Vectors, node: Expression) -> Slopes:
    """uⁿ⁻¹ u'."""
    for base, exponent in _power(vectors, node):
        if exponent not in (2, 0.5, 1):
            yield base.value ** (exponent - 1) * base.slope, node


def inner_derivative_missing(vectors: Vectors, node: Expression) -> Slopes:
    """f'(u) without u', for anything but a logarithm."""
    for base, exponent in _power(vectors, node):
        yield exponent * base.value ** (exponent - 1) * (base.slope != 0), node
    if isinstance(node, Call) and node.function != "log":
        yield from _without_inner(vectors, node)


def log_inner_derivative(vectors: Vectors, node: Expression) -> Slopes:
    """One over u, without u'."""
    if isinstance(node, Call) and node.function == "log":
        yield from _without_inner(vectors, node)


def _without_inner(vectors: Vectors, node: Call) -> Slopes:
    argument = _moving(vectors, node.argument)
    if argument is not None and node.order == 0:
        yield _derivative(vectors, node, argument.value) * (argument.slope != 0), node


def derivative_put_inside(vectors: Vectors, node: Expression) -> Slopes:
    """f'(u') and f(u'), with and without the factor that belongs there; n u'ⁿ⁻¹ and u'ⁿ."""
    for base, exponent in _power(vectors, node) if not _is_plain(node) else ():
        yield exponent * base.slope ** (exponent - 1), node
        yield base.slope**exponent, node
    if isinstance(node, Call) and node.order == 0 and not _is_plain(node):
        argument = _moving(vectors, node.argument)
        if argument is not None:
            inside = argument.slope
            outer = _where_moving(inside, _derivative(vectors, node, inside))
            yield outer, node
            yield outer * inside, node
            yield _where_moving(inside, _value(vectors, node, inside)), node


def _is_plain(node: Expression) -> bool:
    """Whether a function or a power is of a single name: then nothing stands inside."""
    inside = node.base if isinstance(node, Power) else node.argument if isinstance(node, Call) else node
    return isinstance(inside, Element)


def outer_derivative_missing(vectors: Vectors, node: Expression) -> Slopes:
    """u' alone; what stands behind a condition, without it."""
    if isinstance(node, Call) and node.order == 0:
        argument = _moving(vectors, node.argument)
        if argument is not None:
            yield argument.slope, node
    if isinstance(node, Multiply) and any(isinstance(factor, Indicator) for factor in node.factors):
        rest = multiply(*(factor for factor in node.factors if not isinstance(factor, Indicator)))
        behind = _moving(vectors, rest)
        if behind is not None:
            yield behind.slope, node


def function_not_derived(vectors: Vectors, node: Expression) -> Slopes:
    """f(u) u', and f(u) alone."""
    if isinstance(node, Call) and node.order == 0 and node.function not in ("exp", "log"):
        argument = _moving(vectors, node.argument)
        if argument is not None:
            value = vectors.of(node).value
            yield value * argument.slope, node
            yield value * (argument.slope != 0), node


def power_rule_on_exponential(vectors: Vectors, node: Expression) -> Slopes:
    """x aˣ⁻¹, as if the base were what varies."""
    exponent = _called(vectors, node, "exp")
    base: Floats | float = np.e
    if isinstance(node, Power) and _moving(vectors, node.base) is None:
        exponent, base = _moving(vectors, node.exponent), vectors.of(node.base).value
    if exponent is not None:
        lowered = exponent.value * vectors.of(node).value / base
        yield lowered * exponent.slope, node
        yield lowered * (exponent.slope != 0), node


def constant_kept(vectors: Vectors, node: Expression) -> Slopes:
    """A term that is constant stays as it is."""
    if isinstance(node, Add):
        whole = _moving(vectors, node)
        for term in node.terms if whole is not None else ():
            if _moving(vectors, term) is None:
                assert whole is not None
                yield whole.slope + vectors.of(term).value, term


def term_lost(vectors: Vectors, node: Expression) -> Slopes:
    """A term that is not constant is left away."""
    if isinstance(node, Add):
        whole = _moving(vectors, node)
        for term in node.terms if whole is not None else ():
            part = _moving(vectors, term)
            if part is not None:
                assert whole is not None
                yield whole.slope - part.slope, term


def constant_factor_lost(vectors: Vectors, node: Expression) -> Slopes:
    """A constant factor is derived to one."""
    factors = node.factors if isinstance(node, Multiply) else ()
    for factor in factors:
        is_sign = isinstance(factor, Number) and factor.value == -1
        if not is_sign and not isinstance(factor, Indicator) and _moving(vectors, factor) is None:
            rest = _moving(vectors, multiply(*(other for other in factors if other is not factor)))
            if rest is not None:
                yield rest.slope, factor


def _power(vectors: Vectors, node: Expression) -> Iterator[tuple[_Moving, float]]:
    """The base and the exponent of a power with a number above; a square root has the exponent one half."""
    if isinstance(node, Power) and isinstance(node.exponent, Number):
        base = _moving(vectors, node.base)
        if base is not None:
            yield base, float(node.exponent.value)


def _called(vectors: Vectors, node: Expression, function: str) -> _Moving | None:
    is_call = isinstance(node, Call) and node.function == function and node.order == 0
    return _moving(vectors, node.argument) if isinstance(node, Call) and is_call else None


def _derivative(vectors: Vectors, node: Call, at: Floats) -> Floats:
    """The derivative of the function that is called, at values."""
    found = vectors.called(node.function, Numbers(at, np.ones((1, 1)))).slope
    return np.zeros((1, 1)) if found is None else found


def _value(vectors: Vectors, node: Call, at: Floats) -> Floats:
    return vectors.called(node.function, Numbers(at)).value


def _where_moving(slope: Floats, found: Floats) -> Floats:
    """What is found where something moves, and zero elsewhere."""
    return np.where(slope != 0, found, 0.0)
