"""Names that the user fixes: in the call, or in a block between `---` at the beginning of the document."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.reading.latex import read_latex
from chalkgrad.reading.scope import Scope, core, written
from chalkgrad.reading.syntax import Name

_BLOCK = re.compile(r"\A---[ \t]*\n(?P<lines>.*?)\n---[ \t]*\n", re.DOTALL)
_LET = re.compile(r"^let:[ \t]*(?P<pairs>[^\n]*)$", re.MULTILINE)


def fixed_in(text: str) -> dict[str, str]:
    """The names that the block at the beginning of a document fixes.

    >>> fixed_in("---\\nlet: out=z_2, net=z_1\\n---\\nText.")
    {'out': 'z_2', 'net': 'z_1'}
    """
    block = _BLOCK.match(text)
    pairs = [pair for line in _LET.finditer(block["lines"]) for pair in line["pairs"].split(",")] if block else []
    return {name.strip(): meant.strip() for name, _, meant in (pair.partition("=") for pair in pairs) if meant.strip()}


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
