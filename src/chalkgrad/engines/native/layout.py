"""What is in memory while a network trains, and which of the two loops trains it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property

from chalkgrad.engines.lowering import numbers_of
from chalkgrad.language import Program, Role, Tensor
from chalkgrad.networks import Optimiser

# Sums are cut into pieces of this many samples, whose totals are added in order: rounding errors do not grow with the
# number of samples, and results do not depend on the number of threads.
CHUNK = 8192
# The loop in registers trains up to so many numbers kept from step to step. Steps of few samples pay for its long
# prologue, so that they have a limit of their own (`benchmarks/loops.py`).
MOST_IN_REGISTERS = 300
MOST_IN_SHORT_STEPS = 160
FEWEST_IN_LONG_STEPS = 512
# Up to as many numbers of a sample can be taken apart while they are read, which costs some 5 % of a short pass. It is
# done where there are more numbers than the other limit, as columns of them would be a copy that is felt.
MOST_IN_ROWS = 4
MOST_COPIED = 1 << 23
# A thread of the loop over layers has as many samples at least, and as many products of them with parameters.
FEWEST_IN_A_THREAD = 16
LEAST_IN_A_THREAD = 1 << 17


@dataclass(frozen=True)
class Layout:
    """What is in memory: the tensors of the data, and the slots by parameter and by state.

    Slots hold the parameters, flat and in order, then each state of the optimiser in the same order, then the
    hyper-parameters. The loop in registers reads the data in `rows` as they lie, and all others by columns.
    """

    data: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    states: tuple[str, ...]
    constants: tuple[str, ...]
    rows: frozenset[Tensor] = frozenset()

    @cached_property
    def count(self) -> int:
        """How many numbers the parameters are."""
        return sum(numbers_of(tensor) for tensor in self.parameters)

    @property
    def row_names(self) -> list[str]:
        """The names of the data that are read by rows."""
        return sorted(tensor.name for tensor in self.rows)

    @property
    def kept(self) -> int:
        """How many numbers are kept from step to step."""
        return self.count * (1 + len(self.states))


def layout_of(program: Program, optimiser: Optimiser, drawn: Container[str] = ()) -> Layout:
    """The layout for a program and an optimiser; the rate comes with each step and has no slot.

    What is drawn at random is not data.
    """
    data = tuple(t for t in program.declared if t.role is not Role.PARAMETER and t.name not in drawn)
    constants = tuple(name for name in optimiser.defaults if name != "rate")
    return Layout(data, program.parameters, optimiser.state, constants)


def in_rows(tensors: Iterable[Tensor], samples: int, *, shuffled: bool) -> frozenset[Tensor]:
    """Which data the loop in registers is to read by rows: narrow ones, if they are long or in no order.

    What a sample has lies in one line of the cache then.
    """
    return frozenset(
        tensor
        for tensor in tensors
        if numbers_of(tensor) <= MOST_IN_ROWS and (shuffled or samples * numbers_of(tensor) > MOST_COPIED)
    )


def apart(count: int) -> int:
    """How far from each other the parameters and the states begin in the slots: at the lines of the cache."""
    return -(-count // 16) * 16


def threads_worth(threads: int, batch: int, parameters: int) -> int:
    """How many threads are to share out a batch layer by layer; it does not change the results.

    Each needs work for longer than they wait for each other in a step.
    """
    return max(1, min(threads, batch // FEWEST_IN_A_THREAD, batch * parameters // LEAST_IN_A_THREAD))
