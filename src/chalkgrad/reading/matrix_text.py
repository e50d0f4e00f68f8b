"""Plain text of matrices, `x'*A*x + norm2(A*x - b)^2`, to the syntax that documents are made of.

The grammar is in `matrix_text.lark`. What is a number, a vector or a matrix is settled by `formulas`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.page.limits import LONGEST_EXPRESSION, check_length, check_nesting
from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import Addition, BigOperator, Group, Name, Number, Product, Scripted, Span, Syntax

_MARKS = re.compile(r"(?<=[\w)'])'(?!\s*\w*\()|\.\*|\./|\.\^")
_WORDS = re.compile(
    r"\b(?:tr|trace|det|logdet|inv|chol|expm|diag|norm|norm1|norm2|normF|eye|vector|softmax|log_softmax|logsumexp|[Pp]hi)\b"
    r"|\b(?:max|min)\s*\([^,()]*\)"
)
_WORDS_BESIDE_INDICES = re.compile(
    r"\b(?:tr|trace|det|logdet|inv|chol|expm|diag|norm|norm1|norm2|normF|eye|vector)\s*\((?!\s*[^\W\d_]\w*\s*,)"
)
_PLACES = re.compile(r"\[[^\[\]]*\]")
_SUM = re.compile(r"\bsum\s*\((?!\s*[^\W\d_]\w*'*\s*,)")


def is_matrix_text(text: str) -> bool:
    """Whether a text has what only text of matrices has: a transpose, `.*`, `tr(…)`, a sum without an index.

    >>> is_matrix_text("x'*A*x"), is_matrix_text("sum(i, x[i]^2)"), is_matrix_text("2*x*y")
    (True, False, False)
    >>> is_matrix_text("sum(t, norm2(x[t] - A*x[t-1])^2)"), is_matrix_text("logsumexp(c, z[n,c])")
    (True, False)
    """
    if "\\" in text:
        return False
    if "[" in text:
        return any(mark.search(_PLACES.sub("", text)) is not None for mark in (_MARKS, _WORDS_BESIDE_INDICES))
    return any(mark.search(text) is not None for mark in (_MARKS, _WORDS, _SUM))


def read_matrix_text(text: str) -> Syntax:
    """The syntax of a text of matrices; raises `ReadingError` with line and column, `UnknownNameError`.

    >>> read_matrix_text("x'*A").operators
    ('', '')
    """
    return read_matrix_equation(text, 0, len(text))[1]


def read_matrix_equation(text: str, start: int, end: int) -> tuple[Name | None, Syntax]:
    """The name that a part of a text defines, `h[t]` of `h[t] = …`, if it has one, and the syntax of the rest.

    >>> read_matrix_equation("s = A*x; s'*s", 0, 7)[0].base
    's'
    """
    check_length(text, LONGEST_EXPRESSION)
    alone = "".join(c if start <= place < end or c == "\n" else " " for place, c in enumerate(text)).rstrip()
    check_nesting(alone)
    try:
        tree = _parser().parse(alone)
    except UnexpectedInput as problem:
        raise _unexpected(problem, text[:end]) from None
    builder = _Builder(text)
    named = builder.of(tree.children[0]) if len(tree.children) > 1 else None
    return named if isinstance(named, Name) else None, builder.of(tree.children[-1])


@cache
def _parser() -> Lark:
    grammar = files("chalkgrad.reading").joinpath("matrix_text.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start="formula", propagate_positions=True)


def _unexpected(problem: UnexpectedInput, text: str) -> ReadingError:
    if isinstance(problem, UnexpectedCharacters):
        return ReadingError(f"unexpected '{problem.char}'", line=problem.line, column=problem.column, text=text)
    if isinstance(problem, UnexpectedToken) and problem.token.type != "$END":
        line, column = problem.line, problem.column
        return ReadingError(f"unexpected '{problem.token}'", line=line, column=column, text=text)
    lines = text.splitlines() or [""]
    column = len(lines[-1]) + 1
    return ReadingError("the text ends too early", line=len(lines), column=column, text=text)


class _Builder:
    """Trees to syntax, each part with its place."""

    def __init__(self, text: str) -> None:
        self.text = text

    def of(self, tree: Any) -> Syntax:
        while tree.data in ("added", "multiplied") and len(tree.children) == 1:
            tree = tree.children[0]
        span = (tree.meta.start_pos, tree.meta.end_pos)
        return _PARTS[tree.data](self, tree, span)

    def error(self, problem: str, span: Span, expected: str = "") -> ReadingError:
        before = self.text[: span[0]]
        line, column = before.count("\n") + 1, span[0] - before.rfind("\n")
        return ReadingError(problem, line=line, column=column, text=self.text, expected=expected)

    def name(self, tree: Tree[Any], span: Span) -> Syntax:
        word = str(tree.children[0])
        if word == "eye":
            return Name("I", span=span)
        return Name(word if len(word) == 1 else "\\" + word, span=span)

    def element(self, tree: Tree[Any], span: Span) -> Syntax:
        word = str(tree.children[0])
        places = tuple(self.of(child) for child in tree.children[1:])
        for place in places:
            terms = place.terms if isinstance(place, Addition) else (place,)
            letters = [term for term in terms if isinstance(term, Name) and not term.subscripts]
            if len(letters) != 1 or not all(isinstance(term, Name | Number) for term in terms):
                raise self.error("in text of matrices an index is a letter", place.span, "x[t], or x[t-1]")
        return Name(word if len(word) == 1 else "\\" + word, places, span=span)

    def number(self, tree: Tree[Any], span: Span) -> Syntax:
        return Number(str(tree.children[0]), span)

    def group(self, tree: Tree[Any], span: Span) -> Syntax:
        return Group("(", (self.of(tree.children[0]),), span)

    def added(self, tree: Tree[Any], span: Span) -> Syntax:
        signs, terms, sign = [], [], 1
        for child in tree.children:
            if isinstance(child, Token):
                sign = -1 if child == "-" else 1
            else:
                signs.append(sign)
                terms.append(self.of(child))
        return Addition(tuple(signs), tuple(terms), span)

    def signed(self, tree: Tree[Any], span: Span) -> Syntax:
        sign, inner = tree.children
        return Addition((-1 if sign == "-" else 1,), (self.of(inner),), span)

    def multiplied(self, tree: Tree[Any], span: Span) -> Syntax:
        """From left to right, what `*` joins as one product, what goes place by place in brackets of its own."""
        factors = [self._apart(self.of(tree.children[0]))]
        begin = tree.meta.start_pos
        signs: list[Any] = tree.children[1::2]
        for sign, child in zip(signs, tree.children[2::2], strict=True):
            factor, place = self._apart(self.of(child)), (sign.start_pos, child.meta.end_pos)
            if sign == "*":
                factors.append(_placed(factor, place))
            elif sign == "/":
                factors.append(Scripted(_in_brackets(factor, place), (), (_minus_one(place),), 0, place))
            else:
                so_far = self._product(factors, (begin, sign.start_pos))
                left = _in_brackets(so_far, so_far.span)
                if sign == "./":
                    factor = _call("np.power", (factor, _minus_one(place)), place)
                factors = [Product(("", ".*"), (left, _placed(factor, place)), (begin, place[1]))]
        return self._product(factors, span)

    def _product(self, factors: Sequence[Syntax], span: Span) -> Syntax:
        return factors[0] if len(factors) == 1 else Product(("",) * len(factors), tuple(factors), span)

    def _apart(self, factor: Syntax) -> Syntax:
        """A factor that no name before it takes for its argument, and that takes none."""
        inside = isinstance(factor, Name | Product | Addition | Group)
        return Group("{", (factor,), factor.span) if inside else factor

    def raised(self, tree: Tree[Any], span: Span) -> Syntax:
        base, sign, exponent = tree.children
        inner, above = self.of(base), self.of(exponent)
        if sign == ".^":
            return _call("np.power", (inner, above), span)
        if isinstance(inner, Scripted) and isinstance(inner.base, Group) and inner.base.bracket == r"\|":
            return Scripted(inner.base, inner.subscripts, (above,), 0, span)
        return Scripted(_in_brackets(inner, inner.span), (), (above,), 0, span)

    def turned(self, tree: Tree[Any], span: Span) -> Syntax:
        inner = self.of(tree.children[0])
        mark = Name("T", style="mathsf", span=span)
        if isinstance(inner, Name):
            return Name(inner.base, inner.subscripts, (*inner.superscripts, mark), span=span)
        return Scripted(_in_brackets(inner, inner.span), (), (mark,), 0, span)

    def call(self, tree: Tree[Any], span: Span) -> Syntax:
        word, arguments = str(tree.children[0]), [self.of(child) for child in tree.children[1:]]
        if word == "sum" and len(arguments) > 1:
            *letters, body = arguments
            for letter in reversed(letters):
                if not isinstance(letter, Name) or letter.subscripts:
                    raise self.error("a sum goes over an index, which is a letter", letter.span)
                body = Group("{", (BigOperator("sum", (letter,), (), body, span),), span)
            return body
        if word in ("norm", "norm1", "norm2", "normF"):
            below = {"norm1": "1", "normF": "F"}.get(word, "2")
            return Scripted(Group(r"\|", tuple(arguments), span), (Number(below, span),), (), 0, span)
        if word == "vector":
            match arguments:
                case [Number("1")]:
                    return Name("1", style="mathbf", span=span)
                case [Number("0")]:
                    return Number("0", span)
            raise self.error("only vector(0) and vector(1) are known", span)
        if word in (*_OPERATIONS, "Phi", "phi") or word.lower() in function_names():
            return _call(word, arguments, span)
        known = sorted({*_OPERATIONS, *function_names(), "norm1", "norm2", "normF", "vector", "eye", "Phi", "phi"})
        raise UnknownNameError("function", word, known, text=self.text, at=span[0])


_OPERATIONS = (
    "tr", "trace", "det", "logdet", "inv", "chol", "expm", "diag", "sum", "softmax", "log_softmax", "logsumexp",
    "max", "min"
)  # fmt: skip
_PARTS: dict[str, Callable[[_Builder, Any, Span], Syntax]] = {
    name: getattr(_Builder, name)
    for name in ("name", "element", "number", "group", "added", "signed", "multiplied", "raised", "turned", "call")
}


def _call(word: str, arguments: Sequence[Syntax], span: Span) -> Syntax:
    """A function with what it is applied to; in braces, so that nothing else joins it."""
    name = Name(word if word in ("np.power", "sum", "max", "min") else "\\" + word, span=span)
    return Group("{", (Product(("", ""), (name, Group("(", tuple(arguments), span)), span),), span)


def _in_brackets(part: Syntax, span: Span) -> Syntax:
    return part if isinstance(part, Group) else Group("(", (part,), span)


def _minus_one(span: Span) -> Syntax:
    return Addition((-1,), (Number("1", span),), span)


def _placed(factor: Syntax, span: Span) -> Syntax:
    """The factor with the operator before it, where an error points if the two do not fit."""
    return Group("{", (factor,), span)


__all__ = ["is_matrix_text", "read_matrix_text"]
