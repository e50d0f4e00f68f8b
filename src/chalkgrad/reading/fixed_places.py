r"""Letters that stand for one place: the class c of `L = -\log p_c` or of `t_i = \delta_{ic}`, and that of `e_c`;
nothing runs over them.

A letter below that stands on the right of a definition only would have to be summed over, or is part of a name. It is
a place where what wears it wears letters that run elsewhere, and nothing ever runs over this one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from chalkgrad.page.syntax import Addition, Chain, Derivative, Dots, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.scripts import base_of, letters_apart, scripts_of
from chalkgrad.reading.told_apart import DEFINES, name_on_the_left
from chalkgrad.reading.vocabulary import quantities


def fixed_places(chains: Sequence[Syntax], bound: set[str]) -> set[str]:
    """The letters that say which place is meant, where `bound` are those over which something runs."""
    worn: dict[str, set[frozenset[str]]] = defaultdict(set)
    wearing: dict[str, set[tuple[str, int]]] = defaultdict(set)
    running, others, right_only = set(bound), set[str](), set[str]()
    for chain in chains:
        for name in quantities(chain):
            letters = _below(name)
            worn[base_of(name)].add(frozenset(letters))
            for letter in letters:
                wearing[letter].add((base_of(name), len(letters)))
            others |= _of_other_kinds(name)
        if not isinstance(chain, Chain):
            continue
        before, after = _letters(*chain.sides[:1]), _letters(*chain.sides[1:])
        running |= before & after if isinstance(chain.sides[0], Name | Derivative) else set()
        if any(isinstance(part, Dots) for part in walk_syntax(chain)):
            others |= before | after  # the last of `x_1, \ldots, x_n`
        if name_on_the_left(chain) is None or chain.relations[0] not in DEFINES:
            continue
        others |= before if not _is_kronecker(chain.sides[0]) else set()
        side = chain.sides[1]
        if not any(isinstance(part, Derivative) for part in walk_syntax(side)) and not _is_name(side):
            right_only |= _letters(side) - before - _of_differences(side) - _of_two_factors(side)
    units = set().union(*worn["e"]) if len(worn["e"]) == 1 else set[str]()  # the y of a unit vector `e_y`
    return {
        letter for letter in right_only - running - others
        if len(letter) == 1 and letter.isalpha() and all(
            base == "delta" or letter in units
            or any(len(each) == count and letter not in each and each & running for each in worn[base])
            for base, count in wearing[letter]
        )
    }  # fmt: skip


def _letters(*parts: Syntax) -> set[str]:
    """The letters below all names in some parts."""
    return {letter for each in parts for name in quantities(each) for letter in _below(name)}


def _of_other_kinds(name: Name) -> set[str]:
    """What stands for no place, as a name shows: a quantity with scripts, a number of ones, a layer, a step, one of a
    run of indices.
    """
    found = {base_of(name)} if name.subscripts or name.superscripts else set[str]()
    if base_of(name) == "1":
        found |= _below(name)
    scripts = scripts_of(name)
    if base_of(name) != "delta":
        found |= {letter for item in scripts.below if item.kind == "word" for letter in item.text}
    found |= {item.text for item in scripts.above if item.kind == "letter"}
    return found | {item.text for item in scripts.below if item.kind == "letter" and item.offset}


def _is_kronecker(side: Syntax) -> bool:
    r"""Whether a side is a `\delta_{jc}`, of which an equation may say what it comes to."""
    return isinstance(side, Name) and base_of(side) == "delta" and len(_below(side)) == 2


def _is_name(side: Syntax) -> bool:
    """Whether a side is another name of the left, and no formula."""
    return isinstance(side, Name) and base_of(side) != "delta"


def _below(name: Name) -> set[str]:
    """The letters below a name, those of `\\delta_{ic}` apart."""
    items = scripts_of(name).below
    if base_of(name) == "delta" and len(items) == 1 and items[0].kind == "word" and len(items[0].text) == 2:
        items = letters_apart(items[0], set(items[0].text))
    return {item.text for item in items if item.kind == "letter"}


def _of_differences(side: Syntax) -> set[str]:
    r"""The letters that two terms of a difference wear, `(t_j - y_j)^2`: those of one of many errors, which is any."""
    found: set[str] = set()
    for part in walk_syntax(side):
        if isinstance(part, Addition) and len(part.terms) == 2 and all(isinstance(term, Name) for term in part.terms):
            one, other = (_below(term) if isinstance(term, Name) else set[str]() for term in part.terms)
            found |= one & other
    return found


def _of_two_factors(side: Syntax) -> set[str]:
    r"""The letters that two factors wear, `x_{ab} w_b`: some sum over these without saying so."""
    found: set[str] = set()
    for part in walk_syntax(side):
        if isinstance(part, Product):
            worn = [_letters(factor) for factor in part.factors]
            found |= {letter for place, one in enumerate(worn) for other in worn[:place] for letter in one & other}
    return found


__all__ = ["fixed_places"]
