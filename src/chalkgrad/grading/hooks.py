"""What a teacher gives to other graders: scripts (Gradescope, PrairieLearn), cells (nbgrader), tests (Otter)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from contextlib import redirect_stderr
from functools import lru_cache
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.files import write_atomically
from chalkgrad.grading.marking import mark_one
from chalkgrad.grading.rubric import Rubric
from chalkgrad.grading.sheets import Sheet, bare_sheet
from chalkgrad.version import __version__

SHEET = "model.md"
RUBRIC = "rubric.toml"
_GRADESCOPE = """#!/autograder/chalkgrad/bin/python
# Gradescope runs this for each submission. Beside it, in /autograder/source: {beside}.
import json

from chalkgrad.grading import gradescope_results, mark_one

marked = mark_one("/autograder/source/{sheet}", "/autograder/submission"{rubric})
with open("/autograder/results/results.json", "w", encoding="utf-8") as file:
    json.dump(gradescope_results(marked, hints=True), file)
"""

_SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, when it builds the autograder: chalkgrad gets an environment and a Python of its own, which
# does not rest on the image's. A wheel of chalkgrad in the zip file is taken instead of the one that is published.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends ca-certificates curl
curl -LsSf https://astral.sh/uv/install.sh | env UV_INSTALL_DIR=/usr/local/bin UV_NO_MODIFY_PATH=1 sh
uv venv --python 3.12 /autograder/chalkgrad
wheels=(/autograder/source/chalkgrad-*.whl)
if [ -e "${{wheels[0]}}" ]; then wanted=${{wheels[0]}}; else wanted="chalkgrad=={version}"; fi
uv pip install --python /autograder/chalkgrad/bin/python "$wanted"
"""

_PRAIRIELEARN = """#!/usr/bin/env python3
# The external grader of PrairieLearn runs this in the question's container, in which chalkgrad is installed. Beside it,
# in the folder "tests" of the question: {beside}.
import json
import os

from chalkgrad.grading import mark_one, prairielearn_results

marked = mark_one("/grade/tests/{sheet}", "/grade/student"{rubric})
os.makedirs("/grade/results", exist_ok=True)
with open("/grade/results/results.json", "w", encoding="utf-8") as file:
    json.dump(prairielearn_results(marked, hints=True), file)
"""

_NBGRADER = """# One "Autograder tests" cell for each part, worth the points that its comment says.
# The cell's value is what nbgrader takes as its points. An error, which is raised where there are none, counts as 0.
"""
_NBGRADER_CELL = """
# {name}: {points:g} points
from chalkgrad.grading import nbgrader_points

nbgrader_points("{sheet}", None, "{name}"{rubric})
"""

_OTTER = """from chalkgrad.grading import otter_check
from otter.test_files import test_case

OK_FORMAT = False
name = "{file}"
points = {points:g}


@test_case(points={known:g}, hidden=False)
def test_not_more_than_a_known_slip(env):
    otter_check("{sheet}", None, "{name}", {share:g}{rubric})


@test_case(points={rest:g}, hidden=False)
def test_right(env):
    otter_check("{sheet}", None, "{name}", 1{rubric})
"""


def nbgrader_points(sheet: str, document: str | None, part: str, rubric: str | None = None) -> float:
    """The points for a part of a notebook, as the last line of an "Autograder tests" cell of nbgrader.

    Without a `document` it is the notebook in the folder. Raises `AssertionError` with a hint where there are none:
    nbgrader takes the value 0 for full marks. A part that is open says that a person will look at it. Nothing is
    written to the standard error, for which nbgrader gives no points.
    """
    with redirect_stderr(io.StringIO()):
        found = _part(sheet, document, part, rubric)
    assert found["points"] > 0, found["hint"]
    return float(found["points"])


def otter_check(sheet: str, document: str | None, part: str, share: float = 1.0, rubric: str | None = None) -> None:
    """Raises `AssertionError` with a hint where a part has less than a share of its points: a test for Otter-Grader.

    Without a `document` it is the notebook in the folder.
    """
    found = _part(sheet, document, part, rubric)
    assert found["points"] >= share * found["of"] - 1e-9, found["hint"]


def prairielearn_results(marked: Mapping[str, Any], hints: bool = False) -> dict[str, Any]:
    """The marks of a submission as PrairieLearn's external graders write them: `score` is a share from 0 to 1.

    What could not be read is not `gradable`, which costs a student no attempt; what is open is said in the message.

    >>> prairielearn_results({"points": 0.0, "of": 2.0, "open": True, "review": ["it is a photograph"], "parts": []})
    {'gradable': False, 'format_errors': ['it is a photograph']}
    """
    read = any(part["verdict"] not in _NOT_READ for part in marked["parts"])
    if marked["open"] and not read:
        return {"gradable": False, "format_errors": list(marked["review"])}
    tests = [
        {
            "name": part["name"],
            "points": part["points"],
            "max_points": part["of"],
            "output": (_OPEN if part["open"] else "") + str(part["hint" if hints else "comment"]),
        }
        for part in marked["parts"]
    ]
    score = min(1.0, marked["points"] / marked["of"]) if marked["of"] else 0.0
    message = "A person will look at what is open." if marked["open"] else ""
    return {"gradable": True, "score": score, "message": message, "output": "", "tests": tests}


