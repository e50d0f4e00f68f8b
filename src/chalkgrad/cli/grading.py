"""The command that marks a course."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def grade(
    sheet: Annotated[Path, typer.Argument(metavar="SHEET", help="The worksheet that defines the network.")],
    submissions: Annotated[Path, typer.Option("--submissions", help="The folder with a file or folder for each.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for tables and pages.")],
    rubric: Annotated[
        Path | None, typer.Option("--rubric", help="A TOML file; else a point for each gradient.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", help="How many processes.")] = 1,
    loss: Annotated[str | None, typer.Option("--loss", help="The loss, where documents do not say it.")] = None,
) -> None:
    """Mark every submission of a course; goes on where it was interrupted. Nothing in a submission is executed."""
    from rich.console import Console
    from rich.progress import Progress

    from chalkgrad.grading import grade as grade_course
    from chalkgrad.grading import read_rubric

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("marking", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        chosen = read_rubric(rubric) if rubric is not None else None
        course = grade_course(sheet, submissions, out, chosen, jobs=jobs, loss=loss, progress=progress)
    review = sum(bool(marked["review"]) for marked in course.marks)
    typer.echo(f"{len(course.marks)} submissions, {course.marked_now} marked now, {review} for a person to look at")
    typer.echo(f"{out / 'statistics.html'}")
