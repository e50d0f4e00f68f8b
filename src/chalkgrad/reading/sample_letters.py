r"""A loss that is a sum over samples, `E = \sum_n E_n`, says which letter names a sample: it then stands above.

Where a document writes single samples without that letter ("the output is y"), they are those of that sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Fraction,
    Group,
    Name,
    Product,
    Syntax,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.conventions import LOSS_NAMES, TARGETS, sample_letter
from chalkgrad.reading.scope import core, superscript_parts

_INPUTS = frozenset({"x", "X"})
_TARGETS = frozenset({*TARGETS, "T"})


def with_samples_above(chains: Sequence[Chain]) -> list[Chain]:
    r"""The equations with the letter of the samples above, where the loss says which it is.

    >>> from chalkgrad.reading.latex import read_latex
    >>> found = with_samples_above(read_latex(r"y_n = w x_n, E = \sum_n E_n"))
    >>> found[0].sides[0]
    Name(base='y', subscripts=(), superscripts=(Group(bracket='(', contents=(Name(base='n', ...),)),), ...)
    """
    letter = next((found for chain in chains if (found := _summed_letter(chain))), "")
    if not letter:
        return list(chains)
    names = [part for chain in chains for part in walk_syntax(chain) if isinstance(part, Name)]
    values = {core(chain.sides[0]) for chain in chains if isinstance(chain.sides[0], Name)} | _INPUTS | _TARGETS
    values |= {core(name) for name in names if letter in _letters_above(name)}
    if any(letter in _letters_below(name) and core(name) not in values and not _is_loss(name) for name in names):
        return list(chains)

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name):
            return part
        if _is_loss(part):
            return _above(part, letter) if letter in _letters_below(part) else part
        if core(part) not in values or (part.base.isupper() and letter not in _letters_below(part)):
            return part
        return _above(part, letter)

    changed = [mapped(chain, change, scripts=False) for chain in chains]
    return [chain for chain in changed if isinstance(chain, Chain)]


def _summed_letter(chain: Chain) -> str:
    r"""The n of `E = \frac1N \sum_n E_n`; "" for any other equation."""
    left, right = chain.sides[0], chain.sides[1]
    if not isinstance(left, Name) or not _is_loss(left) or left.subscripts:
        return ""
    while isinstance(right, Product | Addition | Fraction) and not isinstance(right, BigOperator):
        inner: tuple[Syntax, ...] = (
            right.factors if isinstance(right, Product) else right.terms if isinstance(right, Addition)
            else (right.numerator,)
        )  # fmt: skip
        right = inner[-1]
    if not isinstance(right, BigOperator) or right.kind != "sum" or not isinstance(right.body, Name):
        return ""
    body = right.body
    index = right.subscripts[0] if right.subscripts else None
    index = index.sides[0] if isinstance(index, Chain) else index
    if not isinstance(index, Name) or len(index.base) != 1 or not _is_loss(body):
        return ""
    return index.base if index.base in _letters_below(body) or index.base in _letters_above(body) else ""


def _is_loss(name: Name) -> bool:
    return core(name) in LOSS_NAMES


def _letters_below(name: Name) -> set[str]:
    """The letters among the subscripts: `_{nj}` has n and j."""
    found: set[str] = set()
    for part in name.subscripts:
        for factor in part.factors if isinstance(part, Product) else (part,):
            if isinstance(factor, Name) and not factor.subscripts and factor.base.isalpha():
                found |= set(factor.base)
    return found


def _letters_above(name: Name) -> set[str]:
    """The letters that stand alone above: `^{x,l}` has x, and so has `^{(x)}`."""
    found = {sample_letter(part) for part in superscript_parts(name)}
    found |= {part.base for part in name.superscripts if isinstance(part, Name) and len(part.base) == 1}
    return found - {"", "T"}


def _above(name: Name, letter: str) -> Name:
    """The name with the letter of its sample above, and nowhere else."""
    above = tuple(part for part in superscript_parts(name) if sample_letter(part) != letter and part != Name(letter))
    below: list[Syntax] = []
    for part in name.subscripts:
        left = _without(part, letter)
        below += [] if left is None else [left]
    sample = Group("(", (Name(letter, span=name.span),), name.span)
    return replace(name, subscripts=tuple(below), superscripts=(*above, sample))


def _without(part: Syntax, letter: str) -> Syntax | None:
    """A subscript without the letter: the j of `_{nj}`."""
    if isinstance(part, Name) and part.base.isalpha() and not part.subscripts and letter in part.base:
        rest = part.base.replace(letter, "", 1)
        return replace(part, base=rest) if rest else None
    if isinstance(part, Product):
        kept = [left for factor in part.factors if (left := _without(factor, letter)) is not None]
        return kept[0] if len(kept) == 1 else replace(part, operators=("",) * len(kept), factors=tuple(kept))
    return part
