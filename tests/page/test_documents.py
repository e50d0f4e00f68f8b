"""Documents: which maths is found, where it stands, and what is left alone."""

from __future__ import annotations

import json

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # dollars
        ("costs $5 and $6", []),
        ("costs $5 or more, and so $x$ is", [("x", 1, 27)]),
        ("`echo $HOME` and $x$", [("x", 1, 19)]),
        ("$ x + y $", [("x + y", 1, 3)]),
        ("$a$$b$", [("a", 1, 2), ("b", 1, 5)]),
        ("so $`a_1`$ and $b$", [("a_1", 1, 6), ("b", 1, 17)]),
        ("$latex a^2$", [("a^2", 1, 8)]),
        ("$\\$5$", [("\\$5", 1, 2)]),
        ("kramdown $$a_i$$ in a sentence", [("a_i", 1, 12)]),
        ("$$a$$ so $$b$$", [("a", 1, 3), ("b", 1, 12)]),
        ("$$\na\n\nb\n$$", [("a\n\nb", 2, 1)]),
        ("lost $$ here\n\n# Next\n\nwords and words $$a$$", [("a", 5, 19)]),
        # brackets
        (r"\\(a\\) and \\[b\\]", [("a", 1, 4), ("b", 1, 16)]),
        (r"as shown in \[12\] and \[x\]", [("x", 1, 26)]),
        (r"\(\alpha\) \(like this\)", [(r"\alpha", 1, 3)]),
        # lists, quotes, tables
        ("- it is\n\n      $$\n      a = b\n      $$\n", [("a = b", 4, 7)]),
        ("1. first\n   $$a$$\n", [("a", 2, 6)]),
        ("> $$\n> a\n> = b\n> $$", [("a\n  = b", 2, 3)]),
        ("| x | $a$ | $\\|b\\|$ |\n", [("a", 1, 8), ("|b |", 1, 15)]),
        ("- $a$\n- $b$", [("a", 1, 4), ("b", 2, 4)]),
        # fences
        ("```math\na\n```\n", [("a", 2, 1)]),
        ("  ```math\n  a\n  ```\n", [("a", 2, 3)]),
        ("```latex\n\\frac{a}{b}\n```", [("\\frac{a}{b}", 2, 1)]),
        ("```tex\nwith $a$\n```", [("a", 2, 7)]),
        ("```{math}\na\n```", [("a", 2, 1)]),
        ("```{r}\nx <- $a$\n```\n$b$", [("b", 4, 2)]),
        ("~~~\n$a$\n~~~\n$b$", [("b", 4, 2)]),
        ("``quoted'' and $a$", [("a", 1, 17)]),
        ("``code $x$`` and $a$", [("a", 1, 19)]),
        # HTML and templates
        ('<script type="math/tex">a</script>', [("a", 1, 25)]),
        ('<script type="math/tex; mode=display">a</script>', [("a", 1, 39)]),
        ("<script>var x = '$a$'</script> $b$", [("b", 1, 33)]),
        ("<pre>$a$</pre> $b$", [("b", 1, 17)]),
        ("{% raw %}\n$$a$$\n{% endraw %}", [("a", 2, 3)]),
        ("{{< katex >}}a{{< /katex >}}", [("a", 1, 14)]),
        ("{{<katex>}}\na\n{{</katex>}}", [("a", 2, 1)]),
        ("{{< math >}}\n$$a$$\n{{< /math >}}", [("a", 2, 3)]),
        ("[latex]a[/latex]", [("a", 1, 8)]),
        # environments
        ("\\begin{align}\na &= b\n\\end{align}", [("a &= b", 2, 1)]),
        ("\\begin{flalign*}a\\end{flalign*}", [("a", 1, 17)]),
        ("\\begin{IEEEeqnarray}{rCl}a\\end{IEEEeqnarray}", [("{rCl}a", 1, 21)]),
        ("\\begin{cases} a \\end{cases}", [("\\begin{cases} a \\end{cases}", 1, 1)]),
        ("\\begin{verbatim}$a$\\end{verbatim} $b$", [("b", 1, 36)]),
        ("\\begin{comment}$a$\\end{comment} $b$", [("b", 1, 34)]),
        ("\\newcommand{\\bea}{\\begin{eqnarray}}\\newcommand{\\eea}{\\end{eqnarray}}\n\\bea a \\eea", [("a", 2, 6)]),
        ("+++\ntitle = '$x$'\n+++\n$a$", [("a", 4, 2)]),
    ],
)
def test_marks(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert [(each.latex, each.line, each.column) for each in read_document(text, latex=False).equations] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("``quoted'' $a$ % $no$\n\\verb|$x$| $b$", ["a", "b"]),
        ("\\iffalse $a$ \\fi $b$", ["b"]),
        ("a \\\\[2pt] $b$ \\end{document} $c$", ["b"]),
        ("5\\% of $a$", ["a"]),
        ("\\begin{lstlisting}$a$\\end{lstlisting}$b$", ["b"]),
    ],
)
def test_marks_of_latex(text: str, expected: list[str]) -> None:
    assert [each.latex for each in read_document(text, latex=True).equations] == expected


