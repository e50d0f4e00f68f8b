"""Edits of a text after which a wrong claim is right.

What may mend it is made from the kind of the slip and from what is underlined, as text; each is tried on the whole
document, and only what the checker then finds right is offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chalkgrad.checking.document import check_text
from chalkgrad.checking.places import Mark
from chalkgrad.checking.report import CheckedClaim, Report
from chalkgrad.editors.findings import Place
from chalkgrad.editors.positions import Lines

MOST_TRIED = 8
_LONGEST_TITLE = 80
_TRANSPOSED = re.compile(
    r"\^(?:\\top|T|\{\s*(?:\\top|T|\\mathsf\s*\{?T\}?|\\intercal)\s*\}|\\mathsf\s*\{T\})(?![A-Za-z])"
)
_TOKEN = re.compile(r"\\(?:left|right)?[A-Za-z]+|\\.|.", re.DOTALL)
_OPEN, _CLOSE = "({[", ")}]"


@dataclass(frozen=True)
class Fix:
    """An edit: what it does in words, the place that changes, and what stands there then."""

    title: str
    place: Place
    new: str


def fixes(text: str, claim: CheckedClaim, report: Report, *, latex: bool | None = None) -> list[Fix]:
    """The edit that mends what slipped, if one is known, and the whole side as it should be, where both are right.

    >>> text = "BCE: $$y = \\\\sigma(w x)$$ $$\\\\frac{\\\\partial L}{\\\\partial w} = (t - y) x$$"
    >>> report = check_text(text)
    >>> [fix.title for fix in fixes(text, report.claims[-1], report)]
    ['Flip the sign: (y - t) x']
    """
    found: list[Fix] = []
    lines = Lines(text)
    tried = 0
    mended = False
    for fix, is_whole in _candidates(claim):
        if tried == MOST_TRIED or (mended and not is_whole):
            continue
        changed = lines.replaced(fix.place, fix.new)
        if any(_bare(changed) == _bare(lines.replaced(other.place, other.new)) for other in found):
            continue
        tried += 1
        if _is_right(changed, claim, report, latex):
            found.append(fix)
            mended = True
    return found


def _bare(latex: str) -> str:
    """A text without spaces and braces, which tell no formulas apart that both mend a claim."""
    return re.sub(r"[\s{}]", "", latex)


def _is_right(text: str, claim: CheckedClaim, before: Report, latex: bool | None) -> bool:
    """Whether the claim is right in a text, and nothing else has become wrong."""
    after = check_text(text, latex=latex, explain=False)
    right = any(
        (each.line, each.column) == (claim.line, claim.column)
        and (each.verdict == "right" or (claim.kind == "definition" and each.verdict == "definition"))
        for each in after.claims
    )
    return right and _wrong(after) < _wrong(before)


def _wrong(report: Report) -> int:
    return sum(each.verdict == "wrong" for each in report.claims)


def _candidates(claim: CheckedClaim) -> Iterator[tuple[Fix, bool]]:
    """What may mend a claim, and whether it is the whole side anew."""
    kinds = {slip.kind for slip in claim.mistakes}
    if claim.side is None or claim.follows:
        return
    for mark in claim.marks if len(claim.mistakes) == 1 else ():  # one edit mends one slip
        if "sign_flipped" in kinds:
            for start, end, new in _flipped(claim.latex, mark, claim.side):
                whole = claim.latex[claim.side.start : start] + new + claim.latex[end : claim.side.end]
                yield Fix(f"Flip the sign: {_shown(whole)}", _place(claim, start, end), new), False
        if "transposed" in kinds:
            new = _turned(claim.latex, mark)
            whole = claim.latex[claim.side.start : mark.start] + new + claim.latex[mark.end : claim.side.end]
            yield Fix(f"Transpose: {_shown(whole)}", _place(claim, mark.start, mark.end), new), False
    if claim.expected:
        place = _place(claim, claim.side.start, claim.side.end)
        yield Fix(f"Write the derivative: {_shown(claim.expected)}", place, claim.expected), True


def _shown(latex: str) -> str:
    text = " ".join(latex.split())
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"


def _place(claim: CheckedClaim, start: int, end: int) -> Place:
    """The place of a part of an equation, told from that of its side."""
    side = claim.side
    assert side is not None
    return Place(*_from(claim.latex, side, start), *_from(claim.latex, side, end))


def _from(latex: str, side: Mark, offset: int) -> tuple[int, int]:
    between = latex[side.start : offset]
    breaks = between.count("\n")
    return side.line + breaks, len(between) - between.rfind("\n") if breaks else side.column + len(between)


def _flipped(latex: str, mark: Mark, side: Mark) -> Iterator[tuple[int, int, str]]:
    """Ways to change the sign of what is underlined: what stands in the equation from where to where, and then."""
    part = latex[mark.start : mark.end]
    begin, end = mark.start, mark.end
    if part.startswith("-"):
        yield begin, end, part[1:].lstrip()
    if latex[side.start : begin].lstrip().startswith("-"):
        place = latex.index("-", side.start)
        yield place, place + 1, ""
    before = latex[side.start : begin].rstrip()
    if before.endswith(("+", "-")):
        place = side.start + len(before) - 1
        yield place, place + 1, "-" if before[-1] == "+" else "+"
    inner = _without_brackets(part)
    terms = _terms(part[slice(*inner)])
    if len(terms) == 2:
        first, second = (part[inner[0] + a : inner[0] + b].strip() for a, b in terms)
        if second.startswith("-") and not first.startswith(("-", "+")):
            yield begin + inner[0], begin + inner[1], f"{second[1:].lstrip()} - {first}"
        elif first.startswith("-") and second.startswith("+"):
            yield begin + inner[0], begin + inner[1], f"{first[1:].lstrip()} - {second[1:].lstrip()}"
    yield begin, end, f"-{part}" if len(_terms(part)) == 1 else f"-({part})"


def _turned(latex: str, mark: Mark) -> str:
    """What is underlined as its transpose, marked as elsewhere in the equation."""
    part = latex[mark.start : mark.end]
    turned = [found for found in _TRANSPOSED.finditer(part) if found.end() == len(part)]
    if turned:
        return part[: turned[-1].start()]
    known = _TRANSPOSED.search(latex)
    sign = known.group() if known else r"^\top"
    simple = re.fullmatch(r"\\?[A-Za-z]+(?:_(?:\w|\{\w+\}))?|\(.*\)", part)
    return f"{part}{sign}" if simple else f"({part}){sign}"


def _terms(latex: str) -> list[tuple[int, int]]:
    """Where the terms of a sum stand, each with its sign.

    >>> [r"a - \\frac{b-c}{d}"[slice(*span)] for span in _terms(r"a - \\frac{b-c}{d}")]
    ['a ', '- \\\\frac{b-c}{d}']
    """
    starts, depth, some = [0], 0, False
    for token in _TOKEN.finditer(latex):
        sign = token.group()
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if sign in "+-" and depth == 0 and some:
            starts.append(token.start())
        some = some or not sign.isspace()
    return list(zip(starts, [*starts[1:], len(latex)], strict=True))


def _without_brackets(latex: str) -> tuple[int, int]:
    r"""The inside of a part that stands in one pair of brackets; all of it where it does not."""
    opening = re.match(r"\s*(?:\\left\s*)?[(\[]", latex)
    closing = re.search(r"(?:\\right\s*)?[)\]]\s*\Z", latex)
    if opening is None or closing is None:
        return 0, len(latex)
    depth = 0
    for token in _TOKEN.finditer(latex):
        depth += (token.group() in _OPEN) - (token.group() in _CLOSE)
        if depth == 0 and opening.end() <= token.end() < closing.end():
            return 0, len(latex)
    return opening.end(), closing.start()
