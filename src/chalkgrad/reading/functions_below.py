r"""Functions that are named below a letter, `g_{\text{ReLU}}(z)`, `\sigma_{softmax}(z)`, as those functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import Group, Name, Product, Scripted, Syntax, Text, mapped

_WHOLE = frozenset(("softmax",))


def functions_below(part: Syntax) -> Syntax:
    """The part with each letter that is applied, and wears the name of a function, as that function."""
    return mapped(part, _named)


def _named(part: Syntax) -> Syntax:
    if not isinstance(part, Product):
        return part
    factors = list(part.factors)
    for place, factor in enumerate(factors[:-1]):
        if isinstance(factor, Name) and not part.operators[place + 1] and _is_argument(factors[place + 1]):
            spelled = _spelled(factor.subscripts)
            if spelled:
                factors[place] = replace(factor, base=spelled, subscripts=(), style="", accents=())
    return part if tuple(factors) == part.factors else replace(part, factors=tuple(factors))


def _is_argument(part: Syntax) -> bool:
    inner = part.base if isinstance(part, Scripted) else part
    return isinstance(inner, Group) and inner.bracket in ("(", "[")


def _spelled(below: Sequence[Syntax]) -> str:
    """The function whose name is all that stands below, or nothing."""
    match below:
        case (Text(content=word),) | (Name(base=word, subscripts=(), superscripts=()),):
            plain = word.strip().lstrip("\\").lower().replace("-", "")
            known = len(plain) > 2 and (plain in function_names() or plain in _WHOLE)
            return plain if known else ""
    return ""


__all__ = ["functions_below"]
