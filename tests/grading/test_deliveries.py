"""Folders and archives as course systems hand them out; what is dangerous in them is refused by name."""

from __future__ import annotations

import csv
import io
import stat
import zipfile
from pathlib import Path

import pytest

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading import grade
from chalkgrad.grading.deliveries import student_of, unpacked

SHEET = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"
RIGHT = "$$\\frac{\\partial L}{\\partial w} = (y - t) x$$\n\n$$\\frac{\\partial L}{\\partial b} = y - t$$\n"


def archive(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(SHEET)
    return tmp_path


def test_an_archive_of_moodle_with_archives_in_it(place: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("work/answers.md", RIGHT)
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as file:
        file.writestr("../../evil.md", RIGHT)
    whole = archive(
        place / "all.zip",
        {
            "Ada Lovelace_11_assignsubmission_file_/hw.md": RIGHT,
            "Bob_12_assignsubmission_file_/hw.zip": inner.getvalue(),
            "Cem_13_assignsubmission_file_/hw.zip": evil.getvalue(),
            "__MACOSX/._hw.md": b"junk",
        },
    )
    marks = grade(place / "sheet.md", whole, place / "out").marks
    assert [(marked["points"], marked["open"]) for marked in marks] == [(2, False), (2, False), (0, True)]
    assert "leads outside of its folder: '../../evil.md'" in marks[2]["review"][0]
    assert not list(place.rglob("evil.md"))
    rows = list(csv.DictReader((place / "out" / "moodle.csv").read_text().splitlines()))
    assert [(row["Identifier"], row["Full name"], row["Grade"]) for row in rows] == [
        ("Participant 11", "Ada Lovelace", "2.0"), ("Participant 12", "Bob", "2.0"), ("Participant 13", "Cem", ""),
    ]  # fmt: skip
    assert grade(place / "sheet.md", whole, place / "out").marked_now == 0


def test_files_of_canvas_are_those_of_a_student(place: Path) -> None:
    folder = place / "all"
    folder.mkdir()
    first, second = RIGHT.split("\n\n")
    (folder / "lovelaceada_81_902_one.md").write_text(first)
    (folder / "lovelaceada_81_903_two.md").write_text(second)
    (folder / "turingalan_LATE_82_904_hw.md").write_text(RIGHT)
    marks = grade(place / "sheet.md", folder, place / "out").marks
    assert [(marked["name"], marked["points"]) for marked in marks] == [
        ("lovelaceada_81_0_together", 2), ("turingalan_LATE_82_904_hw.md", 2),
    ]  # fmt: skip
    rows = list(csv.DictReader((place / "out" / "canvas.csv").read_text().splitlines()))
    assert [(row["Student"], row["ID"], row["Homework"]) for row in rows] == [
        ("Points Possible", "", "2.0"), ("lovelaceada", "81", "2.0"), ("turingalan", "82", "2.0"),
    ]  # fmt: skip


def test_names_of_gradescope() -> None:
    assert (student_of("submission_123").number, student_of("submission_123").system) == ("123", "gradescope")


def linked(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        link = zipfile.ZipInfo("link.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    return path


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("../up.md", b"x", "leads outside"),
        ("/root.md", b"x", "leads outside"),
        ("a/../../up.md", b"x", "leads outside"),
        ("C:\\up.md", b"x", "leads outside"),
        ("..\\up.md", b"x", "leads outside"),
        ("bomb.md", b"0" * 30_000_000, "grows 200 times and more"),
        ("large.md", b"0" * 51_000_000, "a file of 51 MB"),
    ],
)
def test_dangerous_archives_are_refused(place: Path, name: str, content: bytes, said: str) -> None:
    path = archive(place / "evil.zip", {"good.md": "fine", name: content})
    with pytest.raises(ChalkgradError, match=said):
        unpacked(path, place / "in")
    assert not (place / "in").exists()


def test_links_and_what_is_no_archive_are_refused(place: Path) -> None:
    with pytest.raises(ChalkgradError, match=r"has a link: 'link\.md'"):
        unpacked(linked(place / "linked.zip"), place / "in")
    (place / "broken.zip").write_bytes(b"PK nothing")
    with pytest.raises(ChalkgradError, match=r"cannot unpack broken\.zip"):
        unpacked(place / "broken.zip", place / "in")
