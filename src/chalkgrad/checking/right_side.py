"""What a wrong claim should have said: derived and written only when somebody asks, as marking a course need not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from chalkgrad.calculus import Derivation
from chalkgrad.language import Expression
from chalkgrad.writing.equations import write_expression


@dataclass(frozen=True)
class RightSide:
    """The derivative by the tensor called `name`; `spelled` are functions' LaTeX and how the document writes them."""

    derivation: Callable[[], Derivation]
    name: str
    spelled: tuple[tuple[str, str], ...] = ()

    @cached_property
    def expression(self) -> Expression:
        """The derivative in one formula."""
        return self.derivation().closed_form(self.name)

    @cached_property
    def latex(self) -> str:
        """The same as LaTeX in index form."""
        written = write_expression(self.expression, "sheet", "index", "latex", self.derivation().source)
        for ours, theirs in self.spelled:
            written = written.replace(ours, theirs)
        return written

    def spelling(self, ours: str, theirs: str) -> RightSide:
        """The same, with a function as the document writes it."""
        return replace(self, spelled=(*self.spelled, (ours, theirs)))
