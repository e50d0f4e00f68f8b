"""The sides of a claim compared in the world that it speaks of: where they fit, whether they are equal.

Each side is an expression with axes; derivatives in it are tensors whose numbers are true by definition. So a claim
holds if its left side and the others have the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chalkgrad.calculus import derive
from chalkgrad.checking.cancelled import rounding_left
from chalkgrad.checking.flattened import AS_COLUMN, flattened
from chalkgrad.checking.own_means import FROM_SUM, mean_of_own
from chalkgrad.checking.words import is_written
from chalkgrad.checking.worlds import POINTS, UndefinedError, World, program_of
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.language import (
    FUNCTIONS,
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Indicator,
    Max,
    Number,
    Power,
    Program,
    Role,
    SizeOf,
    Sum,
    Tensor,
    add,
    as_index,
    divide,
    multiply,
    number,
    replace,
    size_of,
    substitute_axes,
    walk,
)
from chalkgrad.page.syntax import BigOperator, Derivative, Group, Name, Scripted, Syntax, walk_syntax
from chalkgrad.reading.document_roles import roles_of
from chalkgrad.reading.einstein import einstein, twice
from chalkgrad.reading.facts import speaks_of_derivatives
from chalkgrad.reading.hidden_samples import Lifting, has_hidden_samples, samples_of, with_counts
from chalkgrad.reading.layout import Value
from chalkgrad.reading.readings import ClaimRead, Reading, SideRead
from chalkgrad.reading.sense import MANY, inner_of_gradient
from chalkgrad.reading.sizes import Resizing
from chalkgrad.reading.small_changes import AT_FIRST

DIFFERENT = 1e-6
_MEANINGS = re.compile(r"§\d+")  # with which a name goes on that is given another meaning
_MADE = "'s "  # in the names of what stands for a function that nobody defined
SUMMED = "a letter that stands twice is summed over"
MAXIMISED = "the sign: it is the gradient of the log-likelihood, which is maximised"
FACTOR = "the factor "  # with which a note on what a loss leaves open begins
_OPEN = ", which the name of the loss leaves open"
_OF_SUM = ": it is for the sum over the samples, the loss is their mean"
_OF_MEAN = ": it is for the mean over the samples, the loss is their sum"
_ROUNDED = 3  # digits from which a decimal is taken to be rounded
_MOST_DECIMALS = 20
_MANY_DIGITS = 7  # more than what counts elsewhere
_TINY = 1e-11  # what rounding in a computation comes to
_LARGE = 10  # a number that makes a smooth step steep
_ROUNDED_AFAR = 1e-7  # of the largest number at a point far away, or of 1: less is rounding
_MANY_PLACES = 32  # of so many a few will do
_ENOUGH = 4  # points at which something far away must be defined


@dataclass(frozen=True)
class Fitted:
    """A side laid along the axes of the left one; `layout` says that rows and columns are exchanged."""

    side: SideRead
    expression: Expression
    axes: tuple[Axis, ...]
    left: Value
    layout: bool = False
    shorthand: str = ""
    left_way: frozenset[str] = frozenset()

    @property
    def shows_layout(self) -> bool:
        """Whether rows and columns could have been exchanged."""
        return len(self.axes) == 2 or (len(self.axes) == 1 and self.left.kind in "CR")


@dataclass
class Compared:
    """What came of comparing a side: `right`, `wrong`, `misfit`, `unread` or `undetermined`, and why."""

    verdict: str
    reason: str = ""
    fitted: Fitted | None = None
    points: int = 0
    notes: tuple[str, ...] = ()
    either: bool = False  # it holds with rows and columns exchanged as well


@dataclass
class Comparing:
    """Compares the claims of a reading."""

    reading: Reading
    roles: dict[str, Role] = field(default_factory=dict)
    _worlds: dict[tuple[object, ...], World] = field(default_factory=dict)
    _upstream: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # by what each is a derivative, see below

    def __post_init__(self) -> None:
        self.roles = roles_of(self.reading)
        self.fits = self._all_fits()
        self.resizing = Resizing(self.reading.sizes, self.roles, _MANY_PLACES)
        self.definitions = {
            name: self.resizing.definition(each)
            for name, each in (*self.reading.definitions.items(), *self.reading.formulas.items())
        }
        self._through_more()
        self._along_steps()

    def _along_steps(self) -> None:
        """Defines what moves where a document is about small changes: a W as `W at first + t dW`."""
        moving: dict[str, list[str]] = {}
        for step, names in self.reading.facts.vocabulary.moving.items():
            for name in names:
                moving.setdefault(str(self.reading.facts.use(name).symbol), []).append(step)
        for tensor in map(self.resizing.tensor, self._named_derivatives if moving else ()):
            steps = moving.get(tensor.of, [])
            if tensor.of not in self.definitions and tensor.wrt in steps:
                axes = tensor.axes
                first = Tensor(f"{tensor.of}{AT_FIRST}", axes, Role.PARAMETER)
                along = Tensor(f"d{tensor.of}", axes, Role.INPUT)
                moved = add(*(Tensor(each)[()] for each in steps))
                body = add(first[axes], multiply(moved, along[axes]))
                own = Tensor(tensor.of, axes, self.roles.get(tensor.of, Role.VALUE))
                self.definitions[tensor.of] = Definition(own, axes, body)

    def _through_more(self) -> None:
        """Takes what else a document says that a quantity is, where that leads through more quantities, or can be read.

        So `y = \\gamma (x - m) / s` gives way to `y = \\gamma u`, with `u = (x - m) / s`, once both are equal.
        """
        for name, others in self.reading.restated.items():
            for other in map(self.resizing.definition, others):
                tried = {**self.definitions, name: other}
                if self._reaches_itself(tried, name):
                    continue
                broken = [
                    bool(self.reached(each, name) & set(self.reading.broken)) for each in (self.definitions, tried)
                ]
                if broken == [True, False] or (
                    self.reached(tried, name) > self.reached(self.definitions, name) and self._is_same(name, other)
                ):
                    self.definitions[name] = other

    def _reaches_itself(self, definitions: Mapping[str, Definition], name: str) -> bool:
        return any(self._reaches(definitions, tensor.name, name) for tensor in definitions[name].body.tensors)

    def reached(self, definitions: Mapping[str, Definition], name: str) -> set[str]:
        """What a quantity rests on under the definitions, itself included."""
        found: set[str] = set()
        pending = [name]
        while pending:
            each = pending.pop()
            if each not in found:
                found.add(each)
                if each in definitions:
                    pending += [tensor.name for tensor in definitions[each].body.tensors]
        return found

    def _is_same(self, name: str, other: Definition) -> bool:
        """Whether another definition of a quantity agrees with the first."""
        first = self.definitions[name]
        if [axis.size for axis in first.tensor.axes] != [axis.size for axis in other.tensor.axes]:
            return False
        one = first.tensor[tuple(map(as_index, other.indices))]
        try:
            world, _, (left, right) = self.world((one, other.body), Value(one))
            equal, points = self._equal(world, left, right, other.indices)
        except (ChalkgradError, KeyError, ValueError, MemoryError):
            return False
        return equal and points > 0

    # --- laying the sides along the left ---

    def _all_fits(self) -> list[list[list[Fitted]]]:
        """How the sides of all claims can be laid along their left ones: first those where that leaves no choice."""
        found: list[list[list[Fitted]]] = [[[] for _ in claim.sides] for claim in self.reading.claims]
        pending = [(k, place) for k, claim in enumerate(self.reading.claims) for place in range(len(claim.sides))]
        while pending:
            settled = [each for each in pending if len(self._layouts(*each)) < 2] or pending[:1]
            for number_, place in settled:
                claim = self.reading.claims[number_]
                for left in (claim.left, *claim.other_lefts):
                    if left.value is not None:
                        for side in claim.sides[place]:
                            found[number_][place] += self.fit(left.value, side, left.way)
            done = set(settled)
            pending = [each for each in pending if each not in done]
        return found

    def _layouts(self, number_: int, place: int) -> set[bool]:
        """In which layouts a side of a claim would fit."""
        claim = self.reading.claims[number_]
        if claim.left.value is None:
            return set()
        return {
            layout
            for side in claim.sides[place] if side.value is not None
            for _, pairs, layout, _ in laid(claim.left.value, side.value)
            if self.reading.sizes.would_fit([*side.pairs, *pairs]) is None
        }  # fmt: skip

    def fit(self, left: Value, side: SideRead, way: frozenset[str]) -> Iterator[Fitted]:
        if side.value is None:
            return
        what = left.derivative
        jacobian = what is not None and bool(what.of_axes) and bool(what.by_axes)
        fitting = False
        counted = what is not None and all(isinstance(axis.size, int) for axis in side.value.axes)
        many = counted and what is not None and len(what.of_axes) + len(what.by_axes) > 2
        for expression, pairs, layout, shorthand in () if many and side.value.axes else laid(left, side.value):
            if "denominator" in side.way and jacobian and not layout:
                continue  # the left would have another layout than the right
            every = [*side.pairs, *pairs]
            span = self.reading.sizes.would_fit(every)
            if span is not None:
                side.misfit = side.misfit or span
                continue
            self.reading.sizes.join_all(every, strict=True)
            fitting = True
            yield Fitted(side, expression, axes_along(left), left, layout, shorthand, way)
        trial = self.reading.sizes.copy()
        if not fitting and trial.join_all(side.pairs, strict=True) is None and any(flattened(left, side.value, trial)):
            self.reading.sizes.join_all(side.pairs, strict=True)
            for expression in flattened(left, side.value, self.reading.sizes):
                yield Fitted(side, expression, axes_along(left), left, False, AS_COLUMN, way)

    # --- comparing ---

    def compare(self, number_: int) -> list[Compared]:
        """What came of each side of a claim."""
        claim = self.reading.claims[number_]
        if claim.left.value is None:
            problem = claim.left.problem
            return [Compared("unread", str(problem)) for _ in claim.sides]
        plain = claim.left.value.expression
        if isinstance(plain, Element) and plain.tensor.name in self.reading.broken:
            return [Compared("unread", str(self.reading.broken[plain.tensor.name])) for _ in claim.sides]
        if claim.left.misfit is not None:
            verdict = "undetermined" if any(each.borrowed for each in self.reading.facts.statements) else "misfit"
            return [Compared(verdict, "the left side does not fit") for _ in claim.sides]
        found = []
        says_values = not speaks_of_derivatives(claim.statement.chain, self.reading.facts)
        for ways, fits in zip(claim.sides, self.fits[number_], strict=True):
            compared = self.side(claim, ways, fits)
            listed = any(lists_derivatives(way.syntax) for way in ways[:1])  # it says how many entries there are
            loose = says_values or listed or self._is_unconnected(plain) or self._unknown_in(plain)
            if compared.verdict == "misfit" and loose:
                compared = replace_field(compared, verdict="undetermined")
            from_sum = any(note.endswith(FROM_SUM) for note in compared.notes)
            other = self._other_loss(claim) if from_sum or compared.verdict in ("wrong", "misfit") else ""
            if other:
                reason = f"nothing says how {other} hangs together with what is derived here"
                compared = replace_field(compared, verdict="undetermined", reason=reason)
            if compared.verdict == "right" and compared.fitted is None and fits:
                compared = replace_field(compared, fitted=fits[0], notes=())
            found.append(compared)
        return found

    def _other_loss(self, claim: ClaimRead) -> str:
        r"""A second loss that nothing defines, where a `dZ` on the right may be the derivative of either.

        So `\frac{\partial J}{\partial W} = \frac1m dZ A^\top` is meant with dZ = ∂L/∂Z, and J the mean of L.
        """
        left = claim.left.value.expression if claim.left.value is not None else None
        of = left.tensor.of if isinstance(left, Element) else ""
        if not of or of in self.definitions:
            return ""
        shorts = any(
            isinstance(part, Name) and inner_of_gradient(part) is not None
            for side in claim.statement.chain.sides[1:] for part in walk_syntax(side)
        )  # fmt: skip
        facts = self.reading.facts
        losses = {str(symbol) for symbol in facts.derived if symbol not in facts.derived_by} - set(self.definitions)
        return min(losses - {of}, default="") if shorts else ""

    def _is_unconnected(self, left: Expression) -> bool:
        """Whether a derivative is one by something that what is derived does not rest on, as far as is told."""
        if not isinstance(left, Element) or left.tensor.role is not Role.ADJOINT or self.reading.broken:
            return False
        of, by = left.tensor.of, left.tensor.wrt
        return of in self.definitions and by not in self.definitions and not self._reaches(self.definitions, of, by)

    def side(self, claim: ClaimRead, ways: Sequence[SideRead], fits: Sequence[Fitted]) -> Compared:
        if not fits:
            problem = ways[0].problem if ways else None
            from chalkgrad.reading.layout import MisfitError

            if problem is not None and not isinstance(problem, MisfitError):
                return Compared("unread", str(problem))
            return Compared("misfit", str(problem) if problem else "its layout is not that of the left side")
        found: Compared | None = None
        for fitted in fits:
            compared = self._fitted(claim, fitted)
            if compared.verdict == "right":
                return replace_field(compared, either=self._holds_either_way(claim, fitted, fits))
            found = found or compared
        assert found is not None
        return found

    def _holds_either_way(self, claim: ClaimRead, fitted: Fitted, fits: Sequence[Fitted]) -> bool:
        """Whether what holds as it stands holds in the other layout, too, so that it does not tell which is meant."""
        if fitted.layout or not fitted.shows_layout or "denominator" in fitted.side.way:
            return False
        others = [each for each in fits if each.layout and each.left_way == fitted.left_way]
        return any(self._fitted(claim, each).verdict == "right" for each in others)

    def _fitted(self, claim: ClaimRead, fitted: Fitted) -> Compared:
        left = fitted.left
        one, other = self.resizing.of(left.expression), self.resizing.of(fitted.expression)
        axes = tuple(self.resizing.axis(axis) for axis in (*fitted.axes, *sorted(
            left.expression.free - set(fitted.axes), key=lambda axis: axis.name)))  # fmt: skip
        axes = tuple(dict.fromkeys(axes))
        loose = other.free - set(axes)
        # letters on the right only are summed over, however often they stand
        agreed = self.reading.facts.vocabulary.einstein
        if loose and (agreed or all(twice(other, axis) for axis in loose)):
            other, loose, summed = einstein(other, loose), frozenset(), True
        else:
            summed = False
        if loose:
            letters = ", ".join(sorted(axis.name for axis in loose if is_written(axis)))
            only = f"the index {letters} is on the right only" if letters else "the right side has an axis more"
            return Compared("wrong", only, fitted)
        listing = lists_derivatives(fitted.side.syntax)
        try:
            world, made, (one, other) = self.world((one, other), left, own=listing)
        except (UndefinedError, EvaluationError) as problem:
            taken = self._for_any_upstream(one, other, axes, left)
            return taken or Compared("undetermined", str(problem), fitted)
        gates = [self.resizing.of(each) for each in claim.conditions]
        if gates:
            one, other = multiply(one, *gates), multiply(other, *gates)
        try:
            equal, points = self._equal(world, one, other, axes)
        except (EvaluationError, KeyError, ValueError, MemoryError) as problem:
            why = "what it rests on rests on it" if isinstance(problem, KeyError) else problem
            return Compared("undetermined", f"it could not be computed: {why}", fitted)
        if points == 0:
            return Compared("undetermined", "it is not defined at any of the points tried", fitted)
        if not equal and claim.under:
            equal, points = self._equal_under(world, one, other, axes, claim)
        if equal and not listing and self._contains_itself(left.expression, fitted.expression):
            return Compared("undetermined", "its right side contains the derivative that it claims", fitted)
        undefined = self._undefined(world, one, other, axes) if equal and points % POINTS else 0
        if undefined:
            reason = (
                f"it is not defined at {undefined} of {POINTS} points at which the derivative is; at the "
                f"others it agrees"
            )
            return Compared("undetermined", reason, fitted, points)
        if not equal:
            factor = self._factor(world, one, other, axes) or mean_of_own(
                self.reading.facts, fitted.side.syntax, one, other, self._counts,
                lambda side: self._equal(world, one, side, axes)[0],
            )  # fmt: skip
            if factor:
                return Compared("right", f"it is right up to {factor}", fitted, points, (factor,))
        if equal:
            notes = (SUMMED,) if summed and not self.reading.facts.vocabulary.einstein else ()
            notes = (*notes, AS_COLUMN) if fitted.shorthand == AS_COLUMN else notes
            return Compared("right", f"it agrees at {points} random points", fitted, points, notes)
        if not made and any(_MADE in tensor.name for tensor in world.program.declared):
            made = {tensor.name.partition(_MADE)[0] for tensor in world.program.declared if _MADE in tensor.name}
        of_formula = any(tensor.of in self.reading.formulas for tensor in left.expression.tensors)
        if not made and (of_formula or any(isinstance(n, Call) and n.order for n in walk(left.expression))):
            made = self._unknown_in(left.expression) | self._unknown_in(fitted.expression)
        if made and self._equal_for_constants(left, fitted, axes, made):
            return Compared("right", f"it agrees where {', '.join(sorted(made))} does not change", fitted, points)
        if made:
            unread = sorted(made & set(self.reading.broken))
            if unread:
                return Compared(
                    "undetermined", f"it rests on {unread[0]}, whose definition could not be read", fitted, points
                )
            names = ", ".join(sorted(made))
            return Compared("undetermined", f"nothing says what {names} is as a function", fitted, points)
        says_values = not speaks_of_derivatives(claim.statement.chain, self.reading.facts)
        if says_values and (unknown := self._unknown_in(left.expression) ^ self._unknown_in(fitted.expression)):
            return Compared("undetermined", f"nothing says what {min(unknown)} is as a function", fitted, points)
        again = self.reading.facts.kinds.get(claim.statement.place) != "definition"
        if says_values and again and not self._of_the_same(left.expression, fitted.expression):
            return Compared("undetermined", "it may give the name another meaning", fitted, points)
        more = self.rests_on(fitted.expression) - self.rests_on(left.expression)
        if says_values and not again and more:
            return Compared("undetermined", f"it may say what {', '.join(sorted(more))} is", fitted, points)
        unheard = sorted(self._unheard_of(fitted.expression)) if not says_values else []
        if unheard:
            return Compared("undetermined", f"nothing says what {unheard[0]} has to do with it", fitted, points)
        return Compared("wrong", "it differs from the derivative", fitted, points)

    def _unheard_of(self, side: Expression) -> set[str]:
        """The vectors and matrices of a side of which no definition speaks: they may be anything."""
        used = {tensor.name for each in self.definitions.values() for tensor in each.body.tensors}
        used |= {name for each in self.definitions.values() for tensor in each.body.tensors
                 for name in (tensor.of, tensor.wrt)} | set(self.definitions)  # fmt: skip
        used |= {tensor.wrt for tensor in self._named_derivatives}
        return {
            tensor.name for tensor in side.tensors
            if tensor.axes and tensor.role is not Role.ADJOINT and tensor.name not in used
        }  # fmt: skip

    def _unknown_in(self, expression: Expression) -> set[str]:
        """The functions in an expression that nobody defined."""
        formulas = [self.reading.formulas[tensor.of].body for tensor in expression.tensors
                    if tensor.role is Role.ADJOINT and tensor.of in self.reading.formulas]  # fmt: skip
        called = {node.function for each in (expression, *formulas) for node in walk(each) if isinstance(node, Call)}
        return {name for name, stand_in in self.reading.unknown.items() if stand_in in called}

    def _equal_for_constants(self, left: Value, fitted: Fitted, axes: tuple[Axis, ...], made: set[str]) -> bool:
        """Whether a derivative is 0, as a claim says, if what nobody defined does not change at all."""
        if fitted.expression != number(0):
            return False
        still = made
        one, other = (_unchanging(self.resizing.of(each), still) for each in (left.expression, fitted.expression))
        definitions, self.definitions = self.definitions, {
            name: Definition(each.tensor, each.indices, _unchanging(each.body, still))
            for name, each in self.definitions.items()
        }  # fmt: skip
        try:
            world, _, (one, other) = self.world((one, other), left)
            equal, points = self._equal(world, one, other, axes)
            return equal and points > 0
        except (ChalkgradError, KeyError, ValueError, MemoryError):
            return False
        finally:
            self.definitions = definitions

    def _undefined(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> int:
        """At how many points the right side is not defined though the left one is."""
        with np.errstate(all="ignore"):
            left, right = (np.isfinite(world.along(each, axes)) for each in (one, other))
        return int((left & ~right).reshape(-1, left.shape[-1]).any(axis=0).sum())

    def _of_the_same(self, one: Expression, other: Expression) -> bool:
        """Whether two expressions rest on the same quantities that nothing defines."""
        return self.rests_on(one) == self.rests_on(other)

    def rests_on(self, expression: Expression) -> set[str]:
        """The quantities that nothing defines on which an expression rests."""
        found: set[str] = set()
        pending, begun = [tensor.name for tensor in expression.tensors], set()
        while pending:
            name = pending.pop()
            if name in begun:
                continue
            begun.add(name)
            if name in self.definitions:
                pending += [tensor.name for tensor in self.definitions[name].body.tensors]
            else:
                found.add(name)
        return found

    def _equal_under(
        self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...], claim: ClaimRead
    ) -> tuple[bool, int]:
        """Whether two sides are equal under the condition that the text is under, which must hold somewhere."""
        gate = multiply(*(self.resizing.of(each) for each in claim.under))
        try:
            if not np.any(world.along(gate, axes)):
                return False, 1
            return self._equal(world, multiply(one, gate), multiply(other, gate), axes)
        except (EvaluationError, KeyError, ValueError):
            return False, 1

    def _contains_itself(self, left: Expression, right: Expression) -> bool:
        """Whether a side contains the derivative that stands on the left, be it under another name."""
        if not isinstance(left, Element):
            return False  # both sides are formulas, the one worked out to the other
        own = {(tensor.of, tensor.wrt) for tensor in left.tensors if tensor.role is Role.ADJOINT}
        places = {
            _places(node) for node in walk(left) if isinstance(node, Element) and node.tensor.role is Role.ADJOINT
        }
        others = {node.tensor for node in walk(right) if isinstance(node, Element) and node.tensor.role is Role.ADJOINT
                  and _axes_in(node) <= left.free and _places(node) not in places}  # fmt: skip
        pending = [tensor for tensor in right.tensors if tensor not in others]  # another entry is another quantity
        begun: set[str] = set()
        while pending:
            tensor = pending.pop()
            if tensor.role is Role.ADJOINT:
                if (tensor.of, tensor.wrt) in own:
                    return True
            elif tensor.name not in begun and tensor.name in self.reading.definitions:
                begun.add(tensor.name)
                body = self.reading.definitions[tensor.name].body
                if any(each.role is Role.ADJOINT for each in body.tensors):
                    pending += body.tensors
        return False

    def _for_any_upstream(
        self, one: Expression, other: Expression, axes: tuple[Axis, ...], left: Value
    ) -> Compared | None:
        """Whether a claim holds where some quantity on its right is the derivative that comes from above.

        So `∂C/∂b = δ` holds for δ = ∂C/∂z, whatever C is.
        """
        target = next((tensor for tensor in one.tensors if tensor.role is Role.ADJOINT), None)
        if target is None or self._axes(target, above=True):
            return None
        if target.of in self.definitions and self._reaches(self.definitions, target.of, target.wrt):
            return None
        refused: str | None = None
        for tensor in other.tensors:
            if tensor.role is Role.ADJOINT or tensor.name in self.reached(self.definitions, target.wrt):
                continue
            known = self.definitions.get(tensor.name)
            if known is not None and any(each.role is Role.ADJOINT for each in known.body.tensors):
                continue  # it is said of what it is the derivative
            before = self._upstream.get((tensor.name, target.of))
            found: set[str] = set()
            computed = False
            for name in self._alike(tensor, target) if before is None else sorted(before):
                try:
                    world = self._taken_as(tensor, self.definitions[name], target, (one, other))
                    equal, points = self._equal(world, one, other, axes)
                except (ChalkgradError, KeyError, ValueError):
                    continue
                computed = computed or points > 0
                if equal and points:
                    found.add(name)
            if found:
                self._upstream[tensor.name, target.of] = found
                words = f"{tensor.name} is taken to be the derivative of {target.of} by {min(found)}"
                return Compared("right", "it agrees at random points", None, 1, (words,))
            if computed and before is not None:
                refused = f"{tensor.name} is the derivative of {target.of} by {min(before)} in other lines"
        return Compared("wrong", refused) if refused is not None else None

    @property
    def _least(self) -> dict[str, int]:
        """How many places of a size there have to be, as they are spoken of by their numbers."""
        known = {str(size): count for size, count in self.reading.sizes.least.items()}
        return {**known, **{size: max(count, known.get(size, 1)) for size, count in self.resizing.least.items()}}

    def _alike(self, tensor: Tensor, target: Tensor) -> Iterator[str]:
        """The quantities that are laid out like a tensor, and rest on what is derived by."""
        sizes = [axis.size for axis in tensor.axes]
        for name, definition in self.definitions.items():
            if name == tensor.name or [axis.size for axis in definition.tensor.axes] != sizes:
                continue
            if name == target.wrt or self._reaches(self.definitions, name, target.wrt):
                yield name

    def _taken_as(
        self, tensor: Tensor, definition: Definition, target: Tensor, expressions: Sequence[Expression]
    ) -> World:
        """The world in which a quantity is free, and the loss is what has it for its derivative by another one."""
        loss = Tensor(target.of)
        axes = tuple(Axis(f"u{k}", axis.size) for k, axis in enumerate(tensor.axes))
        body = multiply(tensor[axes], definition.tensor[axes])
        for axis in axes:
            body = Sum(body, axis)
        definitions = {name: each for name, each in self.definitions.items() if name != tensor.name}
        definitions[target.of] = Definition(loss, (), body)
        tensors = self._tensors([*expressions, body])
        tensors[target.of] = loss
        program = program_of([*expressions, body], definitions, self.reading.broken, tensors, frozenset({target.wrt}))
        return World(program, least=self._least)

    def _factor(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> str:
        """What a loss named in words leaves open: a half, a mean or a sum, or the sign of what is maximised."""
        if not any(tensor.of == self.reading.loss for tensor in one.tensors):
            return ""
        if self.reading.loss not in self.reading.named:
            found = self._mean_factor(world, one, other, axes)
        else:
            found = self._named_factor(world, one, other, axes)
        if not found and self.reading.named_as and self.reading.facts.words.maximises:
            opposite = multiply(-1, other)
            if self._equal(world, one, opposite, axes)[0]:
                return MAXIMISED
            found = self._named_factor(world, one, opposite, axes) if self.reading.loss in self.reading.named else ""
            return f"{MAXIMISED} and {found}" if found and not found.startswith(f"{FACTOR}2") else ""
        return found

    def _named_factor(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> str:
        """The factor that the name of a loss leaves open."""
        factors: dict[str, Expression] = {}
        if self.reading.named_as == "mse":
            factors = {f"2{_OPEN}": number("1/2"), f"1/2{_OPEN}": number(2)}
        averaged = {
            node.size for node in walk(world.program.definition(self.reading.loss).body) if isinstance(node, SizeOf)
        }
        for name in samples_of(world.program):
            size = size_of(Axis("", name))
            if name in averaged:
                factors[f"1/{name}{_OF_SUM}"] = divide(1, size)
            else:
                factors[f"{name}{_OF_MEAN}"] = size
        for name in self._output_sizes(world) if self.reading.named_as == "mse" else ():
            size = size_of(Axis("", name))
            factors[f"1/{name}{_OPEN}"], factors[f"{name}{_OPEN}"] = size, divide(1, size)
        for words, factor in factors.items():
            if self._equal(world, one, multiply(factor, other), axes)[0]:
                return f"{FACTOR}{words}"
        return ""

    def _output_sizes(self, world: World) -> list[str]:
        """The sizes over which a named squared error may be a mean."""
        body = world.program.definition(self.reading.loss).body
        return sorted(
            {node.axis.size for node in walk(body) if isinstance(node, Sum) and isinstance(node.axis.size, str)}
        )

    def _mean_factor(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> str:
        """The number of samples, where the loss of one of them is meant: not for a parameter, which is in all."""
        wrt = next((tensor.wrt for tensor in one.tensors if tensor.role is Role.ADJOINT), "")
        definition = self.definitions.get(self.reading.loss)
        if definition is None or (self.roles.get(wrt) is Role.PARAMETER and wrt not in self.definitions):
            return ""
        body = world.program.definition(self.reading.loss).body
        samples = samples_of(world.program)
        for node in walk(body):
            if isinstance(node, Power) and node.exponent == number(-1):
                counts = isinstance(node.base, SizeOf) and (node.base.size in samples or not samples)
                if counts or (isinstance(node.base, Element) and not node.base.indices):
                    if self._equal(world, one, multiply(node, other), axes)[0]:
                        return f"{FACTOR}{node}{_OF_SUM}"
        return ""

    def _equal(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> tuple[bool, int]:
        """Whether two sides are equal under two sets of sizes, and at how many points they could be compared."""
        equal, points = self._equal_in(world, one, other, axes)
        if equal and world.sizes and world.second is not None:
            again, more = self._equal_in(world.second, one, other, axes)
            points += more
            if more and not again:
                return False, points
        if equal and _has_edges((one, other, *(each.body for each in world.program.definitions))):
            return self._equal_afar(world, one, other, axes), points
        return equal, points

    def _equal_afar(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> bool:
        """Whether sides with edges or steep steps are equal at points farther away, and nearer to 0."""
        for scaled in world.scaled:
            try:
                equal, count = self._equal_in(scaled, one, other, axes, afar=True)
            except (EvaluationError, KeyError, ValueError):
                continue
            if count >= _ENOUGH and not equal:
                return False
        return True

    def _equal_in(
        self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...], afar: bool = False
    ) -> tuple[bool, int]:
        with np.errstate(all="ignore"):
            left, right = world.along(one, axes), world.along(other, axes)
            distance = np.abs(left - right)
            size = np.maximum(np.abs(left), np.abs(right))
            scale = np.nanmax(size.reshape(-1, size.shape[-1]), axis=0, initial=0.0)
            apart = distance / (size + 1e-9 * scale + 1e-300)
            apart = np.where(distance == 0, 0.0, apart).reshape(-1, size.shape[-1])
            if afar:  # where functions are saturated, differences of like numbers are nothing but rounding
                rounded = world.saturated | (distance <= _ROUNDED_AFAR * np.maximum(1.0, world.largest))
                distance = np.where(rounded, 0.0, distance)
                apart = np.where(distance.reshape(apart.shape) == 0, 0.0, apart)
            if (apart > DIFFERENT).any():  # sides that cancel out to nothing differ by nothing but rounding
                nothing = size <= rounding_left(world, (one, other), axes)
                apart = np.where(nothing.reshape(apart.shape), 0.0, apart)
            rounding = self._rounding(world, other, right, axes)
            if rounding is not None:
                apart = np.where(distance <= rounding, 0.0, apart.reshape(distance.shape)).reshape(apart.shape)
                if _has_many_digits(other):
                    far = (distance > rounding + _TINY * (1 + scale)).reshape(apart.shape)
                    apart = np.where(far, 1.0, apart)
        computed = np.isfinite(left).reshape(apart.shape).all(axis=0) & np.isfinite(right).reshape(apart.shape).all(
            axis=0
        )
        count = int(computed.sum())
        if not count:
            return False, 0
        differs = (apart > DIFFERENT).any(axis=0) & computed
        return not differs.any(), count

    def _rounding(
        self, world: World, side: Expression, value: NDArray[np.float64], axes: tuple[Axis, ...]
    ) -> NDArray[np.float64] | None:
        """How far a side may be off because its decimals are rounded to the digits given."""
        decimals = {node for node in walk(side) if isinstance(node, Number) and _digits(node.value) >= _ROUNDED}
        if not decimals or len(decimals) > _MOST_DECIMALS:
            return None
        total = np.zeros_like(value)
        for node in decimals:
            moved = Number(node.value + Fraction(1, 2 * 10 ** _digits(node.value)))
            total = total + np.abs(world.along(replace(side, {node.identity: moved}), axes) - value)
        return 1.05 * total

    # --- worlds ---

    def world(
        self, expressions: Sequence[Expression], left: Value, *, own: bool = False
    ) -> tuple[World, set[str], Sequence[Expression]]:
        """The world of some expressions, and which functions in it were made up.

        With `own` what nothing defines may be any function of that by which the left side derives.
        """
        adjoints = [tensor for each in expressions for tensor in each.tensors if tensor.role is Role.ADJOINT]
        definitions = dict(self.definitions)
        made: set[str] = set()
        tensors = self._tensors(expressions)
        named = list(dict.fromkeys(tensor for each in expressions for tensor in each.tensors))
        for tensor in self._all_adjoints(named):
            tensors.setdefault(tensor.of, Tensor(tensor.of, self._axes(tensor, above=True), self._role(tensor.of)))
            tensors.setdefault(tensor.wrt, Tensor(tensor.wrt, self._axes(tensor, above=False), self._role(tensor.wrt)))
        for tensor in adjoints:
            self._second(tensor, definitions, tensors)
        every = [tensor for tensor in self._all_adjoints(named) if tensor.of not in definitions or not
                 tensor.of.startswith("∂")]  # fmt: skip
        claimed = expressions[0].tensors[0] if expressions[0].tensors else None
        guessed = False
        for of in dict.fromkeys(tensor.of for tensor in every):
            by = dict.fromkeys(tensor.wrt for tensor in every if tensor.of == of)
            # a loss of another section is meant only if it is of all that is named
            every_one = self._is_of_elsewhere(of)
            reached = [self._reaches(definitions, of, name) for name in by]
            known = of in definitions and (all(reached) if every_one else any(reached))
            if not known and not every_one and of in definitions and self._restated(definitions, of, list(by)):
                for each in definitions.values():
                    for tensor in each.body.tensors:
                        if tensor.role is not Role.ADJOINT:
                            tensors.setdefault(tensor.name, tensor)
                continue
            if known:
                continue
            # what it is made of depends on that, although nothing says how
            if of.startswith("(") and of in definitions:
                for name in sorted(self.reached(definitions, of)):
                    if name not in definitions and name not in by and name in tensors and _MADE not in name:
                        definitions[name] = _any_function(tensors[name], [tensors[each] for each in by])
                        tensors |= {tensor.name: tensor for tensor in definitions[name].body.tensors
                                    if tensor.name not in tensors}  # fmt: skip
                        made.add(name)
                continue
            by = dict.fromkeys(tensor.wrt for tensor in every if tensor.of == of)
            if not tensors[of].axes:
                others = [name for name in by if claimed is None or (claimed.of, claimed.wrt) != (of, name)]
                if not others and not own:
                    raise UndefinedError(f"nothing says what {of} is")
                guessed = guessed or bool(others and claimed is not None and claimed.of == of)
                known_by = self._ends_of(of, others, definitions) if others else list(by)
                definitions[of] = _any_function(tensors[of], [tensors[name] for name in known_by])
                if not others or any(of in names for names in self._derived_by.values()):
                    made.add(of)  # no loss, but something on the way
            else:
                definitions[of] = _any_function(tensors[of], [tensors[name] for name in by])
                made.add(of)
            for tensor in definitions[of].body.tensors:
                tensors.setdefault(tensor.name, tensor)
        self._check_connected(adjoints, definitions)
        by_these = frozenset(tensor.wrt for tensor in adjoints)
        if guessed and claimed is not None and not self._reaches(definitions, claimed.of, claimed.wrt):
            raise UndefinedError(f"nothing says how {claimed.of} depends on {claimed.wrt}")
        cut = (by_these - set(self.reading.broken_names)) | (
            self._harmless(definitions, by_these) if by_these else by_these
        )
        program = program_of(expressions, definitions, self.reading.broken, tensors, cut)
        program, expressions = with_counts(program, expressions, self.resizing.size(MANY), self._counts)
        bodies = [each.body for each in program.definitions]
        if has_hidden_samples((*expressions, *bodies)):
            lifting = Lifting(program, self.resizing.size(MANY))
            expressions = [lifting.of(each) for each in expressions]
            program = lifting.lifted_program()
        program = self._with_assumptions(program)
        key = (program.declared, program.definitions)
        extra = {node.size for each in expressions for node in walk(each) if isinstance(node, SizeOf)}
        extra |= {axis.size for each in expressions for node in walk(each) if isinstance(node, Sum)
                  for axis in (node.axis,) if isinstance(axis.size, str)}  # fmt: skip
        extra |= {axis.size for each in expressions for axis in each.free if isinstance(axis.size, str)}
        world = self._worlds.get(key)
        if world is None or not extra <= world.sizes.keys():
            said = {
                str(self.reading.facts.use(each.name).symbol): each.word for each in self.reading.facts.words.properties
            }
            kinds = {name: said[plain] for tensor in program.declared for name in (tensor.name,)
                     if (plain := _MEANINGS.sub("", name)) in said}  # fmt: skip
            self._worlds[key] = World(program, least=self._least, extra=tuple(sorted(extra)), kinds=kinds)
        return self._worlds[key], made, expressions

    def _check_connected(self, adjoints: Sequence[Tensor], definitions: Mapping[str, Definition]) -> None:
        """Raises `UndefinedError` for a derivative by something that stands in no definition, as it may stand behind
        any."""
        used = {tensor.name for each in self.definitions.values() for tensor in each.body.tensors} | set(
            self.definitions
        )
        for tensor in adjoints:
            if tensor.of in self.definitions and tensor.wrt not in used and tensor.of != tensor.wrt:
                if not self._reaches(definitions, tensor.of, tensor.wrt):
                    raise UndefinedError(f"nothing says how {tensor.of} depends on {tensor.wrt}")

    def _ends_of(self, of: str, named: Sequence[str], definitions: Mapping[str, Definition]) -> list[str]:
        """What a loss that nothing defines is a function of: where what a claim names leads to, among all it is
        derived by.
        """
        every = dict.fromkeys((*self._derived_by.get(of, ()), *named))
        found: dict[str, None] = {}
        for name in named:
            after = [each for each in every if each != name and self._reaches(definitions, each, name)]
            ends = [
                each
                for each in after
                if not any(other != each and self._reaches(definitions, other, each) for other in after)
            ]
            found.update(dict.fromkeys(ends or [name]))
        return list(found)

    @cached_property
    def _derived_by(self) -> dict[str, list[str]]:
        """By what each quantity is derived anywhere in the claims."""
        found: dict[str, dict[str, None]] = {}
        for tensor in self._named_derivatives:
            found.setdefault(tensor.of, {})[tensor.wrt] = None
        return {of: list(names) for of, names in found.items()}

    def _is_of_elsewhere(self, name: str) -> bool:
        source = self.reading.sources.get(name)
        return source is not None and source.borrowed and name == self.reading.loss

    def _harmless(self, definitions: Mapping[str, Definition], by: frozenset[str]) -> frozenset[str]:
        """What could not be read, and cannot depend on anything else that is derived by: it may be any number."""
        found = set()
        for name, mentioned in self.reading.broken_names.items():
            pending, begun = list(mentioned), {name}
            while pending:
                each = pending.pop()
                if each in begun:
                    continue
                begun.add(each)
                if each in definitions:
                    for tensor in definitions[each].body.tensors:
                        pending += [tensor.of, tensor.wrt] if tensor.role is Role.ADJOINT else [tensor.name]
                pending += self.reading.broken_names.get(each, ())
            others = by - {name}
            if not others or ("?" not in begun and not begun & others):
                found.add(name)
        return frozenset(found)

    def _second(self, tensor: Tensor, definitions: dict[str, Definition], tensors: dict[str, Tensor]) -> None:
        """The first derivative of which a second one is taken, written out as a formula."""
        inner = next((each for each in self._named_derivatives if each.name == tensor.of), None)
        if inner is None or tensor.of in definitions:
            return
        first = self.resizing.tensor(inner)
        self._second(first, definitions, tensors)
        if first.of not in definitions:
            raise UndefinedError(f"nothing says what {first.of} is")
        program = program_of(
            [tensors[first.wrt][tuple(map(as_index, tensors[first.wrt].axes))], definitions[first.of].body]
            if first.wrt in tensors else [definitions[first.of].body],
            definitions, self.reading.broken, tensors,
        )  # fmt: skip
        program = self._with_assumptions(
            Program(program.declared, (*program.definitions, definitions[first.of]), (definitions[first.of].tensor,))
        )
        derived = derive(program, [first.wrt], first.of)
        definition = derived.definition(first.wrt)
        made = Tensor(first.name, first.axes)
        definitions[first.name] = Definition(made, definition.indices, derived.closed_form(first.wrt))
        tensors[first.name] = made

    @cached_property
    def _named_derivatives(self) -> list[Tensor]:
        found: dict[str, Tensor] = {}
        for claim in self.reading.claims:
            for side in (claim.left, *claim.other_lefts, *(way for ways in claim.sides for way in ways)):
                for tensor in side.derived:
                    found[tensor.name] = tensor
        return list(found.values())

    def _restated(self, definitions: dict[str, Definition], of: str, by: Sequence[str]) -> bool:
        """Takes another definition that the document gives, where with that one depends on the other."""
        for name, others in self.reading.restated.items():
            if name != of and not self._reaches(definitions, of, name):
                continue
            for other in others:
                tried = {**definitions, name: self.resizing.definition(other)}
                if any(self._reaches(tried, of, each) for each in by):
                    definitions[name] = tried[name]
                    return True
        return False

    def _reaches(self, definitions: Mapping[str, Definition], of: str, by: str) -> bool:
        """Whether what is derived depends on that by which."""
        pending, begun = [of], set()
        while pending:
            name = pending.pop()
            if name == by:
                return True
            if name in begun or name not in definitions:
                continue
            begun.add(name)
            for tensor in definitions[name].body.tensors:
                pending += [tensor.of, tensor.wrt] if tensor.role is Role.ADJOINT else [tensor.name]
        return False

    @cached_property
    def _counts(self) -> frozenset[str]:
        """The letter that counts the samples, where nothing says what it is: that of the definitions, or the usual
        one.
        """
        found: dict[str, int] = {}
        for bodies, weight in ((self.reading.definitions.values(), 100), (self.reading.claims, 1)):
            for each in bodies:
                sides = [each.body] if isinstance(each, Definition) else [
                    way.value.expression for ways in each.sides for way in ways[:1] if way.value is not None
                ]  # fmt: skip
                for side in sides:
                    for node in walk(side):
                        if isinstance(node, Power) and node.exponent == number(-1) and isinstance(node.base, Element):
                            if not node.base.indices and node.base.tensor.name not in self.reading.definitions:
                                found[node.base.tensor.name] = found.get(node.base.tensor.name, 0) + weight
        most = max(found.values(), default=0)
        return frozenset(name for name, count in found.items() if count == most)

    def _all_adjoints(self, adjoints: Sequence[Tensor]) -> Iterator[Tensor]:
        """Those that are named, and those in the definitions of what is named."""
        seen: set[str] = set()
        begun: set[str] = set()
        pending = list(adjoints)
        while pending:
            tensor = pending.pop()
            if tensor.name in seen:
                continue
            seen.add(tensor.name)
            if tensor.role is Role.ADJOINT:
                yield tensor
                names = [tensor.of, tensor.wrt]
            else:
                names = [tensor.name]
            for name in names:
                definition = self.definitions.get(name)
                if definition is not None and name not in begun:
                    begun.add(name)
                    pending.extend(definition.body.tensors)

    def _axes(self, tensor: Tensor, *, above: bool) -> tuple[Axis, ...]:
        """The axes of what is derived, or of that by which."""
        known = self.definitions.get(tensor.of if above else tensor.wrt)
        if known is not None:
            return known.tensor.axes
        other = self.definitions.get(tensor.wrt if above else tensor.of)
        if other is not None:
            count = len(other.tensor.axes)
            return tensor.axes[: len(tensor.axes) - count] if above else tensor.axes[count:]
        named = [axis for axis in tensor.axes if axis.name.rpartition(":")[0] == (tensor.of if above else tensor.wrt)]
        return tuple(named)

    def _role(self, name: str) -> Role:
        return self.roles.get(name, Role.VALUE)

    def _tensors(self, expressions: Sequence[Expression]) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for expression in (*expressions, *(each.body for each in self.definitions.values())):
            for tensor in expression.tensors:
                if tensor.role is not Role.ADJOINT:
                    found.setdefault(tensor.name, tensor)
        for each in self.definitions.values():
            found.setdefault(each.tensor.name, each.tensor)
        return found

    def _with_assumptions(self, program: Program) -> Program:
        from chalkgrad.reading.assumptions import assumptions_of

        if not self.reading.facts.words.sums_to_one:
            return program
        found = assumptions_of(program, self.definitions.values())
        return Program(program.declared, program.definitions, program.results, found) if found else program


def _has_edges(expressions: Sequence[Expression]) -> bool:
    """Whether something changes abruptly: at a comparison, a kink, or where a large number steepens a function."""
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Indicator | Max):
                return True
            if isinstance(node, Call) and (FUNCTIONS[node.function].kinks or node.function in ("sign", "step")):
                return True
            if isinstance(node, Number) and abs(node.value) >= _LARGE:
                return True
    return False


def _places(node: Element) -> tuple[object, ...]:
    """Of a derivative which entry of it: what is derived by what, and the indices."""
    return (node.tensor.of, node.tensor.wrt, node.indices)


def _axes_in(node: Element) -> frozenset[Axis]:
    return frozenset(axis for index in node.indices for axis, _ in index.terms)


def _unchanging(expression: Expression, names: set[str]) -> Expression:
    """The expression where the derivatives of some quantities are 0."""
    gone = {
        node.identity: number(0) for node in walk(expression)
        if isinstance(node, Element) and node.tensor.role is Role.ADJOINT and node.tensor.of in names
    }  # fmt: skip
    return replace(expression, gone) if gone else expression


def lists_derivatives(side: Syntax) -> bool:
    r"""Whether a side says of which derivatives a gradient or a Jacobian consists: in a list or a table, or by
    indices.
    """
    for part in walk_syntax(side):
        listed = isinstance(part, BigOperator) and part.kind in ("row", "column")
        listed = listed or (isinstance(part, Group) and part.bracket in ("[", "(") and len(part.contents) > 1)
        listed = listed or (isinstance(part, Scripted) and bool(part.subscripts) and isinstance(part.base, Group))
        if listed and any(isinstance(inner, Derivative) for inner in walk_syntax(part)):
            return True
    return False


def axes_along(left: Value) -> tuple[Axis, ...]:
    """The axes of the left side, in order."""
    if left.kind == "T" and left.derivative is not None:
        return (*left.derivative.of_axes, *left.derivative.by_axes)
    return left.axes


Pair = tuple[int | str, int | str, tuple[int, int]]  # two sizes that are the same then, and where that is said
Along = Callable[[Sequence[tuple[Axis, Axis]]], tuple[Expression, list[Pair]]]


def laid(left: Value, right: Value) -> Iterator[tuple[Expression, list[Pair], bool, str]]:
    """The ways in which the right side can be laid along the axes of the left one."""

    def along(pairs: Sequence[tuple[Axis, Axis]]) -> tuple[Expression, list[Pair]]:
        changes = {theirs: mine for mine, theirs in pairs if mine is not theirs}
        sizes: list[Pair] = [(mine.size, theirs.size, (0, 0)) for mine, theirs in pairs]
        return substitute_axes(right.expression, changes), sizes

    if left.kind == right.kind and left.kind != "T":
        yield (*along(list(zip(left.axes, right.axes, strict=True))), False, "")
        if left.kind == "M" and left.row is not None and left.column is not None:
            assert right.row is not None
            assert right.column is not None
            yield (*along([(left.row, right.column), (left.column, right.row)]), True, "")
        return
    if left.kind == right.kind == "T":
        one, other = left.derivative, right.derivative
        assert one is not None
        assert other is not None
        if len(one.of_axes) == len(other.of_axes) and len(one.by_axes) == len(other.by_axes):
            pairs = zip((*one.of_axes, *one.by_axes), (*other.of_axes, *other.by_axes), strict=True)
            yield (*along(list(pairs)), False, "")
        return
    if right.kind == "S" and not right.expression.tensors and left.derivative is None:
        yield right.expression, [], False, ""
        return
    if {left.kind, right.kind} == {"C", "R"}:
        one, other = left.derivative, right.derivative  # the same derivative, worked out by the chain rule
        same = one is not None and other is not None and one.by is other.by and not (one.of_axes or other.of_axes)
        yield (*along([(left.axes[0], right.axes[0])]), not same, "")
        return
    what = left.derivative
    if right.kind == "S" and (what is None or not what.of_axes or not what.by_axes):
        if not right.expression.tensors:
            yield right.expression, [], False, ""
        return
    if what is not None and what.of_axes and what.by_axes:
        yield from _shorthands(left, right, along)


def _shorthands(left: Value, right: Value, along: Along) -> Iterator[tuple[Expression, list[Pair], bool, str]]:
    """What people write for a Jacobian that has more axes than can be written: each entry by its own, or a factor."""
    what = left.derivative
    assert what is not None
    from chalkgrad.language import delta

    if len(what.of_axes) == len(what.by_axes) and (right.kind == "S" or len(right.axes) == len(what.of_axes)):
        pairs = list(zip(what.of_axes, right.axes, strict=True)) if right.axes else []
        expression, sizes = along(pairs)
        gates = [delta(as_index(a), as_index(b)) for a, b in zip(what.of_axes, what.by_axes, strict=True)]
        sizes = [*sizes, *((a.size, b.size, (0, 0)) for a, b in zip(what.of_axes, what.by_axes, strict=True))]
        yield multiply(*gates, expression), sizes, False, "element by element"
    if len(what.of_axes) == 1 and len(what.by_axes) == 2 and len(right.axes) == 1:
        for own, rest in ((what.by_axes[0], what.by_axes[1]), (what.by_axes[1], what.by_axes[0])):
            expression, sizes = along([(rest, right.axes[0])])
            gate = delta(as_index(what.of_axes[0]), as_index(own))
            yield (
                multiply(gate, expression), [*sizes, (what.of_axes[0].size, own.size, (0, 0))], False,
                "as the factor that the derivative by the outcome is multiplied with",
            )  # fmt: skip


def _has_many_digits(side: Expression) -> bool:
    """Whether a decimal has so many digits that the last ones count."""
    return any(isinstance(node, Number) and _digits(node.value) >= _MANY_DIGITS for node in walk(side))


def _digits(value: Fraction) -> int:
    """How many digits a decimal has after its point; 0 for what is no decimal."""
    for digits in range(1, 13):
        if (value * 10**digits).denominator == 1:
            return 0 if value.denominator == 1 else digits
    return 0


def _any_function(of: Tensor, by: Sequence[Tensor]) -> Definition:
    """Some smooth function of some quantities, all of its entries of all of theirs; a number of a linear kind."""
    out = tuple(Axis(f"o{k}", axis.size) for k, axis in enumerate(of.axes))
    terms: list[Expression] = []
    for place, tensor in enumerate(by):
        axes = tuple(Axis(f"b{place}{k}", axis.size) for k, axis in enumerate(tensor.axes))
        weights = Tensor(
            f"{of.name} by {tensor.name}", tuple(Axis(f"w{k}", a.size) for k, a in enumerate((*out, *axes)))
        )
        term = multiply(weights[tuple(map(as_index, (*out, *axes)))], tensor[tuple(map(as_index, axes))])
        for axis in axes:
            term = Sum(term, axis)
        terms.append(term)
    total = add(*terms) if terms else number(0)
    body = add(total, Call("mish", total)) if of.axes else add(total, multiply(total, total))
    return Definition(of, out, body)


__all__ = ["Comparing", "Mapping"]
