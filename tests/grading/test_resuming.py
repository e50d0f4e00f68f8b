"""A run that is killed goes on where it was: nothing is marked twice, nothing is lost. And a cluster does the work."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalkgrad.grading import grade

MODEL = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"
WRONG = "$$\\frac{\\partial L}{\\partial w} = -(y - t) x$$\n\n$$\\frac{\\partial L}{\\partial b} = y - t$$\n"
COUNT = 16


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(MODEL)
    (tmp_path / "submissions").mkdir()
    for number in range(COUNT):
        (tmp_path / "submissions" / f"{number:02d}.md").write_text(MODEL + WRONG + f"\n{number}\n")
    return tmp_path


def written(place: Path) -> dict[str, int]:
    """When each mark was written."""
    return {path.name: path.stat().st_mtime_ns for path in (place / "out" / "marks").glob("[!.]*.json")}


def killed_after(place: Path, count: int) -> None:
    """Starts the real command and kills it as soon as there are so many marks."""
    words = ["grade", str(place / "sheet.md"), "--submissions", str(place / "submissions"), "-o", str(place / "out")]
    process = subprocess.Popen(
        [sys.executable, "-m", "chalkgrad", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and len(written(place)) < count:
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_killed_run_goes_on(place: Path) -> None:
    source = random.Random(5)
    before: dict[str, int] = {}
    for _ in range(3):
        killed_after(place, len(before) + source.randint(1, 3))
        now = written(place)
        assert before.items() <= now.items()  # nothing lost, nothing written again
        assert all(json.loads((place / "out" / "marks" / name).read_text())["of"] == 2.0 for name in now)
        before = now
    assert 3 <= len(before) < COUNT
    course = grade(place / "sheet.md", place / "submissions", place / "out")
    assert course.marked_now == COUNT - len(before)
    assert before.items() <= written(place).items()
    assert len(written(place)) == COUNT
    assert [marked["points"] for marked in course.marks] == [1.5] * COUNT
    assert not list((place / "out" / "marks").glob(".*"))  # what half-written files were left is cleared away


@pytest.fixture
def executor() -> Iterator[object]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


def test_a_dask_cluster_marks_a_course(place: Path, executor: object) -> None:
    from concurrent.futures import Executor

    assert isinstance(executor, Executor)
    alone = grade(place / "sheet.md", place / "submissions", place / "alone").marks
    assert grade(place / "sheet.md", place / "submissions", place / "out", executor=executor).marks == alone
