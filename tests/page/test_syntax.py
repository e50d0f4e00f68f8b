"""The one traversal: every kind of syntax gives its parts and takes others in their places."""

from __future__ import annotations

from typing import get_args

import pytest

from chalkgrad.errors import ReadingError
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Cases,
    Chain,
    Derivative,
    Dots,
    Evaluated,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Root,
    Scripted,
    Syntax,
    Text,
    Unread,
    mapped,
    parts,
    walk_syntax,
    with_parts,
)

A, B, C, D = map(Name, "abcd")
KINDS: list[tuple[Syntax, int]] = [
    (Number("1"), 0),
    (A, 0),
    (Name("x", (A, B), (C,)), 3),
    (Scripted(A, (B,), (C, D)), 4),
    (Group("(", (A, B)), 2),
    (Fraction(A, B), 2),
    (Derivative(A, (B, C)), 3),
    (Derivative(None, (B,)), 1),
    (Evaluated(A, (B, C)), 3),
    (Root(A), 1),
    (Root(A, B), 2),
    (Addition((1, -1), (A, B)), 2),
    (Product(("", "/"), (A, B)), 2),
    (BigOperator("sum", (A,), (B,), C), 3),
    (BigOperator("sum", (), (), C), 1),
    (Cases(((A, B), (C, None))), 3),
    (Chain(("=",), (A, B)), 2),
    (Text("so"), 0),
    (Unread(ReadingError("no")), 0),
    (Dots(), 0),
]


def test_every_kind_is_looked_at() -> None:
    assert {type(syntax) for syntax, _ in KINDS} == set(get_args(Syntax))


@pytest.mark.parametrize(("syntax", "count"), KINDS, ids=lambda each: type(each).__name__)
def test_parts_are_put_back_in_their_places(syntax: Syntax, count: int) -> None:
    inner = parts(syntax)
    assert len(inner) == count
    assert with_parts(syntax, inner) == syntax
    if count:
        others = tuple(Name(f"other{place}") for place in range(count))
        assert parts(with_parts(syntax, others)) == others


@pytest.mark.parametrize(("syntax", "count"), KINDS, ids=lambda each: type(each).__name__)
def test_a_change_reaches_every_part(syntax: Syntax, count: int) -> None:
    def change(part: Syntax) -> Syntax:
        return Name("z") if part in (A, B, C, D) else part

    assert all(part not in (A, B, C, D) for part in walk_syntax(mapped(syntax, change)))


def test_scripts_can_be_left_alone() -> None:
    syntax = Product(
        ("", ""),
        (
            Name("x", (A,)),
            Scripted(A, (A,)),
        ),
    )
    changed = mapped(syntax, lambda part: B if part == A else part, scripts=False)
    assert changed == Product(("", ""), (Name("x", (A,)), Scripted(B, (A,))))


def test_what_does_not_change_stays_the_same_object() -> None:
    syntax = Product(("", ""), (Fraction(A, B), C))
    assert mapped(syntax, lambda part: part) is syntax
