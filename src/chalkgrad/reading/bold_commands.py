r"""Commands that a document has from elsewhere and that set one letter in bold: `\vx`, `\Vh`, `\mW`, `\btheta`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.page.latex_commands import SYMBOLS
from chalkgrad.page.syntax import Chain, Name, Syntax, mapped, walk_syntax

_PREFIX = re.compile(r"\\(v|V|m|M|b|bf|bs|bm|mb|mbf|vec|mat|rv)([A-Za-z]|[a-z]{2,7})")
_ENOUGH = 2  # of how many letters a document has the like


def bold_commands(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What turns such commands of some equations into letters in bold.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> (chain,) = [each.body for each in statements_in(read_document(r"$$\vy = A \vx + \vc$$"))]
    >>> [(each.base, each.style) for each in walk_syntax(bold_commands([chain])(chain)) if isinstance(each, Name)]
    [('y', 'mathbf'), ('A', ''), ('x', 'mathbf'), ('c', 'mathbf')]
    """
    letters: dict[str, set[str]] = defaultdict(set)
    found: dict[str, tuple[str, str]] = {}
    for chain in chains:
        for part in walk_syntax(chain):
            if not isinstance(part, Name):
                continue
            matched = _PREFIX.fullmatch(part.base)
            if matched is None or matched.group(0)[1:] in SYMBOLS:
                continue
            prefix, letter = matched.groups()
            if len(letter) == 1 or letter in SYMBOLS:
                letters[prefix].add(letter)
                found[part.base] = prefix, letter if len(letter) == 1 else "\\" + letter
    chosen = {command: letter for command, (prefix, letter) in found.items() if len(letters[prefix]) >= _ENOUGH}

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and part.base in chosen:
            return replace(part, base=chosen[part.base], style="mathbf")
        return part

    return (lambda part: mapped(part, change)) if chosen else (lambda part: part)


__all__ = ["bold_commands"]
