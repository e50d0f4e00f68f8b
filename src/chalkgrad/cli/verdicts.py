"""Verdicts on the terminal: each equation, what slipped with its place underlined, a counterexample in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from chalkgrad.checking import CheckedClaim, Report

MARKS = {
    "definition": ("·", "blue"),
    "right": ("✓", "green"),
    "right_up_to": ("≈", "cyan"),
    "wrong": ("✗", "red"),
    "follows": ("↳", "yellow"),
    "undetermined": ("?", "yellow"),
    "unread": ("!", "magenta"),
}
_WORDS = {"follows": "following from an earlier slip"}
_INDENT = 4


def print_report(report: Report, hints: bool) -> None:
    """Prints a report; with `hints` nothing that gives an answer away."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=False)
    if report.spec:
        console.print(Text.assemble(("model ", "dim"), report.spec))
    for claim in report.claims:
        _print_claim(console, claim, hints)
    told = {guess for claim in report.claims if claim.verdict == "right" for guess in claim.guesses}
    others = [guess for guess in report.guesses if guess not in told]
    if others:
        console.print(Text("Read so: " + "; ".join(others) + ".", style="dim"))
    words = ((count, _WORDS.get(verdict, verdict.replace("_", " "))) for verdict, count in report.summary.items())
    counted = ", ".join(f"{count} {word}" for count, word in words if count)
    console.print(Text(counted or "no equations found", style="bold"))
    console.print(Text(how_many_judged(report), style="bold"))


def print_names(report: Report) -> None:
    """Prints for every name of each section what it was taken for, and why."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for section in dict.fromkeys(name.section for name in report.names):
        table = Table("name", "is", "where from", "because", title=section or None, title_justify="left", box=None)
        for name in report.names:
            if name.section == section:
                table.add_row(name.name, name.kind, name.role, ", ".join(name.because))
        console.print(table)


def how_many_judged(report: Report) -> str:
    """The last line: how many of the claims about derivatives were judged.

    >>> from chalkgrad.checking import Report
    >>> how_many_judged(Report("empty.md", ()))
    'Nothing is claimed about a derivative.'
    """
    count, judged = len(report.gradients), len(report.judged)
    if not count:
        return "Nothing is claimed about a derivative."
    claims = "claim about a derivative was" if count == 1 else "claims about derivatives were"
    return f"{judged} of {count} {claims} judged."


def _print_claim(console: Console, claim: CheckedClaim, hints: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from chalkgrad.checking.details import details

    mark, colour = MARKS["follows" if claim.follows else claim.verdict]
    title = claim.title or claim.subject or claim.latex[:60]
    verdict = claim.verdict.replace("_", " ")
    console.print(Text.assemble((f"{mark} ", colour), f"line {claim.line:<4} ", (f"{verdict:<12} ", colour), title))
    for line in _underlined(claim, console.width - _INDENT) if not hints or claim.mistakes else ():
        console.print(Padding(line, (0, 0, 0, _INDENT)))
    for detail in details(claim, hints):
        console.print(Padding(Text(detail), (0, 0, 0, _INDENT)))


def _underlined(claim: CheckedClaim, width: int) -> Iterator[Text]:
    """The lines of the equation in which something is underlined, cut to the width around it."""
    from rich.text import Text

    begin = 0
    for line in claim.latex.split("\n"):
        spans = [
            (max(mark.start - begin, 0), min(mark.end - begin, len(line)))
            for mark in claim.marks
            if mark.start < begin + len(line) and mark.end > begin
        ]
        begin += len(line) + 1
        if not spans:
            continue
        under = "".join("^" if any(a <= k < b for a, b in spans) else " " for k in range(len(line)))
        for start in _windows(spans, len(line), width):
            if under[start : start + width].strip():
                yield Text(_cut(line, start, width), no_wrap=True)
                yield Text(under[start : start + width].rstrip(), style="red", no_wrap=True)


def _cut(line: str, start: int, width: int) -> str:
    """A piece of a line, with dots where it goes on."""
    piece = line[start : start + width]
    piece = "…" + piece[1:] if start else piece
    return piece[:-1] + "…" if start + width < len(line) else piece


def _windows(spans: list[tuple[int, int]], length: int, width: int) -> Iterator[int]:
    """Where the pieces of a line begin in which it is shown: all of it, or from a little before what is underlined."""
    if length <= width:
        yield 0
        return
    start = max(0, min(min(a for a, _ in spans) - width // 4, length - width))
    while start < max(b for _, b in spans):
        yield start
        start += width
