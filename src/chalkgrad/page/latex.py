r"""LaTeX maths to syntax: what stands where on the page. What it means is decided in `meaning.py`.

The grammar is in `latex.lark`; its words come from `latex_tokens.py`. Trees are worked through without recursion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from chalkgrad.errors import ReadingError
from chalkgrad.page.derivatives import derivative_of_fraction, joined
from chalkgrad.page.latex_tokens import DEEPEST_LATEX, latex_tokens
from chalkgrad.page.macros import Macros, replaced
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Cases,
    Chain,
    Dots,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Root,
    Scripted,
    Span,
    Syntax,
    Text,
)

Branch: TypeAlias = Any  # a lark Tree, whose children lark leaves untyped

_MOST_PRIMES = 10
_EXPECTED = {
    "CLOSE": "a closing bracket",
    "END": "}",
    "RELATION": "=",
    "SIGN": "+ or -",
    "BEGIN": "{",
    "END_CASES": r"\end{cases}",
    "COMMA": "a comma",
}
_STYLED = re.compile(r"\\(math\w+|\w+)\{(\w+)\}")


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
        expanded, origins = macros.expanded(text) if macros is not None else (text, [])
        tokens = latex_tokens(expanded)
        if expanded != text:
            tokens = replaced(tokens, origins, text)
    except ReadingError as problem:
        yield problem
        return
    pieces = list(_pieces(tokens))
    if not pieces:
        yield ReadingError("there is nothing to read", text=text, expected="an equation")
    for piece in pieces:
        try:
            yield _parsed(piece, text)
        except ReadingError as problem:
            yield problem


class _GivenTokens(Lexer):
    """The lexer that lark asks for, when the tokens are made beforehand."""

    def __init__(self, configuration: object) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]
        yield from data.tokens


class _Tokens:
    """Tokens in the place of text."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens


