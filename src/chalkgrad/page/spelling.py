"""How names, operators and functions are spelled in plain text, brought to the spelling of the language."""

from __future__ import annotations

import unicodedata
from functools import cache

from chalkgrad.language import FUNCTIONS, Expression, Number, call, indicator

_CHARACTERS = str.maketrans("−–·×⋅∙∗÷₀₁₂₃₄₅₆₇₈₉", "--*****/0123456789")
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot"}


@cache
def function_names() -> dict[str, str]:
    """Every way to spell a function of the table, with the name of its row.

    Φ and φ are not among them: in a document they may be anything.
    """
    spelled = {}
    for row in FUNCTIONS.values():
        for name in (row.name, *row.aliases, row.unicode):
            if name and name[0].isalpha() and name not in ("Φ", "φ"):
                spelled[name.lower()] = row.name
    return spelled


def plain_name(text: str) -> str:
    """A name as the language spells it: `ŷ` is `yhat`.

    >>> plain_name("ŷ"), plain_name("h1")
    ('yhat', 'h1')
    """
    decomposed = unicodedata.normalize("NFD", text)
    if not any(mark in decomposed for mark in _ACCENTS):
        return text
    return unicodedata.normalize("NFC", "".join(_ACCENTS.get(character, character) for character in decomposed))


def extreme_of(kind: str, left: Expression, right: Expression) -> Expression:
    """The larger ("max") or smaller ("min") of two: `max(0, x)` is relu.

    >>> from chalkgrad.language import Tensor, number
    >>> x = Tensor("x")[()]
    >>> str(extreme_of("max", number(0), x)), str(extreme_of("min", x, number(0)))
    ('relu(x)', '-relu(-x)')
    """
    if kind == "min":
        return -extreme_of("max", -left, -right)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Number) and one.value == 0:
            return call("relu", other)
    return indicator(">", left, right) * left + indicator("<=", left, right) * right


def plain_characters(text: str) -> str:
    """The text with one spelling for each operator, and opening bars told from closing ones.

    Columns stay as they are: opening bars become ⟪ and closing ones ⟫.

    >>> plain_characters("2·|x|**2")
    '2*⟪x⟫^ 2'
    """
    text = text.translate(_CHARACTERS).replace("**", "^ ")
    open_bars: list[bool] = []
    result: list[str] = []
    before = ""
    for character in text:
        if character in "⟪⟫":
            character = "\ufffd"
        elif character in "([":
            open_bars.append(False)
        elif character in ")]":
            while open_bars and open_bars.pop():
                pass
        elif character == "|":
            closes = bool(open_bars) and open_bars[-1] and (before.isalnum() or before in ")]'⟫⁰¹²³⁴⁵⁶⁷⁸⁹")
            character = "⟫" if closes else "⟪"
            if closes:
                open_bars.pop()
            else:
                open_bars.append(True)
        result.append(character)
        if not character.isspace():
            before = character
    return "".join(result)
