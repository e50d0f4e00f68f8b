"""Ways of writing of documents that nobody here wrote, right lines and wrong ones side by side, in order."""

from __future__ import annotations

import pytest

from chalkgrad.checking import check_text

_LOGISTIC = r"$$h_\theta(x) = \frac{1}{1+e^{-\theta^T x}}$$"
_REGULARISED = (
    r"$$h_\theta(x) = \theta^T x$$"
    r"$$J(\theta) = \frac1{2m} \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)})^2 + "
    r"\frac{\lambda}{2m}\sum_{j=1}^n\theta_j^2$$"
)
_LINEAR = (
    r"$$h_\theta(x) = \theta_0 + \theta_1 x$$"
    r"$$J(\theta_0, \theta_1) = \frac{1}{2m}\sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)})^2$$"
)
_BIAS = r"$$z = w_0 + \sum_{j=1}^n w_j x_j$$ $$p = \sigma(z)$$ $$L = -y\log p - (1-y)\log(1-p)$$"
_RECURRENT = (
    r"$$h_t = \tanh(U x_t + W h_{t-1} + b)$$ $$o_t = V h_t + c$$ $$q_t = \mathrm{softmax}(o_t)$$"
    r"$$L_t = -y_t^T \log q_t$$ $$L = \sum_{t=1}^{T} L_t$$"
)
_KERNEL = r"$$s(i,j) = \sum_{m}\sum_{n} x(i+m, j+n) w(m,n) + b$$"
_SOFTMAX = r"$$\sigma(z_i) = \frac{e^{z_i}}{\sum_j e^{z_j}}$$ $$L = -\sum_i y_i \log \sigma(z_i)$$"
_IN_TWO_PARTS = (
    "# Layers\n\n$$a = \\sigma(s)$$ $$\\frac{\\partial a}{\\partial s} = \\sigma'(s)$$\n\n"
    "# The softmax\n\n$$\\sigma(z_i) = \\frac{e^{z_i}}{\\sum_j e^{z_j}}$$\n\n"
    "# Its loss\n\n$$L = -\\sum_i y_i \\log \\sigma(z_i)$$ "
)
_ROWS = (
    r"$$\frac{\partial y}{\partial x} = \begin{bmatrix} \frac{\partial y_1}{\partial x_1} & "
    r"\frac{\partial y_1}{\partial x_2} \\ \frac{\partial y_2}{\partial x_1} & \frac{\partial y_2}{\partial x_2} "
    r"\end{bmatrix}$$"
).replace("y", r"\mathbf{y}").replace("x", r"\mathbf{x}").replace(r"bmatri\mathbf{x}", "bmatrix")  # fmt: skip