def test_latex_is_told_by_its_looks() -> None:
    latex = "\\section{One}\nIt is \\emph{so} % $x$\n$a$"
    assert [each.latex for each in read_document(latex).equations] == ["a"]
    assert [each.latex for each in read_document("# One\n" + latex).equations] == ["a"]
    assert [each.latex for each in read_document("---\n---\n" + latex).equations] == ["x", "a"]


def test_restructured_text() -> None:
    text = (
        "Title\n=====\n\nWith :math:`x_1` and ``:math:`no```:\n\n.. math::\n   :label: eq\n\n   y = x_1\n\n   z = y\n\n"
        "So.\n\n.. code-block:: python\n\n   a = ':math:`b`'\n\n.. math:: u = v\n\n.. note::\n\n   :math:`w`\n"
    )
    found = [(each.latex, each.line, each.column, each.display) for each in read_document(text).equations]
    assert found == [
        ("x_1", 4, 13, False),
        ("y = x_1", 9, 4, True),
        ("z = y", 11, 4, True),
        ("u = v", 19, 11, True),
        ("w", 23, 11, True),
    ]


def test_plain_text() -> None:
    document = read_document("The model.\n\n  z1 = W1 x + b1\n  yhat = sigmoid(z1)\n")
    assert [(each.latex, each.line, each.column) for each in document.equations] == [
        ("z₁ = W₁ x + b₁", 3, 3),
        ("yhat = sigmoid(z₁)", 4, 3),
    ]


def notebook(*cells: dict[str, object]) -> str:
    return json.dumps({"cells": list(cells), "nbformat": 4})


def test_notebooks() -> None:
    text = notebook(
        {"cell_type": "markdown", "source": ["# One\n", "$$a$$ and an open $$"]},
        {"cell_type": "code", "source": "x = '$no$'", "outputs": [{"text": "y" * 2_000_000}]},
        {"cell_type": "code", "source": "%%latex\n\\begin{align}\nb\n\\end{align}", "outputs": []},
        {"cell_type": "raw", "source": "$c$"},
        {"cell_type": "markdown", "source": "so $d$"},
    )
    found = [(each.latex, each.where) for each in read_document(text).equations]
    assert found == [
        ("a", "One (cell 1, line 2)"),
        ("b", "One (cell 3, line 3)"),
        ("c", "One (cell 4, line 1)"),
        ("d", "One (cell 5, line 1)"),
    ]


def test_notebooks_of_the_old_format() -> None:
    cells = [{"cell_type": "heading", "source": "One"}, {"cell_type": "markdown", "source": "$a$"}]
    text = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3})
    assert [(each.latex, each.where) for each in read_document(text).equations] == [("a", "One (cell 2, line 1)")]


def test_headings_in_code_are_none() -> None:
    text = "# One\n\n```python\n# no heading\n```\n\n$a$"
    assert [each.section for each in read_document(text).equations] == ["One"]


def test_what_stands_after_and_whether_it_is_alone() -> None:
    first, second = read_document("$$a$$ is wrong\n\n$$b$$\n").equations
    assert (first.text_after, first.alone, first.display) == (" is wrong", False, True)
    assert (second.text_after, second.alone, second.display) == ("", True, True)
