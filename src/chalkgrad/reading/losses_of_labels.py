r"""The cross-entropy of a class that only the words tell: `-\log p_y` beside a claim that holds p against δ_{ky}."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Addition, Chain, Derivative, Group, Name, Number, Product, Syntax, walk_syntax
from chalkgrad.reading.facts import Facts, Statement
from chalkgrad.reading.scripts import base_of, scripts_of
from chalkgrad.reading.words import losses_named

_NAMED = "cross_entropy"
_ONES = frozenset(("1", "I", "mathbb1", r"\mathbb{1}", r"\mathbf{1}"))


def may_name_a_label(prose: str) -> bool:
    """Whether the words speak of a loss that is one of a label."""
    return _NAMED in losses_named(prose)


def losses_of_labels(parts: Sequence[Facts]) -> tuple[str, ...]:
    r"""The equations of losses that words call a cross-entropy and nothing defines, as LaTeX.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.reading.parts import read_parts
    >>> text = r"$$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$$ The loss is the cross-entropy, so that "
    >>> text += r"$$\frac{\partial L}{\partial z_k} = p_k - 1(k = y)$$"
    >>> losses_of_labels(read_parts(read_document(text)))
    ('L = -\\log p_{y}',)
    """
    found: dict[str, dict[str, None]] = {}
    defined = {symbol for facts in parts for symbol in facts.defined}
    for facts in parts:
        if facts.loss is None or facts.loss in defined or _NAMED not in facts.words.losses:
            continue
        if facts.loss.base in facts.vocabulary.heads:
            continue
        for statement in facts.statements:
            loss = _loss_of(facts, statement.chain.sides[0], statement)
            for value, label in held_against_labels(facts, statement) if loss else ():
                told = rf"{loss} = -\log {whole(statement, value)}_{{{label}}}"
                found.setdefault(loss, {})[told] = None
    return tuple(equation for told in found.values() if len(told) == 1 for equation in told)


def _loss_of(facts: Facts, side: Syntax, statement: Statement) -> str:
    """How the loss is written where a side derives it."""
    first = side.factors[0] if isinstance(side, Product) else side
    if isinstance(first, Derivative) and isinstance(first.numerator, Name):
        if facts.use(first.numerator).symbol == facts.loss:
            return _written(statement, first.numerator)
    return ""


def held_against_labels(facts: Facts, statement: Statement) -> Iterator[tuple[Name, str]]:
    """The values of a claim that a 1 at one place is subtracted from, and the label that tells the place."""
    for part in (part for side in statement.chain.sides[1:] for part in walk_syntax(side)):
        if not isinstance(part, Addition) or len(part.terms) != 2 or tuple(part.signs) != (1, -1):
            continue
        value, one = part.terms
        unit = scripts_of(one).below if isinstance(one, Name) and base_of(one) == "e" else ()
        if isinstance(value, Name) and len(unit) == 1 and unit[0].kind == "letter" and not value.subscripts:
            if not _runs(facts, unit[0].text):
                yield value, unit[0].text  # `p - e_y`
            continue
        below = scripts_of(value).below if isinstance(value, Name) else ()
        if not isinstance(value, Name) or len(below) != 1 or below[0].kind != "letter":
            continue
        label = _label(facts, one, below[0].text, statement)
        if label:
            yield value, label


def _label(facts: Facts, one: Syntax, index: str, statement: Statement) -> str:
    """What an index is compared with where a factor is 1 in one place, if that is a quantity by itself."""
    compared: Sequence[Syntax] = ()
    if isinstance(one, Product) and len(one.factors) == 2 and isinstance(one.factors[1], Group):
        if _is_one(one.factors[0]):
            compared = _equal(one.factors[1].contents)
    elif isinstance(one, Group) and one.bracket == "[":
        compared = _equal(one.contents)
    elif isinstance(one, Name) and _is_one(replace(one, subscripts=())):
        compared = _equal(one.subscripts)
    elif isinstance(one, Name) and base_of(one) == "delta":
        items = scripts_of(one).below
        if len(items) == 1 and len(items[0].text) == 2 and items[0].text[0] != items[0].text[1]:
            letters = [letter for letter in items[0].text if letter != index]
            return letters[0] if len(letters) == 1 and not _runs(facts, letters[0]) else ""
        compared = one.subscripts
    names = [each for each in compared if isinstance(each, Name)]
    others = [each for each in names if base_of(each) != index or each.subscripts]
    if len(names) != 2 or len(compared) != 2 or len(others) != 1 or _runs(facts, base_of(others[0])):
        return ""
    return _written(statement, others[0])


def _equal(contents: Sequence[Syntax]) -> Sequence[Syntax]:
    chain = contents[0] if len(contents) == 1 else None
    return chain.sides if isinstance(chain, Chain) and chain.relations == ("=",) else ()


def _is_one(part: Syntax) -> bool:
    return part.text == "1" if isinstance(part, Number) else isinstance(part, Name) and base_of(part) in _ONES


def _runs(facts: Facts, letter: str) -> bool:
    """Whether a letter runs over the places of something: then it is no label."""
    return letter in facts.vocabulary.bound or any(
        item.text == letter
        for statement in facts.statements for part in walk_syntax(statement.chain)
        if isinstance(part, Derivative)
        for name in (part.numerator, *part.denominators) if isinstance(name, Name)
        for item in scripts_of(name).below
    )  # fmt: skip


def whole(statement: Statement, value: Name) -> str:
    """How all of a value is written, of which one place stands in an equation."""
    return _written(statement, value).split("_")[0].strip()


def _written(statement: Statement, part: Syntax) -> str:
    return statement.equation.latex[slice(*part.span)].strip()


__all__ = ["held_against_labels", "losses_of_labels", "may_name_a_label", "whole"]
