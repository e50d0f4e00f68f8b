r"""Letters in bold and the same letters in plain type, where a document uses both for different things.

In most documents `\mathbf x` has the entries `x_i`, and both are one quantity. Where `x` also stands by itself in plain
type it is another one; and where `\mathbf x_i` stands beside `x_i`, the vectors are a family of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Number, Product, Syntax, mapped, parts, walk_syntax
from chalkgrad.reading.listed_by_partials import listed_by_partials
from chalkgrad.reading.scripts import base_of, scripts_of
from chalkgrad.reading.vocabulary import quantities

BOLD = frozenset(("mathbf", "bm", "boldsymbol", "pmb", "bold", "vec", "mathbfit"))
_APART = "bold"  # the accent that tells a name in bold from the same in plain type
_FAMILY = "each"  # the accent of a vector of a family


@dataclass
class _Written:
    """How often a letter is written in each way."""

    plain: int = 0
    plain_indexed: int = 0
    bold: int = 0
    bold_indexed: int = 0


def is_bold(name: Name) -> bool:
    r"""Whether a name is set as vectors are: in bold, or with an arrow."""
    return name.style in BOLD or "vec" in name.accents


def styles_of(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What marks the names in bold of some equations, where the same letter in plain type is something else.

    >>> from chalkgrad.page.latex import tokens_of, parsed
    >>> chain = parsed(tokens_of(r"y = \mathbf w^T \mathbf x + w").tokens, "")
    >>> sorted(base_of(name) for name in quantities(styles_of([chain])(chain)))
    ['w', 'wbold', 'x', 'y']
    """
    written: dict[str, _Written] = defaultdict(_Written)
    for chain in chains:
        for name in _standing(chain):
            if not name.base.isdigit():  # the 1 of what is one where a condition holds
                _count(written[base_of(name)], name)
    apart = {base for base, how in written.items() if how.plain and (how.bold or how.bold_indexed)}
    apart -= {base for base in apart if not _beside(chains, base)}
    if apart:  # a document that tells them apart does so in what it derives by, too
        below = [name for chain in chains for part in walk_syntax(chain) if isinstance(part, Derivative)
                 for name in part.denominators if isinstance(name, Name) and not name.subscripts]  # fmt: skip
        bold = {base_of(name) for name in below if is_bold(name)}
        apart |= bold & {base_of(name) for name in below if not is_bold(name)}
    families = {base for base, how in written.items() if how.bold and how.bold_indexed and how.plain_indexed}
    families -= listed_by_partials(chains)
    if not apart and not families:
        return lambda part: part

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name):
            return part
        base = base_of(part)
        if base not in apart and base not in families:
            return part
        bold, indexed = is_bold(part), _indices(part) > 0
        how = written[base]
        accents = part.accents
        if bold and indexed and base in families:
            accents = (*accents, _FAMILY)
        elif base in apart and (bold or (indexed and how.bold)):
            accents = (*accents, _APART)
        return replace(part, accents=accents) if accents != part.accents else part

    return lambda part: mapped(part, change)


def _beside(chains: Sequence[Chain], base: str) -> bool:
    """Whether a letter stands in bold and in plain type in one equation, or in two that define the same name."""
    lefts: dict[bool, set[str]] = {True: set(), False: set()}
    for chain in chains:
        kinds = {is_bold(name) for name in _standing(chain) if base_of(name) == base}
        if len(kinds) > 1:
            return True
        for kind in kinds:
            lefts[kind] |= {base_of(side) for side in chain.sides[:1] if isinstance(side, Name)}
    return bool(lefts[True] & lefts[False])


def _count(how: _Written, name: Name) -> None:
    indexed = _indices(name) > 0
    if is_bold(name):
        how.bold_indexed += indexed == 1
        how.bold += not indexed
    else:
        how.plain_indexed += _indices(name) == 1
        how.plain += not indexed and not name.subscripts


def _indices(name: Name) -> int:
    """How many indices a name may have: letters and numbers below it."""
    found = 0
    for item in scripts_of(name).below:
        if item.kind in ("letter", "number", "affine"):
            found += 1
        elif item.kind == "word" and item.text.isalpha() and len(item.text) == 2:
            found += 2
    return found


def _standing(chain: Syntax) -> Iterator[Name]:
    """The names that stand in formulas, not only below a derivative or as what a function is applied to."""
    pending = [chain]
    while pending:
        part = pending.pop()
        if isinstance(part, Derivative):
            pending += [part.numerator] if part.numerator is not None else []
        elif isinstance(part, Product):
            for place, factor in enumerate(part.factors):
                before = part.factors[place - 1] if place else None
                called = isinstance(before, Name) and not part.operators[place]
                if isinstance(factor, Group) and called and all(isinstance(each, Name) for each in factor.contents):
                    continue
                pending.append(factor)
        elif isinstance(part, Name):
            yield from (each for each in quantities(part) if each.base != r"\nabla" and each is part)
        elif isinstance(part, Number):
            continue
        else:
            pending += parts(part)


__all__ = ["BOLD", "is_bold", "styles_of"]
