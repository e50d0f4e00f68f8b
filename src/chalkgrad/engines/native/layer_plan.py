"""What a step computes that goes layer by layer, and which of it is for each sample."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from chalkgrad.engines.lowering import LoweringError
from chalkgrad.engines.native.updating import UpdatePlan
from chalkgrad.engines.nests import Contraction, Operation, Reduction
from chalkgrad.language import Axis, Tensor

SAMPLES = "n"
MOST_SAMPLES = 512


@dataclass(frozen=True)
class LayerPlan:
    """What a step computes.

    `data` are the tensors whose rows are given, `parameters` those in the slots, `results` what is computed from all
    samples: the gradients in the order of the parameters, where there is an update. `batch` is the greatest number of
    samples of a step. `drawn` are the tensors of ones and zeros that are drawn at random for each step, with how likely
    a one is. `outputs` are computed for each sample, and their rows go where pointers after those of the data lead.
    """

    operations: tuple[Operation, ...]
    data: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    results: tuple[Tensor, ...]
    update: UpdatePlan | None
    shuffled: bool
    batch: int
    drawn: tuple[tuple[Tensor, float], ...] = ()
    outputs: tuple[Tensor, ...] = ()
    threaded: bool = False

    @cached_property
    def after_sums(self) -> frozenset[Tensor]:
        """The tensors that depend on a sum over the samples."""
        found: set[Tensor] = set()
        for operation in self.operations:
            if sums_samples(operation) or operation.reads & found:
                found.update(operation.writes)
        return frozenset(found)

    @cached_property
    def in_stages(self) -> bool:
        """Whether something is computed for each sample from sums over all of them: then no batch can be cut."""
        return any(
            operation.reads & self.after_sums and (per_sample(operation) or sums_samples(operation))
            for operation in self.operations
        )

    def block(self, lanes: int) -> int:
        """How many samples are computed together, in whole vectors."""
        batch = -(-self.batch // lanes) * lanes
        return batch if self.in_stages else min(batch, MOST_SAMPLES)


def per_sample(operation: Operation) -> bool:
    """Whether something is computed for each sample."""
    axes = operation.axes
    return any(axis.size == SAMPLES for axis in axes)


def sums_samples(operation: Operation) -> bool:
    """Whether it sums over the samples."""
    match operation:
        case Contraction(inner=inner, summed=summed):
            return any(axis.size == SAMPLES for axis in (inner, *summed))
        case Reduction(summed=summed):
            return any(axis.size == SAMPLES for axis in summed)
    return False


def size_of(axis: Axis) -> int:
    """The size of an axis other than the samples'."""
    if not isinstance(axis.size, int):
        raise LoweringError(f"the size of the axis '{axis.name}' is not known")
    return axis.size
