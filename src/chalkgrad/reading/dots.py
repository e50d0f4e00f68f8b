r"""Three dots as what they stand for: the terms of `x_1 w_1 + \cdots + x_d w_d`, the links of a chain of derivatives,
and the `h_2 = \ldots` after `h_1`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    Addition,
    Chain,
    Derivative,
    Dots,
    Name,
    Number,
    Product,
    Syntax,
    mapped,
    mapped_chain,
)
from chalkgrad.reading.scripts import base_of

_LONGEST = 1000
_INPUTS = ("x", "X", "u")


def filled_in(chains: Sequence[Chain]) -> list[Chain]:
    r"""The equations with what their dots stand for; dots that do not say it are left as they are.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> text = r"$$z = x_1 + \cdots + x_3, h_1 = \tanh(v_{11} z + v_{12}), h_2 = \ldots$$"
    >>> found = filled_in([each.body for each in statements_in(read_document(text))])
    >>> len(found[0].sides[1].terms), len(found)
    (3, 3)
    """
    filled: list[Chain] = []
    for chain in chains:
        changed = mapped_chain(chain, _filled, scripts=False)
        filled.append(_by_analogy(changed, filled) or changed)
    return filled


def _linked(product: Product) -> Product:
    r"""A chain of derivatives, the dots in it as all that leads from the one before to the one after: those of
    `\frac{\partial L}{\partial h_4} \cdots \frac{\partial h_1}{\partial w}` are `\frac{\partial h_4}{\partial h_1}`.
    """
    factors, operators = list(product.factors), list(product.operators)
    for place in range(len(factors) - 2, 0, -1):
        before, dots, after = factors[place - 1 : place + 2]
        if not (isinstance(before, Derivative) and isinstance(dots, Dots) and isinstance(after, Derivative)):
            continue
        of, by = before.denominators[-1], after.numerator
        if not isinstance(of, Name) or not isinstance(by, Name):
            continue
        if of == by:  # nothing is left out
            del factors[place], operators[place]
        else:
            factors[place] = Derivative(of, (by,), dots.span)
    return replace(product, factors=tuple(factors), operators=tuple(operators))


def _filled(part: Syntax) -> Syntax:
    r"""A sum with the terms for which dots stand, and a list `x_1, …` with its places."""
    if isinstance(part, Product):
        return _linked(part)
    if not isinstance(part, Addition):
        return part
    at = [place for place, term in enumerate(part.terms) if isinstance(term, Dots)]
    if len(at) != 1 or at[0] == 0 or at[0] == len(part.terms) - 1:
        return part
    place = at[0]
    first, last = part.terms[place - 1], part.terms[place + 1]
    start = 0
    for begin in range(place - 1, -1, -1):
        if _pairs(part.terms[begin], last) is None:
            break
        start = begin
    first = part.terms[start]
    ends = _ends(first, last)
    if ends is None or part.signs[start] != part.signs[place + 1]:
        return part
    begin_at, end_at = ends
    sign = part.signs[start]
    if not end_at.isdigit() or not 0 <= int(end_at) - int(begin_at) < _LONGEST:
        return part
    steps = range(int(begin_at), int(end_at) + 1)
    terms = tuple(_with_place(last, end_at, Number(str(step)), first) for step in steps)
    signs = (sign,) * len(terms)
    every = (*part.terms[:start], *terms, *part.terms[place + 2 :])
    return replace(part, signs=(*part.signs[:start], *signs, *part.signs[place + 2 :]), terms=every)


def _pairs(one: Syntax, other: Syntax) -> list[tuple[Name, Name]] | None:
    """The names of two terms that are built alike, in pairs."""
    left, right = ([each for each in _outside_scripts(part) if isinstance(each, Name)] for part in (one, other))
    if len(left) != len(right) or any(base_of(a) != base_of(b) for a, b in zip(left, right, strict=True)):
        return None
    return list(zip(left, right, strict=True))


def _ends(first: Syntax, last: Syntax) -> tuple[str, str] | None:
    """The place at which the terms begin and that at which they end: the 1 and the d of `x_1` and `x_d`."""
    found: set[tuple[str, str]] = set()
    for a, b in _pairs(first, last) or ():
        for one, other in zip(_digits(a), _digits(b), strict=False):
            if one != other:
                found.add((one, other))
    if len(found) != 1:
        return None
    begin, end = found.pop()
    return (begin, end) if begin.isdigit() else None


def _digits(name: Name) -> tuple[str, ...]:
    r"""The places among the subscripts, one by one: `_{1d}` has 1 and d."""
    found: list[str] = []
    for part in name.subscripts:
        for factor in part.factors if isinstance(part, Product) else (part,):
            if isinstance(factor, Number):
                found += factor.text if len(name.subscripts) == 1 and len(factor.text) > 1 else (factor.text,)
            elif isinstance(factor, Name):
                found += factor.base if factor.base.isalpha() else (factor.base,)
    return tuple(found)


def _with_place(term: Syntax, end: str, place: Syntax, first: Syntax) -> Syntax:
    """The last term with another place where it differs from the first."""
    differing = {id(b): _digits(a) for a, b in _pairs(first, term) or ()}

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name) or id(part) not in differing:
            return part
        before, here = differing[id(part)], _digits(part)
        if before == here or len(before) != len(here):
            return part
        below = tuple(place if mine != its else _as_syntax(mine) for mine, its in zip(here, before, strict=True))
        return replace(part, subscripts=below)

    return mapped(term, change, scripts=False)


def _as_syntax(text: str) -> Syntax:
    return Number(text) if text.isdigit() else Name(text)


def _outside_scripts(syntax: Syntax) -> Iterator[Syntax]:
    """The parts of a formula, scripts left out."""
    found: list[Syntax] = []

    def note(part: Syntax) -> Syntax:
        found.append(part)
        return part

    mapped(syntax, note, scripts=False)
    yield from found


def _by_analogy(chain: Chain, before: Sequence[Chain]) -> Chain | None:
    r"""What `h_2 = \ldots` means after `h_1 = \sigma(w_{11} x_1 + w_{12} x_2 + b_1)`."""
    left = chain.sides[0]
    if not isinstance(left, Name) or len(chain.sides) != 2 or not isinstance(chain.sides[1], Dots):
        return None
    here = _digits(left)
    for model in before:
        name = model.sides[0]
        if isinstance(name, Name) and base_of(name) == base_of(left) and len(_digits(name)) == len(here) == 1:
            return _stepped(model, _digits(name)[0], here[0], chain)
    return None


def _stepped(model: Chain, old: str, new: str, chain: Chain) -> Chain:
    """The equation for another unit: the places that all its names of one kind share are those of the unit."""
    places: dict[str, list[tuple[str, ...]]] = {}
    for part in _outside_scripts(model.sides[1]):
        if isinstance(part, Name) and _digits(part):
            places.setdefault(base_of(part), []).append(_digits(part))

    def own(key: str, position: int) -> bool:
        return key not in _INPUTS and all(len(each) > position and each[position] == old for each in places[key])

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name) or not _digits(part):
            return part
        digits = _digits(part)
        changed = tuple(
            Number(new) if own(base_of(part), position) else _as_syntax(digit) for position, digit in enumerate(digits)
        )
        return replace(part, subscripts=changed)

    return replace(model, sides=(chain.sides[0], mapped(model.sides[1], change, scripts=False)), span=chain.span)
