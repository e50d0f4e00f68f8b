"""One submission: checked against the sheet's model and marked part by part. Nothing in it is executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from chalkgrad.checking import CheckedClaim, Report, Truth, check_document
from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.rubric import Part, Rubric
from chalkgrad.language import Array, Program, Tensor, evaluate
from chalkgrad.networks import parameter_shapes

SUFFIXES = (".md", ".tex", ".ipynb", ".txt")
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


def mark(name: str, files: tuple[str, ...], expected: Expected, rubric: Rubric, loss: str | None) -> dict[str, Any]:
    """The marks of a submission as plain data: `points`, `parts`, and `review` where a person must look.

    Whatever goes wrong with it is told in `review`; it stops nothing else.
    """
    claims: list[CheckedClaim] = []
    review: list[str] = [] if files else ["there is no document (.md, .tex, .ipynb, .txt) in the submission"]
    names: dict[str, str] = {}
    for file in files:
        try:
            report = check_document(file, loss)
        except ChalkgradError as problem:
            review.append(f"{Path(file).name}: {problem}")
            continue
        except Exception as problem:  # a defect of ours in one submission must not stop the course
            review.append(f"{Path(file).name} could not be checked: {type(problem).__name__}")
            continue
        own = _own_names(report, expected)
        if own is None:
            review.append(f"{Path(file).name} does not define the network of the sheet")
            continue
        names |= own
        claims += report.claims
    parts = [_marked(part, claims, names) for part in rubric.parts]
    review += [f"{part['name']}: {part['comment']}" for part in parts if part["verdict"] in ("undetermined", "unread")]
    unread = sum(claim.verdict == "unread" for claim in claims)
    if unread:
        review.append(f"{unread} equations could not be read")
    points = sum(part["points"] for part in parts)
    return {"name": name, "points": points, "of": rubric.points, "parts": parts, "review": review}


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


def _marked(part: Part, claims: list[CheckedClaim], names: Mapping[str, str]) -> dict[str, Any]:
    """The marks for a part: those of the last claim about its derivative."""
    own = names.get(part.wrt, part.wrt)
    about = [claim for claim in claims if claim.wrt is not None and claim.wrt.name == own]
    told: dict[str, Any] = {"name": part.name, "of": part.points, "points": 0.0, "slips": [], "line": None}
    if not about:
        return {**told, "verdict": "missing", "comment": f"no derivative by {part.wrt} was found"}
    claim = about[-1]
    share = {"right": 1.0, "right_up_to": part.right_up_to}.get(claim.verdict, 0.0)
    if claim.verdict == "wrong" and claim.mistakes:
        share = part.known_slip
    slips = [{"kind": slip.kind, "message": slip.message} for slip in claim.mistakes]
    comment = " ".join(slip.message for slip in claim.mistakes) or claim.reason
    changed = {"points": share * part.points, "slips": slips, "line": claim.line}
    return {**told, **changed, "verdict": claim.verdict, "comment": comment}
