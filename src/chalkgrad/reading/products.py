r"""Things side by side: what is multiplied with what, and which function takes what as its argument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.language import Max, call, divide, multiply
from chalkgrad.page.limits import MOST_BITS, coefficient_bits
from chalkgrad.page.spelling import extreme_of
from chalkgrad.page.syntax import Chain, Fraction, Group, Name, Number, Product, Scripted, Syntax
from chalkgrad.reading.folding import Folding
from chalkgrad.reading.operations import OPERATIONS
from chalkgrad.reading.scope import core
from chalkgrad.reading.shapes import Value, elementwise, inner_product, matrix_product

if TYPE_CHECKING:
    from chalkgrad.reading.meaning import Meaning

_ELEMENTWISE = frozenset({r"\odot", r"\circ", ".*"})
LARGEST_ORDER = 10
INDICATORS = frozenset({"1", "I", "H"})
_EXTREMES = frozenset({r"\max", r"\min", "max", "min"})


def product_value(meaning: Meaning, syntax: Product) -> Value:
    factors, operators = syntax.factors, syntax.operators
    if ":" in operators[1:]:
        return _inner_product(meaning, syntax, operators.index(":", 1))
    result: Value | None = None
    place = 0
    while place < len(factors):
        operator = operators[place]
        begin = factors[place].span[0]
        value, place = _factor(meaning, factors, operators, place)
        meaning.parts.append((value.expression, (begin, factors[place - 1].span[1])))
        if result is None:
            result = value
        elif operator == "/":
            result = elementwise(divide, result, value)
        elif operator in _ELEMENTWISE or (operator == "*" and not (result.scalar or value.scalar)):
            result = elementwise(multiply, result, value)
        elif not operator and _same_column(result, value):
            meaning.scope.say("two columns side by side are multiplied place by place")
            result = elementwise(multiply, result, value)
        else:
            if coefficient_bits([result.expression, value.expression]) > MOST_BITS:
                raise meaning.error("the numbers multiply to more digits than are kept", syntax)
            result = matrix_product(result, value, dot=operator == r"\cdot")
    assert result is not None
    return result


def _same_column(left: Value, right: Value) -> bool:
    """Whether both are columns of one length, which have no product as matrices."""
    if left.row is None or right.row is None or left.column is not None or right.column is not None:
        return False
    return left.row.size == right.row.size


def _inner_product(meaning: Meaning, product: Product, place: int) -> Value:
    """The sum of the products place by place, of all that stands on the two sides of a colon."""
    sides = []
    for operators, factors in (
        (product.operators[:place], product.factors[:place]),
        (("", *product.operators[place + 1 :]), product.factors[place:]),
    ):
        span = (factors[0].span[0], factors[-1].span[1])
        sides.append(meaning.value(factors[0] if len(factors) == 1 else Product(operators, factors, span)))
    return inner_product(*sides)


def _factor(meaning: Meaning, factors: Sequence[Syntax], operators: Sequence[str], place: int) -> tuple[Value, int]:
    """The value of the factor at the place, and where the next one is: a function takes its argument along."""
    factor = factors[place]
    follows = factors[place + 1] if place + 1 < len(factors) and not operators[place + 1] else None
    if not isinstance(factor, Name):
        if isinstance(factor, Number) and factor.text == "1" and _is_condition(follows):
            assert follows is not None
            return meaning.value(follows), place + 2
        return meaning.value(factor), place + 1
    if factor.base in _EXTREMES and isinstance(follows, Group):
        return _extreme(meaning, factor, follows), place + 2
    if factor.base in _EXTREMES and isinstance(follows, Scripted) and isinstance(follows.base, Group):
        extreme = _extreme(meaning, factor, follows.base)
        return meaning.raised(extreme, follows.superscripts, follows), place + 2
    if core(factor) in INDICATORS and (core(factor) == "1" or meaning.scope.resolve(factor) is None):
        if _is_condition(follows):
            assert follows is not None
            return meaning.value(follows), place + 2
        if factor.subscripts and isinstance(factor.subscripts[0], Chain):
            return meaning.value(factor.subscripts[0]), place + 1
    whole = OPERATIONS.get(factor.base.lstrip("\\"))
    if whole is not None and isinstance(follows, Group) and meaning.scope.resolve(factor) is None:
        return whole(meaning, follows), place + 2
    if factor.base == "H" and isinstance(follows, Group) and meaning.scope.resolve(factor) is None:
        return elementwise(lambda inner: call("step", inner), meaning.value(follows)), place + 2
    function = _bare_function(meaning, factor)
    if function is None:
        pieces = meaning.scope.segments(factor) if meaning.scope.resolve(factor) is None else None
        if pieces and len(pieces) > 1 and meaning.scope.function(replace(pieces[-1], primes=0, superscripts=())):
            rest = (*pieces, *factors[place + 1 :])
            joined = Product(("",) * len(pieces) + tuple(operators[place + 1 :]), rest, factor.span)
            return product_value(meaning, joined), len(factors)
        return meaning.value(factor), place + 1
    return _call(meaning, function, factor, factors, operators, place + 1)


def _call(
    meaning: Meaning, function: str, name: Name, factors: Sequence[Syntax], operators: Sequence[str], place: int
) -> tuple[Value, int]:
    if function == "exp" and name.superscripts and place >= len(factors):
        return meaning.unknown_name(name), place
    if place >= len(factors) or operators[place]:
        raise meaning.error(f"'{core(name)}' has no argument", name, "what it is applied to, in brackets")
    order, exponents = name.primes, list(name.superscripts)
    follows = factors[place]
    layer = exponents[0] if exponents else None
    if isinstance(layer, Group):
        exponents = exponents[1:]
        number = layer.contents[0] if layer.contents else None
        if isinstance(number, Number) and number.text.isdigit() and not order and layer.bracket == "(":
            order = min(int(number.text[:3]), LARGEST_ORDER + 1)
    if order > LARGEST_ORDER:
        raise meaning.error(f"a derivative of order {order}", name, f"at most {LARGEST_ORDER}")
    inner_name = _bare_function(meaning, follows)
    if isinstance(follows, Group):
        argument, after = meaning.value(follows), place + 1
    elif inner_name is not None:
        assert isinstance(follows, Name)
        argument, after = _call(meaning, inner_name, follows, factors, operators, place + 1)
    elif isinstance(follows, Scripted) and isinstance(follows.base, Group) and follows.base.bracket == "(":
        inner = elementwise(lambda each: call(function, each, order), meaning.value(follows.base))
        outer = meaning.scripted(follows, inner)
        return meaning.raised(outer, exponents, name), place + 1
    else:
        after = place + 1
        while after < len(factors) and not operators[after] and _continues(meaning, factors[after]):
            after += 1
        inside = factors[place:after]
        alone = inside[0] if len(inside) == 1 else Product(("",) * len(inside), tuple(inside), inside[0].span)
        argument = meaning.value(alone)
    result = elementwise(lambda inner: call(function, inner, order), argument)
    return meaning.raised(result, exponents, name), after


def _bare_function(meaning: Meaning, part: Syntax) -> str | None:
    r"""The function that a part is the name of, as the cosh of `\log\cosh x` is."""
    if not isinstance(part, Name) or meaning.scope.resolve(replace(part, superscripts=())) is not None:
        return None
    return meaning.scope.function(replace(part, primes=0, superscripts=()))


def _continues(meaning: Meaning, factor: Syntax) -> bool:
    """Whether a factor still belongs to the argument of a function written without brackets."""
    if isinstance(factor, Name):
        return meaning.scope.function(replace(factor, primes=0, superscripts=())) is None
    return isinstance(factor, Number | Fraction)


def _extreme(meaning: Meaning, name: Name, group: Group) -> Value:
    values = [meaning.value(part) for part in group.contents]
    if len(values) < 2:
        raise meaning.error(f"'{core(name)}' of one thing", group, "at least two, with a comma between")
    if core(name) == "max" and all(value.scalar for value in values):
        every = Folding().generalised([value.expression for value in values])
        if every is not None:
            return Value(Max(*every))
    result = values[0]
    for value in values[1:]:
        result = elementwise(lambda left, right: extreme_of(core(name), left, right), result, value)
    return result


def _is_condition(part: Syntax | None) -> bool:
    """Whether a part is a comparison in brackets, perhaps with a power: `[z > 0]`."""
    if isinstance(part, Scripted):
        part = part.base
    return isinstance(part, Group) and len(part.contents) == 1 and isinstance(part.contents[0], Chain)
