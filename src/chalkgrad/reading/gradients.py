r"""Gradients of functions where they are taken: `\nabla f(x^*)`, `\nabla f(x)^T d`, `\frac{\partial f}{\partial
x}(x_0)`.

A gradient that does not say by what is by the arguments of its function. What is derived by has a name of its own where
it is a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.language import Axis, Element, Tensor, add, as_index, delta, multiply
from chalkgrad.page.syntax import (
    Chain,
    Derivative,
    Evaluated,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.defined_functions import function_of
from chalkgrad.reading.layout import Value
from chalkgrad.reading.scripts import base_of, is_transpose
from chalkgrad.reading.vocabulary import Symbol, Use, arguments_of

if TYPE_CHECKING:
    from chalkgrad.reading.sense import Head, Sense

_BRACKETS = ("(", "[")


def derived_like(sense: Sense, value: Value, place: Scripted) -> Value:
    r"""A formula with a prime, `\left(\frac{u}{v}\right)'`: its derivative by what the left side derives by.

    Raises `ReadingError` where the left side is no derivative, for then nothing says what the prime means.
    """
    left = sense.like
    what = left.derivative if left is not None else None
    if place.primes > 1 or left is None or what is None or not isinstance(left.expression, Element):
        raise sense.error("a prime on a formula does not say by what it is derived", place, r"\frac{d}{dx}(…)")
    indices = left.expression.indices[-len(what.by.axes) :] if what.by.axes else ()
    row, column = (*what.by_axes, None, None)[:2]
    return sense.derived(value, Value(what.by[indices], row, column), place)


def nabla(
    sense: Sense, sign: Name, factors: Sequence[Syntax], operators: Sequence[str], place: int
) -> tuple[Value, int]:
    r"""`\nabla_W L` or `\nabla f(x)`, with the arguments that may follow, and where the next factor is."""
    from chalkgrad.reading.factors import _factor

    exponents = [part for part in sign.superscripts if not is_transpose(part)]
    twice = exponents == [Number("2")]
    if place + 1 >= len(factors) or (exponents and not twice):
        raise sense.error("a gradient that does not say by what", sign, r"\nabla_W L")
    turned = len(sign.superscripts) - len(exponents)
    rest = list(factors)
    follows = rest[place + 1]
    scripts: tuple[Scripted, ...] = ()
    if isinstance(follows, Name):
        kept = tuple(part for part in follows.superscripts if not is_transpose(part))
        turned += len(follows.superscripts) - len(kept)
        rest[place + 1] = replace(follows, superscripts=kept)
        after = rest[place + 2] if place + 2 < len(rest) and not operators[place + 2] else None
        if isinstance(after, Scripted) and _is_brackets(after.base) and _is_called(sense, follows):
            rest[place + 2], scripts = after.base, (after,)
    arguments = _arguments(sense, rest, operators, place + 1)
    if arguments is not None and (not sign.subscripts or _is_slot(sense, rest[place + 1], sign, arguments)):
        value, end = _of_call(sense, rest, operators, place + 1, arguments, sign, twice), place + 3
    elif not sign.subscripts:
        value, end = _factor(sense, rest, operators, place + 1)
        value = (sense.hessian if twice else sense.gradient)(value, sign)
    else:
        value, end = _factor(sense, rest, operators, place + 1)
        value = sense.derived(value, sense.value(sign.subscripts[0]), sign)
        if twice:
            value = sense.derived(value, sense.value(sign.subscripts[-1]), sign)
    if turned % 2:
        value = value.transposed
    for each in scripts:
        from chalkgrad.reading.factors import _with_scripts

        value = _with_scripts(sense, value, each)
    return value, end


def _is_brackets(part: Syntax) -> bool:
    return isinstance(part, Group) and part.bracket in _BRACKETS


def _is_called(sense: Sense, name: Name) -> bool:
    known = sense.setting.vocabulary.is_function(name) and sense.setting.vocabulary.row_of(name) is None
    return known and base_of(name) not in ("E",)


def _arguments(sense: Sense, factors: Sequence[Syntax], operators: Sequence[str], place: int) -> list[Syntax] | None:
    """What the function at the place is applied to; None where no function stands there."""
    name = factors[place]
    if not isinstance(name, Name) or not _is_called(sense, name) or place + 1 >= len(factors) or operators[place + 1]:
        return None
    group = factors[place + 1]
    return arguments_of(group) if isinstance(group, Group) and _is_brackets(group) else None


def _head_of(sense: Sense, name: Name) -> Head | None:
    return function_of(sense.setting.heads, sense.setting.vocabulary.use(replace(name, primes=0)))


def _is_slot(sense: Sense, name: Syntax, sign: Name, arguments: Sequence[Syntax]) -> bool:
    r"""Whether a gradient's letter is that of an argument of its function, taken elsewhere: `\nabla_x f(x^*)`."""
    assert isinstance(name, Name)
    head = _head_of(sense, name)
    by = sign.subscripts[0]
    if head is None or not isinstance(by, Name) or len(head.parameters) != len(arguments):
        return False
    symbol = sense.use(by).symbol
    if symbol not in head.parameters:
        return False
    argument = arguments[head.parameters.index(symbol)]
    from chalkgrad.reading.vocabulary import quantities

    return all(sense.use(each).symbol != symbol for each in quantities(argument))


