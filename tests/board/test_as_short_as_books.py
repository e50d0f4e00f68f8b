"""Results beside those of books: the same problem, the result as it stands there in our spelling, the marks of both.

L is the formula itself, as in ∂ det(X) = det(X) X⁻ᵀ; what else a result names is counted with its equation.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from chalkgrad.board.derivation import derive
from tokens import tokens

BOOKS = tomllib.loads((Path(__file__).parents[1] / "books.toml").read_text(encoding="utf-8"))["results"]
LONGER = {
    "logdet(X'*X)",
    "logdet(A*X)",
    "det(A*X*B)",
}  # no name for the pseudoinverse; A may be wide, which books exclude
IDS = [f"{text} by {wrt}" for text, wrt, _, _ in BOOKS]


def marks_of(text: str, wrt: str) -> tuple[int, str]:
    """How long our result is, with the equations of what it names, and how it reads."""
    gradient = derive(text, wrt=wrt)[wrt]
    named = [line for line in gradient.where("matrix") if not line.startswith(("L = ", "f = "))]
    written = gradient.unicode(form="matrix", closed=True).partition(" = ")[2]
    return sum(map(tokens, named)) + tokens(written), "; ".join([*named, written])


@pytest.mark.parametrize(("text", "wrt", "book", "source"), BOOKS, ids=IDS)
def test_a_result_is_as_short_as_in_the_book(text: str, wrt: str, book: str, source: str) -> None:
    own, written = marks_of(text, wrt)
    assert (own > tokens(book)) == (text in LONGER), f"{written} has {own} marks, {book} in {source} has {tokens(book)}"


def test_the_table_is_as_large_as_promised() -> None:
    assert len({(text, wrt) for text, wrt, _, _ in BOOKS}) >= 80


def test_marks_are_counted() -> None:
    assert [tokens(text) for text in ("2Aᵀ(Ax − b)", "X⁻ᵀ", "½‖x‖²", "softmax(x)", "diag(p) − ppᵀ")] == [8, 2, 4, 3, 7]
