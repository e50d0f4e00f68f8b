r"""Sums whose terms are written out, alike but for a number: `y_1 \log p_1 + y_2 \log p_2 + y_3 \log p_3`.

What changes its number from term to term counts the places of a vector, and not several quantities.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from chalkgrad.page.syntax import Addition, Derivative, Name, Number, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.told_apart import name_on_the_left

_PLACE = Number("#")


def written_sums(chains: Sequence[Syntax]) -> dict[str, set[frozenset[str]]]:
    """For each base the numbers that it wears in the terms of sums written out, but of what is itself such a sum, the L
    of `L = L_1 + L_2`.
    """
    found: dict[str, set[frozenset[str]]] = defaultdict(set)
    for chain in chains:
        left = name_on_the_left(chain)
        for part in walk_syntax(chain):
            if isinstance(part, Addition) and len(part.terms) > 1 and len(set(part.signs)) == 1:
                numbers = [_numbers(term) for term in part.terms]
                if not all(len(each) == 1 for each in numbers) or len(set.union(*numbers)) < len(numbers):
                    continue
                if isinstance(part.terms[0], Name) and not part.terms[0].superscripts:
                    continue  # `Y_1 + Y_2` may be two of anything
                if any(isinstance(each, Derivative) for each in walk_syntax(part)):
                    continue  # several ways from one quantity to another
                if len({mapped(term, _without) for term in part.terms}) == 1:
                    for name in (each for each in walk_syntax(part.terms[0]) if isinstance(each, Name)):
                        if _is_numbered(name) and (left is None or base_of(left) != base_of(name)):
                            found[base_of(name)].add(frozenset(set.union(*numbers)))
    return found


def _is_numbered(part: Syntax) -> bool:
    return isinstance(part, Name) and len(part.subscripts) == 1 and isinstance(part.subscripts[0], Number)


def _numbers(term: Syntax) -> set[str]:
    """The numbers below the names of a term."""
    return {
        part.subscripts[0].text
        for part in walk_syntax(term)
        if isinstance(part, Name) and len(part.subscripts) == 1 and isinstance(part.subscripts[0], Number)
    }


def _without(part: Syntax) -> Syntax:
    """A name with a mark in the place of its number."""
    if not _is_numbered(part):
        return part
    assert isinstance(part, Name)
    return Name(part.base, (_PLACE,), part.superscripts, part.primes, part.accents, part.style)


__all__ = ["written_sums"]
