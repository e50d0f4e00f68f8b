r"""Names in a claim that stand nowhere else in a document: in `∂L/∂w = (p - y) G` where all else is known, nothing says
what G is, so that whatever it is the derivative is none of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from chalkgrad.checking.judged import Judged
from chalkgrad.language import Element, Role
from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.syntax import Name, Span, Syntax, walk_syntax
from chalkgrad.reading.facts import symbols_in
from chalkgrad.reading.readings import Reading


class Mentions:
    """Which letters stand where in a document, in its formulas and in its words."""

    def __init__(self, stated: Sequence[Stated]) -> None:
        self.places: dict[str, set[tuple[int, Span]]] = defaultdict(set)
        for each in stated:
            for letter in _letters(each.body):
                self.places[letter.casefold()].add((id(each.equation), each.body.span))

    def odd(self, judged: Judged, reading: Reading) -> str:
        """What in an undetermined claim has no place in its document, if something has none."""
        name = self.stray(judged, reading)
        if name:
            return f"nothing says what {name} is: it stands nowhere else"
        return judged.reason if any(side.odd for side in judged.sides) else ""

    def stray(self, judged: Judged, reading: Reading) -> str:
        """A quantity of a claim that stands nowhere else, where what is derived is known; else nothing.

        A letter in another size or under an accent may be meant for the plain one.
        """
        comparing, left = judged.comparing, judged.claim.left.value
        if comparing is None or left is None or not isinstance(left.expression, Element):
            return ""
        derived = left.expression.tensor
        known = derived.role is Role.ADJOINT and derived.of in comparing.definitions
        if not known or derived.wrt not in comparing.reached(comparing.definitions, derived.of):
            return ""
        statement, facts = judged.claim.statement, reading.facts
        here = symbols_in(facts, statement.chain.sides[1:])
        elsewhere = {
            symbol for other in facts.statements if other.place != statement.place
            for symbol in symbols_in(facts, other.chain.sides)
        }  # fmt: skip
        place = {(id(statement.equation), statement.chain.span)}
        for symbol in sorted(here - elsewhere - symbols_in(facts, statement.chain.sides[:1]), key=str):
            letters = {part.casefold() for part in (symbol.base, *symbol.base.split("_"))}
            plain = str(symbol).rstrip("'")
            if not reading.unknown.keys() & {plain, str(symbol)} and all(
                self.places[letter] <= place for letter in letters
            ):
                return str(symbol)
        return ""


def _letters(body: Syntax) -> Iterator[str]:
    """The letters of its names; of a run that may be a product each by itself as well."""
    for part in walk_syntax(body):
        if isinstance(part, Name):
            base = part.base.lstrip("\\")
            yield base
            yield from base if base.isalpha() and not part.base.startswith("\\") else ""


__all__ = ["Mentions"]
