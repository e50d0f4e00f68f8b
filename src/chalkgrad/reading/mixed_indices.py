r"""Names that stand whole in one equation and with an index in another, brought to one of the two.

`z = Wx + b` beside `p_i = e^{z_i} / \sum_j e^{z_j}` is a softmax of z; `\hat y = w x + b` beside
`\sum_i (\hat y_i - y_i) x_i` is about any sample i.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Fraction,
    Group,
    Name,
    Product,
    Syntax,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.conventions import TARGETS
from chalkgrad.reading.families import key_of, quantities
from chalkgrad.reading.scope import core

_INPUTS = ("x", "X")


def with_one_kind_of_names(chains: Sequence[Chain]) -> list[Chain]:
    r"""The equations, with what is defined whole and used by places written in one way.

    >>> from chalkgrad.reading.latex import read_latex
    >>> found = with_one_kind_of_names(read_latex(r"a = W x, h_j = \tanh(a_j)"))
    >>> found[1].sides[0], found[1].sides[1].factors[1].contents
    (Name(base='h', ...), (Name(base='a', ...),))
    """
    whole = {key_of(left) for chain in chains if _is_bare(left := chain.sides[0])}
    found = [_without_index(chain, whole) or chain for chain in chains]
    numbers = {key_of(left) for chain in found if _is_bare(left := chain.sides[0]) and _is_of_one_number(chain)}
    letters = dict.fromkeys(letter for chain in found for letter in _sample_letters(chain, numbers))
    for letter in letters:
        found = _of_any_sample(found, letter)
    return found


def _is_bare(left: Syntax) -> TypeGuard[Name]:
    return isinstance(left, Name) and not left.subscripts and not left.superscripts and not left.primes


def _letter(part: Syntax) -> str:
    """The one letter that stands below a name, or ""."""
    if not isinstance(part, Name) or len(part.subscripts) != 1:
        return ""
    below = part.subscripts[0]
    plain = isinstance(below, Name) and len(below.base) == 1 and not below.subscripts and not below.superscripts
    return core(below) if plain and isinstance(below, Name) else ""


def _without_index(chain: Chain, whole: set[str]) -> Chain | None:
    """A definition place by place as one of all places, where it uses a value that is defined whole."""
    left = chain.sides[0]
    letter = _letter(left)
    if not isinstance(left, Name) or not letter or len(chain.sides) != 2 or key_of(left) in whole:
        return None
    right = _softmax(chain.sides[1], letter) or chain.sides[1]
    parts = list(walk_syntax(right))
    names = list(quantities(right))
    indexed = [name for name in names if _letter(name) == letter]
    if right is chain.sides[1]:
        others = any(isinstance(part, BigOperator | Derivative) for part in parts)
        side_by_side = any(
            sum(_letter(factor) == letter for factor in part.factors) > 1 for part in parts if isinstance(part, Product)
        )
        mentions = sum(isinstance(part, Name) and core(part) == letter for part in parts)
        if others or side_by_side or mentions != len(indexed):
            return None
    else:
        indexed = names
    if not any(key_of(name) in whole for name in indexed):
        return None

    def change(part: Syntax) -> Syntax:
        return replace(part, subscripts=()) if isinstance(part, Name) and _letter(part) == letter else part

    return replace(chain, sides=(change(left), mapped(right, change, scripts=False)))


def _softmax(side: Syntax, letter: str) -> Syntax | None:
    r"""The softmax that `\exp(z_i) / \sum_j \exp(z_j)` is."""
    if not isinstance(side, Fraction) or not isinstance(side.denominator, BigOperator):
        return None
    above, below = _exponent(side.numerator), _exponent(side.denominator.body)
    if above is None or below is None or side.denominator.kind != "sum" or _letter(above) != letter:
        return None
    scripts = (part for each in side.denominator.subscripts for part in walk_syntax(each))
    summed = [core(part) for part in scripts if isinstance(part, Name)]
    if _letter(below) not in summed[:1] or replace(above, subscripts=()) != replace(below, subscripts=()):
        return None
    return Product(("", ""), (Name("softmax", span=side.span), Group("(", (above,), above.span)), side.span)


def _exponent(side: Syntax) -> Name | None:
    r"""The name in `\exp(z)`."""
    if not isinstance(side, Product) or len(side.factors) != 2 or any(side.operators):
        return None
    function, group = side.factors
    if not isinstance(function, Name) or core(function) != "exp" or not isinstance(group, Group):
        return None
    inner = group.contents[0] if len(group.contents) == 1 else None
    return inner if isinstance(inner, Name) else None


def _is_of_one_number(chain: Chain) -> bool:
    r"""Whether an equation makes one number of a lone input: `\hat y = \sigma(w x + b)`."""
    names = [name for side in chain.sides[1:] for name in quantities(side)]
    letters = [letter for name in names for letter in (name.base if name.base.isalpha() else "")]
    small = all(letter.islower() for letter in letters) and not any(name.superscripts or name.style for name in names)
    return len(chain.sides) == 2 and small and "x" in letters and all(_is_bare(name) for name in names)


def _sample_letters(chain: Chain, numbers: set[str]) -> list[str]:
    """The letters of samples: of sums in which a target has the index of the input, or of what is else one number."""
    found = []
    for part in walk_syntax(chain):
        if isinstance(part, BigOperator) and part.kind == "sum":
            letters = {core(name): _letter(name) for name in quantities(part.body) if _letter(name)}
            inputs = {letters[name] for name in (*_INPUTS, *numbers) if name in letters}
            found += [letters[name] for name in TARGETS if letters.get(name) in inputs]
    return found


def _of_any_sample(chains: Sequence[Chain], letter: str) -> list[Chain]:
    """The equations, with the index of the sample on whatever is defined from a whole input."""
    used = {key_of(part) for chain in chains for part in walk_syntax(chain) if _letter(part) == letter
            and isinstance(part, Name)}  # fmt: skip
    moving = set(_INPUTS)
    places = [place for place, chain in enumerate(chains) if _is_bare(chain.sides[0])]
    rising: set[int] = set()
    while True:
        new = [place for place in places if place not in rising and moving & _bare_keys(chains[place].sides[1])]
        if not new:
            break
        rising |= set(new)
        moving |= {key_of(left) for place in new if isinstance(left := chains[place].sides[0], Name)}
    lefts = {key_of(left) for place in rising if isinstance(left := chains[place].sides[0], Name)}
    if not lefts & used:
        return list(chains)
    moving |= used & set(TARGETS)

    def change(part: Syntax) -> Syntax:
        if _is_bare(part) and key_of(part) in moving:
            return replace(part, subscripts=(Name(letter, span=part.span),))
        return part

    return [
        replace(chain, sides=tuple(mapped(side, change, scripts=False) for side in chain.sides))
        if place in rising
        else chain
        for place, chain in enumerate(chains)
    ]


def _bare_keys(side: Syntax) -> set[str]:
    """The names that stand whole in a side, sums left aside, with the letters of each run."""
    if any(isinstance(part, BigOperator) for part in walk_syntax(side)):
        return set()
    found = {key_of(name) for name in quantities(side) if _is_bare(name)}
    return found | {letter for run in found if run.isalpha() for letter in run}
