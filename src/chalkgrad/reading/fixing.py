"""Names that the user fixes, in the scope of the old reading."""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.page.front_matter import fixed_in, setting_in
from chalkgrad.page.syntax import Name
from chalkgrad.reading.latex import read_latex
from chalkgrad.reading.scope import Scope, core, written

__all__ = ["fix_names", "fixed_in", "setting_in"]


def fix_names(scope: Scope, fixed: Mapping[str, str]) -> None:
    """Makes each name stand for what it is fixed to. Raises `UnknownNameError` where that is not known."""
    for name, meant in fixed.items():
        found = scope.resolve(_name(meant))
        if found is None or found.indices not in (None, ()):
            raise UnknownNameError("name", meant, (*scope.tensors, *scope.elements))
        left = _name(name)
        scope.guesses.pop(core(left), None)
        scope.tensors[written(left)] = found.tensor


def _name(text: str) -> Name:
    pieces = read_latex(text)
    if len(pieces) != 1 or not isinstance(pieces[0], Name):
        raise ReadingError(f"'{text}' is not a name", text=text, expected="a name such as z_2")
    return pieces[0]
