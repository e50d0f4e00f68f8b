r"""Conditions that hold for more than one equation: those in headings, and those that the text is under for a while."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chalkgrad.page.statement import Statement
from chalkgrad.page.syntax import Chain, Name, Number, Syntax
from chalkgrad.page.words import IF_ABROAD

_SUPPOSES = re.compile(
    rf"(?:\b(?:if|when|whenever|case|cases|suppose|assume|assuming|consider|for|{IF_ABROAD})\b"
    r"(?:\s+(?:where|when|in|which|that|the|we|have|any|all|every|each|another|other|class|classes))*"
    r"|[当若]|如果|情况)[\s:：,]*$",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(?:[-*+•]|\(?\w{1,4}[.):])?\s*(?:\*{1,2}|_{1,2})?")  # what may stand before a condition by itself
_HEADS = re.compile(r"\s*\)\s*(?:\*{1,2}|_{1,2})?\s*[:：]")  # "Other places ($i \ne j$): …"
_WHERE = re.compile(r"\bwhere\s*$", re.IGNORECASE)
_RESUMES = re.compile(
    r"\b(?:thus|therefore|hence|donc|ainsi|folglich|in general|generally|combin\w+|altogether|"
    r"in (?:summary|short|total)|both cases|overall|"
    r"putting|together|finally|now)\b|[综总]上?",
    re.IGNORECASE,
)


@dataclass
class Headed:
    r"""The conditions in headings, `### $i \ne j$`: each holds for the equations of its section."""

    section: str = ""
    found: list[Syntax] = field(default_factory=list)

    def takes(self, stated: Statement) -> bool:
        """Whether a statement is a condition in a heading, and not one of the equations."""
        section = stated.equation.section
        if stated.equation.latex not in section or not isinstance(stated.body, Chain):
            return False
        if not all(is_letter(side) or isinstance(side, Number) for side in stated.body.sides):
            return False
        if section != self.section:
            self.section, self.found = section, []
        for each in (stated.body, *stated.conditions):
            if each not in self.found:
                self.found.append(each)
        return True

    def conditions(self, stated: Statement) -> tuple[Syntax, ...]:
        return tuple(self.found) if stated.equation.section == self.section else ()


@dataclass
class Passing:
    r"""The condition that the text is under, "When $j \ne k$, …", for the equations of its section up to the next
    one.
    """

    section: str = ""
    condition: Syntax | None = None

    def takes(self, stated: Statement) -> bool:
        """Whether a statement is a condition by itself, and no equation."""
        body = stated.body
        if stated.continues or not isinstance(body, Chain) or not _compares(body):
            return False
        before = stated.equation.text_before
        letters = all(map(is_letter, body.sides))
        alone = letters and (stated.equation.display or _ITEM.fullmatch(before.strip()))
        if stated.equation.display and not alone:
            return False
        heads = letters and before.rstrip().endswith("(") and _HEADS.match(stated.equation.text_after) is not None
        if not _SUPPOSES.search(before) and not (letters and _WHERE.search(before)) and not alone and not heads:
            return False
        self.section, self.condition = stated.equation.section, body
        return True

    def conditions(self, stated: Statement) -> tuple[Syntax, ...]:
        """The condition, if it is in force where something is stated."""
        if stated.equation.section != self.section or _RESUMES.search(stated.equation.text_before):
            self.condition = None
        return (self.condition,) if self.condition is not None and not stated.conditions else ()


def _compares(chain: Chain) -> bool:
    """Whether a chain compares two indices, one of which may be the class of a sample."""
    if len(chain.sides) != 2 or chain.relations[0] not in ("=", "!="):
        return False
    names = [
        side
        for side in chain.sides
        if isinstance(side, Name) and not (side.superscripts or side.accents or side.primes)
    ]
    return len(names) == 2 and any(map(is_letter, names)) and all(len(name.subscripts) < 2 for name in names)


def is_letter(side: Syntax) -> bool:
    """Whether a side is a small letter by itself."""
    plain = isinstance(side, Name) and not (side.subscripts or side.superscripts or side.accents or side.primes)
    return plain and isinstance(side, Name) and len(side.base) == 1 and side.base.islower()


__all__ = ["Headed", "Passing", "is_letter"]
