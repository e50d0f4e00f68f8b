"""Right answers have their points however they are written; what is not read is open, and never 0 in silence."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from chalkgrad.checking import check_text
from chalkgrad.grading import Part, Rubric, grade, mark_one
from chalkgrad.grading.correspondence import correspondence
from ways_to_write import OPEN, SHEET, WAYS

RUBRIC = Rubric(tuple(Part(name, name) for name in "wbvc"))


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheet") / "sheet.md"
    path.write_text(SHEET)
    return path


@pytest.mark.parametrize("name", WAYS)
def test_points_are_those_deserved(name: str, sheet: Path, tmp_path: Path) -> None:
    text, deserved = WAYS[name]
    submission = tmp_path / "mine.md"
    submission.write_text(text)
    marked = mark_one(sheet, submission, RUBRIC)
    given = tuple(OPEN if part["open"] else part["points"] for part in marked["parts"])
    assert given == deserved, [(part["verdict"], part["comment"]) for part in marked["parts"]]
    assert marked["open"] is (OPEN in deserved)
    assert bool(marked["review"]) is (OPEN in deserved)


def test_what_is_open_has_an_empty_cell_and_its_place(sheet: Path, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "ann.md").write_text(WAYS["a block of code"][0])
    (tmp_path / "all" / "bob.md").write_text(WAYS["gradients alone, with indices"][0])
    (tmp_path / "all" / "eva.pdf").write_bytes(b"%PDF-1.4")
    marks = grade(sheet, tmp_path / "all", tmp_path / "out", RUBRIC).marks
    assert "a block of code in ann.md, line 11" in marks[0]["review"][0]
    for table, column in (("marks.csv", "points"), ("moodle.csv", "Grade")):
        rows = list(csv.DictReader((tmp_path / "out" / table).read_text().splitlines()))
        assert [row[column] for row in rows] == ["", "4.0", ""], table
    rows = list(csv.DictReader((tmp_path / "out" / "marks.csv").read_text().splitlines()))
    assert [row["open"] for row in rows] == ["w, b, v, c", "", "w, b, v, c"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("y = s x + r", "z = k u + l", True),
        ("y = s x^2", "z = k u^3", False),
        ("y = s x + r", "z = k u", False),
        ("y = \\tanh(s x)", "z = \\sin(k u)", False),
        ("y = p x_1 + q x_2", "z = \\sum_i k_i u_i", True),
    ],
)
def test_networks_are_compared_by_their_numbers(one: str, other: str, same: bool) -> None:
    programs = [
        check_text("Squared error.\n\n" + "".join(f"$${line}$$\n\n" for line in text.split("\n\n"))).program
        for text in (one, other)
    ]
    assert programs[0] is not None
    assert programs[1] is not None
    assert (correspondence(programs[0], programs[1]) is not None) is same
