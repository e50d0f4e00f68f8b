"""Names that the writer introduces, and what they may have been meant to stand for where that cannot be read."""

from __future__ import annotations

from chalkgrad.errors import ReadingError
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import BigOperator, Chain, Name, Syntax, walk_syntax
from chalkgrad.reading.claims import Link, Refit, refit_of
from chalkgrad.reading.own_names import Introduced, introduce, make_known, stands_for
from chalkgrad.reading.refitting import variants
from chalkgrad.reading.scope import Scope


def introduced_or_meant(
    left: Name, side: Syntax, scope: Scope, equation: WrittenEquation, inner: Name | None
) -> tuple[Introduced, ReadingError | None, tuple[Refit, ...]]:
    """What a name of the writer's stands for; where that cannot be read, what it may have been meant to be."""
    try:
        return introduce(left, side, scope, equation.latex), None, ()
    except ReadingError as error:
        problem = error
    about = scope.resolve(inner) if inner is not None else None
    found: list[tuple[Introduced, Refit]] = []
    for variant in variants(side, loose=_loose_letters(left, side)):
        try:
            introduced = stands_for(left, variant.syntax, scope, equation.latex)
        except ReadingError:
            continue
        own = introduced.definition
        if about is None or sorted(map(str, own.tensor.shape)) == sorted(map(str, about.tensor.shape)):
            link = Link(variant.syntax, (), own.body, own.indices, written=introduced.written)
            found.append((introduced, refit_of(variant, link, scope, equation)))
    if not found:
        raise problem
    make_known(found[0][0], scope)
    return found[0][0], problem, tuple(refit for _, refit in found)


def _loose_letters(left: Name, side: Syntax) -> tuple[str, ...]:
    """The letters that are indices on the right and not on the left."""
    names = [part for part in walk_syntax(side) if isinstance(part, Name)]
    known = {*_letters(left.subscripts)}
    for part in walk_syntax(side):
        if isinstance(part, BigOperator):
            firsts = (below.sides[0] if isinstance(below, Chain) else below for below in part.subscripts)
            known |= set(_letters(tuple(firsts)))
    used = dict.fromkeys(letter for name in names for letter in _letters(name.subscripts))
    return tuple(letter for letter in used if letter not in known)


def _letters(scripts: tuple[Syntax, ...]) -> list[str]:
    runs = (part.base for part in scripts if isinstance(part, Name) and part.base.isalpha())
    return [letter for run in runs for letter in run]
