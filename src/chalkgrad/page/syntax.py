"""The parts that written maths consists of, as it stands on the page: no meaning yet, only who stands where.

Every part knows its `span`: where it begins and ends in the LaTeX that it was read from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from chalkgrad.errors import ReadingError

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Number:
    """A number in digits."""

    text: str
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Name:
    r"""A name with all that hangs on it: `\hat y_i`, `W^{[1]T}`, `out'`, `w_{11}`.

    `base` is the letters, or the command of a symbol (`\sigma`). A run of letters is one name here; whether `XW` is
    a product is decided by who knows the names. Scripts hold the parts between their commas.
    """

    base: str
    subscripts: tuple[Syntax, ...] = ()
    superscripts: tuple[Syntax, ...] = ()
    primes: int = 0
    accents: tuple[str, ...] = ()
    style: str = ""
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Scripted:
    """Scripts or primes on something that is not a name: `(a + b)^2`."""

    base: Syntax
    subscripts: tuple[Syntax, ...] = ()
    superscripts: tuple[Syntax, ...] = ()
    primes: int = 0
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Group:
    r"""Something in brackets, with the parts between its commas; `bracket` is `(`, `[`, `\{`, `|`, `\|` or `{`.

    Further ones: `\langle`, `\lfloor`, `\lceil`, and "" for a bare list, the `1, \dots, n` of `i = 1, \dots, n`.
    """

    bracket: str
    contents: tuple[Syntax, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Fraction:
    """A fraction with a bar."""

    numerator: Syntax
    denominator: Syntax
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Derivative:
    """A derivative written as a fraction; without a numerator it acts on what follows."""

    numerator: Syntax | None
    denominators: tuple[Syntax, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Evaluated:
    r"""Something taken at a place, with the parts between the commas after the bar: `f'(x)|_{x=0}`."""

    body: Syntax
    at: tuple[Syntax, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Root:
    """A root, square unless a degree is given."""

    radicand: Syntax
    degree: Syntax | None = None
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Addition:
    """Terms, each with its sign, 1 or -1."""

    signs: tuple[int, ...]
    terms: tuple[Syntax, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Product:
    r"""Factors side by side; `operators[k]` stands before factor k: "" for none, else `\cdot`, `*`, `/`, …"""

    operators: tuple[str, ...]
    factors: tuple[Syntax, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class BigOperator:
    r"""A sum or product sign with its scripts and everything that it governs: the rest of the term."""

    kind: str
    subscripts: tuple[Syntax, ...]
    superscripts: tuple[Syntax, ...]
    body: Syntax
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Cases:
    """Values by case; a condition that is missing, or is prose, is None."""

    rows: tuple[tuple[Syntax, Syntax | None], ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Chain:
    """Sides with relations between them: `a = b = c`, `z > 0`, `i = 1`."""

    relations: tuple[str, ...]
    sides: tuple[Syntax, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Text:
    r"""Prose inside maths: `\text{otherwise}`."""

    content: str
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Unread:
    """What stands in the place of a side that cannot be read, with the error that says why.

    `instead` is what it says with the one bracket that it lacks, or without the one that it has too many; `surely`,
    where it says that wherever the bracket was meant to stand.
    """

    error: ReadingError
    span: Span = field(default=(0, 0), compare=False, repr=False)
    instead: Syntax | None = field(default=None, compare=False, repr=False)
    surely: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True)
class Dots:
    """Three dots: and so on."""

    span: Span = field(default=(0, 0), compare=False, repr=False)


Syntax: TypeAlias = (
    Number
    | Name
    | Scripted
    | Group
    | Fraction
    | Derivative
    | Evaluated
    | Root
    | Addition
    | Product
    | BigOperator
    | Cases
    | Chain
    | Text
    | Unread
    | Dots
)


# The parts directly inside each kind: a table, as documents are walked through hundreds of times.
_PARTS: dict[type[object], Callable[[Any], tuple[Syntax, ...]]] = {
    Name: lambda part: part.subscripts + part.superscripts,
    Scripted: lambda part: (part.base, *part.subscripts, *part.superscripts),
    Group: lambda part: part.contents,
    Addition: lambda part: part.terms,
    Product: lambda part: part.factors,
    Chain: lambda part: part.sides,
    Fraction: lambda part: (part.numerator, part.denominator),
    Derivative: lambda part: part.denominators if part.numerator is None else (part.numerator, *part.denominators),
    Evaluated: lambda part: (part.body, *part.at),
    Root: lambda part: (part.radicand,) if part.degree is None else (part.radicand, part.degree),
    BigOperator: lambda part: (*part.subscripts, *part.superscripts, part.body),
    Cases: lambda part: tuple(each for row in part.rows for each in row if each is not None),
}


def parts(syntax: Syntax) -> tuple[Syntax, ...]:
    """The parts directly inside, scripts included."""
    inner = _PARTS.get(type(syntax))
    return inner(syntax) if inner is not None else ()


def with_parts(syntax: Syntax, inner: tuple[Syntax, ...]) -> Syntax:
    """The same with other parts in the places of its own, in the order of `parts`.

    >>> with_parts(Fraction(Name("a"), Name("b")), (Name("c"), Name("d")))
    Fraction(numerator=Name(base='c', ...), denominator=Name(base='d', ...))
    """
    match syntax:
        case Name(subscripts=below):
            return replace(syntax, subscripts=inner[: len(below)], superscripts=inner[len(below) :])
        case Scripted(subscripts=below):
            first = 1 + len(below)
            return replace(syntax, base=inner[0], subscripts=inner[1:first], superscripts=inner[first:])
        case Group():
            return replace(syntax, contents=inner)
        case Addition():
            return replace(syntax, terms=inner)
        case Product():
            return replace(syntax, factors=inner)
        case Chain():
            return replace(syntax, sides=inner)
        case Fraction():
            return replace(syntax, numerator=inner[0], denominator=inner[1])
        case Derivative(numerator=None):
            return replace(syntax, denominators=inner)
        case Derivative():
            return replace(syntax, numerator=inner[0], denominators=inner[1:])
        case Evaluated():
            return replace(syntax, body=inner[0], at=inner[1:])
        case Root(degree=degree):
            return replace(syntax, radicand=inner[0], degree=degree and inner[1])
        case BigOperator(subscripts=below):
            first = len(below)
            return replace(syntax, subscripts=inner[:first], superscripts=inner[first:-1], body=inner[-1])
        case Cases(rows=rows):
            rest = iter(inner)
            return replace(syntax, rows=tuple((next(rest), condition and next(rest)) for _, condition in rows))
    return syntax


def without_brackets(part: Syntax) -> Syntax:
    """What stands in brackets around one thing, however many."""
    while isinstance(part, Group) and len(part.contents) == 1 and part.bracket in ("(", "[", "{"):
        part = part.contents[0]
    return part


def unbraced(syntax: Syntax) -> Syntax:
    """What stands in braces that only hold it together.

    >>> unbraced(Group("{", (Name("x"),))).base
    'x'
    """
    while isinstance(syntax, Group) and syntax.bracket == "{" and len(syntax.contents) == 1:
        syntax = syntax.contents[0]
    return syntax


def walk_syntax(syntax: Syntax) -> Iterator[Syntax]:
    """The part and all parts inside it, outermost first, from left to right."""
    pending = [syntax]
    while pending:
        part = pending.pop()
        yield part
        inner = _PARTS.get(type(part))
        if inner is not None:
            pending.extend(inner(part)[::-1])


def mapped(syntax: Syntax, change: Callable[[Syntax], Syntax], *, scripts: bool = True) -> Syntax:
    """The same with every part in it changed, innermost first; without `scripts` those of names stay as they are.

    >>> doubled = mapped(Root(Name("x")), lambda part: Name("xx") if part == Name("x") else part)
    >>> doubled.radicand.base
    'xx'
    """
    inner = parts(syntax) if scripts or not isinstance(syntax, Name) else ()
    if not scripts and isinstance(syntax, Scripted):
        changed = (mapped(syntax.base, change, scripts=False), *inner[1:])
    elif not scripts and isinstance(syntax, BigOperator):
        changed = (*inner[:-1], mapped(syntax.body, change, scripts=False))
    else:
        changed = tuple(mapped(part, change, scripts=scripts) for part in inner)
    same = all(new is old for new, old in zip(changed, inner, strict=True))
    return change(syntax if same else with_parts(syntax, changed))


def mapped_chain(chain: Chain, change: Callable[[Syntax], Syntax], *, scripts: bool = True) -> Chain:
    """An equation with every part in it changed as by `mapped`; the change leaves it an equation."""
    changed = mapped(chain, change, scripts=scripts)
    assert isinstance(changed, Chain)
    return changed
