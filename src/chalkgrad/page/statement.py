"""One statement of a document, as it stands on the page."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Chain, Group, Name, Product, Syntax


@dataclass(frozen=True)
class Statement:
    r"""What stands there as one thing that may be true: mostly a `Chain`.

    `conditions` stand beside it (`i \ne j`, "for all i"), `notes` are words in or beside it, tags and the labels of
    braces. `lead` is what connects it with the one before in its display or sentence: "⇒", "⇔", "so", ",", "" for
    nothing. One that `continues` the statement before begins with a relation: its first side is `Text("")`.
    One that breaks off after a relation, to go on in the next display, tells it as `breaks_off`.
    `guesses` are sentences about what was not known and how it was taken.
    """

    body: Syntax
    equation: WrittenEquation
    conditions: tuple[Syntax, ...] = ()
    notes: tuple[str, ...] = ()
    lead: str = ""
    continues: bool = False
    guesses: tuple[str, ...] = ()
    breaks_off: str = ""

    @property
    def names(self) -> tuple[Name, ...]:
        """The names that it is about as a piece of a sentence: of an equation what stands on its left."""
        body = self.body.sides[0] if isinstance(self.body, Chain) else self.body
        if isinstance(body, Name):
            return (body,)
        if isinstance(body, Group) and body.bracket == "":
            return tuple(part for part in body.contents if isinstance(part, Name))
        if isinstance(body, Product) and len(body.factors) == 1 and isinstance(body.factors[0], Name):
            return (body.factors[0],)
        return ()
