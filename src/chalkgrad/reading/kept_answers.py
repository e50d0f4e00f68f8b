"""What came of reading the sides of equations, kept in the process: most of a text is as it was one key ago.

What a side comes to rests on its syntax, on how it is read, on what is settled about the document, and on the sorts
that are asked for on the way. All of that is the key, so that nothing comes out otherwise than without what is kept.
What is settled about a document is less than its text: how often a letter stands somewhere is no part of it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from threading import Lock

from chalkgrad.page.syntax import Name, Syntax, walk_syntax
from chalkgrad.reading.asked import Answers
from chalkgrad.reading.sense import Setting
from chalkgrad.reading.vocabulary import Vocabulary

MOST_SIDES = 4_096
MOST_OUTCOMES = 40_000
_SOME = 64

# What reading a side asks of these is less than what they hold, or nothing at all; of all others it may ask anything.
_ASKED_OF: Mapping[str, Callable[[Vocabulary], Hashable]] = {
    "_uses": lambda letters: None,  # what was found of each name so far
    "at_own_steps": lambda letters: None,  # where there is such a thing, nothing is kept
    "ranks": lambda letters: None,
    "derived_by": lambda letters: None,
    "bases": lambda letters: letters.bases["sigma"] > 0,
    "subscripted": lambda letters: "e" in letters.subscripted,
    "alone": lambda letters: frozenset(each for each in (*letters.others, "E") if letters.alone[each] > 0),
    "applied": lambda letters: frozenset(each for each in letters.applied if _may_be_a_row(each)),
}


def _may_be_a_row(base: str) -> bool:
    """Whether letters name a function of the table somewhere: only then it is asked whether they are applied."""
    return base == "sigma" or any(Vocabulary().row_of(Name(each)) is not None for each in (base, f"\\{base}"))


class KeptAnswers:
    """The answers of the sides that were read last, at most so many of them and of what came of them."""

    def __init__(self, sides: int = MOST_SIDES, outcomes: int = MOST_OUTCOMES) -> None:
        self._most = sides, outcomes
        self._sides: OrderedDict[Hashable, Answers] = OrderedDict()
        self._new = 0  # since it was last looked whether there are too many
        self._lock = Lock()

    def of(self, key: Hashable, templated: frozenset[str]) -> Answers:
        """What came of reading the side of that key so far."""
        with self._lock:
            found = self._sides.get(key)
            if found is None:
                found = self._sides[key] = Answers(templated)
                self._new += 1
                if self._new >= _SOME:
                    self._forget()
            self._sides.move_to_end(key)
            return found

    @property
    def count(self) -> int:
        """How many sides there are."""
        return len(self._sides)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._sides.clear()

    def _forget(self) -> None:
        self._new = 0
        sides, outcomes = self._most
        while len(self._sides) > sides or sum(each.count for each in self._sides.values()) > outcomes:
            for _ in range(max(1, len(self._sides) // 4)):
                self._sides.popitem(last=False)


KEPT = KeptAnswers()


def key_of_side(side: Syntax, latex: str, *read_with: Hashable) -> Hashable:
    """What tells a side with all places in its text, and how it is read."""
    return side, latex, tuple(part.span for part in walk_syntax(side)), *read_with


def key_of_setting(setting: Setting) -> Hashable | None:
    """What is settled about a document but for sorts, made up functions, and what is derived by, of which few sides
    ask; None where it cannot be compared.
    """
    vocabulary = setting.vocabulary
    if vocabulary.at_own_steps is not None:
        return None
    return (
        _key_of_letters(vocabulary), _plain(setting.heads), setting.loss, _plain(setting.aliases), setting.squares,
        setting.own,
    )  # fmt: skip


def _key_of_letters(letters: Vocabulary) -> Hashable:
    names = (each.name for each in fields(letters))
    return tuple(_ASKED_OF[name](letters) if name in _ASKED_OF else _plain(getattr(letters, name)) for name in names)


def _plain(value: object) -> Hashable:
    """The same as something that can be compared; of counts, what stands there at all."""
    if isinstance(value, Counter):
        return frozenset(each for each, count in value.items() if count > 0)
    if isinstance(value, Mapping):
        return frozenset((key, _plain(inner)) for key, inner in value.items())
    if isinstance(value, set):
        return frozenset(value)
    assert isinstance(value, Hashable)
    return value
