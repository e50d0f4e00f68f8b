"""A network of which the equations show one layer of any, and the words the functions and the loss."""

from __future__ import annotations

import pytest

from chalkgrad.checking.document import check_text

WORDS = "The output unit is a sigmoid, the cost $E$ is the binary cross-entropy; hidden layers use the function tanh."
OTHER = "The output unit is a sigmoid, the cost $E$ is the binary cross-entropy; hidden layers are not linear."
LAYER = r"$$u^K = M^K h^{K-1} + c^K$$"
ERROR = r"\frac{\partial E}{\partial u^K} = \hat{t} - t"
LAST = r"\frac{\partial E}{\partial M^K} = (\hat{t} - t)(h^{K-1})^T"
BEFORE = r"\frac{\partial E}{\partial c^{K-1}} = (M^K)^T(\hat{t} - t) \odot \tanh'(u^{K-1})"


def verdict(words: str, *claims: str) -> str:
    """The verdict on the last claim of a text."""
    return check_text("\n\n".join([words, LAYER, *(f"$${claim}$$" for claim in claims)])).claims[-1].verdict


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        (LAST, "right"),
        (LAST.replace(r"\hat{t} - t", r"t - \hat{t}"), "wrong"),
        (BEFORE, "right"),
        (BEFORE.replace("(M^K)^T", "M^K"), "wrong"),
        (BEFORE.replace(r"\tanh'(u^{K-1})", "h^{K-1}"), "wrong"),
        (r"\frac{\partial h^K}{\partial u^K} = \hat{t} \odot (1 - \hat{t})", "right"),
    ],
)
def test_the_words_tell_the_functions(claim: str, wanted: str) -> None:
    assert verdict(WORDS, ERROR, BEFORE, claim) == wanted


def test_a_function_that_the_words_do_not_name_is_not_taken_from_a_claim() -> None:
    assert verdict(OTHER, ERROR, BEFORE) == "undetermined"
