"""MathML and SVG as a page with a strict content-security policy takes them: without style attributes."""

from __future__ import annotations

import re
from html import unescape

from chalkgrad.writing.boxes import Box
from chalkgrad.writing.mathml import element

_STYLE = re.compile(r' style="([^"]*)"')
_SIDE = re.compile(r"text-align: (?:-webkit-)?(left|right)")
_TAG = re.compile(r"<[^>]*>")


def unstyled(markup: str) -> str:
    """The markup with classes (left, right) in place of its style attributes, which only say how columns are aligned.

    >>> unstyled('<mtd style="text-align: -webkit-right; padding-inline: 0"><mi>x</mi></mtd><svg style="height:auto"/>')
    '<mtd class="right"><mi>x</mi></mtd><svg/>'
    """

    def classed(style: re.Match[str]) -> str:
        side = _SIDE.search(style[1])
        return f' class="{side[1]}"' if side else ""

    return _STYLE.sub(classed, markup)


def key_of(box: Box) -> str:
    """The characters of a box in MathML, in order: by them the page finds a symbol in a formula.

    >>> from chalkgrad.writing.boxes import Scripts, digits, letter
    >>> key_of(Scripts(letter("x"), digits("1")))
    'x1'
    """
    return unescape(_TAG.sub("", element(box)))
