r"""The output of a network that only the words tell: `a softmax over the outputs` and the claim `∂L/∂z = p - y`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chalkgrad.page.documents import Document
from chalkgrad.page.syntax import Addition, Derivative, Name, Syntax, walk_syntax
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.vocabulary import Symbol

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
    found: dict[str, tuple[str, ...]] = {}
    for facts in parts:
        if facts.loss is None or facts.loss in facts.defined:
            continue
        for loss in facts.words.losses:
            words, function = _OUTPUTS.get(loss, (None, ""))
            if words is not None and words.search(document.prose):
                for value, logits, also in _pairs(facts):
                    output = also[0] if also else value  # through which all is derived
                    others = tuple(f"{name} = {output}" for name in (value, *also) if name != output)
                    found.setdefault(f"{output} = {function}({logits})", others)
    if len(found) != 1:
        return ()
    ((equation, others),) = found.items()
    return (equation, *others)


def _pairs(facts: Facts) -> Iterator[tuple[str, str, list[str]]]:
    """What is held against a target, what the loss is derived by there, neither having indices, and under which names
    the first is derived by the second.
    """
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
                if free and not _has_indices(facts, value) and _is_before(facts, below):
                    also = [written for other, written in _derived_by(facts, below) if other != symbol]
                    yield latex[slice(*value.span)].strip(), latex[slice(*below.span)].strip(), also


def _derived_by(facts: Facts, below: Name) -> Iterator[tuple[Symbol, str]]:
    """What else is derived by a quantity and nothing defines, with its LaTeX."""
    found: dict[Symbol, str] = {}
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Derivative) and isinstance(part.numerator, Name) and len(part.denominators) == 1:
                by, symbol = part.denominators[0], facts.use(part.numerator).symbol
                if isinstance(by, Name) and facts.use(by).symbol == facts.use(below).symbol:
                    if symbol not in facts.defined and symbol != facts.loss:
                        found.setdefault(symbol, statement.equation.latex[slice(*part.numerator.span)].strip())
    yield from found.items()


def _is_before(facts: Facts, name: Name) -> bool:
    """Whether a quantity may be what the output is a function of: undefined, or a sum without functions."""
    vocabulary = facts.vocabulary
    return not any(
        vocabulary.row_of(part) is not None or vocabulary.is_function(part)
        for each in facts.defined.get(facts.use(name).symbol, ()) for part in walk_syntax(each.side)
        if isinstance(part, Name)
    )  # fmt: skip


def _values(side: Syntax) -> Iterator[Name]:
    if isinstance(side, Addition) and len(side.terms) == 2 and tuple(side.signs) == (1, -1):
        value, target = side.terms
        if isinstance(value, Name) and isinstance(target, Name):
            yield value


def _has_indices(facts: Facts, name: Name) -> bool:
    use = facts.use(name)
    return bool(use.indices or use.samples)


__all__ = ["outputs_in_prose", "tells_output"]
