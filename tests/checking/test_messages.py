"""What is said of a slip: what a teacher would say, in the writer's letters, and nothing of the program's inside."""

from __future__ import annotations

import pytest

from chalkgrad.checking import CheckedClaim, check_text


def last(text: str) -> CheckedClaim:
    return check_text(text, "notes.md").claims[-1]


SOFTMAX = r"""
$$p_{nk} = \frac{e^{w_k^\top x_n}}{\sum_j e^{w_j^\top x_n}}, \quad R = -\sum_n \sum_k t_{nk} \log p_{nk}$$

"""
HIDDEN = r"""
$$h_{ij} = \tanh(\sum_k m_{kj} u_{ik}), \quad o_i = \sum_j r_j h_{ij}, \quad R = \sum_i (o_i - d_i)^2$$

$$\frac{\partial R}{\partial r_j} = 2 \sum_i (o_i - d_i) h_{ij}$$

"""
ATTENTION = r"""
$$S = Q K^\top, \quad R = \| S - T \|_F^2$$

$$\frac{\partial R}{\partial Q} = \frac{\partial R}{\partial S} K$$

"""
SAID = [
    # what is 1 in one place only
    (SOFTMAX + r"$$\nabla_{w_i} R = \sum_n x_n (p_{ni} - 1)$$", "1 stands where tₙᵢ belongs"),
    # indices of entries are exchanged, or another one; a matrix is transposed, and so is a derivative as a whole
    (
        HIDDEN + r"$$\frac{\partial R}{\partial m_{kj}} = 2 \sum_i (o_i - d_i) r_j (1 - h_{ij}^2) u_{ki}$$",
        "The indices are exchanged: uᵢₖ belongs where uₖᵢ stands",
    ),
    (
        HIDDEN + r"$$\frac{\partial R}{\partial m_{kj}} = 2 \sum_i (o_i - d_i) r_k (1 - h_{ij}^2) u_{ik}$$",
        "rₖ stands where rⱼ belongs",
    ),
    (HIDDEN + r"$$\frac{\partial R}{\partial r_j} = 2 \sum_i (o_i - d_i) h_j$$", "hⱼ stands where hᵢⱼ belongs"),
    (
        ATTENTION + r"$$\frac{\partial R}{\partial K} = \frac{\partial R}{\partial S} Q$$",
        "(∂R/∂S)ᵀ belongs where ∂R/∂S stands",
    ),
    # a number that is too many is told as that number
    (
        ATTENTION + r"$$\frac{\partial R}{\partial Q} = 7 \frac{\partial R}{\partial S} K$$",
        "one factor too many: the factor 7",
    ),
    # terms of a formula that is no loss are no regularisers
    ("$$f = a k + c k^2$$\n\n" + r"$$\frac{df}{dk} = a + c k$$", "A factor of 2 is missing"),
    # functions of the table are explained however their derivative is written
    ("The derivative is\n\n" + r"$$\tanh'(x) = 1 + \tanh^2(x)$$", "The derivative of tanh is 1 - tanh²"),
    # a formula that has no name stands for itself
    ("$$q(x) = x + x^4$$\n\n$$q'(x) = 1$$", "A term is missing: x⁴ depends on it"),
]


@pytest.mark.parametrize(("text", "said"), SAID, ids=[said for _, said in SAID])
def test_what_is_said_of_a_slip(text: str, said: str) -> None:
    claim = last(text)
    assert claim.verdict == "wrong"
    assert said in claim.reason
    assert not {"#", "§"} & set(claim.reason)


def test_rows_and_columns_that_are_exchanged_besides_another_slip_are_told_too() -> None:
    text = r"$$z = W x, \quad R = \frac12 \| z - t \|^2$$" + "\n\n"
    first = r"$$\frac{\partial R}{\partial z} = 2 (z - t)$$" + "\n\n"
    turned = last(text + first + r"$$\frac{\partial R}{\partial W} = 2 x (z - t)^\top$$")
    assert [slip.kind for slip in turned.mistakes] == ["factor_of_two", "transposed"]
    assert turned.follows is None


def test_what_is_computed_with_the_slip_follows_from_it() -> None:
    text = r"$$z = W x, \quad R = \frac12 \| z - t \|^2$$" + "\n\n"
    first = r"$$\frac{\partial R}{\partial z} = 2 (z - t)$$" + "\n\n"
    assert last(text + first + r"$$\frac{\partial R}{\partial W} = 2 (z - t) x^\top$$").follows == 3
    assert last(text + first + r"$$\frac{\partial R}{\partial W} = 3 (z - t) x^\top$$").follows is None


def test_a_function_with_a_prime_is_a_claim_about_a_derivative() -> None:
    report = check_text("We know\n\n" + r"$$\tanh'(x) = 1 - \tanh^2(x)$$", "notes.md")
    assert [claim.verdict for claim in report.gradients] == ["right"]
