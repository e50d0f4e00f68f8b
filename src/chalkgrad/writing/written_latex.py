"""A writer's own LaTeX as MathML, made safe: only elements of mathematics, and all text escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from chalkgrad.writing.markup import tag, text

_ELEMENTS = frozenset(
    (
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "ms",
        "mfrac",
        "msqrt",
        "mroot",
        "mstyle",
        "mpadded",
        "mphantom",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mmultiscripts",
        "mtable",
        "mtr",
        "mtd",
        "menclose",
    )
)
_ATTRIBUTES = frozenset(
    (
        "display",
        "displaystyle",
        "stretchy",
        "fence",
        "form",
        "accent",
        "linethickness",
        "width",
        "height",
        "depth",
        "lspace",
        "rspace",
        "separator",
        "mathvariant",
        "columnalign",
        "movablelimits",
        "symmetric",
        "largeop",
    )
)
_RIGHT, _LEFT = (f"text-align: -webkit-{side}; padding-inline: 0" for side in ("right", "left"))
_SIDES = {"right": _RIGHT, "left": _LEFT}
_ALIGNMENTS = frozenset({("style", _RIGHT), ("style", _LEFT)})  # the only styles that pass
_AS_DISPLAY = {"displaystyle": "true"}  # which a table does not hand down to its cells in all browsers
SLIP = "slip"  # the class of what is underlined
_LONGEST = 5_000
# The environments of lines that the library does not know, each set as one that it does.
_LINES = re.compile(r"\\(begin|end)\{(?:aligned|alignedat|gather|gathered|eqnarray|multline)\*?\}")


def written_mathml(latex: str) -> str | None:
    r"""The LaTeX as a `<math>` element, or None where it cannot be converted.

    >>> written_mathml("x_1").partition(">")[2]
    '<mrow><msub><mi>x</mi><mn>1</mn></msub></mrow></math>'
    >>> "<script" in written_mathml(r"\text{<script>}")
    False
    """
    from latex2mathml.converter import convert_to_element

    if len(latex) > _LONGEST:
        return None
    try:
        element = convert_to_element(_LINES.sub(r"\\\1{split}", latex), display="block")
        _keep_limits(element)
        return _serialised(_in_lines(element))
    except Exception:  # the library raises whatever its parser stumbles over
        return None


_WITH_LIMITS = frozenset("∑∏∐⋃⋂⨁⨂⋁⋀") | {"max", "min", "lim", "sup", "inf"}
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_ROW_MARKS = re.compile(r"\\\\(?:\[[^\]\n]{0,20}\])?|\\[{}]|\\(?:begin|end|left|right)(?![A-Za-z])|[{}]")


def written_equation(latex: str, marks: Iterable[tuple[int, int]] = ()) -> str:
    """The writer's equation as it is seen on paper, or its source where that cannot be made out.

    `marks` are the parts of the source that are underlined, each from its start to its end.
    """
    rows = rows_of(latex)
    if len(rows) > 1:
        known = list(marks)
        inside = [[(b - start, e - start) for b, e in known if start <= b and e <= stop] for start, stop in rows]
        return "".join(written_equation(latex[slice(*row)], within) for row, within in zip(rows, inside, strict=True))
    math = written_mathml(underlined(latex, marks)) or written_mathml(latex)
    if math is None:
        return tag("pre", tag("code", text(latex)), class_="source")
    return tag("div", math, class_="maths")


def rows_of(latex: str) -> list[tuple[int, int]]:
    r"""Where the lines of an equation begin and end that writers of Markdown part by `\\` outside of any environment.

    >>> [r"a = 1 \\ b = 2"[slice(*row)] for row in rows_of(r"a = 1 \\ b = 2")]
    ['a = 1 ', ' b = 2']
    """
    found, depth, begin = [], 0, 0
    for mark in _ROW_MARKS.finditer(latex):
        if mark.group() in ("\\begin", "\\end", "\\left", "\\right"):
            depth += 1 if mark.group() in ("\\begin", "\\left") else -1
        elif mark.group() in "{}":
            depth += 1 if mark.group() == "{" else -1
        elif mark.group().startswith("\\\\") and depth == 0:
            found.append((begin, mark.start()))
            begin = mark.end()
    return [row for row in (*found, (begin, len(latex))) if latex[slice(*row)].strip()] or [(0, len(latex))]


def underlined(latex: str, marks: Iterable[tuple[int, int]]) -> str:
    r"""The source with its marked parts underlined; a part that is no formula by itself is left as it is.

    It becomes a row of class `slip`, which browsers draw as wide as it is; an underline of TeX is a dash in most.

    >>> underlined(r"a + \frac{b}{c}", [(2, 15), (4, 11)])
    'a {\\style{slip}{+ \\frac{b}{c}}}'
    """
    end = len(latex)
    for start, stop in sorted(set(marks), key=lambda mark: (-mark[1], mark[0])):
        part = latex[start:stop]
        if stop <= end and part.strip() and _is_formula(part):
            latex = f"{latex[:start]}{{\\style{{slip}}{{{part}}}}}{latex[stop:]}"
            end = start
    return latex


def _is_formula(part: str) -> bool:
    depth = 0
    for character in part.replace("\\{", "").replace("\\}", ""):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    paired = part.count("\\left") == part.count("\\right") and part.count("\\begin") == part.count("\\end")
    return depth == 0 and paired and "&" not in part and "\\\\" not in part and part[0] not in "^_"


def _in_lines(element: Element) -> Element:
    """An equation of several links in lines under each other, one for each link, so that it fits on a page."""
    line = element[0] if len(element) == 1 and element[0].tag == "mrow" else None
    places = [] if line is None else [k for k, part in enumerate(line) if _is_equals(part)]
    if line is None or len(places) < 2 or places[0] == 0:
        return element
    table = Element("mtable", {"displaystyle": "true"})
    for place, (start, end) in enumerate(pairwise([*places, len(line)])):
        row = SubElement(table, "mtr")
        left = SubElement(row, "mtd", {"style": _RIGHT})
        if place == 0:
            SubElement(left, "mstyle", _AS_DISPLAY).extend(list(line)[: places[0]])
        SubElement(SubElement(row, "mtd", {"style": _LEFT}), "mstyle", _AS_DISPLAY).extend(list(line)[start:end])
    whole = Element(element.tag, dict(element.attrib))
    whole.append(table)
    return whole


def _keep_limits(element: Element) -> None:
    """Leaves the limits of sums above and below them, as in a display, also where browsers set a line of a table
    or a row with less space; but not within a fraction.
    """
    for part in element:
        if len(part) and part[0].tag == "mo" and unescape(part[0].text or "") in _WITH_LIMITS:
            part.tag = _LIMITS.get(part.tag, part.tag)
            part[0].set("movablelimits", "false")
        if part.tag != "mfrac":
            _keep_limits(part)


def _is_equals(element: Element) -> bool:
    return element.tag == "mo" and unescape(element.text or "") == "="


def _serialised(element: Element) -> str:
    """The element with what is not mathematics left out; the library's entities are characters here."""
    children = "".join(map(_serialised, element))
    inner = escape(unescape(element.text or "")) + children
    if element.tag not in _ELEMENTS:
        return inner
    namespace = ' xmlns="http://www.w3.org/1998/Math/MathML"' if element.tag == "math" else ""
    kept = {name: value for name, value in element.attrib.items() if _may_stay(name, value)}
    if kept.get("columnalign") in _SIDES:  # which browsers leave to the style
        kept["style"] = _SIDES[kept.pop("columnalign")]
    if element.attrib.get("style") == SLIP:
        kept["class"] = SLIP
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    return f"<{element.tag}{namespace}{attributes}>{inner}</{element.tag}>"


def _may_stay(name: str, value: str) -> bool:
    return name in _ATTRIBUTES or (name, value) in _ALIGNMENTS
