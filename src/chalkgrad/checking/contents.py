"""What a document is about: its networks and its functions, under the readings that its claims bear out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chalkgrad.checking.collecting import few_collections
from chalkgrad.checking.given_models import with_model
from chalkgrad.checking.judging import judged, reading_of
from chalkgrad.errors import ChalkgradError
from chalkgrad.networks.losses import loss_named
from chalkgrad.page.documents import Document, read_document
from chalkgrad.reading.layers_in_numbers import with_functions, with_numbers
from chalkgrad.reading.networks_in import WrittenNetwork, networks_in
from chalkgrad.reading.parts import read_parts
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.scalar_functions import WrittenFunction, functions_in


@dataclass(frozen=True)
class Contents:
    """The networks and functions of a document in their order, the readings behind them, and what was guessed."""

    document: Document
    readings: tuple[Reading, ...]
    networks: tuple[WrittenNetwork, ...]
    functions: tuple[WrittenFunction, ...]
    guesses: tuple[str, ...] = ()

    @property
    def network(self) -> WrittenNetwork | None:
        """The network that the document is most about: one with a loss, then the one with the most equations."""
        ranked = sorted(self.networks, key=lambda each: (each.loss == "", -len(each.program.definitions)))
        return ranked[0] if ranked else None


def contents_of(document: Document, *, judge: bool = True) -> Contents:
    """The networks and functions of a document that was read.

    Without `judge` its claims are compared only where nothing else says what the loss is.

    >>> from chalkgrad.page.documents import read_document
    >>> text = r"$$\\hat y = \\sigma(x_1 w_1 + x_2 w_2 + b)$$ $$f(u, v) = u^2 v$$"
    >>> found = contents_of(read_document(text))
    >>> found.network.spec, found.functions[0].name, found.guesses
    ('2-1 sigmoid bce', 'f', ('no loss is named, so it is taken to be the binary cross-entropy',))
    """
    document, said = with_model(document)
    parts = () if judge else read_parts(document)
    readings = judged(document)[1] if judge else [reading_of(facts, document) for facts in parts]
    return contents_under(document, readings, said)


def contents_under(document: Document, readings: Sequence[Reading], said: Sequence[str] = ()) -> Contents:
    """The same under given readings of its parts."""
    readings = tuple(readings)
    functions = functions_in(readings)
    loss = loss_named(document.loss) if document.loss else None
    concrete: list[Reading] = []
    for reading in readings:
        made, told = shown(reading, document.prose)
        concrete.append(made)
        said = (*said, *told)
    networks = networks_in(concrete, loss, {function.key for function in functions})
    guesses = dict.fromkeys((*said, *(sentence for network in networks for sentence in network.said)))
    return Contents(document, readings, networks, functions, tuple(guesses))


def shown(reading: Reading, prose: str) -> tuple[Reading, tuple[str, ...]]:
    """The reading with a number of layers, and functions, where the document leaves them open; and what was taken."""
    told: list[str] = []
    for change in (partial(with_numbers, prose=prose), with_functions):
        try:
            found = change(reading)
        except ChalkgradError:
            continue
        if found is not None:
            reading = found[0]
            told.append(found[1])
    return reading, tuple(told)


@few_collections()
def read_contents(
    text: str,
    *,
    latex: bool | None = None,
    loss: str | None = None,
    let: Mapping[str, str] | None = None,
    model: str | None = None,
    judge: bool = True,
) -> Contents:
    """The networks and functions of a document, given as text.

    `loss` names the loss, `let` says what names stand for (`{"out": "z_2"}`), `model` is the spec of the network of a
    document that defines none: each instead of what the document says of it. Raises `UnknownNameError` for a name or a
    loss that is not known.
    """
    document = asked(read_document(text, latex=latex), loss=loss, let=let, model=model)
    return contents_of(document, judge=judge)


def asked(
    document: Document, *, loss: str | None = None, let: Mapping[str, str] | None = None, model: str | None = None
) -> Document:
    """The document with what its reader says of it."""
    fixed = {**document.fixed, **(let or {})}
    return replace(document, fixed=fixed, model=model or document.model, loss=loss or document.loss)
