"""Rosters, groups, late days and near-copies."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading import grade, read_roster, read_rubric
from chalkgrad.grading.likeness import near_copies

SHEET = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"
RIGHT = "$$\\frac{\\partial L}{\\partial w} = (y - t) x$$\n\n$$\\frac{\\partial L}{\\partial b} = y - t$$\n"
WRONG = RIGHT.replace("(y - t) x", "(y + t) x")
LATE = """
[[part]]
name = "w"
wrt = "w"
points = 10

[late]
due = 2026-11-20 23:59:00
per_day = 0.1
free = 1
most = 6
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(SHEET)
    (tmp_path / "all").mkdir()
    (tmp_path / "rubric.toml").write_text(LATE)
    return tmp_path


def handed_in(place: Path, **documents: str) -> None:
    for name, text in documents.items():
        (place / "all" / f"{name}.md").write_text(text)


def roster(place: Path, text: str) -> Path:
    path = place / "roster.csv"
    path.write_text(text)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def test_late_days_cost_points_and_an_extension_does_not(place: Path) -> None:
    handed_in(place, ada=RIGHT, bob=RIGHT, cem=RIGHT, dan=RIGHT, eve=WRONG)
    people = roster(
        place,
        "name,submitted,extension\nada,2026-11-20 20:00,\nbob,2026-11-21 08:00,\ncem,2026-11-23 12:00,\n"
        "dan,2026-11-23 12:00,3\neve,2026-12-20 12:00,\n",
    )
    found = grade(place / "sheet.md", place / "all", place / "out", read_rubric(place / "rubric.toml"),
                  roster=read_roster(people))  # fmt: skip
    assert [marked["points"] for marked in found.marks] == [10, 10, 8, 10, 0]
    assert [marked["late"]["days"] for marked in found.marks] == [0, 1, 3, 0, 30]
    told = {row["Full name"]: row["Feedback comments"] for row in rows_of(place / "out" / "moodle.csv")}
    assert "3 days late: 2 points off." in told["cem"]
    assert told["bob"] == ""
    assert "2 off for 3 days late" in (place / "out" / "pages" / "cem.md.html").read_text()


def test_what_late_days_cost_is_not_part_of_the_marking(place: Path) -> None:
    handed_in(place, ada=RIGHT)
    people = read_roster(roster(place, "name,late\nada,3\n"))
    first = grade(place / "sheet.md", place / "all", place / "out", read_rubric(place / "rubric.toml"), roster=people)
    (place / "rubric.toml").write_text(LATE.replace("per_day = 0.1", "per_day = 0.2"))
    second = grade(place / "sheet.md", place / "all", place / "out", read_rubric(place / "rubric.toml"), roster=people)
    assert [first.marks[0]["points"], second.marks[0]["points"], second.marked_now] == [8, 6, 0]


def test_late_in_the_name_alone_is_for_a_person(place: Path) -> None:
    handed_in(place, turingalan_LATE_82_904_hw=RIGHT)
    rubric = read_rubric(place / "rubric.toml")
    found = grade(place / "sheet.md", place / "all", place / "out", rubric).marks[0]
    assert found["points"] == 10
    assert found["review"] == ["it was late, and nothing tells by how much"]
    people = read_roster(roster(place, 'Student,ID,SIS Login ID,Section,Days late\n"Turing, Alan",82,at,A,2\n'))
    found = grade(place / "sheet.md", place / "all", place / "out", rubric, roster=people).marks[0]
    assert (found["points"], found["review"]) == (9, [])
    row = rows_of(place / "out" / "canvas.csv")[1]
    assert [row[field] for field in ("Student", "ID", "SIS Login ID", "Section", "Homework")] == [
        "Turing, Alan", "82", "at", "A", "9.0",
    ]  # fmt: skip


def test_who_handed_in_nothing_and_who_is_not_known(place: Path) -> None:
    handed_in(place, ada=RIGHT, zoe=RIGHT)
    people = read_roster(
        roster(place, "First name;Last name;Email\nAda;Lovelace;ada@example.org\nAlan;Turing;at@x.org\n")
    )
    found = grade(place / "sheet.md", place / "all", place / "out", roster=people)
    assert [member.name for member in found.missing] == ["Alan Turing"]
    assert [marked["review"] for marked in found.marks] == [[], ["it is of nobody in the roster"]]
    assert [marked["points"] for marked in found.marks] == [2, 2]
    rows = rows_of(place / "out" / "marks.csv")
    assert [(row["people"], row["points"], row["review"]) for row in rows] == [
        ("Ada Lovelace", "2.0", ""), ("zoe", "2.0", "it is of nobody in the roster"),
        ("Alan Turing", "", "handed in nothing"),
    ]  # fmt: skip
    assert "1 handed in nothing" in (place / "out" / "statistics.html").read_text()