@cache
def _parser() -> Lark:
    grammar = files("chalkgrad.page").joinpath("latex.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start="chain", lexer=_GivenTokens)


def _parsed(tokens: list[Token], text: str) -> Syntax:
    try:
        tree = _parser().parse(_Tokens(tokens))
    except UnexpectedInput as problem:
        raise _unexpected(problem, tokens, text) from None
    return _SyntaxBuilder(text).build(tree)


def _unexpected(problem: UnexpectedInput, tokens: list[Token], text: str) -> ReadingError:
    accepted = set(problem.accepts or problem.expected) if isinstance(problem, UnexpectedToken) else set()
    if {"NUMBER", "WORD"} <= accepted and "SIGN" not in accepted - {"SIGN"}:
        expected = "a number, a name or a bracket"
    else:
        expected = " or ".join(sorted({_EXPECTED[name] for name in accepted if name in _EXPECTED}))
    token = problem.token if isinstance(problem, UnexpectedToken) else None
    if token is None or token.type == "$END":
        last = tokens[-1]
        column = (last.column or 1) + (last.end_pos or 0) - (last.start_pos or 0)
        return ReadingError("it ends too early", line=last.line or 1, column=column, text=text, expected=expected)
    line, column = token.line or 1, token.column or 1
    return ReadingError(f"unexpected '{token}'", line=line, column=column, text=text, expected=expected)


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


class _SyntaxBuilder:
    """Makes syntax of the parser's tree, innermost parts first."""

    def __init__(self, text: str) -> None:
        self.text = text

    def build(self, tree: Branch) -> Syntax:
        values: dict[int, Any] = {}
        spans: dict[int, Span] = {}
        for part in tree.iter_subtrees():
            children = [child if isinstance(child, Token) else values[id(child)] for child in part.children]
            span = _span_of(part, spans)
            if span is not None:
                spans[id(part)] = span
            span = span or (0, 0)
            act: Callable[[list[Any], Span], Any] = getattr(self, f"_{part.data}")
            values[id(part)] = act(children, span)
        syntax: Syntax = values[id(tree)]
        return syntax

    def _error(self, problem: str, span: Span, expected: str = "") -> ReadingError:
        before = self.text[: span[0]]
        line, column = before.count("\n") + 1, span[0] - before.rfind("\n")
        return ReadingError(problem, line=line, column=column, text=self.text, expected=expected)

    def _chain(self, children: list[Any], span: Span) -> Syntax:
        relations = tuple(str(child) for child in children if isinstance(child, Token))
        sides = tuple(child for child in children if not isinstance(child, Token))
        if relations and len(sides) == 1:
            raise self._error(f"the relation {relations[0]} has a side only", span, "something on both sides of it")
        return Chain(relations, sides, span) if relations else sides[0]

    def _choice(self, children: list[Any], span: Span) -> Syntax:
        left, relation, right, _, chosen, _, otherwise = children
        condition = Chain((str(relation),), (left, right), span)
        return Cases(((chosen, condition), (otherwise, None)), span)

    def _sum(self, children: list[Any], span: Span) -> Syntax:
        signs: list[int] = []
        terms: list[Syntax] = []
        sign = 1
        for child in children:
            if isinstance(child, Token):
                sign = -1 if child == "-" else 1
                continue
            if isinstance(child, Addition) and len(child.terms) == 1 and child.span[1] == child.terms[0].span[1]:
                signs.append(sign * child.signs[0])
                terms.append(child.terms[0])
            else:
                signs.append(sign)
                terms.append(child)
            sign = 1
        return Addition(tuple(signs), tuple(terms), span)

    def _signed(self, children: list[Any], span: Span) -> Syntax:
        sign, term = children
        value = -1 if sign == "-" else 1
        if isinstance(term, Addition) and len(term.terms) == 1:
            return Addition((value * term.signs[0],), term.terms, span)
        return Addition((value,), (term,), span)

    def _product(self, children: list[Any], span: Span) -> Syntax:
        """Folds from the right: a sum sign governs all that follows it."""
        if sum(isinstance(child, _Big) for child in children) > DEEPEST_LATEX:
            raise self._error(f"sums are nested deeper than {DEEPEST_LATEX}", span)
        operators: list[str] = []
        factors: list[Syntax] = []
        operator, sign, missing = "", 1, True
        for place, child in enumerate(children):
            if isinstance(child, _Operator):
                if missing:
                    raise self._error(f"'{child.text}' has nothing before it", child.span, "a factor")
                operator, sign, missing = child.text, child.sign, True
                continue
            if isinstance(child, _Big):
                rest = children[place + 1 :]
                if not rest:
                    raise self._error("the sum has no body", child.span, "what is summed")
                body = self._product(rest, (child.span[1], span[1])) if len(rest) > 1 else self._single(rest[0])
                if child.sign < 0:
                    body = Addition((-1,), (body,), body.span)
                child = BigOperator(child.kind, child.below, child.above, body, (child.span[0], span[1]))
                children = children[: place + 1]
            factor = Addition((-1,), (child,), child.span) if sign < 0 else child
            if not (isinstance(factor, Group) and factor.bracket == "{" and not factor.contents):
                operators.append(operator if factors else "")
                factors.append(factor)
            operator, sign, missing = "", 1, False
            if isinstance(child, BigOperator):
                break
        if missing:
            raise self._error("a factor is missing at the end", (span[1], span[1]), "a factor")
        if not factors:
            return Group("{", (), span)
        if len(factors) == 1:
            return factors[0]
        return Product(tuple(operators), tuple(factors), span)

    def _single(self, child: Any) -> Syntax:
        if isinstance(child, _Operator):
            raise self._error(f"'{child.text}' has nothing before it", child.span, "a factor")
        if isinstance(child, _Big):
            raise self._error("the sum has no body", child.span, "what is summed")
        syntax: Syntax = child
        return syntax

    def _operator(self, children: list[Any], span: Span) -> _Operator:
        return _Operator(str(children[0]), _sign(children[1:]), span)

    def _big(self, children: list[Any], span: Span) -> _Big:
        scripts = [child for child in children[1:] if not isinstance(child, Token)]
        below = tuple(part for script in scripts if script.kind == "_" for part in script.contents)
        above = tuple(part for script in scripts if script.kind == "^" for part in script.contents)
        return _Big(str(children[0]), below, above, _sign(children[1:]), span)

    def _script(self, children: list[Any], span: Span) -> _Script:
        if len(children) == 1:
            return _Script("'", (), span)
        return _Script(str(children[0]), children[2], span)

    def _scripted(self, children: list[Any], span: Span) -> Syntax:
        base, scripts = children[0], children[1:]
        below = tuple(part for script in scripts if script.kind == "_" for part in script.contents)
        above: tuple[Syntax, ...] = ()
        primes = sum(1 for script in scripts if script.kind == "'")
        for script in scripts:
            if script.kind == "^":
                contents, more = _without_primes(script.contents)
                above, primes = above + contents, primes + more
        if primes > _MOST_PRIMES:
            raise self._error(f"{primes} primes", span, f"at most {_MOST_PRIMES}")
        if isinstance(base, Name) and not (base.subscripts and below):
            return Name(
                base.base,
                base.subscripts + below,
                base.superscripts + above,
                base.primes + primes,
                base.accents,
                base.style,
                span,
            )
        return Scripted(base, below, above, primes, span)

    def _number(self, children: list[Any], span: Span) -> Syntax:
        return Number(str(children[0]), span)

    def _word(self, children: list[Any], span: Span) -> Syntax:
        styled = _STYLED.fullmatch(children[0])
        return Name(styled[2], style=styled[1], span=span) if styled else Name(str(children[0]), span=span)

    def _text(self, children: list[Any], span: Span) -> Syntax:
        return Text(str(children[0]), span)

    def _dots(self, children: list[Any], span: Span) -> Syntax:
        return Dots(span)

    def _accent(self, children: list[Any], span: Span) -> Syntax:
        accent, _, base, _ = children
        if isinstance(base, Group) and len(base.contents) == 1:
            base = base.contents[0]
        if not isinstance(base, Name):
            raise self._error(f"a {accent} over something that is not a name", span, "a name")
        above = (*base.accents, str(accent))
        return Name(base.base, base.subscripts, base.superscripts, base.primes, above, base.style, span)

    def _fraction(self, children: list[Any], span: Span) -> Syntax:
        above, below = (child for child in children if not isinstance(child, Token))
        return derivative_of_fraction(above, below, span) or Fraction(above, below, span)

    def _root(self, children: list[Any], span: Span) -> Syntax:
        degree = next((child for child in children if isinstance(child, Token) and child.type == "DEGREE"), None)
        radicand = next(child for child in children if not isinstance(child, Token))
        return Root(radicand, Number(str(degree), span) if degree else None, span)

    def _group(self, children: list[Any], span: Span) -> Syntax:
        opening, contents, _ = children
        if opening == "{" and opening.type == "BEGIN" and len(contents) == 1:
            inner: Syntax = contents[0]
            return inner if not isinstance(inner, Addition | Product | Chain) else Group("{", contents, span)
        return Group(str(opening), contents, span)

    def _contents(self, children: list[Any], span: Span) -> tuple[Syntax, ...]:
        return tuple(child for child in children if not isinstance(child, Token))

    def _row(self, children: list[Any], span: Span) -> tuple[Syntax, Syntax | None]:
        found = [child for child in children if not isinstance(child, Token)]
        return (found[0], _without_prose(found[1]) if len(found) > 1 else None)

    def _cases(self, children: list[Any], span: Span) -> Syntax:
        return Cases(tuple(child for child in children if isinstance(child, tuple)), span)


def _span_of(part: Branch, spans: Mapping[int, Span]) -> Span | None:
    """From where the first of its children begins to where the last ends; None for a part in which nothing stands."""
    found = [
        (child.start_pos or 0, child.end_pos or 0) if isinstance(child, Token) else spans[id(child)]
        for child in part.children
        if isinstance(child, Token) or id(child) in spans
    ]
    return (found[0][0], found[-1][1]) if found else None


class _Operator:
    """An operator between factors, with the sign that may follow it."""

    def __init__(self, text: str, sign: int, span: Span) -> None:
        self.text, self.sign, self.span = text, sign, span


class _Big:
    """A sum or product sign whose body is not known yet."""

    def __init__(self, kind: str, below: tuple[Syntax, ...], above: tuple[Syntax, ...], sign: int, span: Span) -> None:
        self.kind, self.below, self.above, self.sign, self.span = kind, below, above, sign, span


class _Script:
    """A subscript, a superscript or a prime, before it is hung on what stands before it."""

    def __init__(self, kind: str, contents: tuple[Syntax, ...], span: Span) -> None:
        self.kind, self.contents, self.span = kind, contents, span


def _sign(tokens: list[Any]) -> int:
    return -1 if sum(1 for token in tokens if isinstance(token, Token) and token == "-") % 2 else 1


def _without_primes(contents: tuple[Syntax, ...]) -> tuple[tuple[Syntax, ...], int]:
    r"""The superscript without the primes in it, and how many they were: `^{[1]\prime}`."""
    primes = 0
    kept: list[Syntax] = []
    for part in contents:
        if isinstance(part, Scripted) and part.primes and isinstance(part.base, Group):
            primes += part.primes
            part = part.base
        kept.append(part)
    return tuple(kept), primes


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
