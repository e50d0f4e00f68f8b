"""Hooks for other graders: what is pasted there is run here, against stand-ins for what those graders offer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from chalkgrad.checking import check_text
from chalkgrad.cli.commands import app
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.grading import Part, Rubric, nbgrader_points, write_hooks
from chalkgrad.grading.sheets import bare_sheet, sheet_of
from chalkgrad.version import __version__

MODEL = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"
SOLUTION = "$$\\frac{\\partial L}{\\partial w} = (y - t) x$$\n\n$$\\frac{\\partial L}{\\partial b} = y - t$$\n"
CLAIMS = "$$\\frac{\\partial L}{\\partial w} = -(y - t) x$$\n\n$$\\frac{\\partial L}{\\partial b} = y - t$$\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sheet.md").write_text(MODEL + SOLUTION)
    notebook = {"cells": [{"cell_type": "markdown", "source": [MODEL + CLAIMS]}], "nbformat": 4}
    (tmp_path / "week 3.ipynb").write_text(json.dumps(notebook))
    (tmp_path / "rubric.toml").write_text('[[part]]\nname = "3.1"\nwrt = "w"\npoints = 4\n[[part]]\nwrt = "b"\n')
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["grade", "sheet.md", "--rubric", "rubric.toml", "--hooks", "-o", "hooks"])
    assert done.exception is None
    return tmp_path


def beside(place: Path, hook: str) -> None:
    """Puts the files of a hook beside the notebook, as its users do."""
    for path in (place / "hooks" / hook).iterdir():
        path.replace(place / path.name)


def test_gradescope(place: Path) -> None:
    script = (place / "hooks" / "gradescope" / "run_autograder").read_text()
    submission, results = place / "submission", place / "results"
    for folder in (submission, results):
        folder.mkdir()
    (place / "hooks" / "gradescope").rename(place / "source")
    (place / "week 3.ipynb").rename(submission / "week 3.ipynb")
    exec(script.replace("/autograder", str(place)), {})
    told = json.loads((results / "results.json").read_text())
    assert told["score"] == 3.0
    assert [(test["name"], test["score"], test["max_score"]) for test in told["tests"]] == [("3.1", 2, 4), ("b", 1, 1)]
    assert {test["status"] for test in told["tests"]} == {"failed", "passed"}


def test_nbgrader(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    beside(place, "nbgrader")
    _, *cells = (place / "cells.py").read_text().split("\n\n# ")
    values = []
    for cell in cells:
        *before, last = cell.strip().splitlines()
        names: dict[str, Any] = {}
        exec("\n".join(before[1:]), names)
        values.append(eval(last, names))
    assert values == [2.0, 1.0]  # a positive number is what nbgrader takes as points
    (place / "week 3.ipynb").write_text(json.dumps({"cells": [], "nbformat": 4}))
    with pytest.raises(AssertionError, match="No derivative by b was found"):
        nbgrader_points("model.md", None, "b")
    with pytest.raises(UnknownNameError, match=r"did you mean '3\.1'"):
        nbgrader_points("model.md", "week 3.ipynb", "3.2", "rubric.toml")
    (place / "other.ipynb").write_text("{}")
    with pytest.raises(ChalkgradError, match=r"found other\.ipynb, week 3\.ipynb; name the one"):
        nbgrader_points("model.md", None, "b")
    assert not capfd.readouterr().err


def test_prairielearn(place: Path) -> None:
    script = (place / "hooks" / "prairielearn" / "run.py").read_text()
    (place / "hooks" / "prairielearn").rename(place / "tests")
    (place / "student").mkdir()
    (place / "student" / "answer.md").write_text(MODEL + CLAIMS)
    exec(script.replace("/grade", str(place)), {})
    told = json.loads((place / "results" / "results.json").read_text())
    assert (told["gradable"], told["score"]) == (True, 0.6)
    assert [test["points"] for test in told["tests"]] == [2, 1]
    (place / "student" / "answer.md").rename(place / "student" / "answer.pdf")
    exec(script.replace("/grade", str(place)), {})
    told = json.loads((place / "results" / "results.json").read_text())
    assert told["gradable"] is False
    assert "score" not in told


def test_nothing_of_the_solution_is_in_the_hooks(place: Path) -> None:
    files = [path for path in (place / "hooks").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"model.md", "rubric.toml", "setup.sh", "cells.py", "q3_1.py"}
    for path in files:
        assert "(y - t)" not in path.read_text()
    assert not any(path.name == "sheet.md" for path in files)


def test_a_usual_network_is_three_lines() -> None:
    text = "---\nmodel: 2-3-1 relu sigmoid bce\nrate: 0.1\n---\n"
    sheet = sheet_of(check_text(text), text)
    assert bare_sheet(sheet) == "---\nmodel: 2-3-1 relu sigmoid bce\n---\n"


def test_the_setup_is_a_script_that_stops_at_what_fails(place: Path) -> None:
    script = (place / "hooks" / "gradescope" / "setup.sh").read_text()
    assert "set -euo pipefail" in script
    assert f"chalkgrad=={__version__}" in script
    subprocess.run(["bash", "-n", str(place / "hooks" / "gradescope" / "setup.sh")], check=True)


def test_otter(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside(place, "otter")
    cases: list[tuple[float, Callable[[Any], None]]] = []
    otter, stand_in = ModuleType("otter"), ModuleType("otter.test_files")

    def test_case(points: float, hidden: bool) -> Callable[[Any], Any]:
        return lambda function: cases.append((points, function))

    stand_in.__dict__["test_case"] = test_case
    monkeypatch.setitem(sys.modules, "otter", otter)
    monkeypatch.setitem(sys.modules, "otter.test_files", stand_in)
    names: dict[str, Any] = {}
    exec((place / "q3_1.py").read_text(), names)
    assert (names["name"], names["points"], names["OK_FORMAT"]) == ("q3_1", 4, False)
    assert [points for points, _ in cases] == [2.0, 2.0]
    cases[0][1]({})
    with pytest.raises(AssertionError):
        cases[1][1]({})


def test_a_name_cannot_write_code(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="cannot stand in a hook"):
        write_hooks(tmp_path, sheet_of(check_text(MODEL)), Rubric((Part('"); import os; ("', "w"),)))


def test_nothing_to_mark_is_told() -> None:
    done = CliRunner().invoke(app, ["grade", "sheet.md"])
    assert isinstance(done.exception, ChalkgradError)
