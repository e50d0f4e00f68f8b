"""Findings as annotations of a pull request: commands that a workflow of GitHub reads from what a step prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from chalkgrad.editors.findings import Finding

_COMMANDS = {"error": "error", "warning": "warning", "information": "notice"}


def workflow_commands(path: Path, findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each finding. Columns are told where a place is on one line, as GitHub shows no others.

    >>> annotation("error", "a,b.md", "50 % of\\nthem", line=3)
    '::error file=a%2Cb.md,line=3::50 %25 of%0Athem'
    """
    for finding in findings:
        place, text, where = finding.place, finding.message, {}
        if path.suffix == ".ipynb":
            text = f"{finding.claim.section}: {text}"  # its lines are not those of its JSON
        else:
            where = {"line": place.line, "endLine": place.end_line}
            if place.line == place.end_line:
                where |= {"col": place.column, "endColumn": place.end_column}
        yield annotation(_COMMANDS[finding.severity], path.as_posix(), text, title=finding.title, **where)


def annotation(command: str, file: str, text: str, **properties: str | int) -> str:
    """One command; what would end it or a property of it is escaped."""
    given = ",".join(f"{name}={_property(str(value))}" for name, value in {"file": file, **properties}.items())
    return f"::{command} {given}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
