r"""What hangs on a name, taken apart: indices, layers, samples, powers, transposes, and the marks that name it.

`W^{[2]T}_{ij}` has the letters i and j below it, a layer and a transpose above. Which of these are indices and which
are part of the name is decided in `vocabulary`, by how the whole document uses them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

from chalkgrad.page.syntax import Addition, Group, Name, Number, Product, Scripted, Span, Syntax, Text

TRANSPOSES = frozenset({"T", r"\top", r"\intercal", r"\mathsf{T}", r"\mathrm{T}", r"\mathbf{T}", "⊤", r"\tran"})
MEANINGS = re.compile(r"§\d+")  # with which a letter of several meanings goes on: the writer has the letter alone
_SPLIT_AT_MOST = 4


@dataclass(frozen=True)
class Item:
    """One index or mark: a `number`, a `letter` with what is added to it (`l-1`), a `word`, or something `other`.

    `bracket` is what it stands in: "[" as in `[l]`, "(" as in `(i)`, or nothing.
    """

    kind: Literal["number", "letter", "word", "affine", "other"]
    text: str
    offset: int = 0
    bracket: str = ""
    syntax: Syntax | None = field(default=None, compare=False, repr=False)

    @property
    def span(self) -> Span:
        return self.syntax.span if self.syntax is not None else (0, 0)

    def __str__(self) -> str:
        shift = f"{self.offset:+d}" if self.offset else ""
        closing = {"(": ")", "[": "]"}.get(self.bracket, "")
        return f"{self.bracket}{self.text}{shift}{closing}"


@dataclass(frozen=True)
class Scripts:
    """What hangs on a name: the items below and above, how often it is transposed, and the powers above it."""

    below: tuple[Item, ...] = ()
    above: tuple[Item, ...] = ()
    transposed: bool = False
    starred: bool = False

    @cached_property
    def size_marks(self) -> str:
        """What the name of a size has besides its letter."""
        below, above = ("".join(map(str, items)) for items in (self.below, self.above))
        return (f"_{below}" if below else "") + (f"^{above}" if above else "")


_NONE = Scripts()
_KEPT: dict[int, tuple[Name, Scripts]] = {}
_BARE: dict[int, tuple[Name, Name]] = {}
_MOST_KEPT = 20_000


def base_of(name: Name) -> str:
    r"""The letters of a name with their accents, as a key: `\hat y` is `yhat`, `\mathbf W` is `W`.

    >>> base_of(Name("y", accents=("hat",))), base_of(Name(r"\delta"))
    ('yhat', 'delta')
    """
    return _letters(name.base, name.accents)


@lru_cache(maxsize=4096)
def _letters(base: str, accents: tuple[str, ...]) -> str:
    return base.replace("\\", "") + "".join(accent for accent in accents if accent != "vec")


def is_transpose(part: Syntax) -> bool:
    r"""Whether a superscript says transpose: `T`, `\top`."""
    return isinstance(part, Name) and not (part.subscripts or part.superscripts) and (
        part.base in TRANSPOSES or (part.base == "T" and part.style != "")
    )  # fmt: skip


def scripts_of(name: Name) -> Scripts:
    r"""The scripts of a name, one by one.

    >>> found = scripts_of(Name("W", (Name("i"), Number("2")), (Group("[", (Number("2"),)), Name("T"))))
    >>> [str(item) for item in (*found.below, *found.above)], found.transposed
    (['i', '2', '[2]'], True)
    """
    if not name.subscripts and not name.superscripts:
        return _NONE
    kept = _KEPT.get(id(name))
    if kept is None:
        if len(_KEPT) > _MOST_KEPT:
            _KEPT.clear()
        kept = _KEPT[id(name)] = (name, _scripts_of(name))  # the name with them, so that its id stays its own
    return kept[1]


def bare_name(name: Name) -> Name:
    """The name without what stands above it and without primes."""
    if not name.superscripts and not name.primes:
        return name
    kept = _BARE.get(id(name))
    if kept is None:
        if len(_BARE) > _MOST_KEPT:
            _BARE.clear()
        kept = _BARE[id(name)] = (name, replace(name, superscripts=(), primes=0))
    return kept[1]


def _scripts_of(name: Name) -> Scripts:
    above: list[Item] = []
    turns = 0
    starred = False
    for part in pieces_of(name.superscripts):
        if is_transpose(part):
            turns += 1
        elif isinstance(part, Name) and part.base in ("*", r"\ast", r"\star", r"\prime", r"\dagger"):
            starred = True
        else:
            above.append(item_of(part))
    return Scripts(tuple(map(item_of, pieces_of(name.subscripts))), tuple(above), turns % 2 == 1, starred)


def pieces_of(parts: tuple[Syntax, ...]) -> list[Syntax]:
    """What stands side by side in a script: `[1](i)` is two, `i1` too."""
    found: list[Syntax] = []
    for part in parts:
        if isinstance(part, Group) and part.bracket == "{" and len(part.contents) >= 1:
            found.extend(pieces_of(part.contents))
        elif isinstance(part, Group) and part.bracket in "([" and len(part.contents) > 1:
            found.extend(replace(part, contents=(each,)) for each in part.contents)  # `x^{(i, 2)}`: a sample, a layer
        elif isinstance(part, Product) and not any(part.operators):
            grouped = any(isinstance(each, Group) and each.bracket in "([" for each in part.factors)
            simple = all(isinstance(each, Name | Number | Group) or is_transpose(each) for each in part.factors)
            leading = isinstance(part.factors[0], Number) and not grouped and not _is_place_beside(part, parts)
            found.extend([part] if not simple or leading else pieces_of(part.factors))
        elif isinstance(part, Scripted) and isinstance(part.base, Group) and not part.subscripts:
            found.append(part.base)
            found.extend(pieces_of(part.superscripts))
        else:
            found.append(part)
    return found


def _is_place_beside(part: Product, parts: tuple[Syntax, ...]) -> bool:
    """Whether a script is a digit and a letter, the place along one axis and the index along another: `w_{1i}`."""
    match part.factors:
        case (Number(text=text), Name(subscripts=(), superscripts=())):
            return len(parts) == 1 and len(text) == 1 and text != "0"
    return False


def item_of(part: Syntax) -> Item:
    """A piece of a script as an item."""
    match part:
        case Group(bracket=bracket, contents=(inner,)) if bracket in ("(", "[", r"\langle"):
            item = item_of(inner)
            return Item(item.kind, item.text, item.offset, "(" if bracket == "(" else "[", part)
        case Group(bracket="{", contents=(inner,)):
            return item_of(inner)
        case Number(text=text):
            return Item("number", text, 0, "", part)
        case Text(content=content):
            return Item("word", content.strip(), 0, "", part)
        case Name(subscripts=(), superscripts=()):
            text = base_of(part) + "'" * part.primes
            one = len(text) == 1 or part.base.startswith("\\") or bool(part.accents)
            return Item("letter" if one else "word", text, 0, "", part)
        case Name():
            return Item("other", _text(part), 0, "", part)
        case Addition(signs=signs, terms=terms):
            names = [(sign, term) for sign, term in zip(signs, terms, strict=True) if isinstance(term, Name)]
            rest = [(sign, term) for sign, term in zip(signs, terms, strict=True) if not isinstance(term, Name)]
            if len(names) == 1 and names[0][0] == 1 and all(_whole(term) for _, term in rest):
                letter = item_of(names[0][1])
                if letter.kind == "letter":
                    offset = sum(sign * int(term.text) for sign, term in rest if isinstance(term, Number))
                    return Item("letter", letter.text, offset, "", part)
            if len(names) > 1 and all(_whole(term) for _, term in rest):
                if all(item_of(term).kind == "letter" for _, term in names):
                    return Item("affine", _text(part), 0, "", part)
    return Item("other", _text(part), 0, "", part)


def letters_in(item: Item) -> tuple[str, ...]:
    """The letters of an index: i and k of `i+k-1`."""
    if item.kind == "letter":
        return (item.text,)
    if item.kind == "affine" and isinstance(item.syntax, Addition):
        return tuple(item_of(term).text for term in item.syntax.terms if isinstance(term, Name))
    return ()


def _whole(part: Syntax) -> bool:
    return isinstance(part, Number) and part.text.isdigit() and len(part.text) < 6


def letters_apart(item: Item, known: frozenset[str] | set[str]) -> tuple[Item, ...]:
    """A run such as `ij` or `12` as its letters or digits; the item itself where it is none.

    >>> [str(each) for each in letters_apart(Item("word", "ij"), {"i", "j"})]
    ['i', 'j']
    """
    if item.kind == "word" and item.text.isalpha() and len(item.text) <= _SPLIT_AT_MOST and set(item.text) <= known:
        return tuple(Item("letter", letter, 0, item.bracket, item.syntax) for letter in item.text)
    return (item,)


def digits_apart(item: Item) -> tuple[Item, ...]:
    """The digits of a number one by one."""
    if item.kind == "number" and item.text.isdigit() and 1 < len(item.text) <= _SPLIT_AT_MOST:
        return tuple(Item("number", digit, 0, item.bracket, item.syntax) for digit in item.text)
    return (item,)


def _text(part: Syntax) -> str:
    match part:
        case Number(text=text):
            return text
        case Name():
            below = ",".join(map(_text, part.subscripts))
            above = ",".join(map(_text, part.superscripts))
            return base_of(part) + (f"_{below}" if below else "") + (f"^{above}" if above else "")
        case Group(bracket=bracket, contents=contents):
            return bracket + ",".join(map(_text, contents))
        case Product(factors=factors):
            return "".join(map(_text, factors))
        case Addition(signs=signs, terms=terms):
            signed = (("-" if sign < 0 else "+") + _text(term) for sign, term in zip(signs, terms, strict=True))
            return "".join(signed).removeprefix("+")
        case Text(content=content):
            return content
    return "?"
