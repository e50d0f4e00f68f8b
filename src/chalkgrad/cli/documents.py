"""Commands for documents: work one into a report, check its equations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from chalkgrad.cli.verdicts import MARKS, print_names, print_report
from chalkgrad.errors import ChalkgradError

File = Annotated[Path, typer.Argument(metavar="FILE", help="A worksheet: Markdown or LaTeX.")]
Loss = Annotated[str | None, typer.Option("--loss", help="The loss, where the document does not say it.")]


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
    model: Annotated[
        str | None, typer.Option("--model", help="The network's spec, where the document does not define it.")
    ] = None,
    let: Annotated[
        list[str] | None,
        typer.Option("--let", metavar="NAME=NAME", help="What a name stands for: out=z_2. May be repeated."),
    ] = None,
    reading: Annotated[bool, typer.Option("--reading", help="For every name what it was taken for, and why.")] = False,
    function: Annotated[
        str | None,
        typer.Option("--function", help="A backward function of a Python FILE to check. This runs the file."),
    ] = None,
    against: Annotated[str | None, typer.Option("--against", help="The spec of the function's network.")] = None,
) -> None:
    """Check every equation of a sheet, or a backward function. Ends with 0 if all is right, 1 if not, 2 if unreadable.

    A Python file is only run where its function is named; it runs in a process of its own with limits on time and
    memory, which stop mistakes but not malice.
    """
    if function is not None or against is not None:
        if function is None or against is None:
            raise ChalkgradError("code is checked with both --function and --against, the spec of its network")
        _check_function(file, function, against, as_json, hints)
    from chalkgrad.checking import check_document

    report = check_document(file, loss, let=_names(let or ()), model=model)
    if as_json:
        names = {"names": [name.to_json() for name in report.names]} if reading else {}
        typer.echo(json.dumps({**report.to_json(hints), **names}, ensure_ascii=False, indent=2))
    else:
        print_report(report, hints)
        if reading:
            print_names(report)
    raise typer.Exit(report.exit_code)


def _names(pairs: Iterable[str]) -> dict[str, str]:
    """The pairs of `--let`, one or several with commas, as a table."""
    found: dict[str, str] = {}
    for pair in (each for several in pairs for each in several.split(",")):
        name, equals, meant = (part.strip() for part in pair.partition("="))
        if not (name and equals and meant):
            raise ChalkgradError(f"--let {pair.strip()}: expected a name and what it stands for, such as out=z_2")
        found[name] = meant
    return found


def _check_function(file: Path, function: str, spec: str, as_json: bool, hints: bool) -> NoReturn:
    from rich.console import Console
    from rich.text import Text

    from chalkgrad.checking.code import check_code

    checked = check_code(file, function, spec)
    if as_json:
        typer.echo(json.dumps(checked.to_json(hints), ensure_ascii=False, indent=2))
        raise typer.Exit(checked.exit_code)
    console = Console(highlight=False)
    if checked.samples == "columns":
        console.print(Text("Read so: the columns of its matrices are the samples.", style="dim"))
    for block in checked.blocks:
        mark, colour = MARKS[block.verdict]
        console.print(Text.assemble((f"{mark} {block.verdict:<12} ", colour), block.name))
        details = [slip.hint if hints else slip.message for slip in block.slips]
        if block.verdict != "right" and not hints:
            details.append(block.reason[0].upper() + block.reason[1:] + ".")
        for detail in details:
            console.print(Text("    " + detail))
    raise typer.Exit(checked.exit_code)
