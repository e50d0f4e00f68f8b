"""Documents: which maths is found, where it stands, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.errors import ReadingError
from chalkgrad.page.documents import read_document


def found(text: str, latex: bool | None = None) -> list[tuple[str, int, int, str]]:
    document = read_document(text, latex=latex)
    return [(each.latex, each.line, each.column, each.section) for each in document.equations]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$$a = b$$", [("a = b", 1, 3, "")]),
        ("\n$$\na = b\n$$\n", [("a = b", 3, 1, "")]),
        ("so $a = b$ and $c$", [("a = b", 1, 5, ""), ("c", 1, 17, "")]),
        (r"\[ a = b \]", [("a = b", 1, 4, "")]),
        (r"with \(a = b\).", [("a = b", 1, 8, "")]),
        ("```math\na = b\n```", [("a = b", 2, 1, "")]),
        ("```python\n$$a = b$$\n```\n$$c$$", [("c", 4, 3, "")]),
        ("`$a$` and $b$", [("b", 1, 12, "")]),
        (r"5\$ and 6\$", []),
        ("<!-- $$a$$ --> $$b$$", [("b", 1, 18, "")]),
        (r"\begin{align} a &= b \end{align}", [("a &= b", 1, 15, "")]),
        (r"\begin{equation*}a\end{equation*}", [("a", 1, 18, "")]),
        ("1.2 The network\n\n$$a$$\n\n3 Backprop\n3.1 Gradients\n$$b$$", [("a", 3, 3, "1.2"), ("b", 7, 3, "3.1")]),
        ("# Loss\n$$a$$\n## 2.1 More\n$$b$$", [("a", 2, 3, "Loss"), ("b", 4, 3, "2.1")]),
        ("---\ntitle: $x$\n---\n$$a$$", [("a", 4, 3, "")]),
        ("$$a", []),
        ("a\r\n\r\n$$b$$", [("b", 3, 3, "")]),
    ],
)
def test_markdown(text: str, expected: list[tuple[str, int, int, str]]) -> None:
    assert found(text) == expected


def test_latex() -> None:
    text = r"""\documentclass{article}
\begin{document}
\section{Network} % $no$
\begin{gather} a = b \end{gather}
\section{Gradients}
\subsection{First}
$c$
\end{document}
"""
    assert found(text) == [("a = b", 4, 16, "1"), ("c", 7, 2, "2.1")]


def test_prose_and_text_before() -> None:
    document = read_document("# 3.1 Gradients\n\nThe loss is  BCE.\n\n$$a$$ so $b$\n")
    assert [each.text_before for each in document.equations] == ["The loss is BCE.", "so"]
    assert [each.display for each in document.equations] == [True, False]
    assert "The loss is  BCE." in document.prose
    assert "$" not in document.prose


def test_a_document_that_is_too_long_is_refused() -> None:
    with pytest.raises(ReadingError, match="at most"):
        read_document("x" * 1_000_001)


def test_hostile_marks_take_no_time() -> None:
    assert read_document("$ " * 200_000).equations is not None
    assert read_document("$$" * 200_000 + "```" * 100_000).equations is not None
    assert read_document("\\[" * 300_000).equations == ()


@given(st.text(alphabet="$\\[](){}`abc=\n #1.-<!>", max_size=200))
def test_places_are_those_in_the_text(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for equation in read_document(text).equations:
        assert lines[equation.line - 1][equation.column - 1 :].startswith(equation.latex.split("\n")[0][:1])
