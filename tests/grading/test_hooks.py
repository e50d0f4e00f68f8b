"""Hooks for other graders: what is pasted there is run here, against stand-ins for what those graders offer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from chalkgrad.cli.commands import app
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.grading import Part, Rubric, nbgrader_points, write_hooks

MODEL = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"
CLAIMS = "$$\\frac{\\partial L}{\\partial w} = -(y - t) x$$\n\n$$\\frac{\\partial L}{\\partial b} = y - t$$\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sheet.md").write_text(MODEL)
    notebook = {"cells": [{"cell_type": "markdown", "source": [MODEL + CLAIMS]}], "nbformat": 4}
    (tmp_path / "homework.ipynb").write_text(json.dumps(notebook))
    (tmp_path / "rubric.toml").write_text('[[part]]\nname = "3.1"\nwrt = "w"\npoints = 4\n[[part]]\nwrt = "b"\n')
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["grade", "sheet.md", "--rubric", "rubric.toml", "--hooks", "-o", "hooks"])
    assert done.exception is None
    return tmp_path


def test_gradescope(place: Path) -> None:
    script = (place / "hooks" / "gradescope" / "run_autograder").read_text()
    source, submission, results = place / "source", place / "submission", place / "results"
    for folder in (source, submission, results):
        folder.mkdir()
    for name in ("sheet.md", "rubric.toml"):
        (place / name).rename(source / name)
    (place / "homework.ipynb").rename(submission / "homework.ipynb")
    exec(script.replace("/autograder", str(place)), {})
    told = json.loads((results / "results.json").read_text())
    assert told["score"] == 3.0
    assert [(test["name"], test["score"], test["max_score"]) for test in told["tests"]] == [("3.1", 2, 4), ("b", 1, 1)]
    assert {test["status"] for test in told["tests"]} == {"failed", "passed"}


def test_nbgrader(place: Path) -> None:
    _, *cells = (place / "hooks" / "nbgrader_cells.py").read_text().split("\n\n# ")
    values = []
    for cell in cells:
        *before, last = cell.strip().splitlines()
        names: dict[str, Any] = {}
        exec("\n".join(before[1:]), names)
        values.append(eval(last, names))
    assert values == [2.0, 1.0]  # a positive number is what nbgrader takes as points
    (place / "homework.ipynb").write_text(json.dumps({"cells": [], "nbformat": 4}))
    with pytest.raises(AssertionError, match="No derivative by b was found"):
        nbgrader_points("sheet.md", "homework.ipynb", "b")
    with pytest.raises(UnknownNameError, match=r"did you mean '3\.1'"):
        nbgrader_points("sheet.md", "homework.ipynb", "3.2", "rubric.toml")


def test_otter(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[tuple[float, Callable[[Any], None]]] = []
    otter, stand_in = ModuleType("otter"), ModuleType("otter.test_files")

    def test_case(points: float, hidden: bool) -> Callable[[Any], Any]:
        return lambda function: cases.append((points, function))

    stand_in.__dict__["test_case"] = test_case
    monkeypatch.setitem(sys.modules, "otter", otter)
    monkeypatch.setitem(sys.modules, "otter.test_files", stand_in)
    names: dict[str, Any] = {}
    exec((place / "hooks" / "otter" / "q3_1.py").read_text(), names)
    assert (names["name"], names["points"], names["OK_FORMAT"]) == ("q3_1", 4, False)
    assert [points for points, _ in cases] == [2.0, 2.0]
    cases[0][1]({})
    with pytest.raises(AssertionError):
        cases[1][1]({})


def test_a_name_cannot_write_code(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="cannot stand in a hook"):
        write_hooks(tmp_path, "sheet.md", Rubric((Part('"); import os; ("', "w"),)))


def test_nothing_to_mark_is_told() -> None:
    done = CliRunner().invoke(app, ["grade", "sheet.md"])
    assert isinstance(done.exception, ChalkgradError)
