"""Whether steps of parameters are a gradient's and nothing else's, not those of an optimiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.pairs import Pair
from chalkgrad.checking.code.sandbox import Failure, Program, Sandbox
from chalkgrad.checking.code.trials import Trial, backward_program, steps_in

_ALONG, _TOLERANCE = 0.99, 1e-6


def plain_steps(
    sandbox: Sandbox, pair: Pair, name: str, trial: Trial, cotangents: Sequence[Any], steps: Mapping[str, Floats]
) -> frozenset[str]:
    """The parameters whose steps can only be meant as gradients, right or wrong.

    Such a step is the same after another one, as nothing is remembered of that; it grows in proportion to what comes
    from above, as Adam's does not; and with nothing from above it is not along the parameter, as weight decay is.
    """

    def given(factor: float) -> Program:
        return backward_program(pair, name, trial, [factor * each for each in cotangents])

    again = given(1.0)
    places = {f"object.{place}" for place in trial.held}
    begin = next(k for k, step in enumerate(again.steps) if step[0] == "set" and step[2] in places)
    later = Program((*given(-2.0).steps, *again.steps[begin:]), again.report)
    outcomes = sandbox.call([later, given(2.0), given(0.0)])
    if any(isinstance(each, Failure) for each in outcomes):
        return frozenset()
    after, double, none = (steps_in(each, pair, trial) for each in outcomes if not isinstance(each, Failure))
    found = set()
    for place, step in steps.items():
        zero = np.zeros_like(step)
        rest = none.get(place, zero)
        same = _close(after.get(place, zero), step, step)
        grows = _close(double.get(place, zero) - step, step - rest, step)
        held = trial.held[place]
        decays = abs(float(np.vdot(rest, held))) > _ALONG * float(np.linalg.norm(rest) * np.linalg.norm(held)) > 0
        if same and grows and not decays:
            found.add(place)
    return frozenset(found)


def _close(one: Floats, other: Floats, like: Floats) -> bool:
    return float(np.abs(one - other).max(initial=0.0)) <= _TOLERANCE * float(np.abs(like).max(initial=0.0))
