"""The sides of a claim compared in the world that it speaks of: where they fit, whether they are equal.

Each side is an expression with axes; derivatives in it are tensors whose numbers are true by definition. So a claim
holds if its left side and the others have the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_field
from functools import cached_property

import numpy as np

from chalkgrad.checking.equating import Equating
from chalkgrad.checking.flattened import AS_COLUMN, flattened
from chalkgrad.checking.grounds import MADE
from chalkgrad.checking.laying import Fitted, Laid, axes_along, laid, lists_derivatives
from chalkgrad.checking.other_places import differ, other_places
from chalkgrad.checking.own_means import mean_of_own
from chalkgrad.checking.taken_elsewhere import taken_elsewhere
from chalkgrad.checking.words import is_written
from chalkgrad.checking.worlds import POINTS, UndefinedError, World, program_of
from chalkgrad.errors import ChalkgradError, EvaluationError, UnknownNameError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Role,
    Sum,
    Tensor,
    add,
    as_index,
    multiply,
    number,
    replace,
    walk,
)
from chalkgrad.page.effort import CLAIM_SPENT, MOST_FOR_CLAIM, SpentError, at_most
from chalkgrad.page.syntax import Name, walk_syntax
from chalkgrad.reading.document_roles import roles_of
from chalkgrad.reading.einstein import einstein, twice
from chalkgrad.reading.facts import speaks_of_derivatives
from chalkgrad.reading.layout import Value
from chalkgrad.reading.readings import ClaimRead, SideRead
from chalkgrad.reading.sense import inner_of_gradient
from chalkgrad.reading.sizes import Resizing
from chalkgrad.reading.small_changes import AT_FIRST

SUMMED = "a letter that stands twice is summed over"
_MANY_PLACES = 32  # of so many a few will do


@dataclass
class Compared:
    """What came of comparing a side: `right`, `wrong`, `misfit`, `unread` or `undetermined`, and why."""

    verdict: str
    reason: str = ""
    fitted: Fitted | None = None
    points: int = 0
    notes: tuple[str, ...] = ()
    either: bool = False  # it holds with rows and columns exchanged as well
    unconnected: bool = False  # it speaks of something that is not tied to what is derived
    undefined: bool = False  # it has no value at any point
    elsewhere: str = ""  # the letters for different places, where it holds for these only
    odd: bool = False  # it says something for which nothing else here has a place: wrong if all else is clear


@dataclass
class Comparing(Equating):
    """Compares the claims of a reading."""

    _upstream: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # by what each is a derivative, see below
    _laid: dict[tuple[int, int], list[Laid]] = field(default_factory=dict)

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
            for _, pairs, layout, _ in self._laid_along(claim.left.value, side.value)
            if self.reading.sizes.would_fit([*side.pairs, *pairs]) is None
        }  # fmt: skip

    def _laid_along(self, left: Value, right: Value) -> list[Laid]:
        """The ways in which one value of the reading can be laid along another: asked for again and again."""
        found = self._laid.get((id(left), id(right)))
        if found is None:
            found = self._laid[id(left), id(right)] = list(laid(left, right))
        return found

    def fit(self, left: Value, side: SideRead, way: frozenset[str]) -> Iterator[Fitted]:
        if side.value is None:
            return
        what = left.derivative
        jacobian = what is not None and bool(what.of_axes) and bool(what.by_axes)
        fitting = False
        counted = what is not None and all(isinstance(axis.size, int) for axis in side.value.axes)
        many = counted and what is not None and len(what.of_axes) + len(what.by_axes) > 2
        for expression, pairs, layout, shorthand in (
            () if many and side.value.axes else self._laid_along(left, side.value)
        ):
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
        telling = self._telling(claim, self.fits[number_])
        for ways, fits in zip(claim.sides, self.fits[number_], strict=True):
            if telling is not None and fits is self.fits[number_][0]:
                found.append(Compared("right", "it says of what this is the derivative", fits[0]))
                continue
            if telling is not None:
                fits = [replace_field(each, left=telling) for each in fits if not each.left_way]
            compared = self.side(claim, ways, fits)
            listed = any(lists_derivatives(way.syntax) for way in ways[:1])  # it says how many entries there are
            loose = says_values or listed or self._is_unconnected(plain) or self._unknown_in(plain)
            if compared.verdict == "misfit" and loose:
                compared = replace_field(compared, verdict="undetermined")
            if compared.verdict in ("wrong", "misfit"):
                expressions = [way.value.expression for way in ways if way.value is not None]
                apart = self.unconnected(plain, expressions[:1])
                if apart:
                    assert isinstance(plain, Element)
                    reason = f"nothing says how {plain.tensor.of} depends on {apart}"
                    compared = replace_field(compared, verdict="undetermined", reason=reason, unconnected=True)
            other = self.other_loss(claim) if compared.verdict in ("wrong", "misfit") else ""
            if other:
                reason = f"nothing says how {other} hangs together with what is derived here"
                compared = replace_field(compared, verdict="undetermined", reason=reason, unconnected=True)
            if compared.verdict == "right" and compared.fitted is None and fits:
                compared = replace_field(compared, fitted=fits[0], notes=())
            found.append(compared)
        return found

    def _telling(self, claim: ClaimRead, fits: Sequence[Sequence[Fitted]]) -> Value | None:
        r"""The derivative of a quantity that nothing defines, as the first side of its claim tells it.

        So `\frac{\partial J}{\partial w} = \frac{d}{dw} (w^2 + 1) = 2w` is a claim about the formula.
        """
        left = claim.left.value
        if left is None or not isinstance(left.expression, Element) or len(fits) < 2 or not fits[0]:
            return None
        what, first = left.expression.tensor, fits[0][0]
        if not what.of or what.of in {*self.definitions, *self.reading.broken} or first.layout or first.shorthand:
            return None
        derived = [tensor for tensor in first.expression.tensors if tensor.role is Role.ADJOINT]
        if not derived or any(each.of not in self.reading.formulas or each.wrt != what.wrt for each in derived):
            return None
        return replace_field(left, expression=first.expression)

    def other_loss(self, claim: ClaimRead) -> str:
        r"""A second loss that nothing defines, where a `dZ` on the right may be the derivative of either.

        So `\frac{\partial J}{\partial W} = c dZ A^\top` may be meant with dZ = ∂L/∂Z, and J made of L in some way: with
        the factor 1/m its mean, up to which it is right.
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
        try:
            with at_most(MOST_FOR_CLAIM):
                return self._best(claim, fits)
        except SpentError:
            return Compared("undetermined", CLAIM_SPENT, fits[0])

    def _best(self, claim: ClaimRead, fits: Sequence[Fitted]) -> Compared:
        """The first way that is right, or else what came of the first."""
        found: Compared | None = None
        for fitted in fits:
            compared = self._fitted(claim, fitted)
            if compared.verdict == "right":
                return replace_field(compared, either=self._holds_either_way(claim, fitted, fits))
            found = found or compared
        assert found is not None
        return found

    def _world_of(
        self, one: Expression, other: Expression, gates: list[Expression], left: Value, *, own: bool
    ) -> tuple[World, set[str], Sequence[Expression]]:
        """The world of two sides with what their conditions speak of, where that has a meaning here."""
        if gates:
            try:
                return self.world((one, other, *gates), left, own=own)
            except (UndefinedError, EvaluationError):
                pass  # a condition may speak of what nothing here defines
        world, made, sides = self.world((one, other), left, own=own)
        return world, made, (*sides, *gates)

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
            fixed = {axis.name for axis in loose} & self._kept_letters(claim)
            if fixed:
                only = f"{min(fixed)} stands on the right only, as in other lines: it may be one that is chosen"
            return Compared("undetermined" if fixed else "wrong", only, fitted)
        listing = lists_derivatives(fitted.side.syntax)
        try:
            gates = [self.resizing.of(each) for each in claim.conditions]
            world, made, (one, other, *gates) = self._world_of(one, other, gates, left, own=listing)
        except (UndefinedError, EvaluationError) as problem:
            taken = self._for_any_upstream(one, other, axes, left)
            return taken or Compared("undetermined", str(problem), fitted, odd=isinstance(problem, EvaluationError))
        if gates:
            one, other = multiply(one, *gates), multiply(other, *gates)
        try:
            if gates and not np.any(world.along(multiply(*gates), axes)):
                return Compared("undetermined", "the conditions beside it hold nowhere", fitted)
            equal, points = self._equal(world, one, other, axes)
        except UnknownNameError:
            return Compared("undetermined", "a condition beside it speaks of what nothing here defines", fitted)
        except (EvaluationError, KeyError, ValueError, MemoryError) as problem:
            why = "what it rests on rests on it" if isinstance(problem, KeyError) else problem
            return Compared("undetermined", f"it could not be computed: {why}", fitted)
        if points == 0:
            return Compared("undetermined", "it is not defined at any of the points tried", fitted, undefined=True)
        if not equal and claim.under:
            equal, points = self._equal_under(world, one, other, axes, claim)
        letters_apart = [] if equal else other_places(self.resizing.of(left.expression))
        if letters_apart:
            gates = [*map(self.resizing.of, claim.under), *(differ(*pair) for pair in letters_apart)]
            equal, points = self._equal_where(world, one, other, axes, gates)
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
            where = ", ".join(f"{one.name} ≠ {other.name}" for one, other in letters_apart)
            return Compared("right", f"it agrees at {points} random points", fitted, points, notes, elsewhere=where)
        if not made and any(MADE in tensor.name for tensor in world.program.declared):
            made = {tensor.name.partition(MADE)[0] for tensor in world.program.declared if MADE in tensor.name}
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
            if of_formula and self._is_of_any_function(left.expression, fitted.expression):
                return Compared("wrong", "it differs from the derivative for functions in general", fitted, points)
            names = ", ".join(sorted(made))
            return Compared("undetermined", f"nothing says what {names} is as a function", fitted, points)
        told = self._derived_in(left.expression) ^ self._derived_in(fitted.expression)
        untied = sorted(pair for pair in told if not self._reaches(self.definitions, *pair))
        if untied and not any(tensor.of for tensor in left.expression.tensors):  # the q of `q = -\eta \nabla E`
            of, by = untied[0]
            why = f"how {of} depends on {by}" if of in self.definitions else f"what {of} is"
            return Compared("undetermined", f"nothing says {why}", fitted, points)
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
        unheard += sorted(self._free_arguments(left.expression, fitted.expression)) if not says_values else []
        if unheard:
            reason = f"nothing says what {unheard[0]} has to do with it"
            return Compared("undetermined", reason, fitted, points, odd=True)
        return Compared("wrong", "it differs from the derivative", fitted, points)

    def _derived_in(self, expression: Expression) -> set[tuple[str, str]]:
        """What is derived by what in an expression, or in what it rests on."""
        pending, begun, found = list(expression.tensors), set[str](), set[tuple[str, str]]()
        while pending:
            tensor = pending.pop()
            if tensor.of:
                found.add((tensor.of, tensor.wrt))
            elif tensor.name not in begun and tensor.name in self.definitions:
                begun.add(tensor.name)
                pending += self.definitions[tensor.name].body.tensors
        return found

    def _kept_letters(self, claim: ClaimRead) -> set[str]:
        """The letters that stand on the right only in other claims as well, such as the class c of an example."""
        found: set[str] = set()
        for other in self.reading.claims:
            if other is not claim and other.left.value is not None:
                ways = [each.value for side in other.sides for each in side[:1] if each.value is not None]
                free = {axis.name for value in ways for axis in value.expression.free - set(value.axes)}
                found |= free - {axis.name for axis in other.left.value.expression.free}
        return found

    def _free_arguments(self, left: Expression, side: Expression) -> set[str]:
        """What functions are defined of and a side rests on, and what is derived does not: where a function is taken
        elsewhere, `f(Wx)`, it may be that Wx. Where no function itself is derived, a y in the side is the `y(t)` of its
        definition, and speaks of no t.
        """
        derived = {name for tensor in left.tensors for name in (tensor.of, tensor.wrt) if name}
        if any(tensor.of and tensor.of not in self.definitions for tensor in left.tensors):
            return set()
        bodies = [self.definitions[name].body for name in derived & self.definitions.keys()]
        known = derived.union(*map(self.rests_on, (left, *bodies)))
        heads, formulas = self.reading.facts.heads.values(), self.reading.formulas
        whole = () if derived & formulas.keys() else {str(head.symbol) for head in heads}
        return set(self._taken_elsewhere - self.definitions.keys()) & self.rests_on(side, whole) - known

    @cached_property
    def _taken_elsewhere(self) -> frozenset[str]:
        return taken_elsewhere(self.reading.facts)

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

    def _is_of_any_function(self, left: Expression, side: Expression) -> bool:
        """Whether an equation is a rule for whatever functions stand in a formula: it has derivatives of these."""
        functions = self._unknown_in(left)
        derived = {node.function for node in walk(side) if isinstance(node, Call) and node.order}
        names = {name for name, stand_in in self.reading.unknown.items() if stand_in in derived}
        return bool(names) and names <= functions and self._unknown_in(side) <= functions

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

    def _equal_under(
        self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...], claim: ClaimRead
    ) -> tuple[bool, int]:
        """Whether two sides are equal under the condition that the text is under."""
        return self._equal_where(world, one, other, axes, [self.resizing.of(each) for each in claim.under])

    def _equal_where(
        self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...], gates: Sequence[Expression]
    ) -> tuple[bool, int]:
        """Whether two sides are equal where conditions hold, which must be somewhere."""
        gate = multiply(*gates)
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
            if known is not None and any(each.of == target.of for each in known.body.tensors):
                continue  # it is said of what it is the derivative
            if known is not None and self._speaks_of(target.of, tensor.name):
                continue  # the p of `L = -\log p_y` is no derivative of L
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

    def _speaks_of(self, of: str, name: str) -> bool:
        """Whether a definition has the letter of a quantity, be it with other marks."""
        known = self.definitions.get(of)
        letters = {each.partition("_")[0] for each in self.rests_on(known.body)} if known is not None else set()
        return name.partition("_")[0] in letters

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

    # --- worlds ---


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


__all__ = ["Comparing", "Mapping"]