_NOT_READ = ("missing", "unread", "undetermined")
_OPEN = "Open: a person will look at this. "


def _notebook() -> str:
    """The one notebook of the folder, whatever its name."""
    found = sorted(path for path in Path.cwd().glob("*.ipynb") if not path.name.startswith("."))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise ChalkgradError(f"expected one notebook in {Path.cwd()} and found {names}; name the one to be marked")
    return found[0].name


def _part(sheet: str, document: str | None, name: str, rubric: str | None) -> dict[str, Any]:
    document = document or _notebook()
    place = Path(document)
    marked = _marked(sheet, document, rubric, place.stat().st_mtime_ns if place.is_file() else 0)
    for part in marked["parts"]:
        if part["name"] == name:
            hint = part["hint"] or " ".join(marked["review"])
            return {**part, "hint": f"{_OPEN}{hint}" if part["open"] else hint}
    raise UnknownNameError("part", name, [part["name"] for part in marked["parts"]])


@lru_cache(maxsize=8)
def _marked(sheet: str, document: str, rubric: str | None, changed: int) -> dict[str, Any]:
    """The marks of a document, computed once for all its cells; `changed` is when it was written."""
    return mark_one(sheet, document, rubric)


def write_hooks(out: str | Path, sheet: Sheet, rubric: Rubric, rubric_text: str | None = None) -> list[Path]:
    """Writes the hooks for a sheet into a folder, each with all that it needs: the model and the rubric, whose text is
    `rubric_text` where it is a file, and nothing of the solution.

    >>> import tempfile
    >>> from chalkgrad.checking import check_text
    >>> from chalkgrad.grading.rubric import Part
    >>> from chalkgrad.grading.sheets import sheet_of
    >>> sheet = sheet_of(check_text("---\\nmodel: 2-1 sigmoid bce\\n---\\n"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_hooks(folder, sheet, Rubric((Part("3.1", "w", 4.0),)))
    ...     print(*(path.relative_to(folder) for path in written), sep="\\n")
    gradescope/run_autograder
    gradescope/setup.sh
    gradescope/model.md
    prairielearn/run.py
    prairielearn/model.md
    nbgrader/cells.py
    nbgrader/model.md
    otter/q3_1.py
    otter/model.md
    """
    for part in rubric.parts:
        if set(part.name) & set('"\\\n\r'):
            raise ChalkgradError(
                f"the name {part.name!r} cannot stand in a hook: it has a quote, a backslash or a line break"
            )
    beside = SHEET if rubric_text is None else f"{SHEET}, {RUBRIC}"
    ruled = "" if rubric_text is None else f', rubric="{RUBRIC}"'
    graded, student = (
        "" if rubric_text is None else f', "{folder}/{RUBRIC}"' for folder in ("/autograder/source", "/grade/tests")
    )
    known = {"sheet": SHEET, "rubric": ruled}
    cells = (_NBGRADER_CELL.format(name=part.name, points=part.points, **known) for part in rubric.parts)
    folders: dict[str, dict[str, str]] = {
        "gradescope": {
            "run_autograder": _GRADESCOPE.format(beside=beside, sheet=SHEET, rubric=graded),
            "setup.sh": _SETUP.format(version=__version__),
        },
        "prairielearn": {"run.py": _PRAIRIELEARN.format(beside=beside, sheet=SHEET, rubric=student)},
        "nbgrader": {"cells.py": _NBGRADER + "".join(cells)},
        "otter": {},
    }
    for part in rubric.parts:
        file = "q" + re.sub(r"\W+", "_", part.name)
        slip = part.known_slip * part.points
        numbers = {"points": part.points, "known": slip, "rest": part.points - slip, "share": part.known_slip}
        folders["otter"][f"{file}.py"] = _OTTER.format(file=file, name=part.name, **numbers, **known)
    needed = {SHEET: bare_sheet(sheet)} | ({} if rubric_text is None else {RUBRIC: rubric_text})
    written = [
        write_atomically(Path(out) / folder / name, content)
        for folder, files in folders.items()
        for name, content in (files | needed).items()
    ]
    for path in written:
        if path.name in ("run_autograder", "setup.sh", "run.py"):
            path.chmod(0o755)
    return written
