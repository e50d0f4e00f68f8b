"""A teacher goes through what is open; what is decided holds until what it rests on changes."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading import Part, Rubric, grade
from chalkgrad.grading.decisions import decisions_in
from chalkgrad.grading.review import Review, server_of

SHEET = "$$y = \\sigma(w x + b)$$\n\nBinary cross-entropy.\n\n"
RUBRIC = Rubric((Part("4", "w", 4.0), Part("drawing", task="drawing")))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(SHEET)
    (tmp_path / "all" / "ann").mkdir(parents=True)
    (tmp_path / "all" / "ann" / "hw.md").write_text(f"{SHEET}The derivative by w is the error times <b>x</b>.\n")
    (tmp_path / "all" / "ann" / "net.png").write_bytes(b"\x89PNG")
    (tmp_path / "all" / "bob.md").write_text(f"{SHEET}$$\\frac{{\\partial L}}{{\\partial w}} = (y - t) x$$\n")
    return tmp_path


@pytest.fixture
def review(place: Path) -> Review:
    return Review(grade(place / "sheet.md", place / "all", place / "out", RUBRIC), place / "out", RUBRIC)


@pytest.fixture
def address(review: Review) -> Iterator[str]:
    server, address = server_of(review)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


def page_at(address: str) -> str:
    with urlopen(address, timeout=20) as answer:
        return str(answer.read().decode())


def test_what_is_open_is_shown_with_the_reference(review: Review, address: str) -> None:
    assert [(marked["name"], part["name"]) for marked, part in review.queue] == [("ann", "4"), ("ann", "drawing")]
    page = page_at(address)
    assert "text in hw.md, line 5: The derivative by w is the error times &lt;b&gt;x&lt;/b&gt;." in page
    assert "The reference" in page
    assert "<math" in page.partition("The reference")[2]
    assert "<svg" in page_at(f"{address}1")  # our drawing, beside the student's
    with urlopen(f"{address}file/ann/0", timeout=20) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (b"\x89PNG", "image/png")


def test_points_are_kept_at_once_and_when_marking_is_run_again(place: Path, review: Review, address: str) -> None:
    for points, said in (("9", "9 points are not possible"), ("x", "no number of points"), ("nan", "not possible")):
        answer = page_at_post(f"{address}0", points, "")
        assert said in answer
    assert "Nothing is open any more" not in page_at_post(f"{address}0", "3", "Said in words.")
    assert len(decisions_in(place / "out")) == 1
    course = grade(place / "sheet.md", place / "all", place / "out", RUBRIC)
    part = course.marks[0]["parts"][0]
    assert (part["points"], part["open"], part["comment"], part["verdict"]) == (3, False, "Said in words.", "decided")
    assert course.marked_now == 0
    assert course.marks[0]["open"]  # the drawing still is
    assert "Nothing is open any more" in page_at_post(f"{address}1", "1", "")
    course = grade(place / "sheet.md", place / "all", place / "out", RUBRIC)
    assert (course.marks[0]["points"], course.marks[0]["open"], course.marks[0]["review"]) == (4, False, [])
    rows = list(csv.DictReader((place / "out" / "marks.csv").read_text().splitlines()))
    assert [row["points"] for row in rows] == ["4.0", "4.0"]
    (place / "all" / "ann" / "hw.md").write_text(f"{SHEET}The derivative by w is something else.\n")
    assert grade(place / "sheet.md", place / "all", place / "out", RUBRIC).marks[0]["parts"][0]["open"]


def page_at_post(address: str, points: str, remark: str) -> str:
    return page_at_request(Request(address, urlencode({"points": points, "remark": remark}).encode()))


def page_at_request(request: Request) -> str:
    with urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def test_only_this_computer_with_the_secret_is_answered(review: Review, address: str) -> None:
    base = address.rsplit("/", 2)[0]
    for request in (
        Request(f"{base}/"),
        Request(f"{base}/0", b"points=4"),
        Request(address, headers={"Host": "example.org:80"}),
        Request(f"{address}file/..%2F..%2Fsheet.md/0"),
        Request(f"{address}file/ann/7"),
    ):
        with pytest.raises(HTTPError, match="404"):
            urlopen(request, timeout=20)
    assert not review.decisions


def test_broken_decisions_are_told(place: Path) -> None:
    (place / "out").mkdir()
    (place / "out" / "decisions.json").write_text("[1]")
    with pytest.raises(ChalkgradError, match="cannot read the decisions"):
        grade(place / "sheet.md", place / "all", place / "out", RUBRIC)
