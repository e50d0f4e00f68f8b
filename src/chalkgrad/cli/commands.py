"""All commands under one name."""

from __future__ import annotations

import typer

from chalkgrad.cli import descending, documents, editing, grading, models, numbers, paging, training, worksheets
from chalkgrad.version import __version__

app = typer.Typer(
    name="chalkgrad",
    help="Neural networks worked out on the board and run on the metal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"chalkgrad {__version__}")
        raise typer.Exit


@app.callback()
def _chalkgrad(
    version: bool = typer.Option(False, "--version", "-V", callback=_print_version, is_eager=True, help="The version."),
) -> None:
    """Neural networks worked out on the board and run on the metal."""


app.command()(documents.work)
app.command()(documents.check)
app.command()(editing.lsp)
app.command()(worksheets.sheet)
app.command()(grading.grade)
app.command()(models.show)
app.command()(models.draw)
app.command()(models.derive)
app.command()(models.code)
app.command()(numbers.forward)
app.command()(numbers.gradient)
app.command()(numbers.data)
app.command()(numbers.fit)
app.command()(training.train)
app.command()(training.predict)
app.command()(descending.descend)
app.command()(paging.page)
