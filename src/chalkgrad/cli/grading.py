"""The command that marks a course."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from chalkgrad.errors import ChalkgradError


def grade(
    sheet: Annotated[
        Path,
        typer.Argument(metavar="SHEET", help="The sheet that defines the network; or a folder with one for each."),
    ],
    submissions: Annotated[
        Path | None, typer.Option("--submissions", help="The folder with a file or folder for each.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for tables and pages.")] = Path("grades"),
    rubric: Annotated[
        Path | None, typer.Option("--rubric", help="A TOML file; else a point for each gradient.")
    ] = None,
    hints: Annotated[
        bool, typer.Option("--hints", help="Pages and feedback for students: hints that give no answer away.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="How many processes.", show_default="one for each core, at most 8")
    ] = None,
    loss: Annotated[str | None, typer.Option("--loss", help="The loss, where documents do not say it.")] = None,
    hooks: Annotated[
        bool,
        typer.Option("--hooks", help="Instead, write what goes into Gradescope, PrairieLearn, nbgrader and Otter."),
    ] = False,
) -> None:
    """Mark every submission of a course; goes on where it was interrupted. Nothing in a submission is executed."""
    from chalkgrad.grading import read_rubric

    chosen = read_rubric(rubric) if rubric is not None else None
    if hooks:
        from chalkgrad.grading import rubric_for, write_hooks
        from chalkgrad.grading.sheets import sheet_at

        model = sheet_at(str(sheet), loss)
        text = rubric.read_text(encoding="utf-8") if rubric is not None else None
        for path in write_hooks(out, model, chosen or rubric_for(model.parameters), text):
            typer.echo(f"{path}")
        return
    if submissions is None:
        raise ChalkgradError("there is nothing to mark: give --submissions, a folder, or --hooks")
    from rich.console import Console
    from rich.progress import Progress

    from chalkgrad.grading import grade as grade_course

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("marking", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        course = grade_course(
            sheet,
            submissions,
            out,
            chosen,
            jobs=jobs or min(os.cpu_count() or 1, 8),
            loss=loss,
            hints=hints,
            progress=progress,
        )
    review = sum(bool(marked["review"]) for marked in course.marks)
    typer.echo(f"{len(course.marks)} submissions, {course.marked_now} marked now, {review} for a person to look at")
    typer.echo(f"{out / 'statistics.html'}")
