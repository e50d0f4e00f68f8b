"""`verify`: a verdict for each claim, whatever it is."""

from __future__ import annotations

import random

import pytest

import chalkgrad as cg
from chalkgrad.checking.verifying import Verification

LOGISTIC = r"z = w^\top x + b, \hat y = \sigma(z), L = -y\log\hat y - (1-y)\log(1-\hat y)"
SLOPE = r"\frac{\partial L}{\partial w} = "


@pytest.mark.parametrize(
    ("claim", "model", "verdict"),
    [
        (SLOPE + r"(\hat y - y) x", LOGISTIC, "right"),
        (SLOPE + r"(y - \hat y) x", LOGISTIC, "wrong"),
        (SLOPE + r"\hat y - y", LOGISTIC, "wrong"),
        (SLOPE + SLOPE[:-2], LOGISTIC, "undetermined"),
        (r"$\frac{\partial L}{\partial b} = \hat y - y$", f"$${LOGISTIC}$$", "right"),
        (r"\frac{\partial L}{\partial b} = \hat y - y", "2-1 sigmoid bce", "right"),
        (r"\frac{\partial L}{\partial b} = \hat y", "2-1 sigmoid bce", "wrong"),
        (r"\frac{df}{dx} = 2x", "f = x^2", "right"),
        (r"\frac{df}{dx} = 2x = 3x", "f = x^2", "wrong"),
        (r"\frac{df}{dx} = 2x, \frac{df}{dy} = 1", "f = x^2 + y^2", "wrong"),
        (r"\sigma'(z) = \sigma(z)(1-\sigma(z))", "", "right"),
        ("x = 3", "f = x^2", "unread"),
        ("", "", "unread"),
        (r"\frac{", LOGISTIC, "unread"),
        (SLOPE + "(" * 5000, LOGISTIC, "unread"),
        (SLOPE + "x" * 30_000, LOGISTIC, "unread"),
        (r"\frac{\partial L}{\partial w} = \sum_{i=1}^{999999}\sum_{j=1}^{999999} x_{ij}", LOGISTIC, "unread"),
    ],
)
def test_every_claim_gets_its_verdict(claim: str, model: str, verdict: str) -> None:
    found = cg.verify(claim, model)
    accepted = {"unread", "undetermined", "wrong"} if "999999" in claim else {verdict}
    assert found.verdict in accepted, found
    assert found.right == (verdict == "right")


def test_what_slipped_is_said_on_wish() -> None:
    found = cg.verify(SLOPE + r"(y - \hat y) x", LOGISTIC, explain=True)
    assert "sign" in found.reason
    assert found.expected


def test_no_text_makes_it_fail() -> None:
    drawn = random.Random(0)
    pieces = [*r"\frac{\partial L}{}^_&$=()[] \sum\begin{aligned}\\", r"\frac", r"\partial", r"\end{x}", "é", "\0"]
    for _ in range(150):
        text = "".join(drawn.choices(pieces, k=drawn.randint(1, 40)))
        assert isinstance(cg.verify(text, LOGISTIC, steps=20_000), Verification)


def test_what_is_no_text_is_not_read() -> None:
    assert cg.verify(None, LOGISTIC).verdict == "unread"  # type: ignore[arg-type]
    assert [each.verdict for each in cg.verify_all([("x", 5)])] == ["unread"]  # type: ignore[list-item]


def test_processes_share_the_claims_and_agree() -> None:
    pairs = [(SLOPE + right, LOGISTIC) for right in (r"(\hat y - y) x", "x", r"x\hat y", r"x(\hat y - y)")]
    alone = cg.verify_all(pairs)
    assert [each.right for each in alone] == [True, False, False, True]
    assert cg.verify_all(pairs, processes=2) == alone
