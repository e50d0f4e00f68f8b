"""The command that marks a course."""

from __future__ import annotations

import os
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chalkgrad.errors import ChalkgradError

if TYPE_CHECKING:
    from chalkgrad.grading import Course, Rubric


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
    roster: Annotated[
        Path | None,
        typer.Option("--roster", help="A CSV file of the people: names, numbers, groups, when they handed in."),
    ] = None,
    hints: Annotated[
        bool, typer.Option("--hints", help="Pages and feedback for students: hints that give no answer away.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="How many processes.", show_default="one for each core, at most 8")
    ] = None,
    loss: Annotated[str | None, typer.Option("--loss", help="The loss, where documents do not say it.")] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Then open a page on this computer to go through what is open.")
    ] = False,
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
    from chalkgrad.grading import read_roster

    people = read_roster(roster) if roster is not None else None

    processes = jobs or min(os.cpu_count() or 1, 8)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("marking", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        course = grade_course(
            sheet, submissions, out, chosen, roster=people, jobs=processes, loss=loss, hints=hints, progress=progress
        )
    if review:
        _review(course, out, chosen, loss)
        course = grade_course(sheet, submissions, out, chosen, roster=people, jobs=processes, loss=loss, hints=hints)
    to_look_at = sum(bool(marked["review"]) for marked in course.marks)
    typer.echo(f"{len(course.marks)} submissions, {course.marked_now} marked now, {to_look_at} for a person to look at")
    if course.missing:
        typer.echo(f"{len(course.missing)} handed in nothing: {', '.join(member.name for member in course.missing)}")
    typer.echo(f"{out / 'statistics.html'}")


def _review(course: Course, out: Path, rubric: Rubric | None, loss: str | None) -> None:
    """Serves the page of what is open until it is stopped."""
    from chalkgrad.grading.review import Review, server_of

    found = Review(course, out, rubric, loss)
    if not found.left:
        typer.echo("nothing is open")
        return
    server, address = server_of(found)
    typer.echo(f"{len(found.left)} parts are open: {address}\nCtrl+C ends the review.", err=True)
    webbrowser.open(address)
    with server, suppress(KeyboardInterrupt):
        server.serve_forever()
