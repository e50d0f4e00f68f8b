"""The command that makes individual worksheets."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from chalkgrad.cli.models import NotationName


class SheetForm(Enum):
    """How gradients are written on a worksheet."""

    scalar = "scalar"
    matrix = "matrix"


class SheetFormat(Enum):
    """The kinds of files of a worksheet."""

    md = "md"
    tex = "tex"
    ipynb = "ipynb"


def sheet(
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="PATTERN",
            help="A spec in which sizes and names may be alternatives, '2|3-2..4-1 relu|tanh sigmoid bce'. "
            "May be repeated: then one of them is drawn.",
            show_default="usual ones",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same worksheets.")] = 0,
    count: Annotated[int, typer.Option("--count", help="How many: one for each student of a class.")] = 1,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for sheets, templates, solutions.")] = Path(
        "worksheets"
    ),
    to: Annotated[
        list[SheetFormat] | None,
        typer.Option("--to", help="Markdown, LaTeX or notebook; may be repeated.", show_default="all three"),
    ] = None,
    notation: NotationName = None,
    form: Annotated[
        SheetForm, typer.Option("--form", help="Gradients weight by weight, or with matrices.")
    ] = SheetForm.scalar,
    rate: Annotated[float | None, typer.Option("--rate", min=1e-6, max=100, help="The learning rate.")] = None,
) -> None:
    """Make individual worksheets: tasks, an empty template for the answers, and the solution apart."""
    from rich.console import Console
    from rich.progress import Progress

    from chalkgrad.worksheets import FORMATS, write_class

    formats = [each.value for each in to or ()] or list(FORMATS)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("worksheets", total=count)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        made = write_class(
            out, model or (), seed=seed, count=count, formats=formats, notation=notation or "plain",
            form=form.value, rate=rate, progress=progress,
        )  # fmt: skip
    for worksheet in made:
        typer.echo(f"{worksheet.title}: {worksheet.spec}")
    typer.echo(f"{out / 'sheets'}, {out / 'templates'}, {out / 'solutions'}")
