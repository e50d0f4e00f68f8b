r"""The equations of LaTeX maths in the way of the first readers: strict, and one error for the whole of a display.

New readers take `page/statements.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lark import Token

from chalkgrad.errors import ReadingError, nearest
from chalkgrad.page.derivatives import derivative_of_fraction, joined
from chalkgrad.page.latex import parsed, tokens_of
from chalkgrad.page.latex_commands import KNOWN
from chalkgrad.page.latex_environments import known_environments
from chalkgrad.page.latex_scanner import Tokens, error_at
from chalkgrad.page.macros import Macros
from chalkgrad.page.syntax import Cases, Chain, Fraction, Product, Syntax, Text, mapped

_AS_EQUAL = dict.fromkeys(("=!", "=?", ":=", "≡", "≜"), "=")
_UNKNOWN_COMMAND = re.compile(r"the command \\(?P<name>[A-Za-z]+) is not known")
_UNKNOWN_ENVIRONMENT = re.compile(r"the environment '(?P<name>.*)' is not known", re.DOTALL)
_LONE_BARS = ("|", "∥")


def read_latex(text: str) -> tuple[Syntax, ...]:
    r"""The equations (or other pieces) of LaTeX maths, as syntax.

    Equations are parted by `\\`, a comma, a semicolon, a full stop or a wide space between things that both have a
    relation; a row that begins with a relation or a sign continues the one before. Raises `ReadingError`.

    >>> equation, = read_latex(r"\frac{\partial L}{\partial v_i} = (\hat y - y) h_i")
    >>> equation.sides[0]
    Derivative(numerator=Name(base='L', ...), denominators=(Name(base='v', subscripts=(Name(base='i', ...
    """
    found = list(equations_in(text))
    for equation in found:
        if isinstance(equation, ReadingError):
            raise equation
    return tuple(equation for equation in found if not isinstance(equation, ReadingError))


def equations_in(text: str, macros: Macros | None = None) -> Iterator[Syntax | ReadingError]:
    """The equations of a piece of LaTeX, and in place of each that cannot be read the error that says why.

    The writer's own commands are expanded; places are those in the text as it is written.
    """
    try:
        found = tokens_of(text, macros)
    except ReadingError as problem:
        yield problem
        return
    first = _first_problem(found, text)
    if first is not None:
        yield first
        return
    pieces = list(_pieces([token for token in found.tokens if token.type not in ("NOTE", "ALIGN")]))
    if not pieces:
        yield ReadingError("there is nothing to read", text=text, expected="an equation")
    for piece in pieces:
        if piece[0].type == "RELATION" and not any(token.type == "RELATION" for token in piece[1:]):
            span = piece[0].start_pos or 0
            sides = "something on both sides of it"
            yield error_at(f"the relation {piece[0]} has a side only", span, text, sides)
            continue
        leads = piece[0].type == "RELATION"
        try:
            chain = mapped(parsed(piece[leads:], text), _as_before)
            if leads and isinstance(chain, Chain):
                chain = replace(chain, relations=(str(piece[0]), *chain.relations))
            yield chain
        except ReadingError as problem:
            yield problem


def _first_problem(found: Tokens, text: str) -> ReadingError | None:
    """The first thing that these readers do not take."""
    remark = next((remark for remark in found.remarks if remark.kind != "note"), None)
    if remark is not None:
        return replace(remark, expected=remark.expected or _nearest(remark.text)).error(text)
    for token in found.tokens:
        if token.type == "AT" or (token.type == "RELATION" and token in _LONE_BARS) or token in ("±", "∓"):
            return error_at(f"unexpected '{token}'", token.start_pos or 0, text)
        if token.type == "WORD" and token in (r"\sum", r"\prod"):
            return error_at("the sum has no body", token.start_pos or 0, text, "what is summed")
    return None


def _nearest(unknown: str) -> str:
    """The known command or environment that is nearest to the one which a remark says is not known."""
    if found := _UNKNOWN_COMMAND.fullmatch(unknown):
        near = nearest(found["name"], KNOWN)
        return f"\\{near}" if near else ""
    found = _UNKNOWN_ENVIRONMENT.fullmatch(unknown)
    return (nearest(found["name"], known_environments()) or "cases") if found else ""


def _as_before(part: Syntax) -> Syntax:
    """A part in the spelling of the first readers: every kind of "=" is one, and a derivative is a fraction."""
    match part:
        case Fraction(numerator=above, denominator=below, span=span):
            return derivative_of_fraction(above, below, span) or part
        case Chain(relations=relations):
            return replace(part, relations=tuple(_AS_EQUAL.get(relation, relation) for relation in relations))
        case Cases(rows=rows):
            return replace(part, rows=tuple((value, at and _without_prose(at)) for value, at in rows))
    return part


def _pieces(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens of one equation after the other."""
    piece: list[Token] = []
    depth = rows = 0
    for place, token in enumerate(tokens):
        depth += {"OPEN": 1, "BEGIN": 1, "CLOSE": -1, "END": -1}.get(token.type, 0)
        rows += {"CASES": 1, "END_CASES": -1}.get(token.type, 0)
        if token.type == "BREAK" and (depth or rows):
            continue
        if token.type == "NEXT_ROW" and not rows:
            if not depth and _may_end(piece, tokens, place + 1):
                yield piece
                piece = []
            continue
        parts = token.type in ("BREAK", "TEXT") or (token.type == "COMMA" and not depth and not rows)
        if parts and not depth and not rows:
            if _may_end(piece, tokens, place + 1):
                yield piece
                piece = []
            elif token.type == "COMMA" and place + 1 < len(tokens) and piece:
                piece.append(token)
            continue
        piece.append(token)
    while piece and piece[-1].type == "COMMA":
        piece.pop()
    if piece:
        yield piece


def _may_end(piece: list[Token], tokens: list[Token], place: int) -> bool:
    """Whether an equation may end between the two: nothing is left hanging, and what follows does not go on."""
    if not piece or piece[-1].type in ("SIGN", "OPERATOR", "RELATION", "COMMA"):
        return False
    rest = (tokens[at] for at in range(place, len(tokens)))
    following = next((token for token in rest if token.type not in ("BREAK", "NEXT_ROW", "NEXT_COLUMN")), None)
    return following is None or following.type not in ("SIGN", "OPERATOR", "RELATION")


def _without_prose(condition: Syntax) -> Syntax | None:
    r"""The condition of a case without the words around it: `\text{if } z > 0`."""
    match condition:
        case Text():
            return None
        case Product(factors=factors):
            kept = [factor for factor in factors if not isinstance(factor, Text)]
            return joined(kept) if kept else None
        case Chain(relations=relations, sides=sides, span=span):
            bare = [_without_prose(side) for side in sides]
            return Chain(relations, tuple(side for side in bare if side is not None), span) if all(bare) else None
    return condition