def test_a_group_has_the_marks_of_its_one_submission(place: Path) -> None:
    handed_in(place, ada=RIGHT, blue=WRONG, eve=RIGHT, dan=WRONG)
    people = read_roster(
        roster(place, "name,number,group\nada,1,red\nbob,2,red\ncem,3,blue\ndan,4,green\neve,5,green\n")
    )
    found = grade(place / "sheet.md", place / "all", place / "out", roster=people)
    assert found.missing == ()
    rows = rows_of(place / "out" / "moodle.csv")
    assert [(row["Identifier"], row["Grade"]) for row in rows][:3] == [
        ("Participant 1", "2.0"), ("Participant 2", "2.0"), ("Participant 3", rows[2]["Grade"]),
    ]  # fmt: skip
    reviews = {marked["name"]: marked["review"] for marked in found.marks}
    assert "eve has another submission: eve.md" in reviews["dan.md"]


def test_moodles_and_gradescopes_lists_are_rosters(place: Path) -> None:
    moodle = "Identifier,Full name,Status\nParticipant 7,Ada Lovelace,Submitted for grading - 1 day 5 hours late\n"
    assert read_roster(roster(place, moodle)).members[0].days_late(None) == 2
    gradescope = (
        "First Name,Last Name,SID,Submission ID,Submission Time,Lateness (H:M:S)\n"
        "Ada,Lovelace,7,991,2026-11-21 10:00:00 -0800,10:01:00\n"
    )
    people = read_roster(roster(place, gradescope))
    assert people.of("submission_991") == people.members
    assert people.members[0].days_late(None) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'name'"),
        ("nom,groupe\nAda,1\n", "it has nom, groupe"),
        ("name\n", "has no people"),
        ("name,submitted\nAda,20.11.2026\n", "line 2, Ada: submitted is '20.11.2026'; expected a date and time"),
        ("name,late\nAda,soon\n", "line 2, Ada: late is 'soon'; expected days"),
        ("name,extension\nAda,two\n", "line 2, Ada"),
    ],
)
def test_what_is_wrong_with_a_roster_is_said(place: Path, text: str, said: str) -> None:
    with pytest.raises(ChalkgradError, match=said):
        read_roster(roster(place, text))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("late = 3", "no table"),
        ("[late]\nper_days = 1", "did you mean 'per_day'"),
        ("[late]\nper_day = 2", "expected 0 to 1"),
        ('[late]\ndue = "soon"', "expected a date and time"),
    ],
)
def test_what_is_wrong_with_late_days_is_said(place: Path, table: str, said: str) -> None:
    path = place / "other.toml"
    path.write_text(f'{table}\n[[part]]\nwrt = "w"\n' if "[late]" not in table else f'[[part]]\nwrt = "w"\n{table}\n')
    with pytest.raises(ChalkgradError, match=said):
        read_rubric(path)


STORY = (
    "I first wrote the loss as a sum over both classes and then saw that only the one of the true label is left, "
    "so I went backwards from there through the sigmoid, whose slope cancels what the logarithm left below.\n\n"
)


def test_near_copies_are_told_and_right_answers_in_common_are_not(place: Path) -> None:
    handed_in(
        place, ada=STORY + WRONG, bob=STORY.replace("I first wrote", "We wrote") + WRONG, cem=RIGHT, dan=RIGHT + " "
    )
    marks = {marked["name"]: marked for marked in grade(place / "sheet.md", place / "all", place / "out").marks}
    assert [each["name"] for each in marks["ada.md"]["alike"]] == ["bob.md"]
    assert "went backwards from there" in marks["ada.md"]["alike"][0]["passage"]
    assert marks["cem.md"]["alike"] == marks["dan.md"]["alike"] == []
    assert "Submissions that say the same" in (place / "out" / "statistics.html").read_text()


def test_what_the_sheet_says_and_what_many_say_is_nobodys_own() -> None:
    texts = {"ada": STORY, "bob": STORY}
    assert len(near_copies(texts)) == 1
    assert near_copies(texts, [STORY]) == []
    assert near_copies({f"{k}": STORY for k in range(30)}) == []
