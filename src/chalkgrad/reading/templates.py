r"""Definitions of any layer or time, `z^l = w^l a^{l-1} + b^l`, written for the layers that the document speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Derivative,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.facts import Defined, Facts, is_gradient_name
from chalkgrad.reading.scripts import Item, item_of, scripts_of
from chalkgrad.reading.sense import inner_of_gradient
from chalkgrad.reading.vocabulary import Symbol, applications, quantities

_MOST = 60


def instances(facts: Facts) -> list[Defined]:
    """The definitions of a document that stand for others: those of `z^{l+1}` and `z^L`, from that of `z^l`."""
    found: list[Defined] = []
    known = set(facts.defined)
    wanted = list(dict.fromkeys(_spoken_of(facts)))
    templates = [each for group in facts.defined.values() for each in group if letter_of(each.symbol) is not None]
    wanted += _further_on(facts, wanted, templates)
    for symbol in wanted:
        if symbol in known or len(found) >= _MOST:
            continue
        for template in templates:
            made = instance(template, symbol)
            if made is not None:
                found.append(made)
                known.add(symbol)
                if made.own:
                    wanted += _inner_of(facts, quantities(made.side))
                if isinstance(made.side, Derivative):  # that by which is derived is needed too
                    wanted += [facts.use(name).symbol for name in quantities(made.side)]
                break
    return found


def _further_on(facts: Facts, spoken: Sequence[Symbol], templates: Sequence[Defined]) -> Iterator[Symbol]:
    r"""The values of other layers of which an error is spoken: z^{l+1} for the `\delta^{l+1}`, z^l for the `\delta^l`
    where only the last layer's z is defined.
    """
    weights = {symbol.base for symbol in facts.derived_by}
    errors = {(*label, symbol.base) for symbol in spoken for label in symbol.labels if symbol.base not in weights}
    for template in templates:
        letter = letter_of(template.symbol)
        assert letter is not None
        place, text, _ = letter
        for other, shift, base in sorted(errors):
            ahead = other == text and shift > 0
            any_layer = text.isupper() and other.islower() and (len(other) == 1 or other == "ell")
            if base != template.symbol.base and (ahead or any_layer):
                labels = list(template.symbol.labels)
                labels[place] = (other, shift)
                yield Symbol(template.symbol.base, tuple(labels))


def _spoken_of(facts: Facts) -> Iterator[Symbol]:
    """The quantities of a document, and those of whose gradients it speaks: the Z of `dZ^{[l+1]}`."""
    for use, _ in facts.symbols():
        yield use.symbol
        yield from _inner_of(facts, () if use.name is None else (use.name,))


def _inner_of(facts: Facts, names: Iterable[Name]) -> Iterator[Symbol]:
    """The quantities by which names of gradients, `dZ`, derive."""
    for name in names:
        inner = inner_of_gradient(name)
        if inner is not None and is_gradient_name(name, facts.vocabulary):
            yield facts.use(inner).symbol


def letter_of(symbol: Symbol) -> tuple[int, str, int] | None:
    """Which label of a quantity is a letter, the letter and what is added to it."""
    for place, (text, shift) in enumerate(symbol.labels):
        if (len(text) == 1 and text.isalpha()) or text == "ell":
            return place, text, shift
    return None


def instance(template: Defined, symbol: Symbol) -> Defined | None:
    """The definition of `symbol` that a template gives, or None."""
    letter = letter_of(template.symbol)
    if letter is None or template.symbol.base != symbol.base or len(template.symbol.labels) != len(symbol.labels):
        return None
    place, text, shift = letter
    for at, (mine, theirs) in enumerate(zip(template.symbol.labels, symbol.labels, strict=True)):
        if at != place and mine != theirs:
            return None
    target, offset = symbol.labels[place]
    if target.isdigit():
        number = int(target) - shift
        if number < 1:
            return None
        base: str | int = number
    elif (len(target) == 1 and target.isalpha()) or target == "ell":
        base = target
        offset -= shift
    else:
        return None
    if target.isupper() and not text.isupper() and offset > 0:
        return None
    if text.isupper() and target.isupper() and offset > 0:
        return None  # what is said of the layer before the last is not said of the last
    if text.isupper() and not target.isupper() and (template.own or not _is_sum(template.side, text)):
        return None  # the last layer may have a function and an error of its own; its sums are as in all layers
    side = shifted(template.side, text, base, offset if isinstance(base, str) else 0)
    if side == template.side:
        return None  # `a^L = y` is said of this layer alone
    return replace(template, symbol=symbol, side=side, made=True)


def _is_sum(side: Syntax, letter: str) -> bool:
    r"""Whether a side adds up what comes from the layer before, `W^L a^{L-1} + b^L`, with no function or quotient."""
    for part in walk_syntax(side):
        if isinstance(part, Derivative | Fraction) or (isinstance(part, Product) and any(applications(part))):
            return False
    items = (item for name in quantities(side) for item in (*scripts_of(name).above, *scripts_of(name).below))
    return any(item.text == letter and item.offset < 0 for item in items)


def shifted(syntax: Syntax, letter: str, base: str | int, offset: int) -> Syntax:
    """The part with a layer's letter in scripts replaced by another layer."""
    from chalkgrad.page.syntax import mapped

    def script(part: Syntax) -> Syntax:
        item = item_of(part)
        if item.kind == "letter" and item.text == letter:
            made = _made(item, base, offset, part)
            if isinstance(part, Group):
                return replace(part, contents=(made,))
            return made
        if isinstance(part, Group):
            return replace(part, contents=tuple(map(script, part.contents)))
        if isinstance(part, Product):
            return replace(part, factors=tuple(map(script, part.factors)))
        return part

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and (part.subscripts or part.superscripts):
            return replace(
                part, subscripts=tuple(map(script, part.subscripts)), superscripts=tuple(map(script, part.superscripts))
            )
        if isinstance(part, BigOperator):  # the `n_{l-1}` up to which is summed
            return replace(part, subscripts=ends(part.subscripts), superscripts=ends(part.superscripts))
        return part

    def ends(written: tuple[Syntax, ...]) -> tuple[Syntax, ...]:
        return tuple(mapped(each, change, scripts=False) for each in written)

    return mapped(syntax, change, scripts=False)


def _made(item: Item, base: str | int, offset: int, part: Syntax) -> Syntax:
    total = offset + item.offset
    if isinstance(base, int):
        return Number(str(max(base + total, 0)), part.span)
    name = Name(base if len(base) == 1 else "\\" + base, span=part.span)
    if total == 0:
        return name
    return Addition((1, 1 if total > 0 else -1), (name, Number(str(abs(total)), part.span)), part.span)


__all__ = ["Iterator", "Sequence", "instance", "instances", "letter_of", "shifted"]
