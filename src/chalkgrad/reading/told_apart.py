r"""What only its index tells apart: `a_j` of the hidden units and `a_k` of the outputs, `w_{ji}` and `w_{kj}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Number, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.conventions import ERRORS, LOSS_NAMES
from chalkgrad.reading.scope import core, is_label, superscript_parts

Where = TypeVar("Where")


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
        if isinstance(left, Name) and core(left) not in ERRORS and core(left) not in LOSS_NAMES and _letter(left):
            found = letters.setdefault(core(left), [])
            found += [_letter(left)] if _letter(left) not in found else []
            for key, pair in _weights(chain, _letter(left)):
                pairs = letters.setdefault(key, [])
                pairs += [pair] if pair not in pairs else []
    several = {key: found for key, found in letters.items() if len(found) > 1}

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name) or (_letter(part) or _pair(part)) not in several.get(core(part), ()):
            return part
        number = several[core(part)].index(_letter(part) or _pair(part)) + 1
        layer = Group("(", (Number(str(number), part.span),), part.span)
        return replace(part, superscripts=(layer, *part.superscripts))

    changed = [mapped(chain, change, scripts=False) for chain in chains] if several else chains
    return [chain for chain in changed if isinstance(chain, Chain)]


def _weights(chain: Chain, letter: str) -> list[tuple[str, str]]:
    """The names with two letters of which one is that of the value defined: the `w_{ji}` of `a_j = …`."""
    names = [part for side in chain.sides[1:2] for part in walk_syntax(side) if isinstance(part, Name)]
    return [(core(name), _pair(name)) for name in names if letter in _pair(name)]


def with_pre_activations(written: Sequence[tuple[Where, Chain]]) -> list[tuple[Where, Chain]]:
    r"""The equations with one for the value under the output's function, where only the derivative by it is written.

    That is `a_k` beside the `a_j` of a hidden layer, for `y_k = \sigma(\ldots)`.
    """
    result = list(written)
    for name in [by for _, chain in written for by in _derived_by(chain)]:
        lefts = [(core(left), _letter(left)) if isinstance(left := chain.sides[0], Name) else ("", "")
                 for _, chain in result]  # fmt: skip
        key, letter = core(name), _letter(name)
        outputs = [at for at, left in enumerate(lefts) if left[1] == letter and left[0] not in (*ERRORS, *LOSS_NAMES)]
        if not letter or (key, letter) in lefts or key not in {base for base, _ in lefts} or len(outputs) != 1:
            continue
        where, chain = result[outputs[0]]
        inner = replace(name, span=chain.sides[1].span)
        argument, outer = _under_function(chain.sides[1], inner)
        result[outputs[0]] = where, replace(chain, sides=(chain.sides[0], outer, *chain.sides[2:]))
        result.insert(outputs[0], (where, Chain(("=",), (inner, argument), chain.span)))
    return result


def _derived_by(chain: Chain) -> list[Name]:
    derivatives = [part for part in walk_syntax(chain) if isinstance(part, Derivative)]
    return [by for part in derivatives for by in part.denominators if isinstance(by, Name)]


def _under_function(side: Syntax, inner: Name) -> tuple[Syntax, Syntax]:
    """What stands under the function that a side is of, and the side with a name in its place; or all, and the name."""
    if isinstance(side, Product) and len(side.factors) == 2:
        function, group = side.factors
        if isinstance(function, Name) and isinstance(group, Group) and len(group.contents) == 1:
            return group.contents[0], replace(side, factors=(function, replace(group, contents=(inner,))))
    return side, inner


def _pair(name: Name) -> str:
    """The two letters that are the only indices of a name without a layer, or ""."""
    if len(name.subscripts) != 1 or any(is_label(part) for part in superscript_parts(name)):
        return ""
    below = name.subscripts[0]
    return below.base if isinstance(below, Name) and len(below.base) == 2 and below.base.isalpha() else ""


def _letter(name: Name) -> str:
    """The letter that is the only index of a name without a layer, or ""."""
    if len(name.subscripts) != 1 or any(is_label(part) for part in superscript_parts(name)):
        return ""
    below = name.subscripts[0]
    return below.base if isinstance(below, Name) and len(below.base) == 1 and not below.subscripts else ""
