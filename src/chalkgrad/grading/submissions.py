"""The documents of a submission, each read as it stands or, where it defines no network, under the sheet's equations.

What `check` finds right about the sheet's network has its marks: a network may be written in any letters, layout or
number of equations (`correspondence` tells which is which), or be left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chalkgrad.checking import Report, check_text
from chalkgrad.checking.judged import RIGHT
from chalkgrad.grading.correspondence import Correspondence, correspondence
from chalkgrad.grading.sheets import Sheet, plainly
from chalkgrad.grading.unread import Unread, unread_in
from chalkgrad.page.files import document_text

SUFFIXES = (".md", ".tex", ".ipynb", ".txt")
_OPEN = ("unread", "undetermined")


@dataclass(frozen=True)
class Read:
    """A document that was read: how its quantities are called (None where its network is not the sheet's), what of it
    was not read, and its text. It has `borrowed` the sheet's equations where it states none.
    """

    file: str
    report: Report
    own: Correspondence | None
    unread: tuple[Unread, ...] = ()
    text: str = ""
    borrowed: bool = False

    @property
    def is_of_sheet(self) -> bool:
        """Whether its network is the sheet's; a document that says nothing of any has no other one."""
        return self.own is not None or not self.report.claims

    def unread_parts(self) -> list[Unread]:
        """What in it was not read: lines without maths, and equations that could not be read or judged."""
        open_claims = [claim for claim in self.report.claims if claim.verdict in _OPEN and claim.wrt is None]
        if self.own is None:
            open_claims = list(self.report.gradients)
        equations = [Unread(self.file, claim.line, "an equation", claim.latex) for claim in open_claims]
        return [*equations, *self.unread]


def documents_of(submission: Path) -> list[Path]:
    """The documents of a submission, a file or a folder; links are not followed."""
    return [path for path in files_of(submission) if path.suffix.lower() in SUFFIXES]


def files_of(submission: Path) -> list[Path]:
    """All files of a submission; links are not followed."""
    if submission.is_symlink():
        return []
    found = [submission] if submission.is_file() else sorted(submission.rglob("*"))
    return [path for path in found if path.is_file() and not path.is_symlink() and not path.name.startswith(".")]


def shown(name: str) -> str:
    """A file's name as text: bytes in it that are none become question marks.

    >>> shown("ann.md"), shown("\\udcff.md")
    ('ann.md', '?.md')
    """
    return os.fsencode(name).decode("utf-8", "replace").replace("\N{REPLACEMENT CHARACTER}", "?")


def read_submission(path: Path, title: str, sheet: Sheet, loss: str | None) -> Read:
    """A document, read as it stands, or under the sheet; raises `ChalkgradError` for a file that cannot be read."""
    text = document_text(path)
    latex = path.suffix == ".tex"
    report = check_text(text, title, latex=latex, loss=loss)
    unread = tuple(unread_in(text, title, sheet.says))
    own = _correspondence(sheet, report)
    if own is not None:
        return Read(title, report, own, unread, text)
    for other in _under_sheet(text, title, sheet, report, latex):
        own = _correspondence(sheet, other)
        if own is not None:
            return Read(title, other, own, unread, text, borrowed=True)
    return Read(title, report, None, unread, text)


def _correspondence(sheet: Sheet, report: Report) -> Correspondence | None:
    return correspondence(sheet.program, report.program) if report.program is not None else None


def _under_sheet(text: str, title: str, sheet: Sheet, alone: Report, latex: bool) -> Iterator[Report]:
    """The document under the sheet's equations; one that defines names of the sheet for itself is left alone."""
    stated = [claim for claim in alone.claims if claim.kind == "definition"]
    equations = sheet.left_out(claim.latex for claim in stated)
    repeated = {plainly(each) for each in sheet.equations if each not in equations}
    if any(sheet.names(claim.subject) and plainly(claim.latex) not in repeated for claim in stated):
        return
    first: Report | None = None
    if sheet.equations:
        first = check_text(text, title, latex=latex, loss=sheet.loss, given=[equations])
        if first.gradients and not _left_open(first):
            yield first
            return
    if sheet.usual and not stated:
        second = check_text(text, title, latex=latex, loss=sheet.usual_loss, given=sheet.usual)
        if first is None or _right(second) > _right(first):
            yield second
    if first is not None:
        yield first


def _left_open(report: Report) -> int:
    return sum(claim.verdict in _OPEN for claim in report.gradients)


def _right(report: Report) -> int:
    return sum(claim.verdict in RIGHT for claim in report.gradients)


def unread_files(files: Sequence[Path]) -> Iterator[Unread]:
    """The files of a submission that no reader takes: pictures, PDF, programs."""
    for path in files:
        if path.suffix.lower() not in SUFFIXES:
            yield Unread(shown(path.name), 0, f"a file of the kind {path.suffix.lower() or 'without ending'}", "")
