"""What was found as HTML that stands by itself, for notebooks: verdicts, equations with slips underlined, tables.

Colours are told by words and signs as well, and follow the page's own for light and dark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.checking.details import as_sentence, details
from chalkgrad.writing.markup import paragraph, table, tag, text
from chalkgrad.writing.written_latex import written_equation

if TYPE_CHECKING:
    from chalkgrad.checking.gradcheck import GradientCheck
    from chalkgrad.checking.report import CheckedClaim, Report

_SIGNS = {
    "definition": ("≔", "#0072b2"),
    "right": ("✓", "#008f68"),
    "right_up_to": ("≈", "#b07800"),
    "wrong": ("✗", "#d55e00"),
    "follows": ("↳", "#b07800"),
    "undetermined": ("?", "#b07800"),
    "unread": ("…", "#b07800"),
}
_WORDS = {"follows": "follows from an earlier slip"}
_STYLE = tag(
    "style",
    ".chalkgrad .maths{overflow-x:auto;margin:.3em 0}.chalkgrad p{margin:.2em 0}"
    ".chalkgrad .slip{border-bottom:.14em solid #d55e00;padding-bottom:.08em}"
    ".chalkgrad caption{text-align:left}.chalkgrad th,.chalkgrad td{text-align:left}",
)


def shown(*parts: str) -> str:
    """Parts in a box of their own, with the little style that they need."""
    return tag("div", _STYLE, *parts, class_="chalkgrad")


def claim_html(claim: CheckedClaim, hints: bool = False) -> str:
    """One claim with its verdict, its equation and what there is to say; with `hints` no answer.

    >>> from chalkgrad.checking.report import CheckedClaim
    >>> "unread" in claim_html(CheckedClaim(1, 1, "", "y = x", "claim", "y", "unread", "what is y?"))
    True
    """
    verdict = "follows" if claim.follows else claim.verdict
    sign, colour = _SIGNS[verdict]
    words = _WORDS.get(verdict, verdict.replace("_", " "))
    head = tag("b", text(f"{sign} {words}"), style=f"color:{colour}") + text(
        f" {claim.title or claim.subject} (line {claim.line})"
    )
    told = [tag("p", head), written_equation(claim.latex, [(mark.start, mark.end) for mark in claim.marks])]
    if claim.link:
        told += [paragraph("The first side that is not right:"), written_equation(claim.link)]
    told += [paragraph(each.partition("\n")[0]) for each in details(replace(claim, link=""), hints)]
    if claim.expected and not hints:
        told += [paragraph("Right is:"), written_equation(claim.expected)]
    return tag("div", *told, style=f"border-left:3px solid {colour};padding-left:.8em;margin:.6em 0")


def report_html(report: Report, hints: bool = False) -> str:
    """All claims of a document, and how its names were read; with `hints` no answers."""
    parts = [tag("p", tag("b", text(counted(report))))]
    parts += [claim_html(claim, hints) for claim in report.claims]
    told = {guess for claim in report.claims if claim.verdict == "right" for guess in claim.guesses}
    others = [guess for guess in report.guesses if guess not in told]
    if others:
        parts.append(paragraph(f"Read so: {'; '.join(others)}."))
    return shown(*parts)


def counted(report: Report) -> str:
    """How many claims have which verdict, in words.

    >>> from chalkgrad.checking.report import Report
    >>> counted(Report("empty.md", ()))
    'no equations found'
    """
    words = (f"{count} {_WORDS.get(name, name.replace('_', ' '))}" for name, count in report.summary.items() if count)
    return ", ".join(words) or "no equations found"


def gradient_check_html(check: GradientCheck) -> str:
    """The blocks of a gradient check as a table, each with its verdict."""
    verdict = "right" if check.passed else "wrong"
    caption = f"The gradient is {verdict}: {check.method} differences in {check.precision}"
    return shown(table(["block", "absolute error", "relative error", "verdict"], list(_rows(check)), caption))


def _rows(check: GradientCheck) -> Iterator[list[str]]:
    for block in check.blocks:
        sign, colour = _SIGNS["right" if block.passed else "wrong"]
        place = "" if block.at is None else f" at {list(block.at)}"
        said = "right" if block.passed else f"wrong{place}: {block.claimed:.6g}, not {block.numerical:.6g}"
        said += f" ({len(block.kinks)} on a kink)" if block.kinks else ""
        errors = (f"{block.absolute_error:.1e}", f"{block.relative_error:.1e}")
        yield [text(block.name), *errors, tag("span", text(f"{sign} {as_sentence(said)}"), style=f"color:{colour}")]
