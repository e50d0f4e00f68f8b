"""The pages: one for each submission with its equations and their verdicts, and one for the class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from chalkgrad.grading.roster import Member
from chalkgrad.grading.statistics import Chart, bar_chart, points_chart, slips_chart
from chalkgrad.reports.numbers import array_box
from chalkgrad.reports.page import page
from chalkgrad.reports.section import Section
from chalkgrad.reports.verdicts_section import badge, sentence
from chalkgrad.writing.boxes import Equation
from chalkgrad.writing.lettering import lettered
from chalkgrad.writing.markup import heading, inline, items, paragraph, table, tag, text
from chalkgrad.writing.written_latex import written_equation

Marked = Mapping[str, Any]
_IN_EQUATION = re.compile(
    r"^line \d+, column \d+: ", re.IGNORECASE
)  # of the equation; above it stands the line of the document


def submission_page(marked: Marked, hints: bool = False) -> str:
    """A page that stands alone: the marks for each part and why, and every equation with its verdict.

    With `hints` nothing on it gives an answer away.
    """
    points = f"{rounded(marked['points'])} of {marked['of']:g} points" + (" so far" if marked["open"] else "")
    late = marked["late"]
    points += f", {rounded(late['off'])} off for {late['days']:g} days late" if late["off"] else ""
    sections = [Section("marks", points, _parts(marked, hints), {})]
    if marked["review"]:
        review = paragraph("These could not be decided by the machine:") + items(map(_said, marked["review"]))
        sections.append(Section("review", "For a person to look at", review, {}))
    for number, document in enumerate(marked["documents"], start=1):
        html = "".join(equations_html(document["claims"], hints)) or paragraph("There are no equations in it.")
        sections.append(Section(f"document-{number}", f"The equations of {document['file']}", html, {}))
    return page(marked["name"], "The marks, and what was found in each equation.", sections)


def rounded(points: float) -> str:
    """Points for people, to a hundredth.

    >>> rounded(8.666667), rounded(4.0)
    ('8.67', '4')
    """
    return f"{round(points, 2):g}"


def _parts(marked: Marked, hints: bool) -> str:
    rows = [
        [
            text(part["name"]),
            text(
                f"{'open, ' if part['open'] else ''}{rounded(part['points'])}"
                f"\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{part['of']:g}"
            ),
            badge(part["verdict"]),
            _said(part["hint"] if hints else part["comment"]),
        ]
        for part in marked["parts"]
    ]
    head = [text(word) for word in ("part", "points", "verdict", "why")]
    return table(head, rows, "Points by part") if rows else paragraph("There are no parts to mark.")


def equations_html(claims: Sequence[Marked], hints: bool = False) -> Iterator[str]:
    """Each displayed equation once, with what was found about each claim in it."""
    for found in _blocks(claims):
        verdicts = dict.fromkeys(_verdict(claim) for claim in found)
        section = found[0]["section"].replace("$", "")
        lines = sorted({claim["line"] for claim in found})
        where = f"Line {lines[0]}" if len(lines) == 1 else f"Lines {lines[0]} to {lines[-1]}"
        where += f", section {section}" if section else ""
        badges = "".join(badge(verdict) for verdict in verdicts)
        marks = [(mark["start"], mark["end"]) for claim in found for mark in claim["marks"]]
        parts = [tag("header", tag("h3", text(where)), badges), written_equation(found[0]["latex"], marks)]
        parts += [_found(claim, len(found) > 1, hints) for claim in found if _verdict(claim) != "definition"]
        worst = next((v for v in ("wrong", "unread", "undetermined", "follows") if v in verdicts), next(iter(verdicts)))
        yield tag("article", *parts, class_=f"claim {worst.replace('_', '-')}")


def _blocks(claims: Sequence[Marked]) -> Iterator[list[Marked]]:
    """The claims of each equation together: a block of eight lines is one."""
    block: list[Marked] = []
    for claim in claims:
        last = block[0]["line"] + claim["latex"].count("\n") if block else 0
        if block and (claim["latex"] != block[0]["latex"] or claim["line"] > last):
            yield block
            block = []
        block.append(claim)
    if block:
        yield block


def _verdict(claim: Marked) -> str:
    return "follows" if claim["follows"] is not None else str(claim["verdict"])


def _found(claim: Marked, named: bool, hints: bool) -> str:
    """What is said about one claim; nothing about one that is simply right."""
    if claim["verdict"] == "right":
        return ""
    said = [slip["hint" if hints else "message"] for slip in claim["mistakes"]]
    if not said:
        tells = hints and claim["verdict"] == "wrong" and claim["follows"] is None
        said = ["This is not the derivative." if tells else sentence(_IN_EQUATION.sub("", claim["reason"]))]
        said = said if claim["reason"] else []
    name = claim["title"] or claim["subject"]
    before = heading(4, f"{name} (line {claim['line']})") if named and name else ""
    parts = [before, items(map(_said, dict.fromkeys(said)), class_="mistakes")]
    if not hints and claim["follows"] is None:
        if claim["expected"]:
            parts += [
                paragraph("Right is:", class_="step"),
                tag("div", written_equation(claim["expected"]), class_="correct"),
            ]
        if claim["counterexample"] is not None:
            parts.append(_counterexample(claim["counterexample"]))
    return "".join(parts)


def _said(words: str) -> str:
    """What is said; an excerpt with a caret below it keeps its columns."""
    first, *excerpt = words.split("\n")
    if not excerpt:
        return text(words)
    return text(first) + tag("pre", text("\n".join(excerpt).removesuffix(".")), class_="source")


def _counterexample(found: Marked) -> str:
    given = [inline(Equation(lettered(name)[0], array_box(value, 5))) for name, value in found["point"].items()]
    values = [text("claimed: ") + inline(array_box(found["claimed"], 5))]
    values.append(text("in truth: ") + inline(array_box(found["derived"], 5)))
    shown = items(given, class_="given") + items(values, class_="values")
    return tag("div", paragraph("For instance, at", class_="step"), shown, class_="counterexample")


def statistics_page(
    marks: Sequence[Marked], statistics: Marked, files: Sequence[str], missing: Sequence[Member] = ()
) -> str:
    """The class on one page: how the points are spread, the parts, the most frequent slips, and all submissions."""
    count = statistics["submissions"]
    if not count:
        return page("The class", "There are no submissions.", [])
    spread = f"{count} submissions, {statistics['open']} of them open; the others have "
    spread += f"{statistics['mean']:.2f} of {statistics['of']:g} points on average, {statistics['median']:g} in the "
    spread += f"middle. A person should look at {statistics['review']}."
    sections = [Section("points", "The points", paragraph(spread) + _figure(points_chart(statistics)), {})]
    sections.append(Section("parts", "The parts", _part_table(statistics["parts"]), {}))
    slips = slips_chart(statistics)
    told = _figure(slips) + _slip_table(slips) if slips.bars else paragraph("No slips were found.")
    sections.append(Section("slips", "The most frequent slips", told, {}))
    sections.append(Section("submissions", "The submissions", _submissions(marks, files), {}))
    if missing:
        names = items(text(member.name) for member in missing)
        sections.append(Section("missing", f"{len(missing)} handed in nothing", names, {}))
    pairs = _pairs(marks)
    if pairs:
        sections.append(Section("alike", "Submissions that say the same", pairs, {}))
    links = [("marks.csv", "all points as a table"), ("marks.json", "the same as data")]
    links += [("moodle.csv", "for Moodle's offline grading"), ("statistics.json", "this page as data")]
    return page("The class", f"{count} submissions", sections, links)


def _figure(chart: Chart) -> str:
    return tag("figure", bar_chart(chart), tag("figcaption", text(chart.title)))


def _slip_table(chart: Chart) -> str:
    rows = [[text(label), text(str(count))] for label, count in chart.bars]
    return table([text("slip"), text("submissions")], rows, "The same as a table")


def _part_table(parts: Sequence[Marked]) -> str:
    rows = []
    for part in parts:
        verdicts = (f"{number} {verdict.replace('_', ' ')}" for verdict, number in part["verdicts"].items())
        rows.append([text(part["name"]), text(f"{part['mean']:.2f} of {part['of']:g}"), text(", ".join(verdicts))])
    return table([text("part"), text("mean"), text("verdicts")], rows, "The mean points of each part")


def _pairs(marks: Sequence[Marked]) -> str:
    """The pairs of near-copies, each once, with the longest passage that both have."""
    rows = [
        [text(marked["name"]), text(each["name"]), text(f"{each['share']:.0%}"), text(each["passage"])]
        for marked in marks
        for each in marked["alike"]
        if marked["name"] < each["name"]
    ]
    head = [text(word) for word in ("submission", "and", "in common", "the longest passage")]
    caption = "What both have that is neither the sheet's text nor a right answer; a person decides what it means"
    return table(head, rows, caption) if rows else ""


def _submissions(marks: Sequence[Marked], files: Sequence[str]) -> str:
    rows = []
    for marked, file in zip(marks, files, strict=True):
        link = tag("a", text(marked["name"]), href=f"pages/{quote(file)}.html")
        same = "the same content as " + ", ".join(marked["same_as"]) if marked["same_as"] else ""
        points = "open" if marked["open"] else rounded(marked["points"])
        rows.append([link, text(points), text("; ".join(filter(None, [*marked["review"], same])))])
    return table([text("submission"), text("points"), text("to look at")], rows, "Every submission")
