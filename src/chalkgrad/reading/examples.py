r"""Worked examples: numbers that a document gives, `x = 2`, and what it says comes out, `z = w x + b = 3 \cdot 2 = 6`.

They are set apart before the network is read: a number is no definition of a parameter, and no formula for a gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.language import evaluate_expression
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Dots,
    Group,
    Name,
    Number,
    Scripted,
    Syntax,
    Text,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.claims import Place
from chalkgrad.reading.conventions import LOSS_NAMES, TARGETS
from chalkgrad.reading.families import key_of, quantities
from chalkgrad.reading.gathering import Written
from chalkgrad.reading.meaning import Meaning, meaning_of
from chalkgrad.reading.scope import Scope, core, index_of, is_transpose

Numbers: TypeAlias = "float | tuple[Numbers, ...]"
_INPUTS = frozenset({"x", "X", *TARGETS})
# A number for one of these is a constant of the model, or how many there are of something.
_SETTINGS = frozenset(
    (
        "lambda",
        "alpha",
        "epsilon",
        "varepsilon",
        "eta",
        "gamma",
        "delta",
        "rho",
        "tau",
        "mu",
        "kappa",
        "nu",
        *"nmNMKdksT",
    )
)
_EQUAL = frozenset({"=", "≈", ":="})
_MOST_ROUNDED = 50


@dataclass(frozen=True)
class Side:
    """A side in numbers: one, or rows of them; `rounding` is how far they may be off for having been rounded."""

    numbers: Numbers
    rounding: float
    syntax: Syntax


@dataclass(frozen=True)
class Example:
    """An equation in numbers: with `given` it says what a declared quantity is, else what comes out.

    `of` is the quantity, or that which is derived by `wrt`. `subject` is short plain text.
    """

    equation: WrittenEquation
    syntax: Chain
    subject: str
    of: Place
    wrt: Place | None
    sides: tuple[Side, ...]
    given: bool


def set_apart(chains: Sequence[Written]) -> tuple[list[Written], list[Written]]:
    r"""The equations without their numbers, and those numbers as equations of their own.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.reading.gathering import gathered
    >>> document = read_document("$$z = w x$$ Let $x = 2$ and $w = 3$: $$z = w x = 3 \\cdot 2 = 6$$")
    >>> rest, numbers = set_apart(gathered(document).written)
    >>> [len(chain.sides) for _, chain in rest], [len(chain.sides) for _, chain in numbers]
    ([2, 2], [2, 2, 3])
    """
    parts = [(pair, [] if _is_constant_unit(pair[1]) else _in_numbers(pair[1])) for pair in chains]
    defined = {
        key_of(left) for (_, chain), places in parts if isinstance(left := chain.sides[0], Name) and 1 not in places
    }
    known = _declared([chain for _, chain in chains], defined)
    alone = [(left, chain) for (_, chain), places in parts if 1 in places and isinstance(left := chain.sides[0], Name)]
    given = {key_of(left) for left, chain in alone if key_of(left) in known or _is_list(chain.sides[-1])}
    if any(core(left) in _INPUTS and key_of(left) in given for left, _ in alone):
        known |= {key_of(left) for left, _ in alone if core(left) not in _SETTINGS} - defined
    rest: list[Written] = []
    numbers: list[Written] = []
    for (equation, chain), places in parts:
        left = chain.sides[0]
        if not places:
            rest.append((equation, chain))
        elif len(places) < len(chain.sides) - 1:
            rest.append((equation, _with_sides(chain, [k for k in range(1, len(chain.sides)) if k not in places])))
            numbers.append((equation, _with_sides(chain, places)))
        elif isinstance(left, Derivative):
            (numbers if given else rest).append((equation, chain))
        elif isinstance(left, Name) and (key_of(left) in known or _is_list(chain.sides[places[-1]])):
            numbers.append((equation, chain))
        elif isinstance(left, Name) and (key_of(left) in defined or (defined and key_of(left) in LOSS_NAMES)):
            if equation.display:  # in a sentence, `at $z = 0$`, nothing is said to come out
                numbers.append((equation, chain))
        else:
            rest.append((equation, chain))
    return rest, numbers


def _is_constant_unit(chain: Chain) -> bool:
    """Whether this is the unit that is always 1, by which a bias is written as a weight: `x_0 = 1`."""
    left, right = chain.sides[0], chain.sides[-1]
    return isinstance(left, Name) and right == Number("1") and Number("0") in left.subscripts


def _declared(chains: Sequence[Chain], defined: set[str]) -> set[str]:
    """The names that are inputs, targets or what is derived by, and that no equation defines."""
    derivatives = [part for chain in chains for part in walk_syntax(chain) if isinstance(part, Derivative)]
    found = {key_of(by) for part in derivatives for by in part.denominators if isinstance(by, Name)}
    found |= {key_of(name) for chain in chains for name in quantities(chain) if core(name) in _INPUTS}
    return found - defined


def _in_numbers(chain: Chain) -> list[int]:
    """Which of the sides are numbers after which only numbers come; none where the relations are others."""
    if not _EQUAL.issuperset(chain.relations) or not isinstance(chain.sides[0], Name | Derivative):
        return []
    places: list[int] = []
    for place in range(len(chain.sides) - 1, 0, -1):
        if not _is_numeric(chain.sides[place]):
            break
        places.insert(0, place)
    return places


def _is_numeric(side: Syntax) -> bool:
    found = list(walk_syntax(side))
    if any(isinstance(part, Derivative | BigOperator | Dots | Text) for part in found):
        return False
    return any(isinstance(part, Number) for part in found) and next(quantities(side), None) is None


def _with_sides(chain: Chain, places: Sequence[int]) -> Chain:
    relations = tuple(chain.relations[place - 1] for place in places)
    return replace(chain, relations=relations, sides=(chain.sides[0], *(chain.sides[place] for place in places)))


def read_example(equation: WrittenEquation, chain: Chain, scope: Scope) -> Example:
    """What an equation in numbers says about the network. Raises `ReadingError` where that is not clear."""
    meaning = Meaning(scope, equation.latex)
    left, wrt = chain.sides[0], None
    if isinstance(left, Derivative):
        if left.numerator is None or len(left.denominators) != 1:
            raise meaning.error("this is not a first derivative of something", left, r"\frac{\partial L}{\partial w}")
        of, wrt = _place(left.numerator, meaning), _place(left.denominators[0], meaning)
    else:
        of = _place(left, meaning)
    read = (_read(side, relation) for side, relation in zip(chain.sides[1:], chain.relations, strict=True))
    sides = tuple(side for side in read if side is not None)
    if not sides:
        raise meaning.error("these numbers cannot be computed", chain.sides[-1], "a number, or rows of numbers")
    given = wrt is None and scope.program is not None and of.tensor in scope.program.declared
    subject = str(of) if wrt is None else f"d{of}/d{wrt}"
    return Example(equation, chain, subject, of, wrt, sides, given)


def _read(side: Syntax, relation: str) -> Side | None:
    try:
        return Side(_numbers(side), _rounding(side, relation), side)
    except (ChalkgradError, ArithmeticError):
        return None


def _place(syntax: Syntax, meaning: Meaning) -> Place:
    """The whole tensor, or the entry of one, that a name stands for."""
    resolved = meaning.scope.use(syntax) if isinstance(syntax, Name) else None
    if resolved is None or resolved.exponents:
        if isinstance(syntax, Name):
            meaning.unknown_name(syntax)
        raise meaning.error("this is not one quantity", syntax, "a name")
    if resolved.indices is None:
        return Place(resolved.tensor)
    pairs = zip(resolved.indices, resolved.tensor.axes, strict=True)
    try:
        return Place(resolved.tensor, tuple(index_of(index, {}, axis) for index, axis in pairs))
    except ReadingError as problem:
        raise meaning.error(problem.problem, syntax, problem.expected) from None


def _numbers(side: Syntax) -> Numbers:
    """The number, or rows of numbers, that a side comes to."""
    if isinstance(side, Scripted) and all(map(is_transpose, side.superscripts)) and not side.subscripts:
        return _numbers(side.base)  # a row or a column: what it belongs to has the shape
    if isinstance(side, Group) and _is_list(side):
        return tuple(_numbers(part) for part in side.contents)
    return _one(side)


def _is_list(side: Syntax) -> bool:
    if isinstance(side, Scripted):
        return _is_list(side.base)
    if not isinstance(side, Group) or side.bracket not in ("(", "["):
        return False
    return len(side.contents) > 1 or any(isinstance(part, Group) and part.bracket == "[" for part in side.contents)


def _rounding(side: Syntax, relation: str) -> float:
    """How far a side may be off because each of its decimal numbers was rounded to the digits that it has."""
    if isinstance(side, Group) and _is_list(side):
        return max(_rounding(part, relation) for part in side.contents)
    numerals = [part for part in walk_syntax(side) if isinstance(part, Number) and "." in part.text]
    if not numerals or len(numerals) > _MOST_ROUNDED:
        return 0.5 if relation == "≈" else 0.0
    middle = _one(side)
    return sum(abs(_one(_bumped(side, numeral)) - middle) for numeral in numerals)


def _bumped(side: Syntax, numeral: Number) -> Syntax:
    """The side with half a unit more in the last digit of one of its numbers."""
    bumped = replace(numeral, text=f"{numeral.text}5")

    def change(part: Syntax) -> Syntax:
        return bumped if isinstance(part, Number) and part.span == numeral.span else part

    return mapped(side, change, scripts=False)


def _one(side: Syntax) -> float:
    return float(evaluate_expression(meaning_of(side, Scope()).expression, {}))
