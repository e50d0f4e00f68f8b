"""Commands for documents: work one into a report, check its equations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from chalkgrad.cli.checking import FailOn, Format, check_files
from chalkgrad.cli.code import check_function
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
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Markdown, LaTeX, notebooks, plain text.")],
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    form: Annotated[
        Format, typer.Option("--format", help="For people, programs, code scanning, or a workflow of GitHub.")
    ] = Format.TEXT,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="End with 3 where not all was judged, or only with 1 for what is wrong.")
    ] = FailOn.UNJUDGED,
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
        typer.Option(
            "--function", help="A function, method or class of a Python FILE or notebook to check. This runs it."
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            help="What the function is the gradient of: a network's spec, a formula, a document, its section.",
        ),
    ] = None,
    forward: Annotated[
        str | None, typer.Option("--forward", metavar="NAME", help="The function of FILE whose gradient it is.")
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Run FILE's function also where the system cannot confine it.")
    ] = False,
    call: Annotated[
        str | None, typer.Option("--call", metavar="CALL", help="How the function is called: 'f(theta, X, y)'.")
    ] = None,
    layout: Annotated[
        str | None, typer.Option("--layout", help="How its arrays are laid out: 'columns, integers'.")
    ] = None,
    second: Annotated[
        bool, typer.Option("--second", help="Check second derivatives too, of what PyTorch or JAX differentiates.")
    ] = False,
) -> None:
    """Check every equation of files, or a backward function. Ends with 0 if all is right, 1 if not, 2 if unreadable.

    A Python file is only run where its function is named: in a process of its own, without network, that can write one
    folder of its own, start no other process, and has limits on time and memory.
    """
    told = _names(let or ())
    form = Format.JSON if as_json else form
    if function is not None:
        if len(files) > 1 or form not in (Format.TEXT, Format.JSON):
            raise ChalkgradError("--function is for one file, told as text or --json")
        as_json, fixed = form is Format.JSON, {"forward": forward, "call": call, "layout": layout}
        check_function(
            files[0], function, against, let=told, as_json=as_json, hints=hints, trust=trust, second=second, **fixed
        )
    for name, value in {"against": against, "forward": forward, "call": call, "layout": layout}.items():
        if value is not None:
            raise ChalkgradError(f"--{name} is about code: say which function of {files[0].name} with --function")
    from chalkgrad.checking import check_document

    raise typer.Exit(
        check_files(
            files,
            lambda path: check_document(path, loss, let=told, model=model),
            form=form,
            hints=hints,
            names=reading,
            fail_on=fail_on,
        )
    )


def _names(pairs: Iterable[str]) -> dict[str, str]:
    """The pairs of `--let`, one or several with commas, as a table."""
    found: dict[str, str] = {}
    for pair in (each for several in pairs for each in several.split(",")):
        name, equals, meant = (part.strip() for part in pair.partition("="))
        if not (name and equals and meant):
            raise ChalkgradError(f"--let {pair.strip()}: expected a name and what it stands for, such as out=z_2")
        found[name] = meant
    return found
