"""The work that a document, a section and a claim may take: in steps, so that the same is said on every machine."""

from __future__ import annotations

import pytest

from chalkgrad.checking import check_text, comparisons, document, explaining, judging
from chalkgrad.page.effort import CLAIM_SPENT, DOCUMENT_SPENT, PART_SPENT, Effort, SpentError, at_most, counting, spend

SHEET = r"""
# One

$$y = \sigma(w x)$$ Binary cross-entropy.
$$\frac{\partial L}{\partial w} = (y - t) x$$
"""
WRONG = SHEET.replace("(y - t)", "(y + t)")


def hostile(sections: int, names: int) -> str:
    """Many sections, each with products of names of which nothing says what they are."""
    parts = []
    for section in range(sections):
        letters = [f"{letter}_{{{section}{place}}}" for place in range(names // 6) for letter in "ABCDEF"]
        product, total = " ".join(letters), " + ".join(letters)
        parts.append(
            f"# Part {section}\n\n$$P_{{{section}}} = {product}$$ $$Q_{{{section}}} = ({total})^T ({product})$$\n"
            rf"$$\frac{{\partial L}}{{\partial {letters[0]}}} = "
            rf"\frac{{\partial L}}{{\partial Q_{{{section}}}}} {total}$$"
        )
    return "\n\n".join(parts)


def test_outside_of_a_share_nothing_is_counted() -> None:
    spend(10**12)


def test_a_share_is_no_larger_than_what_is_left_around_it() -> None:
    effort = Effort(10)
    with counting(effort):
        with at_most(4) as first:
            spend(4)
        with at_most(100) as second:
            assert second.given == 6
            with pytest.raises(SpentError):
                spend(7)
    assert (first.spent, second.spent, effort.spent) == (False, True, True)


def test_a_claim_that_takes_too_much_is_undetermined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "MOST_FOR_CLAIM", 1)
    for text in (SHEET, WRONG):
        assert [(claim.verdict, claim.reason) for claim in check_text(text).gradients] == [
            ("undetermined", CLAIM_SPENT)
        ]


def test_a_section_that_can_be_read_in_too_many_ways_is_undetermined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_FOR_PART", 100)
    for text in (SHEET, WRONG):
        told = [(claim.verdict, claim.reason) for claim in check_text(text).gradients]
        assert told == [("undetermined", PART_SPENT)]


@pytest.mark.parametrize("most", [1_000, 3_000, 10_000, 30_000])
def test_what_a_section_has_no_work_left_for_is_never_wrong(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(judging, "MOST_FOR_PART", most)
    assert check_text(SHEET).gradients[0].verdict in ("right", "undetermined")
    assert check_text(WRONG).gradients[0].verdict in ("wrong", "undetermined")


def test_what_a_document_has_no_work_left_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SHEET + SHEET.replace("One", "Two").replace("w", "u").replace("y", "p")
    effort = Effort(10**9)
    monkeypatch.setattr(document, "Effort", lambda steps: effort)
    assert [claim.verdict for claim in check_text(text).gradients] == ["right", "right"]
    for most in (100, (10**9 - effort.left) // 2):
        effort = Effort(most)
        claims = check_text(text).gradients
        assert claims[-1].verdict == "undetermined"
        assert claims[-1].reason == DOCUMENT_SPENT


def test_a_slip_that_takes_too_much_to_explain_is_still_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_text(WRONG).gradients[0].mistakes
    monkeypatch.setattr(explaining, "MOST_FOR_EXPLAINING", 1)
    claim = check_text(WRONG).gradients[0]
    assert claim.verdict in ("wrong", "undetermined")
    assert not claim.mistakes


def test_the_same_text_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Effort] = []
    monkeypatch.setattr(document, "Effort", lambda steps: made.append(Effort(steps)) or made[-1])
    for _ in range(2):
        check_text(WRONG)
    assert made[0].left == made[1].left < made[0].given


def test_a_hostile_document_ends_with_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    effort = Effort(30_000)
    monkeypatch.setattr(document, "Effort", lambda steps: effort)
    claims = check_text(hostile(sections=12, names=24)).gradients
    assert len(claims) == 12
    assert {claim.verdict for claim in claims} <= {"undetermined", "right", "unread"}
    assert claims[-1].reason == DOCUMENT_SPENT
    assert effort.left > -1_000_000  # what was begun ends soon
