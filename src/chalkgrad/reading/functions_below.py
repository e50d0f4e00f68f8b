r"""Functions that are named below a letter, `g_{\text{ReLU}}(z)`, `\sigma_{softmax}(z)`, as those functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import Group, Name, Product, Scripted, Syntax, Text, mapped, walk_syntax

_WHOLE = frozenset(("softmax",))


def functions_below(chains: Sequence[Syntax]) -> Callable[[Syntax], Syntax]:
    r"""What makes each letter of some equations that is applied, and wears the name of a function, that function.

    One that is applied to several things somewhere is none: the loss `\ell_{softmax}(z, y)` is only called after one.
    """
    losses = {
        (name.base, name.subscripts) for chain in chains for part in walk_syntax(chain)
        for name, group in _applied(part) if len(group.contents) > 1
    }  # fmt: skip

    def named(part: Syntax) -> Syntax:
        changed = {id(name): _spelled(name.subscripts) for name, _ in _applied(part)
                   if (name.base, name.subscripts) not in losses}  # fmt: skip
        if not isinstance(part, Product) or not any(changed.values()):
            return part
        factors = tuple(
            replace(factor, base=spelled, subscripts=(), style="", accents=())
            if isinstance(factor, Name) and (spelled := changed.get(id(factor)))
            else factor
            for factor in part.factors
        )
        return replace(part, factors=factors)

    return lambda part: mapped(part, named)


def _applied(part: Syntax) -> Iterator[tuple[Name, Group]]:
    """The names of a product that wear the name of a function, with the brackets after them."""
    if not isinstance(part, Product):
        return
    for place, factor in enumerate(part.factors[:-1]):
        follows = part.factors[place + 1]
        inner = follows.base if isinstance(follows, Scripted) else follows
        if isinstance(factor, Name) and not part.operators[place + 1] and _spelled(factor.subscripts):
            if isinstance(inner, Group) and inner.bracket in ("(", "["):
                yield factor, inner


def _spelled(below: Sequence[Syntax]) -> str:
    """The function whose name is all that stands below, or nothing."""
    match below:
        case (Text(content=word),) | (Name(base=word, subscripts=(), superscripts=()),):
            plain = word.strip().lstrip("\\").lower().replace("-", "")
            known = len(plain) > 2 and (plain in function_names() or plain in _WHOLE)
            return plain if known else ""
    return ""


__all__ = ["functions_below"]
