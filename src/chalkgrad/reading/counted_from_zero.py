r"""Names whose places are counted from 0, as the θ of `\theta_0` beside `\theta_j`, and those whose place 0 is apart.

Where nothing takes a name as a whole and no sum begins with its place 0, as in `\theta_0 + \sum_{j=1}^n \theta_j x_j`,
θ_0 is another quantity than the θ_j; so it is beside places of others that are counted from 1. Otherwise it is the
first of them, and a sum from 1 leaves it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Derivative,
    Name,
    Number,
    Product,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.scripts import base_of, scripts_of
from chalkgrad.reading.vocabulary import Vocabulary, applications, bound_letters, quantities


def note_counted_from_zero(vocabulary: Vocabulary, chains: Sequence[Chain]) -> None:
    """Notes in the vocabulary which names are counted from 0, and of which the place 0 is apart."""
    numbers: dict[str, set[str]] = defaultdict(set)
    letters: dict[str, set[str]] = defaultdict(set)
    beside: list[set[str]] = []
    whole: set[str] = set()
    begun: set[str] = set()
    shown = {base for chain in chains for base in _shown_at_zero(chain)}
    for chain in chains:
        wearing: dict[str, set[str]] = defaultdict(set)
        given = {id(each) for each in _given(chain)}
        for name in quantities(chain):
            base, indices = base_of(name), vocabulary.use(name).indices
            if not indices and id(name) not in given:
                whole.add(base)
            if len(indices) == 1 and indices[0].kind == "number":
                numbers[base].add(indices[0].text)
            elif len(indices) == 1 and indices[0].kind == "letter":
                letters[base].add(indices[0].text)
                wearing[indices[0].text].add(base)
        beside += wearing.values()
        begun |= {base for letter in _begun_at_zero(chain) for base in wearing[letter]}
    first = {base for base in numbers if "0" in numbers[base] and letters[base] and base in begun | shown}
    if not first:
        return
    counted: set[str] = set()
    for base in first:
        group = _beside(base, beside)
        from_one = any(numbers[each] and "0" not in numbers[each] for each in group)
        if group & begun or (base in whole and not from_one):
            counted |= {each for each in group if numbers[each]}
    vocabulary.from_zero = frozenset(counted)
    vocabulary.apart_at_zero = frozenset(first - counted)
    summed = {letter for chain in chains for letter in _summed(chain)}
    vocabulary.perhaps_from_zero = frozenset(base for base in first - counted if not letters[base] & summed)


def _given(chain: Chain) -> Iterator[Syntax]:
    """What functions are said to be of: the θ of `J(\\theta)`."""
    for part in walk_syntax(chain):
        for _, group in applications(part) if isinstance(part, Product) else ():
            yield from group.contents


def _shown_at_zero(chain: Chain) -> Iterator[str]:
    r"""The names of which the one with a 0 is derived by, or is added to products of the others: that is no point x_0
    at which something is taken.
    """
    for part in walk_syntax(chain):
        if isinstance(part, Derivative):
            yield from (base_of(name) for name in part.denominators if isinstance(name, Name) and _is_at_zero(name))
        elif isinstance(part, Addition):
            lone = {base_of(term) for term in part.terms if isinstance(term, Name) and _is_at_zero(term)}
            products = [term for term in part.terms if isinstance(term, Product | BigOperator)]
            yield from (base_of(name) for term in products for name in quantities(term) if base_of(name) in lone)


def _is_at_zero(name: Name) -> bool:
    return [item.text for item in scripts_of(name).below] == ["0"]


def _begun_at_zero(chain: Chain) -> Iterator[str]:
    r"""The letters of sums that begin with 0, `\sum_{i=0}^n`, but for those that end one early, at n - 1."""
    for part in walk_syntax(chain):
        if isinstance(part, BigOperator):
            for below in part.subscripts:
                if isinstance(below, Chain) and below.relations == ("=",) and below.sides[1] == Number("0"):
                    if all(isinstance(above, Name | Number) for above in part.superscripts):
                        yield from (item.text for item in bound_letters(part))


def _summed(chain: Chain) -> Iterator[str]:
    for part in walk_syntax(chain):
        if isinstance(part, BigOperator):
            yield from (item.text for item in bound_letters(part))


def _beside(base: str, groups: Sequence[set[str]]) -> set[str]:
    """A name with those that wear one letter with it in an equation."""
    return {base}.union(*(group for group in groups if base in group))


__all__ = ["note_counted_from_zero"]
