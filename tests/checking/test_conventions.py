"""Right up to a convention: the sign of what is maximised, the mean, the layout, a kink; and slips that are none."""

from __future__ import annotations

import pytest

from chalkgrad.checking import Report, check_text
from chalkgrad.reading.words import maximises

LOGISTIC = r"$$\hat y = \sigma(w^T x + b)$$"
ASCENT = LOGISTIC + " We maximise the log-likelihood."
COLUMNS = r"""
$$Z^{[1]} = W^{[1]}X + b^{[1]}$$ $$A^{[1]} = \tanh(Z^{[1]})$$
$$Z^{[2]} = W^{[2]}A^{[1]} + b^{[2]}$$ $$A^{[2]} = \sigma(Z^{[2]})$$
"""
SAMPLES = r"$$z^{(i)} = w^T x^{(i)} + b$$ $$a^{(i)} = \sigma(z^{(i)})$$"
WRITTEN = SAMPLES + r"$$J = -\frac1m\sum_{i=1}^m (y^{(i)}\log a^{(i)} + (1-y^{(i)})\log(1-a^{(i)}))$$"
CLASSES = r"""
$$z_1 = W_1 x + b_1$$ $$h = \mathrm{ReLU}(z_1)$$ $$z_2 = W_2 h + b_2$$ $$\hat y = \text{softmax}(z_2)$$ Cross-entropy.
"""
UNITS = r"""
$$\hat y = \sigma(h_1v_1 + h_2v_2 + h_3v_3 + c)$$ $$h_i = ReLU(z_i)$$ $$z_i = x_1w_{1i} + x_2w_{2i} + b_i$$
Binary cross-entropy.
"""


def check(text: str) -> Report:
    return check_text(text)


def verdicts(text: str) -> list[str]:
    return [claim.verdict for claim in check(text).claims if claim.verdict != "definition"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ASCENT + r"$$\nabla_w \ell = (y - \hat y)x$$", ["right_up_to"]),
        (ASCENT + r"$$\frac{\partial \ell}{\partial b} = y - \hat y$$", ["right_up_to"]),
        (LOGISTIC + r"Gradient ascent. $$\frac{\partial L}{\partial b} = y - \hat y$$", ["right_up_to"]),
        (ASCENT + r"$$\frac{\partial \ell}{\partial b} = \hat y - y$$", ["right"]),
        (LOGISTIC + r"Binary cross-entropy. $$\frac{\partial L}{\partial b} = y - \hat y$$", ["wrong"]),
        (LOGISTIC + r"$$\frac{\partial L}{\partial b} = y - \hat y$$", ["undetermined"]),  # of whatever loss
        (LOGISTIC + r"The negative log-likelihood. $$\frac{\partial L}{\partial b} = y - \hat y$$", ["wrong"]),
        (ASCENT + r"$$\frac{\partial \ell}{\partial b} = 2(y - \hat y)$$", ["wrong"]),
        # One objective has one sign: where the one claim keeps to the loss, the other has slipped.
        (
            ASCENT
            + r"$$\frac{\partial L}{\partial b} = \hat y - y$$ $$\frac{\partial L}{\partial w} = (y - \hat y)x$$",
            ["right", "wrong"],
        ),
        # A loss that is written out decides by itself.
        (
            LOGISTIC
            + r"Likelihood. $$L = -y\log\hat y - (1-y)\log(1-\hat y)$$ $$\frac{\partial L}{\partial b} = y - \hat y$$",
            ["wrong"],
        ),
        (
            LOGISTIC
            + r"$$\ell = y\log\hat y + (1-y)\log(1-\hat y)$$ $$\frac{\partial \ell}{\partial w} = (y-\hat y)x$$",
            ["right"],
        ),
    ],
)
def test_the_sign_is_a_convention_only_where_the_document_maximises(text: str, expected: list[str]) -> None:
    assert verdicts(text) == expected


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        ("We maximise the log-likelihood.", True),
        ("maximizing the likelihood", True),
        ("Gradient ascent on ell", True),
        ("The loss is the negative log-likelihood.", False),
        ("minus the log likelihood", False),
        ("Binary cross-entropy.", False),
    ],
)
def test_prose_that_says_so(prose: str, expected: bool) -> None:
    assert maximises(prose) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (COLUMNS + r"Binary cross-entropy. $$dZ^{[2]} = A^{[2]} - Y$$", ["right_up_to"]),
        (COLUMNS + r"Binary cross-entropy. $$dW^{[2]} = (A^{[2]} - Y)A^{[1]T}$$", ["right_up_to"]),
        (COLUMNS + r"Binary cross-entropy. $$dW^{[2]} = 2(A^{[2]} - Y)A^{[1]T}$$", ["wrong"]),
        (WRITTEN + r"$$\frac{\partial J}{\partial w} = \frac1m\sum_{i=1}^m (a^{(i)} - y^{(i)})x^{(i)}$$", ["right"]),
        (WRITTEN + r"$$\frac{\partial J}{\partial w} = \sum_{i=1}^m (a^{(i)} - y^{(i)})x^{(i)}$$", ["wrong"]),
    ],
)
def test_the_mean_is_a_convention_where_the_loss_is_not_written_out(text: str, expected: list[str]) -> None:
    assert verdicts(text) == expected


