"""One submission can neither hang nor crash a course, and two gradings never write into one folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalkgrad.errors import ChalkgradError
from chalkgrad.files import held
from chalkgrad.grading import course, grade, marking
from chalkgrad.grading.limits import TooMuchError, at_most_seconds

SHEET = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(SHEET)
    (tmp_path / "all").mkdir()
    for name in ("ann", "bob", "cem"):
        (tmp_path / "all" / f"{name}.md").write_text(
            SHEET + f"{name}\n\n$$\\frac{{\\partial L}}{{\\partial b}} = y - t$$\n"
        )
    return tmp_path


def work_without_end() -> None:
    while True:
        try:
            sum(range(1000))
        except Exception:  # nothing on the way takes it for an answer
            return


def test_work_without_end_is_stopped() -> None:
    with at_most_seconds(0.05), pytest.raises(TooMuchError, match=r"more than 0\.05 seconds"):
        work_without_end()


def test_what_takes_too_long_is_told_and_stops_nothing_else(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true = marking.read_submission

    def slow(path: Path, *rest: Any) -> Any:
        while path.name == "bob.md":
            pass
        if path.name == "cem.md":
            raise MemoryError
        return true(path, *rest)

    monkeypatch.setattr(marking, "read_submission", slow)
    monkeypatch.setattr(marking, "MOST_SECONDS", 3.0)
    marks = grade(place / "sheet.md", place / "all", place / "out").marks
    assert [(marked["open"], marked["points"]) for marked in marks] == [(False, 1), (True, 0), (True, 0)]
    assert marks[1]["review"] == ["it took more than 3 seconds of work"]
    assert marks[2]["review"] == ["it took too much memory"]


def ends(name: str, *rest: Any) -> dict[str, Any]:
    if name == "bob.md":
        os._exit(9)
    return marking.mark(name, *rest)


def test_a_process_that_ends_is_told_by_its_submission(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "mark", ends)
    monkeypatch.setattr(course, "_pool", lambda jobs: course.ProcessPoolExecutor(jobs))
    marks = grade(place / "sheet.md", place / "all", place / "out", jobs=2).marks
    assert [marked["points"] for marked in marks] == [1, 0, 1]
    assert "the process that marked it ended" in marks[1]["review"][0]
    assert marks[1]["open"]


def test_two_gradings_into_one_folder_are_refused(place: Path) -> None:
    holding = (
        "import sys\nfrom chalkgrad.files import held\n"
        "with held(sys.argv[1], 'grading'):\n    print('held', flush=True)\n    input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(place / "out")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ChalkgradError, match=f"another grading is at work in .*process {other.pid}"):
            grade(place / "sheet.md", place / "all", place / "out")
        other.kill()
        other.wait()
    with held(place / "out", "grading"):  # the system let go of it
        pass
