"""Names of the writer's that are used as a derivative which they are not, and δ's that are not the errors of a layer.

A name means the derivative by some value of the model if all that is wrong with the lines that use it follows from it.
The names are looked at from the last to the first, since those on the way back are defined one by another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chalkgrad.checking.cases import Cases
from chalkgrad.checking.conventions import agreement
from chalkgrad.checking.following import EarlierSlip, followed, possible_meanings
from chalkgrad.checking.judged import Judged
from chalkgrad.checking.places import line_of
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Call, Definition, Element, Expression, Role, Tensor, as_index
from chalkgrad.page.effort import MOST_FOR_EXPLAINING, SpentError, at_most
from chalkgrad.reading.facts import Statement

_ERRORS = ("delta", "varepsilon", "epsilon")


@dataclass(frozen=True)
class Use:
    """A claim about the loss: its line, what it says of what, by which names of the writer's, and whether rightly."""

    line: int
    target: Target
    expression: Expression
    names: frozenset[Tensor]
    right: bool


@dataclass(frozen=True)
class Name:
    """A name of the writer's: where it is defined, as what, and the names that stand in that."""

    statement: Statement
    definition: Definition
    written: Expression
    names: frozenset[Tensor]

    @property
    def line(self) -> int:
        """The line of its definition."""
        return line_of(self.statement)


@dataclass(frozen=True)
class Meaning:
    """That of which a name should be the derivative, and the line of the first claim that uses it so (0: none does)."""

    name: Name
    target: Target
    line: int


