"""The equations of a document, brought to the one spelling in which the rest of the reader takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from chalkgrad.errors import ReadingError
from chalkgrad.networks.losses import loss_named
from chalkgrad.page.documents import Document, WrittenEquation
from chalkgrad.page.limits import MOST_EQUATIONS
from chalkgrad.page.syntax import Chain, Group, Name, Number, Product, Syntax
from chalkgrad.reading.activations import Activations, activations_in
from chalkgrad.reading.class_labels import labels_as_vectors
from chalkgrad.reading.conventions import settled
from chalkgrad.reading.differentials import joined_differentials
from chalkgrad.reading.dots import without_dots
from chalkgrad.reading.latex import equations_in
from chalkgrad.reading.layers import by_layers
from chalkgrad.reading.mixed_indices import with_one_kind_of_names
from chalkgrad.reading.naming import named_on_the_right
from chalkgrad.reading.network_functions import as_values
from chalkgrad.reading.partials import partials_as_fractions
from chalkgrad.reading.prose import loss_in_prose
from chalkgrad.reading.sample_letters import with_samples_above
from chalkgrad.reading.sum_scopes import with_whole_sums
from chalkgrad.reading.told_apart import told_apart, with_pre_activations
from chalkgrad.reading.updates import updates_as_claims

Written: TypeAlias = tuple[WrittenEquation, Chain]


_CLAIM = re.compile(r"(?:\\partial|\\nabla|[∂∇]).*=", re.DOTALL)  # within a sentence: says what a derivative is


@dataclass(frozen=True)
class Gathered:
    """The equations in order, those that cannot be read, the writer's activations, and what was guessed."""

    written: tuple[Written, ...]
    problems: tuple[tuple[WrittenEquation, ReadingError], ...]
    activations: Activations
    said: tuple[str, ...] = ()


def gathered(
    document: Document, given: Sequence[str] = (), taken: Mapping[str, str] | None = None, loss: str | None = None
) -> Gathered:
    """The equations of a document, after those of a given model; `taken` has rows for undefined activations.

    Where it is not given, an undefined activation of the output follows from the loss that is named.

    >>> from chalkgrad.page.documents import read_document
    >>> len(gathered(read_document("$$z = w x, y = )$$")).problems)
    1
    """
    written: list[Written] = []
    for equation in (WrittenEquation(each, 0, 0) for each in given):
        written += [(equation, found) for found in equations_in(equation.latex) if isinstance(found, Chain)]
    problems: list[tuple[WrittenEquation, ReadingError]] = []
    for equation in document.equations[:MOST_EQUATIONS]:
        for found in equations_in(equation.latex, document.macros):
            if isinstance(found, ReadingError):
                if equation.display or _CLAIM.search(equation.latex):
                    problems.append((equation, found))
            elif isinstance(chain := _unwrapped(found), Chain):
                written.append((equation, chain))
    for equation in document.equations[MOST_EQUATIONS:][:1]:
        error = ReadingError(f"the document has more than {MOST_EQUATIONS} equations; the rest is not read")
        problems.append((equation, error))
    written = partials_as_fractions(as_values(named_on_the_right(written)))
    written = _changed(written, without_dots([chain for _, chain in written]))
    written, said = by_layers(written, document.prose)
    chains = with_whole_sums(joined_differentials([_renewed(chain) for _, chain in written]))
    activations = activations_in(chains, taken or {})
    if taken is None and len(activations.undefined) > 1 and _ends_in_sigmoid(document.prose, loss):
        last = list(activations.undefined)[-1]
        activations = activations_in(chains, {last: "sigmoid"})
        hidden = {name: row for name, row in activations.undefined.items() if name != last}
        activations = replace(activations, undefined=hidden)
        spelled = last.lstrip("\\")
        said = (*said, f"{spelled} is not defined, so it is taken to be σ, which the loss is for")
    written = _changed(
        written, labels_as_vectors(with_one_kind_of_names(with_samples_above(settled(chains, activations))))
    )
    written = with_pre_activations(written)
    written = _changed(written, updates_as_claims(told_apart([chain for _, chain in written])))
    return Gathered(tuple(written), tuple(problems), activations, said)


def _ends_in_sigmoid(prose: str, loss: str | None) -> bool:
    row = loss_named(loss) if loss else loss_in_prose(prose)
    return row is not None and row.output == "sigmoid"


def _unwrapped(found: Syntax) -> Syntax:
    r"""The equation in a box or in braces, `\boxed{y = w x}`."""
    while isinstance(found, Group) and found.bracket == "{" and len(found.contents) == 1:
        found = found.contents[0]
    return found


def _changed(written: Sequence[Written], chains: Sequence[Chain]) -> list[Written]:
    return [(equation, chain) for (equation, _), chain in zip(written, chains, strict=True)]


def _renewed(chain: Chain) -> Chain:
    r"""An assignment to some places, `dH[H \le 0] = 0`, as the new value of all of them: zero where it holds."""
    left, right = chain.sides[0], chain.sides[-1]
    if not isinstance(left, Product) or len(left.factors) != 2 or any(left.operators) or len(chain.sides) != 2:
        return chain
    name, places = left.factors
    if not isinstance(name, Name) or not isinstance(places, Group) or places.bracket != "[":
        return chain
    condition = places.contents[0] if len(places.contents) == 1 else None
    if not isinstance(condition, Chain) or len(condition.sides) != 2 or right != Number("0"):
        return chain
    opposite = _OPPOSITE.get(condition.relations[0])
    if opposite is None:
        return chain
    gate = Group("[", (replace(condition, relations=(opposite,)),), places.span)
    indicated = Product(("", ""), (Name("1", span=places.span), gate), places.span)
    kept = Product(("", r"\odot"), (name, indicated), chain.span)
    return replace(chain, sides=(name, kept))


_OPPOSITE = {"<=": ">", "<": ">=", ">": "<=", ">=": "<"}
