r"""What LaTeX says with its commands, environments and brackets, in compact form."""

from __future__ import annotations

import pytest

from chalkgrad.page.documents import read_document
from chalkgrad.page.statements import statements_in
from page.compact import compact


def read(latex: str) -> str:
    return " ; ".join(compact(statement.body) for statement in statements_in(read_document(f"$${latex}$$")))


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        # what only changes how things look
        (r"\textcolor{red}{a} = \color{blue} b", "a = b"),
        (r"{\color{red} a = b}", "a = b"),
        (r"\colorbox{yellow}{$a = b$}", "a = b"),
        (r"\bbox[5px, border: 1px solid]{a = b}", "a = b"),
        (r"\boxed{a = b}", "a = b"),
        (r"\displaystyle\large a \hspace{1cm} = \,\! b \nonumber \label{eq:a}", "a = b"),
        (r"\mathrlap{a}\vphantom{X} = \cancel{b}\htmlId{x}{c}", "a = b c"),
        (r"\mathop{\rm argmax}_x f", "argmax_{x} f"),
        (r"\operatorname*{arg\,min}_w L", "argmin_{w} L"),
        (r"\sum\limits_{i} a_i", "sum_{i}(a_{i})"),
        (r"\overbrace{a}^{n} + \underbrace{b}_{m}", "a + b"),
        (r"\bold{W} = {\bf W} = \mathbf{W}", "mathbf:W = mathbf:W = mathbf:W"),
        (r"\mathbf{W x_i}", "{mathbf:W mathbf:x_{i}}"),
        (r"{\cal L}", "mathcal:L"),
        (r"a \space b~c\ d", "a b c d"),
        (r"a \\[2ex] b", "a ; b"),
        (r"a \newline = b", "a = b"),
        # scripts
        (r"x^{(i)}_{j,k}", "x_{j, k}^{(i)}"),
        (r"W_{:, j}", "W_{:, j}"),
        (r"w_{i, .}", "w_{i, .}"),
        (r"f(\cdot)", "f (cdot)"),
        (r"w^{+} + w^- + w^* + w^\star", "w^{+} + w^{-} + w^{*} + w^{star}"),
        (r"A^-1", "A^{- 1}"),
        (r"x_{<t} x_{\le t}", "x_{'' < t} x_{'' <= t}"),
        (r"{}^{t}A", "{}^{t} A"),
        (r"\sum_{\substack{i = 1 \\ i \ne j}}^n a_i", "sum_{i = 1, i != j}^{n}(a_{i})"),
        (r"\sum_{i \in I, i < n} a_i", "sum_{i ∈ I, i < n}(a_{i})"),
        (r"x\_i + y\_{pred} + z\_out", "x_{i} + y_{pred} + z_{out}"),
        (r"X.T @ dZ", "X^{T} @ dZ"),
        (r"np.dot(A, B)", "np.dot (A, B)"),
        (r"x**2", "x^{2}"),
        # above and below
        (r"\underset{w}{\min} L", "min_{w} L"),
        (r"\underset{k}{\arg\max}\, a_k", "arg max_{k} a_{k}"),
        (r"\overset{n}{\underset{i=1}{\sum}} a_i", "sum_{i = 1}^{n}(a_{i})"),
        (r"\underset{(n \times m)}{X} = b", "X = b"),
        (r"\bar{x + y} \cdot \hat{\mathbf{y}}", "bar(x + y) cdot hat(mathbf:y)"),
        (r"\sqrt[n]{x}", "root(x, n)"),
        (r"\binom{n}{k} = {n \choose k}", "binom (n, k) = {binom (n, k)}"),
        # brackets
        (r"|a||b|", "|a| |b|"),
        (r"\|Wx - y\|_2^2", r"\|Wx - y\|_{2}^{2}"),
        (r"p(x|y, z) = q", "p (x | y, z) = q"),
        (r"D_{KL}(p \| q)", "D_{KL} (p ∥ q)"),
        (r"\{x \mid x > 0\}", r"\{x | x > 0\}"),
        (r"x \in [0, 1)", "x ∈ [0, 1]"),
        (r"\left< a, b \right> = \langle a, b\rangle", r"\langlea, b\langle = \langlea, b\langle"),
        (r"\bigl( a \bigr) \Big[ b \Big]", "(a) [b]"),
        (r"\norm{x} + \abs{y}", r"\|x\| + |y|"),
        (r"\left( a + \right. \\ \left. b \right)", "(a + b)"),
        # environments
        (r"\begin{bmatrix} a & b \\ c & d \\ \end{bmatrix}", "[[a, b], [c, d]]"),
        (r"\left[\begin{array}{cc} a & b \\ \vdots & d \end{array}\right]", "[[a, b], [..., d]]"),
        (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}", "|[[a, b], [c, d]]|"),
        (r"\begin{pmatrix} a & \\ & d \end{pmatrix}", "[[a, {}], [{}, d]]"),
        (r"f = \begin{cases} z & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}", "f = {z if z > 0; 0 else}"),
        (r"f = \begin{cases} z, & z > 0, \\ 0, & z \le 0. \end{cases}", "f = {z if z > 0; 0 if z <= 0}"),
        (r"f = \begin{cases} z \text{ if } z > 0 \\ 0 \text{ else} \end{cases}", "f = {z if z > 0; 0 else}"),
        (r"f = \begin{cases} z, z > 0 \\ 0, else \end{cases}", "f = {z if z > 0; 0 else}"),
        (r"f = \left\{ \begin{array}{ll} z & z > 0 \\ 0 & \mbox{else} \end{array} \right.", "f = {z if z > 0; 0 else}"),
        (r"f = \begin{cases} z & \text{for class } k \\ 0 & \text{for the others, } i \ne k \end{cases}",
         "f = {z if k; 0 if i != k}"),
        (r"f = \begin{cases} z & \text{right class} \\ 0 & \text{wrong class} \end{cases}",
         "f = {z if 'right class'; 0 if 'wrong class'}"),
        (r"\left\{ \begin{aligned} a &= b \\ c &= d \end{aligned} \right.", "a = b ; c = d"),
        (r"\begin{dmath} a = b \end{dmath} \begin{IEEEeqnarray}{rCl} c &=& d \end{IEEEeqnarray}", "a = b c = d"),
        (r"\begin{split} a &= b \\ &= c \end{split}", "a = b = c"),
        (r"\begin{CD} A @>f>> B \end{CD} a = b", "a = b"),
        (r"y = z > 0 \;?\; 1 : 0", "y = {1 if z > 0; 0 else}"),
        # characters
        ("ŷ₁ = σ(Wᵀx + b)", "hat(y)_{1} = sigma (W^{top} x + b)"),
        ("½ ‖x‖² · α", r"frac(1, 2) \|x\|^{2} cdot alpha"),
        ("a − b＝c", "a - b = c"),
        ("𝐱 ∈ ℝ", "x ∈ R"),
        (r"损失 = a", "text:损失 = a"),
        (r"a &lt; b", "a < b"),
        (r"a = b<br>c = d", "a = b ; c = d"),
        (r"a = b % a remark", "a = b"),
        # backslashes written twice for Markdown
        (r"\\frac{a}{b} = \\{ c \\}", r"frac(a, b) = \{c\}"),
        (r"a = b \\\\ c = d", "a = b ; c = d"),
        (r"n! \pm 1", "n ! + pm 1"),
        (r"a_1 = .5 b", "a_{1} = .5 b"),
        (r"\epsilon = 1e-8, \quad 0{,}5 \cdot 10{,}000", "epsilon = 1e-8 ; 0.5 cdot 10000"),
        (r"2e^{x}", "2 e^{x}"),
        (r"\begin{aligned}[t] [x]_i &= a \\ [y]_i &= b \end{aligned}", "[x]_{i} = a ; [y]_{i} = b"),
    ],
)  # fmt: skip
def test_a_formula(latex: str, expected: str) -> None:
    assert read(latex) == expected
