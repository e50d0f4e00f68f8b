"""Derivatives as they are written: fractions with ∂ or d, and nabla."""

from __future__ import annotations

from soundness.cursor import Cursor
from soundness.declared import closing
from soundness.problems import MisfitError, UnreadError
from soundness.resolving import referenced
from soundness.trees import Derivative

ACCENTS = {r"\hat", r"\bar", r"\tilde", r"\mathbf", r"\mathcal", r"\mathbb", r"\vec", r"\dot", r"\widehat", r"\mathrm"}


def quotient(cursor: Cursor, begin: int) -> Derivative | None:
    """The derivative whose \\frac was taken, or None where it is a fraction of another kind."""
    start = cursor.at
    above, below = cursor.argument(), cursor.argument()
    mark = below[0]
    if mark not in (r"\partial", "d") or above[:1] != [mark] or below[1:2] == []:
        cursor.at = start
        return None
    above = above[1:]
    order = 1
    if above[:1] == ["^"]:
        order, above = int(above[1] if above[1] != "{" else above[2]), above[2 if above[1] != "{" else 4 :]
    if not above:  # what is derived stands after the fraction
        above = _argument_after(cursor)
    parts: list[list[str]] = []
    for key in below:
        if key == mark:
            parts.append([])
        else:
            parts[-1].append(key)
    if order > 1 and len(parts) == 1 and parts[0][-2:] == ["^", str(order)]:
        parts = [parts[0][:-2]] * order
    if len(parts) != order:
        raise MisfitError("a derivative of another order above than below")
    of, power, turned = referenced(above, cursor.names)
    if turned:
        raise UnreadError("a derivative of a transpose")
    by = [referenced(part, cursor.names) for part in parts]
    if any(exponent != 1 for _, exponent, _ in by):
        raise MisfitError("a derivative by a power")
    transposed = sum(turn for *_, turn in by) % 2 == 1 and order == 1
    return Derivative(cursor.span(begin), of, tuple(name for name, *_ in by), power, transposed)


def _argument_after(cursor: Cursor) -> list[str]:
    if cursor.key in ("(", "["):
        return cursor.argument()[1:-1]
    begin = cursor.at
    cursor.at = closing(cursor.keys, cursor.at)
    while cursor.key in ("_", "^"):
        cursor.take()
        cursor.argument()
    return cursor.keys[begin : cursor.at]


def nabla(cursor: Cursor) -> Derivative:
    begin, order, below = cursor.at, 1, []
    cursor.take(r"\nabla")
    while cursor.key in ("_", "^"):
        if cursor.take() == "_":
            below = cursor.argument()
        elif cursor.argument() == ["2"]:
            order = 2
        else:
            raise UnreadError("a power of nabla")
    if not below:
        raise UnreadError("a nabla without its variable")
    of, power, turned = referenced(_argument_after_name(cursor), cursor.names)
    by, exponent, _ = referenced(below, cursor.names)
    if turned or exponent != 1:
        raise MisfitError("a gradient by a power")
    return Derivative(cursor.span(begin), of, (by,) * order, power)


def _argument_after_name(cursor: Cursor) -> list[str]:
    """The keys of the name after a nabla, with the argument that it is declared with."""
    begin = cursor.at
    while cursor.key in ACCENTS:
        cursor.take()
    cursor.at = closing(cursor.keys, cursor.at)
    while cursor.key in ("_", "^"):
        cursor.take()
        cursor.argument()
    keys = cursor.keys[begin : cursor.at]
    for name in cursor.names.names:
        if name.argument and tuple(cursor.keys[cursor.at : cursor.at + len(name.argument)]) == name.argument:
            cursor.at += len(name.argument)
            return [*keys, *name.argument]
    return keys
