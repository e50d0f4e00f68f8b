"""Names that the user fixes: in the call, or in a block between `---` at the beginning of the document."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.page.syntax import Name
from chalkgrad.reading.latex import read_latex
from chalkgrad.reading.scope import Scope, core, written

_BLOCK = re.compile(r"\A---[ \t]*\n(?P<lines>.*?)\n---[ \t]*\n", re.DOTALL)
_LET = re.compile(r"^let:[ \t]*(?P<pairs>[^\n]*(?:\n[ \t]+[^\n]+)*)", re.MULTILINE)
_PAIR = re.compile(r"[ \t]*(?P<name>[^\s=:]+)[ \t]*[=:][ \t]*(?P<meant>\S[^\n]*)")


def fixed_in(text: str) -> dict[str, str]:
    """The names that the block at the beginning of a document fixes.

    They stand on one line with commas, or each on a line of its own that is indented.

    >>> fixed_in("---\\nlet: out=z_2, net=z_1\\n---\\nText.")
    {'out': 'z_2', 'net': 'z_1'}
    >>> fixed_in("---\\nlet:\\n  out: z_2\\n  net: z_1\\n---\\nText.")
    {'out': 'z_2', 'net': 'z_1'}
    """
    block = _BLOCK.match(text)
    several = _LET.finditer(block["lines"]) if block else ()
    pairs = [_PAIR.fullmatch(pair) for lines in several for pair in re.split(r"[,\n]", lines["pairs"])]
    return {pair["name"]: pair["meant"].strip() for pair in pairs if pair}


def setting_in(text: str, key: str) -> str | None:
    """What the block at the beginning of a document says after a key such as `model:`, None where it says nothing.

    >>> setting_in("---\\nmodel: 2-3-1 relu sigmoid bce\\n---\\nText.", "model")
    '2-3-1 relu sigmoid bce'
    """
    block = _BLOCK.match(text)
    lines = block["lines"].split("\n") if block else []
    found = (line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key)
    return next(filter(None, found), None)


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
