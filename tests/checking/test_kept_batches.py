"""Numbers that are kept from text to text are those that would be computed anew, and no text changes another's."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.checking.kept_batches import KEPT_BATCHES, KeptBatches
from chalkgrad.checking.vectors import Batch
from chalkgrad.checking.worlds import World
from chalkgrad.language import Axis, Call, Definition, Program, Role, Tensor, multiply
from chalkgrad.page.effort import MOST_FOR_CLAIM, Effort, SpentError, counting

J = Axis("j", 3)
X, W = Tensor("x", (J,), Role.INPUT), Tensor("w", (J,), Role.PARAMETER)
H = Tensor("h", (J,))
PROGRAM = Program((X, W), (Definition(H, (J,), Call("tanh", multiply(W[J], X[J]))),), (H,))


def asked_of(world: World) -> tuple[list[list[float]], int]:
    """The values of a world and a derivative in it, and the steps that they took."""
    effort = Effort(MOST_FOR_CLAIM)
    with counting(effort):
        found = [world.along(H[J], (J,)), world.batch.derivative(H, W)]
    return [each.ravel().tolist() for each in found], effort.left


def test_a_second_world_has_the_numbers_and_the_steps_of_the_first() -> None:
    KEPT_BATCHES.clear()
    first = asked_of(World(PROGRAM))
    assert KEPT_BATCHES.count == 1
    assert asked_of(World(PROGRAM)) == first
    assert asked_of(World(PROGRAM, seed=5))[0] != first[0]


def test_what_a_text_computes_further_is_its_own() -> None:
    KEPT_BATCHES.clear()
    first, second = World(PROGRAM), World(PROGRAM)
    with counting(Effort(MOST_FOR_CLAIM)):
        other = Tensor("o", (J,))
        first.batch.vectors.define(Program((), (Definition(other, (J,), multiply(2, X[J])),), (other,)))
        assert other not in second.batch.vectors.values
        assert np.array_equal(first.batch.vectors.values[X].value, second.batch.vectors.values[X].value)


def test_with_too_few_steps_left_what_is_kept_is_not_given() -> None:
    KEPT_BATCHES.clear()
    asked_of(World(PROGRAM))
    effort = Effort(1)
    with counting(effort), pytest.raises(SpentError):
        World(PROGRAM).batch  # noqa: B018
    assert effort.left == -1


def test_no_more_is_kept_than_that() -> None:
    kept = KeptBatches(batches=5)
    with counting(Effort(MOST_FOR_CLAIM)):
        batches = [
            kept.of(number, lambda: Batch(PROGRAM, {X: np.ones((3, 2)), W: np.ones((3, 2))}, {})) for number in range(9)
        ]
    assert kept.count == 5
    assert {batch.points for batch in batches} == {2}
