r"""The output of a network that only the words tell: `a softmax over the outputs` and the claim `∂L/∂z = p - y`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chalkgrad.page.documents import Document
from chalkgrad.page.syntax import Addition, Derivative, Name, Syntax
from chalkgrad.reading.facts import Facts

# The output whose gradient of the loss is the value minus the target, by the loss; how the words call it; its LaTeX.
_OUTPUTS = {
    "bce": (re.compile(r"\b(?:sigmoid|logistic)\b", re.IGNORECASE), r"\sigma"),
    "cross_entropy": (re.compile(r"\bsoft-?max\b", re.IGNORECASE), r"\mathrm{softmax}"),
}


def tells_output(prose: str) -> bool:
    """Whether the words speak of a function that gives such an output."""
    return any(words.search(prose) for words, _ in _OUTPUTS.values())


def outputs_in_prose(document: Document, parts: Sequence[Facts]) -> tuple[str, ...]:
    r"""The equations of such an output, as LaTeX; none where equations say it, or the words do not.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.reading.parts import read_parts
    >>> text = r"A softmax gives them; the loss is the cross-entropy. $$\frac{\partial L}{\partial z} = p - y$$"
    >>> document = read_document(text)
    >>> outputs_in_prose(document, read_parts(document))
    ('p = \\mathrm{softmax}(z)',)
    """
    found: dict[str, None] = {}
    for facts in parts:
        if facts.loss is None or facts.loss in facts.defined:
            continue
        for loss in facts.words.losses:
            words, function = _OUTPUTS.get(loss, (None, ""))
            if words is not None and words.search(document.prose):
                for value, logits in _pairs(facts):
                    found.setdefault(f"{value} = {function}({logits})")
    return tuple(found) if len(found) == 1 else ()


def _pairs(facts: Facts) -> Iterator[tuple[str, str]]:
    """What is held against a target, and what the loss is derived by there, neither having indices."""
    for statement in facts.statements:
        left, latex = statement.chain.sides[0], statement.equation.latex
        if not isinstance(left, Derivative) or len(left.denominators) != 1 or not isinstance(left.numerator, Name):
            continue
        below = left.denominators[0]
        if facts.use(left.numerator).symbol != facts.loss or not isinstance(below, Name) or _has_indices(facts, below):
            continue
        for side in statement.chain.sides[1:]:
            for value in _values(side):
                symbol = facts.use(value).symbol
                free = symbol not in facts.defined and symbol not in facts.derived_by
                if free and not _has_indices(facts, value) and facts.use(below).symbol not in facts.defined:
                    yield latex[slice(*value.span)].strip(), latex[slice(*below.span)].strip()


def _values(side: Syntax) -> Iterator[Name]:
    if isinstance(side, Addition) and len(side.terms) == 2 and tuple(side.signs) == (1, -1):
        value, target = side.terms
        if isinstance(value, Name) and isinstance(target, Name):
            yield value


def _has_indices(facts: Facts, name: Name) -> bool:
    use = facts.use(name)
    return bool(use.indices or use.samples)


__all__ = ["outputs_in_prose", "tells_output"]
