"""LaTeX to syntax: what stands where, for the ways in which people really type it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.errors import ReadingError
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Cases,
    Chain,
    Derivative,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Root,
    Scripted,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.latex import equations_in, read_latex

CORPUS = (Path(__file__).parent / "notations.md").read_text(encoding="utf-8")


def only(text: str) -> Syntax:
    (found,) = read_latex(text)
    return found


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("x", Name("x")),
        ("out'_i", Name("out", (Name("i"),), primes=1)),
        (r"\hat y", Name("y", accents=("hat",))),
        (r"\hat{y}_n", Name("y", (Name("n"),), accents=("hat",))),
        ("ŷ", Name("y", accents=("hat",))),
        (r"\sigma'", Name(r"\sigma", primes=1)),
        (r"\sigma^{\prime\prime}", Name(r"\sigma", primes=2)),
        (r"g^{[1]\prime}", Name("g", superscripts=(Group("[", (Number("1"),)),), primes=1)),
        (r"w_{12}", Name("w", (Number("12"),))),
        (r"w_{1,2}", Name("w", (Number("1"), Number("2")))),
        ("x₁", Name("x", (Number("1"),))),
        (r"\mathbf{x}", Name("x", style="mathbf")),
        (r"\operatorname{ReLU}", Name("ReLU")),
        (r"\mathrm{ReLU}", Name("ReLU")),
        (r"\text{softmax}", Name("softmax")),
        (r"w_{\text{out}}", Name("w", (Name("out"),))),
        (r"\frac1n", Fraction(Number("1"), Name("n"))),
        (r"\tfrac{1}{2}", Fraction(Number("1"), Number("2"))),
        (r"\frac y{\hat y}", Fraction(Name("y"), Name("y", accents=("hat",)))),
        (r"\sqrt x", Root(Name("x"))),
        (r"\sqrt[3]{x}", Root(Name("x"), Number("3"))),
        ("x_12", Product(("", ""), (Name("x", (Number("1"),)), Number("2")))),
        ("2x^{2}", Product(("", ""), (Number("2"), Name("x", superscripts=(Number("2"),))))),
        (r"a \cdot b * c \times d", Product(("", r"\cdot", "*", r"\times"), tuple(map(Name, "abcd")))),
        (r"a \cdot -b", Product(("", r"\cdot"), (Name("a"), Addition((-1,), (Name("b"),))))),
        ("-a + b - c", Addition((-1, 1, -1), tuple(map(Name, "abc")))),
        ("--a", Addition((1,), (Name("a"),))),
        ("(a)^2", Scripted(Group("(", (Name("a"),)), (), (Number("2"),))),
        (r"\left|x\right|", Group("|", (Name("x"),))),
        (r"\|x\|", Group(r"\|", (Name("x"),))),
        (r"|a||b|", Product(("", ""), (Group("|", (Name("a"),)), Group("|", (Name("b"),))))),
        (r"\frac{\partial L}{\partial W}", Derivative(Name("L"), (Name("W"),))),
        (r"\frac{dL}{dx}", Derivative(Name("L"), (Name("x"),))),
        (r"\frac{\partial}{\partial x}", Derivative(None, (Name("x"),))),
        (r"\frac{d}{n}", Fraction(Name("d"), Name("n"))),
        (r"\dfrac{\partial L}{\partial w_{ij}}", Derivative(Name("L"), (Name("w", (Name("ij"),)),))),
        ("a = b = c", Chain(("=", "="), tuple(map(Name, "abc")))),
        (r"a \approx b", Chain(("≈",), tuple(map(Name, "ab")))),
        ("1[z>0]", Product(("", ""), (Number("1"), Group("[", (Chain((">",), (Name("z"), Number("0"))),))))),
        (r"{a}", Name("a")),
        ("x % a remark", Name("x")),
    ],
)
def test_parts(text: str, meant: Syntax) -> None:
    assert only(text) == meant


def test_second_derivatives_keep_both_variables() -> None:
    found = only(r"\frac{\partial^2 f}{\partial x\,\partial y}")
    assert isinstance(found, Derivative)
    assert found.denominators == (Name("x"), Name("y"))
    assert found.numerator == Name("f")


def test_a_sum_governs_the_rest_of_its_term() -> None:
    found = only(r"\sum_{i=1}^n a_i \cdot b_i + c")
    assert isinstance(found, Addition)
    inner = found.terms[0]
    assert isinstance(inner, BigOperator)
    assert inner.superscripts == (Name("n"),)
    assert isinstance(inner.body, Product)
    assert len(inner.body.factors) == 2
    nested = only(r"\sum_i \sum_j a_{ij}")
    assert isinstance(nested, BigOperator)
    assert isinstance(nested.body, BigOperator)


def test_cases() -> None:
    found = only(r"\begin{cases} z & \text{if } z > 0, \\ 0 & \text{otherwise} \end{cases}")
    assert isinstance(found, Cases)
    assert found.rows == ((Name("z"), Chain((">",), (Name("z"), Number("0")))), (Number("0"), None))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (r"a = b,\ c = d", 2),
        (r"a = b \\ c = d", 2),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", 1),
        (r"a = b \\ {} + c", 2),
        (r"a = b \\ + c", 1),
        (r"a = b \quad c = d", 2),
        (r"a = f(x, y), b = 1", 2),
        (r"a = b.", 1),
        (r"a = b \text{ and } c = d", 2),
    ],
)
def test_where_equations_part(text: str, count: int) -> None:
    assert len(read_latex(text)) == count


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        (r"\sigm(x)", 1, 1, r"\sigma"),
        ("(a + b", 1, 7, ")"),
        ("a + b)", 1, 6, ""),
        ("(a]", 1, 3, "')'"),
        ("{a", 1, 1, "}"),
        ("a +", 1, 4, ""),
        ("a = \n b + \\foo", 2, 6, ""),
        (r"\frac{a}", 1, 9, r"the argument of \frac"),
        (r"\begin{tabular} a \end{tabular}", 1, 1, ""),
        (r"a \cdot", 1, 8, "a factor"),
        (r"\sum_i", 1, 1, "what is summed"),
        ("x" + "'" * 40, 1, 1, "at most 10"),
        ("(" * 100, 1, 41, ""),
        ("7" * 200, 1, 1, "at most 64"),
        ("", 1, 1, "an equation"),
    ],
)
def test_refusals_say_where_and_what_was_expected(text: str, line: int, column: int, expected: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read_latex(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert expected in caught.value.expected


def test_one_bad_equation_leaves_the_others() -> None:
    found = list(equations_in(r"a = b \\ c = = b \\ d = e"))
    assert [isinstance(each, ReadingError) for each in found] == [False, True, False]


def test_every_formula_of_the_notation_sheet_parses() -> None:
    formulas = re.findall(r"\$\$(.+?)\$\$", CORPUS)
    assert len(formulas) > 50
    for formula in formulas:
        for equation in equations_in(formula):
            assert not isinstance(equation, ReadingError), formula


def test_spans_point_into_the_text() -> None:
    text = r"a = \frac{\partial L}{\partial w_1}\cdot h_{12}"
    spans = [text[part.span[0] : part.span[1]] for part in walk_syntax(only(text)) if isinstance(part, Name)]
    assert spans == ["a", "L", "w_1", "h_{12}"]


_FRAGMENTS = st.sampled_from(
    [
        *(r"\frac", r"\sum", r"\hat", r"\cdot", r"\left", r"\right", r"\begin{cases}", r"\end{cases}", r"\partial"),
        *(
            r"\text{if}",
            r"\sqrt",
            r"\\",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "^",
            "_",
            "'",
            "=",
            "+",
            "-",
            "&",
            ",",
            "|",
            " ",
        ),
        *("x", "1", "h_1"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(_FRAGMENTS, max_size=40).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    for equation in equations_in(text):
        if isinstance(equation, ReadingError):
            assert equation.line >= 1
            assert equation.column >= 1


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (r"\begin{pmatrix} 1 & -1 \\ 0 & 0.5 \end{pmatrix}", [["1", "-1"], ["0", "0.5"]]),
        (r"\begin{bmatrix} 1 \\ 2 \\ \end{bmatrix}", [["1"], ["2"]]),
        (r"\begin{matrix} (1 + 2) & {3} \end{matrix}", [["(1 + 2)", "3"]]),
    ],
)
def test_a_matrix_is_the_list_of_its_rows(text: str, rows: list[list[str]]) -> None:
    (found,) = read_latex(text)
    assert isinstance(found, Group)
    assert all(isinstance(row, Group) for row in found.contents)
    written = [[text[slice(*part.span)].strip() for part in row.contents] for row in found.contents]
    assert written == rows


@pytest.mark.parametrize(
    "text", [r"\begin{pmatrix} 1 & 2", r"\end{pmatrix}", r"\begin{pmatrix} 1 & (2 \\ 3) \end{pmatrix}"]
)
def test_a_matrix_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ReadingError):
        read_latex(text)