def _of_call(
    sense: Sense, factors: Sequence[Syntax], operators: Sequence[str], place: int, arguments: Sequence[Syntax],
    sign: Name, twice: bool,
) -> Value:  # fmt: skip
    """The gradient of a function by its arguments, taken where these are."""
    from chalkgrad.reading.factors import _factor, _same_arguments, inlined

    name = factors[place]
    assert isinstance(name, Name)
    head = _head_of(sense, name)
    if head is not None and len(head.parameters) == len(arguments):
        chosen = list(range(len(arguments)))
        if sign.subscripts:
            by = sign.subscripts[0]
            assert isinstance(by, Name)
            chosen = [head.parameters.index(sense.use(by).symbol)]
        quantity = not sense.setting.vocabulary.only_applied(base_of(name))
        if quantity and _same_arguments(sense, head, arguments):
            value, places = sense.value(replace(name, primes=0)), [sense.value(each) for each in arguments]
        else:
            places = [held(sense, sense.value(each)) for each in arguments]
            value = inlined(sense, head, places, name)
        return _by_all(sense, value, [places[k] for k in chosen], sign, twice)
    value, _ = _factor(sense, factors, operators, place)
    return _by_all(sense, value, [sense.value(each) for each in arguments], sign, twice)


def _by_all(sense: Sense, value: Value, places: Sequence[Value], sign: Name, twice: bool) -> Value:
    """The derivative by the only argument, or by all numbers in a column."""
    if len(places) == 1:
        first = sense.derived(value, places[0], sign)
        return sense.derived(first, places[0], sign) if twice else first
    if any(not each.scalar for each in places):
        raise sense.error("a gradient that does not say by what", sign, r"\nabla_W L")
    row = Axis(f"g{sign.span[0]}", len(places))
    firsts = [sense.derived(value, each, sign) for each in places]
    if not twice:
        return Value(
            add(*(multiply(delta(as_index(row), as_index(k)), one.expression) for k, one in enumerate(firsts))), row
        )
    column = Axis(f"h{sign.span[0]}", len(places))
    entries = [
        multiply(delta(as_index(row), as_index(i)), delta(as_index(column), as_index(j)),
                 sense.derived(one, other, sign).expression)
        for i, one in enumerate(firsts) for j, other in enumerate(places)
    ]  # fmt: skip
    return Value(add(*entries), row, column)


def held(sense: Sense, value: Value) -> Value:
    """A value under a name that can be derived by: a quantity as it is, a formula under a name of its own."""
    if isinstance(value.expression, Element) and not value.expression.tensor.of:
        return value
    tensor, indices = sense._named(value)
    return Value(tensor[indices], value.row, value.column)


def evaluated(sense: Sense, syntax: Evaluated) -> Value:
    r"""A formula at a place: `\nabla g(z)|_{z = f(x)}`, `\frac{d}{dt} f(x + tv)|_{t = 0}`."""
    called = _called_at(sense, syntax)
    if called is not None:
        return sense.value(called)
    places = _in_order(sense, syntax)
    if places:
        return _with(sense, places, lambda: sense.value(syntax.body))
    for at in syntax.at:
        if not isinstance(at, Chain) or at.relations != ("=",) or not isinstance(at.sides[0], Name):
            raise sense.error("a value at a place cannot be read yet", syntax)
        use = sense.setting.vocabulary.use(at.sides[0])
        if use.indices or use.samples or use.powers:
            raise sense.error("a value at a place cannot be read yet", syntax)
        places[use.symbol] = _own(sense, sense.value(at.sides[1]))
    return _with(sense, places, lambda: sense.value(syntax.body))


