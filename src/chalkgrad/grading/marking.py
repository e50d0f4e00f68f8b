"""One submission: checked against the sheet's model and marked part by part. Nothing in it is executed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from chalkgrad.checking import Report, Truth, check_document
from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.parts import Written, marked_parts
from chalkgrad.grading.rubric import Rubric, read_rubric, rubric_for
from chalkgrad.language import Array, Program, Tensor, evaluate
from chalkgrad.networks import parameter_shapes

SUFFIXES = (".md", ".tex", ".ipynb", ".txt")
_MOST_DOCUMENTS = 50
_PROBES = 3


@dataclass(frozen=True)
class Expected:
    """The model that a submission must have.

    `shapes` are those of its parameters in order; `probes` are values for all that it declares, in order, with the
    loss there: another model with the same shapes is recognised by them.
    """

    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    declared: tuple[tuple[str, tuple[int | str, ...]], ...]
    probes: tuple[tuple[tuple[Any, ...], float], ...]


def expected_of(report: Report) -> Expected:
    """The model of a checked sheet; raises `ChalkgradError` for a sheet without one."""
    program = report.program
    if program is None:
        raise ChalkgradError(f"{report.file} defines no network that submissions could be checked against")
    probes = []
    for point in Truth(program).random_points[:_PROBES]:
        values = tuple(_plain(point.values[tensor.name]) for tensor in _in_order(program))
        probes.append((values, _loss(program, values)))
    declared = tuple((tensor.role.value, tensor.shape) for tensor in _in_order(program))
    return Expected(tuple(parameter_shapes(program).items()), declared, tuple(probes))


def _in_order(program: Program) -> list[Tensor]:
    """What a program declares, by role: documents name things in any order."""
    return sorted(program.declared, key=lambda tensor: tensor.role.value)


def _plain(value: Any) -> Any:
    nested = value.nested() if isinstance(value, Array) else value
    return [_plain(entry) for entry in nested] if isinstance(nested, list | tuple) else float(nested)


def _loss(program: Program, values: Sequence[Any]) -> float:
    given = {tensor.name: value for tensor, value in zip(_in_order(program), values, strict=True)}
    return float(evaluate(program, given)[program.result.name].numbers[0])


def documents_of(submission: Path) -> list[Path]:
    """The documents of a submission, a file or a folder; links are not followed."""
    if submission.is_symlink():
        return []
    found = [submission] if submission.is_file() else sorted(submission.rglob("*"))
    return [path for path in found if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink()]


def shown(name: str) -> str:
    """A file's name as text: bytes in it that are none become question marks.

    >>> shown("ann.md"), shown("\\udcff.md")
    ('ann.md', '?.md')
    """
    return os.fsencode(name).decode("utf-8", "replace").replace("\N{REPLACEMENT CHARACTER}", "?")


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
    expected = expected_of(check_document(sheet, loss))
    chosen = read_rubric(rubric) if isinstance(rubric, str | Path) else rubric
    return mark(place.name, tuple(map(str, documents_of(place))), expected, chosen, loss)


def mark(
    name: str, files: tuple[str, ...], sheet: Expected | str, rubric: Rubric | None, loss: str | None
) -> dict[str, Any]:
    """The marks of a submission as plain data: `points`, `parts`, its checked `documents`, and what to `review`.

    `sheet` is the model of its sheet, or the sheet's file. Whatever goes wrong with the submission is told in
    `review`, where a person must look; it stops nothing else.
    """
    try:
        expected = expected_of(check_document(sheet, loss)) if isinstance(sheet, str) else sheet
    except ChalkgradError as problem:
        said = [f"its sheet cannot be used: {problem}" if sheet else "there is no sheet of its name"]
        whole = rubric.points if rubric else 0.0
        return {"name": shown(name), "points": 0.0, "of": whole, "parts": [], "review": said, "documents": []}
    chosen = rubric or rubric_for([parameter for parameter, _ in expected.shapes])
    review: list[str] = [] if files else ["there is no document (.md, .tex, .ipynb, .txt) in the submission"]
    if len(files) > _MOST_DOCUMENTS:
        review.append(f"only {_MOST_DOCUMENTS} of its {len(files)} documents were read")
    claims: list[Written] = []
    documents: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for file in files[:_MOST_DOCUMENTS]:
        title = shown(Path(file).name)
        try:
            report = check_document(file, loss)
        except ChalkgradError as problem:
            review.append(shown(str(problem)).replace(shown(file), title))  # pages do not tell where they were made
            continue
        except Exception as problem:  # a defect of ours in one submission must not stop the course
            review.append(f"{title} could not be checked: {type(problem).__name__}")
            continue
        documents.append({"file": title, "claims": [claim.to_json() for claim in report.claims]})
        own = _own_names(report, expected)
        if own is None or report.program is None:
            review.append(f"{title} does not define the network of the sheet")
            continue
        names |= own
        loss_name = f"d{report.program.result.name}/"
        claims += [Written(len(documents), each, each.subject.startswith(loss_name)) for each in report.claims]
    sizes = dict(expected.shapes)
    shapes = {own: sizes[name] for name, own in names.items()}
    parts = marked_parts(chosen.parts, claims, names, shapes)
    review += [f"{part['name']}: {part['comment']}" for part in parts if part["verdict"] in ("undetermined", "unread")]
    unread = sum(each.claim.verdict == "unread" for each in claims)
    if unread:
        review.append("one equation could not be read" if unread == 1 else f"{unread} equations could not be read")
    points = round(sum(part["points"] for part in parts), 6)
    told = {"name": shown(name), "points": points, "of": chosen.points, "parts": parts}
    return {**told, "review": review, "documents": documents}


def _own_names(report: Report, expected: Expected) -> dict[str, str] | None:
    """The submission's names of the sheet's parameters; None where its network is another."""
    program = report.program
    if program is None or tuple((t.role.value, t.shape) for t in _in_order(program)) != expected.declared:
        return None
    try:
        same = all(isclose(_loss(program, values), loss, rel_tol=1e-9) for values, loss in expected.probes)
    except ChalkgradError:
        same = False
    return dict(zip(dict(expected.shapes), parameter_shapes(program), strict=True)) if same else None
