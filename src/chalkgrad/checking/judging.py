"""The verdict on each claim of a document under its best readings: right as written, up to a convention, or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalkgrad.checking.comparisons import Compared, Comparing
from chalkgrad.page.documents import Document
from chalkgrad.reading.named_losses import named_loss
from chalkgrad.reading.prose import loss_in_prose
from chalkgrad.reading.readings import ClaimRead, Reading, read_parts, readings_of, statements_of
from chalkgrad.page.syntax import Number, Syntax


@dataclass(frozen=True)
class Judged:
    """A claim with what came of it."""

    claim: ClaimRead
    verdict: str
    reason: str
    sides: tuple[Compared, ...]


def judged(document: Document) -> tuple[list[Judged], list[Reading]]:
    """The verdicts on the claims of a document, and the readings under which they were found, one for each part."""
    statements = statements_of(document)
    found: list[Judged] = []
    taken: list[Reading] = []
    for facts in read_parts(statements) if statements else ():
        for reading in readings_of(facts)[:1]:
            of_part, chosen = _under_losses(reading, document)
            found += of_part
            taken.append(chosen)
    return found, taken


def _under_losses(reading: Reading, document: Document) -> tuple[list[Judged], Reading]:
    if not reading.loss or reading.loss in reading.definitions:
        return _verdicts(Comparing(reading)), reading
    prose = loss_in_prose(document.prose, one_output=True)
    names = [prose.name] if prose is not None else ["bce", "cross_entropy", "mse"]
    if prose is not None and prose.name == "bce":
        names.append("cross_entropy")
    if prose is not None and prose.name == "cross_entropy":
        names.append("bce")
    plain = _verdicts(Comparing(reading))
    tried = [(plain, reading)]
    for name in names:
        loss = named_loss(reading, name)
        if loss is None:
            continue
        with_loss = replace(reading, definitions={**reading.definitions, reading.loss: loss.definition},
                            named=frozenset({reading.loss}), said={**reading.said, f"the loss is the {name}": 0.0})  # fmt: skip
        with_loss.sizes.settle_these(())
        tried.append((_verdicts(Comparing(with_loss)), with_loss))
    if prose is not None:
        return max(tried[1:] or tried, key=lambda pair: _merit(pair[0]))
    return max(tried, key=lambda pair: _merit(pair[0]))


def _merit(found: Sequence[Judged]) -> tuple[int, int]:
    verdicts = [each.verdict for each in found]
    return (sum(v in ("right", "right_up_to") for v in verdicts) - verdicts.count("wrong"), -verdicts.count("wrong"))


def _verdicts(comparing: Comparing) -> list[Judged]:
    found = []
    for number, claim in enumerate(comparing.reading.claims):
        sides = comparing.compare(number)
        judged_one = _of_claim(claim, sides)
        if judged_one is not None:
            found.append(judged_one)
    return found


_EQUALITIES = frozenset({"=", "≈", "≡"})
_ORDER = ("wrong", "misfit", "unread", "undetermined", "right_up_to", "right")


def _of_claim(claim: ClaimRead, sides: Sequence[Compared]) -> Judged | None:
    """The verdict of a claim from those of its sides; None where it only asks for what makes it so."""
    chain = claim.statement.chain
    asserted = [k for k, relation in enumerate(chain.relations) if relation in _EQUALITIES]
    kept = [k for k in asserted if not (_is_zero(chain.sides[k + 1]) and sides[k].verdict != "right")]
    if not kept:
        return None
    verdicts = [_of_side(sides[k]) for k in kept]
    worst = min(range(len(kept)), key=lambda k: _ORDER.index(verdicts[k][0]))
    verdict, reason = verdicts[worst]
    return Judged(claim, "wrong" if verdict == "misfit" else verdict, reason, tuple(sides))


def _is_zero(side: Syntax) -> bool:
    return isinstance(side, Number) and side.text == "0"


def _of_side(side: Compared) -> tuple[str, str]:
    if side.verdict == "right" and side.fitted is not None:
        if side.notes:
            return "right_up_to", side.reason
        if side.fitted.side.loosely:
            return "wrong", side.fitted.side.loosely
        if side.fitted.layout:
            return "right_up_to", "the layout: rows and columns are exchanged"
    return side.verdict, side.reason