# what it is about, a document, and the verdicts on its equations with a derivative or an update in them
CASES = (
    (
        "a function that is defined at formulas is taken at the samples",
        _LOGISTIC + r"$$J(\theta) = \frac{1}{m}\sum_{i=1}^{m} \mathrm{Cost}(h_\theta(x^{(i)}), y^{(i)})$$"
        r"$$\mathrm{Cost}(h_\theta(x), y) = -y \log(h_\theta(x)) - (1-y)\log(1-h_\theta(x))$$"
        r"$$\frac{\partial J}{\partial \theta_j}  = \frac{1}{m} \sum_{i = 1}^{m} (h_\theta(x^{(i)}) - y^{(i)}) "
        r"x_j^{(i)}$$"
        r"$$\frac{\partial J}{\partial \theta_j}  = \frac{1}{m} \sum_{i = 1}^{m} (y^{(i)} - h_\theta(x^{(i)})) "
        r"x_j^{(i)}$$",
        ["right", "wrong"],
    ),
    (
        "it is defined at the same formulas at which it is taken",
        r"$$J = \frac{1}{m}\sum_{i=1}^{m} loss(g(w \cdot x^{(i)}), y^{(i)})$$ $$g(z) = \frac{1}{1+e^{-z}}$$"
        r"$$loss(g(w \cdot x^{(i)}), y^{(i)}) = (g(w \cdot x^{(i)}) - y^{(i)})^2$$"
        r"$$\frac{\partial J}{\partial w} = \frac{2}{m} \sum_{i=1}^m (g(w \cdot x^{(i)}) - y^{(i)}) g'(w \cdot "
        r"x^{(i)}) x^{(i)}$$"
        r"$$\frac{\partial J}{\partial w} = \frac{2}{m} \sum_{i=1}^m (g(w \cdot x^{(i)}) - y^{(i)}) x^{(i)}$$",
        ["right", "wrong"],
    ),
    (
        "the targets of losses that are added up over time sum to one",
        _RECURRENT + r"$$\frac{\partial L}{\partial c} = \sum_{t=1}^T (q_t - y_t)$$"
        r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^T (q_t - y_t) h_t^T$$"
        r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^T (q_t - y_t) h_{t-1}^T$$",
        ["right", "right", "wrong"],
    ),
    (
        "one of the losses is derived beside their sum",
        _RECURRENT + r"$$\frac{\partial L_t}{\partial o_t} = q_t - y_t$$"
        r"$$\frac{\partial L}{\partial c} = \sum_{t=1}^T (q_t - y_t)$$"
        r"$$\frac{\partial L_t}{\partial o_t} = q_t + y_t$$",
        ["right", "right", "wrong"],
    ),
    (
        "letters that stand side by side have one time",
        r"$$h_t = \tanh(Ux_t + Wh_{t-1} + b)$$ $$o_t = Vh_t + c$$ $$L = \sum_{t=1}^T L_t$$ "
        r"$$L_t = \frac12 \|o_t - y_t\|^2$$"
        r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^T (o_t - y_t) h_t^T$$"
        r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^T (o_t + y_t) h_t^T$$",
        ["right", "wrong"],
    ),
    (
        "what a transposed vector meets is one of several vectors",
        r"$$\frac{\partial}{\partial w} \log\sigma(w^T x_n) = \frac{1}{\sigma(w^Tx_n)} "
        r"\sigma(w^Tx_n)(1-\sigma(w^Tx_n)) x_n$$"
        r"$$\frac{\partial}{\partial w} \log\sigma(w^T x_n) = \sigma(w^Tx_n) x_n$$",
        ["right", "wrong"],
    ),
    (
        "a bracket that is missing where a side begins",
        r"$$L = (-y \log p - (1-y)\log(1-p)$$ $$p = \sigma(w x + b)$$"
        r"$$\frac{\partial L}{\partial b} = p - y$$ $$\frac{\partial L}{\partial b} = p + y$$",
        ["right", "wrong"],
    ),
    (
        "a bracket that is missing before a product",
        r"$$L = \frac12 ( (Xw-y)^T(Xw-y)$$ $$\frac{\partial L}{\partial w} = X^T(Xw - y)$$"
        r"$$\frac{\partial L}{\partial w} = 2 X^T(Xw - y)$$",
        ["right", "wrong"],
    ),
    (
        "where the bracket was meant to stand makes a difference",
        r"$$a = \sigma(z + b$$ $$z = wx$$ $$\frac{\partial a}{\partial w} = a(1-a)x$$",
        ["undetermined"],
    ),
    (
        "a sum from 1 leaves out what is counted from 0",
        _REGULARISED
        + r"$$\frac{\partial J}{\partial \theta_0} = \frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)}) x_0^{(i)}$$"
        r"$$\frac{\partial J}{\partial \theta_j} = \frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)}) x_j^{(i)}"
        r" + \frac{\lambda}{m}\theta_j \quad \text{for } j \ge 1$$"
        r"$$\frac{\partial J}{\partial \theta_0} = \frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)}) x_0^{(i)}"
        r" + \frac\lambda m \theta_0$$"
        r"$$\frac{\partial J}{\partial \theta_j} = \frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)}) x_j^{(i)}"
        r" \quad \text{for } j \ge 1$$",
        ["right", "right", "wrong", "wrong"],
    ),
    (
        "the first of two numbers is no place of the other",
        _LINEAR + r"$$\theta_j := \theta_j - \alpha\frac{\partial}{\partial\theta_j} J(\theta_0,\theta_1)$$"
        r"$$\frac{\partial}{\partial\theta_0} J(\theta_0,\theta_1) = \frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - "
        r"y^{(i)})$$"
        r"$$\frac{\partial}{\partial\theta_1} J(\theta_0,\theta_1) = \frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - "
        r"y^{(i)}) x^{(i)}$$"
        r"$$\frac{\partial}{\partial\theta_1} J(\theta_0,\theta_1) = \frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - "
        r"y^{(i)})$$",
        ["right", "right", "wrong"],
    ),
    (
        "a bias as the weight 0",
        _BIAS + r"$$\frac{\partial L}{\partial w_0} = p - y$$ $$\frac{\partial L}{\partial w_j} = (p - y)x_j$$"
        r"$$\frac{\partial L}{\partial w_0} = (p - y)x_1$$ $$\frac{\partial L}{\partial w_1} = p - y$$",
        ["right", "right", "wrong", "wrong"],
    ),
    (
        "an error that is written as a derivative is that derivative",
        r"$$h_t = \tanh(z_t)$$ $$z_t = U x_t + W h_{t-1}$$ $$o_t = V h_t$$ $$L = \sum_{t=1}^T \frac12 \|o_t - y_t\|^2$$"
        r"$$\delta_t = \frac{\partial L}{\partial h_t}$$ $$\frac{\partial L}{\partial V} = \sum_{t=1}^T (o_t - "
        r"y_t) h_t^T$$"
        r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^T (o_t - y_t) x_t^T$$",
        ["right", "wrong"],
    ),
    (
        "a gradient as the row of its entries",
        r"$$\frac{\partial E}{\partial b} = \begin{bmatrix} \frac{\partial E}{\partial b_1} & "
        r"\frac{\partial E}{\partial b_2} \end{bmatrix}$$",
        ["right"],
    ),
    ("a Jacobian in bold", _ROWS, ["right"]),
    (
        "a gradient by all places of a vector",
        r"$$\nabla f(x_1,...,x_n)=\begin{pmatrix} \frac{\partial f}{\partial x_1} \\ \vdots \\ "
        r"\frac{\partial f}{\partial x_n} \end{pmatrix}$$",
        ["right"],
    ),
    (
        "a gradient as a list with dots",
        r"$$\nabla f = \left(\frac{\partial f}{\partial x_1}, \ldots, \frac{\partial f}{\partial x_n}\right)$$",
        ["right"],
    ),
    (
        "ones that are transposed",
        r"$$p = \frac{\exp(\Theta^T x)}{1^T \exp(\Theta^T x)}$$"
        r"$$\ell(h, y) = \log \sum_{i=1}^k \exp h_i - h_y$$"
        r"$$\nabla_\Theta \ell(\Theta^T x, y) = x (p - e_y)^T$$ $$\nabla_\Theta \ell(\Theta^T x, y) = x (p + e_y)^T$$",
        ["right", "wrong"],
    ),
    (
        "the softmax of places by letters and by numbers",
        _SOFTMAX + r"$$\frac{\partial L}{\partial z_k} = \sigma(z_k) - y_k$$"
        r"$$\frac{\partial L}{\partial z_1} = \sigma(z_1) - y_1$$ $$\frac{\partial L}{\partial z_1} = "
        r"\sigma(z_2) - y_1$$",
        ["right", "right", "wrong"],
    ),
    (
        "a letter is the softmax from the section on that says so",
        _IN_TWO_PARTS + r"$$\frac{\partial L}{\partial z_k} = \sigma(z_k) - y_k$$"
        r"$$\frac{\partial L}{\partial z_k} = \sigma(z_k) + y_k$$",
        ["right", "right", "wrong"],
    ),
    (
        "the places of a kernel in round brackets",
        _KERNEL + r"$$\frac{\partial E}{\partial w(m,n)}"
        r" = \sum_i \sum_j \frac{\partial E}{\partial s(i,j)} x(i+m, j+n)$$"
        r"$$\frac{\partial E}{\partial b} = \sum_i \sum_j \frac{\partial E}{\partial s(i,j)}$$"
        r"$$\frac{\partial E}{\partial w(m,n)} = \sum_i \sum_j \frac{\partial E}{\partial s(i,j)} x(i, j)$$",
        ["right", "right", "wrong"],
    ),
    (
        "the places of several kernels",
        r"$$s_n(i,j) = \sum_{m}\sum_{u}\sum_v x_m(i+u, j+v) w_{m,n}(u,v) + b_n$$ $$y_n(i,j) = f(s_n(i,j))$$"
        r"$$\frac{\partial y_n(i,j)}{\partial s_n(i,j)} = f'(s_n(i,j))$$"
        r"$$\frac{\partial E}{\partial b_n} = \sum_i\sum_j \frac{\partial E}{\partial s_n(i,j)}$$",
        ["right", "right"],
    ),
)  # fmt: skip


