"""Values without a formula in a text: a softmax that only words name, a loss of one sample."""

from __future__ import annotations

import pytest

from chalkgrad.checking import check_text

SPOKEN = "The output layer is a softmax."
BOTH = "Hidden units are ReLU units; the output layer is a softmax."
LOCAL = r"$$\frac{\partial q_i}{\partial u_j} = q_i (\delta_{ij} - q_j)$$"
LOSS = r"$$E = - \sum_k r_k \log q_k$$"
STEP = r"$$\frac{\partial E}{\partial u_j} = -\sum_k \frac{r_k}{q_k} q_k (\delta_{kj} - q_j)$$"
LAST = r"$$\frac{\partial E}{\partial u_j} = q_j - r_j$$"
FLIPPED = r"$$\frac{\partial E}{\partial u_j} = r_j - q_j$$"


def verdicts(*parts: str) -> list[str]:
    return [each.verdict for each in check_text("\n\n".join(parts)).claims if each.kind == "claim"]


@pytest.mark.parametrize("words", [SPOKEN, BOTH])
@pytest.mark.parametrize(("last", "wanted"), [(LAST, "right"), (FLIPPED, "wrong")])
def test_a_function_that_is_named_and_whose_derivative_is_right_is_that_function(
    words: str, last: str, wanted: str
) -> None:
    assert verdicts(words, LOSS, LOCAL, STEP, last) == ["right", "right", wanted]


def test_a_function_whose_derivative_is_not_that_of_the_one_named_is_none_of_the_words() -> None:
    assert verdicts(SPOKEN, LOSS, LOCAL.replace("- q_j", "+ q_j"), LAST)[0] == "undetermined"


CHAIN = r"$$\frac{\partial c_n}{\partial u} = \frac{\partial p}{\partial u} \frac{\partial c_n}{\partial p}$$"
LONGER = (
    r"$$\frac{\partial c_n}{\partial v} = \frac{\partial u}{\partial v} \left("
    r"\frac{\partial p}{\partial u} \frac{\partial c_n}{\partial p}\right)$$"
)
FORMULAS = r"$$u = \sin v$$" + "\n\n" + r"$$p = b + w u$$"


@pytest.mark.parametrize("formulas", ["", FORMULAS])
def test_chains_of_the_loss_of_one_sample(formulas: str) -> None:
    assert verdicts(formulas, CHAIN, LONGER) == ["right", "right"]


def test_a_chain_that_leaves_out_a_factor_is_not_right() -> None:
    short = LONGER.replace(r"\frac{\partial p}{\partial u} ", "")
    assert verdicts(FORMULAS, CHAIN, short)[-1] in ("undetermined", "wrong")
