r"""What dots stand for: `x_1 + \dots + x_n` is a sum over a letter, `[x_1, \dots, x_n]` a row of x_ι for ι up to n.

What differs between the first and the last of what is listed tells how it goes on: a number in the one, a letter in
the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Derivative,
    Dots,
    Group,
    Name,
    Number,
    Product,
    Span,
    Syntax,
    parts,
    walk_syntax,
    with_parts,
)

DOWN, ACROSS = "ι", "κ"  # the letters that count: no document has them, its own are commands here
_LONGEST_RUN = 4


def without_dots(part: Syntax) -> Syntax:
    """A sum, a list or a matrix with dots as one over a letter, its parts being so already; else as it is."""
    if isinstance(part, Addition) and any(isinstance(term, Dots) for term in part.terms):
        return _sum(part)
    if isinstance(part, Product):
        return _applied(part)
    if not isinstance(part, Group) or (part.bracket != "[" and not _lists_partials(part)):
        return part
    if part.contents and all(_is_row(each) for each in part.contents):
        return _diagonal(part) or _matrix(part)
    return _listed(part) or part


def _lists_partials(group: Group) -> bool:
    r"""Whether a list in round brackets is one of derivatives, `(\frac{\partial f}{\partial x_1}, \ldots)`."""
    return group.bracket == "(" and any(isinstance(each, Derivative) for each in group.contents)


def _applied(product: Product) -> Product:
    """A function of a vector that is told by its places, `f(x_1, \\dots, x_n)`, as one of x."""
    factors = list(product.factors)
    for place, (one, other) in enumerate(pairwise(product.factors), start=1):
        if isinstance(one, Name) and not product.operators[place] and isinstance(other, Group) and len(factors) > 1:
            vector = _vector(other)
            if vector is not None:
                factors[place] = replace(other, contents=(vector,))
    return replace(product, factors=tuple(factors))


def _vector(group: Group) -> Name | None:
    """The x of which a list in round brackets has all the places, `x_1, …, x_n`."""
    entries = group.contents
    names = [each for each in entries if isinstance(each, Name)]
    dots = [place for place, each in enumerate(entries) if isinstance(each, Dots)]
    if group.bracket != "(" or len(dots) != 1 or len(names) + 1 != len(entries) or dots[0] in (0, len(entries) - 1):
        return None
    bare = {replace(each, subscripts=()) for each in names}
    plain = all(len(each.subscripts) == 1 and not each.superscripts and not each.primes for each in names)
    first = names[0].subscripts[0] if plain else None
    if len(bare) != 1 or not isinstance(first, Number) or first.text not in ("0", "1"):
        return None
    return replace(names[0], subscripts=(), span=group.span)


def _is_row(part: Syntax) -> bool:
    return (isinstance(part, Group) and part.bracket == "[") or (isinstance(part, BigOperator) and part.kind == "row")


def _sum(addition: Addition) -> Syntax:
    r"""`w_1x_1 + \ldots + w_dx_d` runs to d; terms before and after it stay."""
    addition = _without_middle(addition)
    place = next(k for k, term in enumerate(addition.terms) if isinstance(term, Dots))
    if place + 1 >= len(addition.terms) or not place:
        return addition
    last = addition.terms[place + 1]
    for begin in range(place):
        generic = _generic(addition.terms[begin:place], last, DOWN)
        if generic is not None and len({*addition.signs[begin : place + 2]}) == 1 and generic.upper is not None:
            span = (addition.terms[begin].span[0], last.span[1])
            total = generic.over("sum", DOWN, span)
            terms = (*addition.terms[:begin], total, *addition.terms[place + 2 :])
            signs = (*addition.signs[: begin + 1], *addition.signs[place + 2 :])
            return total if len(terms) == 1 and signs[0] == 1 else replace(addition, terms=terms, signs=signs)
    return addition


def _without_middle(addition: Addition) -> Addition:
    r"""A sum without the term of any place, `w_jx_j` of `w_1x_1 + \dots + w_jx_j + \dots + w_dx_d`."""
    for place in range(1, len(addition.terms) - 3):
        first, dots, middle, more, last = addition.terms[place - 1 : place + 4]
        if not isinstance(dots, Dots) or not isinstance(more, Dots):
            continue
        any_place, whole = _generic([first], middle, DOWN), _generic([first], last, DOWN)
        if any_place is None or whole is None or any_place.upper is None or any_place.body != whole.body:
            continue
        terms = (*addition.terms[: place + 1], *addition.terms[place + 3 :])
        return replace(addition, terms=terms, signs=(*addition.signs[: place + 1], *addition.signs[place + 3 :]))
    return addition


def _listed(group: Group) -> Syntax | None:
    """A list of which some entries are dots, but for one whose entries are nothing else."""
    entries = group.contents
    place = next((k for k, each in enumerate(entries) if isinstance(each, Dots)), None)
    if not place or place + 2 != len(entries) or all(map(_says_nothing, entries)):
        return None
    generic = _generic(entries[:place], entries[-1], ACROSS)
    return generic.over("row", ACROSS, group.span) if generic is not None else None


def _matrix(group: Group) -> Syntax:
    """A matrix of which some rows are dots; those of its rows that have dots are rows over a letter already."""
    rows = [
        each.contents[0] if isinstance(each, Group) and len(each.contents) == 1 else each for each in group.contents
    ]
    dotted = [_is_dotted(each) for each in rows]
    if not any(dotted):
        return group
    place = dotted.index(True)
    if not place or place + 2 != len(rows) or any(dotted[place + 1 :]) or any(map(_has_dots, rows[:place])):
        return group
    generic = _generic(rows[:place], rows[-1], DOWN)
    if generic is None:
        return group
    body = generic.body
    if isinstance(body, Group) and body.bracket == "[":
        return group  # rows of entries that are told one by one
    return generic.over("column", DOWN, group.span)


def _diagonal(group: Group) -> Syntax | None:
    """A matrix with dots that has nothing but zeros and blanks off its diagonal, as `diag` of the column there."""
    rows = [each.contents if isinstance(each, Group) else () for each in group.contents]
    dotted = [all(map(_says_nothing, row)) for row in rows]
    begun = dotted.index(True) if True in dotted else 0
    told = [row for row, dots in zip(rows, dotted, strict=True) if not dots]
    if not begun or len(told) != begun + 1 or dotted[-1] or any(len(row) != len(rows) for row in told):
        return None
    places = [*range(begun), len(rows) - 1]
    for place, row in zip(places, told, strict=True):
        if not all(k == place or _says_nothing(each) or each == Number("0") for k, each in enumerate(row)):
            return None
    generic = _generic([told[k][k] for k in range(begun)], told[-1][-1], DOWN)
    if generic is None or generic.upper is None:
        return None
    column = generic.over("column", DOWN, group.span)
    return Product(("", ""), (Name("diag", span=group.span), Group("(", (column,), group.span)), group.span)


def _is_dotted(row: Syntax) -> bool:
    return _says_nothing(row) or (isinstance(row, Group) and all(map(_says_nothing, row.contents)))


def _has_dots(row: Syntax) -> bool:
    return any(isinstance(each, Dots) for each in walk_syntax(row))


def _says_nothing(part: Syntax) -> bool:
    return isinstance(part, Dots) or (isinstance(part, Group) and not part.contents)


@dataclass
class _Generic:
    """What the entries of a list have in common: what each is at a letter, where the letter begins and ends."""

    body: Syntax
    first: int
    upper: Syntax | None

    def over(self, kind: str, letter: str, span: Span) -> BigOperator:
        """The list over its letter; one whose entries are all the same has no end."""
        begin = Chain(("=",), (Name(letter), Number(str(self.first))))
        return BigOperator(kind, (begin,), (self.upper,) if self.upper is not None else (), self.body, span)


def _generic(first: Sequence[Syntax], last: Syntax, letter: str) -> _Generic | None:
    """What a list goes through, from those before the dots and the one after them."""
    bodies = []
    for number, each in enumerate(first):
        found = _Differences(letter)
        body = found.pair(each, last)
        if body is None:
            return None
        bodies.append((body, found.numbers, found.letters, number))
    body, numbers, letters, _ = bodies[0]
    if not letters:
        return _Generic(last, 1, None) if all(not each[2] for each in bodies) else None
    if len(letters) != 1 or len(numbers) != 1 or not (begin := next(iter(numbers))).isdigit() or int(begin) > 1:
        return None
    if any(each[0] != body or each[1] != {str(int(begin) + each[3])} for each in bodies):
        return None
    return _Generic(body, int(begin), Name(next(iter(letters))))


@dataclass
class _Differences:
    """Where two parts differ: the numbers in the one, the letters in the other."""

    letter: str
    numbers: set[str] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)

    def pair(self, one: Syntax, last: Syntax) -> Syntax | None:
        """The last part with the letter where the other has a number; None where they differ otherwise."""
        if one == last:
            return last
        if isinstance(one, Number) and isinstance(last, Name) and last == Name(last.base):
            self.numbers.add(one.text)
            self.letters.add(last.base)
            return Name(self.letter, span=last.span)
        if isinstance(one, Name) and isinstance(last, Name):
            return self._names(one, last)
        if type(one) is not type(last) or len(parts(one)) != len(parts(last)):
            return None
        inner = [self.pair(mine, theirs) for mine, theirs in zip(parts(one), parts(last), strict=True)]
        if any(each is None for each in inner):
            return None
        made = with_parts(last, tuple(each for each in inner if each is not None))
        return made if with_parts(one, parts(made)) == made else None

    def _names(self, one: Name, last: Name) -> Name | None:
        if replace(one, subscripts=(), superscripts=()) != replace(last, subscripts=(), superscripts=()):
            return None
        if one.superscripts != last.superscripts:
            return None
        theirs = _pieces(last.subscripts, 0)
        mine = _pieces(one.subscripts, len(theirs))
        if len(mine) != len(theirs):
            return None
        below = [self.pair(a, b) for a, b in zip(mine, theirs, strict=True)]
        return (
            None
            if any(each is None for each in below)
            else replace(last, subscripts=tuple(e for e in below if e is not None))
        )


def _pieces(scripts: Sequence[Syntax], wanted: int) -> list[Syntax]:
    """What stands side by side below a name: `id` is i and d, `N1` is N and 1, `11` two ones where two are `wanted`."""
    found: list[Syntax] = []
    for each in scripts:
        if isinstance(each, Product) and not any(each.operators):
            found += _pieces(each.factors, wanted)
        elif (
            isinstance(each, Name)
            and each == Name(each.base)
            and each.base.isalpha()
            and 1 < len(each.base) <= _LONGEST_RUN
        ):
            found += [Name(letter, span=each.span) for letter in each.base]
        elif isinstance(each, Number) and wanted == len(each.text) > 1 and each.text.isdigit():
            found += [Number(digit, each.span) for digit in each.text]
        else:
            found.append(each)
    return found


__all__ = ["ACROSS", "DOWN", "without_dots"]
