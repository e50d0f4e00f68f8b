r"""Probabilities with their conditions, `p(o \mid c)` and `P(Y = 1 \mid x)`, as the quantities that they are names of.

What stands in the brackets are places where it only counts: letters that stand below names and nowhere else. Any other
`p(y \mid x)` is one name as a whole, and another one for every other text in its brackets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Derivative,
    Dots,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    Text,
    Unread,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import applications

_GIVEN = ("|", "∣", r"\mid")
_STANDING = ("", "(")


def conditional_names(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What makes a name of each probability in some equations that has a condition or is told for places only.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> (chain,) = [each.body for each in statements_in(read_document(r"$$p(o | c) = u_o v_c$$"))]
    >>> conditional_names([chain])(chain).sides[0]
    Name(base='p', subscripts=(Name(base='o', ...),), ...)
    """
    told = {name.base for chain in chains for part in walk_syntax(chain) for name, _, given in _told(part) if given}
    told &= set(_defined(chains))
    placed = {base: kept for base in {*told, *_defined_by_places(chains)} if (kept := _places_of(base, chains))}
    if not told and not placed:
        return lambda syntax: syntax

    def named(name: Name, group: Group, marks: Scripted | None) -> Name:
        inner = [each for each in _inner(group) if each is not None]
        below: tuple[Syntax, ...]
        if name.base in placed:
            below = tuple(inner[k] for k in placed[name.base])
        else:
            below = (Text(_label(group), group.span),)
        above = marks.superscripts if marks is not None else ()
        return replace(name, subscripts=(*name.subscripts, *below), superscripts=(*name.superscripts, *above),
                       span=(name.span[0], group.span[1]))  # fmt: skip

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Product):
            return part
        wanted = [(name, group) for name, group, given in _told(part)
                  if (given and name.base in told) or name.base in placed]  # fmt: skip
        if not wanted:
            return part
        factors, operators = list(part.factors), list(part.operators)
        for name, group in wanted:
            at = next(k for k, factor in enumerate(factors) if factor is name)
            after = factors[at + 1]
            factors[at : at + 2] = [named(name, group, after if isinstance(after, Scripted) else None)]
            del operators[at + 1]
        return factors[0] if len(factors) == 1 else replace(part, operators=tuple(operators), factors=tuple(factors))

    return lambda syntax: mapped(syntax, change)


def _told(part: Syntax) -> Iterator[tuple[Name, Group, bool]]:
    """The names of a product with the round brackets after them, and whether these have a condition in them."""
    if not isinstance(part, Product):
        return
    for name, group in applications(part):
        if group.bracket == "(" and group.contents and not name.primes and name.base != r"\nabla":
            only = group.contents[0] if len(group.contents) == 1 else None
            yield name, group, isinstance(only, Chain) and any(each in _GIVEN for each in only.relations)


def _inner(group: Group) -> list[Syntax | None]:
    """What stands at each place: the o and the c of `(O = o | C = c)`; None for what is no letter and no number."""
    only = group.contents[0] if len(group.contents) == 1 else None
    if not isinstance(only, Chain):
        return [_place(each) for each in group.contents]
    found: list[Syntax | None] = []
    run: list[Syntax] = [only.sides[0]]
    for relation, side in zip(only.relations, only.sides[1:], strict=True):
        if relation in _GIVEN:
            found.append(_place(run[-1]))
            run = [side]
        elif relation == "=":
            run.append(side)
        else:
            return [None]
    return [*found, _place(run[-1])]


def _place(part: Syntax) -> Syntax | None:
    plain = isinstance(part, Number) or (isinstance(part, Name) and part == Name(part.base) and len(part.base) == 1)
    return part if plain else None


def _defined_by_places(chains: Sequence[Chain]) -> Iterator[str]:
    """The functions whose arguments stand on the right side of their definition below names only."""
    for chain in chains:
        left = chain.sides[0]
        if len(chain.sides) < 2 or chain.relations[0] not in ("=", ":=", "≡"):
            continue
        for name, group, _ in _told(left):
            letters = [each.base for each in _inner(group) if isinstance(each, Name)]
            below = {each.base for side in chain.sides[1:] for each in _below(side)}
            if len(letters) == len(group.contents) and letters and set(letters) <= below:
                yield name.base


def _defined(chains: Sequence[Chain]) -> Iterator[str]:
    """The names of what some equation says with a condition, by a formula that can be computed; of any other nothing
    says that it is a number.
    """
    for chain in chains:
        if len(chain.sides) < 2 or chain.relations[0] not in ("=", ":=", "≡"):
            continue
        computed = not any(
            isinstance(part, Unread | Dots) or (isinstance(part, BigOperator) and part.kind != "sum")
            or any(given for _, _, given in _told(part))
            for side in chain.sides[1:] for part in walk_syntax(side)
        )  # fmt: skip
        yield from (name.base for name, _, given in _told(chain.sides[0]) if given and computed)


def _below(side: Syntax) -> Iterator[Name]:
    for part in walk_syntax(side):
        if isinstance(part, Name):
            for script in part.subscripts:
                yield from (each for each in walk_syntax(script) if isinstance(each, Name))


def _places_of(base: str, chains: Sequence[Chain]) -> list[int]:
    """Which places of a name tell its values apart, where all that it is ever applied to are numbers and letters that
    count, which never stand alone. What is the same wherever the name stands tells nothing.
    """
    uses: list[list[str]] = []
    for name, group, _ in (told for chain in chains for part in walk_syntax(chain) for told in _told(part)):
        if name.base == base:
            inner = [_text(each) for each in _inner(group)]
            if not all(inner) or (uses and len(inner) != len(uses[0])):
                return []
            uses.append(inner)
    letters = {each for use in uses for each in use if not each.isdigit()}
    worn = {each.base for chain in chains for each in _below(chain)}
    if not letters or not letters <= worn or letters & _standing(chains):
        return []
    return [k for k, each in enumerate(zip(*uses, strict=True)) if len(set(each)) > 1] or [0]


def _text(part: Syntax | None) -> str:
    return part.base if isinstance(part, Name) else part.text if isinstance(part, Number) else ""


def _standing(chains: Sequence[Chain]) -> set[str]:
    """The letters that are a factor, a term, a side or an entry somewhere, or are derived by."""
    found: set[str] = set()
    for chain in chains:
        for part in walk_syntax(chain):
            inner: Sequence[Syntax] = ()
            if isinstance(part, Product):
                inner = part.factors
            elif isinstance(part, Group) and part.bracket in ("[", r"\{"):
                inner = part.contents
            elif isinstance(part, Addition):
                inner = part.terms
            elif isinstance(part, Derivative):
                inner = part.denominators
            found |= {each.base for each in inner if isinstance(each, Name) and not each.subscripts}
        found |= {side.base for side in chain.sides if isinstance(side, Name) and side == Name(side.base)}
    return found


def _label(group: Group) -> str:
    """The letters and numbers in the brackets, one after the other: what tells one such name from another."""
    parts = [base_of(each) if isinstance(each, Name) else each.text for content in group.contents
             for each in walk_syntax(content) if isinstance(each, Name | Number)]  # fmt: skip
    return "given " + " ".join(parts)


__all__ = ["conditional_names"]
