r"""Transposes under another mark than T: `(W x)^t` and `(W x)^{Tr}` where the mark stands for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import BigOperator, Chain, Group, Name, Product, Scripted, Syntax, mapped, walk_syntax

MARKS = ("t", "Tr", "tr", r"\tr", r"\Tr")


def other_transposes(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What turns such a mark of some equations into `\top`.

    It says so where something in brackets wears it, and where it never stands below a name, by itself, in brackets
    or with something added to it: there it counts steps. By itself it may stand, as a target, where it is above nothing
    but capitals and brackets around one.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> (chain,) = [each.body for each in statements_in(read_document("$$y = (W x)^t b$$"))]
    >>> [part.base for part in walk_syntax(other_transposes([chain])(chain)) if isinstance(part, Name)]
    ['y', 'W', 'x', '\\top', 'b']
    """
    marks = {mark for mark in MARKS if _turns(mark, chains)}

    def turned(part: Syntax) -> Syntax:
        return Name(r"\top", span=part.span) if isinstance(part, Name) and part.base in marks else part

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name | Scripted) and part.superscripts:
            above = tuple(
                replace(each, factors=tuple(map(turned, each.factors))) if isinstance(each, Product) else turned(each)
                for each in part.superscripts
            )
            return replace(part, superscripts=above)
        return part

    return (lambda syntax: mapped(syntax, change)) if marks else (lambda syntax: syntax)


def _turns(mark: str, chains: Sequence[Chain]) -> bool:
    bracketed, worn, standing, capital, counts, placed, apart = False, 0, 0, True, False, False, False
    for part in (part for chain in chains for part in walk_syntax(chain)):
        if isinstance(part, Name) and part.base == mark:
            standing += 1
            counts, placed = counts or bool(part.superscripts), placed or bool(part.subscripts)
        elif isinstance(part, BigOperator):
            counts = counts or any(_is(each, mark) for below in part.subscripts for each in walk_syntax(below))
        elif isinstance(part, Name | Scripted):
            marked = sum(_is(each, mark) for each in _above(part))
            worn += marked
            bracketed = bracketed or (marked > 0 and isinstance(part, Scripted) and isinstance(part.base, Group))
            capital = capital and (marked == 0 or _is_capital(part))
            apart = apart or (marked > 0 and isinstance(part, Scripted) and _is_capital(part) and _is_marked(part.base))
            scripts = (*part.subscripts, *(each for each in part.superscripts if not _is(each, mark)))
            counts = counts or any(_is(each, mark) for script in scripts for each in walk_syntax(script))
    as_target = not counts and worn >= standing - worn and (apart or (capital and not placed))
    return bracketed and (standing == worn or as_target)


def _is_capital(part: Name | Scripted) -> bool:
    """Whether a part is a capital, or brackets around nothing but one."""
    if isinstance(part, Name):
        return part.base[:1].isupper()
    inner = part.base.contents if isinstance(part.base, Group) else ()
    return len(inner) == 1 and isinstance(inner[0], Name) and inner[0].base[:1].isupper()


def _is_marked(base: Syntax) -> bool:
    """Whether brackets stand around a name that has a mark above it."""
    return isinstance(base, Group) and any(isinstance(each, Name) and each.superscripts for each in base.contents)


def _above(part: Name | Scripted) -> Iterator[Syntax]:
    """The marks above a part, those that stand side by side one by one."""
    for each in part.superscripts:
        yield from each.factors if isinstance(each, Product) else (each,)


def _is(part: Syntax, mark: str) -> bool:
    return isinstance(part, Name) and part.base == mark and not (part.subscripts or part.superscripts or part.primes)


__all__ = ["other_transposes"]
