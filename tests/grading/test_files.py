"""Files of a course: harmful names, files that cannot be read, copies, students' hints, sheets of their own."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading import grade
from chalkgrad.grading.tables import file_names
from chalkgrad.worksheets import write_class

MODEL = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"
WRONG = "$$\\frac{\\partial L}{\\partial w} = -(y - t) x$$\n\n$$\\frac{\\partial L}{\\partial b} = y - t$$\n"
HOSTILE = ("con.md", "..md", "a\nb.md", "ä ö.md", "-rf.md", "x" * 240 + ".md", "'\"<img src=x>.md", "%2e%2e.md")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(MODEL)
    (tmp_path / "submissions").mkdir()
    return tmp_path


def graded(place: Path, **settings: Any) -> dict[str, dict[str, Any]]:
    course = grade(place / "sheet.md", place / "submissions", place / "out", **settings)
    return {marked["name"]: marked for marked in course.marks}


def test_hostile_names(place: Path) -> None:
    folder = place / "submissions"
    for number, name in enumerate(HOSTILE):
        (folder / name).write_text(MODEL + WRONG + f"\n{number}\n")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.md")).write_text(MODEL + WRONG)
    marks = graded(place)
    shown = {name for name in HOSTILE if not name.startswith(".")} | {"??.md"}
    assert set(marks) == shown
    assert {marked["points"] for marked in marks.values()} == {1.5}
    pages = sorted(path.name for path in (place / "out" / "pages").iterdir())
    assert len(pages) == len(shown)
    assert all(re.fullmatch(r"[A-Za-z0-9][\w .@+-]{0,110}\.html", name) for name in pages)
    for page in (place / "out" / "pages").iterdir():
        assert "<img" not in page.read_text()
    rows = list(csv.reader((place / "out" / "marks.csv").read_text().splitlines(keepends=True)))
    assert len(rows) == 1 + len(shown)
    assert "'-rf.md" in {row[0] for row in rows}


def test_names_never_meet() -> None:
    names = ["ann", "Ann", "ANN", "a/b", "a-b", "a b", "", "aux", "aux.md", "ann."]
    found = file_names(names)
    assert len({name.casefold() for name in found}) == len(names)
    assert file_names(names) == found


def test_what_cannot_be_read_stops_nothing(place: Path) -> None:
    folder = place / "submissions"
    (folder / "good.md").write_text(MODEL + WRONG)
    (folder / "binary.md").write_bytes(b"\xff\xfe\x00$$y=x$$")
    (folder / "notebook.ipynb").write_text('{"cells": [')
    (folder / "link.md").symlink_to(place / "sheet.md")
    (folder / "empty").mkdir()
    (folder / "large.md").write_text(MODEL + "x" * 2_100_000)
    os.mkfifo(folder / "pipe.md")
    marks = graded(place)
    assert marks["good.md"]["points"] == 1.5
    for name in ("binary.md", "notebook.ipynb", "link.md", "empty", "large.md", "pipe.md"):
        assert marks[name]["points"] == 0
        assert marks[name]["review"]
    assert str(place) not in json.dumps(list(marks.values()))


def test_copies_are_told_to_the_teacher_only(place: Path) -> None:
    for name in ("ann.md", "bob.md", "cem.md"):
        (place / "submissions" / name).write_text(MODEL + WRONG + ("\n" if name == "cem.md" else ""))
    marks = graded(place)
    assert [marks[name]["same_as"] for name in ("ann.md", "bob.md", "cem.md")] == [["bob.md"], ["ann.md"], []]
    assert "the same content as ann.md" in (place / "out" / "statistics.html").read_text()
    assert "ann.md" not in (place / "out" / "pages" / "bob.md.html").read_text()


def test_hints_give_nothing_away(place: Path) -> None:
    (place / "submissions" / "ann.md").write_text(MODEL + WRONG)
    (slip,) = graded(place)["ann.md"]["parts"][0]["slips"]
    out = place / "out"
    told = ("pages/ann.md.html", "gradescope/ann.md/results.json", "moodle.csv")
    assert all(slip["message"] in (out / file).read_text() for file in told)
    graded(place, hints=True)
    for file in told:
        text = (out / file).read_text()
        assert slip["message"] not in text
        assert slip["hint"] in text
        assert "Right is" not in text


def test_moodle_knows_its_participants(place: Path) -> None:
    folder = place / "submissions" / "Ada Lovelace_4711_assignsubmission_file_"
    folder.mkdir()
    (folder / "hw.md").write_text(MODEL + WRONG)
    (place / "submissions" / "bob.md").write_text(MODEL + WRONG)
    graded(place)
    rows = list(csv.DictReader((place / "out" / "moodle.csv").read_text().splitlines(keepends=True)))
    columns = ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]
    assert list(rows[0]) == columns
    assert [(row["Identifier"], row["Full name"], row["Grade"]) for row in rows] == [
        ("Participant 4711", "Ada Lovelace", "1.5"),
        ("bob", "bob", "1.5"),
    ]


def test_each_may_have_a_sheet_of_its_own(place: Path) -> None:
    write_class(place / "class", seed=2, count=2, formats=["md"])
    solutions = place / "class" / "solutions"
    for name, sheet in (("01.md", "01.md"), ("02.md", "02.md"), ("03.md", "01.md")):
        (place / "submissions" / name).write_text((solutions / sheet).read_text() + f"\n{name}\n")
    course = grade(solutions, place / "submissions", place / "out")
    assert [marked["points"] for marked in course.marks[:2]] == [4.0, 4.0]
    assert course.marks[2]["review"] == ["there is no sheet of its name"]
    assert grade(solutions, place / "submissions", place / "out").marked_now == 0
    (place / "nothing").mkdir()
    with pytest.raises(ChalkgradError, match="there are no sheets"):
        grade(place / "nothing", place / "submissions", place / "out")


def test_the_chart_is_told_in_words(place: Path) -> None:
    for number in range(3):
        (place / "submissions" / f"{number}.md").write_text(MODEL + WRONG + f"\n{number}\n")
    graded(place)
    chart = (place / "out" / "slips.svg").read_text()
    assert 'role="img"' in chart
    assert "<desc>Submissions by kind of slip: sign flipped 3.</desc>" in chart
    statistics = json.loads((place / "out" / "statistics.json").read_text())
    assert statistics["slips"] == [{"kind": "sign_flipped", "submissions": 3}]
    assert (statistics["mean"], statistics["tenths"]) == (1.5, [0, 0, 0, 0, 0, 0, 0, 3, 0, 0])
    assert statistics["parts"][0]["verdicts"] == {"wrong": 3}
