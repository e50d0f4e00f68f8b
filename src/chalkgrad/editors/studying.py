"""What an editor shows of a text, as plain data: findings, and what stands under the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from chalkgrad.checking.document import check_text
from chalkgrad.checking.names_read import NameRead
from chalkgrad.checking.report import CheckedClaim, Report
from chalkgrad.editors.findings import Place, findings_in, heading, place_of, verdict_of
from chalkgrad.editors.fixes import fixes
from chalkgrad.errors import ChalkgradError


def studied(text: str, latex: bool, hints: bool) -> dict[str, Any]:
    """The findings in a text, and in Markdown what is said of each claim and of each name, with their places.

    `problem` says why nothing could be checked at all. With `hints` no answer is given away.

    >>> text = "BCE: $$y = \\\\sigma(w x)$$ $$\\\\frac{\\\\partial L}{\\\\partial w} = (t - y) x$$"
    >>> found = studied(text, latex=False, hints=True)
    >>> [finding["message"] for finding in found["findings"]]
    ['∂L/∂w is wrong\\nLook at the sign in front of the first factor.']
    >>> found["names"][0]["markdown"]
    '`y`: number, defined in line 1 (a small letter)'
    """
    try:
        report = check_text(text, latex=latex)
    except ChalkgradError as problem:
        return {"findings": [], "claims": [], "names": [], "problem": str(problem)}
    return {"findings": list(_findings(report, hints)), "claims": _claims(report, hints), "names": _names(report)}


def fixes_in(text: str, latex: bool, claim: int) -> dict[str, Any]:
    """The edits that mend a claim of a text, told by its number among the claims; and what it should say."""
    report = _report(text, latex)
    if claim >= len(report.claims):
        return {"fixes": [], "answer": ""}
    wrong = report.claims[claim]
    return {"fixes": [asdict(fix) for fix in fixes(text, wrong, report, latex=latex)], "answer": wrong.expected}


@lru_cache(maxsize=2)  # one asks for the edits of several claims of a text
def _report(text: str, latex: bool) -> Report:
    return check_text(text, latex=latex)


def _findings(report: Report, hints: bool) -> Iterator[dict[str, Any]]:
    numbers = {id(claim): number for number, claim in enumerate(report.claims)}
    for finding in findings_in(report, hints):
        yield {
            "rule": finding.rule,
            "severity": finding.severity,
            "message": finding.message,
            "place": _listed(finding.place),
            "parts": [_listed(part) for part in finding.parts] if len(finding.parts) > 1 else [],
            "earlier": finding.earlier,
            "claim": numbers[id(finding.claim)],
        }


def _listed(place: Place) -> list[int]:
    return [place.line, place.column, place.end_line, place.end_column]


def _claims(report: Report, hints: bool) -> list[dict[str, Any]]:
    return [
        {"place": _listed(place_of(claim)), "markdown": markdown}
        for claim in report.claims
        if (markdown := "\n\n".join(_told(claim, hints)))
    ]


def _told(claim: CheckedClaim, hints: bool) -> Iterator[str]:
    """A claim's verdict, and how it was read; of a wrong one the hint, and below it what is right."""
    if verdict_of(claim) == "definition" and not claim.guesses:
        return
    yield f"**{heading(claim)}**"
    if claim.reason and not claim.mistakes:
        yield claim.reason[:1].upper() + claim.reason[1:] + "."
    if claim.guesses:
        yield "Read so: " + "; ".join(claim.guesses) + "."
    yield from dict.fromkeys(slip.hint for slip in claim.mistakes)
    if claim.expected and not hints:
        yield f"---\n\nRight is:\n\n```latex\n{claim.expected}\n```"


def _names(report: Report) -> list[dict[str, Any]]:
    return [
        {"place": [mark.line, mark.column, mark.end_line, mark.end_column], "markdown": _named(name)}
        for name in report.names
        for mark in name.places
    ]


def _named(name: NameRead) -> str:
    why = f" ({', '.join(name.because)})" if name.because else ""
    return f"`{name.name}`: {name.kind}, {name.role}{why}"
