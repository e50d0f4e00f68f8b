"""The marks for the tasks that are no gradient: equations, a forward pass, a step of descent, a drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.named_numbers import named_in
from chalkgrad.grading.rubric import Part
from chalkgrad.grading.sheets import Sheet
from chalkgrad.grading.submissions import Read
from chalkgrad.grading.unread import Unread
from chalkgrad.grading.worked import Entry, Own, forward, step

_MOST_TOLD = 6
_PICTURES = (".png", ".jpg", ".jpeg", ".svg", ".pdf", ".gif", ".webp", ".heic")


def marked_task(part: Part, sheet: Sheet, read: Sequence[Read], unread: Sequence[Unread]) -> dict[str, Any]:
    """The marks for a part as plain data, in the form of `marked_parts`."""
    tasks: dict[str, Callable[[Part, Sheet, Sequence[Read], Sequence[Unread]], dict[str, Any]]] = {
        "equations": _equations, "forward": _numbers, "step": _numbers, "drawing": _drawing,
    }  # fmt: skip
    return tasks[part.task](part, sheet, read, unread)


def _told(
    part: Part, verdict: str, share: float, comment: str, hint: str = "", *, is_open: bool = False
) -> dict[str, Any]:
    points = round(part.points * share, 6)
    told = {"name": part.name, "of": part.points, "points": points, "open": is_open, "verdict": verdict}
    return {**told, "comment": comment, "hint": hint or comment, "slips": [], "line": None}


def _missing(part: Part, unread: Sequence[Unread], what: str) -> dict[str, Any]:
    """Nothing was found: open where something was not read that may be it."""
    said = [f"{what} found.", *([f"It may be in {'; '.join(map(str, unread[:_MOST_TOLD]))}."] if unread else [])]
    return _told(part, "missing", 0.0, " ".join(said), is_open=bool(unread))


def _equations(part: Part, sheet: Sheet, read: Sequence[Read], unread: Sequence[Unread]) -> dict[str, Any]:
    """The network of the sheet, as the submission writes it: all its points, or a person decides."""
    if any(each.own is not None and not each.borrowed for each in read):
        return _told(part, "right", 1.0, "")
    stated = [claim for each in read for claim in each.report.claims if claim.kind == "definition"]
    if not stated:
        return _missing(part, unread, "No equations of the network were")
    lines = ", ".join(dict.fromkeys(str(claim.line) for claim in stated))
    said = f"These are not all equations of the sheet's network, or not right: a person decides (lines {lines})."
    return _told(part, "undetermined", 0.0, said, is_open=True)


def _numbers(part: Part, sheet: Sheet, read: Sequence[Read], unread: Sequence[Unread]) -> dict[str, Any]:
    given = sheet.numbers
    if given is None or (part.task == "step" and given.rate is None):
        lacks = "numbers for all parameters and inputs" if given is None else "rate for the step"
        return _told(part, "undetermined", 0.0, f"The sheet says no {lacks}: a person decides.", is_open=True)
    best: list[Entry] | None = None
    for each in read:
        own = _own(each)
        if own is None:
            continue
        try:
            found = forward(own, given) if part.task == "forward" else step(own, given, sheet.program)
        except (ChalkgradError, ArithmeticError, KeyError, ValueError):
            continue
        if best is None or _answered(found) > _answered(best):
            best = found
    what = "No value of a unit was" if part.task == "forward" else "No parameter after the step was"
    if best is None or not _answered(best):
        return _missing(part, unread, what)
    return _of_entries(part, best, unread)


def _own(read: Read) -> Own | None:
    network = read.report.network
    if read.own is None or network is None:
        return None
    numbers = named_in(read.text, read.file.endswith(".tex"))
    return Own(read.own.program, network.output, read.own, network.written, numbers)


def _answered(entries: Sequence[Entry]) -> int:
    return sum(each.verdict != "missing" for each in entries)


def _of_entries(part: Part, entries: Sequence[Entry], unread: Sequence[Unread]) -> dict[str, Any]:
    shares = {"right": 1.0, "follows": part.follows}
    share = sum(shares.get(each.verdict, 0.0) for each in entries) / len(entries)
    verdicts = {each.verdict for each in entries}
    worst = next((v for v in ("wrong", "missing", "follows") if v in verdicts), "right")
    said, hints = (
        [words for each in entries if (words := each.comment(hinting)) and each.verdict == worst]
        for hinting in (False, True)
    )
    more = f" and {len(said) - _MOST_TOLD} more" if len(said) > _MOST_TOLD else ""
    is_open = worst == "missing" and bool(unread)
    told = _told(
        part, "incomplete" if worst == "missing" else worst, share,
        " ".join(said[:_MOST_TOLD]) + more, " ".join(hints[:_MOST_TOLD]) + more, is_open=is_open,
    )  # fmt: skip
    return {**told, "line": next((each.line for each in entries if each.verdict == worst), None)}


def _drawing(part: Part, sheet: Sheet, read: Sequence[Read], unread: Sequence[Unread]) -> dict[str, Any]:
    """A person looks at a drawing, beside ours."""
    pictures = [each for each in unread if each.kind == "a picture" or each.file.lower().endswith(_PICTURES)]
    drawn = [each for each in read if r"\begin{tikzpicture}" in each.text or "<svg" in each.text]
    if not pictures and not drawn:
        return _missing(part, [each for each in unread if not each.line], "No drawing was")  # it may be a whole file
    places = [*map(str, pictures), *(f"a drawing in {each.file}" for each in drawn)]
    return _told(part, "undetermined", 0.0, f"A person looks at {'; '.join(places[:_MOST_TOLD])}.", is_open=True)
