r"""Functions that stand without what they are applied to: `\frac{\partial \sigma}{\partial z}`, `\sigma (1 - \sigma)`.

Meant is their value, or their derivative, at the one thing that the equation, or else the document, applies them to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.language import FUNCTIONS
from chalkgrad.page.syntax import (
    Chain,
    Derivative,
    Group,
    Name,
    Product,
    Scripted,
    Syntax,
    parts,
    walk_syntax,
    with_parts,
)
from chalkgrad.reading.scripts import bare_name, base_of
from chalkgrad.reading.vocabulary import Vocabulary

_BRACKETS = ("(", "[")
Arguments = dict[Name, dict[Syntax, None]]  # of each function, in their order


def functions_alone(chains: Sequence[Chain], vocabulary: Vocabulary) -> Callable[[Chain], Chain]:
    """What applies such functions, over all equations of a document."""
    everywhere: Arguments = {}
    for chain in chains:
        _note(chain, vocabulary, everywhere)
    quantities = {base_of(part) for chain in chains for part in _taken_as_quantities(chain)}

    def change(chain: Chain) -> Chain:
        here: Arguments = {}
        _note(chain, vocabulary, here)
        derived = {bare_name(of): by for of, by in _derivatives(chain) if _is_function(of, vocabulary)}

        def argument_of(function: Name, by: Syntax | None = None) -> Syntax | None:
            plain = bare_name(function)
            if base_of(plain) in quantities:
                return None
            known = everywhere.get(plain) or {}
            if isinstance(by, Name):
                same = [each for each in known if isinstance(each, Name) and base_of(each) == base_of(by)]
                if same or not known:
                    return by
            for found in (here.get(plain) or {}, known):
                if found:
                    return next(iter(found)) if len(found) == 1 else None
            return derived.get(plain)

        return _applied_in(chain, vocabulary, argument_of)

    return change


def _is_function(name: Name, vocabulary: Vocabulary) -> bool:
    return vocabulary.row_of(replace(name, primes=0)) in FUNCTIONS


def _note(chain: Chain, vocabulary: Vocabulary, found: Arguments) -> None:
    """Notes what functions are applied to; the 1 - σ of `σ(1 - σ)` is a factor."""
    for part in walk_syntax(chain):
        if not isinstance(part, Product):
            continue
        for place, factor in enumerate(part.factors):
            if isinstance(factor, Name) and _is_function(factor, vocabulary):
                argument = _argument(part, place)
                if argument is not None:
                    found.setdefault(bare_name(factor), {})[argument] = None


def _argument(product: Product, place: int) -> Syntax | None:
    """What the function at a place is applied to in brackets."""
    if place + 1 >= len(product.factors) or product.operators[place + 1]:
        return None
    function, after = product.factors[place], product.factors[place + 1]
    inner = after.base if isinstance(after, Scripted) else after
    if not isinstance(inner, Group) or inner.bracket not in _BRACKETS:
        return None
    if len(inner.contents) != 1:
        return None
    factor = isinstance(function, Name) and any(
        isinstance(part, Name) and base_of(part) == base_of(function) and not part.primes
        for part in _alone_in(inner.contents[0])
    )
    return None if factor else inner.contents[0]


def _alone_in(syntax: Syntax) -> Iterator[Syntax]:
    """The names in a part that stand before nothing in brackets."""
    if isinstance(syntax, Product):
        for place, factor in enumerate(syntax.factors):
            after = syntax.factors[place + 1] if place + 1 < len(syntax.factors) else None
            if isinstance(factor, Name) and isinstance(after, Group | Scripted) and not syntax.operators[place + 1]:
                continue
            yield from _alone_in(factor)
    elif isinstance(syntax, Name):
        yield syntax
    else:
        for part in parts(syntax):
            yield from _alone_in(part)


def _derivatives(chain: Chain) -> Iterator[tuple[Name, Syntax]]:
    for part in walk_syntax(chain):
        if isinstance(part, Derivative) and isinstance(part.numerator, Name) and len(part.denominators) == 1:
            yield part.numerator, part.denominators[0]


def _taken_as_quantities(chain: Chain) -> Iterator[Name]:
    """What an equation defines, or derives by."""
    if isinstance(chain.sides[0], Name):
        yield chain.sides[0]
    for part in walk_syntax(chain):
        if isinstance(part, Derivative):
            yield from (below for below in part.denominators if isinstance(below, Name))


def _applied_in(chain: Chain, vocabulary: Vocabulary, argument_of: Callable[..., Syntax | None]) -> Chain:
    def call(function: Name, argument: Syntax | None) -> Syntax:
        if argument is None:
            return function
        return Product(("", ""), (function, Group("(", (argument,), function.span)), function.span)

    def is_factor(product: Product, place: int) -> bool:
        """Whether what follows a function with a prime is another than what it is applied to: `\\sigma' x`."""
        function, after = product.factors[place : place + 2]
        return isinstance(function, Name) and bool(function.primes) and after != argument_of(function)

    def walk(part: Syntax) -> Syntax:
        if isinstance(part, Derivative):
            above, by = part.numerator, part.denominators[0] if len(part.denominators) == 1 else None
            if isinstance(above, Name):
                if not _is_function(above, vocabulary) or by is None or above.superscripts:
                    return part
                return replace(part, numerator=call(above, argument_of(above, by)))
            return replace(part, numerator=walk(above)) if above is not None else part
        if isinstance(part, Name):
            return call(part, argument_of(part)) if _is_function(part, vocabulary) else part
        if not isinstance(part, Product):
            return with_parts(part, tuple(map(walk, parts(part))))
        operators: list[str] = []
        factors: list[Syntax] = []
        for place, factor in enumerate(part.factors):
            made = factor
            alone = _argument(part, place) is None and (_stands_alone(part, place) or is_factor(part, place))
            if alone or not isinstance(factor, Name):
                made = walk(factor)
            flat = made if isinstance(made, Product) and made is not factor else Product(("",), (made,))
            operators += [part.operators[place], *flat.operators[1:]]
            factors += flat.factors
        return replace(part, operators=tuple(operators), factors=tuple(factors))

    return replace(chain, sides=tuple(map(walk, chain.sides)))


def _stands_alone(product: Product, place: int) -> bool:
    """Whether no factor follows that the function at a place could be applied to, or one in which it stands itself."""
    if place + 1 == len(product.factors) or product.operators[place + 1]:
        return True
    after = product.factors[place + 1]
    return isinstance(after, Group) and after.bracket in _BRACKETS and len(after.contents) == 1


__all__ = ["functions_alone"]
