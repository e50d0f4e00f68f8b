"""Definitions inside sentences: `Let $p = \\sigma(w x)$`. They count where the document's other equations need them."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.page.syntax import Chain, Derivative, Name, Syntax
from chalkgrad.reading.families import is_definition, key_of, quantities
from chalkgrad.reading.gathering import Written


def defined_in_sentences(written: Sequence[Written]) -> list[Written]:
    r"""The equations in sentences that define a name which another equation uses and no displayed one defines.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.reading.gathering import gathered
    >>> text = r"Let $z = w x$. At $z = 0$ or $q = r$: $$p = \sigma(z)$$"
    >>> [chain.sides[0].base for _, chain in defined_in_sentences(gathered(read_document(text)).written)]
    ['z']
    """
    shown = [chain for equation, chain in written if equation.display]
    defined = {key_of(chain.sides[0]) for chain in shown if is_definition(chain) and isinstance(chain.sides[0], Name)}
    said = [pair for pair in written if not pair[0].display and _says_something(pair[1])]
    claims = [chain for _, chain in written if isinstance(chain.sides[0], Derivative)]
    needed = {key for chain in (*shown, *claims) for key in _keys(chain)}
    found: list[Written] = []
    while True:
        new = [pair for pair in said if _key(pair[1]) in needed - defined]
        if not new:
            return [pair for pair in written if pair in found]
        for pair in new:
            said.remove(pair)
            if _key(pair[1]) not in defined:
                found.append(pair)
            defined.add(_key(pair[1]))
            needed |= _keys(pair[1].sides[1])


def _key(chain: Chain) -> str:
    left = chain.sides[0]
    return key_of(left) if isinstance(left, Name) else ""


def _says_something(chain: Chain) -> bool:
    """Whether an equation gives a name a formula in other names."""
    if not is_definition(chain) or isinstance(chain.sides[1], Name):
        return False
    return next(quantities(chain.sides[1]), None) is not None


def _keys(syntax: Syntax) -> set[str]:
    """The names in a part, and the letters of each run of them."""
    found = {key_of(name) for name in quantities(syntax)}
    return found | {letter for run in found if run.isalpha() for letter in run}
