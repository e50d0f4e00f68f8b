"""Boxes as text for the terminal: x₁w₁₁ + b₁, ∂L/∂W, ŷ, Σᵢ; readable also where Unicode has no such subscript."""

from __future__ import annotations

import unicodedata

from chalkgrad.writing.boxes import (
    Accent,
    Aligned,
    BigOperator,
    Box,
    Cases,
    Equation,
    Fenced,
    Fraction,
    Primed,
    Root,
    Row,
    Scripts,
    Symbol,
    Table,
    Underbrace,
)

_SUBSCRIPTS = dict(zip("0123456789+−=(),aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎,ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_SUPERSCRIPTS = dict(
    zip(
        "0123456789+−=(),abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW⊤′⋅·β",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾,ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵀ′⋅·ᵝ",
        strict=True,
    )
)
_VULGAR = {("1", "2"): "½", ("1", "3"): "⅓", ("2", "3"): "⅔", ("1", "4"): "¼", ("3", "4"): "¾", ("1", "8"): "⅛"}
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}


def unicode_text(box: Box) -> str:
    """The box as Unicode text: one line, or several for equations under each other.

    >>> from chalkgrad.writing.boxes import PARTIAL, letter, digits, row
    >>> W = Scripts(letter("W"), row(digits("1"), letter("j")))
    >>> unicode_text(Fraction(row(PARTIAL, letter("L")), row(PARTIAL, W)))
    '∂L/∂W₁ⱼ'
    """
    match box:
        case Symbol(unicode=text):
            return text
        case Row(items=items):
            return _row(items)
        case Fraction(numerator=Symbol(unicode=above), denominator=Symbol(unicode=below)) if (above, below) in _VULGAR:
            return _VULGAR[above, below]
        case Fraction(numerator=numerator, denominator=denominator):
            return f"{_operand(numerator)}/{_operand(denominator, True)}"
        case Scripts(base=base, sub=sub, sup=sup):
            below = "" if sub is None else _script(unicode_text(sub), _SUBSCRIPTS, "_")
            above = "" if sup is None else _script(unicode_text(sup), _SUPERSCRIPTS, "^")
            return unicode_text(base) + above + below
        case Primed(base=base, count=count):
            return unicode_text(base) + "′" * count
        case Fenced(body=body, opening=opening, closing=closing):
            return f"{opening}{unicode_text(body)}{closing}"
        case BigOperator(operator=operator, below=below, above=above, body=body):
            low = "" if below is None else _script(unicode_text(below).replace(" ", ""), _SUBSCRIPTS, "_")
            high = "" if above is None else _script(unicode_text(above), _SUPERSCRIPTS, "^")
            return f"{operator.unicode}{low}{high} {unicode_text(body)}"
        case Root(body=body):
            return "√" + (
                unicode_text(body) if isinstance(body, Symbol | Scripts | Accent) else f"({unicode_text(body)})"
            )
        case Accent(mark=mark, body=body):
            text = unicode_text(body)
            return unicodedata.normalize("NFC", text + _ACCENTS[mark]) if len(text) == 1 else f"{mark}({text})"
        case Underbrace(body=body, below=below):
            return f"{unicode_text(body)} [{unicode_text(below)}]"
        case Cases(rows=rows):
            return "{ " + "; ".join(f"{unicode_text(value)} {unicode_text(when)}" for value, when in rows) + " }"
        case Table(rows=lines, opening=opening, closing=closing):
            cells = "; ".join(" ".join(map(unicode_text, line)) for line in lines)
            return f"{opening}{cells}{closing}"
        case Equation(left=left, relation=relation, right=right, remark=remark):
            before = "" if left is None else unicode_text(left) + " "
            return f"{before}{relation.unicode} {unicode_text(right)}" + (f"    ({remark})" if remark else "")
        case Aligned(lines=equations):
            return _aligned(equations)


def width(text: str) -> int:
    """How many columns a text takes in a terminal: combining marks take none.

    >>> width("z\u0302")
    1
    """
    return sum(not unicodedata.combining(character) for character in text)


def _aligned(equations: tuple[Equation, ...]) -> str:
    lefts = ["" if equation.left is None else unicode_text(equation.left) for equation in equations]
    column = max(map(width, lefts), default=0)
    lines = []
    for left, equation in zip(lefts, equations, strict=True):
        right = unicode_text(Equation(None, equation.right, equation.relation, equation.remark))
        lines.append((" " * (column - width(left)) + left + " " + right).rstrip())
    return "\n".join(lines)


def _script(text: str, glyphs: dict[str, str], mark: str) -> str:
    compact = text.replace(" ", "")
    if all(character in glyphs for character in compact):
        return "".join(glyphs[character] for character in compact)
    return mark + (compact if len(compact) == 1 or compact[0] in "[(" else f"({compact})")


def _row(items: tuple[Box, ...]) -> str:
    text = ""
    previous: Box | None = None
    for item in items:
        piece = unicode_text(item)
        bar = isinstance(item.base if isinstance(item, Scripts) else item, Symbol) and piece.startswith("‖")
        if isinstance(item, Symbol) and item.kind in ("binary", "relation"):
            piece = f" {piece} "
        elif isinstance(item, Symbol) and item.kind == "punctuation" and len(items) > 1:
            piece += " "
        elif isinstance(previous, Fraction) and "/" in text.rpartition(" ")[2] and not (bar and text.count("‖") % 2):
            text += " · "
        elif previous is not None and _needs_space(previous, item):
            text += " "
        text += piece
        previous = item
    return text.strip()


def _needs_space(previous: Box, item: Box) -> bool:
    """Whether two neighbours in a product would run together."""
    if _is_fenced(item) or _is_sign(previous) or _is_differential(previous):
        return False
    return isinstance(item, Fraction | BigOperator | Root) or any(map(_is_word, (previous, item)))


def _is_fenced(box: Box) -> bool:
    return isinstance(box, Fenced) or (isinstance(box, Scripts) and _is_fenced(box.base))


def _is_sign(box: Box) -> bool:
    return isinstance(box, Symbol) and box.kind in ("prefix", "binary", "relation", "punctuation")


def _is_word(box: Box) -> bool:
    match box:
        case Scripts(base=base) | Primed(base=base):
            return _is_word(base)
        case Root(body=Symbol() | Scripts() | Accent()):
            return True  # without brackets, what follows would be read as under the root
        case Symbol(kind="upright" | "function"):
            return box.kind == "function" or len(box.unicode) > 1
    return False


def _operand(box: Box, below: bool = False) -> str:
    """A numerator or denominator, in parentheses where the slash would be misread."""
    text = unicode_text(box)
    if isinstance(box, Fraction | BigOperator):
        return f"({text})"
    if text.startswith("‖") and text.endswith("‖") and text.count("‖") == 2:
        return text
    if isinstance(box, Row):
        derivative = _is_differential(box.items[0])
        if _has_sign(box.items) or (below and not derivative and not _is_call(box)):
            return f"({text})"
    return text


def _has_sign(items: tuple[Box, ...]) -> bool:
    """Whether a sign stands between the items, and not between the bars of a norm."""
    inside = False
    for item in items:
        if isinstance(item, Symbol) and item.unicode == "‖":
            inside = not inside
        elif not inside and _is_sign(item):
            return True
    return False


def _is_differential(box: Box) -> bool:
    return (
        _is_differential(box.base)
        if isinstance(box, Scripts)
        else isinstance(box, Symbol) and box.kind == "differential"
    )


def _is_call(box: Row) -> bool:
    return len(box.items) == 2 and isinstance(box.items[1], Fenced) and _is_word(box.items[0])