def _called_at(sense: Sense, syntax: Evaluated) -> Syntax | None:
    r"""The gradient `\nabla f(a, b)` for `\nabla f|_{(a, b)}`, which is by what stands in the places."""
    match syntax.body:
        case Product(factors=(Name(base=r"\nabla", subscripts=()), Name() as name), operators=operators):
            head = _head_of(sense, name)
            at = () if head is None else _in_brackets(syntax) or _named_places(sense, syntax, head.parameters)
            if head is not None and len(head.parameters) == len(at):
                call = (*syntax.body.factors, Group("(", at, name.span))
                return replace(syntax.body, factors=call, operators=(*operators, ""))
    return None


def _in_order(sense: Sense, syntax: Evaluated) -> dict[Symbol, Value]:
    r"""The places of `\frac{\partial f}{\partial x}|_{(1, 2)}`, in the order in which f has its arguments.

    There are none where the formula has no function, or functions with different arguments.
    """
    heads = [head for part in walk_syntax(syntax.body) if isinstance(part, Name)
             if (head := _head_of(sense, part)) is not None]  # fmt: skip
    at = _in_brackets(syntax)
    if len({tuple(head.parameters) for head in heads}) != 1 or len(at) != len(heads[0].parameters):
        return {}
    return {symbol: _own(sense, sense.value(each)) for symbol, each in zip(heads[0].parameters, at, strict=True)}


def _in_brackets(syntax: Evaluated) -> tuple[Syntax, ...]:
    """The places one by one, of which none says whose it is."""
    at = syntax.at
    if len(at) == 1 and isinstance(at[0], Group) and at[0].bracket in ("(", "{"):
        at = at[0].contents
    return () if any(isinstance(each, Chain) for each in at) else at


def _named_places(sense: Sense, syntax: Evaluated, parameters: Sequence[Symbol]) -> tuple[Syntax, ...]:
    """The places that say whose they are, `x = 1, y = 2`, in the order of the parameters; none where one is missing."""
    said = {sense.use(at.sides[0]).symbol: at.sides[1] for at in syntax.at
            if isinstance(at, Chain) and at.relations == ("=",) and isinstance(at.sides[0], Name)}  # fmt: skip
    return tuple(said[symbol] for symbol in parameters) if set(parameters) == set(said) else ()


def _own(sense: Sense, value: Value) -> Value:
    """A value under a name that nothing else has, so that only what is put in its place changes with it."""
    free = tuple(sorted(value.expression.free, key=lambda axis: (axis not in value.axes, axis.name)))
    tensor = Tensor(f"({sense.key}#{len(sense.formulas)})", tuple(Axis(f"f{k}", a.size) for k, a in enumerate(free)))
    sense.formulas[tensor] = replace(value, derivative=None)
    sense.formula_axes[tensor] = free
    return Value(tensor[tuple(map(as_index, free))], value.row, value.column)


def _with(sense: Sense, places: dict[Symbol, Value], read: Callable[[], Value]) -> Value:
    before = sense.bindings
    sense.bindings = {**before, **places}
    try:
        return read()
    finally:
        sense.bindings = before


def at_arguments(sense: Sense, derivative: Derivative, group: Group) -> Value | None:
    r"""A derivative of a function, taken at the place in brackets after it: `\frac{\partial f}{\partial x_j}(x_0)`."""
    name = derivative.numerator
    if not isinstance(name, Name):
        return None
    head = _head_of(sense, name)
    arguments = arguments_of(group)
    if head is None or len(head.parameters) != len(arguments):
        return None
    places = dict(zip(head.parameters, (held(sense, sense.value(each)) for each in arguments), strict=True))
    return _with(sense, places, lambda: sense.value(derivative))


def taken_elsewhere(sense: Sense, name: Name) -> Value | None:
    """A function by its name alone, where one of its arguments has another value for the moment."""
    from chalkgrad.reading.factors import inlined

    head = _head_of(sense, name)
    if head is None or not any(symbol in sense.bindings for symbol in head.parameters):
        return None
    if sense.use(name).symbol != head.symbol or sense.use(name).symbol in sense.bindings:
        return None
    return inlined(sense, head, [_now(sense, symbol, name) for symbol in head.parameters], name)


def _now(sense: Sense, symbol: Symbol, place: Name) -> Value:
    if symbol in sense.bindings:
        return sense.bindings[symbol]
    sort = sense.setting.sort(symbol)
    if sort is None:
        raise sense.error(f"'{symbol}' is used but nothing says what it is", place)
    return sense._quantity(Use(symbol), sort, Name(symbol.base, span=place.span))


__all__ = ["at_arguments", "derived_like", "evaluated", "held", "nabla", "taken_elsewhere"]
