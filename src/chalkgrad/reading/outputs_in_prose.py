r"""The output of a network that only the words tell: `a softmax over the outputs` and the claim `∂L/∂z = p - y`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chalkgrad.page.documents import Document
from chalkgrad.page.syntax import Addition, Derivative, Group, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.facts import Facts, symbols_in
from chalkgrad.reading.losses_of_labels import held_against_labels, whole
from chalkgrad.reading.scripts import scripts_of
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
    for alone in (True, False):  # a difference that is a gradient itself says more than one times something
        found = _outputs(document, parts, alone=alone)
        if found:
            break
    if len(found) != 1:
        return ()
    ((equation, others),) = found.items()
    return (equation, *others)


def _outputs(document: Document, parts: Sequence[Facts], *, alone: bool) -> dict[str, tuple[str, ...]]:
    """The equations of outputs that may be meant, each with those of what else is called so."""
    found: dict[str, tuple[str, ...]] = {}
    for facts in parts:
        if facts.loss is None or facts.loss in facts.defined:
            continue
        for loss in facts.words.losses:
            words, function = _OUTPUTS.get(loss, (None, ""))
            if words is not None and words.search(document.prose):
                for equation in _by_places(facts, loss):
                    found.setdefault(equation, ())
                for value, logits, also in _pairs(facts, alone=alone):
                    output = also[0] if also else value  # through which all is derived
                    others = tuple(f"{name} = {output}" for name in (value, *also) if name != output)
                    found.setdefault(f"{output} = {function}({logits})", others)
    return found


def _by_places(facts: Facts, loss: str) -> Iterator[str]:
    """The outputs of which a claim speaks place by place, `∂L/∂z_k = p_k - y_k`, each by the sums at its places."""
    for statement in facts.statements:
        below = _derived_of_loss(facts, statement.chain.sides[0])
        place = _place_of(facts, below) if below is not None else ""
        if below is None or not place or not _is_before(facts, below):
            continue
        values = [value for side in statement.chain.sides[1:] for value in _values(side, alone=True)]
        values += [value for value, _ in held_against_labels(facts, statement)]
        for value in values:
            symbol = facts.use(value).symbol
            if _place_of(facts, value) == place and symbol not in facts.defined and symbol not in facts.derived_by:
                sums, other = whole(statement, below), "j" if place != "j" else "i"
                at = rf"{sums}_{{{place}}}"
                body = (
                    rf"\sigma({at})" if loss == "bce" else rf"\frac{{e^{{{at}}}}}{{\sum_{other} e^{{{sums}_{other}}}}}"
                )
                yield rf"{whole(statement, value)}_{{{place}}} = {body}"


def _place_of(facts: Facts, name: Name) -> str:
    """The letter of the place of a vector that a name is; "" for anything else."""
    items, use = scripts_of(name), facts.use(name)
    plain = not name.superscripts and not name.primes and not use.symbol.labels and not use.samples
    return items.below[0].text if plain and len(items.below) == 1 and items.below[0].kind == "letter" else ""


def _pairs(facts: Facts, *, alone: bool) -> Iterator[tuple[str, str, list[str]]]:
    """What is held against a target, what the loss is derived by there, neither having indices, and under which names
    the first is derived by the second.
    """
    for statement in facts.statements:
        latex, below = statement.equation.latex, _derived_of_loss(facts, statement.chain.sides[0])
        if below is None or _has_indices(facts, below):
            continue
        logits, written = _made_of(facts, below) or (below, latex[slice(*below.span)].strip())
        for side in statement.chain.sides[1:]:
            for value in _values(side, alone=alone):
                symbol = facts.use(value).symbol
                free = symbol not in facts.defined and symbol not in facts.derived_by
                if free and not _has_indices(facts, value) and _is_before(facts, logits):
                    also = [other for name, other in _derived_by(facts, logits) if name != symbol]
                    yield latex[slice(*value.span)].strip(), written, also


def _derived_of_loss(facts: Facts, side: Syntax) -> Name | None:
    r"""That by which a side derives the loss, at once or along a chain, `\frac{∂L}{∂a} \cdot \frac{∂a}{∂z}`."""
    chain = side.factors if isinstance(side, Product) else (side,)
    of = facts.loss
    below: Name | None = None
    for factor in chain:
        if not isinstance(factor, Derivative) or len(factor.denominators) != 1:
            return None
        above, (by,) = factor.numerator, factor.denominators
        if not isinstance(above, Name) or not isinstance(by, Name) or facts.use(above).symbol != of:
            return None
        of, below = facts.use(by).symbol, by
    return below


def _made_of(facts: Facts, parameter: Name) -> tuple[Name, str] | None:
    """The sum of products in which a weight or a bias stands, and its LaTeX, where it is one that nothing else uses."""
    symbol = facts.use(parameter).symbol
    used = symbols_in(facts, (each.side for group in facts.defined.values() for each in group))
    found: dict[Symbol, tuple[Name, str]] = {}
    for group in facts.defined.values() if symbol not in facts.defined else ():
        for each in group:
            left = each.statement.chain.sides[0]
            standing = symbol in symbols_in(facts, (each.side,))
            if standing and isinstance(left, Name) and each.symbol not in used and _is_before(facts, left):
                written = each.statement.equation.latex[slice(*left.span)].strip()
                found.setdefault(each.symbol, (left, written))
    return next(iter(found.values())) if len(found) == 1 else None


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


def _values(side: Syntax, *, alone: bool) -> Iterator[Name]:
    """What is held against something, `p` of `p - t` or, not `alone`, of `(p - t) x`, at the top of a side."""
    for part in side.factors if isinstance(side, Product) and not alone else (side,):
        inner = part.contents[0] if isinstance(part, Group) and len(part.contents) == 1 else part
        if isinstance(inner, Addition) and len(inner.terms) == 2 and tuple(inner.signs) == (1, -1):
            value, target = inner.terms
            if isinstance(value, Name) and isinstance(target, Name):
                yield value


def _has_indices(facts: Facts, name: Name) -> bool:
    use = facts.use(name)
    return bool(use.indices or use.samples)


__all__ = ["outputs_in_prose", "tells_output"]
