"""Worked examples: what a document says comes out, against its definitions and their derivatives at the numbers given.

A number is compared to the digits that are written: rounded or chopped, and off by one in its last digit where that is
less than half a percent. What it is computed from may be rounded too: it may follow from the number before it in its
chain, from the numbers told for the quantities on the way, and from derivatives that are as good as their digits.
Where a quantity was given several numbers, all of them are tried, the latest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.places import begins_at, mark
from chalkgrad.checking.repair import Slip
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.checking.words import Spelling, told
from chalkgrad.checking.worlds import UndefinedError
from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.language import (
    Call,
    Definition,
    Element,
    Index,
    Program,
    Role,
    Tensor,
    evaluate,
    evaluate_expression,
    jacobian_by_dual_numbers,
    walk,
)
from chalkgrad.page.effort import CLAIM_SPENT, MOST_FOR_CLAIM, PART_SPENT, SpentError, at_most
from chalkgrad.page.syntax import Group, Number, Scripted, Span, Syntax, mapped, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.layout import Value
from chalkgrad.reading.scripts import is_transpose
from chalkgrad.reading.sense import Sense, Setting

_MOST_CHOICES = 32
_MOST_ROUNDED = 50
_LAST_DIGIT = 0.005  # of a number: so much may it be off in its last digit, for having been rounded on the way
_CHOPPED = 0.1  # of a number: so much may be missing where its digits were cut off
_SURELY_ROUNDED = 3  # digits from which a decimal number is taken to be rounded
_EXACT = 1e-9
_EVERYWHERE = frozenset({0.0, 1.0, 2.0, 0.5})  # numbers that formulas have without being given any
_HINT = "Put the numbers that are given in once more, step by step."

Reals: TypeAlias = NDArray[np.float64]
Entry: TypeAlias = "tuple[int | None, ...]"


@dataclass(frozen=True)
class _Side:
    """A side in numbers: one, or rows of them; `rounding` is how far they may be off for having been rounded, and
    `carried` how far for the rounded numbers in the formula that it is the value of.
    """

    numbers: Any
    rounding: float
    span: Span
    carried: float = 0.0


@dataclass
class Given:
    """The numbers that a document gave so far: for each quantity, as a whole (None) or entry by entry, the latest
    first.
    """

    numbers: dict[str, dict[Entry | None, list[Reals]]] = field(default_factory=dict)

    def give(self, name: str, entry: Entry | None, value: Reals) -> None:
        """Keeps numbers for a quantity, or one entry of it."""
        known = self.numbers.setdefault(name, {})
        if (entry is None) != (None in known):
            known.clear()
        known.setdefault(entry, []).insert(0, value)

    def values(self, tensor: Tensor) -> list[Reals]:
        """The numbers for a quantity as a whole, in every way in which they were given."""
        known = self.numbers.get(tensor.name) or self.numbers.get(tensor.name.swapcase(), {})
        if None in known:
            fitting = (_fitted(value, tensor) for value in known[None])
            return [value for value in fitting if value is not None]
        sizes = [size for size in tensor.shape if isinstance(size, int)]
        places = list(np.ndindex(*sizes)) if len(sizes) == len(tensor.shape) else []
        if not places or any(place not in known for place in places):
            return []
        choices = islice(product(*(known[place] for place in places)), _MOST_CHOICES)
        return [np.array(chosen).reshape(sizes) for chosen in choices]


@dataclass
class Examples:
    """What a part of a document says in numbers, in its order."""

    comparing: Comparing
    given: Given
    spelling: Spelling
    on_the_way: Given = field(default_factory=Given)  # what came out so far, as it was told
    coarsest: float = 0.0  # how far off, relatively, the derivatives told so far may be for their digits

    def told(self, statement: Statement) -> CheckedClaim:
        """What is told of an equation in numbers, as far as the work for a claim goes."""
        setting = self.comparing.reading.setting
        if setting is None:
            return _checked(statement, "definition", "", PART_SPENT)
        try:
            with at_most(MOST_FOR_CLAIM):
                return self._told(statement, setting)
        except SpentError:
            return _checked(statement, "definition", "", CLAIM_SPENT)

    def _told(self, statement: Statement, setting: Setting) -> CheckedClaim:
        """The verdict on an equation in numbers: numbers that are given are definitions."""
        self.sense = Sense(setting, f"e{statement.place}", statement.equation.latex, frozenset({"left"}))
        sides = [self._side(each, relation) for each, relation in zip(
            statement.chain.sides[1:], statement.chain.relations, strict=True)]  # fmt: skip
        read = [side for side in sides if side is not None]
        left: Value | None = None
        try:
            left = self.sense.value(statement.chain.sides[0])
            self.comparing.reading.sizes.join_all(self.sense.facts.pairs, strict=True)
        except (ChalkgradError, RecursionError):
            left = None
        if left is not None and read and (not isinstance(left.expression, Element) or _is_turned(left)):
            carried = self._carried(statement.chain.sides[0])
            return self._of_formula(statement, left, [replace(side, carried=carried) for side in read])
        if left is None or not isinstance(left.expression, Element) or not read:
            return _checked(statement, "definition", "", "its numbers are not checked")
        element = self.comparing.resizing.of(left.expression)
        assert isinstance(element, Element)
        if element.tensor.role is Role.ADJOINT:
            return self._verdict(statement, element, read)
        if element.tensor.name in self.comparing.definitions:
            return self._verdict(statement, element, read)
        return self._give(statement, element, read)

    # --- reading ---

    def _side(self, side: Syntax, relation: str) -> _Side | None:
        try:
            return _Side(self._numbers(side), self._rounding(side, relation), side.span)
        except (ChalkgradError, ArithmeticError, RecursionError):
            return None

    def _numbers(self, side: Syntax) -> Any:
        """The number, or rows of numbers, that a side comes to."""
        if isinstance(side, Scripted) and all(map(is_transpose, side.superscripts)) and not side.subscripts:
            return self._numbers(side.base)  # a row or a column: what it belongs to has the shape
        if isinstance(side, Group) and _is_list(side):
            return [self._numbers(part) for part in side.contents]
        return self._one(side)

    def _one(self, side: Syntax) -> float:
        expression = self.sense.value(side).expression
        if expression.free:
            raise ReadingError("an index stands here that no number is given for")
        return float(evaluate_expression(expression, {}))

    def _rounding(self, side: Syntax, relation: str) -> float:
        """How far a side may be off because each of its decimal numbers was rounded to the digits that it has."""
        if isinstance(side, Scripted):
            side = side.base
        if isinstance(side, Group) and _is_list(side):
            return max(self._rounding(part, relation) for part in side.contents)
        numerals = [part for part in walk_syntax(side) if isinstance(part, Number) and "." in part.text]
        if not numerals or len(numerals) > _MOST_ROUNDED:
            return 0.5 if relation == "≈" else 0.0
        middle = self._one(side)
        return sum(abs(self._one(_bumped(side, numeral)) - middle) for numeral in numerals)

    def _carried(self, side: Syntax) -> float:
        """How far off a formula is because its decimal numbers of so many digits were rounded; 0 with a name in it."""
        numerals = [part for part in walk_syntax(side) if isinstance(part, Number) and "." in part.text]
        long = [each for each in numerals if len(each.text.replace(".", "").lstrip("0")) >= _SURELY_ROUNDED]
        try:
            middle = self._one(side)
            return sum(abs(self._one(_bumped(side, numeral)) - middle) for numeral in long[:_MOST_ROUNDED])
        except (ChalkgradError, ArithmeticError, RecursionError):
            return 0.0

    # --- judging ---

    def _give(self, statement: Statement, element: Element, sides: Sequence[_Side]) -> CheckedClaim:
        tensor, entry = element.tensor, _entry(element.indices)
        try:
            value = np.array(sides[-1].numbers, dtype=float)
        except ValueError:  # rows of different lengths
            words = "these numbers are not used, as their rows have different lengths"
            return replace(_checked(statement, "definition", tensor.name), guesses=(words,))
        if entry is None:
            fitted = _fitted(value, tensor)
            if fitted is None:
                shape = " × ".join(map(str, tensor.shape)) or "a single number"
                words = f"these numbers are not used, as {self.spelling.of(tensor)} is {shape}"
                return replace(_checked(statement, "definition", tensor.name), guesses=(words,))
            value = fitted
        self.given.give(tensor.name, entry, value)
        self.on_the_way, self.coarsest = Given(), 0.0
        subject = tensor.name if entry is None else str(element)
        return _checked(statement, "definition", subject, "given in numbers")

    def _verdict(self, statement: Statement, element: Element, sides: Sequence[_Side]) -> CheckedClaim:
        found = _checked(statement, "claim", _subject(element))
        found = replace(found, title=told(element, self.spelling))
        derived = element.tensor.role is Role.ADJOINT
        try:
            world, made, _ = self.comparing.world((element,), Value(element))
            program = world.program
            if made or self._has_unknown(program):
                raise ReadingError("a function in it may be any")
            of = program.tensor(element.tensor.of if derived else element.tensor.name)
            by = program.tensor(element.tensor.wrt) if derived else None
            program = program.needed_for(of, *((by,) if by is not None else ()))
            if any(tensor.role is Role.ADJOINT for each in program.definitions for tensor in each.body.tensors):
                raise UndefinedError("it rests on derivatives")
            found = self._compared(statement, found, program, of, by, element.indices, sides)
            if found.verdict == "right":
                self._keep(element, sides[-1])
            if found.verdict == "wrong" and not derived:
                return self._of_another(statement, found, program, sides)
            return found
        except (ChalkgradError, KeyError):
            return replace(found, kind="definition", verdict="definition", guesses=("its numbers are not checked",))

    def _of_another(
        self, statement: Statement, found: CheckedClaim, program: Program, sides: Sequence[_Side]
    ) -> CheckedClaim:
        """A wrong number, unless it is another example's: one that follows from a formula of its own, or from numbers
        of which most were given to nothing here.
        """
        if self._follows_from_own_formula(statement, sides):
            reason = "its numbers follow from the formula that stands here, which is not the definition"
            return replace(found, verdict="undetermined", reason=reason, mistakes=(), marks=(), link="")
        known = {
            round(float(number), 12)
            for tensor in program.declared
            for value in self.given.values(tensor)
            for number in np.ravel(np.abs(value))
        }
        numerals = {
            float(part.text) for side in statement.chain.sides[1:2] for part in walk_syntax(side)
            if isinstance(part, Number)
        } - _EVERYWHERE  # fmt: skip
        strange = sorted(number for number in numerals if round(number, 12) not in known)
        if not isinstance(statement.chain.sides[1], Number) and 2 * len(strange) > len(numerals):
            told_ = ", ".join(f"{number:g}" for number in strange)
            reason = f"it is computed from other numbers than those that were given: {told_}"
            return replace(found, verdict="undetermined", reason=reason, mistakes=(), marks=(), link="")
        return found

    def _follows_from_own_formula(self, statement: Statement, sides: Sequence[_Side]) -> bool:
        """Whether a side with names in it comes to the numbers beside it."""
        for side in statement.chain.sides[1:]:
            try:
                value = self.sense.value(side)
            except (ChalkgradError, ArithmeticError, RecursionError):
                continue
            if value.expression.tensors and self._of_formula(statement, value, sides).verdict == "right":
                return True
        return False

    def _keep(self, element: Element, side: _Side) -> None:
        """Keeps a number that came out, which what comes later may be computed from, rounded as it is."""
        numbers = np.array(side.numbers, dtype=float)
        if element.tensor.role is not Role.ADJOINT:
            self.on_the_way.give(element.tensor.name, _entry(element.indices), numbers)
        elif numbers.any():
            self.coarsest = max(self.coarsest, side.rounding / float(np.abs(numbers[numbers != 0]).min()))

    def _has_unknown(self, program: Program) -> bool:
        """Whether a program takes something for a function that nobody defines."""
        reading = self.comparing.reading
        rows = {row for name, row in reading.unknown.items() if name not in reading.assumed}
        return any(
            isinstance(node, Call) and node.function in rows for each in program.definitions for node in walk(each.body)
        )

    def _of_formula(self, statement: Statement, left: Value, sides: Sequence[_Side]) -> CheckedClaim:
        """The verdict on what a formula comes to; where that differs, it may be an equation to be solved."""
        unchecked = _checked(statement, "definition", "", "its numbers are not checked")
        expression, axes = (
            self.comparing.resizing.of(left.expression),
            tuple(map(self.comparing.resizing.axis, left.axes)),
        )
        if any(tensor.role is Role.ADJOINT for tensor in expression.tensors) or expression.free - set(axes):
            return unchecked
        try:
            world, made, _ = self.comparing.world((expression,), left)
        except (ChalkgradError, KeyError):
            return unchecked
        if made or self._has_unknown(world.program):
            return unchecked
        of = Tensor("formula", axes)
        known = world.program
        program = Program(known.declared, (*known.definitions, Definition(of, axes, expression)), (of,))
        found = replace(_checked(statement, "claim", ""), title=told(left.expression, self.spelling))
        found = self._compared(statement, found, program, of, None, (), sides)
        if found.verdict != "wrong" or any(isinstance(node, Call) and node.order for node in walk(expression)):
            return found
        return replace(found, verdict="undetermined", reason="it may ask for what makes it so", mistakes=(), marks=())

    def _compared(
        self, statement: Statement, found: CheckedClaim, program: Program, of: Tensor, by: Tensor | None,
        indices: Sequence[Index], sides: Sequence[_Side],
    ) -> CheckedClaim:  # fmt: skip
        """The verdict under the numbers given for all that a program leaves free."""
        if any(tensor.role is Role.ADJOINT for each in program.definitions for tensor in each.body.tensors):
            return replace(found, kind="definition", verdict="definition", guesses=("its numbers are not checked",))
        values = {tensor: self.given.values(tensor) for tensor in program.declared}
        missing = [self.spelling.of(tensor) for tensor, known in values.items() if not known]
        if missing:
            words = f"its numbers are not checked, as there are none for {', '.join(sorted(missing))}"
            return replace(found, kind="definition", verdict="definition", guesses=(words,))
        wrong: tuple[_Side, Reals] | None = None
        for chosen in islice(product(*values.values()), _MOST_CHOICES):
            numbers = {tensor.name: value.tolist() for tensor, value in zip(values, chosen, strict=True)}
            try:
                sizes = _sizes(program, chosen)
                true = _true(program, of, by, numbers, sizes)
            except ChalkgradError as problem:
                reason = f"it could not be computed at the numbers given: {problem}"
                return replace(found, verdict="undetermined", reason=reason)
            true = _part(true, indices)
            failing = _failing(sides, true, self.coarsest)
            if failing is not None:
                failing = self._failing_as_told(program, of, by, numbers, sizes, indices, sides)
            if failing is None:
                return replace(found, verdict="right", reason=f"it is {_written(true)} at the numbers given")
            wrong = wrong or (failing, true)
        if wrong is None:
            return replace(found, kind="definition", verdict="definition")
        side, right = wrong
        said = statement.equation.latex[slice(*side.span)].strip()
        slip = Slip("wrong_number", f"At the numbers given it is {_written(right)}, not {said}.", _HINT)
        shown = (mark(statement.equation, side.span),)
        return replace(found, verdict="wrong", reason=slip.message, mistakes=(slip,), marks=shown, link=said)

    def _failing_as_told(
        self, program: Program, of: Tensor, by: Tensor | None, values: Mapping[str, Any], sizes: Mapping[str, int],
        indices: Sequence[Index], sides: Sequence[_Side],
    ) -> _Side | None:  # fmt: skip
        """The first side that fails where what lies on the way is as it was told: rounded."""
        values, rounded = dict(values), program
        for each in program.definitions:
            as_told = self.on_the_way.values(each.tensor) if each.tensor is not of else []
            if not as_told:
                continue
            known = np.array(evaluate(rounded, values, sizes=sizes)[each.tensor.name].nested(), dtype=float)
            off = Tensor(f"{each.tensor.name}'s rounding", each.tensor.axes)
            values[off.name] = (as_told[0] - known).tolist()
            moved = replace(each, body=each.body + Element(off, each.left.indices))
            later = tuple(moved if other is each else other for other in rounded.definitions)
            rounded = replace(rounded, declared=(*rounded.declared, off), definitions=later)
        return _failing(sides, _part(_true(rounded, of, by, values, sizes), indices), self.coarsest)


def _checked(statement: Statement, kind: str, subject: str, reason: str = "") -> CheckedClaim:
    line, column = begins_at(statement)
    at = statement.equation
    return CheckedClaim(line, column, at.section, at.latex, kind, subject, "definition", reason)


def _subject(element: Element) -> str:
    tensor = element.tensor
    if tensor.role is not Role.ADJOINT:
        return tensor.name if _entry(element.indices) is None else str(element)
    return f"d{tensor.of}/d{tensor.wrt}" + ("" if _entry(element.indices) is None else f"[{element.indices[-1]}]")


def _entry(indices: Sequence[Index]) -> Entry | None:
    """The fixed places, None for all of something."""
    if not indices or any(index.axis is not None for index in indices):
        return None
    return tuple(index.offset for index in indices)


def _is_list(side: Syntax) -> bool:
    if isinstance(side, Scripted):
        return _is_list(side.base)
    if not isinstance(side, Group) or side.bracket not in ("(", "["):
        return False
    return len(side.contents) > 1 or any(isinstance(part, Group) and part.bracket == "[" for part in side.contents)


def _is_turned(left: Value) -> bool:
    r"""Whether a value is a matrix with its rows and columns exchanged: the numbers of `W^\top` are not those of W."""
    if not isinstance(left.expression, Element) or left.row is None or left.column is None:
        return False
    return [index.axis for index in left.expression.indices if index.axis is not None] == [left.column, left.row]


def _bumped(side: Syntax, numeral: Number) -> Syntax:
    """The side with half a unit more in the last digit of one of its numbers."""
    bumped = replace(numeral, text=f"{numeral.text}5")

    def change(part: Syntax) -> Syntax:
        return bumped if isinstance(part, Number) and part.span == numeral.span else part

    return mapped(side, change)


def _sizes(program: Program, chosen: Sequence[Reals]) -> dict[str, int]:
    """The numbers of the named sizes, as the numbers given have them."""
    found: dict[str, int] = {}
    for tensor, value in zip(program.declared, chosen, strict=True):
        for size, count in zip(tensor.shape, value.shape, strict=True):
            if isinstance(size, str):
                found[size] = count
    return found


def _true(
    program: Program, of: Tensor, by: Tensor | None, values: Mapping[str, Any], sizes: Mapping[str, int]
) -> Reals:
    """The value of something, or its derivative by something."""
    known = evaluate(program, values, sizes=sizes)
    if by is None:
        return np.array(known[of.name].nested(), dtype=float)
    values = dict(values)
    if by not in program.declared:
        given = Tensor(by.name, by.axes, by.role)
        later = tuple(definition for definition in program.definitions if definition.tensor is not by)
        program = Program((*program.declared, given), later, (of,), program.assumptions)
        values[by.name] = known[by.name].nested()
    found = jacobian_by_dual_numbers(program, values, by.name, of.name, sizes=sizes)
    return np.array(found.nested(), dtype=float)


def _part(value: Reals, indices: Sequence[Index]) -> Reals:
    places = tuple(index.offset if index.axis is None else slice(None) for index in indices)
    found: Reals = np.asarray(value)[places]
    return found


def _fitted(value: Reals, tensor: Tensor) -> Reals | None:
    """The numbers in the shape of the tensor; rows of one entry, and columns, are vectors."""
    shape = tensor.shape
    sizes = [size for size in shape if isinstance(size, int)]
    if value.ndim == len(shape) and all(
        not isinstance(size, int) or size == found for size, found in zip(shape, value.shape, strict=True)
    ):
        return value
    squeezed = value.squeeze()
    if len(sizes) == len(shape) and [n for n in value.shape if n != 1] == [n for n in sizes if n != 1]:
        return value.reshape(sizes)
    if len(sizes) < len(shape) and squeezed.ndim == len(shape):
        return squeezed
    return None


def _failing(sides: Sequence[_Side], true: Reals, coarsest: float) -> _Side | None:
    """The first side that is neither the true number nor what the side before it comes to, to the digits it has."""
    before: _Side | None = None
    for side in sides:
        follows = before is not None and before.rounding and _close(side, np.array(before.numbers, dtype=float))
        if not follows and not _close(side, true, coarsest):
            return side
        before = side
    return None


def _close(side: _Side, true: Reals, coarsest: float = 0.0) -> bool:
    """Whether a side is a number rounded or chopped to its digits; `coarsest` is how far off that number may be."""
    claimed = np.array(side.numbers, dtype=float)
    if claimed.shape != true.shape:
        if claimed.squeeze().shape != true.squeeze().shape:
            return False
        claimed = claimed.reshape(true.shape)
    size, off = np.abs(true), np.abs(claimed - true)
    allowed = _EXACT * (1 + size) + np.minimum(side.carried, _LAST_DIGIT * size)
    if side.rounding:
        last_digit = np.minimum(2 * side.rounding, _LAST_DIGIT * size)
        allowed = allowed + np.maximum(side.rounding, last_digit) + coarsest * size
    chopped = (np.abs(claimed) <= size) & (off < np.minimum(2 * side.rounding, _CHOPPED * size))
    return bool(((off <= allowed) | chopped).all())


def _written(value: Reals) -> str:
    if value.ndim == 0:
        return f"{float(value):.4g}"
    return "(" + ", ".join(_written(np.asarray(entry)) for entry in value) + ")"
