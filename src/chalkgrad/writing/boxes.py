"""Layout boxes: how mathematics is arranged on the page, before it is LaTeX, MathML or text for the terminal.

The writers of expressions build these; each serialiser (`latex`, `mathml`, `unicode`) turns them into its output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind = Literal[
    "identifier", "upright", "function", "number", "binary", "prefix", "relation", "punctuation", "differential", "text"
]


@dataclass(frozen=True)
class Symbol:
    """One mark on the page. `unicode` is also what MathML shows.

    An `identifier` is set in italics if it is a single letter; `upright`, `function` (a name before its argument) and
    `text` are not. `binary`, `relation` and `punctuation` bring their own space; a `prefix` is a sign,
    a `differential` the ∂ or d that belongs to what follows it.

    >>> Symbol(r"\\sigma", "σ", "function").unicode
    'σ'
    """

    latex: str
    unicode: str
    kind: Kind = "identifier"


@dataclass(frozen=True)
class Row:
    """Boxes next to each other; adjacent operands are a product."""

    items: tuple[Box, ...]


@dataclass(frozen=True)
class Fraction:
    """A numerator over a denominator; a `small` one keeps to the height of the line (1/2 before a sum)."""

    numerator: Box
    denominator: Box
    small: bool = False


@dataclass(frozen=True)
class Scripts:
    """A base with a subscript, a superscript, or both."""

    base: Box
    sub: Box | None = None
    sup: Box | None = None


@dataclass(frozen=True)
class Primed:
    """A name with primes: the derivative σ', or a name such as out'."""

    base: Box
    count: int = 1


@dataclass(frozen=True)
class Fenced:
    """A body between delimiters, each one of `( ) [ ] | { }` or empty."""

    body: Box
    opening: str = "("
    closing: str = ")"


@dataclass(frozen=True)
class BigOperator:
    """Σ, max and their like, with what stands below and above, before a body."""

    operator: Symbol
    body: Box
    below: Box | None = None
    above: Box | None = None


@dataclass(frozen=True)
class Root:
    """The square root of a body."""

    body: Box


@dataclass(frozen=True)
class Accent:
    """A mark over a body."""

    mark: Literal["hat", "bar", "tilde", "dot"]
    body: Box


@dataclass(frozen=True)
class Underbrace:
    """A body with a brace and a remark under it."""

    body: Box
    below: Box


@dataclass(frozen=True)
class Cases:
    """Values with their conditions, behind one brace."""

    rows: tuple[tuple[Box, Box], ...]


@dataclass(frozen=True)
class Table:
    """A matrix of boxes between delimiters."""

    rows: tuple[tuple[Box, ...], ...]
    opening: str = "["
    closing: str = "]"


@dataclass(frozen=True)
class Equation:
    """A left side, a relation, a right side. Without a left side it goes on from the equation above it.

    A `remark` says at the right what was done.
    """

    left: Box | None
    right: Box
    relation: Symbol = Symbol("=", "=", "relation")
    remark: str = ""


@dataclass(frozen=True)
class Aligned:
    """Equations under each other, their relations in one column."""

    lines: tuple[Equation, ...]


Box: TypeAlias = (
    Symbol
    | Row
    | Fraction
    | Scripts
    | Primed
    | Fenced
    | BigOperator
    | Root
    | Accent
    | Underbrace
    | Cases
    | Table
    | Equation
    | Aligned
)

PLUS = Symbol("+", "+", "binary")
MINUS = Symbol("-", "−", "binary")
NEGATIVE = Symbol("-", "−", "prefix")
TIMES = Symbol(r"\cdot", "·", "binary")
HADAMARD = Symbol(r"\odot", "⊙", "binary")
OUTER = Symbol(r"\otimes", "⊗", "binary")
EQUALS = Symbol("=", "=", "relation")
COMMA = Symbol(",", ",", "punctuation")
DOTS = Symbol(r"\cdots", "⋯", "identifier")
LOW_DOTS = Symbol(r"\ldots", "…", "identifier")
VERTICAL_DOTS = Symbol(r"\vdots", "⋮", "identifier")
PARTIAL = Symbol(r"\partial", "∂", "differential")
NABLA = Symbol(r"\nabla", "∇", "differential")
DIFFERENTIAL = Symbol("d", "d", "differential")
TRANSPOSE = Symbol(r"\top", "⊤", "upright")
SIGMA_SUM = Symbol(r"\sum", "Σ", "upright")
MAXIMUM = Symbol(r"\max", "max", "function")
ONES = Symbol(r"\mathbf{1}", "𝟏", "upright")
DELTA = Symbol(r"\delta", "δ", "identifier")


def row(*items: Box) -> Box:
    """The boxes next to each other; rows inside are flattened, and a single box stays itself.

    >>> row(Symbol("x", "x"), Row((PLUS, Symbol("y", "y")))).items[1].latex
    '+'
    """
    flat: list[Box] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Row) else (item,))
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def separated(items: list[Box], separator: Box = COMMA) -> Box:
    """The boxes with a separator between each two."""
    parts: list[Box] = []
    for position, item in enumerate(items):
        parts += [item] if position == 0 else [separator, item]
    return row(*parts)


def letter(name: str) -> Symbol:
    """A symbol for one letter, written as itself."""
    return Symbol(name, name)


def digits(text: str) -> Symbol:
    """A symbol for a number, written as itself."""
    return Symbol(text, text, "number")


def words(text: str) -> Symbol:
    """A remark in words."""
    return Symbol(rf"\text{{{text}}}", text, "text")


def children(box: Box) -> tuple[Box, ...]:
    """The boxes directly inside."""
    match box:
        case Row(items=inner):
            return inner
        case Fraction(numerator=first, denominator=second) | Underbrace(body=first, below=second):
            return (first, second)
        case Scripts(base=base, sub=sub, sup=sup):
            return tuple(inner for inner in (base, sub, sup) if inner is not None)
        case Primed(base=body) | Fenced(body=body) | Root(body=body) | Accent(body=body):
            return (body,)
        case BigOperator(operator=operator, body=body, below=below, above=above):
            return tuple(inner for inner in (operator, below, above, body) if inner is not None)
        case Cases(rows=rows):
            return tuple(cell for pair in rows for cell in pair)
        case Table(rows=lines):
            return tuple(cell for line in lines for cell in line)
        case Equation(left=left, right=right, relation=relation):
            return (relation, right) if left is None else (left, relation, right)
        case Aligned(lines=equations):
            return equations
    return ()
