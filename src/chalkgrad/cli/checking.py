"""Checking files one after the other, and telling what was found as text, as JSON, as SARIF or to GitHub."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from chalkgrad.cli.main import NOT_JUDGED, UNREADABLE, WRONG
from chalkgrad.errors import ChalkgradError

if TYPE_CHECKING:
    from chalkgrad.checking import Report


class Format(StrEnum):
    """How the verdicts are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class FailOn(StrEnum):
    """From what on the command fails."""

    UNJUDGED = "unjudged"
    WRONG = "wrong"


Checked = Mapping[Path, "Report | ChalkgradError"]


def check_files(
    files: Sequence[Path],
    check: Callable[[Path], Report],
    *,
    form: Format,
    hints: bool,
    names: bool,
    fail_on: FailOn,
) -> int:
    """Checks the files, prints what was found, and gives the exit code of all of them."""
    checked = dict(_checked(files, check))
    if len(files) == 1:
        for problem in _refused(checked).values():
            if form in (Format.TEXT, Format.JSON):
                raise problem
    _PRINTED[form](checked, hints, names)
    return exit_code(list(checked.values()), fail_on)


def _checked(files: Sequence[Path], check: Callable[[Path], Report]) -> Iterator[tuple[Path, Report | ChalkgradError]]:
    for path in dict.fromkeys(files):
        try:
            report = check(path)
            yield path, report if len(files) == 1 else replace(report, file=path.as_posix())
        except ChalkgradError as problem:
            yield path, problem


def exit_code(checked: Sequence[Report | ChalkgradError], fail_on: FailOn) -> int:
    """2 if a file cannot be read, 1 if something is wrong, 3 if not every claim, or none at all, was judged, 0 if not.

    With `fail_on` WRONG it is never 3: texts without claims, and claims that could not be judged, are no failure.

    >>> from chalkgrad.checking import Report
    >>> exit_code([Report("empty.md", ())], FailOn.WRONG), exit_code([Report("empty.md", ())], FailOn.UNJUDGED)
    (0, 3)
    """
    reports = [found for found in checked if not isinstance(found, ChalkgradError)]
    if len(reports) < len(checked):
        return UNREADABLE
    if any(report.exit_code == WRONG for report in reports):
        return WRONG
    claims = sum(len(report.gradients) for report in reports)
    judged = sum(len(report.judged) for report in reports)
    return 0 if fail_on is FailOn.WRONG or 0 < claims == judged else NOT_JUDGED


def _refused(checked: Checked) -> dict[Path, ChalkgradError]:
    return {path: found for path, found in checked.items() if isinstance(found, ChalkgradError)}


def _read(checked: Checked) -> dict[Path, Report]:
    return {path: found for path, found in checked.items() if not isinstance(found, ChalkgradError)}


def _as_text(checked: Checked, hints: bool, names: bool) -> None:
    from chalkgrad.cli.verdicts import print_names, print_report

    for path, found in checked.items():
        if len(checked) > 1:
            typer.secho(path.as_posix(), bold=True)
        if isinstance(found, ChalkgradError):
            typer.echo(f"chalkgrad: {found}", err=True)
            continue
        print_report(found, hints)
        if names:
            print_names(found)
    if len(checked) > 1:
        counted: Counter[str] = Counter()
        for report in _read(checked).values():
            counted.update(report.summary)
        words = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in counted.items() if count)
        typer.secho(f"{len(checked)} files: {words or 'no equations found'}", bold=True)


def _as_json(checked: Checked, hints: bool, names: bool) -> None:
    def told(report: Report) -> dict[str, Any]:
        return {**report.to_json(hints), **({"names": [name.to_json() for name in report.names]} if names else {})}

    objects = [
        {"file": path.as_posix(), "error": str(found)} if isinstance(found, ChalkgradError) else told(found)
        for path, found in checked.items()
    ]
    typer.echo(json.dumps(objects[0] if len(checked) == 1 else {"files": objects}, ensure_ascii=False, indent=2))


def _as_sarif(checked: Checked, hints: bool, names: bool) -> None:
    from chalkgrad.editors.findings import findings_in
    from chalkgrad.editors.sarif import sarif

    found = {path: list(findings_in(report, hints)) for path, report in _read(checked).items()}
    refused = {path: str(problem) for path, problem in _refused(checked).items()}
    typer.echo(json.dumps(sarif(found, refused), ensure_ascii=False, indent=2))


def _to_github(checked: Checked, hints: bool, names: bool) -> None:
    from chalkgrad.editors.findings import findings_in
    from chalkgrad.editors.github import annotation, workflow_commands

    for path, found in checked.items():
        if isinstance(found, ChalkgradError):
            typer.echo(annotation("error", path.as_posix(), str(found)))
            continue
        for line in workflow_commands(path, list(findings_in(found, hints))):
            typer.echo(line)


_PRINTED: Mapping[Format, Callable[[Checked, bool, bool], None]] = {
    Format.TEXT: _as_text,
    Format.JSON: _as_json,
    Format.SARIF: _as_sarif,
    Format.GITHUB: _to_github,
}
