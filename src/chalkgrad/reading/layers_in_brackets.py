r"""Layers and times in brackets after a name, `Z[l] = W[l] A[l-1]`, as the marks above it that they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Group, Name, Product, Scripted, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import Item, item_of

_ENOUGH = 2  # how many names have to wear a letter in brackets


def layers_in_brackets(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What sets the brackets after names of some equations above them, where they count layers or times.

    They do where a letter that is nothing else stands in them after several names, and is added to: `A[l-1]`.
    """
    worn: dict[str, set[str]] = defaultdict(set)
    stepped: set[str] = set()
    for name, item in (pair for chain in chains for part in walk_syntax(chain) for pair in _bracketed(part)):
        if item.kind == "letter":
            worn[item.text].add(name.base)
            stepped |= {item.text} if item.offset else set()
    letters = {letter for letter in stepped if len(worn[letter]) >= _ENOUGH and not _stands_alone(letter, chains)}
    names = {base for letter in letters for base in worn[letter]}
    return (lambda part: mapped(part, lambda each: _above(each, names))) if names else (lambda part: part)


def _bracketed(part: Syntax) -> Iterator[tuple[Name, Item]]:
    """The names in a product with what stands in the brackets directly after them."""
    if not isinstance(part, Product):
        return
    for place, one in enumerate(part.factors[:-1]):
        group = _group(part.factors[place + 1])
        if isinstance(one, Name) and not one.superscripts and not part.operators[place + 1] and group is not None:
            item = item_of(group.contents[0])
            if item.kind in ("letter", "number"):
                yield one, item


def _group(part: Syntax) -> Group | None:
    inner = part.base if isinstance(part, Scripted) and not part.subscripts and not part.primes else part
    return inner if isinstance(inner, Group) and inner.bracket == "[" and len(inner.contents) == 1 else None


def _stands_alone(letter: str, chains: Sequence[Chain]) -> bool:
    """Whether a letter is a factor or a term somewhere, so that brackets around what it is in may be an argument's."""
    factors = (factor for chain in chains for part in walk_syntax(chain) if isinstance(part, Product)
               for factor in part.factors)  # fmt: skip
    sides = (side for chain in chains for side in chain.sides)
    return any(isinstance(part, Name) and part == Name(letter) for part in (*factors, *sides))


def _above(part: Syntax, names: set[str]) -> Syntax:
    """The product with each bracket after one of the names above it."""
    wearing = [name for name, _ in _bracketed(part) if name.base in names]
    return brackets_moved(part, wearing, lambda name, group: replace(name, superscripts=(group,)))


def brackets_moved(part: Syntax, wearing: Sequence[Name], worn: Callable[[Name, Group], Name]) -> Syntax:
    """A product with the square brackets after some of its names on these, and what hangs above the brackets too."""
    if not isinstance(part, Product) or not wearing:
        return part
    factors: list[Syntax] = []
    operators: list[str] = []
    rest = iter(zip(part.operators, part.factors, strict=True))
    for operator, factor in rest:
        operators.append(operator)
        if not isinstance(factor, Name) or not any(factor is each for each in wearing):
            factors.append(factor)
            continue
        _, after = next(rest)
        marks = after.superscripts if isinstance(after, Scripted) else ()
        group = after.base if isinstance(after, Scripted) else after
        assert isinstance(group, Group)
        name = worn(factor, group)
        above = (*name.superscripts, *marks)
        factors.append(replace(name, superscripts=above, span=(factor.span[0], after.span[1])))
    if len(factors) == 1:
        return factors[0]
    return replace(part, operators=tuple(operators), factors=tuple(factors))


__all__ = ["brackets_moved", "layers_in_brackets"]
