"""Schedules of the learning rate: the rate at a step, from the rate at first, the step and the number of steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from chalkgrad.errors import UnknownNameError

Schedule: TypeAlias = Callable[[float, int, int], float]


def constant(rate: float, step: int, steps: int) -> float:
    """The rate itself."""
    return rate


def halving(rate: float, step: int, steps: int) -> float:
    """Step decay: half the rate after each fifth of the steps.

    >>> [halving(1.0, step, 100) for step in (1, 21, 100)]
    [1.0, 0.5, 0.0625]
    """
    return rate * 0.5 ** min((step - 1) * 5 // max(steps, 1), 4)


def cosine(rate: float, step: int, steps: int) -> float:
    """Half a cosine from the rate down to 0 (Loshchilov and Hutter, SGDR, 2017, without restarts).

    >>> round(cosine(1.0, 51, 100), 12)
    0.5
    """
    return rate * (1 + math.cos(math.pi * (step - 1) / max(steps, 1))) / 2


def inverse_time(rate: float, step: int, steps: int) -> float:
    """The rate divided by the step, 1/t (Robbins and Monro, A stochastic approximation method, 1951).

    >>> inverse_time(1.0, 4, 100)
    0.25
    """
    return rate / step


SCHEDULES: dict[str, Schedule] = {"constant": constant, "step": halving, "cosine": cosine, "1/t": inverse_time}


def schedule_named(name: str) -> Schedule:
    """The schedule with this name; raises `UnknownNameError` with the nearest.

    >>> schedule_named("1/t")(1.0, 2, 10)
    0.5
    """
    if name not in SCHEDULES:
        raise UnknownNameError("schedule", name, SCHEDULES)
    return SCHEDULES[name]
