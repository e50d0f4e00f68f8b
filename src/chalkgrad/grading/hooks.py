"""What a teacher pastes into other graders: a script for Gradescope, cells for nbgrader, tests for Otter."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.files import write_atomically
from chalkgrad.grading.marking import mark_one
from chalkgrad.grading.rubric import Rubric

_GRADESCOPE = """#!/usr/bin/env python3
# Gradescope runs this for each submission. Beside it, in /autograder/source: {beside}.
import json

from chalkgrad.grading import gradescope_results, mark_one

marked = mark_one("/autograder/source/{sheet}", "/autograder/submission"{rubric})
with open("/autograder/results/results.json", "w", encoding="utf-8") as file:
    json.dump(gradescope_results(marked, hints=True), file)
"""

_SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, when it builds the autograder.
apt-get update && apt-get install -y python3 python3-pip
python3 -m pip install chalkgrad
"""

_NBGRADER = """# One "Autograder tests" cell for each part, worth the points that its comment says.
# The cell's value is what nbgrader takes as its points. An error, which is raised where there are none, counts as 0.
"""
_NBGRADER_CELL = """
# {name}: {points:g} points
from chalkgrad.grading import nbgrader_points

nbgrader_points("{sheet}", "{document}", "{name}"{rubric})
"""

_OTTER = """from chalkgrad.grading import otter_check
from otter.test_files import test_case

OK_FORMAT = False
name = "{file}"
points = {points:g}


@test_case(points={known:g}, hidden=False)
def test_not_more_than_a_known_slip(env):
    otter_check("{sheet}", "{document}", "{name}", {share:g}{rubric})


@test_case(points={rest:g}, hidden=False)
def test_right(env):
    otter_check("{sheet}", "{document}", "{name}", 1{rubric})
"""


def nbgrader_points(sheet: str, document: str, part: str, rubric: str | None = None) -> float:
    """The points for a part of a notebook, as the last line of an "Autograder tests" cell of nbgrader.

    Raises `AssertionError` with a hint where there are none: nbgrader takes the value 0 for full marks.
    """
    found = _part(sheet, document, part, rubric)
    assert found["points"] > 0, found["hint"]
    return float(found["points"])


def otter_check(sheet: str, document: str, part: str, share: float = 1.0, rubric: str | None = None) -> None:
    """Raises `AssertionError` with a hint where a part has less than a share of its points: a test for Otter-Grader."""
    found = _part(sheet, document, part, rubric)
    assert found["points"] >= share * found["of"] - 1e-9, found["hint"]


def _part(sheet: str, document: str, name: str, rubric: str | None) -> dict[str, Any]:
    place = Path(document)
    marked = _marked(sheet, document, rubric, place.stat().st_mtime_ns if place.is_file() else 0)
    for part in marked["parts"]:
        if part["name"] == name:
            return {**part, "hint": part["hint"] or " ".join(marked["review"])}
    raise UnknownNameError("part", name, [part["name"] for part in marked["parts"]])


@lru_cache(maxsize=8)
def _marked(sheet: str, document: str, rubric: str | None, changed: int) -> dict[str, Any]:
    """The marks of a document, computed once for all its cells; `changed` is when it was written."""
    return mark_one(sheet, document, rubric)


def write_hooks(
    out: str | Path, sheet: str | Path, rubric: Rubric, rubric_file: str | Path | None = None
) -> list[Path]:
    """Writes the hooks for a sheet into a folder; `rubric_file` is named in them where the rubric is a file.

    >>> import tempfile
    >>> from chalkgrad.grading.rubric import Part
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_hooks(folder, "sheet.md", Rubric((Part("3.1", "w", 4.0),)))
    ...     print(*(path.relative_to(folder) for path in written))
    gradescope/run_autograder gradescope/setup.sh nbgrader_cells.py otter/q3_1.py
    """
    name = Path(sheet).name
    beside = name if rubric_file is None else f"{name}, {Path(rubric_file).name}"
    for each in (name, beside, *(part.name for part in rubric.parts)):
        if set(each) & set('"\\\n\r'):
            raise ChalkgradError(
                f"the name {each!r} cannot stand in a hook: it has a quote, a backslash or a line break"
            )
    ruled = "" if rubric_file is None else f', rubric="{Path(rubric_file).name}"'
    graded = "" if rubric_file is None else f', "/autograder/source/{Path(rubric_file).name}"'
    files = {
        "gradescope/run_autograder": _GRADESCOPE.format(beside=beside, sheet=name, rubric=graded),
        "gradescope/setup.sh": _SETUP,
    }
    known = {"sheet": name, "document": "homework.ipynb", "rubric": ruled}
    cells = (_NBGRADER_CELL.format(name=part.name, points=part.points, **known) for part in rubric.parts)
    files["nbgrader_cells.py"] = _NBGRADER + "".join(cells)
    for part in rubric.parts:
        file = "q" + re.sub(r"\W+", "_", part.name)
        slip = part.known_slip * part.points
        numbers = {"points": part.points, "known": slip, "rest": part.points - slip, "share": part.known_slip}
        files[f"otter/{file}.py"] = _OTTER.format(file=file, name=part.name, **numbers, **known)
    return [write_atomically(Path(out) / path, content) for path, content in files.items()]
