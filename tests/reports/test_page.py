"""The page and its markup: escaped, well-formed, and asking nothing of any other place."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from chalkgrad.reports.page import page
from chalkgrad.reports.section import Section
from chalkgrad.writing.markup import folded, items, paragraph, picture, table, tag, text
from chalkgrad.writing.written_latex import written_equation, written_mathml

HOSTILE = "<script>alert('x')</script>\"&<img src=x onerror=y>"


@pytest.mark.parametrize(
    "html",
    [
        text(HOSTILE),
        paragraph(HOSTILE, title=HOSTILE),
        tag("a", text(HOSTILE), href=HOSTILE),
        table([text(HOSTILE)], [[text(HOSTILE), text(HOSTILE)]], HOSTILE),
        items([text(HOSTILE)]),
        folded(HOSTILE, paragraph(HOSTILE)),
        picture("<svg/>", HOSTILE, HOSTILE),
    ],
    ids=["text", "paragraph", "tag", "table", "items", "folded", "picture"],
)
def test_whatever_is_text_is_escaped(html: str) -> None:
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;" in html


def test_the_page_names_its_parts() -> None:
    written = page(HOSTILE, HOSTILE, [Section("one", HOSTILE, "<p>body</p>", {})], [("a.svg", HOSTILE)])
    assert "<script" not in written
    assert '<html lang="en">' in written
    assert '<a href="#one">' in written
    assert '<section id="one">' in written
    assert "default-src 'none'" in written


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{1}{2}", "<mfrac>"),
        (r"a < b", "&lt;"),
        (r"\sum_{i=1}^n x_i", "<munderover>"),
    ],
)
def test_a_written_equation_becomes_mathml(latex: str, expected: str) -> None:
    written = written_mathml(latex)
    assert written is not None
    assert expected in written
    assert ElementTree.fromstring(written).tag == "{http://www.w3.org/1998/Math/MathML}math"


def test_an_equation_of_several_links_has_a_line_for_each() -> None:
    written = written_mathml(r"\frac{\partial L}{\partial w} = a \cdot b = c")
    assert written is not None
    assert len(ElementTree.fromstring(written).findall(".//{*}mtr")) == 2
    single = written_mathml(r"\sum_{i=1}^n x_i = c")
    assert single is not None
    assert "mtr" not in single


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"x_{\text{</math><script>}}",
        r"\href{javascript:alert(1)}{x}",
        r"\color{red\" onload=\"alert(1)}{x}",
        r"\text{&lt;script&gt;}",
        r"\style{background:url(http://example.org)}{x}",
        "\\operatorname{<img src=x onerror=alert(1)>}",
    ],
)
def test_hostile_latex_does_nothing(latex: str) -> None:
    written = written_equation(latex)
    root = ElementTree.fromstring(written)
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        assert name.startswith("m") or name in {"div", "pre", "code"}
        assert not {"href", "onload", "onerror", "src"} & set(element.attrib)
        assert "url(" not in element.attrib.get("style", "")


@pytest.mark.parametrize("latex", ["\\frac{", "{" * 2000, "x" * 10_000, "\\begin{array}", "\\left("])
def test_what_cannot_be_converted_is_shown_as_it_was_written(latex: str) -> None:
    written = written_equation(latex)
    root = ElementTree.fromstring(written)
    assert root.tag in {"div", "pre"}
    if root.tag == "pre":
        assert "".join(root.itertext()) == latex


def test_what_slipped_is_underlined_over_its_whole_width() -> None:
    html = written_equation(r"a = \underline{b} + \frac{c}{d}", [(20, 31)])
    assert html.count('class="slip"') == 1
    assert '<mrow class="slip"><mfrac>' in html
    assert "<munder>" in html  # the writer's own line


@pytest.mark.parametrize(
    ("latex", "limits"),
    [
        (r"a = b = {\sum_{i=1}^n x_i}", 1),
        (r"\begin{aligned} a &= \sum_i x_i \\ &= \prod_{j}^m x_j \end{aligned}", 2),
        (r"\frac{\sum_i x_i}{n}", 0),
        (r"\int_0^1 x", 0),
        (r"x_i^2", 0),
    ],
)
def test_limits_stand_above_and_below_sums(latex: str, limits: int) -> None:
    html = written_equation(latex)
    assert html.count('movablelimits="false"') == limits
