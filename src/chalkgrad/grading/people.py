"""Marks as those of people: whose a submission is, by how much it was late, and whose says the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.deliveries import Delivery, student_of
from chalkgrad.grading.lateness import Lateness
from chalkgrad.grading.likeness import near_copies, own_words
from chalkgrad.grading.roster import Member, Roster
from chalkgrad.grading.submissions import SUFFIXES, shown
from chalkgrad.page.files import document_text


def of_people(
    marks: Sequence[dict[str, Any]],
    found: Mapping[str, Delivery],
    roster: Roster | None,
    late: Lateness | None,
) -> tuple[list[dict[str, Any]], tuple[Member, ...]]:
    """The marks with whose they are (`people`) and what late days cost (`late`), and who handed in nothing.

    A submission of nobody in the roster is told, never left out; so are two of one person or group.
    """
    owners: dict[Member, list[str]] = {}
    told = []
    for marked, name in zip(marks, found, strict=True):
        members = roster.of(name) if roster is not None else ()
        for member in members:
            owners.setdefault(member, []).append(marked["name"])
        student = student_of(name)
        people = members or (Member(shown(student.name), student.number, group=""),)
        review = list(marked["review"])
        if roster is not None and not members:
            review.append("it is of nobody in the roster")
        costs, unknown = _late(marked, members, student.late, late)
        told.append(
            {
                **marked,
                "people": [_plain(member) for member in people],
                "points": max(round(marked["points"] - costs["off"], 6), 0.0),
                "late": costs,
                "review": review + unknown,
            }
        )
    for marked in told:
        for member, names in owners.items():
            if len(names) > 1 and marked["name"] in names:
                others = ", ".join(name for name in names if name != marked["name"])
                marked["review"].append(f"{member.name} has another submission: {others}")
    missing = tuple(member for member in roster.members if member not in owners) if roster is not None else ()
    return told, missing


def _plain(member: Member) -> dict[str, str]:
    fields = ("name", "number", "login", "group", "section")
    return {field: value for field, value in asdict(member).items() if field in fields}


def _late(
    marked: Mapping[str, Any], members: Sequence[Member], is_late: bool, late: Lateness | None
) -> tuple[dict[str, float], list[str]]:
    """By how many days a submission was late and the points that it costs, and what nobody could tell of it.

    Of a group, the time of whoever it is known of counts.
    """
    if late is None:
        return {"days": 0, "off": 0.0}, []
    known = [days for member in members if (days := member.days_late(late.due)) is not None]
    if not known:
        return {"days": 0, "off": 0.0}, ["it was late, and nothing tells by how much"] if is_late else []
    days = min(known)
    return {"days": days, "off": round(min(late.off(days, marked["of"]), marked["points"]), 6)}, []


def alike(marks: Sequence[dict[str, Any]], found: Mapping[str, Delivery], sheets: Iterable[str]) -> None:
    """Writes into each mark which other submissions say the same in words of their own or in wrong equations."""
    texts: dict[str, str] = {}
    for marked, each in zip(marks, found.values(), strict=True):
        documents = [path for path in each.files if path.suffix.lower() in SUFFIXES]
        claims = {document["file"]: document["claims"] for document in marked["documents"]}
        texts[marked["name"]] = "\n".join(own_words(_text(p), claims.get(shown(p.name), ())) for p in documents)
        marked["alike"] = []
    by_name = {marked["name"]: marked for marked in marks}
    for pair in near_copies(texts, [_text(Path(sheet)) for sheet in sheets if sheet]):
        if pair.second in by_name[pair.first]["same_as"]:
            continue
        for name, other in ((pair.first, pair.second), (pair.second, pair.first)):
            by_name[name]["alike"].append({"name": other, "share": pair.share, "passage": pair.passage})


def _text(path: Path) -> str:
    """The text of a document; nothing where it cannot be read, which its mark tells."""
    with suppress(ChalkgradError):
        return document_text(path)
    return ""
