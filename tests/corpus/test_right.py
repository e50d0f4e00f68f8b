"""Correct derivations in many notations: everything is read, nothing is refused, and something is judged right."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking import check_document

RIGHT = Path(__file__).parent / "right"
DOCUMENTS = sorted(path for path in RIGHT.rglob("*.*") if path.suffix in (".md", ".tex", ".ipynb", ".txt"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(RIGHT)))
def test_a_correct_derivation_is_accepted(path: Path) -> None:
    report = check_document(path)
    refused = [
        f"line {claim.line}: {claim.latex}: {claim.verdict}, {claim.reason}"
        for claim in report.claims
        if claim.verdict not in ("definition", "right", "right_up_to")
    ]
    assert not refused, "\n".join(refused)
    assert any(claim.verdict == "right" for claim in report.claims)


def test_the_corpus_is_large_enough() -> None:
    claims = [claim for path in DOCUMENTS for claim in check_document(path).claims]
    judged = [claim for claim in claims if claim.verdict in ("right", "right_up_to")]
    assert len(DOCUMENTS) >= 40
    assert len(judged) >= 120
