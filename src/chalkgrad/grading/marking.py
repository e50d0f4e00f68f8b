"""One submission: checked against the sheet's model and marked part by part. Nothing in it is executed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.limits import MOST_SECONDS, TooMuchError, at_most_seconds
from chalkgrad.grading.parts import Written, marked_parts
from chalkgrad.grading.rubric import Rubric, read_rubric, rubric_for
from chalkgrad.grading.sheets import Sheet, sheet_at
from chalkgrad.grading.submissions import SUFFIXES, Read, files_of, read_submission, shown, unread_files
from chalkgrad.grading.tasks import marked_task

_MOST_DOCUMENTS = 50


def mark_one(
    sheet: str | Path, submission: str | Path, rubric: Rubric | str | Path | None = None, loss: str | None = None
) -> dict[str, Any]:
    """The marks of one submission, a file or a folder, against a sheet: for autograders that see one at a time.

    >>> import tempfile
    >>> text = "$$y = \\\\sigma(w x)$$ Binary cross-entropy. $$\\\\frac{\\\\partial L}{\\\\partial w} = (y - t) x$$"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sheet.md").write_text(text)
    ...     mark_one(Path(folder, "sheet.md"), Path(folder, "sheet.md"))["points"]
    1.0
    """
    place = Path(submission)
    if not place.exists():
        raise ChalkgradError(f"there is no submission {place}")
    chosen = read_rubric(rubric) if isinstance(rubric, str | Path) else rubric
    sheet_at(str(sheet), loss)  # a sheet without a network is no fault of the submission
    return mark(place.name, tuple(map(str, files_of(place))), str(sheet), chosen, loss)


def mark(
    name: str,
    files: tuple[str, ...],
    sheet: str,
    rubric: Rubric | None,
    loss: str | None,
    digest: str = "",
    problem: str = "",
) -> dict[str, Any]:
    """The marks of a submission as plain data: `points`, `parts`, its checked `documents`, and what to `review`.

    `sheet` is the sheet's file, `digest` that of its content; a `problem` is why there are no files. A part that the
    machine cannot decide is `open`; its points are those of what is decided. Whatever goes wrong with the submission
    is told in `review`, where a person must look; it stops nothing else.
    """
    try:
        expected = sheet_at(sheet, loss, digest)
    except ChalkgradError as unfit:
        why = f"its sheet cannot be used: {unfit}" if sheet else "there is no sheet of its name"
        return not_marked(name, rubric, why)
    chosen = rubric or rubric_for(expected.parameters)
    if problem:
        return not_marked(name, chosen, problem)
    try:
        with at_most_seconds(MOST_SECONDS):
            return _marked(name, [Path(file) for file in files], expected, chosen, loss)
    except TooMuchError as ended:
        return not_marked(name, chosen, str(ended))
    except (MemoryError, RecursionError):
        return not_marked(name, chosen, "it took too much memory")


def not_marked(name: str, rubric: Rubric | None, why: str) -> dict[str, Any]:
    """The marks of a submission that the machine could not mark: all is open."""
    whole = rubric.points if rubric else 0.0
    parts: list[dict[str, Any]] = [
        {"name": part.name, "of": part.points, "points": 0.0, "open": True, "verdict": "undetermined", "comment": why,
         "hint": why, "slips": [], "line": None}
        for part in (rubric.parts if rubric else ())
    ]  # fmt: skip
    told = {"name": shown(name), "points": 0.0, "of": whole, "open": True, "parts": parts}
    return {**told, "review": [why], "unread": [], "documents": []}


def _marked(name: str, files: Sequence[Path], sheet: Sheet, rubric: Rubric, loss: str | None) -> dict[str, Any]:
    documents = [path for path in files if path.suffix.lower() in SUFFIXES]
    review: list[str] = [] if documents else ["there is no document (.md, .tex, .ipynb, .txt) in the submission"]
    if len(documents) > _MOST_DOCUMENTS:
        review.append(f"only {_MOST_DOCUMENTS} of its {len(documents)} documents were read")
    read: list[Read] = []
    for path in documents[:_MOST_DOCUMENTS]:
        title = shown(path.name)
        try:
            read.append(read_submission(path, title, sheet, loss))
        except TooMuchError:
            raise
        except ChalkgradError as problem:
            review.append(shown(str(problem)).replace(shown(str(path)), title))  # pages do not tell where they are
        except MemoryError:
            raise
        except Exception as problem:  # a defect of ours in one submission must not stop the course
            review.append(f"{title} could not be checked: {type(problem).__name__}")
    review += [f"{each.file} does not define the network of the sheet" for each in read if not each.is_of_sheet]
    claims = [
        Written(number, claim, claim.subject.startswith(f"d{each.own.program.result.name}/"), each.own)
        for number, each in enumerate(read, start=1)
        if each.own is not None
        for claim in each.report.claims
    ]
    left = [one for each in read for one in each.unread_parts()] + list(unread_files(files))
    gradients = {part["name"]: part for part in marked_parts(rubric, claims, sheet, [*review, *map(str, left)])}
    parts = [gradients.get(part.name) or marked_task(part, sheet, read, left) for part in rubric.parts]
    review += [f"{part['name']}: {part['comment']}" for part in parts if part["open"]]
    return {
        "name": shown(name),
        "points": rubric.total([part["points"] for part in parts]),
        "of": rubric.points,
        "open": any(part["open"] for part in parts),
        "parts": parts,
        "review": review,
        "unread": [each.to_json() for each in left],
        "documents": [
            {"file": each.file, "claims": [claim.to_json() for claim in each.report.claims]} for each in read
        ],
    }
