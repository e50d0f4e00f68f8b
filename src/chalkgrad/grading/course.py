"""A whole course: every submission marked once, in parallel, and resumed where it was interrupted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chalkgrad.checking import check_document
from chalkgrad.errors import ChalkgradError
from chalkgrad.files import write_atomically
from chalkgrad.grading.marking import documents_of, expected_of, mark
from chalkgrad.grading.rubric import Rubric, rubric_for
from chalkgrad.grading.tables import write_tables
from chalkgrad.version import __version__


@dataclass(frozen=True)
class Course:
    """The marks of all submissions by name, and how many of them were marked now rather than before."""

    marks: tuple[dict[str, Any], ...]
    marked_now: int


def grade(
    sheet: str | Path,
    submissions: str | Path,
    out: str | Path,
    rubric: Rubric | None = None,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    loss: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Course:
    """Marks every submission (a file, or a folder of documents) in a folder, and writes the tables and pages to `out`.

    Each mark is a file of its own, named by the hash of submission, sheet, rubric and version: what was marked before
    an interruption is not marked again. `executor` is any executor of `concurrent.futures`; by default `jobs`
    processes. Nothing in a submission is executed. Raises `ChalkgradError` for a sheet without a network or a missing
    folder.
    """
    folder, results = Path(submissions), Path(out)
    if not folder.is_dir():
        raise ChalkgradError(f"there is no folder {folder}")
    if jobs < 1:
        raise ChalkgradError(f"jobs is {jobs}; expected 1 or more")
    expected = expected_of(check_document(sheet, loss))
    chosen = rubric or rubric_for([name for name, _ in expected.shapes])
    known = {name for name, _ in expected.shapes}
    for part in chosen.parts:
        if part.wrt not in known:
            raise ChalkgradError(
                f"the part '{part.name}' is about {part.wrt}; the sheet has {', '.join(sorted(known))}"
            )
    setting = json.dumps([__version__, asdict(chosen), loss, Path(sheet).read_text(encoding="utf-8")])
    waiting: dict[str, tuple[Any, ...]] = {}
    places: dict[str, Path] = {}
    for submission in sorted(folder.iterdir()):
        if submission.name.startswith(".") or submission.resolve() == results.resolve():
            continue
        files = documents_of(submission)
        place = results / "marks" / f"{_key(setting, submission.name, files)}.json"
        places[submission.name] = place
        if not place.is_file():
            waiting[submission.name] = (submission.name, tuple(map(str, files)), expected, chosen, loss)
    own = ProcessPoolExecutor(jobs) if executor is None and jobs > 1 and waiting else None
    try:
        _mark_all(waiting, places, executor or own, progress)
    finally:
        if own is not None:
            own.shutdown(cancel_futures=True)
    marks = tuple(json.loads(place.read_text(encoding="utf-8")) for place in places.values())
    write_tables(marks, chosen, results)
    return Course(marks, len(waiting))


def _mark_all(
    waiting: dict[str, tuple[Any, ...]],
    places: dict[str, Path],
    executor: Executor | None,
    progress: Callable[[int, int], None] | None,
) -> None:
    def keep(name: str, marked: dict[str, Any], done: int) -> None:
        write_atomically(places[name], json.dumps(marked, ensure_ascii=False, indent=1))
        if progress is not None:
            progress(done, len(waiting))

    if executor is None:
        for done, (name, arguments) in enumerate(waiting.items(), start=1):
            keep(name, mark(*arguments), done)
        return
    futures = {executor.submit(mark, *arguments): name for name, arguments in waiting.items()}
    for done, future in enumerate(as_completed(futures), start=1):
        keep(futures[future], future.result(), done)


def _key(setting: str, name: str, files: list[Path]) -> str:
    digest = hashlib.sha256(setting.encode())
    for text in (
        name,
        *(part for file in files for part in (file.name, hashlib.sha256(file.read_bytes()).hexdigest())),
    ):
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:32]
