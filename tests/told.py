"""What chalkgrad says of documents, worked out once in a run of the tests: the workers share a folder for it."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from chalkgrad.checking import Report, check_document
from chalkgrad.files import write_atomically

FOLDER = "CHALKGRAD_TOLD_IN_THIS_RUN"  # set where a run begins, for all of its workers
T = TypeVar("T")


@dataclass(frozen=True)
class Told:
    """What is said of one equation; `differs` where it shows at which point."""

    line: int
    latex: str
    subject: str
    verdict: str
    reason: str
    kinds: tuple[str, ...]
    follows: int | None
    differs: bool


def told_of(path: Path) -> tuple[Told, ...]:
    """What is said of each equation of a document."""
    return kept("claims", content_of(path), lambda: claims_in(check_document(path)))


def content_of(path: Path) -> bytes:
    """What the check of a document rests on."""
    return path.suffix.encode() + path.read_bytes()


def claims_in(report: Report) -> tuple[Told, ...]:
    return tuple(
        Told(
            claim.line,
            claim.latex,
            claim.subject,
            claim.verdict,
            claim.reason,
            tuple(slip.kind for slip in claim.mistakes),
            claim.follows,
            claim.difference is not None,
        )
        for claim in report.claims
    )


def kept(what: str, about: bytes, make: Callable[[], T]) -> T:
    """What is made of something: once in this run, by this worker or by another one."""
    key = f"{what}-{hashlib.sha256(about).hexdigest()}"
    if key not in _KEPT:
        _KEPT[key] = _shared(Path(os.environ[FOLDER], key), make) if FOLDER in os.environ else make()
    found: T = _KEPT[key]
    return found


_KEPT: dict[str, Any] = {}


def _shared(place: Path, make: Callable[[], T]) -> T:
    if place.is_file():
        found: T = pickle.loads(place.read_bytes())
        return found
    made = make()
    write_atomically(place, pickle.dumps(made))
    return made