@pytest.mark.parametrize(("text", "verdicts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_verdicts(text: str, verdicts: list[str]) -> None:
    found = [claim for claim in check_text(text, explain=False).claims if claim.kind == "claim"]
    assert [claim.verdict for claim in found] == verdicts, [(each.latex, each.verdict, each.reason) for each in found]


def test_a_letter_may_be_meant_for_the_place_0_as_well() -> None:
    claim = r"$$\theta_j := \theta_j - \alpha\frac1m\sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)}) x_j^{(i)}$$"
    report = check_text(
        _LINEAR
        + r"$$\frac{\partial J}{\partial\theta_0} = \frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)})$$"
        + claim
    )
    assert [each.verdict for each in report.claims if each.kind == "claim"] == ["right", "undetermined"]


# What a slip is called in these is not asked of it: it may be left open, and is never right.
SLIPS = (
    ("a gradient as the row of its entries", r"& \frac", r"& -\frac"),
    ("a gradient as the row of its entries", r"{\partial b_1} &", r"{\partial b_2} &"),
    ("a Jacobian in bold", r"\mathbf{y}_2}{\partial \mathbf{x}_2}", r"\mathbf{y}_2}{2 \partial \mathbf{x}_2}"),
    ("a Jacobian in bold", r"\mathbf{y}_1}{\partial \mathbf{x}_2}", r"\mathbf{y}_1}{\partial \mathbf{x}_1}"),
    ("a gradient by all places of a vector", r"\begin{pmatrix} \frac", r"\begin{pmatrix} -\frac"),
    ("a gradient as a list with dots", r"\frac{\partial f}{\partial x_n}", r"2 \frac{\partial f}{\partial x_n}"),
    ("the places of several kernels", r"= f'(s_n(i,j))", r"= 2 f'(s_n(i,j))"),
    ("the places of several kernels", r"= \sum_i\sum_j", r"= \sum_n\sum_i\sum_j"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "right", "slip"), SLIPS)
def test_no_slip_in_these_is_right(name: str, right: str, slip: str) -> None:
    text, verdicts = next(case[1:] for case in CASES if case[0] == name)
    assert right in text
    found = [each for each in check_text(text.replace(right, slip), explain=False).claims if each.kind == "claim"]
    assert [each.verdict for each in found].count("right") < len(verdicts), [
        (each.latex, each.verdict) for each in found
    ]
