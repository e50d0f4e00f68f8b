"""The check room's work: a document's verdicts as plain data, with its equations as MathML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalkgrad.checking.document import check_text
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.web.markup import unstyled


def verdicts(
    text: str, *, loss: str = "", model: str = "", let: Mapping[str, str] | None = None, latex: bool | None = None
) -> dict[str, Any]:
    """What `chalkgrad check --json --reading` says of a text, with the equations as MathML, and hints beside answers.

    Raises `ChalkgradError` for a text that cannot be read at all.

    >>> found = verdicts("$$f(x) = x^3$$ $$f'(x) = 3x$$")
    >>> [claim["verdict"] for claim in found["claims"]], found["claims"][1]["hints"]
    (['definition', 'wrong'], ['Is every link of the chain there?'])
    """
    report = check_text(text, loss=loss or None, model=model or None, let=let or None, latex=latex)
    return {
        "model": {"spec": report.spec or "", "guesses": list(report.guesses)},
        "claims": [_claim(claim) for claim in report.claims],
        "names": [name.to_json() for name in report.names],
        "summary": dict(report.summary),
        "judged": {"of": len(report.gradients), "judged": len(report.judged)},
    }


def _claim(claim: CheckedClaim) -> dict[str, Any]:
    from chalkgrad.writing.written_latex import written_equation

    told = claim.to_json()
    marks = [(mark.start, mark.end) for mark in claim.marks]
    hints = dict.fromkeys(slip.hint for slip in claim.mistakes)
    return {
        **{name: told[name] for name in _TOLD},
        "verdict": "follows" if claim.follows is not None else claim.verdict,
        "place": claim.place,
        "mathml": unstyled(written_equation(claim.latex, marks)),
        "expected_mathml": unstyled(written_equation(claim.expected)) if claim.expected else "",
        "hints": list(hints),
        "mistakes": list(dict.fromkeys(slip.message for slip in claim.mistakes)),
        "guesses": list(claim.guesses),
    }


_TOLD = (
    "line", "column", "section", "latex", "kind", "title", "reason", "chain", "counterexample", "expected", "link",
    "marks", "follows", "rests",
)  # fmt: skip
