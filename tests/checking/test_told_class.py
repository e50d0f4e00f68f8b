"""Gradients of a softmax by cases of the right class, as lecture notes tell them, are judged at labels."""

from __future__ import annotations

import pytest

from chalkgrad.checking.document import check_text

_HEAD = r"""Let $q_a = \frac{e^{u_a}}{\sum_m e^{u_m}}$ and the loss $E = -\sum_a d_a \log q_a$.

$$\frac{\partial E}{\partial u_j} = q_j - d_j$$

"""

CASES = [
    (r"As only $d_r = 1$ and all others are 0:", [r"If $j = r$:", r"q_r - 1", "r", "right"]),
    (r"As only $d_r = 1$ and all others are 0:", [r"If $j = r$:", r"q_r", "r", "wrong"]),
    (r"As only $d_r = 1$ and all others are 0:", [r"If $j \ne r$:", r"q_j - 0 = q_j", "j", "right"]),
    (r"As only $d_r = 1$ and all others are 0:", [r"If $j \ne r$:", r"q_j - 1", "j", "wrong"]),
    (r"As only $d_r = 1$ and all others are 0:", [r"In all:", r"q_j", "j", "wrong"]),
    ("", [r"For the correct class $r$:", r"q_r - 1", "r", "right"]),
    ("", [r"For the correct class $r$:", r"1 - q_r", "r", "wrong"]),
    (r"Let $r$ be the true class, $d_r = 1$.", [r"For every other class $j \ne r$:", r"q_j", "j", "right"]),
    (r"Let $r$ be the true class, $d_r = 1$.", [r"For every other class $j \ne r$:", r"q_j - 1", "j", "wrong"]),
    (r"With a one-hot target, $d_r = 1$, this is", ["", r"\begin{cases} q_j - 1 & j = r \\ q_j & j \ne r \end{cases}",
                                                     "j", "right"]),
    (r"With a one-hot target, $d_r = 1$, this is", ["", r"\begin{cases} q_j & j = r \\ q_j - 1 & j \ne r \end{cases}",
                                                     "j", "wrong"]),
    ("", [r"For an index $r$:", r"q_r - 1", "r", "wrong"]),
]  # fmt: skip


@pytest.mark.parametrize(("said", "claim"), CASES)
def test_a_claim_for_a_class_is_judged_where_it_is_the_class(said: str, claim: list[str]) -> None:
    words, formula, letter, verdict = claim
    text = f"{_HEAD}{said}\n\n{words}\n\n$$\\frac{{\\partial E}}{{\\partial u_{letter}}} = {formula}$$\n"
    assert check_text(text, "sheet.md").claims[-1].verdict == verdict


def test_a_target_that_is_told_in_the_sentence_is_a_condition() -> None:
    text = _HEAD + (
        r"If $d_j = 1$, then $\frac{\partial E}{\partial u_j} = q_j - 1$. "
        r"If $d_j = 0$, then $\frac{\partial E}{\partial u_j} = q_j + 1$."
    )
    claims = check_text(text, "sheet.md").gradients
    assert [each.verdict for each in claims[:2]] == ["right", "right"]
    assert claims[2].verdict != "right"


@pytest.mark.parametrize(("formula", "verdict"), [("-q_a q_b", "right"), ("q_a (1 - q_a)", "wrong")])
def test_a_condition_in_brackets_heads_what_follows_it(formula: str, verdict: str) -> None:
    text = (
        r"Let $q_a = \frac{e^{u_a}}{\sum_m e^{u_m}}$." + "\n\n"
        rf"Other places ($a \neq b$): $\frac{{\partial q_a}}{{\partial u_b}} = {formula}$"
    )
    assert check_text(text, "sheet.md").gradients[-1].verdict == verdict


@pytest.mark.parametrize(
    ("said", "formula", "verdict"),
    [("a positive example, $s = 1$", "u - 1", "right"), ("a positive example, $s = 1$", "u", "wrong"),
     ("a negative example, $s = 0$", "u", "right"), ("an example", "u - 1", "wrong")],
)  # fmt: skip
def test_a_target_that_is_a_number_may_be_told(said: str, formula: str, verdict: str) -> None:
    text = (
        f"For {said}:\n\n" + r"$$u = \sigma(v)$$ $$E = -s \ln u - (1 - s) \ln(1 - u)$$" + "\n\n"
        rf"$$\frac{{dE}}{{dv}} = {formula}$$"
    )
    assert check_text(text, "sheet.md").gradients[-1].verdict == verdict


@pytest.mark.parametrize(("formula", "verdict"), [("v - R^\\top k", "right"), ("v - R k", "wrong")])
def test_an_orthogonal_matrix_is_square(formula: str, verdict: str) -> None:
    text = rf"Let $R$ be orthogonal and $h = \frac12 \| R v - k \|^2$. $$\nabla_v h = {formula}$$"
    assert check_text(text, "sheet.md").gradients[-1].verdict == verdict
