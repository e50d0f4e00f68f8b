"""What a teacher decided about open parts: points and a remark, kept by the hash of what they rest on.

When marking is run again a decision holds for the same submission, sheet and part; where one of them has changed, the
part is open again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.files import write_atomically

FILE = "decisions.json"


@dataclass(frozen=True)
class Decision:
    """The points for a part, and a remark for the student."""

    points: float
    remark: str = ""


def key_of(marked: Mapping[str, Any], part: str) -> str:
    """What a decision rests on: the content of the submission and its sheet, and the part with its points."""
    of = next((each["of"] for each in marked["parts"] if each["name"] == part), 0.0)
    return hashlib.sha256(f"{marked['rests_on']}\0{part}\0{of:g}".encode()).hexdigest()[:32]


def decisions_in(out: Path) -> dict[str, Decision]:
    """The decisions that are kept in a folder; raises `ChalkgradError` where the file is broken."""
    path = out / FILE
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {key: Decision(float(each["points"]), str(each["remark"])) for key, each in content.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise ChalkgradError(f"cannot read the decisions in {path}: {problem}") from None


def keep(out: Path, decisions: Mapping[str, Decision]) -> None:
    """Writes the decisions of a folder."""
    told = {key: asdict(each) for key, each in decisions.items()}
    write_atomically(out / FILE, json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def decided(marked: Mapping[str, Any], decisions: Mapping[str, Decision], total: Any) -> dict[str, Any]:
    """The marks of a submission with what was decided about its parts; `total` adds points up as the rubric says."""
    parts = [_decided(part, decisions.get(key_of(marked, part["name"]))) for part in marked["parts"]]
    names = {part["name"] for part, old in zip(parts, marked["parts"], strict=True) if old["open"] and not part["open"]}
    return {
        **marked,
        "parts": parts,
        "points": total([part["points"] for part in parts]),
        "open": any(part["open"] for part in parts) if parts else marked["open"],
        "review": [each for each in marked["review"] if each.partition(": ")[0] not in names],
    }


def _decided(part: dict[str, Any], decision: Decision | None) -> dict[str, Any]:
    if decision is None:
        return part
    said = decision.remark or "A person gave these points."
    return {**part, "points": decision.points, "open": False, "verdict": "decided", "comment": said, "hint": said}


def open_parts(marks: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], dict[str, Any]]]:
    """What is open, part by part over all submissions: like is marked beside like."""
    names = list(dict.fromkeys(part["name"] for marked in marks for part in marked["parts"]))
    return [
        (marked, part) for name in names for marked in marks for part in marked["parts"]
        if part["name"] == name and part["open"]
    ]  # fmt: skip
