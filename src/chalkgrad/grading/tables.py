"""The marks of a course in the forms that other programs take, and a page for each submission."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chalkgrad.files import write_atomically
from chalkgrad.grading.rubric import Rubric

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.3rem .8rem;text-align:left;border-bottom:1px solid #ccc}"
    ".bar{background:#0072B2;height:1rem}"
)


def write_tables(marks: Sequence[dict[str, Any]], rubric: Rubric, out: Path) -> None:
    """Writes marks.csv, marks.json, moodle.csv, a Gradescope results.json and a page each, and statistics.html."""
    parts = [part.name for part in rubric.parts]
    rows = [
        [m["name"], m["points"], m["of"], *(p["points"] for p in m["parts"]), "; ".join(m["review"])] for m in marks
    ]
    write_atomically(out / "marks.csv", _csv([["submission", "points", "of", *parts, "review"], *rows]))
    write_atomically(out / "marks.json", json.dumps(list(marks), ensure_ascii=False, indent=1))
    moodle = [[Path(m["name"]).stem, m["points"], m["of"], _feedback(m)] for m in marks]
    write_atomically(out / "moodle.csv", _csv([["Identifier", "Grade", "Maximum Grade", "Feedback comments"], *moodle]))
    for marked in marks:
        told = json.dumps(gradescope_results(marked), ensure_ascii=False, indent=1)
        write_atomically(out / "gradescope" / marked["name"] / "results.json", told)
        write_atomically(out / "pages" / f"{marked['name']}.html", submission_page(marked))
    write_atomically(out / "statistics.html", statistics_page(marks))


def gradescope_results(marked: dict[str, Any]) -> dict[str, Any]:
    """The marks of a submission as Gradescope's autograder wants them in results.json."""
    tests = [
        {"name": part["name"], "score": part["points"], "max_score": part["of"], "output": part["comment"]}
        for part in marked["parts"]
    ]
    return {"score": marked["points"], "output": "\n".join(marked["review"]), "tests": tests}


def frequent_slips(marks: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    """In how many submissions each kind of slip was found, the most frequent first."""
    kinds = (sorted({slip["kind"] for part in marked["parts"] for slip in part["slips"]}) for marked in marks)
    return Counter(kind for found in kinds for kind in found).most_common()


def submission_page(marked: dict[str, Any]) -> str:
    """A page that stands alone: the marks for each part, why, and what a person should look at."""
    rows = "".join(
        f"<tr><td>{escape(part['name'])}</td><td>{part['points']:g} of {part['of']:g}</td>"
        f"<td>{escape(part['verdict'].replace('_', ' '))}</td><td>{escape(part['comment'])}</td></tr>"
        for part in marked["parts"]
    )
    review = "".join(f"<li>{escape(note)}</li>" for note in marked["review"])
    looked = f"<h2>For a person to look at</h2><ul>{review}</ul>" if review else ""
    table = f"<table><tr><th>part</th><th>points</th><th>verdict</th><th>why</th></tr>{rows}</table>"
    return _page(marked["name"], f"<p>{marked['points']:g} of {marked['of']:g} points</p>{table}{looked}")


def statistics_page(marks: Sequence[dict[str, Any]]) -> str:
    """The class on one page: the mean, and the most frequent slips as bars with their numbers."""
    if not marks:
        return _page("Statistics", "<p>There are no submissions.</p>")
    mean = sum(marked["points"] for marked in marks) / len(marks)
    slips = frequent_slips(marks)
    most = max((count for _, count in slips), default=1)
    rows = "".join(
        f"<tr><td>{escape(kind)}</td><td>{count}</td>"
        f"<td style='width:20rem'><div class='bar' style='width:{100 * count / most:.0f}%'></div></td></tr>"
        for kind, count in slips
    )
    links = "".join(
        f"<li><a href='pages/{quote(m['name'])}.html'>{escape(m['name'])}</a>: {m['points']:g}</li>" for m in marks
    )
    said = f"<p>{len(marks)} submissions, {mean:.2f} of {marks[0]['of']:g} points on average.</p>"
    table = f"<table><tr><th>slip</th><th>submissions</th><th></th></tr>{rows}</table>" if rows else "<p>None.</p>"
    return _page("Statistics", f"{said}<h2>Slips</h2>{table}<h2>Submissions</h2><ul>{links}</ul>")


def _feedback(marked: dict[str, Any]) -> str:
    return " ".join(f"{part['name']}: {part['comment']}" for part in marked["parts"] if part["verdict"] != "right")


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>\n'
