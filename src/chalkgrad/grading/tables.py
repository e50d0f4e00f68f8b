"""The marks of a course in the forms that other programs take, and the pages, all written into one folder."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalkgrad.files import write_atomically
from chalkgrad.grading.deliveries import student_of
from chalkgrad.grading.pages import statistics_page, submission_page
from chalkgrad.grading.roster import Member
from chalkgrad.grading.statistics import bar_chart, slips_chart, statistics_of

_PLAIN_NAME = re.compile(r"[^\W_][\w .@+-]{0,99}", re.ASCII)
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_OPEN = "Open: a person will look at this. So far: "


def write_results(
    marks: Sequence[dict[str, Any]], out: Path, missing: Sequence[Member] = (), hints: bool = False
) -> None:
    """Writes the tables (marks, Moodle, Canvas), the statistics with a page, and a page and a results.json for each.

    `missing` are the people who handed in nothing.
    """
    files = file_names([marked["name"] for marked in marks])
    write_atomically(out / "marks.csv", marks_csv(marks, missing))
    bare = [{key: value for key, value in marked.items() if key != "documents"} for marked in marks]
    write_atomically(out / "marks.json", json.dumps(bare, ensure_ascii=False, indent=1) + "\n")
    write_atomically(out / "moodle.csv", moodle_csv(marks, hints))
    write_atomically(out / "canvas.csv", canvas_csv(marks))
    for marked, name in zip(marks, files, strict=True):
        told = json.dumps(gradescope_results(marked, hints), ensure_ascii=False, indent=1)
        write_atomically(out / "gradescope" / name / "results.json", told + "\n")
        write_atomically(out / "pages" / f"{name}.html", submission_page(marked, hints))
    statistics = statistics_of(marks)
    write_atomically(out / "statistics.json", json.dumps(statistics, ensure_ascii=False, indent=1) + "\n")
    if statistics["slips"]:
        write_atomically(out / "slips.svg", bar_chart(slips_chart(statistics)))
    write_atomically(out / "statistics.html", statistics_page(marks, statistics, files, missing))


def file_names(names: Sequence[str]) -> list[str]:
    """A name for the files of each submission, safe on every system, and never that of another.

    >>> file_names(["ann.md", "Ann.md", "../x"])
    ['ann.md', 'Ann.md-ab538a', 'x-d6b96a']
    """
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        safe = name
        if not _PLAIN_NAME.fullmatch(name) or name.endswith((" ", ".")) or _WINDOWS_DEVICE.fullmatch(name):
            safe = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "submission"
            safe += "-" + hashlib.sha256(name.encode()).hexdigest()[:6]
        if safe.casefold() in taken:
            safe += "-" + hashlib.sha256(f"{len(found)}:{name}".encode()).hexdigest()[:6]
        taken.add(safe.casefold())
        found.append(safe)
    return found


def marks_csv(marks: Sequence[dict[str, Any]], missing: Sequence[Member] = ()) -> str:
    """The table of the teacher: points for each part, what a person must look at, and who handed in the same.

    What is open has an empty cell: a person or a rule decides about it. Who handed in nothing has a row without points.
    """
    parts = list(dict.fromkeys(part["name"] for marked in marks for part in marked["parts"]))
    rows = [["submission", "people", "points", "of", *parts, "days late", "off", "open", "review", "same as"]]
    for marked in marks:
        points = {part["name"]: _decided(part) for part in marked["parts"]}
        people = "; ".join(person["name"] for person in marked["people"])
        row = [marked["name"], people, _decided(marked), marked["of"], *(points.get(part, "") for part in parts)]
        row += [marked["late"]["days"], marked["late"]["off"]]
        row.append(
            ", ".join(part["name"] for part in marked["parts"] if part["open"]) or ("all" if marked["open"] else "")
        )
        rows.append([*row, "; ".join(each.split("\n")[0] for each in marked["review"]), "; ".join(same_as(marked))])
    for member in missing:
        rows.append(["", member.name, "", "", *("" for _ in parts), "", "", "", "handed in nothing", ""])
    return _csv(rows)


def same_as(marked: Mapping[str, Any]) -> list[str]:
    """Which other submissions are the same, or nearly, and by how much."""
    return [*marked["same_as"], *(f"{each['name']} ({each['share']:.0%})" for each in marked["alike"])]


def _decided(marked: Mapping[str, Any]) -> Any:
    """The points of a part or a submission; nothing where they are open."""
    return "" if marked["open"] else marked["points"]


def moodle_csv(marks: Sequence[dict[str, Any]], hints: bool = False) -> str:
    """The grades with the columns of Moodle's grading worksheet.

    A submission that Moodle named when it was downloaded, and a person of the roster, has the participant's number, by
    which Moodle knows people. One with open parts has no grade yet: Moodle leaves what stands in an empty cell.
    """
    columns = ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]
    rows: list[list[Any]] = [columns]
    for marked in marks:
        for person in marked["people"]:
            is_known = person["number"] and student_of(marked["name"]).system in ("moodle", "")
            identifier = f"Participant {person['number']}" if is_known else person["name"]
            grade = [_decided(marked), marked["of"], "-", feedback(marked, hints)]
            rows.append([identifier, person["name"], *grade])
    return _csv(rows)


def gradescope_results(marked: Mapping[str, Any], hints: bool = False) -> dict[str, Any]:
    """The marks of a submission as Gradescope's autograder wants them in results.json.

    Gradescope knows no open score: a part that is open says so, and that its score is the one of what is decided.
    """
    tests = [
        {
            "name": f"{part['name']}",
            "number": str(number),
            "score": part["points"],
            "max_score": part["of"],
            "status": "passed" if part["points"] >= part["of"] else "failed",
            "output": (_OPEN if part["open"] else "") + (_comment(part, hints) or "right"),
            "output_format": "text",
            "visibility": "visible",
            "extra_data": {
                "verdict": part["verdict"],
                "open": part["open"],
                "slips": [slip["kind"] for slip in part["slips"]],
            },
        }
        for number, part in enumerate(marked["parts"], start=1)
    ]
    told = {"score": marked["points"], "output": "\n".join(marked["review"]), "output_format": "text"}
    return {**told, "visibility": "visible", "stdout_visibility": "hidden", "tests": tests}


def feedback(marked: Mapping[str, Any], hints: bool = False) -> str:
    """What is said to the student, part by part; nothing where all is right."""
    said = [
        f"{part['name']}: {_OPEN if part['open'] else ''}{_comment(part, hints)}"
        for part in marked["parts"]
        if part["verdict"] != "right"
    ]
    return " ".join([*said, *late_words(marked)])


def late_words(marked: Mapping[str, Any]) -> list[str]:
    """What is said about handing in late; nothing where it cost nothing."""
    late = marked.get("late", {"off": 0.0})
    return [f"{late['days']:g} days late: {late['off']:g} points off."] if late["off"] else []


def _comment(part: Mapping[str, Any], hints: bool) -> str:
    return str(part["hint"] if hints else part["comment"])


def canvas_csv(marks: Sequence[dict[str, Any]], assignment: str = "Homework") -> str:
    """The grades as Canvas imports them into its gradebook, which knows students by their number."""
    columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
    rows: list[list[Any]] = [columns, ["Points Possible", "", "", "", "", max((m["of"] for m in marks), default=0.0)]]
    for marked in marks:
        for person in marked["people"]:
            known = [person["name"], person["number"], "", person["login"], person["section"]]
            rows.append([*known, _decided(marked)])
    return _csv(rows)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    is_text = isinstance(value, str) and value != "-"
    return "'" + value if is_text and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else value
