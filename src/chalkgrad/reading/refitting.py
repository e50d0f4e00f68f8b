"""What a formula that cannot be read may have been meant to say: the same with one change that people forget or make.

A transpose put or left out, two factors of a product in the other order, two indices exchanged, a name of the layer
before or after. Whether one of them was meant is for others to find out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice

from chalkgrad.page.syntax import (
    BigOperator,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Span,
    Syntax,
    mapped,
    parts,
    walk_syntax,
    with_parts,
)
from chalkgrad.reading.scope import is_transpose, superscript_parts

_MOST = 80
_LONGEST = 60
_TRANSPOSE = Name("T")


@dataclass(frozen=True)
class Variant:
    """A formula after one change: its kind, the place of what was changed, the name that stands there then."""

    kind: str
    span: Span
    syntax: Syntax
    name: Name | None = None


def variants(side: Syntax, letters: tuple[str, ...] = (), loose: tuple[str, ...] = ()) -> Iterator[Variant]:
    """The formula after each such change, as far as it is not too long.

    `letters` are the indices on the left, `loose` those that stand on the right only.

    >>> from chalkgrad.reading.latex import read_latex
    >>> formula, = read_latex("W d")
    >>> [variant.kind for variant in variants(formula)]
    ['transposed', 'transposed', 'order_of_product']
    """
    if sum(1 for _ in walk_syntax(side)) > _LONGEST:
        return
    yield from islice(_variants(side, letters, loose), _MOST)


def _variants(side: Syntax, letters: tuple[str, ...], loose: tuple[str, ...]) -> Iterator[Variant]:
    if loose:
        yield Variant("sum_missing", side.span, BigOperator("sum", tuple(map(Name, loose)), (), side, side.span))
    for kind, change in (("transposed", _turned), ("order_of_product", _reordered), ("wrong_layer", _relayered)):
        for span, syntax, changed in _everywhere(side, change):
            name = changed.factors[0] if isinstance(changed, Product) else changed
            yield Variant(kind, span, syntax, name if isinstance(name, Name) else None)
    for one, other in combinations(letters, 2):
        yield Variant("index_swapped", side.span, mapped(side, _exchanging(one, other), scripts=False))
    for step in (-1, 1):
        shifted = mapped(side, _shifting(step), scripts=False)
        if shifted != side:
            yield Variant("wrong_layer", side.span, shifted)


Change = Callable[[Syntax], Iterator[Syntax]]


def _everywhere(syntax: Syntax, change: Change) -> Iterator[tuple[Span, Syntax, Syntax]]:
    """The formula with the change made at each place in turn (scripts are left as they are), and what stands there."""
    for changed in change(syntax):
        yield syntax.span, changed, changed
    inner = parts(syntax) if not isinstance(syntax, Name) else ()
    for place, part in enumerate(inner):
        for span, whole, changed in _everywhere(part, change):
            yield span, with_parts(syntax, (*inner[:place], whole, *inner[place + 1 :])), changed


def _reordered(syntax: Syntax) -> Iterator[Syntax]:
    if isinstance(syntax, Product):
        for place in range(len(syntax.factors) - 1):
            factors = list(syntax.factors)
            factors[place : place + 2] = factors[place + 1], factors[place]
            if all(isinstance(factor, Name | Group | Scripted) for factor in factors[place : place + 2]):
                yield replace(syntax, factors=tuple(factors))


def _turned(syntax: Syntax) -> Iterator[Syntax]:
    """A name or a bracket with one transpose more, or without its transpose."""
    if isinstance(syntax, Name) and not syntax.primes:
        above = superscript_parts(syntax)
        left = tuple(part for part in above if not is_transpose(part))
        yield replace(syntax, superscripts=left if left != above else (*above, _TRANSPOSE))
    elif isinstance(syntax, Scripted):
        left = tuple(part for part in syntax.superscripts if not is_transpose(part))
        yield replace(syntax, superscripts=left if left != syntax.superscripts else (*left, _TRANSPOSE))
    elif isinstance(syntax, Group) and syntax.bracket in "([":
        yield Scripted(syntax, (), (_TRANSPOSE,), 0, syntax.span)


def _relayered(syntax: Syntax) -> Iterator[Syntax]:
    """A name of the layer before or after; the first two factors of a product likewise."""
    for step in (-1, 1):
        if isinstance(syntax, Name):
            shifted = _shifted(syntax, step)
            if shifted is not None:
                yield shifted
        elif isinstance(syntax, Product) and len(syntax.factors) > 1:
            first, second, *rest = syntax.factors
            if isinstance(first, Name) and isinstance(second, Name):
                both = (_shifted(first, step), _shifted(second, step))
                if both != (None, None):
                    yield replace(syntax, factors=(both[0] or first, both[1] or second, *rest))


def _shifting(step: int) -> Callable[[Syntax], Syntax]:
    return lambda part: (_shifted(part, step) or part) if isinstance(part, Name) else part


def _shifted(name: Name, step: int) -> Name | None:
    """The name with the number of its layer one lower or higher, wherever that is written."""
    above = _counted(superscript_parts(name), step)
    if above is not None:
        return replace(name, superscripts=above)
    below = _counted(name.subscripts, step)
    return replace(name, subscripts=below) if below is not None else None


def _counted(scripts: tuple[Syntax, ...], step: int) -> tuple[Syntax, ...] | None:
    """The scripts with the first number among them, alone or in brackets, that much higher."""
    for place, part in enumerate(scripts):
        number = part.contents[0] if isinstance(part, Group) and len(part.contents) == 1 else part
        if isinstance(number, Number) and number.text.isdigit() and len(number.text) < 4:
            other = replace(number, text=str(int(number.text) + step))
            label = replace(part, contents=(other,)) if isinstance(part, Group) else other
            return (*scripts[:place], label, *scripts[place + 1 :])
    return None


def _exchanging(one: str, other: str) -> Callable[[Syntax], Syntax]:
    """Two letters among the indices exchanged, alone or in a run."""
    by = {one: other, other: one}

    def of(part: Syntax) -> Syntax:
        if isinstance(part, Name) and not part.subscripts and not part.superscripts:
            return replace(part, base="".join(by.get(letter, letter) for letter in part.base))
        return part

    return lambda part: replace(part, subscripts=tuple(map(of, part.subscripts))) if isinstance(part, Name) else part
