"""The verdicts on the equations of a document, keyed so as to be compared."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from laws.passages import rewritten
from told import told_of

RIGHT = Path(__file__).parent.parent / "corpus" / "right"
SUFFIXES = (".md", ".tex", ".ipynb", ".txt")


@dataclass(frozen=True)
class Found:
    """One equation: where it stands, what it says, and its verdict."""

    line: int
    latex: str
    subject: str
    verdict: str


@cache
def documents() -> tuple[Path, ...]:
    return tuple(sorted(path for path in RIGHT.rglob("*.*") if path.suffix in SUFFIXES))


@cache
def text_of(path: Path) -> str:
    """The text; a notebook's JSON is written anew, so that its lines are those of a changed one."""
    return rewritten(path.read_text(encoding="utf-8"), path.suffix, lambda latex: latex, lambda prose: prose)


@cache
def verdicts(text: str, suffix: str) -> tuple[Found, ...]:
    """What `chalkgrad.check` says; nothing where it ends in an exception, of whatever kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"document{suffix}"
        path.write_text(text, encoding="utf-8")
        try:
            claims = told_of(path)
        except Exception:
            return ()
    return tuple(Found(claim.line, claim.latex, claim.subject, claim.verdict) for claim in claims)


def by_line(found: Iterable[Found]) -> dict[Hashable, str]:
    """The verdicts by line and place within it: for documents of the same lines."""
    return _numbered((each.line, each.verdict) for each in found)


def by_latex(found: Iterable[Found]) -> dict[Hashable, str]:
    """The verdicts by what is written: for documents whose lines have moved."""
    return _numbered((each.latex, each.verdict) for each in found)


def _numbered(pairs: Iterable[tuple[Hashable, str]]) -> dict[Hashable, str]:
    seen: Counter[Hashable] = Counter()
    numbered: dict[Hashable, str] = {}
    for key, verdict in pairs:
        numbered[key, seen[key]] = verdict
        seen[key] += 1
    return numbered
