r"""How a document writes its quantities: the name that a program has for each, and how it is lettered on paper.

A program's names are plain words (`W1`, `yhat`, `sigma_squared`); on paper they are those of the document: `W^[1]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chalkgrad.page.syntax import Name
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.scripts import MEANINGS, Item, scripts_of
from chalkgrad.reading.vocabulary import Symbol

_WORDS = {"'": "_prime", "²": "_squared", "*": "_star", "·": "_", "§": "_again", "+": "_plus_", "-": "_minus_"}
_REPLACED = re.compile("|".join(map(re.escape, _WORDS)))
_NEITHER = re.compile(r"[^\w]+")
_FEET = re.compile(r"__+")


@dataclass(frozen=True)
class Spelling:
    """The program's word for a quantity, and its letters on paper as `lettered` and `marks_above` read them."""

    word: str
    lettered: str


def spelling_of(symbol: Symbol, name: Name | None) -> Spelling:
    r"""How a quantity is spelled, from one of the places where it is written.

    >>> from chalkgrad.page.syntax import Group, Number
    >>> spelling_of(Symbol("W", (("1", 0),)), Name("W", (Name("i"),), (Group("[", (Number("1"),)),)))
    Spelling(word='W1', lettered='W^[1]')
    >>> spelling_of(Symbol("thetahat'", (("f", 0),)), Name(r"\theta", (Name("f"),), primes=1, accents=("hat",)))
    Spelling(word='thetahat_prime_f', lettered="thetahat_f'")
    """
    base = MEANINGS.sub("", symbol.base)
    above = _marks_above(name, symbol.labels)
    below = [label for label in symbol.labels if label not in [each for each, _ in above]]
    shown = [_shifted(text, shift) for text, shift in below if text != "*" and not text.startswith("·")]
    on_top = [_bracketed(label, item) for label, item in above]
    on_top += [text for text, _ in below if text == "*"] + ["2"] * base.count("²")
    plain = base.rstrip("²'")
    lettered = (
        plain + "".join(f"_{text}" for text in shown) + "'" * base.count("'") + "".join(f"^{text}" for text in on_top)
    )
    word = base + "".join(_shifted(text, shift) for (text, shift), _ in above)
    word += "".join(f"_{_shifted(text, shift)}" for text, shift in below)
    return Spelling(_word(word), lettered)


def _marks_above(name: Name | None, labels: Sequence[tuple[str, int]]) -> list[tuple[tuple[str, int], Item]]:
    """The labels that stand above the name, each with what it stands in."""
    if name is None:
        return []
    return [(label, item) for item in scripts_of(name).above if (label := (item.text, item.offset)) in labels]


def _bracketed(label: tuple[str, int], item: Item) -> str:
    closing = {"(": ")", "[": "]"}.get(item.bracket, "")
    return f"{item.bracket}{_shifted(*label)}{closing}"


def _shifted(text: str, shift: int) -> str:
    return text + (f"{shift:+d}" if shift else "")


def _word(text: str) -> str:
    """The text as a plain word."""
    spelled = _REPLACED.sub(lambda found: _WORDS[found.group()], text)
    spelled = _FEET.sub("_", _NEITHER.sub("_", spelled)).strip("_")
    return spelled if spelled and not spelled[0].isdigit() else f"q{spelled}"


@dataclass
class Spellings:
    """The spellings of the quantities of a document, each word once."""

    facts: Facts
    names: Mapping[Symbol, Name] = field(default_factory=dict)
    _found: dict[str, Spelling] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Facts) -> Spellings:
        """Each quantity as it is written where the least hangs on it."""
        names: dict[Symbol, Name] = {}
        for use, _ in facts.symbols():
            if use.name is not None:
                known = names.get(use.symbol)
                if known is None or _hung(use.name) < _hung(known):
                    names[use.symbol] = use.name
        return cls(facts, names)

    def table(self, wanted: Iterable[str], taken: Iterable[str] = ()) -> dict[str, Spelling]:
        """The spellings of the quantities called so in a reading, all words different."""
        by_key = {str(symbol): symbol for symbol in self.names}
        words = set(taken)
        found: dict[str, Spelling] = {}
        for key in wanted:
            symbol = by_key.get(key)
            spelling = spelling_of(symbol, self.names[symbol]) if symbol is not None else spelling_of(_split(key), None)
            if key in self.facts.vocabulary.singles and spelling.lettered == key:
                spelling = Spelling(spelling.word, f"{key}_1")
            word, count = spelling.word, 2
            while word in words:
                word, count = f"{spelling.word}_{count}", count + 1
            words.add(word)
            found[key] = Spelling(word, spelling.lettered)
        return found


def _hung(name: Name) -> int:
    return len(name.subscripts) + len(name.superscripts)


def _split(key: str) -> Symbol:
    base, _, label = key.partition("_")
    return Symbol(base, ((label, 0),) if label else ())
