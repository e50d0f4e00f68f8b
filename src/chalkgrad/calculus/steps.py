"""The lines of a derivation."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.language import Element, Expression


@dataclass(frozen=True)
class Step:
    """One line of a derivation: by which rule the right side of `subject = …` went from `before` to `after`."""

    subject: Element
    rule: str
    before: Expression
    after: Expression


@dataclass(frozen=True)
class Factor:
    """One link of the chain rule: the derivative of one element by another, as the rules give it and worked out."""

    of: Element
    wrt: Element
    raw: Expression
    value: Expression
