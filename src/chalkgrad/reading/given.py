"""What the user says about a document besides it: what a name stands for, and the network that it leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.page.statement import Statement
from chalkgrad.page.syntax import Name, Syntax, mapped, walk_syntax
from chalkgrad.reading.latex import read_latex


def aliased(statements: Sequence[Statement], fixed: Mapping[str, str]) -> tuple[Statement, ...]:
    """The statements with each name that is fixed in the place of what it stands for.

    Raises `UnknownNameError` for what is nowhere in them.
    """
    known = {_key(part): None for each in statements for part in walk_syntax(each.body) if isinstance(part, Name)}
    meant = {}
    for name, other in fixed.items():
        one, stands_for = _name(name), _name(other)
        if _key(stands_for) not in known:
            raise UnknownNameError("name", other, [key for key in known if key.isascii()])
        meant[_key(one)] = stands_for

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and _key(part) in meant:
            other = meant[_key(part)]
            above = part.superscripts if other.superscripts else ()
            return replace(other, superscripts=(*other.superscripts, *(above or part.superscripts)), span=part.span,
                           primes=part.primes)  # fmt: skip
        return part

    return tuple(replace(each, body=mapped(each.body, change, scripts=False)) for each in statements)


def _key(name: Name) -> str:
    below = ",".join(_key(part) if isinstance(part, Name) else getattr(part, "text", "?") for part in name.subscripts)
    base = name.base.removeprefix("\\") + "".join(name.accents)
    return f"{base}_{below}" if below else base


def _name(text: str) -> Name:
    pieces = read_latex(text)
    if len(pieces) != 1 or not isinstance(pieces[0], Name):
        raise ReadingError(f"'{text}' is not a name", text=text, expected="a name such as z_2")
    return pieces[0]
