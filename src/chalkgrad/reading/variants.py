"""What a formula that is wrong as it stands may have been meant to say: the same with one change that people forget.

A transpose put or left out, ⊙ for a product of matrices or the other way round, two factors in the other order, one of
them left out, two indices exchanged or one of them another, a name of the layer before or after. Whether one of these
was meant is for others to find out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice

from chalkgrad.page.syntax import (
    Derivative,
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
from chalkgrad.reading.scripts import is_transpose

_MOST = 120
_LONGEST = 80
_MOST_INDICES = 3
_TRANSPOSE = Name("T")
_PLACEWISE = frozenset({r"\odot", r"\circ", ".*", "*"})
_SIDE_BY_SIDE = frozenset({"", r"\cdot", r"\times"})


@dataclass(frozen=True)
class Variant:
    """A formula after one change: its kind, where, what stood there and what stands there then."""

    kind: str
    span: Span
    syntax: Syntax
    after: Syntax


def variants(side: Syntax, letters: tuple[str, ...] = ()) -> Iterator[Variant]:
    r"""The formula after each such change, as far as it is not too long; `letters` are the indices on the left.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> formula = statements_in(read_document("$$W d$$"))[0].body
    >>> [variant.kind for variant in variants(formula)][:4]
    ['transposed', 'transposed', 'product_not_elementwise', 'order_of_product']
    """
    if sum(1 for _ in walk_syntax(side)) <= _LONGEST:
        yield from islice(_variants(side, letters), _MOST)


def _variants(side: Syntax, letters: tuple[str, ...]) -> Iterator[Variant]:
    every = sorted(
        {*letters, *(letter for part in walk_syntax(side) if isinstance(part, Name) for letter in below(part))}
    )
    for kind, change in (*_CHANGES[:-2], ("wrong_index", _lettered(tuple(every))), *_CHANGES[-2:]):
        for span, syntax, changed in _everywhere(side, change):
            yield Variant(kind, span, syntax, changed)
    for one, other in combinations(letters, 2):
        yield Variant("index_swapped", side.span, mapped(side, _exchanging(one, other)), Name(f"{one} and {other}"))
    for step in (-1, 1):
        shifted = mapped(side, _shifting(step), scripts=False)
        if shifted != side:
            yield Variant("wrong_layer", side.span, shifted, shifted)


Change = Callable[[Syntax], Iterator[Syntax]]


def _everywhere(syntax: Syntax, change: Change) -> Iterator[tuple[Span, Syntax, Syntax]]:
    """The formula with the change made at each place in turn (scripts are left as they are), and what stands there."""
    for changed in change(syntax):
        yield syntax.span, changed, changed
    whole_only = isinstance(syntax, Name) or (isinstance(syntax, Derivative) and change is _turned)
    inner = parts(syntax) if not whole_only else ()
    for place, part in enumerate(inner):
        for span, whole, changed in _everywhere(part, change):
            yield span, with_parts(syntax, (*inner[:place], whole, *inner[place + 1 :])), changed


def _turned(syntax: Syntax) -> Iterator[Syntax]:
    """A name or a bracket with one transpose more, or without its transpose."""
    if isinstance(syntax, Name) and not syntax.primes:
        above = _pieces(syntax)
        left = tuple(part for part in above if not is_transpose(part))
        yield replace(syntax, superscripts=left if left != above else (*above, _TRANSPOSE))
    elif isinstance(syntax, Scripted):
        left = tuple(part for part in syntax.superscripts if not is_transpose(part))
        yield replace(syntax, superscripts=left if left != syntax.superscripts else (*left, _TRANSPOSE))
    elif isinstance(syntax, Derivative) or (isinstance(syntax, Group) and syntax.bracket in ("(", "[")):
        yield Scripted(syntax, (), (_TRANSPOSE,), 0, syntax.span)


def _pieces(name: Name) -> tuple[Syntax, ...]:
    """What stands in the superscripts, one after the other: `[1]` and `T` of `A^{[1]T}`."""
    found: list[Syntax] = []
    for part in name.superscripts:
        if isinstance(part, Product) and all(isinstance(each, Group) or is_transpose(each) for each in part.factors):
            found.extend(part.factors)
        else:
            found.append(part)
    return tuple(found)


def _placewise(syntax: Syntax) -> Iterator[Syntax]:
    """⊙ for one of the products."""
    yield from _with_operator(syntax, _SIDE_BY_SIDE, r"\odot")


def _multiplied(syntax: Syntax) -> Iterator[Syntax]:
    """A product for one of the ⊙."""
    yield from _with_operator(syntax, _PLACEWISE, "")


def _with_operator(syntax: Syntax, before: frozenset[str], after: str) -> Iterator[Syntax]:
    if isinstance(syntax, Product):
        for place in range(1, len(syntax.factors)):
            if syntax.operators[place] in before and _may_be_matrices(syntax.factors[place - 1 : place + 1]):
                yield replace(syntax, operators=(*syntax.operators[:place], after, *syntax.operators[place + 1 :]))


def _may_be_matrices(factors: tuple[Syntax, ...]) -> bool:
    return all(isinstance(factor, Name | Group | Scripted) for factor in factors)


def _reordered(syntax: Syntax) -> Iterator[Syntax]:
    if isinstance(syntax, Product):
        for place in range(len(syntax.factors) - 1):
            factors = list(syntax.factors)
            if _may_be_matrices(tuple(factors[place : place + 2])):
                factors[place : place + 2] = factors[place + 1], factors[place]
                yield replace(syntax, factors=tuple(factors))


def _shortened(syntax: Syntax) -> Iterator[Syntax]:
    """A product without one of its factors."""
    if isinstance(syntax, Product) and len(syntax.factors) > 1:
        for place in range(len(syntax.factors)):
            factors = (*syntax.factors[:place], *syntax.factors[place + 1 :])
            operators = (*syntax.operators[:place], *syntax.operators[place + 1 :])
            if len(factors) == 1 and operators[0] in ("", *_SIDE_BY_SIDE, *_PLACEWISE):
                yield factors[0]
            elif len(factors) > 1 and operators[0] != "/":
                yield replace(syntax, operators=("", *operators[1:]), factors=factors)


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
    above = _counted(_pieces(name), step)
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


def below(name: Name) -> str:
    r"""The letters below a name where nothing else stands there: ij of `x_{ij}` and of `x_{i,j}`."""
    scripts = name.subscripts
    inner = scripts[0].factors if len(scripts) == 1 and isinstance(scripts[0], Product) else scripts
    found = [part.base for part in inner if isinstance(part, Name) and not part.subscripts and part.base.isalpha()]
    return "".join(found) if len(found) == len(inner) else ""


def _lettered(letters: tuple[str, ...]) -> Change:
    """One index of a name another letter, or one letter more below it."""

    def change(syntax: Syntax) -> Iterator[Syntax]:
        if not isinstance(syntax, Name):
            return
        own = below(syntax)
        if len(own) > _MOST_INDICES:
            return
        others = [(*own[:place], other, *own[place + 1 :])
                  for place, letter in enumerate(own) for other in letters if other != letter]  # fmt: skip
        if len(own) == 1 or (not own and not syntax.subscripts and not syntax.primes):
            others += [(other, *own) for other in letters] + [(*own, other) for other in letters if own]
        for scripts in others:
            yield replace(syntax, subscripts=tuple(map(Name, scripts)))

    return change


def _exchanging(one: str, other: str) -> Callable[[Syntax], Syntax]:
    """Two letters among the indices exchanged, alone or in a run."""
    by = {one: other, other: one}

    def of(part: Syntax) -> Syntax:
        if isinstance(part, Name) and not part.subscripts and not part.superscripts:
            return replace(part, base="".join(by.get(letter, letter) for letter in part.base))
        if isinstance(part, Product) and not any(part.operators):
            return replace(part, factors=tuple(map(of, part.factors)))
        return part

    return lambda part: replace(part, subscripts=tuple(map(of, part.subscripts))) if isinstance(part, Name) else part


_CHANGES: tuple[tuple[str, Change], ...] = (
    ("transposed", _turned),
    ("product_not_elementwise", _placewise),
    ("elementwise_not_product", _multiplied),
    ("order_of_product", _reordered),
    ("wrong_layer", _relayered),
    ("factor_too_many", _shortened),
)
