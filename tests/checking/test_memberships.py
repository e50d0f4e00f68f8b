r"""What is said of where a derivative lies: its shape is that of the document, or it is left open."""

from __future__ import annotations

import pytest

from chalkgrad.checking import check_text

GIVEN = r"Let $M \in \mathbb R^{p \times q}$, $k \in \mathbb R^q$, $r = M k$, and $J$ a loss.  $$"

SAID = [
    (r"\frac{\partial J}{\partial M} \in \mathbb R^{p \times q}", "right"),
    (r"\frac{\partial J}{\partial M} \in \mathbb R^{q \times p}", "undetermined"),
    (r"\frac{\partial J}{\partial r} \in \mathbb R^p", "right"),
    (r"\frac{\partial J}{\partial r} \in \mathbb R^{p \times 1}", "right"),
    (r"\frac{\partial J}{\partial r} \in \mathbb R^q", "undetermined"),
    (r"\frac{\partial r}{\partial k} = M \in \mathbb R^{p \times q}", "right"),
    (r"\frac{\partial r}{\partial k} = M \in \mathbb R^{q \times p}", "undetermined"),
    (r"\frac{\partial J}{\partial k} = M^\top \frac{\partial J}{\partial r} \in \mathbb R^q", "right"),
    (r"\frac{\partial J}{\partial k} = M \frac{\partial J}{\partial r} \in \mathbb R^q", "wrong"),
    (r"\frac{\partial J}{\partial k} := M^\top \frac{\partial J}{\partial r}", "right"),
    (r"\frac{\partial J}{\partial k} := M \frac{\partial J}{\partial r}", "wrong"),
]


@pytest.mark.parametrize(("said", "wanted"), SAID)
def test_what_is_said_of_a_shape_is_compared_with_the_sizes_of_the_document(said: str, wanted: str) -> None:
    claims = [claim for claim in check_text(f"{GIVEN}{said}$$").claims if claim.kind == "claim"]
    assert [claim.verdict for claim in claims] == [wanted]


def test_a_shape_that_nothing_else_tells_is_neither_right_nor_wrong() -> None:
    report = check_text(r"$$\frac{\partial J}{\partial s} \in \mathbb R^k$$")
    assert [claim.verdict for claim in report.claims] == ["undetermined"]
