"""Letters that words call the softmax: "where σ is the softmax function"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.syntax import Chain, Group, Name, Product, walk_syntax
from chalkgrad.reading.scripts import base_of

_FUNCTION = r"(?:\s+(?:function|activation(?:\s+function)?|operator|transformation|map(?:ping)?))"
_AFTER = re.compile(
    r"^\W*(?:here\s+|now\s+)?(?:is|are|denotes?|represents?|being|means?|stands\s+for|to\s+(?:indicate|denote|represent|"
    r"mean)|for|as)\s+(?:here\s+|now\s+|simply\s+)?(?:the\s+|an?\s+|our\s+)?(?:[\w-]+\s+)?(soft-?max|sigmoid|logistic)"
    rf"(?:$|{_FUNCTION}|\W*[.,;)]|\s+(?:and|with|over|activation))",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\b(?:sigmoid|logistic|tanh|re-?lu)\b", re.IGNORECASE)
_BEFORE = re.compile(rf"\b(soft-?max|sigmoid|logistic){_FUNCTION}\W*$", re.IGNORECASE)


def called_softmax(stated: Sequence[Stated], prose: str) -> dict[str, set[str]]:
    """The letters of functions that the words beside them call the softmax, and never another function, each with the
    sections in which it is one: none where it is one everywhere, as nothing else is spoken of.
    """
    words: dict[str, set[str]] = {}
    sections: dict[str, set[str]] = {}
    applied = {base for each in stated for base in _applied(each)}
    for place, each in enumerate(stated):
        name = _function(each)
        if name is None or base_of(name) not in applied:
            continue
        following = stated[place + 1].equation.text_before if place + 1 < len(stated) else each.equation.text_after
        said = _AFTER.match(following[:80]) or _BEFORE.search(each.equation.text_before[-60:])
        if said is not None:
            words.setdefault(base_of(name), set()).add(said[1].lower().replace("-", ""))
            sections.setdefault(base_of(name), set()).add(each.equation.section)
    only = _OTHER.search(prose) is None
    return {base: set() if only else sections[base] for base, said_ in words.items() if said_ == {"softmax"}}


def _function(stated: Stated) -> Name | None:
    r"""The name that stands by itself, or with its argument: `\sigma`, `\sigma(z)`."""
    match stated.body:
        case Name() as name:
            return name if not (name.subscripts or name.superscripts) else None
        case Product(factors=(Name() as name, Group(bracket="("))):
            return name if not (name.subscripts or name.superscripts) else None
    return None


def _applied(stated: Stated) -> Iterator[str]:
    """The names in an equation that stand before brackets."""
    for part in walk_syntax(stated.body) if isinstance(stated.body, Chain) else ():
        if isinstance(part, Product):
            for name, group in zip(part.factors, part.factors[1:], strict=False):
                if isinstance(name, Name) and isinstance(group, Group) and group.bracket == "(":
                    yield base_of(name)


__all__ = ["called_softmax"]
