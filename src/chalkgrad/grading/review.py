"""A page on which a teacher goes through what is open: what was written, how it was read, and the reference.

It is served on this computer only, under an address with a secret, and takes nothing but points and a remark for a part
that is open. Every answer is kept at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from chalkgrad.board.diagram import diagram_of
from chalkgrad.calculus import derive
from chalkgrad.drawing import network_scene, svg_of
from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.course import Course
from chalkgrad.grading.decisions import Decision, decisions_in, keep, key_of, open_parts
from chalkgrad.grading.pages import equations_html
from chalkgrad.grading.rubric import Rubric
from chalkgrad.grading.sheets import Sheet, sheet_at
from chalkgrad.reports.page import page
from chalkgrad.reports.section import Section
from chalkgrad.writing.derivation import derivation_lines
from chalkgrad.writing.markup import display, items, paragraph, tag, text

_LONGEST_FORM = 20_000
_KINDS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".pdf": "application/pdf",
}


class Review:
    """What is open in a course, one after the other; each answer is written to the folder of results at once."""

    def __init__(self, course: Course, out: str | Path, rubric: Rubric | None = None, loss: str | None = None) -> None:
        self.course, self.out, self.rubric, self.loss = course, Path(out), rubric, loss
        self.decisions = decisions_in(self.out)
        self.queue = open_parts(course.marks)

    @property
    def left(self) -> list[int]:
        """The numbers of what is still open."""
        return [
            number for number, (marked, part) in enumerate(self.queue)
            if key_of(marked, part["name"]) not in self.decisions
        ]  # fmt: skip

    def decide(self, number: int, points: str, remark: str) -> str:
        """Keeps an answer; what is wrong with it, if something is."""
        marked, part = self.queue[number]
        try:
            value = float(points.replace(",", "."))
        except ValueError:
            return f"{points!r} is no number of points"
        if not isfinite(value) or not 0 <= value <= part["of"]:
            return f"{value:g} points are not possible; expected 0 to {part['of']:g}"
        self.decisions[key_of(marked, part["name"])] = Decision(value, remark.strip()[:2000])
        keep(self.out, self.decisions)
        return ""

    def page(self, number: int | None, action: str, problem: str = "") -> str:
        """The page of an open part, or of the end."""
        left = self.left
        if number is None:
            done = paragraph("Nothing is open any more. Stop the command with Ctrl+C; it writes the tables again.")
            return page("Review", f"{len(self.queue)} parts were open", [Section("done", "Done", done, {})])
        marked, part = self.queue[number]
        sections = [
            Section("points", "Points", self._form(number, part, action, problem), {}),
            Section("written", "What was written", self._written(marked, action), {}),
            Section("reference", "The reference", self._reference(marked, part), {}),
        ]
        return page(f"{marked['name']}: {part['name']}", f"{len(left)} parts are open", sections)

    def _form(self, number: int, part: Mapping[str, Any], action: str, problem: str) -> str:
        said = paragraph(problem, class_="mistakes") if problem else ""
        field = (
            f'<label>Points, 0 to {part["of"]:g} <input name="points" type="number" min="0" max="{part["of"]:g}" '
            'step="any" required autofocus></label> '
            '<label>Remark <input name="remark" size="50" maxlength="2000"></label> '
            "<button>Keep, and next (Enter)</button>"
        )
        form = f'<form method="post" action="{action}/{number}">{field}</form>'
        skip = tag("a", text("Leave it open for now"), href=f"{action}/{number + 1}", accesskey="n")
        return said + form + paragraph(part["comment"]) + tag("p", skip)

    def _written(self, marked: Mapping[str, Any], action: str) -> str:
        unread = items(
            text(f"{each['kind']} in {each['file']}, line {each['line']}: {each['text']}") for each in marked["unread"]
        )
        parts = [unread] if marked["unread"] else []
        files = [path for path in self.course.files.get(marked["name"], ()) if path.suffix.lower() in _KINDS]
        links = (tag("a", text(p.name), href=f"{action}/file/{quote(marked['name'])}/{k}") for k, p in enumerate(files))
        parts += [items(links)] if files else []
        for document in marked["documents"]:
            parts += [tag("h3", text(document["file"])), *equations_html(document["claims"])]
        return "".join(parts) or paragraph("Nothing of it could be read.")

    def _reference(self, marked: Mapping[str, Any], part: Mapping[str, Any]) -> str:
        try:
            sheet = sheet_at(self.course.sheets[marked["name"]], self.loss)
        except (ChalkgradError, KeyError):
            return paragraph("Its sheet cannot be read.")
        chosen = next((each for each in self.rubric.parts if each.name == part["name"]), None) if self.rubric else None
        if chosen is not None and chosen.task == "drawing":
            return _drawing(sheet)
        wrt = chosen.wrt if chosen is not None and chosen.task == "gradient" else part["name"]
        return _derivation(sheet, wrt)

    def file(self, name: str, number: int) -> tuple[bytes, str] | None:
        """A picture of a submission."""
        files = [path for path in self.course.files.get(name, ()) if path.suffix.lower() in _KINDS]
        if not 0 <= number < len(files):
            return None
        return files[number].read_bytes(), _KINDS[files[number].suffix.lower()]


def _derivation(sheet: Sheet, wrt: str) -> str:
    try:
        lines = derivation_lines(derive(sheet.program))
    except ChalkgradError as problem:
        return paragraph(f"It could not be derived: {problem}")
    chosen = {wrt: lines[wrt]} if wrt in lines else lines
    return "".join(
        tag("h3", text(name)) + "".join(paragraph(line.sentence, class_="step") + display(line.box) for line in written)
        for name, written in chosen.items()
    )


def _drawing(sheet: Sheet) -> str:
    try:
        return svg_of(network_scene(diagram_of(sheet.program)))
    except ChalkgradError as problem:
        return paragraph(f"It could not be drawn: {problem}")


def server_of(review: Review, port: int = 0) -> tuple[HTTPServer, str]:
    """A server for a review on this computer, and its address with a secret."""
    secret = f"/{secrets.token_urlsafe(16)}"

    class Handler(BaseHTTPRequestHandler):
        """Answers only below the secret."""

        def do_GET(self) -> None:
            place = self.path.removeprefix(secret)
            if not self._is_ours():
                self.send_error(404)
            elif place.startswith("/file/"):
                _, _, name, number = place.split("/", 3)
                found = review.file(next(iter(parse_qs(f"name={name}").get("name", [""]))), _whole(number))
                self._send(*found) if found is not None else self.send_error(404)
            else:
                left = review.left
                asked = _whole(place.strip("/"))
                number_ = next((each for each in left if each >= asked), left[0] if left else None)
                self._send(review.page(number_, secret).encode(), "text/html; charset=utf-8")

        def do_POST(self) -> None:
            number = _whole(self.path.removeprefix(secret).strip("/"))
            length = _whole(self.headers.get("Content-Length", ""))
            if not self._is_ours() or not 0 <= number < len(review.queue) or length > _LONGEST_FORM:
                self.send_error(404)
                return
            given = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
            problem = review.decide(number, given.get("points", [""])[0], given.get("remark", [""])[0])
            if problem:
                self._send(review.page(number, secret, problem).encode(), "text/html; charset=utf-8")
                return
            self.send_response(303)
            self.send_header("Location", f"{secret}/{number}")
            self.end_headers()

        def _is_ours(self) -> bool:
            host = self.headers.get("Host", "").rpartition(":")[0]
            return self.path.startswith(secret) and host in ("127.0.0.1", "localhost")

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is told in the terminal."""

    server = HTTPServer(("127.0.0.1", port), Handler)
    return server, f"http://127.0.0.1:{server.server_port}{secret}/"


def _whole(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) < 10 else 0
