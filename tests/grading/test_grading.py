"""Marking a course: marks, review, tables, resuming, executors, and that nothing is executed."""

from __future__ import annotations

import csv
import json
import re
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chalkgrad.cli.commands import app
from chalkgrad.errors import ChalkgradError
from chalkgrad.grading import Part, Rubric, course, grade, read_rubric

MODEL = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"
W = "$$\\frac{\\partial L}{\\partial w} = %s$$\n\n"
B = "$$\\frac{\\partial L}{\\partial b} = %s$$\n\n"
RIGHT = MODEL + W % "(y - t) x" + B % "y - t"
RUBRIC = Rubric((Part("3.1", "w", 4.0), Part("3.2", "b", 2.0)))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(MODEL)
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "ann.md").write_text(RIGHT)
    (folder / "bob.md").write_text(MODEL + W % "-(y - t) x" + B % "y - t")
    (folder / "cem.md").write_text("$$y = w x + b$$\n\nSquared error.\n\n" + W % "2 (y - t) x")
    (folder / "dee").mkdir()
    notebook = {"cells": [{"cell_type": "markdown", "source": [RIGHT]}], "nbformat": 4}
    (folder / "dee" / "work.ipynb").write_text(json.dumps(notebook))
    (folder / "dee" / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (folder / "eva.pdf").write_bytes(b"%PDF")
    return tmp_path


def graded(place: Path, **settings: Any) -> course.Course:
    return grade(place / "sheet.md", place / "submissions", place / "out", RUBRIC, **settings)


def test_marks(place: Path) -> None:
    marks = {marked["name"]: marked for marked in graded(place).marks}
    assert {name: marked["points"] for name, marked in marks.items()} == {
        "ann.md": 6.0, "bob.md": 4.0, "cem.md": 0.0, "dee": 6.0, "eva.pdf": 0.0,
    }  # fmt: skip
    assert [slip["kind"] for slip in marks["bob.md"]["parts"][0]["slips"]] != []
    assert "does not define the network" in marks["cem.md"]["review"][0]
    assert "no document" in marks["eva.pdf"]["review"][0]
    assert not marks["ann.md"]["review"]
    assert not (place / "ran").exists()


def test_tables(place: Path) -> None:
    graded(place)
    rows = list(csv.DictReader((place / "out" / "marks.csv").read_text().splitlines()))
    assert [row["points"] for row in rows] == ["6.0", "4.0", "", "6.0", ""]
    results = json.loads((place / "out" / "gradescope" / "bob.md" / "results.json").read_text())
    assert (results["score"], [test["score"] for test in results["tests"]]) == (4.0, [2.0, 2.0])
    page = (place / "out" / "pages" / "bob.md.html").read_text()
    assert "<h1>bob.md</h1>" in page
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["'](?!#)|url\(""", page)
    assert (
        "5 submissions, 2 of them open; the others have 5.33 of 6 points"
        in (place / "out" / "statistics.html").read_text()
    )


def test_nothing_is_marked_twice(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = []
    true_mark = course.mark

    def interrupted(name: str, *rest: Any) -> dict[str, Any]:
        if len(marked) == 2:
            raise KeyboardInterrupt
        marked.append(name)
        return true_mark(name, *rest)

    monkeypatch.setattr(course, "mark", interrupted)
    with pytest.raises(KeyboardInterrupt):
        graded(place)
    monkeypatch.setattr(course, "mark", true_mark)
    again = graded(place)
    assert (again.marked_now, len(again.marks)) == (3, 5)
    assert graded(place).marked_now == 0
    (place / "submissions" / "bob.md").write_text(RIGHT)
    changed = graded(place)
    assert (changed.marked_now, changed.marks[1]["points"]) == (1, 6.0)


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor(place: Path, kind: type[Executor]) -> None:
    alone = graded(place).marks
    (place / "out").rename(place / "before")
    with kind(2) as executor:  # type: ignore[call-arg]
        assert graded(place, executor=executor).marks == alone


def test_a_name_cannot_write_markup_or_a_formula(place: Path) -> None:
    (place / "submissions" / "=1+1<b>.md").write_text(RIGHT)
    graded(place)
    assert "'=1+1<b>.md" in (place / "out" / "marks.csv").read_text()
    assert "<b>" not in (place / "out" / "statistics.html").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no \\[\\[part\\]\\]"),
        ("[[part]]\npoints = 2", "needs wrt"),
        ('[[part]]\nwrt = "w"\npoint = 2', "did you mean 'points'"),
        ('[[part]]\nwrt = "w"\npoints = -2', "expected 0 to"),
        ('[[part]]\nwrt = "w"\n[[part]]\nwrt = "w"', "same name"),
        ("[[part", "cannot read"),
    ],
)
def test_a_bad_rubric_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "rubric.toml").write_text(text)
    with pytest.raises(ChalkgradError, match=said):
        read_rubric(tmp_path / "rubric.toml")


def test_the_command(place: Path) -> None:
    (place / "rubric.toml").write_text('[[part]]\nwrt = "w"\npoints = 3\n')
    words = ["grade", "sheet.md", "--submissions", "submissions", "--out", "out", "--rubric", "rubric.toml"]
    done = CliRunner().invoke(
        app, [str(place / word) if "." in word or word in ("submissions", "out") else word for word in words]
    )
    assert done.exception is None
    assert "5 submissions, 5 marked now, 2 for a person" in done.stdout
