"""Checking a document: every equation of a worksheet gets its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from chalkgrad.checking.collecting import few_collections
from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.contents import asked, contents_under
from chalkgrad.checking.examples import Examples, Given
from chalkgrad.checking.given_models import GIVEN, under, with_model
from chalkgrad.checking.guesses import guesses_of
from chalkgrad.checking.judged import Judged
from chalkgrad.checking.judging import judged_part
from chalkgrad.checking.links import with_links
from chalkgrad.checking.memberships import of_membership
from chalkgrad.checking.names_read import NameRead, names_read
from chalkgrad.checking.nearby import read_nearby
from chalkgrad.checking.report import CheckedClaim, Report
from chalkgrad.checking.sections_alone import read_alone
from chalkgrad.checking.sorts_elsewhere import kinds_borne_out, read_as_elsewhere
from chalkgrad.checking.strays import Mentions
from chalkgrad.checking.telling import Telling, checked
from chalkgrad.checking.trust import Part, in_doubt
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.page.documents import Document, WrittenEquation, read_document
from chalkgrad.page.effort import MOST_FOR_DOCUMENT, Effort, counting
from chalkgrad.page.files import document_text
from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.statements import statements_in
from chalkgrad.page.syntax import Chain, Derivative, Unread, walk_syntax
from chalkgrad.reading.facts import Statement, has_derivative, is_derivative
from chalkgrad.reading.networks_in import WrittenNetwork
from chalkgrad.reading.parts import parts_of
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.scripts import MEANINGS


def check_document(
    path: str | Path, loss: str | None = None, *, let: Mapping[str, str] | None = None, model: str | None = None
) -> Report:
    """The verdict on every equation of a Markdown or LaTeX document.

    Its definitions give the model, or where it has none the spec `model`; the loss is taken from its prose, or from
    `loss`. `let` fixes names: `{"out": "z_2"}` says that the document's out is its z_2. So do lines `model: …` and
    `let: …` in a block between `---` at the document's beginning. Raises `ChalkgradError` if the file cannot be read
    at all, and for a name that is fixed to nothing known; an equation that cannot be read is reported and does not
    stop the rest.

    >>> import tempfile
    >>> text = "$$y = \\\\sigma(w x)$$ Binary cross-entropy. $$\\\\frac{\\\\partial L}{\\\\partial w} = (y - t) x$$"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sheet.md").write_text(text)
    ...     report = check_document(Path(folder, "sheet.md"))
    >>> report.claims[0].verdict
    'definition'
    """
    place = Path(path)
    return check_text(document_text(place), place.name, latex=place.suffix == ".tex", loss=loss, let=let, model=model)


@few_collections()
def check_text(
    text: str,
    name: str = "",
    *,
    latex: bool | None = None,
    loss: str | None = None,
    let: Mapping[str, str] | None = None,
    model: str | None = None,
    explain: bool = True,
    given: Sequence[Sequence[str]] = (),
    most: int = MOST_FOR_DOCUMENT,
) -> Report:
    """The verdict on every equation of a text; without `explain` nobody looks for what slipped.

    `given` are definitions that the text leaves out, once for each way in which they may be written: it is read under
    those with which most of it is right, and neither what its front matter fixes nor a network in its prose is used.
    `most` is how many steps of work it may take (`page/effort`).
    """
    effort = Effort(most)
    with counting(effort):
        document = asked(read_document(text, latex=latex), loss=loss, let=let, model=model)
        document, said = (under(document, given), ()) if given else with_model(document)
    stated = statements_in(document)
    told: list[tuple[tuple[int, int, int], CheckedClaim]] = []
    guesses: dict[str, None] = dict.fromkeys(said)
    numbers = Given()
    readings: list[Reading] = []
    settled = bool(loss or model) and not given  # a reader who says what the loss is leaves no doubt of that
    order = {id(equation): place for place, equation in enumerate(document.equations)}
    parts: list[Part] = []
    tellings: list[Telling] = []
    read: list[tuple[list[Judged], Reading]] = []
    for facts in parts_of(stated, document):
        with counting(effort):
            judged = judged_part(facts, document)
            read.append(read_alone(facts, stated, document, judged[0]) or judged)
    mentions = Mentions(stated)
    kinds = kinds_borne_out(read) if len(read) > 1 else {}
    for found, reading in read:
        with counting(effort):
            found, reading = read_as_elsewhere(found, reading, kinds, document)
            readings.append(reading)
            by = next((each.comparing for each in found if each.comparing is not None), None) or Comparing(reading)
            tellings.append(Telling(found, reading, by, explain))
            parts.append(Part.of(tellings[-1].claims(), found, reading, mentions))
    verdicts = in_doubt(parts) if explain and not settled else [dict(part.claims) for part in parts]
    verdicts = with_links(parts, verdicts)
    for telling, claims, reading in zip(tellings, verdicts, readings, strict=True):
        examples = Examples(telling.comparing, numbers, telling.spelling)
        guesses |= dict.fromkeys(guesses_of(reading, telling.spelling))
        for statement in reading.facts.statements:
            if statement.borrowed or statement.equation.section == GIVEN:
                continue
            if statement.numbers:
                with counting(effort):
                    claim: CheckedClaim | None = examples.told(statement)
            else:
                claim = claims.get(statement.place) or _unjudged(statement, reading)
            if claim is not None:
                told.append(((order[id(statement.equation)], *statement.chain.span), claim))
        reading.facts.searched.clear()
    with counting(effort):
        told = read_nearby(told, stated, document) if explain else told
    told += [((order[id(each.equation)], *each.body.span), claim) for each in stated for claim in _unread(each)]
    told.sort(key=lambda pair: pair[0])
    guesses |= dict.fromkeys(guess for _, claim in told for guess in claim.guesses)
    return Report(
        name,
        tuple(merged(told)),
        guesses=tuple(guesses),
        read=partial(_network, document, readings),
        read_names=partial(_names, tellings),
    )


def _names(tellings: Sequence[Telling]) -> tuple[NameRead, ...]:
    return tuple(name for each in tellings for name in names_read(each.reading, each.spelling, each.comparing.resizing))


_WORST_FIRST = ("wrong", "unread", "undetermined", "right_up_to", "right", "definition")


def merged(told: Sequence[tuple[tuple[int, int, int], CheckedClaim]]) -> Iterator[CheckedClaim]:
    """The verdicts, those on the same equation, in letters and in numbers, as one: the worst."""
    groups: dict[tuple[int, int, int], list[CheckedClaim]] = {}
    for place, claim in told:
        groups.setdefault(place, []).append(claim)
    for group in groups.values():
        worst = min(group, key=lambda each: (_WORST_FIRST.index(each.verdict), each.follows is not None))
        guesses = dict.fromkeys(guess for each in (worst, *group) for guess in each.guesses)
        yield replace(worst, guesses=tuple(guesses), reason=MEANINGS.sub("", worst.reason))


def _unjudged(statement: Statement, reading: Reading) -> CheckedClaim | None:
    """What is told of an equation of which nothing was claimed, or nothing could be judged."""
    facts = reading.facts
    kind = facts.kinds.get(statement.place, "identity")
    shown = statement.equation.display
    broken = next((part.error for part in walk_syntax(statement.chain) if isinstance(part, Unread)), None)
    if broken is not None:
        about = "claim" if has_derivative(statement.chain, facts) or _names_derivative(statement.equation) else kind
        return checked(statement, about, _left(statement), "unread", str(broken))
    for other, problem in reading.unreadable:
        if other.place == statement.place:
            return checked(statement, "definition", _left(statement), "unread", str(problem))
    if kind == "definition":
        return checked(statement, "definition", _left(statement), "definition")
    if statement.chain.relations == ("∈",) and is_derivative(statement.chain.sides[0], facts):
        verdict, reason = of_membership(statement, reading)
        about = "claim" if verdict != "definition" else "declaration"
        return checked(statement, about, _left(statement), verdict, reason)
    relation = next((each for each in statement.chain.relations if each not in _EQUAL), None)
    if relation is not None and any(isinstance(part, Derivative) for part in walk_syntax(statement.chain.sides[0])):
        return checked(statement, "claim", _left(statement), "undetermined", _NO_EQUATION)
    if not shown:
        return None
    return checked(statement, kind, _left(statement), "definition")


_EQUAL = frozenset({"=", ":=", "≈", "≡"})
_NO_EQUATION = "only an equation says what a derivative is; this relation leaves it open"


def _names_derivative(equation: WrittenEquation) -> bool:
    """Whether what could not be read speaks of a derivative."""
    return any(sign in equation.latex for sign in (r"\partial", r"\nabla", "∂", "∇"))


def _left(statement: Statement) -> str:
    latex = statement.equation.latex[slice(*statement.chain.sides[0].span)]
    return unicode_of(latex)


def _unread(stated: Stated) -> Iterator[CheckedClaim]:
    """What is told of a statement that could not be read at all."""
    if isinstance(stated.body, Chain):
        return
    problem = next((part.error for part in walk_syntax(stated.body) if isinstance(part, Unread)), None)
    if problem is not None and (stated.equation.display or "=" in stated.equation.latex):
        equation: WrittenEquation = stated.equation
        kind = "claim" if _names_derivative(equation) else "identity"
        yield CheckedClaim(
            equation.line, equation.column, equation.where, equation.latex, kind, "", "unread", str(problem)
        )


def _network(document: Document, readings: Sequence[Reading]) -> WrittenNetwork | None:
    network = contents_under(document, readings).network
    given = any(equation.section == GIVEN for equation in document.equations)
    if network is not None and network.spec is None and given and document.model:
        return replace(network, spec=document.model)
    return network
