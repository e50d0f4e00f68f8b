"""A claim that is true only under one reading of the document says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking import Report, check_document

LOGISTIC = r"$$\hat y = \sigma(w^T x + b)$$"
FOR_BCE = r"$$\frac{\partial L}{\partial b} = \hat y - y$$"
FOR_MSE = r"$$\frac{\partial L}{\partial b} = 2(\hat y - y)\hat y(1-\hat y)$$"
FOR_NONE = r"$$\frac{\partial L}{\partial b} = 3(\hat y - y)$$"


def check(folder: Path, text: str) -> Report:
    path = folder / "sheet.md"
    path.write_text(text, encoding="utf-8")
    return check_document(path)


@pytest.mark.parametrize(
    ("text", "verdicts", "loss"),
    [
        (FOR_BCE, ["right"], "binary cross-entropy"),
        (FOR_MSE, ["right"], "mean squared error"),
        (FOR_MSE + FOR_BCE, ["undetermined", "undetermined"], "binary cross-entropy"),  # no loss makes both right
        (FOR_NONE, ["undetermined"], ""),
    ],
)
def test_where_no_loss_is_named_the_claims_may_tell_it(
    tmp_path: Path, text: str, verdicts: list[str], loss: str
) -> None:
    claims = check(tmp_path, LOGISTIC + text).claims[1:]
    assert [claim.verdict for claim in claims] == verdicts
    for claim in claims:
        says = f"only for the {loss}: the document names no loss"
        assert (says in claim.reason) == (says in claim.guesses) == (claim.verdict == "right")


def test_the_loss_that_is_taken_is_listed(tmp_path: Path) -> None:
    assert any("for which the claims are true" in guess for guess in check(tmp_path, LOGISTIC + FOR_MSE).guesses)


def test_a_loss_that_is_named_stays(tmp_path: Path) -> None:
    claim = check(tmp_path, LOGISTIC + "Binary cross-entropy." + FOR_MSE).claims[-1]
    assert claim.verdict == "wrong"


def test_what_does_not_depend_on_the_loss_does_not_say_so(tmp_path: Path) -> None:
    text = r"$$\frac{\partial \hat y}{\partial b} = \hat y(1-\hat y)$$"
    claim = check(tmp_path, LOGISTIC + text).claims[-1]
    assert claim.verdict == "right"
    assert "loss" not in claim.reason


def test_names_that_were_read_loosely_are_listed_with_the_claim(tmp_path: Path) -> None:
    text = r"$$\hat y = \sigma(v_1 h_1 + v_2 h_2 + c)$$ BCE. $$\frac{\partial L}{\partial V} = (\hat y - y)H$$"
    claim = check(tmp_path, text).claims[-1]
    assert claim.verdict == "right"
    assert "V is the vector of v₁, v₂" in claim.guesses
