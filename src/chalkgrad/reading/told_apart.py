r"""Values under one letter that only their index tells apart: `a_j` of the hidden units and `a_k` of the outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.reading.conventions import LOSS_NAMES, remade
from chalkgrad.reading.scope import core, is_label, superscript_parts
from chalkgrad.reading.syntax import Chain, Group, Name, Number, Syntax

_ERRORS = frozenset({"delta", "varepsilon", "epsilon", "err"})


def told_apart(chains: Sequence[Chain]) -> list[Chain]:
    r"""The equations with numbers above such values, in the order in which they are defined.

    >>> from chalkgrad.reading.latex import read_latex
    >>> found = told_apart(read_latex(r"a_j = \sum_i w_{ji} x_i, a_k = \sum_j v_{kj} \tanh(a_j)"))
    >>> [chain.sides[0].superscripts[0].contents for chain in found]
    [(Number(text='1'),), (Number(text='2'),)]
    """
    letters: dict[str, list[str]] = {}
    for chain in chains:
        left = chain.sides[0]
        if isinstance(left, Name) and core(left) not in _ERRORS and core(left) not in LOSS_NAMES and _letter(left):
            found = letters.setdefault(core(left), [])
            found += [_letter(left)] if _letter(left) not in found else []
    several = {key: found for key, found in letters.items() if len(found) > 1}

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name) or _letter(part) not in several.get(core(part), ()):
            return part
        number = several[core(part)].index(_letter(part)) + 1
        layer = Group("(", (Number(str(number), part.span),), part.span)
        return replace(part, superscripts=(layer, *part.superscripts))

    changed = [remade(chain, change) for chain in chains] if several else chains
    return [chain for chain in changed if isinstance(chain, Chain)]


def _letter(name: Name) -> str:
    """The letter that is the only index of a name without a layer, or ""."""
    if len(name.subscripts) != 1 or any(is_label(part) for part in superscript_parts(name)):
        return ""
    below = name.subscripts[0]
    return below.base if isinstance(below, Name) and len(below.base) == 1 and not below.subscripts else ""
