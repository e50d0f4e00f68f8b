"""Follow-through: a step that is derived correctly from an earlier wrong one.

If ∂L/∂u was claimed to be E, and v acts on L through u, then ∂L/∂v derived from that claim is the truth with E in the
place of ∂L/∂u: ∂L/∂v + Σ (E - ∂L/∂u) ∂u/∂v. That is compared in numbers, however the later step is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from chalkgrad.checking.truth import Point, Target, Truth, samples_of, whole
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Add, Array, Definition, Element, Expression, Program, Tensor, as_index, summation
from chalkgrad.reading.claims import Place

_POINTS = 4
_CLOSE = 1e-9


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
    for slip in reversed(slips):
        for meant in (slip, *_same_adjoint(truth.program, slip)):
            try:
                if _follows(truth, meant, target, claimed):
                    return slip
            except ChalkgradError:
                continue
    return None


def possible_meanings(program: Program, own: Definition) -> Iterator[Target]:
    """The values of the model whose derivative a name of the writer's could stand for, by its axes."""
    for definition in program.definitions:
        tensor = definition.tensor
        if len(tensor.axes) != len(own.indices) or tensor is program.result:
            continue
        for order in permutations(own.indices):
            if all(axis.size == own_axis.size for axis, own_axis in zip(tensor.axes, order, strict=True)):
                yield Target(tensor, tuple(as_index(axis) for axis in order))


def summed_over_samples(
    program: Program, of: Place, target: Target, claimed: Expression | None
) -> tuple[Truth, Target, Expression] | None:
    """A claim about a value of each sample, such as its loss, as one about the sum over the samples, or None."""
    index = of.indices[0] if of.indices is not None and len(of.indices) == 1 else None
    if index is None or index.axis is None or claimed is None or index.axis.size not in samples_of(program):
        return None
    total = Tensor("the sum over the samples")
    body = summation(of.tensor[of.indices], index.axis)
    summed = Program(
        program.declared, (*program.definitions, Definition(total, (), body)), (total,), program.assumptions
    )
    return Truth(summed), target, summation(claimed, index.axis)


def _same_adjoint(program: Program, slip: EarlierSlip) -> Iterator[EarlierSlip]:
    """The same claim about the sum in which a bias stands: their derivatives are the same."""
    for definition in program.definitions:
        alone = Element(slip.target.tensor, tuple(as_index(axis) for axis in definition.indices))
        if isinstance(definition.body, Add) and alone in definition.body.terms:
            yield EarlierSlip(slip.line, Target(definition.tensor, slip.target.indices), slip.claimed)


def _follows(truth: Truth, slip: EarlierSlip, target: Target, claimed: Expression) -> bool:
    tensor = slip.target.tensor
    if tensor is target.tensor or any(index.axis is None for index in slip.target.indices):
        return False
    through = Truth(truth.program, tensor)
    scales = {(1.0, 1.0)}
    for size in (float(truth.sizes[name]) for name in samples_of(truth.program)):
        scales |= {(size, 1.0), (1 / size, 1.0), (1.0, size), (1.0, 1 / size)}
    bears = False
    for point in truth.random_points[:_POINTS]:
        found = truth.claimed(point, claimed, target.axes)
        consequence = _Consequence(truth, through, slip, target.tensor, point)
        fitting = {scale for scale in scales if _close(found, target.part_of(consequence.scaled(*scale)))}
        bears = bears or consequence.bears
        if not fitting:
            return False
        scales = fitting
    return bears


class _Consequence:
    """What an earlier claim makes of ∂L/∂v at a point; `bears` says whether v acts through what it was about."""

    def __init__(self, truth: Truth, through: Truth, slip: EarlierSlip, wrt: Tensor, point: Point) -> None:
        self.total = truth.derivative(point, whole(wrt))
        self.true = _floats(truth.derivative(point, whole(slip.target.tensor)))
        self.claimed = _floats(truth.claimed(point, slip.claimed, slip.target.axes))
        local = _floats(through.derivative(point, whole(wrt)))
        width = len(self.total.numbers)
        self.columns = [local[v::width] for v in range(width)]
        self.bears = any(abs(slope) > _CLOSE for slope in local)

    def scaled(self, inner: float, outer: float) -> Array:
        """∂L/∂v with a factor on the earlier claim, and one on all of it: those of a mean that is taken elsewhere."""
        errors = [inner * e - t for e, t in zip(self.claimed, self.true, strict=True)]
        changes = [sum(error * slope for error, slope in zip(errors, column, strict=True)) for column in self.columns]
        return Array(
            self.total.shape, [outer * (float(t) + c) for t, c in zip(self.total.numbers, changes, strict=True)]
        )


def _floats(array: Array) -> list[float]:
    return [float(entry) for entry in array.numbers]


def _close(left: Array, right: Array) -> bool:
    pairs = zip(left.numbers, right.numbers, strict=True)
    return all(abs(float(a) - float(b)) <= _CLOSE * (1 + abs(float(a)) + abs(float(b))) for a, b in pairs)
