"""Boxes as MathML Core (https://www.w3.org/TR/mathml-core/), as Chromium and Firefox show it without any script."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

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
    words,
)
from chalkgrad.writing.latex import is_tall
from chalkgrad.writing.unicode import unicode_text

# Brackets and sums grow only in a font that knows mathematics; these come with the systems people have.
FONTS = (
    'math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "Libertinus Math", '
    '"TeX Gyre Termes Math", "DejaVu Math TeX Gyre", math; }'
)
_ACCENTS = {"hat": "^", "bar": "‾", "tilde": "~", "dot": "˙"}
_OPERATORS = {"Σ": "∑"}
_APPLY = "<mo>&#x2061;</mo>"
_THIN_SPACE = '<mspace width="0.17em"/>'
_RIGHT = 'columnalign="right" style="text-align: -webkit-right; padding-inline: 0"'
_LEFT = 'columnalign="left" style="text-align: -webkit-left; padding-inline: 0"'


def mathml(box: Box, *, display: bool = True) -> str:
    """The box as a `<math>` element whose `alttext` is its Unicode text.

    >>> from chalkgrad.writing.boxes import letter, digits
    >>> mathml(Scripts(letter("x"), digits("1")), display=False)
    '<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x₁"><msub><mi>x</mi><mn>1</mn></msub></math>'
    """
    block = ' display="block"' if display else ""
    text = quoteattr(unicode_text(box))
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{block} alttext={text}>{element(box)}</math>'


def element(box: Box) -> str:
    """The box as presentation MathML, without the `<math>` around it."""
    match box:
        case Symbol():
            return _symbol(box)
        case Row(items=items):
            return f"<mrow>{_row(items)}</mrow>"
        case Fraction(numerator=numerator, denominator=denominator, small=small):
            fraction = f"<mfrac>{element(numerator)}{element(denominator)}</mfrac>"
            return f'<mstyle displaystyle="false">{fraction}</mstyle>' if small else fraction
        case Scripts():
            return _scripts(box)
        case Primed(base=base, count=count):
            return f"<msup>{element(base)}{_primes(count)}</msup>"
        case Fenced(body=body, opening=opening, closing=closing):
            return _fenced(element(body), opening, closing, is_tall(body))
        case BigOperator():
            return _big_operator(box)
        case Root(body=body):
            return f"<msqrt>{element(body)}</msqrt>"
        case Accent(mark=mark, body=body):
            return f'<mover accent="true">{element(body)}<mo stretchy="false">{_ACCENTS[mark]}</mo></mover>'
        case Underbrace(body=body, below=below):
            return f'<munder><munder>{element(body)}<mo stretchy="true">⏟</mo></munder>{element(below)}</munder>'
        case Cases(rows=rows):
            lines = "".join(
                f'<mtr><mtd style="text-align: left">{element(value)}</mtd>'
                f'<mtd style="text-align: left">{element(condition)}</mtd></mtr>'
                for value, condition in rows
            )
            return _fenced(f"<mtable>{lines}</mtable>", "{", "", True)
        case Table(rows=table, opening=opening, closing=closing):
            lines = "".join(f"<mtr>{''.join(f'<mtd>{element(cell)}</mtd>' for cell in cells)}</mtr>" for cells in table)
            return _fenced(f"<mtable>{lines}</mtable>", opening, closing, True)
        case Equation(left=left, relation=relation, right=right, remark=remark):
            before = "" if left is None else element(left)
            return f"<mrow>{before}{_symbol(relation)}{element(right)}{_remark(remark)}</mrow>"
        case Aligned(lines=equations):
            return f'<mtable displaystyle="true">{"".join(map(_line, equations))}</mtable>'


def _symbol(symbol: Symbol) -> str:
    text = escape(symbol.unicode)
    match symbol.kind:
        case "number":
            return f"<mn>{text}</mn>"
        case "binary" | "relation" | "punctuation":
            return f"<mo>{text}</mo>"
        case "prefix":
            return f'<mo form="prefix">{text}</mo>'
        case "text":
            return f"<mtext>{text}</mtext>"
        case "upright" | "function" | "differential" if len(symbol.unicode) == 1:
            return f'<mi mathvariant="normal">{text}</mi>'
    return f"<mi>{text}</mi>"


def _row(items: tuple[Box, ...]) -> str:
    text = ""
    previous: Box | None = None
    for item in items:
        if previous is not None:
            text += _between(previous, item)
        text += element(item)
        previous = item
    return text


def _between(left: Box, right: Box) -> str:
    """What stands unseen between two neighbours: function application, or space before a name of several letters."""
    if is_function(left) and _is_fenced(right):
        return _APPLY
    words_meet = _is_word(left) and not _is_fenced(right) and not _is_mark(right)
    return _THIN_SPACE if words_meet or (_is_word(right) and not _is_mark(left)) else ""


def is_function(box: Box) -> bool:
    """Whether a box is the name of a function, perhaps with primes."""
    match box:
        case Primed(base=base) | Scripts(base=base):
            return is_function(base)
    return isinstance(box, Symbol) and box.kind == "function"


def _is_fenced(box: Box) -> bool:
    return isinstance(box, Fenced) or (isinstance(box, Scripts) and _is_fenced(box.base))


def _is_word(box: Box) -> bool:
    match box:
        case Primed(base=base) | Scripts(base=base):
            return _is_word(base)
    return isinstance(box, Symbol) and box.kind in ("upright", "function") and len(box.unicode) > 1


def _is_mark(box: Box) -> bool:
    return isinstance(box, Symbol) and box.kind in ("binary", "relation", "punctuation", "prefix", "differential")


def _scripts(box: Scripts) -> str:
    inner, sub, sup = box.base, box.sub, box.sup
    base = inner
    if isinstance(inner, Scripts) and inner.sup is None and sub is None:
        base, sub = inner.base, inner.sub
    if isinstance(inner, Primed) and sub is not None and sup is None:
        return f"<msubsup>{element(inner.base)}{element(sub)}{_primes(inner.count)}</msubsup>"
    if sub is None and sup is None:
        return element(base)
    if sub is None:
        return f"<msup>{element(base)}{_script(sup)}</msup>"
    if sup is None:
        return f"<msub>{element(base)}{_script(sub)}</msub>"
    return f"<msubsup>{element(base)}{_script(sub)}{_script(sup)}</msubsup>"


def _primes(count: int) -> str:
    return f'<mo lspace="0" rspace="0">{"′" * count}</mo>'


def _script(box: Box | None) -> str:
    return "" if box is None else element(box)


def _fenced(body: str, opening: str, closing: str, tall: bool) -> str:
    stretchy = "true" if tall else "false"
    left = f'<mo form="prefix" fence="true" stretchy="{stretchy}">{escape(opening)}</mo>' if opening else ""
    right = f'<mo form="postfix" fence="true" stretchy="{stretchy}">{escape(closing)}</mo>' if closing else ""
    return f"<mrow>{left}{body}{right}</mrow>"


def _big_operator(box: BigOperator) -> str:
    text = box.operator.unicode
    name = f"<mo>{_OPERATORS[text]}</mo>" if text in _OPERATORS else f"<mi>{escape(text)}</mi>"
    below, above = _script(box.below), _script(box.above)
    if below and above:
        name = f"<munderover>{name}{below}{above}</munderover>"
    elif below:
        name = f"<munder>{name}{below}</munder>"
    space = "" if text in _OPERATORS else _THIN_SPACE
    return f"<mrow>{name}{space}{element(box.body)}</mrow>"


def _remark(remark: str) -> str:
    return f'<mspace width="2em"/>{_symbol(words(remark))}' if remark else ""


def _line(equation: Equation) -> str:
    left = "" if equation.left is None else element(equation.left)
    relation = f'<mo lspace="0.28em" rspace="0.28em">{escape(equation.relation.unicode)}</mo>'
    right = f"<mrow>{relation}{element(equation.right)}{_remark(equation.remark)}</mrow>"
    return f"<mtr><mtd {_RIGHT}>{left}</mtd><mtd {_LEFT}>{right}</mtd></mtr>"
