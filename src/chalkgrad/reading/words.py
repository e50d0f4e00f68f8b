"""What the words around the maths say: which names are columns or matrices, symmetric, and which losses are meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from chalkgrad.networks.losses import LOSSES
from chalkgrad.page.statement import Statement
from chalkgrad.page.syntax import Chain, Name, Syntax
from chalkgrad.reading.scripts import is_transpose
from chalkgrad.reading.told_in_tables import in_its_cell, told_in_tables

_KINDS = (
    (r"(?:rows|columns)\s+of(?:\s+the)?(?:\s+(?:matrix|array|table))?", "M"),
    (r"(?:column\s+vectors?|columns?)", "C"),
    (r"(?:row\s+vectors?|rows?)", "R"),
    (r"(?:square\s+|design\s+|data\s+|weight\s+|input\s+)?matri(?:x|ces)", "M"),
    (r"vectors?", "V"),
    (r"(?:scalars?|real\s+numbers?|constants?|single\s+numbers?)", "S"),
)
_BEFORE = [(re.compile(rf"\b{words}[^\w.!?]*$", re.IGNORECASE), kind) for words, kind in _KINDS]
_AFTER = [
    (re.compile(rf"^\W*(?:is|are|be|being|denotes?)\s+(?:all\s+)?(?:an?\s+|the\s+)?(?:[\w-]+\s+){{0,2}}?{words}\b",
                re.IGNORECASE), kind)
    for words, kind in _KINDS
]  # fmt: skip
PROPERTIES = ("symmetric", "orthogonal", "diagonal", "positive definite", "covariance")
RIGHT_CLASS = "right class"
_CLASS = (
    r"(?:correct|true|right|target|gold|actual|ground[\s-]truth|richtigen?|korrekten?|bonne)\s+"
    r"(?:class|label|category|klasse|classe)"
)
_OF_CLASS = re.compile(rf"\b{_CLASS}\s*(?:(?:is|be)\s*)?[^\w.!?]*$", re.IGNORECASE)
_IS_CLASS = re.compile(
    rf"^\W*(?:is|be|denotes?|ist|est)\s+(?:the\s+|die\s+|la\s+)?(?:index\s+of\s+the\s+)?{_CLASS}\b", re.IGNORECASE
)
_JOINS = re.compile(r"^[^\w.!?]*(?:and|or)?[^\w.!?]*$", re.IGNORECASE)
_EVERYTHING = (
    (re.compile(r"\b(?:all|every)\s+(?:\w+\s+){0,2}(?:quantities|variables|values|names|letters)\s+are\s+"
                r"(?:scalars?|(?:real\s+)?numbers?)\b|\bscalars? (?:case|only|throughout)\b|\bone (?:neuron|"
                r"unit)\b[^.]{0,40}"
                r"\b(?:scalar|number)", re.IGNORECASE), "S"),
    (re.compile(r"\b(?:all\s+)?vectors\s+are\s+(?:\w+\s+)?rows?\b|\brow vectors? (?:throughout|everywhere|convention)|"
                r"\bas (?:a )?rows?\b|^\W*row vectors?\b|\bis a row\b", re.IGNORECASE | re.MULTILINE), "R"),
    (re.compile(r"\b(?:all\s+)?vectors\s+are\s+(?:\w+\s+)?columns?\b|^\W*columns? vectors?\b",
                re.IGNORECASE | re.MULTILINE), "C"),
)  # fmt: skip
_COMPARED = re.compile(
    r"\b(?:similar\w*|like|as|analog\w*|than|unlike|from|generali\w*|to|just)\W+(?:\w+\W+){0,2}$", re.IGNORECASE
)
_NOT = re.compile(r"\b(?:not|isn't|is not|instead of|rather than|unlike|no longer)\W+(?:\w+\W+){0,3}$", re.IGNORECASE)
_DESCRIBED = re.compile(
    r"\b(?:loss|cost|error|objective)\b[^.]{0,30}?\b(?:is|be|equals|called|given by|measures)\b", re.IGNORECASE
)
_NEED_NOT = re.compile(
    r"\bneed(?:s)? not (?:sum|add)|\b(?:do|does) not (?:sum|add) (?:up )?to (?:one|1)\b", re.IGNORECASE
)
_SAMPLES = r"(?:samples?|examples?|observations?|patterns?|data points?|instances?|records?)"
_SAMPLES_IN = re.compile(
    rf"\b(row|column)s?\b[^.!?]{{0,30}}\b(?:are|is|holds?|contains?)\b[^.!?]{{0,25}}\b{_SAMPLES}\b"
    rf"|\b{_SAMPLES}\b[^.!?]{{0,25}}\b(?:in|as|per)\s+(?:the\s+|a\s+|each\s+)?(row|column)s?\b",
    re.IGNORECASE,
)


class Said(NamedTuple):
    """A word that a document says of a name, and in which section."""

    name: Name
    word: str
    section: str = ""


@dataclass
class Words:
    """What the words of a document say of its names (by their syntax), and of all of them."""

    kinds: list[Said] = field(default_factory=list)
    properties: list[Said] = field(default_factory=list)
    everything: str = ""
    described_loss: bool = False
    sums_to_one: bool = True
    losses: tuple[str, ...] = ()
    alternatives: bool = False  # whether one loss or another is named, and nothing says which
    named_at: dict[str, int] = field(default_factory=dict)  # the line of the equation before which each is first named
    likelihood: bool = False  # whether a likelihood is spoken of
    maximises: bool = False  # whether a likelihood is maximised, whose gradient one steps along
    # what other sections bear out: the kind of a name, by its letters and how many labels it has
    kinds_elsewhere: Mapping[tuple[str, int], str] = field(default_factory=dict)


def words_of(statements: Sequence[Statement], prose: str) -> Words:
    """What the words beside the statements of a document, and its prose, say."""
    found = Words(described_loss=_DESCRIBED.search(prose) is not None, sums_to_one=_NEED_NOT.search(prose) is None)
    found.everything = next(
        (
            kind
            for pattern, kind in _EVERYTHING
            for match in pattern.finditer(prose)
            if not _COMPARED.search(prose[max(0, match.start() - 40) : match.start()])
        ),
        "",
    )
    found.losses = losses_named(prose)
    found.alternatives = len(found.losses) > 1 and are_alternatives(prose)
    found.named_at = _named_at(statements) if found.losses else {}
    found.likelihood = re.search(r"\blikelihood\b", prose, re.IGNORECASE) is not None
    found.maximises = maximises(prose)
    kind, mark = "", ""
    for place, statement in enumerate(statements):
        if statement.equation.alone and not isinstance(statement.body, Chain):
            continue
        before = in_its_cell(statement.equation.text_before, last=True)
        following = statements[place + 1].equation.text_before if place + 1 < len(statements) else ""
        if place + 1 < len(statements) and statements[place + 1].equation is statement.equation:
            following = ""
        following = in_its_cell(following, last=False)
        new = next((kind_ for pattern, kind_ in _BEFORE if pattern.search(before[-40:])), "")
        word = next(
            (each for each in PROPERTIES if re.search(rf"\b{each}\W*(?:\w+\W*){{0,2}}$", before[-50:], re.I)), ""
        )
        joined = _JOINS.match(before) is not None and place > 0 and not statement.equation.display
        kind = new or (kind if joined else "")
        mark = word or (mark if joined else "")
        after = next((kind_ for pattern, kind_ in _AFTER if pattern.search(following[:60])), "")
        said = re.match(r"^\W*(?:is|are|be)\s+(?:\w+\s+){0,2}?(" + "|".join(PROPERTIES) + r")", following[:60], re.I)
        of_class = _OF_CLASS.search(before[-50:]) or _IS_CLASS.search(following[:60])
        for name in statement.names:
            if of_class:
                found.properties.append(Said(name, RIGHT_CLASS, statement.equation.section))
            if after or kind:
                found.kinds.append(Said(name, after or kind, statement.equation.section))
            if said or mark:
                found.properties.append(Said(name, (said[1] if said else mark).lower(), statement.equation.section))
    found.kinds += [Said(*told) for told in told_in_tables(statements)]
    return found


def symmetric_by(chains: Sequence[Chain]) -> list[Said]:
    r"""What equations say of matrices that they set equal to their own transposes: `S = S^\top`."""
    found = []
    for chain in chains:
        one, other = (_without_transpose(side) for side in chain.sides[:2])
        if chain.relations == ("=",) and one is not None and other is not None:
            if one[0] == other[0] and one[1] != other[1]:
                found.append(Said(one[0], "symmetric"))
    return found


def _without_transpose(side: Syntax) -> tuple[Name, bool] | None:
    """A name without its transposes, and whether it was transposed."""
    if not isinstance(side, Name):
        return None
    kept = tuple(part for part in side.superscripts if not is_transpose(part))
    return replace(side, superscripts=kept), (len(side.superscripts) - len(kept)) % 2 == 1


def _named_at(statements: Sequence[Statement]) -> dict[str, int]:
    """The line of the first equation beside which each loss is named."""
    found: dict[str, int] = {}
    before: str | None = None
    for equation in (statement.equation for statement in statements):
        if equation.text_before != before:
            for name in losses_named(f"{equation.text_before} {equation.latex} {equation.text_after}"):
                found.setdefault(name, equation.line)
        before = equation.text_before
    return found


_MAXIMISES = re.compile(r"\bmaximi[sz]|\bgradient\s+ascent\b|(?<![\w-])(?:log[\s-]*)?likelihood\b", re.IGNORECASE)
_MINIMISED = re.compile(
    r"\b(?:negative|minus(?:\s+the)?)\s+(?:log[\s-]*)?likelihood\b|-\s*log[\s-]*likelihood", re.IGNORECASE
)


def maximises(prose: str) -> bool:
    """Whether a document says that it maximises a likelihood, whose gradient has the other sign than the loss's.

    >>> maximises("We maximise the log-likelihood."), maximises("The loss is the negative log-likelihood.")
    (True, False)
    """
    return _MAXIMISES.search(_MINIMISED.sub("", prose)) is not None


def samples_in(prose: str) -> str:
    """Whether the prose says that the samples stand in the `rows` or in the `columns` of a matrix.

    >>> samples_in("The rows of X are the N samples.")
    'rows'
    """
    found = {(match[1] or match[2]).lower() + "s" for match in _SAMPLES_IN.finditer(prose)}
    return found.pop() if len(found) == 1 else ""


def losses_named(prose: str) -> tuple[str, ...]:
    """The losses that the prose names, but for those that it says are not meant.

    >>> losses_named("We use the squared error and not the cross-entropy.")
    ('mse',)
    """
    return tuple(dict.fromkeys(name for _, name in sorted(_losses_at(prose).items(), key=lambda pair: pair[0][2])))


def are_alternatives(prose: str) -> bool:
    """Whether one loss "or" another one is named.

    >>> are_alternatives("The loss may be the squared error or the cross-entropy."), are_alternatives("the MSE loss")
    (True, False)
    """
    named = sorted(_losses_at(prose).items())
    return any(
        one != other and _OR.fullmatch(prose[place[1] : after[0]]) for (place, one), (after, other) in pairwise(named)
    )


def _losses_at(prose: str) -> dict[tuple[int, int, int], str]:
    """The losses that are named, each by where it begins and ends and how many were found before it."""
    from chalkgrad.reading.prose import loss_spellings

    found: dict[tuple[int, int, int], str] = {}
    taken = [False] * (len(prose) + 1)
    for pattern, name in loss_spellings():
        for match in pattern.finditer(prose):
            if any(taken[match.start() : match.end()]):
                continue
            taken[match.start() : match.end()] = [True] * (match.end() - match.start())
            if not _NOT.search(prose[max(0, match.start() - 50) : match.start()]):
                found[match.start(), match.end(), len(found)] = name
    return found


_OR = re.compile(r"[\s,]*\b(?:loss|function)?\s*\bor\b\s+(?:[\w-]+\s+){0,3}", re.IGNORECASE)


__all__ = ["LOSSES", "Said", "Words", "losses_named", "samples_in", "words_of"]
