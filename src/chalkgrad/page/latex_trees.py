r"""The parser's trees to syntax, innermost parts first, without recursion."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from lark import Token

from chalkgrad.errors import ReadingError
from chalkgrad.page.latex_scanner import DEEPEST_LATEX, error_at
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Cases,
    Chain,
    Dots,
    Evaluated,
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
_STYLED = re.compile(r"\\(math\w+|\w+)\{([^{}]*)\}")
_BIG_LETTERS = {"Sigma": "sum", "Pi": "prod"}
_SIGNS_OF_BOTH = {"±": r"\pm", "∓": r"\mp"}


class SyntaxBuilder:
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
        return error_at(problem, span[0], self.text, expected)

    def _chain(self, children: list[Any], span: Span) -> Syntax:
        relations = tuple(str(child) for child in children if isinstance(child, Token))
        sides = tuple(child for child in children if not isinstance(child, Token))
        if relations and len(relations) == len(sides):
            sides = (Text("", (span[0], span[0])), *sides)
        return Chain(relations, sides, span) if relations else sides[0]

    def _choice(self, children: list[Any], span: Span) -> Syntax:
        left, relation, right, _, chosen, _, otherwise = children
        condition = Chain((str(relation),), (left, right), span)
        return Cases(((chosen, condition), (otherwise, None)), span)

    def _sum(self, children: list[Any], span: Span) -> Syntax:
        signs: list[int] = []
        terms: list[Syntax] = []
        sign = 1
        both: Token | None = None
        for child in children:
            if isinstance(child, Token):
                sign = -1 if child == "-" else 1
                both = child if child in _SIGNS_OF_BOTH else None
                continue
            if both is not None:
                child, both = _either(both, child), None
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
        if sign in _SIGNS_OF_BOTH:
            return _either(sign, term)
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
        kind = _BIG_LETTERS.get(str(children[0]), str(children[0]))
        return _Big(kind, below, above, _sign(children[1:]), span)

    def _script(self, children: list[Any], span: Span) -> _Script:
        if len(children) == 1:
            return _Script("'", (), span)
        contents = children[2]
        if len(contents) == 1 and isinstance(contents[0], Group) and contents[0].bracket == "{":
            contents = contents[0].contents if len(contents[0].contents) != 1 else contents
        return _Script(str(children[0]), contents, span)

    def _evaluated(self, children: list[Any], span: Span) -> Syntax:
        body, _, *scripts = children
        if isinstance(body, Group) and body.bracket in (".", "{") and len(body.contents) == 1:
            body = body.contents[0]
        return Evaluated(body, tuple(part for script in scripts for part in script.contents), span)

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
        accent, begin, contents, end = children
        base = contents[0] if len(contents) == 1 else None
        if isinstance(base, Group) and len(base.contents) == 1:
            base = base.contents[0]
        if not isinstance(base, Name):  # a quantity that is called as it is written
            inside = (begin.end_pos or 0, end.start_pos or 0) if base is None else base.span
            base = Name(" ".join(self.text[inside[0] : inside[1]].split()), span=inside)
        above = (*base.accents, str(accent))
        return Name(base.base, base.subscripts, base.superscripts, base.primes, above, base.style, span)

    def _fraction(self, children: list[Any], span: Span) -> Syntax:
        above, below = (child for child in children if not isinstance(child, Token))
        return Fraction(above, below, span)

    def _root(self, children: list[Any], span: Span) -> Syntax:
        *degree, radicand = (child for child in children if not isinstance(child, Token))
        return Root(radicand, _only(degree[0], span) if degree else None, span)

    def _group(self, children: list[Any], span: Span) -> Syntax:
        opening, contents, _ = children
        if opening == "{" and opening.type == "BEGIN" and len(contents) == 1:
            inner: Syntax = contents[0]
            return inner if not isinstance(inner, Addition | Product | Chain) else Group("{", contents, span)
        if len(contents) == 1 and isinstance(contents[0], Group) and contents[0].bracket == "{":
            contents = contents[0].contents
        return Group(str(opening), contents, span)

    def _contents(self, children: list[Any], span: Span) -> tuple[Syntax, ...]:
        return tuple(child for child in children if not isinstance(child, Token))

    def _row(self, children: list[Any], span: Span) -> tuple[Syntax, Syntax | None]:
        found = [child for child in children if not isinstance(child, Token)]
        return (found[0], found[1] if len(found) > 1 else None)

    def _cases(self, children: list[Any], span: Span) -> Syntax:
        return Cases(tuple(child for child in children if isinstance(child, tuple)), span)


def _only(parts: tuple[Syntax, ...], span: Span) -> Syntax | None:
    return (parts[0] if len(parts) == 1 else Group("", parts, span)) if parts else None


def _either(sign: Token, term: Syntax) -> Syntax:
    """A term with a sign that may be either: the sign is a name in front of it."""
    begin = sign.start_pos or 0
    return Product(("", ""), (Name(_SIGNS_OF_BOTH[str(sign)], span=(begin, begin + 1)), term), (begin, term.span[1]))


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
