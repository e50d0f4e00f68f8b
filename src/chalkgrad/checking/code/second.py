"""Second derivatives of a function with its own rule: whether its backward pass is differentiated rightly again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.pairs import Pair
from chalkgrad.checking.code.sandbox import Failure, Program, Sandbox
from chalkgrad.checking.code.trees import Result
from chalkgrad.checking.code.trials import Trial
from chalkgrad.checking.code.verdicts import CodeBlock
from chalkgrad.checking.gradcheck import BlockCheck, gradcheck
from chalkgrad.errors import ChalkgradError


def second_derivatives(sandbox: Sandbox, pair: Pair, trial: Trial, generator: np.random.Generator) -> list[CodeBlock]:
    """Compares what the library differentiates through the backward pass with differences of its gradients.

    The gradients, weighted with random directions, are differentiated by every input.
    """
    cotangents = [generator.normal(size=each.shape) for each in trial.outputs]
    directions = {name: generator.normal(size=np.shape(value)) for name, value in trial.moving.items()}

    def asked(moving: Mapping[str, Any], twice: bool) -> dict[str, Floats]:
        """The gradients, or their own, by input; zeros where an input has none."""
        given = {name: moving.get(name, trial.inputs.fixed.get(name)) for name in trial.inputs.order}
        steps: list[tuple[Any, ...]] = [("value", f"given {name}", "", value) for name, value in given.items()]
        values = [Result(f"given {name}") for name in given]
        more = ([directions.get(name) for name in given],) if twice else ()
        steps.append(("vjp twice" if twice else "vjp", "result", pair.forward, values, cotangents, *more))
        (outcome,) = sandbox.call([Program(tuple(steps))])
        if isinstance(outcome, Failure):
            raise outcome.error(sandbox.source)
        found = dict(zip(given, outcome["result"], strict=False))
        arrays = {name: found[name] for name in trial.moving if found.get(name) is not None}
        zeros = {name: np.zeros(np.shape(value)) for name, value in trial.moving.items()}
        return zeros | {name: np.asarray(each, dtype=np.float64) for name, each in arrays.items()}

    def slope(moving: Mapping[str, Any]) -> float:
        first = asked(moving, twice=False)
        return float(sum((directions[name] * each).sum() for name, each in first.items()))

    try:
        claimed = asked(trial.moving, twice=True)
    except ChalkgradError as problem:
        return [CodeBlock(f"{name}, again", "undetermined", f"it cannot be differentiated twice: {problem}")
                for name in trial.moving]  # fmt: skip
    checked = gradcheck(slope, claimed, trial.moving, method="direction")
    return [_block(block) for block in checked.blocks]


def _block(found: BlockCheck) -> CodeBlock:
    name = f"{found.name}, again"
    if found.passed:
        return CodeBlock(name, "right", "it agrees with differences of the backward pass")
    numbers = f"it is {found.claimed:.6g}, but the second derivative is {found.numerical:.6g}"
    told = f"along a random direction {numbers}: the backward pass computes with what was kept as a number"
    return CodeBlock(name, "wrong", told)
