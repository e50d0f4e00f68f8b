r"""LaTeX maths to syntax: what stands where on the page, and no meaning yet.

The grammar is in `latex.lark`; its words come from `latex_tokens.py`, its trees go to `latex_trees.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from chalkgrad.errors import ReadingError
from chalkgrad.page.latex_scanner import Tokens, error_at
from chalkgrad.page.latex_tokens import latex_tokens
from chalkgrad.page.latex_trees import SyntaxBuilder
from chalkgrad.page.macros import Macros
from chalkgrad.page.syntax import Syntax

_EXPECTED = {
    "CLOSE": "a closing bracket",
    "END": "}",
    "RELATION": "=",
    "SIGN": "+ or -",
    "BEGIN": "{",
    "END_CASES": r"\end{cases}",
    "COMMA": "a comma",
}


def tokens_of(text: str, macros: Macros | None = None) -> Tokens:
    """The tokens of a piece of LaTeX after the writer's own commands are expanded, with places in what was written.

    Raises `ReadingError` where the commands do not end, and for a text that is too long.
    """
    expanded, origins = macros.expanded(text) if macros is not None else (text, [])
    tokens = latex_tokens(expanded)
    return tokens if expanded == text else tokens.moved(origins, len(text))


def parsed(tokens: Sequence[Token], text: str) -> Syntax:
    """The syntax of tokens that the grammar takes as one. Raises `ReadingError` for any others."""
    try:
        tree = _parser().parse(_Tokens(tokens))
    except UnexpectedInput as problem:
        raise _unexpected(problem, tokens, text) from None
    return SyntaxBuilder(text).build(tree)


class _GivenTokens(Lexer):
    """The lexer that lark asks for, when the tokens are made beforehand."""

    def __init__(self, configuration: object) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]
        yield from data.tokens


class _Tokens:
    """Tokens in the place of text."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens


@cache
def _parser() -> Lark:
    grammar = files("chalkgrad.page").joinpath("latex.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start="chain", lexer=_GivenTokens)


def _unexpected(problem: UnexpectedInput, tokens: Sequence[Token], text: str) -> ReadingError:
    accepted = set(problem.accepts or problem.expected) if isinstance(problem, UnexpectedToken) else set()
    if {"NUMBER", "WORD"} <= accepted and "SIGN" not in accepted - {"SIGN"}:
        expected = "a number, a name or a bracket"
    else:
        expected = " or ".join(sorted({_EXPECTED[name] for name in accepted if name in _EXPECTED}))
    token = problem.token if isinstance(problem, UnexpectedToken) else None
    if token is None or token.type == "$END":
        return error_at("it ends too early", tokens[-1].end_pos or 0, text, expected)
    return error_at(f"unexpected '{token}'", token.start_pos or 0, text, expected)