@dataclass
class Misused:
    """The names of a reading, and what its claims use them for."""

    cases: Cases
    judged: Sequence[Judged]
    truth: Truth | None = None
    names: list[Name] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    slips: list[EarlierSlip] = field(default_factory=list)  # found so far

    def meanings(self) -> dict[int, Meaning]:
        """For each name that is not what it is used or called for, what that is; by the place of its definition."""
        if not any(each.verdict == "wrong" for each in self.judged) and not any(self._open_errors()):
            return {}
        try:
            with at_most(MOST_FOR_EXPLAINING):
                return self._meanings()
        except SpentError:
            return {}

    def _meanings(self) -> dict[int, Meaning]:
        try:
            self._prepare()
        except (ChalkgradError, KeyError, ValueError, RecursionError):
            return {}
        if self.truth is None:
            return {}
        found: dict[Tensor, Meaning] = {}
        for name in reversed(self.names):
            meaning = self._meaning(name, found)
            if meaning is not None:
                found[name.definition.tensor] = meaning
        return {each.name.statement.place: each for each in found.values()}

    def _prepare(self) -> None:
        comparing = self.cases.comparing
        reading, definitions = comparing.reading, comparing.definitions
        loss = definitions.get(reading.loss) or self._last_number()
        if loss is None or loss.tensor.axes:
            return
        model = self._reached(loss)
        own = [name for name in reading.sources if name in definitions and name not in model]
        own = [name for name in own if not any(each.own for each in self._defined(name))]
        own.sort(key=lambda name: reading.sources[name].place)
        if not own:
            return
        claims = list(self._claims(loss.tensor))
        bodies = [definitions[name].body for name in own]
        expressions = [*bodies, *(claimed for _, _, claimed, _ in claims)]
        self.truth, written = self.cases.about_loss(loss.tensor, expressions)
        mine = {definitions[name].tensor for name in own}
        for name, written_out, body in zip(own, written, bodies, strict=False):
            definition = Definition(definitions[name].tensor, definitions[name].indices, written_out)
            self.names.append(Name(reading.sources[name], definition, body, frozenset(body.tensors) & mine))
        for (line, left, claimed, right), written_out in zip(claims, written[len(own) :], strict=True):
            target = Target(self.truth.program.tensor(left.tensor.wrt), left.indices)
            self.uses.append(Use(line, target, written_out, frozenset(claimed.tensors) & mine, right))

    def _open_errors(self) -> Iterator[str]:
        """The δ's that stand in no claim that is right."""
        sides = [side for judged in self.judged for side in judged.sides if side.verdict == "right" and side.fitted]
        used = {tensor.name for side in sides if side.fitted for tensor in side.fitted.expression.tensors}
        for name in self.cases.comparing.definitions:
            if name.partition("_")[0] in _ERRORS and name not in used:
                yield name

    def _last_number(self) -> Definition | None:
        """The number that a document of δ's works out and uses no further: its loss, though nobody derives it."""
        definitions = self.cases.comparing.definitions
        used = {tensor for each in definitions.values() for tensor in each.body.tensors}
        numbers = [each for each in definitions.values() if not each.tensor.axes and each.tensor not in used]
        return numbers[0] if len(numbers) == 1 and not self.cases.comparing.reading.loss else None

    def _defined(self, name: str):  # type: ignore[no-untyped-def]
        facts = self.cases.comparing.reading.facts
        return next((group for symbol, group in facts.defined.items() if str(symbol) == name), ())

    def _reached(self, loss: Definition) -> set[str]:
        definitions = self.cases.comparing.definitions
        found: set[str] = set()
        pending = [loss.tensor.name]
        while pending:
            name = pending.pop()
            if name not in found and name in definitions:
                found.add(name)
                pending += [tensor.name for tensor in definitions[name].body.tensors]
        return found

    def _claims(self, loss: Tensor) -> Iterator[tuple[int, Element, Expression, bool]]:
        resize = self.cases.comparing.resizing.of
        for judged in self.judged:
            for side in judged.sides:
                if side.fitted is None or side.verdict not in ("right", "wrong"):
                    continue
                left = resize(side.fitted.left.expression)
                if isinstance(left, Element) and left.tensor.role is Role.ADJOINT and left.tensor.of == loss.name:
                    claimed = resize(side.fitted.expression)
                    yield line_of(judged.claim.statement), left, claimed, side.verdict == "right"

    def _holds(self, target: Target, claimed: Expression) -> bool:
        assert self.truth is not None
        if claimed.free - set(target.axes):
            return False
        reading = self.cases.comparing.reading
        may = frozenset({"mean"} if reading.loss in reading.named else {"sum"})
        try:
            return agreement(self.truth, target, claimed, may).conventions is not None
        except (ChalkgradError, KeyError, ValueError):
            return False

    def _meaning(self, name: Name, found: dict[Tensor, Meaning]) -> Meaning | None:
        assert self.truth is not None
        own = name.definition
        mine = [use for use in self.uses if own.tensor in use.names]
        if any(use.right for use in mine):
            return None
        meanings = list(possible_meanings(self.truth.program, own))
        called = self._called(name, meanings)
        right = [meaning for meaning in meanings if self._holds(meaning, own.body)]
        used = [*mine, *self._in_names(own, found)]
        if called in right or (right and not (called is not None and used)):
            return None
        if not used and called is not None and self._holds(called, -own.body):
            return None  # the writer's errors have the other sign
        candidates = [called] if called is not None and (right or not used) else meanings if used else []
        for meaning in candidates:
            slip = EarlierSlip(name.line, meaning, own.body)
            if all(followed(self.truth, [slip], use.target, use.expression) for use in used):
                return Meaning(name, meaning, min((use.line for use in mine), default=0))
        return None

    def _in_names(self, own: Definition, found: dict[Tensor, Meaning]) -> list[Use]:
        """The uses of a name in other such names that are wrong."""
        return [
            Use(
                other.line,
                found[other.definition.tensor].target,
                other.definition.body,
                frozenset({own.tensor}),
                right=False,
            )
            for other in self.names
            if other.definition.tensor in found and own.tensor in other.names
        ]

    def _called(self, name: Name, meanings: Sequence[Target]) -> Target | None:
        """What a δ is by its name: the derivative by the one pre-activation that has its axes, and its layer."""
        assert self.truth is not None
        base, _, layer = name.definition.tensor.name.partition("_")
        says = isinstance(name.written, Element) and name.written.tensor.role is Role.ADJOINT
        if base not in _ERRORS or says:
            return None  # what is written as a derivative is the one that it says
        fitting = [meaning for meaning in meanings if _is_pre_activation(meaning.tensor, self.truth)]
        alike = [meaning for meaning in fitting if layer and meaning.tensor.name.partition("_")[2] == layer]
        chosen = alike or fitting
        different = {meaning.tensor for meaning in chosen}
        if len(different) != 1:
            return None
        whole = tuple(map(as_index, name.definition.indices))
        return next((each for each in chosen if each.indices == whole), chosen[0])


def _is_pre_activation(tensor: Tensor, truth: Truth) -> bool:
    body = truth.program.definition(tensor.name).body
    return not isinstance(body, Call) and any(used.role is Role.PARAMETER for used in body.tensors)
