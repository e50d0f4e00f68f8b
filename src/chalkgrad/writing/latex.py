"""Boxes as LaTeX that amsmath sets, MathJax and KaTeX show, and our own reader reads back."""

from __future__ import annotations

import re

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
    children,
)
from chalkgrad.writing.lettering import GREEK

_CONTROL_WORD_AT_END = re.compile(r"\\[A-Za-z]+$")
_SHORT = re.compile(r"[A-Za-z0-9]|\\[A-Za-z]+")
_ESCAPES = {c: rf"\{c}" for c in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\^{}"}
_PROSE = _ESCAPES | {letter: rf"$\{name}$" for name, letter in GREEK.items()}
_FENCES = {"(": "(", ")": ")", "[": "[", "]": "]", "|": "|", "{": r"\{", "}": r"\}", "": "."}


def latex(box: Box) -> str:
    """The LaTeX of a box, without dollar signs.

    >>> from chalkgrad.writing.boxes import PLUS, digits, letter, row
    >>> latex(row(Scripts(letter("x"), digits("1")), PLUS, Fraction(digits("1"), letter("n"))))
    'x_1 + \\\\frac{1}{n}'
    """
    match box:
        case Symbol(latex=text):
            return text
        case Row(items=items):
            return _row(items, False)
        case Fraction(numerator=numerator, denominator=denominator, small=small):
            return rf"\{'tfrac' if small else 'frac'}{{{latex(numerator)}}}{{{latex(denominator)}}}"
        case Scripts(base=base, sub=sub, sup=sup):
            return latex(base) + _script("^", sup) + _script("_", sub)
        case Primed(base=base, count=count):
            return latex(base) + "'" * count
        case Fenced(body=body, opening=opening, closing=closing):
            return _fenced(latex(body), opening, closing, is_tall(body))
        case BigOperator(operator=operator, below=below, above=above, body=body):
            return joined([operator.latex + _script("_", below, True) + _script("^", above, True), latex(body)], " ")
        case Root(body=body):
            return rf"\sqrt{{{latex(body)}}}"
        case Accent(mark=mark, body=body):
            return rf"\{mark}{{{latex(body)}}}"
        case Underbrace(body=body, below=below):
            return rf"\underbrace{{{latex(body)}}}_{{{latex(below)}}}"
        case Cases(rows=rows):
            lines = r" \\ ".join(f"{latex(value)} & {latex(condition)}" for value, condition in rows)
            return rf"\begin{{cases}} {lines} \end{{cases}}"
        case Table(rows=rows, opening=opening, closing=closing):
            lines = r" \\ ".join(" & ".join(map(latex, cells)) for cells in rows)
            return _fenced(rf"\begin{{matrix}} {lines} \end{{matrix}}", opening, closing, True)
        case Equation():
            return _equation(box, "")
        case Aligned(lines=equations):
            lines = " \\\\\n".join(_equation(equation, "&") for equation in equations)
            return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def is_tall(box: Box) -> bool:
    """Whether a box is higher than a line, so that delimiters around it must grow."""
    match box:
        case Fraction(small=False) | BigOperator() | Cases() | Table() | Underbrace():
            return True
        case Scripts(base=base):
            return is_tall(base)
    return any(is_tall(inner) for inner in children(box))


def joined(parts: list[str], separator: str = "") -> str:
    """Pieces of LaTeX one after the other, kept apart where a control word would swallow the next letter."""
    text = ""
    for part in parts:
        if not text or not part:
            text += part
        elif _CONTROL_WORD_AT_END.search(text) and part[0].isalpha():
            text += " " + part
        else:
            text += separator + part
    return text


def _row(items: tuple[Box, ...], compact: bool) -> str:
    parts: list[str] = []
    for position, item in enumerate(items):
        text = latex(item)
        if isinstance(item, Symbol) and item.kind in ("binary", "relation"):
            text = text if compact else f" {text} "
        elif isinstance(item, Symbol) and item.kind == "punctuation":
            text = text if compact else text + " "
        elif (
            position
            and not (_is_spaced(item) or _is_spaced(items[position - 1]))
            and _are_words(items[position - 1], item)
        ):
            text = r"\," + text
        parts.append(text)
    return joined(parts).strip()


def _are_words(left: Box, right: Box) -> bool:
    """Whether two neighbours in a product would run together: one is a name of several letters."""
    return (_is_word(left) and not isinstance(right, Fenced)) or _is_word(right)


def _is_spaced(box: Box) -> bool:
    return isinstance(box, Symbol) and box.kind in ("prefix", "differential", "punctuation", "binary", "relation")


def _is_word(box: Box) -> bool:
    match box:
        case Scripts(base=base) | Primed(base=base):
            return _is_word(base)
        case Symbol(kind="upright", unicode=text):
            return len(text) > 1
    return False


def _script(mark: str, box: Box | None, braced: bool = False) -> str:
    if box is None:
        return ""
    text = _row(box.items, True) if isinstance(box, Row) else latex(box)
    return mark + text if _SHORT.fullmatch(text) and not braced else f"{mark}{{{text}}}"


def _fenced(body: str, opening: str, closing: str, tall: bool) -> str:
    left, right = _FENCES[opening], _FENCES[closing]
    if opening == closing == "|":  # which bar opens and which closes, also for a reader without eyes
        left, right = r"\lvert", r"\rvert"
    if tall:
        return joined([rf"\left{left}", rf"{body}\right{right}"])
    return joined([left if opening else "", body, right if closing else ""])


def _equation(equation: Equation, alignment: str) -> str:
    left = "" if equation.left is None else latex(equation.left) + " "
    remark = rf" && \text{{{prose(equation.remark)}}}" if equation.remark and alignment else ""
    return f"{left}{alignment}{equation.relation.latex} {latex(equation.right)}{remark}".rstrip()


def prose(text: str) -> str:
    """A sentence for LaTeX: Greek letters in math, special characters escaped.

    >>> prose("derivative of σ: 100% & more")
    'derivative of $\\\\sigma$: 100\\\\% \\\\& more'
    """
    return "".join(_PROSE.get(character, character) for character in text)
