r"""Quantities that are always written with what they rest on: the l of `\frac{\partial l(f(x), y)}{\partial w}`.

What is derived and stands, wherever it stands, with the same formulas in brackets after it is that quantity: the
brackets say nothing more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.told_apart import spelled
from chalkgrad.reading.vocabulary import quantities


def called_alike(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What takes the brackets from such quantities of some equations.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> document = read_document(r"$$\frac{\partial l(f(x), y)}{\partial w} = g$$")
    >>> (chain,) = [each.body for each in statements_in(document)]
    >>> called_alike([chain])(chain).sides[0].numerator
    Name(base='l', ...)
    """
    names = Counter(base_of(name) for chain in chains for name in quantities(chain))
    calls: Counter[str] = Counter()
    arguments: dict[str, set[str]] = defaultdict(set)
    derived: set[str] = set()
    for part in (part for chain in chains for part in walk_syntax(chain)):
        if isinstance(part, Product):
            for place in range(len(part.factors) - 1):
                called = _called(part, place)
                if called is not None:
                    calls[base_of(called[0])] += 1
                    arguments[base_of(called[0])].add(spelled(called[1]))
        elif isinstance(part, Derivative) and isinstance(part.numerator, Product) and len(part.numerator.factors) == 2:
            called = _called(part.numerator, 0)
            derived |= {base_of(called[0])} if called is not None and _has_formula(called[1]) else set()
    alike = {base for base in derived if names[base] == calls[base] and len(arguments[base]) == 1}
    alike = {base for base in alike if base.lower() not in function_names()}

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Product):
            return part
        taken = {place + 1 for place in range(len(part.factors) - 1)
                 if (called := _called(part, place)) is not None and base_of(called[0]) in alike}  # fmt: skip
        kept = [place for place in range(len(part.factors)) if place not in taken]
        if len(kept) == 1:
            return part.factors[0]
        if not taken:
            return part
        return replace(
            part,
            factors=tuple(part.factors[place] for place in kept),
            operators=tuple(part.operators[place] for place in kept),
        )

    return (lambda syntax: mapped(syntax, change)) if alike else (lambda syntax: syntax)


def _called(part: Product, place: int) -> tuple[Name, Group] | None:
    """The name at a place and the round brackets directly after it."""
    name, group = part.factors[place : place + 2]
    if isinstance(name, Name) and not name.primes and not part.operators[place + 1]:
        if isinstance(group, Group) and group.bracket == "(":
            return name, group
    return None


def _has_formula(group: Group) -> bool:
    """Whether something in brackets is more than a name: what is derived by is not among it then."""
    return any(not isinstance(each, Name) for each in group.contents)


__all__ = ["called_alike"]
