"""Pieces of maths in one line that are one equation: `$a$ = $b$`, `$a$ = $b$$c$`, `$a$ = 1`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.marks import Piece

_RELATION = re.compile(r"[ \t]*(?:=|≈)[ \t]*")
_NOTHING = re.compile(r"[ \t]?")
_ENDS = re.compile(r"[ \t]*=[ \t]*-?(?:\d+(?:\.\d+)?|[A-Za-zα-ωϕ])(?=[ \t]*(?:[,.;:)，。；：]|$))", re.MULTILINE)


def joined(text: str, pieces: Sequence[Piece]) -> tuple[str, list[Piece]]:
    """The text with the marks inside such equations as blanks, and its pieces; every character keeps its place.

    >>> pieces = [Piece(0, (1, 2), 3, False), Piece(6, (7, 8), 9, False), Piece(9, (10, 11), 12, False)]
    >>> joined("$a$ = $b$$c$ is", pieces)
    ('$a  =  b  c$ is', [Piece(begin=0, inside=(1, 11), end=12, display=False)])
    """
    found: list[Piece] = []
    blanks: list[tuple[int, int]] = []
    related = False
    for piece in pieces:
        last = found[-1] if found else None
        if last is not None and not last.display and not piece.display:
            relation = _RELATION.fullmatch(text, last.end, piece.begin) is not None
            if relation or (related and _NOTHING.fullmatch(text, last.end, piece.begin)):
                blanks += [(last.inside[1], last.end), (piece.begin, piece.inside[0])]
                found[-1] = Piece(last.begin, (last.inside[0], piece.inside[1]), piece.end, False)
                related = True
                continue
        found.append(piece)
        related = False
    for place, piece in enumerate(found):
        ending = None if piece.display else _ENDS.match(text, piece.end)
        if ending is not None and piece.inside[1] - piece.inside[0] > 1:
            blanks.append((piece.inside[1], piece.end))
            found[place] = replace(piece, inside=(piece.inside[0], ending.end()), end=ending.end())
    made = list(text) if blanks else []
    for begin, end in blanks:
        made[begin:end] = " " * (end - begin)
    return ("".join(made) if blanks else text), found


__all__ = ["joined"]
