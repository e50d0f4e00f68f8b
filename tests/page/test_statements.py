r"""Statements: what a display or a sentence says, in compact form, for the ways in which people really write.

Each case is a piece of a Markdown document and, for each statement in it, one line: `[lead]`, what it says, `if` and
its conditions, `#` and its notes.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.page.documents import read_document
from chalkgrad.page.statements import Statement, statements_in
from chalkgrad.page.syntax import Unread, walk_syntax
from page.compact import compact


def line(statement: Statement) -> str:
    found = f"[{statement.lead}] " if statement.lead else ""
    found += compact(statement.body)
    if statement.conditions:
        found += "  if " + " and ".join(map(compact, statement.conditions))
    return found + "".join(f"  # {note}" for note in statement.notes)


def lines(text: str) -> list[str]:
    return [line(statement) for statement in statements_in(read_document(text, latex=False))]


def of(latex: str) -> list[str]:
    return lines(f"$$\n{latex}\n$$")


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        # rows, arrows, commas and words part statements
        (r"a = b \\ c = d", ["a = b", "c = d"]),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", ["a = b = c"]),
        (r"\begin{aligned} a &= b \\ &\quad + c \\ &= d \end{aligned}", ["a = b + c = d"]),
        (r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}", ["a = b", "c = d"]),
        (r"\begin{array}{rcl} a & = & b \\ c & = & d \end{array}", ["a = b", "c = d"]),
        (r"\begin{align} a &= b & c &= d \\ e &= f & g &= h \end{align}", ["a = b", "c = d", "e = f", "g = h"]),
        (r"\begin{gathered} a = b \\ c = d \end{gathered}", ["a = b", "c = d"]),
        (r"\begin{multline} a = b \\ + c \\ + d \end{multline}", ["a = b + c + d"]),
        (r"\begin{flalign*} a &= b &\\ c &= d & \end{flalign*}", ["a = b", "c = d"]),
        (r"\begin{alignedat}{2} a &= b \\ c &= d \end{alignedat}", ["a = b", "c = d"]),
        (r"a = b \Rightarrow c = d", ["a = b", "[⇒] c = d"]),
        (r"f(x) = x^2 \implies \frac{df}{dx} = 2x", ["f (x) = x^{2}", "[⇒] d(f; x) = 2 x"]),
        (r"a = b \iff b = a", ["a = b", "[⇔] b = a"]),
        (r"a = b \to c = d", ["a = b", "[⇒] c = d"]),
        (r"\Rightarrow c = d", ["[⇒] c = d"]),
        (r"a = b \\ \Rightarrow\ c = d", ["a = b", "[⇒] c = d"]),
        (r"x \to 0", ["x → 0"]),
        (r"f : X \to Y", ["f : X → Y"]),
        (r"a = b, \quad c = d", ["a = b", "[,] c = d"]),
        (r"a = b \quad c = d", ["a = b", "c = d"]),
        (r"a = b \quad\text{and}\quad c = d", ["a = b", "[and] c = d"]),
        (r"a = b \text{ so } c = d", ["a = b", "[so] c = d"]),
        (r"\text{Hence } c = d", ["[hence] c = d"]),
        (r"\therefore c = d", ["[therefore] c = d"]),
        (r"a = b \text{ where } b = c", ["a = b", "[where] b = c"]),
        (r"a = f(x, y), b = 1", ["a = f (x, y)", "[,] b = 1"]),
        (r"x_i, y_i \in \mathbb{R}", ["<x_{i}, y_{i}> ∈ mathbb:R"]),
        (r"a = b.", ["a = b"]),
        (r"W, b", ["<W, b>"]),
        (r"a = \frac{b}{c} \quad \frac{d}{e}", ["a = frac(b, c) frac(d, e)"]),
        # what it goes on with
        ("= c", ["'' = c"]),
        (r"&= c \\ &= d", ["'' = c = d"]),
        (r"a = \\ = b", ["a = b"]),
        (r"a = ?", ["a = '?'"]),
        # conditions
        (r"a_i = b \quad \text{if } i = j", ["a_{i} = b  if i = j"]),
        (r"a_i = b, \quad i \ne j", ["a_{i} = b  if i != j"]),
        (r"a_i = b \quad (i \ne j)", ["a_{i} = b  if i != j"]),
        (r"a_i = b \quad \forall i", ["a_{i} = b  if i"]),
        (r"\forall i: a_i = b", ["a_{i} = b  if i"]),
        (r"\forall i \in I", ["[if] i ∈ I"]),
        (r"a_i = b, \quad i = 1, \dots, n", ["a_{i} = b  if i = <1, ..., n>"]),
        (r"a_i = b \text{ for } i = 1, \ldots, n", ["a_{i} = b  if i = <1, ..., n>"]),
        (r"a_k = b, \quad k \in \{1, 2\}", [r"a_{k} = b  if k ∈ \{1, 2\}"]),
        (r"a = b \quad \text{when } z > 0", ["a = b  if z > 0"]),
        (r"a = b \text{ for the correct class}", ["a = b  if 'for the correct class'"]),
        (r"i = j: \quad a_i = b", ["a_{i} = b  if i = j"]),
        (r"a = b \text{ otherwise}", ["a = b  if 'otherwise'"]),
        (r"a_j = b, \quad j = k \\ a_j = c, \quad j \ne k", ["a_{j} = b  if j = k", "a_{j} = c  if j != k"]),
        (r"\begin{cases} a = b & \text{if } z > 0 \\ a = c & \text{else} \end{cases}",
         ["a = b  if z > 0", "a = c  if 'else'"]),
        # words beside it
        (r"a = b \tag{3}", ["a = b  # 3"]),
        (r"a = b \quad (3)", ["a = b  # 3"]),
        (r"a = b \quad \text{by the chain rule}", ["a = b  # by the chain rule"]),
        (r"a = b \quad \text{(linear)} \\ c = d", ["a = b  # (linear)", "c = d"]),
        (r"\text{Loss: } a = b", ["a = b  # Loss:"]),
        (r"a = \underbrace{b + c}_{\text{sum}} d", [r"a = {b + c} d  # \text{sum}"]),
        (r"a \stackrel{\text{chain}}{=} b", [r"a = b  # \text{chain}"]),
        # relations that are told apart
        (r"a \stackrel{!}{=} b", ["a =! b"]),
        (r"a \overset{!}{=} b \overset{?}{=} c", ["a =! b =? c"]),
        (r"a \overset{\text{def}}{=} b", ["a ≜ b"]),
        (r"a := b", ["a := b"]),
        (r"a \triangleq b \equiv c", ["a ≜ b ≡ c"]),
        (r"w \leftarrow w - \eta g", ["w ← w - eta g"]),
        (r"w \mathrel{+}= g", ["w += g"]),
        (r"w += g", ["w += g"]),
        (r"w + = g", ["w += g"]),
        (r"a \not= b, \quad c", ["a != b", "[,] c"]),
        (r"p(y|x) = q", ["p (y | x) = q"]),
        # words that are names
        (r"\text{total loss} = \text{data loss} + r", ["text:total loss = text:data loss + r"]),
        (r"L_{\text{total loss}} = r", ["L_{'total loss'} = r"]),
    ],
)  # fmt: skip
def test_a_display(latex: str, expected: list[str]) -> None:
    assert of(latex) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("For $i \\ne j$:\n\n$$a_i = b$$", ["[if] i != j", "a_{i} = b  if i != j"]),
        ("When $j = k$ we find\n$$a = b$$\nand when $j \\ne k$ we find\n$$a = c$$", [
            "[if] j = k", "a = b  if j = k", "[if] j != k", "a = c  if j != k"]),
        ("$$a = b$$ for $i = j$.", ["a = b  if i = j", "[if] i = j"]),
        ("So $a_i = b$ if $i = j$.", ["[so] a_{i} = b  if i = j", "[if] i = j"]),
        ("With $z = w x + b$ we get:\n$$a = \\sigma(z)$$", ["[with] z = w x + b", "[so] a = sigma (z)"]),
        ("Hence\n$$a = b$$", ["[hence] a = b"]),
        ("$$a = b$$ is wrong.", ["a = b  # is wrong"]),
        ("$$a = b$$ -- by the chain rule", ["a = b  # -- by the chain rule"]),
        ("$$a =$$\n$$b + c$$", ["a", "'' = b + c"]),
        ("$$a = b$$\n$$= c$$", ["a = b", "'' = c"]),
        ("$a$ = $b$", ["a = b"]),
        ("$a_1$ = $b_1$$c_1$ and $d_1$ = 1, so", ["a_{1} = b_{1} c_{1}", "[and] d_{1} = 1"]),
        ("If $x$ is a vector, then\n$$a = b$$", ["x", "[then] a = b"]),
    ],
)  # fmt: skip
def test_a_sentence(text: str, expected: list[str]) -> None:
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"a = \frac{b}{ = c", ["a = ?'{' is never closed? = c"]),
        (r"a = (b + c \\ d = e", ["a = ?'(' is never closed?", "d = e"]),
        (r"a = b) \\ d = e", ["a = ?')' closes nothing that is open?", "d = e"]),
        (r"a = \left( b \\ d = e \right)", ["a = ?'(' and its other half stand in different rows?",
                                            "d = ?')' and its other half stand in different rows?"]),
        (r"a = \left( b + \right. \\ \left. c \right)", ["a = (b + c)"]),
        (r"a = b + \\ c = d", ["a = b + c = d"]),
        (r"a = b \cdot = c", ["a = ?a factor is missing at the end? = c"]),
        (r"a = = b", ["a = ?nothing stands on one side of a relation? = b"]),
        (r"a = \input{x}, \quad b = c", [
            r"a = ?\input is refused: nothing is included, run or redefined?", "[,] b = c"]),
        (r"\begin{cases} a = b", ["?a \\begin is never ended? = b"]),
        (r"a = \end{cases} \\ c = d", ["a = ?\\end{cases} ends nothing that was begun?", "c = d"]),
        (r"a = " + "(" * 100, ["a = ?'(' is never closed?"]),
        (r"a = " + "7" * 100, ["a = ?a number with too many digits?"]),
    ],
)  # fmt: skip
def test_an_error_costs_its_own_side(latex: str, expected: list[str]) -> None:
    assert of(latex) == expected


def test_guesses_say_what_was_not_known() -> None:
    (statement,) = statements_in(read_document(r"$$\foo = \bar x + \emphasised{y}$$"))
    assert compact(statement.body) == "foo = bar(x) + y"
    assert statement.guesses == (r"the command \foo is not known", r"the command \emphasised is not known")


def test_what_breaks_off_says_after_what() -> None:
    first, second = statements_in(read_document("$$a =$$\n$$b$$"))
    assert first.breaks_off == "="
    assert second.continues


def test_the_number_of_statements_is_limited() -> None:
    found = statements_in(read_document("$x$ " * 20_005))
    assert len(found) == 20_001
    assert isinstance(found[-1].body, Unread)


_PIECES = st.sampled_from(
    r"""
    \frac \sum \hat \cdot \left( \right) \left. \right| \begin{cases} \end{cases} \begin{aligned} \end{aligned}
    \begin{bmatrix} \end{bmatrix} \partial \text{if} \text{total\ loss} \sqrt \\ { } ( ) [ ] ^ _ ' = + - & , | : ? ! .
    \Rightarrow \quad \forall \over \overset \underbrace \mid \| / x 1 h_1 d \foo \tag \pdv \dots < >""".split()  # noqa: SIM905
)


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=40).map(" ".join)))
def test_nothing_raises_and_spans_are_in_the_text(text: str) -> None:
    for statement in statements_in(read_document(f"$${text}$$")):
        length = len(statement.equation.latex)
        for part in walk_syntax(statement.body):
            assert 0 <= part.span[0] <= part.span[1] <= length


def test_macros_of_the_writer() -> None:
    text = (
        r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}} \def\*#1{\mathbf{#1}} \let\eps\varepsilon "
        r"\DeclarePairedDelimiter\size{\lvert}{\rvert} \renewcommand{\vec}[1]{\boldsymbol{\vec{#1}}} "
        r"$$\pd{L}{\*w} = \size{\eps} \vec x$$"
    )
    assert lines(text) == ["d(L; mathbf:w) = |varepsilon| vec(x)"]
