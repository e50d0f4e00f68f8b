"""A network of any depth, `z^l = W^l a^{l-1} + b^l` up to a layer L, with a number of layers; steps in time alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from chalkgrad.language import Call, walk
from chalkgrad.page.syntax import Chain
from chalkgrad.reading.equation_kinds import facts_of
from chalkgrad.reading.facts import Facts, Statement
from chalkgrad.reading.readings import Reading, readings_of
from chalkgrad.reading.sense import STAND_INS
from chalkgrad.reading.templates import letter_of, shifted
from chalkgrad.reading.vocabulary import Symbol

DEPTH = 3
USUAL = "tanh"
_MOST = 6
_WORDS = ("one", "two", "three", "four", "five", "six")
_NUMBER = "|".join((*_WORDS, r"\d"))
_LAYERS = re.compile(rf"\b(?P<number>{_NUMBER})[ -]+(?:hidden\s+)?layers?\b", re.IGNORECASE)


def with_numbers(reading: Reading, prose: str = "") -> tuple[Reading, str] | None:
    """The reading for a number of layers, and a sentence about it; None where its definitions speak of no letter.

    The number is the one in the prose ("four layers"), or of the letter of the last layer (`K = 2`), else three.
    """
    facts = reading.facts
    letters = _letters(facts)
    if letters is None:
        return None
    letter, last = letters
    depth, told = _depth(facts, last, prose)
    statements = list(_statements(facts, letter, last, depth))
    for place, statement in enumerate(statements):
        statements[place] = replace(statement, place=place, borrowed=False)
    made = facts_of(statements, facts.vocabulary, facts.words)
    bases = {symbol.base for symbol in facts.derived_by}
    made.derived_by = {use.symbol for use, _ in made.symbols() if use.symbol.base in bases}
    found = readings_of(made)[0]
    if not found.loss and reading.named_as:
        found = replace(found, loss=reading.loss, named_as=reading.named_as)
    return found, told


def with_functions(reading: Reading) -> tuple[Reading, str] | None:
    """The reading with a usual function for those of which the document does not say what they are, or None."""
    open_ones = [name for name, row in reading.unknown.items() if row in STAND_INS]
    used = {
        node.function for each in reading.definitions.values() for node in walk(each.body) if isinstance(node, Call)
    }
    if not open_ones or not used & {reading.unknown[name] for name in open_ones}:
        return None
    found = readings_of(reading.facts, functions=dict.fromkeys(open_ones, USUAL))[0]
    found = replace(found, loss=reading.loss, named_as=reading.named_as, named=reading.named)
    names = ", ".join(dict.fromkeys(name.partition("_")[0] for name in open_ones))
    return found, f"the document does not say what {names} is, so it is shown with the {USUAL}"


def _letters(facts: Facts) -> tuple[str, str] | None:
    """The letter of any layer, and that of the last one ("" where there is none)."""
    counted: Counter[str] = Counter()
    for symbol, group in facts.defined.items():
        letter = letter_of(symbol)
        if letter is not None and not letter[1].isupper() and not all(each.own for each in group):
            counted[letter[1]] += 1
    if not counted:
        return None
    chosen = counted.most_common(1)[0][0]
    bases = {symbol.base for symbol in facts.defined if letter_of(symbol) is not None}
    others = Counter(
        text for use, _ in facts.symbols() for text, _ in use.symbol.labels
        if use.symbol.base in bases and len(text) == 1 and text.isupper()
    )  # fmt: skip
    return chosen, others.most_common(1)[0][0] if others else ""


def _depth(facts: Facts, last: str, prose: str) -> tuple[int, str]:
    """How many layers there are, and what to tell of it."""
    from chalkgrad.reading.given_numbers import numbers_in

    given = numbers_in([facts]).get(last, {}).get(())
    spoken = _LAYERS.search(prose)
    word = spoken["number"].lower() if spoken else ""
    number = int(given) if given else int(word) if word.isdigit() else _WORDS.index(word) + 1 if word else 0
    if 0 < number <= _MOST:
        return number, f"the layers are written out for {number}, as the document says"
    return DEPTH, f"the document speaks of any number of layers; it is shown for {DEPTH}"


def _statements(facts: Facts, letter: str, last: str, depth: int) -> Iterator[Statement]:
    """The definitions and declarations with numbers for the letters."""
    explicit = {symbol for symbol in facts.defined if letter_of(symbol) is None}
    made: set[tuple[str, int]] = set()
    for statement in facts.statements:
        kind = facts.kinds.get(statement.place)
        if kind not in ("definition", "declaration"):
            continue
        symbol = next((symbol for symbol, group in facts.defined.items()
                       if any(each.statement is statement for each in group)), None)  # fmt: skip
        label = letter_of(symbol) if symbol is not None else None
        if symbol is None or label is None or label[1] != letter:
            yield _numbered(statement, last, depth)
            continue
        for layer in range(1, depth + 1):
            labels = (*symbol.labels[: label[0]], (str(layer), 0), *symbol.labels[label[0] + 1 :])
            key = (symbol.base, layer)
            if Symbol(symbol.base, labels) not in explicit and key not in made:
                made.add(key)
                yield _numbered(_numbered(statement, letter, layer - label[2]), last, depth)


def _numbered(statement: Statement, letter: str, number: int) -> Statement:
    if not letter:
        return statement
    chain = shifted(statement.chain, letter, number, 0)
    assert isinstance(chain, Chain)
    return replace(statement, chain=chain)
