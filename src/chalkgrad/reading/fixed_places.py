r"""Letters that stand for one place: the class c of `L = -\log p_c` or of `t_i = \delta_{ic}`, where nothing runs over c.

A letter below that stands on the right of a definition only would have to be summed over, or is part of a name. It is
a place where what wears it wears letters that run elsewhere, and nothing ever runs over this one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from chalkgrad.page.syntax import Addition, Chain, Derivative, Name, Syntax, walk_syntax
from chalkgrad.reading.scripts import Item, base_of, letters_apart, scripts_of
from chalkgrad.reading.told_apart import DEFINES, name_on_the_left
from chalkgrad.reading.vocabulary import quantities


def fixed_places(chains: Sequence[Syntax], bound: set[str]) -> set[str]:
    """The letters that say which place is meant, where `bound` are those over which something runs."""
    worn: dict[str, set[str]] = defaultdict(set)
    wearing: dict[str, set[str]] = defaultdict(set)
    running, right_only = set(bound), set[str]()
    for chain in chains:
        for name in quantities(chain):
            letters = _below(name)
            worn[base_of(name)] |= letters
            for letter in letters:
                wearing[letter].add(base_of(name))
        left = name_on_the_left(chain)
        if left is None or not isinstance(chain, Chain) or chain.relations[0] not in DEFINES:
            continue
        running |= _below(left)
        side = chain.sides[1]
        if not any(isinstance(part, Derivative) for part in walk_syntax(side)) and not _is_name(side):
            here = {letter for name in quantities(side) for letter in _below(name)}
            right_only |= here - _below(left) - _of_differences(side)
    return {
        letter for letter in right_only - running
        if all(base == "delta" or worn[base] & running for base in wearing[letter])
    }  # fmt: skip


def _is_name(side: Syntax) -> bool:
    """Whether a side is another name of the left, and no formula."""
    return isinstance(side, Name) and base_of(side) != "delta"


def _below(name: Name) -> set[str]:
    """The letters below a name, those of a run of two, `\\delta_{ic}`, apart."""
    return {item.text for each in scripts_of(name).below for item in _apart(each) if item.kind == "letter"}


def _apart(item: Item) -> tuple[Item, ...]:
    return letters_apart(item, set(item.text)) if item.kind == "word" and len(item.text) == 2 else (item,)


def _of_differences(side: Syntax) -> set[str]:
    r"""The letters that two terms of a difference wear, `(t_j - y_j)^2`: those of one of many errors, which is any."""
    found: set[str] = set()
    for part in walk_syntax(side):
        if isinstance(part, Addition) and len(part.terms) == 2 and all(isinstance(term, Name) for term in part.terms):
            one, other = (_below(term) if isinstance(term, Name) else set[str]() for term in part.terms)
            found |= one & other
    return found


__all__ = ["fixed_places"]
