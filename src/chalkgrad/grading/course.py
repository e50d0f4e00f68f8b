"""A whole course: every submission marked once, in parallel, and resumed where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.files import held, write_atomically
from chalkgrad.grading.decisions import decided, decisions_in
from chalkgrad.grading.deliveries import delivered
from chalkgrad.grading.limits import begin
from chalkgrad.grading.marking import mark, not_marked
from chalkgrad.grading.people import alike, of_people
from chalkgrad.grading.roster import Member, Roster
from chalkgrad.grading.rubric import Rubric
from chalkgrad.grading.sheets import Sheet, sheet_at
from chalkgrad.grading.submissions import SUFFIXES, shown
from chalkgrad.grading.tables import write_results
from chalkgrad.version import __version__

_FORMAT = 3  # of a mark's file; another one is marked anew


@dataclass(frozen=True)
class Course:
    """The marks of all submissions by name, and how many of them were marked now rather than before; the files of each
    by the name that is shown, and its sheet. `missing` are the people of the roster who handed in nothing.
    """

    marks: tuple[dict[str, Any], ...]
    marked_now: int
    files: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    sheets: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Member, ...] = ()


def grade(
    sheet: str | Path,
    submissions: str | Path,
    out: str | Path,
    rubric: Rubric | None = None,
    *,
    roster: Roster | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    loss: str | None = None,
    hints: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Course:
    """Marks every submission (a file, or a folder of documents) in a folder, and writes the tables and pages to `out`.

    `sheet` is the sheet of all, or a folder in which each submission has one of its own under the same name. Each mark
    is a file, named by the hash of submission, sheet, rubric and version: what was marked before an interruption is
    not marked again. With a `roster` each submission is that of a person or a group, late days count as the rubric
    says, and who handed in nothing is told. `executor` is any executor of `concurrent.futures`; by default `jobs`
    processes. With `hints` pages and feedback give no answers away. Nothing in a submission is executed. Raises
    `ChalkgradError` for a sheet without a network, a part of the rubric that is about nothing in it, and a missing
    folder.
    """
    folder, results = Path(submissions), Path(out)
    if not folder.is_dir() and folder.suffix.lower() != ".zip":
        raise ChalkgradError(f"there is no folder {folder}")
    if jobs < 1:
        raise ChalkgradError(f"jobs is {jobs}; expected 1 or more")
    sheets = _Sheets.of(Path(sheet), loss, rubric)
    with held(results, "grading"):
        return _graded(folder, results, sheets, rubric, roster, jobs, executor, loss, hints, progress)


def _graded(
    folder: Path,
    results: Path,
    sheets: _Sheets,
    rubric: Rubric | None,
    roster: Roster | None,
    jobs: int,
    executor: Executor | None,
    loss: str | None,
    hints: bool,
    progress: Callable[[int, int], None] | None,
) -> Course:
    of_a_mark = asdict(replace(rubric, late=None)) if rubric else None  # what late days cost is no part of it
    setting = json.dumps([_FORMAT, __version__, of_a_mark, loss])
    waiting: dict[str, tuple[Any, ...]] = {}
    places: dict[str, Path] = {}
    contents: dict[str, str] = {}
    found = {each.name: each for each in delivered(folder, results)}
    for name, each in found.items():
        contents[name] = _content(each.files, named=False)
        key = hashlib.sha256()
        for part in (setting, sheets.digest(name), _content(each.files), each.problem):
            key.update(part.encode() + b"\0")
        key.update(os.fsencode(name))
        places[name] = results / "marks" / f"{key.hexdigest()[:32]}.json"
        if not places[name].is_file():
            files = tuple(map(str, each.files))
            waiting[name] = (name, files, sheets.file(name), rubric, loss, sheets.digest(name), each.problem)
    for half_written in (results / "marks").glob(".*.json.*"):  # by a run that was killed
        half_written.unlink(missing_ok=True)
    _mark_all(waiting, places, executor, jobs, progress)
    decisions = decisions_in(results)
    marks = []
    for name, place in places.items():
        marked = json.loads(place.read_text(encoding="utf-8"))
        rests_on = hashlib.sha256(
            f"{contents[name]} {sheets.digest(name)} {name}".encode("utf-8", "replace")
        ).hexdigest()
        marked |= {"same_as": _same(name, contents), "rests_on": rests_on}
        marks.append(decided(marked, decisions, rubric.total if rubric else sum))
    marks, missing = of_people(marks, found, roster, rubric.late if rubric else None)
    alike(marks, found, {sheets.file(name) for name in found})
    write_results(marks, results, missing, hints=hints)
    handed_in = {shown(name): each.files for name, each in found.items()}
    return Course(tuple(marks), len(waiting), handed_in, {shown(name): sheets.file(name) for name in found}, missing)


@dataclass(frozen=True)
class _Sheets:
    """The sheet of all submissions, or one of its own for each, by the name without its ending."""

    common: str | None
    digests: Mapping[str, str]
    files: Mapping[str, Path]

    @staticmethod
    def of(place: Path, loss: str | None, rubric: Rubric | None) -> _Sheets:
        if not place.is_dir():
            digest = _content([place])
            _check_rubric(rubric, sheet_at(str(place), loss, digest))
            return _Sheets(str(place), {"": digest}, {})
        by_rank = sorted(place.iterdir(), key=lambda file: (file.suffix != SUFFIXES[0], file.name), reverse=True)
        files = {file.stem: file for file in by_rank if file.suffix in SUFFIXES and file.is_file()}
        if not files:
            raise ChalkgradError(f"there are no sheets ({', '.join(SUFFIXES)}) in the folder {place}")
        return _Sheets(None, {stem: _content([file]) for stem, file in files.items()}, files)

    def digest(self, name: str) -> str:
        return self.digests.get("" if self.common is not None else Path(name).stem, "none")

    def file(self, name: str) -> str:
        """The file of the sheet, which the process that marks the submission reads itself; none where there is none."""
        return self.common or str(self.files.get(Path(name).stem, ""))


def _check_rubric(rubric: Rubric | None, sheet: Sheet) -> None:
    for part in rubric.parts if rubric else ():
        if part.task == "gradient" and part.wrt not in sheet.parameters:
            raise ChalkgradError(
                f"the part '{part.name}' is about {part.wrt}; the sheet has {', '.join(sheet.parameters)}"
            )


def _mark_all(
    waiting: dict[str, tuple[Any, ...]],
    places: dict[str, Path],
    executor: Executor | None,
    jobs: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    done = len(places) - len(waiting)

    def keep(name: str, marked: dict[str, Any]) -> None:
        nonlocal done
        done += 1
        write_atomically(places[name], json.dumps(marked, ensure_ascii=False, indent=1))
        if progress is not None:
            progress(done, len(places))

    if progress is not None:
        progress(done, len(places))
    if executor is None and jobs == 1:
        for name, arguments in waiting.items():
            keep(name, mark(*arguments))
    elif executor is None:
        _in_processes(waiting, jobs, keep)
    else:
        futures = {executor.submit(mark, *arguments): name for name, arguments in waiting.items()}
        try:
            for future in as_completed(futures):
                keep(futures[future], future.result())
        except BrokenExecutor as problem:
            raise ChalkgradError(
                f"a process that was marking ended from outside ({problem}); run the same command again: what was "
                "marked is kept"
            ) from None


def _in_processes(waiting: dict[str, tuple[Any, ...]], jobs: int, keep: Callable[[str, dict[str, Any]], None]) -> None:
    """Marks in processes of our own. Where one ends from outside, what it was marking is tried once more by itself, and
    told where that ends it again: one submission cannot stop a course.
    """
    left, suspects = dict(waiting), dict[str, tuple[Any, ...]]()
    while left:
        with _pool(jobs) as pool:
            running: dict[Future[dict[str, Any]], str] = {}
            try:
                while left or running:
                    while left and len(running) < 2 * jobs:
                        name = next(iter(left))
                        running[pool.submit(mark, *left[name])] = name
                        del left[name]
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        keep(running[future], future.result())
                        del running[future]
            except BrokenExecutor:
                suspects |= {name: waiting[name] for name in running.values()}
    for name, arguments in suspects.items():
        with _pool(1) as pool:
            try:
                marked = pool.submit(mark, *arguments).result()
            except BrokenExecutor:
                marked = not_marked(name, arguments[3], "the process that marked it ended: it may want too much memory")
        keep(name, marked)


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Processes that share nothing with this one: no locks, no threads."""
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=begin)


def _content(files: Sequence[Path], named: bool = True) -> str:
    """A digest of the bytes of files, and of their names; one that cannot be read is part of it as such."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(os.fsencode(path.name) + b"\0" if named else b"")
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as problem:
            digest.update(str(problem.errno).encode())
    return digest.hexdigest()


def _same(name: str, contents: Mapping[str, str]) -> list[str]:
    """The other submissions whose documents are the same, byte by byte."""
    nothing = _content([])
    mine = contents[name]
    return [] if mine == nothing else [shown(n) for n, content in contents.items() if content == mine and n != name]
