r"""Fonts: what is set in one is a name, a formula in that style, or words, in which maths may stand in dollars."""

from __future__ import annotations

import re

from lark import Token

from chalkgrad.page import latex_commands as commands
from chalkgrad.page.latex_scanner import Scanner

_MATHS_IN_TEXT = re.compile(r"\$(?P<dollars>[^$]*)\$|\\\((?P<brackets>.*?)\\\)", re.DOTALL)
_SPACES_IN_TEXT = re.compile(r"(?:\\[ ,;:!]|[\s~]|\\q?quad(?![A-Za-z])|\{\})+")
_COMPARED = re.compile(r"\s*(?P<word>if|for|when|whenever)\s+(?P<maths>[^$]*?[<>=≠≤≥][^$]*)", re.IGNORECASE)
_LONG_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_NO_WORDS = re.compile(r"[-+=.,;:*/<>'^_|\s\d]*")


def font(scanner: Scanner, name: str, value: str, start: int) -> None:
    if scanner.starts("*"):
        scanner.place += 1
    scanner.skip_space()
    here = scanner.place
    begin, end = scanner.raw_argument()
    content = scanner.text[begin:end]
    if name in commands.PROSE_FONTS:
        _prose(scanner, name, begin, end, start)
        return
    joined = _SPACES_IN_TEXT.sub("", content).replace(r"\_", "_").replace(r"\-", "").replace(r"\text", "")
    upright = name in ("mathrm", "operatorname", "operatornamewithlimits", "mathop")
    token = commands.in_font(name, joined.strip("{}") if upright else content.strip())
    if token is None:
        scanner.place = here
        first = len(scanner.found)
        if content.count("(") != content.count(")"):  # only the ends of a call are set so: `\mathtt{f(} x \mathtt{)}`
            scanner.raw_argument()
            scanner.inside(begin, end)
        else:
            scanner.argument(f"\\{name}")
        _restyle(scanner.found, first, name)
    elif token[1]:
        scanner.emit(*token, start)


def _restyle(found: list[Token], first: int, font: str) -> None:
    """The words of a formula in a font set in it, but for scripts and what has a font of its own."""
    scripts = 0
    depths: list[bool] = []
    for place in range(first, len(found)):
        token = found[place]
        if token.type == "BEGIN":
            script = place > first and found[place - 1].type in ("BELOW", "ABOVE")
            depths.append(script)
            scripts += script
        elif token.type == "END" and depths:
            scripts -= depths.pop()
        elif token.type == "WORD" and not scripts and str(token).isalpha():
            styled = commands.in_font(font, str(token))
            if styled:
                found[place] = Token("WORD", styled[1], token.start_pos, end_pos=token.end_pos)


def _prose(scanner: Scanner, font: str, begin: int, end: int, start: int) -> None:
    """Words, between which maths may stand in dollars."""
    place = begin
    for found in _MATHS_IN_TEXT.finditer(scanner.text, begin, end):
        _words(scanner, font, place, found.start(), begin)
        inner = found.span("dollars") if found["dollars"] is not None else found.span("brackets")
        scanner.inside(*inner)
        place = found.end()
    _words(scanner, font, place, end, start if place == begin else place)


def _words(scanner: Scanner, font: str, begin: int, end: int, start: int) -> None:
    raw = scanner.text[begin:end]
    content = _SPACES_IN_TEXT.sub(" ", raw).strip().replace(r"\_", "_").replace(r"\%", "%").replace(r"\&", "&")
    if not content:
        return
    if _NO_WORDS.fullmatch(content):
        scanner.inside(begin, end)
        return
    compared = _COMPARED.fullmatch(raw)
    if compared is not None and not _LONG_WORD.search(compared["maths"]):  # `\text{if z < 0}`
        scanner.emit("TEXT", compared["word"], start)
        scanner.inside(begin + compared.start("maths"), begin + compared.end("maths"))
        return
    token = commands.in_font(font, content)
    kind, value = token or ("TEXT", content)
    outer, scanner.place = scanner.place, scanner.place if start < begin else end
    scanner.emit(kind, value, start)
    scanner.place = outer


def switch(scanner: Scanner, name: str, value: str, start: int) -> None:
    r"""`{\bf W}`: a font for the rest of the group, and outside of groups for what follows next."""
    chosen = {"bf": "mathbf", "cal": "mathcal"}.get(name)
    if chosen is None or not scanner.skip_space():
        return
    if scanner.depth and not scanner.starts("{"):
        if scanner.switched_until != scanner.end:
            outer, scanner.switched_until = scanner.switched_until, scanner.end
            first = len(scanner.found)
            scanner.everything()
            _restyle(scanner.found, first, chosen)
            scanner.switched_until = outer
    elif scanner.text[scanner.place].isalpha() or scanner.text[scanner.place] in "{\\":
        font(scanner, chosen, value, start)
