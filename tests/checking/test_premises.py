"""A loss that nothing defines: its gradients follow from the first of them, from words, or from what is derived."""

from __future__ import annotations

import pytest

from chalkgrad.checking.document import check_text


def verdicts(text: str) -> list[str]:
    return [claim.verdict for claim in check_text(text, "sheet.md").claims if claim.kind == "claim"]


_LAYER = "Let $v = M u + r$.\n\n"


def gradients(*claims: tuple[str, str]) -> str:
    return "\n\n".join(rf"$$\frac{{\partial Q}}{{\partial {by}}} = {side}$$" for by, side in claims)


PREMISES = [
    ([("v", "q - d"), ("M", "(q - d) u^T"), ("r", "q - d"), ("u", "M^T (q - d)")], ["right"] * 3),
    ([("v", "q - d"), ("M", "(q - d) u^T"), ("r", "q - d"), ("u", "M^T (d - q)")], ["right", "right", "wrong"]),
    ([("v", "q - d"), ("M", "2(q - d) u^T"), ("u", "M^T (d - q)")], ["undetermined"] * 2),
    ([("r", "q - d"), ("M", "(q - d) u^T"), ("u", "M^T (q - d)")], ["right"] * 2),
    ([("v_i", "q_i - d_i"), ("M_{ij}", "(q_i - d_i) u_j"), ("u_j", r"\sum_i M_{ij} (q_i - d_i)")], ["right"] * 2),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "expected"), PREMISES)
def test_other_gradients_follow_from_the_first(claims: list[tuple[str, str]], expected: list[str]) -> None:
    index = "_" in claims[0][0]
    layer = "Let $v_i = \\sum_j M_{ij} u_j + r_i$.\n\n" if index else _LAYER
    found = verdicts(layer + gradients(*claims))
    assert found[0] == "undetermined"  # what the loss is, nothing says
    assert found[1:] == expected


def test_a_premise_that_rests_on_what_it_is_derived_by_is_none() -> None:
    text = "Let $v = m u + r$ and $q = v^2$.\n\n" + gradients(("v", "q - d"), ("m", "(q - d) u"))
    assert "right" not in verdicts(text)


def test_the_line_of_the_premise_is_told() -> None:
    report = check_text(_LAYER + gradients(("v", "q - d"), ("M", "(q - d) u^T")), "sheet.md")
    assert "the derivative of Q by v is what line 3 says" in report.guesses


TOLD = [
    ("Logistic regression with log loss.\n\n$$v = m^T u + r$$\n\n", [("m", "(q - d) u"), ("r", "q - d")], "right"),
    ("Logistic regression with log loss.\n\n$$v = m^T u$$\n\n", [("m", "(q - d) u")], "right"),
    ("Logistic regression with log loss.\n\n$$v = m^T u$$\n\n", [("m", "(q - d) m")], "wrong"),
    ("Softmax and cross-entropy, $v = M u$.\n\n", [("M", "(q - d) u^T"), ("u", "M^T (q - d)")], "right"),
]


@pytest.mark.parametrize(("head", "claims", "expected"), TOLD)
def test_an_output_that_words_tell_is_that_of_the_sum(
    head: str, claims: list[tuple[str, str]], expected: str
) -> None:  # fmt: skip
    assert verdicts(head + gradients(*claims)) == [expected] * len(claims)


def test_a_chain_on_the_left_ends_in_what_the_output_is_of() -> None:
    text = r"""A sigmoid activation and the binary cross-entropy.

$$\frac{\partial Q}{\partial h^L} \cdot \frac{\partial h^L}{\partial v^L} = q - d$$

$$v^L = M^L h^{L-1} + r^L$$

$$\frac{\partial Q}{\partial M^L} = (q - d) (h^{L-1})^T$$
"""
    assert verdicts(text) == ["right_up_to", "right"]


FORMULAS = r"""$$\frac{\partial Q}{\partial q} = \frac{\partial}{\partial q} (d - q)^2 = -2(d - q)$$

$$\frac{\partial q}{\partial m} = \frac{\partial}{\partial m} (m u + r) = u$$

"""


@pytest.mark.parametrize(
    ("by", "side", "expected"),
    [("m", "-2(d - q) u", "right"), ("r", "-2(d - q)", "right"), ("r", "-2(d - q) u", "undetermined")],
)
def test_a_formula_that_is_derived_in_its_place_says_what_a_quantity_is(by: str, side: str, expected: str) -> None:
    assert verdicts(FORMULAS + gradients((by, side)))[-1] == expected


def test_another_section_may_tell_it() -> None:
    text = "# The rule\n\n" + gradients(("m", "-2(d - q) u")) + "\n\n# Its parts\n\n" + FORMULAS
    assert verdicts(text) == ["right"] * 3
