"""What a wrong claim should have said: derived and written only when somebody asks, as marking a course need not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from chalkgrad.calculus import Derivation
from chalkgrad.checking.truth import Target
from chalkgrad.checking.words import is_written
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Tensor,
    as_index,
    bound_axes,
    bound_by,
    rebuild,
    substitute_axes,
    substitute_elements,
    walk,
    with_bound_renamed,
)
from chalkgrad.language import replace as replaced
from chalkgrad.reading.scripts import MEANINGS
from chalkgrad.writing.equations import write_expression

_LETTERS = "ijklmnpqrst"


@dataclass(frozen=True)
class RightSide:
    """The derivative by the tensor called `name` at the indices of the target; `spelled` are functions' LaTeX and how
    the document writes them. `inside` is the formula that a tensor without a name stands for, as the x of `f'(x)`.
    """

    derivation: Callable[[], Derivation]
    name: str
    target: Target
    spelled: tuple[tuple[str, str], ...] = ()
    inside: Definition | None = None

    @cached_property
    def expression(self) -> Expression:
        """The derivative in one formula."""
        derived = self.derivation()
        moved = dict(zip(derived.definition(self.name).indices, self.target.indices, strict=True))
        closed = substitute_axes(derived.closed_form(self.name), moved)
        if self.inside is not None:
            held = {each: (self.inside.indices, self.inside.body) for each in closed.tensors if each.name == self.name}
            closed = substitute_elements(closed, held)
        return with_letters(_in_plain_letters(closed))

    @cached_property
    def latex(self) -> str:
        """The same as LaTeX: in matrix form where the claim has no indices, else in index form.

        Nothing where it rests on a formula for which the writer has no name.
        """
        if any("(" in tensor.name for tensor in self.expression.tensors):
            return ""
        source = self.derivation().source
        written = ""
        if not any(is_written(axis) for axis in self.target.axes):
            try:
                written = write_expression(self.expression, "sheet", "matrix", "latex", source)
            except (ChalkgradError, KeyError, ValueError):
                written = ""
        written = written or write_expression(self.expression, "sheet", "index", "latex", source)
        for ours, theirs in self.spelled:
            written = written.replace(ours, theirs)
        return written

    def spelling(self, ours: str, theirs: str) -> RightSide:
        """The same, with a function as the document writes it."""
        return replace(self, spelled=(*self.spelled, (ours, theirs)))


def _in_plain_letters(expression: Expression) -> Expression:
    """The expression with letters of several meanings as the writer has them."""
    plain = {}
    for node in walk(expression):
        if isinstance(node, Element) and MEANINGS.search(node.tensor.name):
            old = node.tensor
            name = MEANINGS.sub("", old.name)
            tensor = Tensor(name, old.axes, old.role, old.of, old.wrt, old.symmetric, old.orthogonal)
            plain[node.identity] = tensor[node.indices]
    return replaced(expression, plain) if plain else expression


def with_letters(expression: Expression) -> Expression:
    """The expression with a letter for each index that has none yet.

    >>> from chalkgrad.language import Sum, Tensor
    >>> a = Axis("a1", 3)
    >>> str(with_letters(Sum(Tensor("x", (a,))[a], a)))
    'sum(i, x[i])'
    """
    every = bound_axes(expression) | expression.free
    taken = {axis.name for axis in every}
    letters = (letter for letter in _LETTERS if letter not in taken)
    new: dict[Axis, Axis] = {}
    for axis in sorted(every, key=lambda axis: axis.name):
        if not is_written(axis):
            new[axis] = Axis(next(letters, axis.name), axis.size)
    return _renamed(expression, new)


def _renamed(node: Expression, new: dict[Axis, Axis]) -> Expression:
    renamed = {axis: new[axis] for axis in bound_by(node) if axis in new}
    if renamed:
        rest = {old: axis for old, axis in new.items() if old not in renamed}
        moved = {axis: as_index(new[axis]) for axis in node.free if axis in rest}
        inner = with_bound_renamed(substitute_axes(node, moved), renamed)
        return rebuild(inner, lambda child: _renamed(child, new))
    moved = {axis: as_index(new[axis]) for axis in node.free if axis in new}
    if moved:
        return _renamed(substitute_axes(node, moved), new)
    return rebuild(node, lambda child: _renamed(child, new))
