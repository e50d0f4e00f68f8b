"""Of the ways in which a network may be written that is taken under which most is right, and no more is tried."""

from __future__ import annotations

import pytest

from chalkgrad.checking import given_models
from chalkgrad.page.documents import Document, read_document

TEXT = r"""
# One

$$\frac{\partial f}{\partial x} = 2x$$

# Two

$$\frac{\partial f}{\partial x} = 5$$

# Three

$$\frac{\partial f}{\partial x} = 3x^2$$
"""
WAYS = (["f = x^2"], ["f = \\sin(x)"], ["f = x^3"], ["f = 5x + x^2"], ["f = 2x"])


def tried(monkeypatch: pytest.MonkeyPatch, ways: list[Document]) -> tuple[Document, int]:
    """The best way, and how many parts were judged to find it."""
    judged: list[object] = []
    judge = given_models.judged_part
    with monkeypatch.context() as patched:
        patched.setattr(given_models, "judged_part", lambda *given: judged.append(given) or judge(*given))
        return given_models._best(ways), len(judged)


def test_a_way_that_cannot_be_better_is_left_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = [given_models._below(read_document(TEXT), each) for each in WAYS]
    best, parts = tried(monkeypatch, ways)
    monkeypatch.setattr(given_models, "_most_claims", lambda facts: 1_000)
    assert tried(monkeypatch, ways)[0] is best is ways[0]
    assert parts < tried(monkeypatch, ways)[1]
