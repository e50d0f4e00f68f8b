r"""Gradients that leave out what they are of: `\nabla_W = \delta x^\top`, `\frac{\partial}{\partial b} = \delta`, and
`\nabla W = \delta x^\top` in a document that says what it means by it, `\nabla a = \frac{\partial C}{\partial a}`.

They are of what the document derives elsewhere, where that is one thing only, or else of the one thing that rests on
all that these are by, and on which nothing rests. Where they hold that thing against a name that nothing defines,
`\frac{\partial}{\partial b} = \hat y - y`, they are of a loss of it that stands in no equation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from chalkgrad.page.syntax import Addition, Chain, Derivative, Group, Name, Product, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import quantities

_LOSSES = ("L", "J", "E", "C")  # what a loss without a name is called, if the document calls nothing so


def with_whole_gradients(statements: Sequence[Statement]) -> list[Statement]:
    """The equations, where every gradient says what it is of, as far as the document tells."""
    chains = [statement.chain for statement in statements]
    lone = any(_is_lone(side) or _ends_with_nabla(side) for chain in chains for side in chain.sides)
    meant = _meant_by_nabla(chains)
    if not lone and meant is None:
        return list(statements)
    of = meant or _derived_elsewhere(chains) or _resting_on(chains)
    if of is None:
        return list(statements)
    return [replace(each, chain=_whole(_spelled_out(each.chain, meant), of)) for each in statements]


def _is_lone(side: Syntax) -> bool:
    """Whether a side is nothing but a sign of a gradient that says by what."""
    if isinstance(side, Derivative):
        return side.numerator is None
    return _is_nabla(side) and isinstance(side, Name) and bool(side.subscripts)


def _ends_with_nabla(side: Syntax) -> bool:
    return any(
        isinstance(part, Product) and _is_nabla(part.factors[-1]) and bool(_below(part.factors[-1]))
        for part in walk_syntax(side)
    )


def _is_nabla(part: Syntax) -> bool:
    return isinstance(part, Name) and part.base == r"\nabla" and not part.superscripts


def _below(part: Syntax) -> tuple[Syntax, ...]:
    return part.subscripts if isinstance(part, Name) else ()


def _whole(chain: Chain, of: Name) -> Chain:
    def ended(part: Syntax) -> Syntax:
        if isinstance(part, Product) and _is_nabla(part.factors[-1]) and _below(part.factors[-1]):
            last = part.factors[-1]
            whole = Derivative(replace(of, span=last.span), _below(last), last.span)
            return replace(part, factors=(*part.factors[:-1], whole))
        return part

    def side(part: Syntax) -> Syntax:
        if not _is_lone(part):
            return part
        by = part.denominators if isinstance(part, Derivative) else _below(part)
        return Derivative(replace(of, span=part.span), by, part.span)

    chain = mapped_chain(chain, ended)
    return replace(chain, sides=tuple(map(side, chain.sides)))


def _derived_elsewhere(chains: Sequence[Chain]) -> Name | None:
    """The one thing without indices that is derived, and that nothing is derived by; None where there are more."""
    found: dict[str, Name] = {}
    times: Counter[str] = Counter()
    inner = {base_of(name) for chain in chains for part in walk_syntax(chain) if isinstance(part, Derivative)
             for name in part.denominators if isinstance(name, Name)}  # fmt: skip
    for name in _derived(chains):
        if base_of(name) not in inner and not (name.subscripts or name.superscripts or name.primes):
            found.setdefault(base_of(name), name)
            times[base_of(name)] += 1
    return next(iter(found.values())) if len(times) == 1 else None


def _resting_on(chains: Sequence[Chain]) -> Name | None:
    """The one thing without indices that is defined by all that lone gradients are by, and that nothing else is by."""
    lone = [side for chain in chains for side in chain.sides if _is_lone(side)]
    by = {base_of(each) for side in lone for each in (side.denominators if isinstance(side, Derivative) else ())
          if isinstance(each, Name)}  # fmt: skip
    rests: dict[str, set[str]] = {}
    names: dict[str, Name] = {}
    for chain in chains:
        left = _defined(chain)
        if left is not None and not any(isinstance(part, Derivative) for part in walk_syntax(chain)):
            names.setdefault(base_of(left), left)
            below = {base_of(each) for each in quantities(chain.sides[1])}
            apart = {
                letter for each in below if each.isalpha() and len(each) < 4 for letter in each
            }  # `wx` is w times x
            rests.setdefault(base_of(left), set()).update(below | apart)
    used = set().union(*(below - {base} for base, below in rests.items()))
    ends = [
        name
        for base, name in names.items()
        if base not in used | by and not (name.subscripts or name.superscripts) and by <= _all_below(base, rests)
    ]
    if not by or len(ends) != 1:
        return None
    return _loss_of(ends[0], chains, used | set(rests)) or ends[0]


def _loss_of(output: Name, chains: Sequence[Chain], defined: set[str]) -> Name | None:
    """A loss that no equation defines, where a lone gradient holds the output against a name that none has."""
    for chain in (chain for chain in chains if any(map(_is_lone, chain.sides))):
        for part in (part for side in chain.sides for part in walk_syntax(side)):
            terms = [each for each in part.terms if isinstance(each, Name)] if isinstance(part, Addition) else []
            bases = {base_of(each) for each in terms}
            if base_of(output) in bases and bases - defined - {base_of(output)}:
                return next((Name(letter) for letter in _LOSSES if letter not in defined), None)
    return None


def _all_below(base: str, rests: Mapping[str, set[str]]) -> set[str]:
    found, pending = set[str](), [base]
    while pending:
        below = rests.get(pending.pop(), set()) - found
        found |= below
        pending += below
    return found


def _defined(chain: Chain) -> Name | None:
    """The name on the left of a definition, or that of the function."""
    left = chain.sides[0]
    if len(chain.sides) < 2 or chain.relations[0] not in ("=", ":=", "≡"):
        return None
    if isinstance(left, Product) and len(left.factors) == 2 and isinstance(left.factors[1], Group):
        left = left.factors[0]
    return left if isinstance(left, Name) else None


def _derived(chains: Sequence[Chain]) -> Iterator[Name]:
    for part in (part for chain in chains for part in walk_syntax(chain)):
        if isinstance(part, Derivative) and isinstance(part.numerator, Name):
            yield part.numerator
        elif isinstance(part, Product):
            for sign, after in pairwise(part.factors):
                if _is_nabla(sign) and _below(sign) and isinstance(after, Name):
                    yield after


def _meant_by_nabla(chains: Sequence[Chain]) -> Name | None:
    r"""The C of a document that says `\nabla a = \frac{\partial C}{\partial a}`: there ∇ is the gradient of C by what
    follows.
    """
    for chain in chains:
        for one, other in pairwise(chain.sides):
            by = _after_nabla(one)
            if by is not None and isinstance(other, Derivative) and other.denominators == (by,):
                if isinstance(other.numerator, Name) and base_of(other.numerator) != base_of(by):
                    return other.numerator
    return None


def _after_nabla(side: Syntax) -> Name | None:
    """The a of a side `\\nabla a`."""
    if not isinstance(side, Product) or len(side.factors) != 2 or any(side.operators):
        return None
    sign, by = side.factors
    return by if _is_nabla(sign) and not _below(sign) and isinstance(by, Name) else None


def _spelled_out(chain: Chain, of: Name | None) -> Chain:
    """The equation with `\\nabla a` as the derivative that the document means by it."""
    if of is None:
        return chain

    def change(part: Syntax) -> Syntax:
        by = _after_nabla(part)
        if by is None or base_of(by) == base_of(of):
            return part
        return Derivative(replace(of, span=part.span), (by,), part.span)

    return mapped_chain(chain, change)


__all__ = ["with_whole_gradients"]
