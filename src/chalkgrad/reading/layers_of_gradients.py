r"""Gradients by values whose layer only the rest of the equation tells: the a of `\delta^L = \nabla_a C \odot f'(z^L)`.

A section in which every other a wears its layer speaks of no a without one: `\nabla_a` there is `\nabla_{a^L}`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from chalkgrad.page.syntax import Chain, Name, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of, is_transpose

_Marks: TypeAlias = "tuple[Syntax, ...]"


def with_layers_of_gradients(statements: Sequence[Statement]) -> list[Statement]:
    """The equations, where the values by which gradients are taken wear their layers as all others of their section."""
    worn: dict[tuple[str, str], set[_Marks]] = defaultdict(set)
    for statement in statements:
        for name, below in _names(statement.chain):
            if not below:
                worn[statement.equation.section, base_of(name)].add(_marks(name))
    layered = {key for key, marks in worn.items() if () not in marks}
    return [
        replace(statement, chain=_with_layers(
            statement.chain, frozenset(base for section, base in layered if section == statement.equation.section)))
        for statement in statements
    ]  # fmt: skip


def _with_layers(chain: Chain, layered: frozenset[str]) -> Chain:
    def change(inner: Syntax) -> Syntax:
        if not isinstance(inner, Name) or not _is_gradient(inner):
            return inner
        by = inner.subscripts[0]
        assert isinstance(by, Name)
        marks = _layer(chain, base_of(by)) if base_of(by) in layered and not by.superscripts else ()
        return replace(inner, subscripts=(replace(by, superscripts=marks),)) if marks else inner

    return mapped_chain(chain, change)


def _layer(chain: Chain, base: str) -> _Marks:
    """The layer that an equation is about: that of its own values of the name, else of its left side, or of all."""
    own = {_marks(name) for name, below in _names(chain) if not below and base_of(name) == base}
    left = {_marks(name) for name, below in _names(chain.sides[0]) if not below} - {()}
    every = {_marks(name) for name, below in _names(chain) if not below} - {()}
    return next((next(iter(found)) for found in (own, left, every) if len(found) == 1), ())


def _names(part: Syntax) -> Iterator[tuple[Name, bool]]:
    """The names of a part that stand for quantities, and whether one only says by what a gradient is taken."""
    scripts = {
        id(inner): _is_gradient(each) and each.subscripts[0] is inner
        for each in walk_syntax(part) if isinstance(each, Name)
        for script in (*each.subscripts, *each.superscripts) for inner in walk_syntax(script)
    }  # fmt: skip
    for each in walk_syntax(part):
        if isinstance(each, Name) and each.base != r"\nabla":
            below = scripts.get(id(each))
            if below is None or below:
                yield each, bool(below)


def _is_gradient(name: Name) -> bool:
    return name.base == r"\nabla" and len(name.subscripts) == 1 and isinstance(name.subscripts[0], Name)


def _marks(name: Name) -> _Marks:
    return tuple(part for part in name.superscripts if not is_transpose(part))


__all__ = ["with_layers_of_gradients"]
