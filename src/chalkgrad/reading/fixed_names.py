"""Names that a document or its reader fixes to others: `out=z_2` says that its out is its z_2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.page.documents import Document, WrittenEquation
from chalkgrad.page.statements import stated_in
from chalkgrad.page.syntax import Name, Number, Syntax, mapped_chain
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.vocabulary import quantities


def with_fixed_names(statements: Sequence[Statement], fixed: Mapping[str, str]) -> list[Statement]:
    """The statements with each fixed name in the place of what it stands for.

    Raises `ReadingError` for what is no name, and `UnknownNameError` where nothing in the document has the name that is
    meant.
    """
    changes = [(_name(name), _name(meant), meant) for name, meant in fixed.items()]
    for _, meant, text in changes:
        if not any(_begins(each, meant) for each in _names(statements)):
            known = dict.fromkeys(_spelled(each) for each in _names(statements))
            raise UnknownNameError("name", text, list(known)[:40])

    def change(part: Syntax) -> Syntax:
        for name, meant, _ in changes:
            if isinstance(part, Name) and _begins(part, name):
                subscripts = (*meant.subscripts, *part.subscripts[len(name.subscripts) :])
                superscripts = (*meant.superscripts, *part.superscripts[len(name.superscripts) :])
                return replace(meant, subscripts=subscripts, superscripts=superscripts, span=part.span)
        return part

    if not changes:
        return list(statements)
    return [replace(each, chain=mapped_chain(each.chain, change, scripts=False)) for each in statements]


def _names(statements: Iterable[Statement]) -> list[Name]:
    return [name for statement in statements for name in quantities(statement.chain)]


def _begins(part: Name, name: Name) -> bool:
    """Whether a name is the given one, perhaps with more that hangs on it."""
    same = (part.base, part.accents, part.primes) == (name.base, name.accents, name.primes)
    below, above = part.subscripts[: len(name.subscripts)], part.superscripts[: len(name.superscripts)]
    return same and below == name.subscripts and above == name.superscripts


def _spelled(name: Name) -> str:
    letters = name.base.lstrip("\\") + "'" * name.primes
    below = "".join(each.text for each in name.subscripts if isinstance(each, Number))
    return f"{letters}_{below}" if below else letters


def _name(text: str) -> Name:
    equation = WrittenEquation(text, 1, 1)
    stated = list(stated_in(equation, Document((equation,), "")))
    if len(stated) != 1 or not isinstance(stated[0].body, Name):
        raise ReadingError(f"'{text}' is not a name", text=text, expected="a name such as z_2")
    return stated[0].body