def test_a_mean_beside_another_slip_is_not_named() -> None:
    claim = check(COLUMNS + r"Binary cross-entropy. $$dZ^{[2]} = Y - A^{[2]}$$").claims[-1]
    assert [slip.kind for slip in claim.mistakes] == ["sign_flipped"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$$\frac{\partial L}{\partial W_2} = (\hat y - y) h^T$$", ["right"]),
        (r"$$\frac{\partial L}{\partial W_2} = h (\hat y - y)^T$$", ["right_up_to"]),
        (
            r"$$\frac{\partial L}{\partial W_2} = h (\hat y - y)^T$$"
            r"$$\frac{\partial L}{\partial W_1} = x ((\hat y-y)^T W_2 \odot 1[z_1>0]^T)$$",
            ["right_up_to", "right_up_to"],
        ),
        (
            r"$$\frac{\partial L}{\partial W_2} = (\hat y - y) h^T$$"
            r"$$\frac{\partial L}{\partial W_1} = x ((\hat y-y)^T W_2 \odot 1[z_1>0]^T)$$",
            ["right", "wrong"],
        ),
    ],
)
def test_the_layout_is_a_convention_where_all_matrices_keep_to_it(text: str, expected: list[str]) -> None:
    report = check(CLASSES + text)
    assert [claim.verdict for claim in report.claims if claim.verdict != "definition"] == expected
    for claim in report.claims:
        if claim.verdict == "wrong":
            assert [slip.kind for slip in claim.mistakes] == ["transposed"]


@pytest.mark.parametrize(
    ("slope", "expected"),
    [
        (r"1[z_i > 0]", "right"),
        (r"1[z_i \ge 0]", "right"),
        (r"H(z_i)", "right"),
        (r"\frac{1 + \operatorname{sgn}(z_i)}{2}", "right"),
        (r"\begin{cases} 1 & z_i > 0 \\ \frac12 & z_i = 0 \\ 0 & z_i < 0 \end{cases}", "right"),
        (r"1[h_i > 0]", "right"),
        (r"1[h_i \ge 0]", "wrong"),
        (r"1[z_i < 0]", "wrong"),
        (r"1[z_i > 1]", "wrong"),
    ],
)
def test_what_the_derivative_is_at_a_kink_is_a_convention(slope: str, expected: str) -> None:
    claim = check(UNITS + rf"$$\frac{{\partial L}}{{\partial b_i}} = (\hat y - y)v_i {slope}$$").claims[-1]
    assert claim.verdict == expected, claim.reason


def test_a_counterexample_is_not_on_a_kink() -> None:
    claim = check(UNITS + r"$$\frac{\partial L}{\partial b_i} = 2(\hat y - y)v_i 1[z_i \ge 0]$$").claims[-1]
    assert claim.counterexample is not None
    point = claim.counterexample["point"]
    sums = [sum(point["x"][j] * point["w"][j][i] for j in range(2)) + point["b"][i] for i in range(3)]
    assert 0 not in sums


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial h_i}{\partial b_i} = ReLU'(z_i)", "right"),
        (r"\frac{\partial h_1}{\partial b_2} = 0", "right"),
        (r"\frac{\partial h_1}{\partial b_1} = 0", "wrong"),
        (r"\frac{\partial h_1}{\partial w_{21}} = 1[h_1 > 0] x_2", "right"),
        (r"\frac{\partial h_1}{\partial w_{21}} = 1[h_1 > 0] x_1", "wrong"),
        (r"\frac{\partial h_i}{\partial z_i} = h_i", "wrong"),
        (r"\frac{\partial \hat y}{\partial v_i} = \hat y(1-\hat y) h_i", "right"),
    ],
)
def test_derivatives_of_what_is_not_one_number(claim: str, expected: str) -> None:
    assert verdicts(UNITS + f"$${claim}$$") == [expected]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial z_2}{\partial h} = W_2", "right"),
        (r"\frac{\partial z_2}{\partial h} = W_2^T", "right_up_to"),
        (r"\frac{\partial z_2}{\partial h} = -W_2", "wrong"),
        (r"\frac{\partial z_2}{\partial b_2} = 1", "right"),
        (r"\frac{\partial z_2}{\partial b_2} = 2", "wrong"),
        (r"\frac{\partial h}{\partial z_1} = ReLU'(z_1)", "right"),
        (r"\frac{\partial h}{\partial z_1} = h", "wrong"),
    ],
)
def test_jacobians_in_either_layout(claim: str, expected: str) -> None:
    assert verdicts(CLASSES + f"$${claim}$$") == [expected]
