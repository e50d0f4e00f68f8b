r"""Quantities that are always written with what they rest on: the l of `\frac{\partial l(f(x), y)}{\partial w}`.

What is derived and stands, wherever it stands, with the same formulas in brackets after it is that quantity: the
brackets say nothing more. So is what nothing defines and what is derived by something that is not in its brackets,
the J of `\frac{\partial J(W, b)}{\partial z}`; or, where words name a loss, the only such thing that is derived at all,
if its derivatives speak of more than what is in its brackets.
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


def called_alike(chains: Sequence[Chain], named: bool = False) -> Callable[[Syntax], Syntax]:
    r"""What takes the brackets from such quantities of some equations; `named`: words name a loss.

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
    by: dict[str, set[str]] = defaultdict(set)  # by what each is derived
    inside: dict[str, set[str]] = defaultdict(set)  # the names in its brackets
    for part in (part for chain in chains for part in walk_syntax(chain)):
        if isinstance(part, Product):
            for place in range(len(part.factors) - 1):
                called = _called(part, place)
                if called is not None:
                    calls[base_of(called[0])] += 1
                    arguments[base_of(called[0])].add(spelled(called[1]))
                    inside[base_of(called[0])] |= {base_of(name) for name in quantities(called[1])}
        elif isinstance(part, Derivative) and isinstance(part.numerator, Product) and len(part.numerator.factors) == 2:
            called = _called(part.numerator, 0)
            derived |= {base_of(called[0])} if called is not None and _has_formula(called[1]) else set()
            if called is not None:
                by[base_of(called[0])] |= {base_of(each) for each in part.denominators if isinstance(each, Name)}
    alike = {base for base in derived if names[base] == calls[base] and len(arguments[base]) == 1}
    free = {base for base in by if names[base] == calls[base]} - _defined(chains)
    alike |= {base for base in free if by[base] - inside[base]}
    alike |= {base for base in free if named and len(by) == 1 and _others(chains, base) - inside[base]}
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


def _others(chains: Sequence[Chain], base: str) -> set[str]:
    """The names on the other sides of equations that begin with a derivative of something."""
    return {base_of(name) for chain in chains if any(base_of(each) == base for each in quantities(chain.sides[0]))
            for side in chain.sides[1:] for name in quantities(side)}  # fmt: skip


def _defined(chains: Sequence[Chain]) -> set[str]:
    """What an equation says the value of, with its arguments: the f of `f(x) = x^2`."""
    return {base_of(called[0]) for chain in chains if isinstance(left := chain.sides[0], Product)
            if len(left.factors) == 2 and (called := _called(left, 0)) is not None}  # fmt: skip


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
