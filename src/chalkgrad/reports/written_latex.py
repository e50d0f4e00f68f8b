"""A writer's own LaTeX as MathML, made safe: only elements of mathematics, and all text escaped."""

from __future__ import annotations

from html import escape, unescape
from xml.etree.ElementTree import Element

from chalkgrad.reports.markup import tag, text

_ELEMENTS = frozenset(
    "math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle mpadded mphantom msub msup msubsup munder mover "
    "munderover mmultiscripts mtable mtr mtd menclose".split()
)
_ATTRIBUTES = frozenset(
    "display displaystyle stretchy fence form accent linethickness width height depth lspace rspace separator "
    "mathvariant columnalign movablelimits symmetric largeop minsize maxsize".split()
)
_LONGEST = 5_000


def written_mathml(latex: str) -> str | None:
    r"""The LaTeX as a `<math>` element, or None where it cannot be converted.

    >>> written_mathml("x_1")
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mrow><msub><mi>x</mi><mn>1</mn></msub></mrow></math>'
    >>> "<script" in written_mathml(r"\text{<script>}")
    False
    """
    from latex2mathml.converter import convert_to_element

    if len(latex) > _LONGEST:
        return None
    try:
        element = convert_to_element(latex, display="block")
        return _serialised(element)
    except Exception:  # the library raises whatever its parser stumbles over
        return None


def written_equation(latex: str) -> str:
    """The writer's equation as it is seen on paper, or its source where that cannot be made out."""
    math = written_mathml(latex)
    if math is None:
        return tag("pre", tag("code", text(latex)), class_="source")
    return tag("div", math, class_="maths")


def _serialised(element: Element) -> str:
    """The element with what is not mathematics left out; the library's entities are characters here."""
    children = "".join(map(_serialised, element))
    inner = escape(unescape(element.text or "")) + children
    if element.tag not in _ELEMENTS:
        return inner
    namespace = ' xmlns="http://www.w3.org/1998/Math/MathML"' if element.tag == "math" else ""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items() if name in _ATTRIBUTES)
    return f"<{element.tag}{namespace}{attributes}>{inner}</{element.tag}>"
