"""A verdict on every equation of the document: a badge, the reason, a counterexample in numbers, what is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalkgrad.checking.report import CheckedClaim
from chalkgrad.language import Program, Tensor
from chalkgrad.reports.numbers import array_box
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model, Work
from chalkgrad.writing.boxes import Box, Equation
from chalkgrad.writing.equations import body_box
from chalkgrad.writing.lettering import lettered
from chalkgrad.writing.markup import display, heading, inline, items, paragraph, tag, text
from chalkgrad.writing.written_latex import written_equation

# Each verdict has a symbol and a word, so that it can be told without its colour.
BADGES: Mapping[str, tuple[str, str]] = {
    "definition": ("≔", "definition"),
    "right": ("✓", "right"),
    "right_up_to": ("≈", "right up to a convention"),
    "wrong": ("✗", "wrong"),
    "follows": ("↳", "consistent with an earlier slip"),
    "undetermined": ("?", "undetermined"),
    "unread": ("…", "could not be read"),
    "missing": ("∅", "missing"),
    "incomplete": ("◐", "incomplete"),
    "link": ("⊸", "right as a link only"),
    "decided": ("✎", "decided by a person"),
}


def verdicts_section(work: Work) -> Section:
    """Every equation of the document with its verdict, in the order of the document."""
    report = work.report
    html = paragraph(
        "The verdicts do not rest on the derivation above: each claim is compared with derivatives in numbers, at "
        "many points, on both sides of every kink."
    )
    html += tag("p", _summary(report.summary), class_="summary")
    html += "".join(_claim(claim, place, work) for place, claim in enumerate(report.claims, start=1))
    if report.guesses:
        html += heading(3, "How the names were read")
        html += paragraph("Where the document uses a name loosely, it was taken like this:")
        html += items((text(sentence(guess)) for guess in report.guesses), class_="guesses")
    return Section("verdicts", "A verdict on every equation", html, report.to_json())


def _summary(counts: Mapping[str, int]) -> str:
    return " ".join(badge(verdict, counted(verdict, count)) for verdict, count in counts.items() if count)


def counted(verdict: str, count: int) -> str:
    """How many equations have a verdict, in words.

    >>> counted("definition", 4), counted("wrong", 4)
    ('4 definitions', '4 wrong')
    """
    return f"{count} {BADGES[verdict][1]}{'s' if verdict == 'definition' and count != 1 else ''}"


def badge(verdict: str, words: str = "") -> str:
    """A verdict as a small sign of its symbol and word, or other words."""
    symbol, word = BADGES[verdict]
    mark = tag("span", text(symbol), aria_hidden="true")
    return tag("span", mark + " " + text(words or word), class_=f"badge {verdict.replace('_', '-')}")


def _claim(claim: CheckedClaim, place: int, work: Work) -> str:
    where = f"Line {claim.line}" + (f", section {claim.section}" if claim.section else "")
    head = tag("header", tag("h3", text(f"{where} ")), badge("follows" if claim.follows else claim.verdict))
    parts = [head, written_equation(claim.latex, [(mark.start, mark.end) for mark in claim.marks])]
    if claim.chain:
        parts.append(paragraph(sentence(claim.chain), class_="chain"))
    if claim.mistakes:
        parts.append(items((text(slip.message) for slip in claim.mistakes), class_="mistakes"))
    elif claim.reason:
        parts.append(paragraph(sentence(claim.reason.split("\n", 1)[0])))
    if claim.rests:
        parts.append(paragraph(sentence(str(claim.rests)), class_="chain"))
    if claim.right_side is not None and claim.wrt is not None and work.model is not None:
        right = Equation(
            _derivative(claim, work.model), body_box(claim.right_side.expression, work.model.names, "index")
        )
        parts += [paragraph("Right is:", class_="step"), tag("div", display(right), class_="correct")]
    elif claim.expected:
        parts += [paragraph("Right is:", class_="step"), tag("div", written_equation(claim.expected), class_="correct")]
    if claim.counterexample is not None:
        parts.append(_counterexample(claim.counterexample, work.model))
    kind = claim.verdict.replace("_", "-")
    return tag("article", *parts, id=f"claim-{place}", class_=f"claim {kind}")


def _derivative(claim: CheckedClaim, model: Model) -> Box | None:
    """The left side of the right equation: ∂L/∂v_j."""
    assert claim.wrt is not None
    adjoints = model.derivation.adjoints if model.derivation is not None else {}
    of, _, wrt = claim.subject.partition("/")
    if of == f"d{model.result.name}" and claim.wrt.name in adjoints:
        return model.names.element(adjoints[claim.wrt.name].left)
    above, below = lettered(of.removeprefix("d"))[0], lettered(wrt.removeprefix("d"))[0]
    return model.names.derivative(above, below)


def _counterexample(found: Mapping[str, Any], model: Model | None) -> str:
    """The point, and both values at it."""
    program = model.program if model else None
    given = [
        inline(Equation(_name(name, program, model), array_box(value, 5))) for name, value in found["point"].items()
    ]
    values = [
        text("claimed: ") + inline(array_box(found["claimed"], 5)),
        text("in truth: ") + inline(array_box(found["derived"], 5)),
    ]
    return tag(
        "div",
        paragraph("A counterexample in numbers. At", class_="step"),
        items(given, class_="given"),
        items(values, class_="values"),
        class_="counterexample",
    )


def _name(name: str, program: Program | None, model: Model | None) -> Box:
    known = {tensor.name: tensor for tensor in program.declared} if program else {}
    if model is not None and name in known:
        return model.names.whole(known[name])
    return lettered(Tensor(name).name)[0]


def sentence(words: str) -> str:
    """The words with a capital and a full stop; a name at the front keeps its letter."""
    first = words.split(" ", 1)[0]
    start = words if len(first) == 1 or not first.isalpha() or first == first.upper() else words[:1].upper() + words[1:]
    return start if start.endswith((".", "!", "?")) else start + "."
