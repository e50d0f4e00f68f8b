"""The people of a course: who they are, with whom they work, when they handed in, and who handed in nothing.

A roster is a CSV file: one of one's own, or the list that Moodle, Canvas or Gradescope exports.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.deliveries import student_of
from chalkgrad.page.files import document_text

# What each column may be called; the first one is ours.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "full name", "student", "student name"),
    "first name": ("first name", "given name"),
    "last name": ("last name", "surname", "family name"),
    "number": ("number", "id", "identifier", "student id", "sid", "sis user id"),
    "submission": ("submission", "submission id"),
    "login": ("login", "email", "email address", "sis login id", "username"),
    "group": ("group", "team", "group name"),
    "section": ("section", "sections"),
    "submitted": ("submitted", "submission time", "submitted at"),
    "late": ("late", "days late", "lateness (h:m:s)"),
    "status": ("status",),
    "extension": ("extension", "extension days"),
}
_MOST = 20_000
_SPANS = {"day": 1.0, "hour": 1 / 24, "min": 1 / 1440, "sec": 1 / 86400}
_LATE = re.compile(r"((?:\d+ (?:day|hour|min|sec)s? ?)+)late", re.IGNORECASE)  # as Moodle says it
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)")


@dataclass(frozen=True)
class Member:
    """A person of the course. `late` is by how many days as the roster tells it, `submitted` when it was handed in,
    `extension` how many days more the person was given.
    """

    name: str
    number: str = ""
    login: str = ""
    group: str = ""
    section: str = ""
    submission: str = ""
    late: float | None = None
    submitted: datetime | None = None
    extension: float = 0.0

    def days_late(self, due: datetime | None) -> int | None:
        """By how many days, each begun one counted, it came after `due` and the extension; None where nothing says it.

        >>> Member("Ada", submitted=datetime(2026, 11, 22, 9)).days_late(datetime(2026, 11, 20, 23, 59))
        2
        >>> Member("Ada", late=1.5, extension=1).days_late(None)
        1
        """
        if self.late is not None:
            days = self.late
        elif self.submitted is None or due is None:
            return None
        elif (self.submitted.tzinfo is None) != (due.tzinfo is None):
            raise ChalkgradError(f"{self.name}: {self.submitted} and due, {due}: only one of them has a time zone")
        else:
            days = (self.submitted - due).total_seconds() / 86400
        return max(ceil(round(days - self.extension, 9)), 0)


@dataclass(frozen=True)
class Roster:
    """All people of a course."""

    members: tuple[Member, ...]

    def of(self, submission: str) -> tuple[Member, ...]:
        """Whose a submission is, by its file's or folder's name: one person, all of a group, or nobody who is known.

        >>> roster = Roster((Member("Ada Lovelace", "11", group="A"), Member("Alan Turing", "12", group="A")))
        >>> [member.name for member in roster.of("lovelace-ada.md")]
        ['Ada Lovelace', 'Alan Turing']
        >>> roster.of("someone.md")
        ()
        """
        student = student_of(submission)
        found = [
            member for member in self.members if student.number and student.number == _number(member, student.system)
        ]
        found = found or [member for member in self.members if _plain(student.name) in _names(member)]
        if len(found) == 1 and found[0].group:
            return self.group(found[0].group)
        return tuple(found) if len(found) == 1 else self.group(student.name)

    def group(self, name: str) -> tuple[Member, ...]:
        """The people of a group."""
        return tuple(member for member in self.members if member.group and _plain(member.group) == _plain(name))


def _number(member: Member, system: str) -> str:
    return member.submission or member.number if system == "gradescope" else member.number


def _names(member: Member) -> set[str]:
    """How the files of a person may be called: by the name in either order, the login, the number."""
    words = member.name.replace(",", " ").split()
    orders = (" ".join(words), " ".join(words[-1:] + words[:-1]), " ".join(words[1:] + words[:1]))
    return {_plain(each) for each in (*orders, member.login, member.login.partition("@")[0], member.number) if each}


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in bare if letter.isalnum())


def read_roster(path: str | Path) -> Roster:
    """The people of a CSV file (UTF-8; comma, semicolon or tab); raises `ChalkgradError` for what is wrong with it.

    The columns are `name` (or first and last name), and as far as one has them `number`, `login`, `group`, `submitted`,
    `late` (days, or as Moodle or Gradescope tell it) and `extension` (days).

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "roster.csv")
    ...     _ = file.write_text("Full name,Identifier,Status\\nAda Lovelace,Participant 11,2 days 3 hours late\\n")
    ...     read_roster(file).members[0].number, read_roster(file).members[0].days_late(None)
    ('11', 3)
    """
    text = document_text(Path(path))
    head = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    try:
        titles = [title.strip().casefold() for title in next(rows, [])]
        columns = _columns(titles, str(path))
        members = tuple(_members(rows, columns, str(path)))
    except csv.Error as problem:
        raise ChalkgradError(f"cannot read the roster {path}: {problem}") from None
    if not members:
        raise ChalkgradError(f"the roster {path} has no people")
    if len(members) > _MOST:
        raise ChalkgradError(f"the roster {path} has more than {_MOST} people")
    return Roster(members)


def _columns(titles: Sequence[str], path: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, names in COLUMNS.items():
        places = [titles.index(name) for name in names if name in titles]
        if places:
            found[field] = places[0]
    if "name" not in found and "last name" not in found:
        has = ", ".join(filter(None, titles)) or "none"
        raise ChalkgradError(f"the roster {path} has no column 'name' (or 'first name' and 'last name'); it has {has}")
    return found


def _members(rows: Iterator[list[str]], columns: Mapping[str, int], path: str) -> Iterator[Member]:
    for line, row in enumerate(rows, start=2):
        told = {field: row[place].strip() for field, place in columns.items() if place < len(row)}
        name = told.get("name") or " ".join(filter(None, (told.get("first name"), told.get("last name"))))
        if not name or name == "Points Possible":  # the second row of Canvas
            continue
        try:
            yield Member(
                name=name,
                number=told.get("number", "").removeprefix("Participant ").strip(),
                login=told.get("login", ""),
                group=told.get("group", ""),
                section=told.get("section", ""),
                submission=told.get("submission", ""),
                late=_late(told.get("late", "")) if told.get("late") else _in_words(told.get("status", "")),
                submitted=_time(told.get("submitted", "")),
                extension=float(told.get("extension") or 0),
            )
        except ValueError as problem:
            raise ChalkgradError(f"{path}, line {line}, {name}: {problem}") from None


def _late(told: str) -> float:
    """Days, from a number or a span of hours, minutes and seconds, as Gradescope tells it."""
    clock = _CLOCK.fullmatch(told)
    if clock is not None:
        hours, minutes, seconds = map(int, clock.groups())
        return (hours + minutes / 60 + seconds / 3600) / 24
    if not re.fullmatch(r"\d+(\.\d+)?", told):
        raise ValueError(f"late is {told!r}; expected days, such as 2, or 51:20:00")
    return float(told)


def _in_words(status: str) -> float | None:
    """Days as Moodle's status tells them, "2 days 3 hours late"; None where it tells none."""
    said = _LATE.search(status)
    if said is None:
        return None
    return sum(int(number) * _SPANS[span] for number, span in re.findall(r"(\d+) (day|hour|min|sec)", said[1].lower()))


def _time(told: str) -> datetime | None:
    """A date and time as ISO 8601 writes it; Gradescope has a blank before the time zone."""
    plain = re.sub(r" (?=[+-]\d\d:?\d\d$)", "", told)
    try:
        return datetime.fromisoformat(plain) if plain else None
    except ValueError:
        raise ValueError(f"submitted is {told!r}; expected a date and time such as 2026-11-20 23:59") from None
