"""Documents about several networks, one after the other under headings: where each begins."""

from __future__ import annotations

import re

from chalkgrad.errors import ReadingError
from chalkgrad.page.documents import Document, headings_in, read_document
from chalkgrad.page.limits import MOST_EQUATIONS
from chalkgrad.page.syntax import Chain, Derivative, Name, Syntax
from chalkgrad.reading.families import is_definition
from chalkgrad.reading.latex import equations_in
from chalkgrad.reading.scope import written


def networks_apart(text: str, *, latex: bool | None = None) -> list[str]:
    r"""The text once for each network, with nothing but blanks in the place of the others; [text] where there is one.

    A heading begins a new network where a name is defined anew under it, and something is claimed there.

    >>> one, other = "$$y = w x$$ $$\\frac{dy}{dw} = x$$", "$$y = w + x$$ $$\\frac{dy}{dw} = 1$$"
    >>> [part.split() == each.split() for part, each in zip(networks_apart(f"# A\n{one}\n# B\n{other}"),
    ...                                                     (f"# A\n{one}", f"# B\n{other}"))]
    [True, True]
    """
    document = read_document(text, latex=latex)
    if document.macros is not None and (document.macros.bodies or document.macros.refused):
        return [text]
    starts = [text.count("\n", 0, place) + 1 for place in headings_in(text)]
    if len(starts) < 2 or len(document.equations) > MOST_EQUATIONS:
        return [text]
    begins = [1]
    defined: dict[str, Syntax] = {}
    for begin, end in zip(starts, [*starts[1:], text.count("\n") + 2], strict=True):
        here, claims = _said(document, begin, end)
        if claims and any(name in defined and defined[name] != side for name, side in here.items()):
            begins.append(begin)
            defined = {}
        defined |= here
    lines = text.split("\n")
    parts = []
    for begin, end in zip(begins, [*begins[1:], len(lines) + 1], strict=True):
        kept = (line if begin <= number < end else re.sub(r"[^\n]", " ", line) for number, line in enumerate(lines, 1))
        parts.append("\n".join(kept))
    return parts


def _said(document: Document, begin: int, end: int) -> tuple[dict[str, Syntax], bool]:
    """What the displayed equations in these lines define, and whether they claim a derivative."""
    found: dict[str, Syntax] = {}
    claims = False
    for equation in document.equations:
        if not begin <= equation.line < end:
            continue
        for chain in equations_in(equation.latex, document.macros):
            if isinstance(chain, ReadingError) or not isinstance(chain, Chain):
                continue
            claims |= isinstance(chain.sides[0], Derivative)
            if equation.display and is_definition(chain) and isinstance(chain.sides[0], Name):
                found.setdefault(written(chain.sides[0]), chain.sides[1])
    return found, claims
