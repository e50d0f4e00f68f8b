"""The page of a submission: each equation once, in its lines, with what slipped under the right span."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalkgrad.grading import Part, Rubric, grade
from chalkgrad.writing.written_latex import rows_of, written_equation

MODEL = "$$z = w x + b$$\n\n$$y = \\sigma(z)$$\n\nBinary cross-entropy.\n\n"
W, B = r"\frac{\partial L}{\partial w}", r"\frac{\partial L}{\partial b}"
RUBRIC = Rubric((Part("1", "w"), Part("2", "b")))


def page_of(tmp_path: Path, text: str) -> str:
    (tmp_path / "all").mkdir()
    (tmp_path / "sheet.md").write_text(MODEL)
    (tmp_path / "all" / "ann.md").write_text(MODEL + text)
    grade(tmp_path / "sheet.md", tmp_path / "all", tmp_path / "out", RUBRIC)
    return (tmp_path / "out" / "pages" / "ann.md.html").read_text()


def test_a_block_of_lines_appears_once(tmp_path: Path) -> None:
    lines = f"$$\n\\begin{{aligned}}\n{W} &= (y - t) x \\\\\n{B} &= t - y\n\\end{{aligned}}\n$$\n"
    page = page_of(tmp_path, lines)
    assert re.findall("<h3>(.*?)</h3>", page) == ["Line 1", "Line 3", "Lines 9 to 10"]
    assert page.count("<article") == 3
    assert "<h4>∂L/∂b (line 10)</h4>" in page


def test_an_excerpt_keeps_its_caret(tmp_path: Path) -> None:
    page = page_of(tmp_path, f"$${W} = \\frac{{y}}$$\n")
    assert "<h3>Line 7</h3>" in page
    assert "the text ends too early" in page.casefold()
    assert "Line 1, column" not in page
    (excerpt, *_) = re.findall(r'<pre class="source">(.*?)</pre>', page, re.DOTALL)
    source, caret = excerpt.split("\n")
    assert caret.strip() == "^"
    assert len(caret) == len(source) + 1


@pytest.mark.parametrize(
    ("latex", "rows"),
    [
        (r"a = 1 \\ b = 2", ["a = 1 ", " b = 2"]),
        (r"a = 1 \\[2pt] b = 2 \\", ["a = 1 ", " b = 2 "]),
        (r"\begin{aligned} a \\ b \end{aligned}", None),
        (r"f = \begin{cases} a \\ b \end{cases} \\ c", [r"f = \begin{cases} a \\ b \end{cases} ", " c"]),
        (r"\substack{a \\ b}", None),
        ("", None),
    ],
)
def test_lines_of_an_equation(latex: str, rows: list[str] | None) -> None:
    assert [latex[slice(*row)] for row in rows_of(latex)] == ([latex] if rows is None else rows)


def test_the_underline_is_in_its_own_line() -> None:
    html = written_equation(r"a = 1 \\ b = 2 + c", [(15, 18)])
    first, second = html.split("</div>")[:2]
    assert ('class="slip"' in first, 'class="slip"' in second) == (False, True)
