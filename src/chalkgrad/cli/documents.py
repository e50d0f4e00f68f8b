"""Commands for documents: work one into a report, check its equations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chalkgrad.cli.main import UNREADABLE

if TYPE_CHECKING:
    from rich.console import Console

    from chalkgrad.checking import CheckedClaim, Report

File = Annotated[Path, typer.Argument(metavar="FILE", help="A worksheet: Markdown or LaTeX.")]
Loss = Annotated[str | None, typer.Option("--loss", help="The loss, where the document does not say it.")]
MARKS = {
    "definition": ("·", "blue"),
    "right": ("✓", "green"),
    "right_up_to": ("≈", "cyan"),
    "wrong": ("✗", "red"),
    "undetermined": ("?", "yellow"),
    "unread": ("!", "magenta"),
}


def work(
    file: File,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the report.")] = Path("out"),
    loss: Loss = None,
) -> None:
    """Work a sheet: draw its network, derive and check its gradients, train it; one page and all files."""
    from chalkgrad.reports import write_report

    files = write_report(file, out, loss)
    typer.echo(f"{files.page}")


def check(
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
    hints: Annotated[bool, typer.Option("--hints", help="Hints that do not give the answer away.")] = False,
    loss: Loss = None,
) -> None:
    """Check every equation of a sheet. Ends with 0 if all is right, 1 if something is wrong, 2 if unreadable."""
    from chalkgrad.checking import check_document

    report = check_document(file, loss)
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        _print_report(report, hints)
    raise typer.Exit(report.exit_code)


def _print_report(report: Report, hints: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=False)
    if report.spec:
        console.print(Text.assemble(("model ", "dim"), report.spec))
    for claim in report.claims:
        _print_claim(console, claim, hints)
    counted = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in report.summary.items() if count)
    console.print(Text(counted or "no equations found", style="bold"))
    if report.exit_code == UNREADABLE and not report.claims:
        console.print("Nothing in this document could be checked.")


def _print_claim(console: Console, claim: CheckedClaim, hints: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    mark, colour = MARKS[claim.verdict]
    title = claim.subject or claim.latex[:60]
    verdict = claim.verdict.replace("_", " ")
    console.print(Text.assemble((f"{mark} ", colour), f"line {claim.line:<4} ", (f"{verdict:<12} ", colour), title))
    details: list[str] = []
    if claim.chain:
        details.append(claim.chain[0].upper() + claim.chain[1:] + ".")
    if claim.mistakes:
        details += [slip.hint if hints else slip.message for slip in claim.mistakes]
    elif claim.verdict not in ("definition", "right"):
        details.append(claim.reason)
    counterexample = claim.counterexample
    if counterexample is not None and not hints:
        point = ", ".join(f"{name} = {_short(value)}" for name, value in counterexample["point"].items())
        claimed, derived = _short(counterexample["claimed"]), _short(counterexample["derived"])
        details.append(f"At {point}: claimed {claimed}, but it is {derived}.")
    for detail in details:
        console.print(Padding(Text(detail), (0, 0, 0, 4)))


def _short(value: object) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(map(_short, value)) + ")"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
