"""Descents by compiled code: a whole run, or one from each of a thousand starts, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chalkgrad.descent.function import Floats, ScalarFunction
from chalkgrad.engines.native.functions import compiled_code, procedure
from chalkgrad.engines.native.host import host
from chalkgrad.engines.native.iterating import iterating_assembly, iteration_of
from chalkgrad.language import Program, program_text


@dataclass(frozen=True)
class Runs:
    """Where descents went: `ends` (starts, variables), `steps` (starts,), and all points on the way if recorded.

    `track` is (steps + 1, starts, variables); a run that has stopped stays where it is.
    """

    ends: Floats
    steps: Floats
    track: Floats | None


def run_steps(
    program: Program,
    function: ScalarFunction,
    states: Sequence[str],
    starts: Floats,
    settings: Mapping[str, float],
    rates: Floats,
    steps: int,
    *,
    tolerance: float = 0.0,
    window: Sequence[tuple[float, float]] | None = None,
    record: bool = False,
) -> Runs:
    """Makes up to that many steps of a step program from all starts (starts, variables).

    `settings` has the value of every constant of the program but the rate; `rates` has one rate, or one for each step.
    A run stops where the gradient is not longer than the tolerance, after leaving the window, or at a number that is
    not finite. Raises `LoweringError` for a function that compiled code cannot compute.
    """
    places = np.ascontiguousarray(np.asarray(starts, dtype=np.float64).T)
    count, variables = places.shape[1], len(function.variables)
    lanes = 1 if count == 1 else host().lanes("double")
    changing = [*function.variables, *states]
    slopes = [tensor.name for tensor in function.gradient_program.results]
    # A setting is primed where a variable of the function has its name.
    shared = {t.name.rstrip("'"): t.name for t in program.declared if t.name not in changing}
    rate, step = shared.pop("rate", ""), shared.pop("t", "")

    def assembly() -> str:
        iteration = iteration_of(program, changing, slopes, rate, step)
        return iterating_assembly(iteration, "double", lanes, fused=host().fused)

    run = procedure(compiled_code((program_text(program), changing, slopes, lanes), assembly), "iterate", 7)
    values = places.copy()
    track = np.empty((steps, variables, count) if record else 0)
    made = np.zeros(count)
    constant_values = np.array([settings[name] for name in shared], dtype=np.float64)
    given_rates = np.ascontiguousarray(rates, dtype=np.float64)
    low, high = np.array(window, dtype=np.float64).T if window is not None else np.array([[-1.0], [1.0]]) * _LARGEST
    bounds = np.concatenate([[tolerance**2], np.broadcast_to(low, variables), np.broadcast_to(high, variables)])
    control = np.array([count, steps, record, len(given_rates) > 1], dtype=np.int64)
    arrays = (values, track, made, constant_values, given_rates, bounds, control)
    run(*(array.ctypes.data for array in arrays))
    whole = None
    if record:
        last = int(made.max(initial=0.0))
        whole = np.concatenate([places[None], track[:last]]).transpose(0, 2, 1)
        _hold(whole, made)
    return Runs(values.T, made, whole)


_LARGEST = np.finfo(np.float64).max


def _hold(track: Floats, made: Floats) -> None:
    """Lets runs that have stopped stay where they are: vectors whose runs all have stopped recorded nothing more."""
    for start, steps in enumerate(made.astype(int)):
        track[steps + 1 :, start] = track[steps, start]
