"""⊙ joins two of one size: beside a number it is wrong, or a convention of a document that always writes so."""

from __future__ import annotations

import pytest

from chalkgrad.checking.document import check_text

_MODEL = r"$$o = k^\top q, \quad q = M p$$ $$E = \frac12 (o - d)^2$$" + "\n\n"

CASES = [
    ([r"\partial E}{\partial k} = (o - d) \odot q", r"\partial E}{\partial q} = (o - d) k"], ["wrong", "right"]),
    ([r"\partial E}{\partial k} = (o - d) \odot q", r"\partial E}{\partial q} = (o - d) \odot k"],
     ["right_up_to", "right_up_to"]),
    ([r"\partial E}{\partial k} = (o - d) q \odot 1", r"\partial E}{\partial q} = (o - d) k"], ["right", "right"]),
    ([r"\partial E}{\partial k} = (d - o) \odot q", r"\partial E}{\partial q} = (o - d) \odot k"], ["wrong", "wrong"]),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "verdicts"), CASES)
def test_a_number_beside_a_product_place_by_place(claims: list[str], verdicts: list[str]) -> None:
    text = _MODEL + "\n\n".join(rf"$$\frac{{{claim}$$" for claim in claims)
    assert [each.verdict for each in check_text(text, "sheet.md").gradients] == verdicts


@pytest.mark.parametrize(("second", "verdict"), [("-1", "right"), ("1", "wrong")])
def test_what_a_sentence_goes_on_with_holds_under_its_condition(second: str, verdict: str) -> None:
    text = (
        "Let $q(v) = |v|$.\n\nIf $v > 0$, then $q(v) = v$, and so $q'(v) = 1$. "
        f"If $v < 0$, then $q(v) = -v$, and so $q'(v) = {second}$.\n"
    )
    assert [each.verdict for each in check_text(text, "sheet.md").claims][1:] == ["right", "right", "right", verdict]
