"""A document that claims gradients of a network that it does not define: its front matter or its prose says which.

The network is written as most of the document can be judged with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.checking.judged import RIGHT
from chalkgrad.checking.judging import judged_part
from chalkgrad.errors import ChalkgradError
from chalkgrad.networks.architecture import NetworkSpec
from chalkgrad.page.documents import Document, WrittenEquation
from chalkgrad.page.syntax import Unread, walk_syntax
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.given_model import declared_in, writings_of
from chalkgrad.reading.losses_of_labels import losses_of_labels, may_name_a_label
from chalkgrad.reading.outputs_in_prose import outputs_in_prose, tells_output
from chalkgrad.reading.parts import read_parts
from chalkgrad.reading.prose import spec_in_prose
from chalkgrad.reading.spec import read_spec

GIVEN = "the given network"


def with_model(document: Document) -> tuple[Document, tuple[str, ...]]:
    r"""The document with the equations of the network that it is about, and what was guessed.

    One that defines something itself, or says nothing about a network, is as it was.

    >>> from chalkgrad.page.documents import read_document
    >>> text = "---\nmodel: 2-1 sigmoid bce\n---\n" + r"$$\frac{\partial L}{\partial w_1} = (\hat y - y) x_1$$"
    >>> with_model(read_document(text))[0].equations[0].latex
    '\\hat y = \\sigma(x_1 w_1 + x_2 w_2 + b)'
    """
    found = None if document.model else spec_in_prose(document.prose)
    told = tells_output(document.prose) or may_name_a_label(document.prose)
    if (not document.model and not document.equations) or not (document.model or found or told):
        return document, ()
    parts = read_parts(document)
    defines, claims = _says(parts)
    if document.model:
        spec = read_spec(document.model, document.loss or None).of_plain_layers("the model of a document")
        if defines:
            return document, (f"the document defines its own network, so the model {document.model} is not used",)
        return _written(document, spec, claims), ()
    if found is None or defines or not claims:
        return _with_output(document, parts)
    text, said = found
    try:
        spec = read_spec(text, document.loss or None).of_plain_layers("the model of a document")
    except ChalkgradError:  # the text says too little of it
        return _with_output(document, parts)
    return _written(document, spec, claims), (f"the text describes the network {text}", *said)


def _with_output(document: Document, parts: Sequence[Facts]) -> tuple[Document, tuple[str, ...]]:
    """The document with the equations of an output and of a loss that only its words tell."""
    outputs, losses = outputs_in_prose(document, parts), losses_of_labels(parts)
    if not outputs and not losses:
        return document, ()
    written = replace(_below(document, (*outputs, *losses)), fixed=document.fixed, model=document.model)
    said = ("the text says what the output is",) if outputs else ()
    return written, (*said, *(f"the text says what the loss is: {equation}" for equation in losses))


def _says(parts: Sequence[Facts]) -> tuple[bool, bool]:
    """Whether a document defines values of its own, and whether it claims anything."""
    defined = [
        each
        for facts in parts
        for group in facts.defined.values()
        for each in group
        if not each.own and not any(isinstance(part, Unread) for part in walk_syntax(each.statement.chain))
    ]
    gradients = [each for each in defined if _GRADIENT.fullmatch(each.symbol.base)]  # a `dW` where no W stands yet
    return len(defined) > len(gradients), bool(gradients) or any(facts.claims for facts in parts)


_GRADIENT = re.compile(r"d[A-Za-z]")


def _written(document: Document, spec: NetworkSpec, claims: bool) -> Document:
    """The document with the network written in the way in which most of its claims are right."""
    return _best(_ways(document, spec)) if claims else next(_ways(document, spec))


def under(document: Document, definitions: Sequence[Sequence[str]]) -> Document:
    r"""The document under the equations of somebody else, which it leaves out: of all ways in which they are written
    that under which most of its claims are right. The first way that leaves no claim open is taken at once.

    >>> from chalkgrad.page.documents import read_document
    >>> document = read_document(r"$$\frac{\partial f}{\partial x} = 2x$$")
    >>> [equation.latex for equation in under(document, [["f = x^3"], ["f = x^2"]]).equations][0]
    'f = x^3'
    >>> document = read_document(r"$$\frac{\partial g}{\partial x} = 2x$$")
    >>> [equation.latex for equation in under(document, [["f = x^3"], ["g = x^2"]]).equations][0]
    'g = x^2'
    """
    ways = [_below(document, each) for each in definitions]
    return ways[0] if len(ways) == 1 else _best(ways, settled=True)


def _best(ways: Iterable[Document], settled: bool = False) -> Document:
    """The document in which most is right; the first in which all is, or with `settled` in which all is judged."""
    best: Document | None = None
    most = (-1, 0)
    for each in ways:
        found = _merit(each, most, settled)
        if found is None:
            continue
        merit, claimed = found
        if best is None or merit > most:
            best, most = each, merit
        if claimed and (merit == (claimed, 0) or (settled and merit[1] == 0)):
            break  # no other has more that is right
    assert best is not None
    return best


def _below(document: Document, equations: Iterable[str]) -> Document:
    """The document without what its front matter says of names and model, below equations that are given."""
    written = tuple(WrittenEquation(latex, 0, 1, GIVEN) for latex in equations)
    return replace(document, equations=(*written, *document.equations), fixed={}, model="")


def _ways(document: Document, spec: NetworkSpec) -> Iterator[Document]:
    for equations in writings_of(spec):
        declared = declared_in(spec, equations)
        written = _below(document, (*equations, *declared))
        yield replace(written, fixed=document.fixed, model=str(spec), loss=spec.loss)


def _merit(document: Document, most: tuple[int, int], settled: bool) -> tuple[tuple[int, int], int] | None:
    """How much of a document is right, and how little was left open; and how many claims it has. None as soon as it is
    sure that no more is right than in the best one so far, and that the search goes on after it.
    """
    parts = [(facts, _most_claims(facts)) for facts in read_parts(document)]
    left = sum(count for _, count in parts)
    good = still_open = claimed = judged_ = 0
    for facts, count in parts:
        if not count:
            continue  # nothing in it can be right
        if (good + left, -still_open) <= most and (still_open if settled else good < judged_):
            return None
        found, reading = judged_part(facts, document)
        left -= count
        good += sum(each.verdict in RIGHT for each in found)
        still_open += sum(each.verdict in ("unread", "undetermined") for each in found)
        judged_ += len(found)
        claimed += sum(not statement.borrowed for statement in reading.facts.claims)
    return (good, -still_open), claimed


def _most_claims(facts: Facts) -> int:
    """How many claims a part makes at most, where what may give a name a new meaning says that it does."""
    return sum(not statement.borrowed for statement in facts.claims) + len(facts.doubtful)
