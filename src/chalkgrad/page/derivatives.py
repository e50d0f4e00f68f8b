r"""Derivatives as people write them: `\frac{\partial L}{\partial W}`, `∂L/∂w`, `dL/dw`, `\partial_w L`.

Exponents and transposes stay where they are written; only those of real second derivatives count how often is derived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    Addition,
    Derivative,
    Evaluated,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Span,
    Syntax,
    unbraced,
)

_SIGNS = (r"\partial", "d", r"\delta", "∂")
# Words that begin with a d, and are no differentials.
_WORDS = frozenset(
    {"dim", "dims", "dist", "data", "depth", "diag", "det", "delta", "deg", "div", "dot", "decay", "degree", "density"}
)

_HIGHEST = {"1": 1, "2": 2, "3": 3, "4": 4}


def with_derivatives(part: Syntax) -> Syntax:
    """A part, the inner parts of which are done, with a `Derivative` for each fraction or line that is one."""
    match part:
        case Fraction(numerator=above, denominator=below, span=span):
            return derivative_of_fraction(above, below, span) or part
        case Product():
            return _applied(_of_subscripts(_in_one_line(part)))
        case Addition():
            return _of_the_negative(part)
    return part


def _of_the_negative(total: Addition) -> Syntax:
    r"""A sum that ends in a bare derivative and one term that is subtracted, `\frac{\partial}{\partial w} -\log p`:
    that derivative of the term with its sign, for a bare one is no term.
    """
    if len(total.terms) < 2 or total.signs[-1] != -1:
        return total
    operator, of = total.terms[-2:]
    if not isinstance(operator, Derivative) or operator.numerator is not None:
        return total
    derived = replace(operator, numerator=Addition((-1,), (of,), of.span), span=(operator.span[0], of.span[1]))
    if len(total.terms) == 2 and total.signs[0] == 1:
        return derived
    return replace(total, signs=total.signs[:-1], terms=(*total.terms[:-2], derived))


def derivative_of_fraction(above: Syntax, below: Syntax, span: Span) -> Syntax | None:
    r"""The derivative that a fraction is, if both its parts begin with ∂ or d; else None.

    One of the second order has two denominators, `\partial x^2` is x and x again.

    >>> L, w, sign = Name("L"), Name("w", superscripts=(Number("2"),)), Name(r"\partial")
    >>> found = derivative_of_fraction(Product(("", ""), (sign, L)), Product(("", ""), (sign, w)), (0, 0))
    >>> len(found.denominators), found.denominators[0].superscripts
    (1, (Number(text='2'),))
    """
    above, below = unbraced(above), unbraced(below)
    if isinstance(above, Addition) and len(above.terms) == 1:
        inner = derivative_of_fraction(above.terms[0], below, span)
        return replace(above, terms=(inner,), span=span) if inner is not None else None
    denominators = _denominators(below) or _without_sign(below, above)
    if not denominators:
        return None
    found = _numerator(above) or _with_sign_below(above, below)
    if found is None:
        return None
    order, numerator = found
    by = _of_order(order, denominators)
    return Derivative(numerator, by, span) if by else None


def _without_sign(below: Syntax, above: Syntax) -> list[tuple[int, Syntax]]:
    r"""What is derived by where its ∂ was forgotten, `\frac{\partial z}{w}`: nothing else can be meant by a lone ∂."""
    if not _is_partial_of_one(above) or not _is_quantity(below):
        return []
    return [(1, below)]


def _with_sign_below(above: Syntax, below: Syntax) -> tuple[int, Syntax] | None:
    r"""What is derived where its ∂ was forgotten, `\frac{E}{\partial w}`."""
    return (1, above) if _is_partial_of_one(below) and _is_quantity(above) else None


def _is_partial_of_one(part: Syntax) -> bool:
    """Whether a part is a curly ∂ and one thing that it stands before."""
    if not isinstance(part, Product) or len(part.factors) != 2 or part.operators[1]:
        return False
    sign = part.factors[0]
    return isinstance(sign, Name) and sign.base in (r"\partial", "∂") and not (sign.subscripts or sign.superscripts)


def _is_quantity(part: Syntax) -> bool:
    """Whether a part is a name, perhaps applied to something, or something in brackets; never a sign or a number."""
    first, *rest = part.factors if isinstance(part, Product) else (part,)
    applied = len(rest) == 1 and isinstance(rest[0], Group) and not (isinstance(part, Product) and part.operators[1])
    named = isinstance(first, Name) and first.base not in (r"\partial", "∂", r"\nabla") and (not rest or applied)
    return named or (isinstance(first, Group) and not rest)


# --- signs ---


def _sign(factor: Syntax) -> tuple[int, Name | None] | None:
    """How often a sign says that is derived, and what is left of the name it is written with; None for no sign."""
    if not isinstance(factor, Name) or factor.accents or factor.primes:
        return None
    if factor.base in _SIGNS and not factor.subscripts:
        if not factor.superscripts:
            return 1, None
        return (count, None) if (count := _count(factor.superscripts)) else None
    base = factor.base
    if len(base) > 1 and base[0] == "d" and base[1:].isalpha() and base not in _WORDS and not factor.style:
        begin, end = factor.span
        return 1, replace(factor, base=base[1:], span=(begin + 1, end))
    return None


def _count(scripts: Sequence[Syntax]) -> int:
    """The number that a script consists of, if it is small; else 0."""
    only = scripts[0] if len(scripts) == 1 else None
    return _HIGHEST.get(only.text, 0) if isinstance(only, Number) else 0


def _numerator(above: Syntax) -> tuple[int, Syntax | None] | None:
    """The order and what is derived; None where no sign stands first."""
    if isinstance(above, Addition):
        first = _numerator(above.terms[0])
        if first is None:
            return None
        if first[1] is None:  # `\partial -\sum_i y_i`
            return first[0], replace(above, signs=above.signs[1:], terms=above.terms[1:])
        terms = [found[1] if (found := _numerator(term)) and found[1] else term for term in above.terms]
        return first[0], replace(above, terms=tuple(terms))
    factors = above.factors if isinstance(above, Product) else (above,)
    found = _sign(factors[0])
    if found is None:
        return None
    order, rest = found
    if not isinstance(above, Product):
        return order, rest
    operators = above.operators
    if rest is not None:
        return order, replace(above, factors=(rest, *factors[1:]), span=(rest.span[0], above.span[1]))
    if operators[1]:
        return None
    return order, joined(factors[1:], operators[1:])


def _denominators(below: Syntax) -> list[tuple[int, Syntax]]:
    """What stands after each sign, with the number at the sign; nothing if the part does not begin with one."""
    if isinstance(below, Scripted) and isinstance(below.base, Group) and (times := _count(below.superscripts)):
        inner = _denominators(unbraced(below.base.contents[0])) if len(below.base.contents) == 1 else []
        return [(times, each) for _, each in inner] if len(inner) == 1 else []
    if isinstance(below, Addition) and _begins_with_partial(below) and not any(map(_denominators, below.terms[1:])):
        first = _denominators(below.terms[0])  # `\partial w x + b` is by all of it
        if len(first) != 1:
            return []
        times, term = first[0]
        return [(times, replace(below, terms=(term, *below.terms[1:]), span=(term.span[0], below.span[1])))]
    factors = below.factors if isinstance(below, Product) else (below,)
    operators = below.operators if isinstance(below, Product) else ("",)
    found: list[tuple[int, list[Syntax], list[str]]] = []
    for operator, factor in zip(operators, factors, strict=True):
        sign = _sign(factor)
        alone = bool(found) and not found[-1][1]
        if sign is not None and not (alone and sign[1] is None):  # the d of ∂L/∂d is a name
            if alone:
                return []
            found.append((sign[0], [sign[1]] if sign[1] is not None else [], [""] if sign[1] is not None else []))
        elif not found:
            return []
        else:
            found[-1][1].append(factor)
            found[-1][2].append(operator)
    if any(not inner for _, inner, _ in found):
        return []
    return [(times, joined(inner, ["", *ops[1:]])) for times, inner, ops in found]


def _begins_with_partial(below: Addition) -> bool:
    first = below.terms[0].factors[0] if isinstance(below.terms[0], Product) else below.terms[0]
    return len(below.terms) > 1 and isinstance(first, Name) and first.base in (r"\partial", "∂")


def _of_order(order: int, variables: Sequence[tuple[int, Syntax]]) -> tuple[Syntax, ...]:
    """The variables, each as often as it is derived by; none where that is not the order of the derivative."""
    if len(variables) == order or order == 1:
        return tuple(variable for _, variable in variables)
    found: list[Syntax] = []
    for times, variable in variables:
        above = variable.superscripts if isinstance(variable, Name | Scripted) else ()
        if times == 1 and above and (count := _count(above[-1:])) > 1:
            times = count
            variable = _without_last_power(variable)
        found += [variable] * times
    return tuple(found) if len(found) == order else ()


def _without_last_power(variable: Syntax) -> Syntax:
    assert isinstance(variable, Name | Scripted)
    rest = variable.superscripts[:-1]
    if isinstance(variable, Scripted) and not rest and not variable.subscripts and not variable.primes:
        return variable.base
    return replace(variable, superscripts=rest)


# --- in one line ---


def _in_one_line(product: Product) -> Product:
    """The product with `∂L/∂w` in it as one factor."""
    operators, factors = list(product.operators), list(product.factors)
    place = 1
    while place < len(factors):
        if operators[place] == "/" and _is_braced(factors[place - 1]) and _is_braced(factors[place]):
            span = (factors[place - 1].span[0], factors[place].span[1])
            above, below = (
                factor.contents[0] for factor in factors[place - 1 : place + 1] if isinstance(factor, Group)
            )
            found = derivative_of_fraction(above, below, span)
            if found is not None:
                factors[place - 1 : place + 1] = [found]
                del operators[place]
                continue
        elif operators[place] == "/" and _sign(factors[place]) is not None:
            first = _beginning(operators, factors, place)
            last = _ending(operators, factors, place)
            if first is not None and last is not None:
                span = (factors[first].span[0], factors[last - 1].span[1])
                above = joined(factors[first:place], ["", *operators[first + 1 : place]])
                below = joined(factors[place:last], ["", *operators[place + 1 : last]])
                found = derivative_of_fraction(above, below, span)
                if found is not None:
                    factors[first:last] = [found]
                    operators[first:last] = [operators[first]]
                    place = first
        place += 1
    return replace(product, operators=tuple(operators), factors=tuple(factors))


def _is_braced(factor: Syntax) -> bool:
    return isinstance(factor, Group) and factor.bracket in ("{", "(") and len(factor.contents) == 1


def _beginning(operators: Sequence[str], factors: Sequence[Syntax], slash: int) -> int | None:
    """Where the numerator before a slash begins: at the nearest sign, with nothing but parts side by side between."""
    for place in range(slash - 1, -1, -1):
        if _sign(factors[place]) is not None:
            return place
        if operators[place]:
            return None
    return None


def _ending(operators: Sequence[str], factors: Sequence[Syntax], slash: int) -> int | None:
    """Where the denominator after a slash ends: after one part for each sign."""
    place = slash
    while place < len(factors) and (place == slash or not operators[place]):
        sign = _sign(factors[place])
        if sign is None:
            break
        place += 1
        if sign[1] is None:
            if place >= len(factors) or operators[place]:
                return None
            place += 1
    return place


def _of_subscripts(product: Product) -> Product:
    r"""The product with `\partial_w` in it as a derivative that acts on what follows."""
    factors = tuple(
        Derivative(None, factor.subscripts, factor.span)
        if isinstance(factor, Name) and factor.base == r"\partial" and factor.subscripts and not factor.superscripts
        else factor
        for factor in product.factors
    )
    return replace(product, factors=factors)


def _applied(product: Product) -> Syntax:
    r"""The product with each bare derivative, `\frac{d}{dx}`, and what it acts on in one: the rest, up to the next."""
    operators, factors = list(product.operators), list(product.factors)
    for place in range(len(factors) - 2, -1, -1):
        operator = factors[place]
        if not isinstance(operator, Derivative) or operator.numerator is not None or operators[place + 1]:
            continue
        last = _reach(operators, factors, place + 1)
        of = joined(factors[place + 1 : last], ["", *operators[place + 2 : last]])
        factors[place:last] = [_acting(operator, of)]
        operators[place + 1 : last] = []
    if len(factors) == 1:
        return factors[0]
    return replace(product, operators=tuple(operators), factors=tuple(factors))


def _acting(operator: Derivative, of: Syntax) -> Syntax:
    """A bare derivative of something; what is taken at a place is derived before."""
    span = (operator.span[0], of.span[1])
    if isinstance(of, Evaluated):
        return replace(of, body=_acting(operator, of.body), span=span)
    last = of.factors[-1] if isinstance(of, Product) else None
    if isinstance(of, Product) and isinstance(last, Evaluated):
        inner = replace(of, factors=(*of.factors[:-1], last.body), span=(of.span[0], last.body.span[1]))
        return replace(last, body=_acting(operator, inner), span=span)
    return replace(operator, numerator=of, span=span)


def _reach(operators: Sequence[str], factors: Sequence[Syntax], place: int) -> int:
    """How far a bare derivative acts: to the end, or to the operator before which no other derivative stands."""
    for at in range(place + 1, len(factors)):
        if isinstance(factors[at], Derivative):
            return at
        if operators[at] and any(isinstance(factor, Derivative) for factor in factors[at:]):
            return at
    return len(factors)


def joined(factors: Sequence[Syntax], operators: Sequence[str] = ()) -> Syntax:
    """The factors side by side as one part."""
    if len(factors) == 1:
        return factors[0]
    span = (factors[0].span[0], factors[-1].span[1])
    between = ("", *operators[1:]) if operators else ("",) * len(factors)
    return Product(tuple(between), tuple(factors), span)
