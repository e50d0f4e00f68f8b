"""Follow-through: a step that is derived correctly from an earlier wrong one.

If ∂L/∂u was claimed to be E, and v acts on L through u, then ∂L/∂v derived from that claim is the truth with E in the
place of ∂L/∂u: ∂L/∂v + Σ (E - ∂L/∂u) ∂u/∂v. That is compared in numbers, however the later step is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from chalkgrad.checking.cases import Cases
from chalkgrad.checking.comparisons import Compared
from chalkgrad.checking.laying import derivative_and_claimed
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.checking.vectors import Batch
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Add, Definition, Element, Expression, Index, Program, Tensor, as_index
from chalkgrad.reading.hidden_samples import samples_of
from chalkgrad.reading.readings import ClaimRead

_CLOSE = 1e-9
_MOST_SLIPS = 20  # of the latest, from which a claim may follow


@dataclass(frozen=True)
class EarlierSlip:
    """A wrong claim: the line where the slip was made, and what was claimed of which derivative."""

    line: int
    target: Target
    claimed: Expression


def followed(truth: Truth, slips: Sequence[EarlierSlip], target: Target, claimed: Expression) -> EarlierSlip | None:
    """The latest earlier slip from which the claim was derived correctly, None where it was not."""
    if claimed.free - set(target.axes):
        return None
    for slip in reversed(slips[-_MOST_SLIPS:]):
        for meant in (slip, *_same_adjoint(truth.program, slip)):
            try:
                if _follows(truth, meant, target, claimed):
                    return slip
            except (ChalkgradError, KeyError, ValueError):
                continue
    return None


@dataclass(frozen=True)
class Slipped:
    """The same in the document: the line, of which derivative by what, at which indices, what was claimed."""

    line: int
    of: str
    by: str
    indices: tuple[Index, ...]
    claimed: Expression


@dataclass
class FollowThrough:
    """The wrong claims of a document so far, and which of them a later one follows from."""

    cases: Cases
    slips: list[Slipped] = field(default_factory=list)

    def remember(self, line: int, claim: ClaimRead, side: Compared) -> None:
        """Keeps what a wrong claim says, for the steps that are derived from it."""
        if side.fitted is None or side.fitted.layout:
            return
        resize = self.cases.comparing.resizing.of
        found = derivative_and_claimed(resize(side.fitted.left.expression), resize(side.fitted.expression))
        if found is not None:
            self.add(line, *found)

    def add(self, line: int, left: Element, claimed: Expression) -> None:
        """Keeps that a derivative was claimed to be something."""
        by = left.tensor.wrt
        known = self.cases.comparing.definitions.get(left.tensor.of)
        if known is None or not known.tensor.axes:  # of what is one number
            self.slips.append(Slipped(line, left.tensor.of, by, left.indices, claimed))

    def line_of(self, claim: ClaimRead, side: Compared) -> int | None:
        """The line of the slip from which a wrong claim follows, if it follows from one; rows and columns that are
        exchanged are a slip of its own.
        """
        if side.fitted is not None and side.fitted.layout:
            return None
        for slip in reversed(self.slips[-_MOST_SLIPS:]):
            found = self.cases.beside(claim, side, (slip.claimed,))
            if found is None:
                continue
            case, (claimed,) = found
            program = case.truth.program
            if slip.of != case.of.name or slip.by not in {tensor.name for tensor in _tensors(program)}:
                continue
            target = Target(program.tensor(slip.by), slip.indices)
            if len(target.tensor.axes) != len(slip.indices):
                continue
            if followed(case.truth, [EarlierSlip(slip.line, target, claimed)], case.target, case.claimed) is not None:
                return slip.line
        return None


def _tensors(program: Program) -> Iterator[Tensor]:
    yield from program.declared
    for definition in program.definitions:
        yield definition.tensor


def possible_meanings(program: Program, own: Definition) -> Iterator[Target]:
    """The values of the model whose derivative a name of the writer's could stand for, by its axes."""
    for definition in program.definitions:
        tensor = definition.tensor
        if len(tensor.axes) != len(own.indices) or tensor is program.result:
            continue
        for order in permutations(own.indices):
            if all(axis.size == own_axis.size for axis, own_axis in zip(tensor.axes, order, strict=True)):
                yield Target(tensor, tuple(as_index(axis) for axis in order))


def _same_adjoint(program: Program, slip: EarlierSlip) -> Iterator[EarlierSlip]:
    """The same claim about the sum in which a bias stands: their derivatives are the same."""
    for definition in program.definitions:
        alone = Element(slip.target.tensor, tuple(as_index(axis) for axis in definition.indices))
        if isinstance(definition.body, Add) and alone in definition.body.terms:
            yield EarlierSlip(slip.line, Target(definition.tensor, slip.target.indices), slip.claimed)


def _follows(truth: Truth, slip: EarlierSlip, target: Target, claimed: Expression) -> bool:
    tensor, batch = slip.target.tensor, truth.at_random
    if tensor is target.tensor or any(index.axis is None for index in slip.target.indices):
        return False
    local = batch.derivative(tensor, target.tensor).reshape(*_flat(tensor, batch), *_flat(target.tensor, batch), -1)
    if not (np.abs(local) > _CLOSE).any():
        return False
    total = batch.derivative(truth.of, target.tensor)
    derived = batch.derivative(truth.of, tensor).reshape(len(local), -1)
    earlier = truth.values_along(slip.claimed, slip.target.axes, batch).reshape(len(local), -1)
    found = truth.values_along(claimed, target.axes, batch)
    with np.errstate(all="ignore"):
        for inner, outer in _scales(truth):
            change = np.einsum("up,uvp->vp", inner * earlier - derived, local).reshape(total.shape)
            expected = target.slice_of(outer * (total + change))
            if np.all(np.abs(found - expected) <= _CLOSE * (1 + np.abs(found) + np.abs(expected))):
                return True
    return False


def _flat(tensor: Tensor, batch: Batch) -> tuple[int]:
    return (int(np.prod(batch.vectors.values[batch.program.tensor(tensor.name)].value.shape[:-2], dtype=int)),)


def _scales(truth: Truth) -> Iterator[tuple[float, float]]:
    """A factor on the earlier claim, and one on what follows from it: those of a mean that is taken elsewhere."""
    yield 1.0, 1.0
    for size in (float(truth.sizes[name]) for name in samples_of(truth.program)):
        yield from ((size, 1.0), (1 / size, 1.0), (1.0, size), (1.0, 1 / size))
