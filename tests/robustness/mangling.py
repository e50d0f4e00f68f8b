"""Documents with marks and tokens lost, doubled, exchanged or put in, the same ones for the same seed."""

from __future__ import annotations

import random
import re

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[A-Za-z]+|\d+|\$\$?|\s+|.", re.DOTALL)
_STRAY = (
    *("$", "$$", "{", "}", "(", ")", "[", "]", "^", "_", "\\\\", "=", "==", "&", "|", "'", "-", "...", "0", "1/0", "d"),
    *("\\frac", "\\frac{", "\\sum_{i=1}^n", "\\sum", "\\partial", "\\nabla_", "\\max_k", "\\prod_i", "\\int_0^1"),
    *("\\begin{cases}", "\\end{aligned}", "\\left(", "\\right.", "\\text{if}", "\\hat", "\\mathbf{", "\\dots"),
    *(
        "^T",
        "^{[l]}",
        "_{ij}",
        "^{-1}",
        "\\odot",
        "\\cdot",
        "\\in \\mathbb{R}^{0}",
        "e^{e^{x}}",
        "10^{400}",
        "x_0",
        "W W",
    ),
    *("é", "\u0301", "\u202e", "`", "```", "#", "<!--", "\t"),
)
_CHANGES = 4


def mangled(text: str, seed: int) -> str:
    """The text with up to four changes of its characters and tokens.

    >>> mangled("$$y = w x$$", 3) == mangled("$$y = w x$$", 3)
    True
    """
    source = random.Random(seed)
    for _ in range(source.randint(1, _CHANGES)):
        text = _changed(text, source)
    return text


def _changed(text: str, source: random.Random) -> str:
    tokens = _TOKEN.findall(text)
    if not tokens:
        return source.choice(_STRAY)
    place, other = source.randrange(len(tokens)), source.randrange(len(tokens))
    match source.randrange(7):
        case 0:
            del tokens[place]
        case 1:
            tokens.insert(place, source.choice(_STRAY))
        case 2:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        case 3:
            tokens[place] = source.choice(_STRAY)
        case 4:
            tokens.insert(place, tokens[other])
        case 5:
            begin, end = sorted((place, min(len(tokens), place + source.randint(1, 8))))
            tokens[begin:end] = tokens[begin:end] * 2
        case _:
            return text[: source.randrange(len(text) + 1)] + text[source.randrange(len(text) + 1) :]
    return "".join(tokens)
