"""What people write around the formulae themselves: each way is read and judged, and a slip in it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking import Report, check_document

ONE_NEURON = r"Binary cross-entropy. $$z = w^T x + b, \hat y = \sigma(z)$$"
HIDDEN = r"Binary cross-entropy. $$z = Wx + b, h = \operatorname{ReLU}(z), s = v^\top h + c, p = \sigma(s)$$"
REGRESSION = r"Squared error of one sample. $$y = w^T x + b, L = \frac12(y - t)^2$$"
LOGISTIC = r"""
$$h_\theta(x) = \sigma(\theta^T x)$$
$$\ell(\theta) = \sum_{i=1}^m y^{(i)}\log h_\theta(x^{(i)}) + (1-y^{(i)})\log(1-h_\theta(x^{(i)}))$$
"""
SAMPLE = r"For one sample $$R = \max(0, -t_i g(u_i))$$ where $g(u_i) = m_1 u_{i1} + m_2 u_{i2} + r$."
ERRORS = r"""$$Q = -u_r + \log\sum_j e^{u_j}$$
$$\frac{\partial Q}{\partial u_j} = \frac{e^{u_j}}{\sum_k e^{u_k}} - \delta_{jr} \doteq e_j$$
$$u_j = \sum_i m_{ij} h_i$$
"""
PROSE = "Two hidden layers of 4 and 3 tanh units, and the cross-entropy loss, on 5 inputs."

# The document, its claim, the same with a slip.
CLAIMS = [
    (HIDDEN, r"\frac{\partial L}{\partial z} = (p-y)v\odot\mathbb{1}_{z>0}", r"(p-y)v\odot\mathbb{1}_{z<0}"),
    (HIDDEN, r"\frac{\partial L}{\partial z} = (p-y)v\odot H(z)", r"(p-y)v\odot(1-H(z))"),
    (HIDDEN, r"\frac{\partial L}{\partial z} = (p-y)v\odot\mathbb{I}(z>0)", r"(y-p)v\odot\mathbb{I}(z>0)"),
    (HIDDEN, r"\frac{\partial L}{\partial z_j} = (p-y)v_j(z_j > 0 ? 1 : 0)", r"(p-y)v_j(z_j > 0 ? 0 : 1)"),
    (
        HIDDEN,
        r"\frac{\partial L}{\partial z_j} = (p-y)v_j\begin{cases}1 & z_j > 0 \\ 0 & \text{otherwise}\end{cases}",
        r"(p-y)v_j\begin{cases}1 & z_j > 0 \\ -1 & \text{otherwise}\end{cases}",
    ),
    (HIDDEN, r"\nabla_{\mathbf W} L = (p - y)(\vec v\odot 1[\vec z > 0])\vec x^{\,T}", r"(p - y)\vec v\vec x^{\,T}"),
    (LOGISTIC, r"\frac{\partial\ell(\theta)}{\partial\theta_j} = \sum_{i=1}^m (y^{(i)}-h_\theta(x^{(i)}))x_j^{(i)}",
     r"\sum_{i=1}^m (h_\theta(x^{(i)})-y^{(i)})x_j^{(i)}"),
    (LOGISTIC, r"\nabla_\theta\ell = \sum_i (y^{(i)}-h_\theta(x^{(i)}))x^{(i)}",
     r"\sum_i (y^{(i)}+h_\theta(x^{(i)}))x^{(i)}"),
    (LOGISTIC, r"\theta_j := \theta_j + \alpha\sum_i (y^{(i)}-h_\theta(x^{(i)}))x_j^{(i)}",
     r"\theta_j - \alpha\sum_i (y^{(i)}-h_\theta(x^{(i)}))x_j^{(i)}"),
    (REGRESSION, r"w \leftarrow w - \eta\,(y-t)x", r"w + \eta\,(y-t)x"),
    (REGRESSION, r"b := b - \frac{\eta}{1}(y-t)", r"b - \frac{\eta}{1}(t-y)"),
    (SAMPLE, r"\frac{\partial g(u_i)}{\partial m_1} = u_{i1}", "u_{i2}"),
    (SAMPLE, r"\frac{\partial R}{\partial m_2} = "
     r"\begin{cases} 0 & t_i g(u_i) \ge 0 \\ -t_i u_{i2} & t_i g(u_i) < 0\end{cases}",
     r"\begin{cases} 0 & t_i g(u_i) \ge 0 \\ -t_i u_{i1} & t_i g(u_i) < 0\end{cases}"),
    (ERRORS, r"\frac{\partial Q}{\partial m_{ij}} = e_j h_i", "-e_j h_i"),
    (PROSE, r"\frac{\partial L}{\partial z_2} = W_3^T(\hat y - y)\odot(1 - h_2^2)", r"W_3^T(\hat y - y)\odot(1 - h_2)"),
    (PROSE, r"\frac{\partial L}{\partial W^{[3]}} = (a^{[3]} - y)a^{[2]T}", r"(a^{[3]} + y)a^{[2]T}"),
    (r"$$J(w) = \|y - Xw\|^2 + \lambda\|w\|^2$$", r"\nabla J(w) = -2X^\top(y-Xw) + 2\lambda w",
     r"-2X^\top(y-Xw) + \lambda w"),
    (r"$$J(w) = \|y - Xw\|^2 + \lambda\|w\|^2$$", r"\frac{\partial J}{\partial w} = 2(X^TX + \lambda I)w - 2X^Ty",
     r"2(X^TX - \lambda I)w - 2X^Ty"),
    (r"$$L = \frac12\|Xw - y\|^2$$", r"dL = (Xw-y)^\top X\,dw", r"(Xw+y)^\top X\,dw"),
    (r"$$L = \frac12\|Xw - y\|^2$$", r"\mathrm dL = \operatorname{tr}(X^\top(Xw-y)\,\mathrm dw^\top)",
     r"-\operatorname{tr}(X^\top(Xw-y)\,\mathrm dw^\top)"),
    (r"$$L = \frac12\|Xw - y\|^2$$", r"dL = \langle X^\top(Xw-y), dw\rangle", r"\langle X^\top(Xw-y), 2dw\rangle"),
    (r"\newcommand{\yh}{\hat y}\newcommand\dd{\partial}" + ONE_NEURON, r"\frac{\dd L}{\dd w} = (\yh - y)x",
     r"(\yh + y)x"),
]  # fmt: skip


def checked(folder: Path, text: str, name: str = "sheet.md") -> Report:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return check_document(path)


@pytest.mark.parametrize(("document", "claim", "slip"), CLAIMS)
def test_a_claim_is_right_and_with_a_slip_wrong(tmp_path: Path, document: str, claim: str, slip: str) -> None:
    assert checked(tmp_path, f"{document}\n\n$${claim}$$\n").claims[-1].verdict == "right"
    left, relation, _ = next(claim.partition(sign) for sign in (":=", r"\leftarrow", "=") if sign in claim)
    assert checked(tmp_path, f"{document}\n\n$${left}{relation} {slip}$$\n").claims[-1].verdict == "wrong"


def test_the_reading_of_prose_is_listed(tmp_path: Path) -> None:
    report = checked(tmp_path, PROSE + r" $$\frac{\partial L}{\partial z_3} = \hat y - y$$")
    assert report.guesses[0] == "the text describes the network 5-4 tanh-3 tanh-1 sigmoid bce"
    open_ends = PROSE.replace(", on 5 inputs", "") + r" $$\frac{\partial L}{\partial z_3} = \hat y - y$$"
    assert any("how many inputs" in guess for guess in checked(tmp_path, open_ends).guesses)


def test_what_would_include_or_run_something_is_refused(tmp_path: Path) -> None:
    text = (
        r"\input{secret}" + ONE_NEURON + r" $$\write18{ls}$$ $$\frac{\partial L}{\partial b} = \hat y - y + \input{x}$$"
    )
    claims = checked(tmp_path, text).claims
    refused = [claim for claim in claims if claim.verdict == "unread"]
    assert len(refused) == 3
    assert all("is refused: nothing is included, run or redefined" in claim.reason for claim in refused)


@pytest.mark.parametrize("body", [r"\yh\yh", r"\zz", "x" * 1000])
def test_commands_that_do_not_end_are_refused(tmp_path: Path, body: str) -> None:
    text = rf"\newcommand{{\yh}}{{{body}}}\newcommand{{\zz}}{{\yh}}" + ONE_NEURON
    claim = checked(tmp_path, text + r" $$\frac{\partial L}{\partial b} = \yh$$").claims[-1]
    assert claim.verdict == "unread"


@pytest.mark.parametrize(
    ("commands", "claim", "verdict"),
    [
        (r"\newcommand{\dd}[2]{\frac{\partial #1}{\partial #2}}", r"\dd{L}{b} = \hat y - y", "right"),
        (r"\newcommand{\dd}[2]{\frac{\partial #1}{\partial #2}}", r"\dd{L}{b} = y - \hat y", "wrong"),
        (r"\newcommand{\dd}[2][L]{\frac{\partial #1}{\partial #2}}", r"\dd{b} = \hat y - y", "right"),
        (r"\newcommand{\dd}[2][L]{\frac{\partial #1}{\partial #2}}", r"\dd[L]b = \hat y - y", "right"),
        (r"\def\dd#1#2{\frac{\partial #1}{\partial #2}}", r"\dd L b = \hat y - y", "right"),
        (r"\def\dd#1#2{\frac{\partial #1}{\partial #2}}\def\db#1{\dd{#1}{b}}", r"\db{L} = \hat y - y", "right"),
    ],
)
def test_a_command_with_arguments_is_expanded(tmp_path: Path, commands: str, claim: str, verdict: str) -> None:
    assert checked(tmp_path, f"{commands}{ONE_NEURON} $${claim}$$").claims[-1].verdict == verdict


def test_a_command_without_its_arguments_is_told(tmp_path: Path) -> None:
    text = r"\newcommand{\dd}[2]{\frac{\partial #1}{\partial #2}}" + ONE_NEURON + r" $$\hat y - y = \dd{L}$$"
    assert r"the command \dd takes 2 arguments" in checked(tmp_path, text).claims[-1].reason


def test_a_slip_is_underlined_where_it_was_written_beside_a_command(tmp_path: Path) -> None:
    text = r"\newcommand{\yh}{\hat y}" + ONE_NEURON + "\n\n" + r"$$\frac{\partial L}{\partial w} = (\yh + y) x$$"
    claim = checked(tmp_path, text).claims[-1]
    marked = [claim.latex[mark.start : mark.end] for mark in claim.marks]
    assert marked
    assert all(piece in claim.latex and "hat" not in piece for piece in marked)


def test_of_a_chain_of_equalities_the_first_false_link_is_named(tmp_path: Path) -> None:
    claim = r"$$\frac{\partial L}{\partial b} = \frac{\partial L}{\partial y} = y-t = t-y = 2t-2y$$"
    assert checked(tmp_path, REGRESSION + claim).claims[-1].link == "t-y"


def test_an_undefined_activation_may_be_any(tmp_path: Path) -> None:
    network = r"Squared error. $$z = Wx + b, h = g(z), o = v^\top h + c, L = \frac12(o - y)^2$$"
    smooth = checked(tmp_path, network + r" $$\frac{\partial L}{\partial z} = (o-y)v\odot g'(z)$$")
    assert smooth.claims[-1].verdict == "right"
    assert any("does not define g" in guess for guess in smooth.guesses)
    for_tanh = checked(tmp_path, network + r" $$\frac{\partial L}{\partial z} = (o-y)v\odot(1-h^2)$$")
    assert for_tanh.claims[-1].verdict == "undetermined"
    assert "it is right if g is the tanh, which the document does not say" in for_tanh.claims[-1].reason
    assert for_tanh.spec is None
    for_none = checked(tmp_path, network + r" $$\frac{\partial L}{\partial z} = (o-y)v\odot g(z)$$").claims[-1]
    assert for_none.verdict == "wrong"
    assert "mish" not in for_none.reason.lower()


@pytest.mark.parametrize(
    "network", ["h_1=\\sigma(w_{11}x_1+w_{12}x_2+b_1), h_2=\\ldots", "h_1=\\sigma(w_{11}x_1+b_1), h_2=\\dots"]
)
def test_dots_stand_for_what_is_like_what_was_written(tmp_path: Path, network: str) -> None:
    text = f"Binary cross-entropy. $${network}, \\hat y=\\sigma(v_1h_1+v_2h_2+c)$$"
    claim = r"$$\frac{\partial L}{\partial b_2} = (\hat y-y)v_2h_2(1-h_2)$$"
    assert checked(tmp_path, text + claim).claims[-1].verdict == "right"


def test_sizes_are_not_taken_for_numbers(tmp_path: Path) -> None:
    """A factor 2 is not that of a mean over samples, however many samples a random point has."""
    text = r"Mean binary cross-entropy; rows are samples. $$\hat y = \sigma(Xw + b\mathbf 1)$$"
    for factor, verdict in (("", "right_up_to"), ("2", "wrong"), ("3", "wrong"), ("4", "wrong")):
        claim = rf"$$\nabla_w L = {factor}X^\top(\hat y - y)$$"
        assert checked(tmp_path, text + claim).claims[-1].verdict == verdict
