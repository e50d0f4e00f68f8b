"""What is run in the sandbox where a file calls a function as it does: what prepares, one step, what is told."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import arrays_in
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.sandbox import Program
from chalkgrad.checking.code.trees import Result
from chalkgrad.checking.code.uses import GRADIENTS, LOSS, Use


def use_program(use: Use, given: Mapping[str, Any], moving: Mapping[str, Any], kept: Sequence[str] = ()) -> Program:
    """What is given, the preparing statements, what moves, and then the step; reported with what is kept."""
    steps = _prepared(use, given)
    steps += [("set", "", f"state.{place}", value) for place, value in moving.items()]
    steps += [
        ("run", "", "", _text(each), use.own, {}) for each in (*use.before, use.loss, use.call) if each is not None
    ]
    names = {"gradients": f"state.{GRADIENTS}", **{f"kept {name}": f"state.{name}" for name in kept}}
    names |= {"loss": f"state.{LOSS}"} if use.loss is not None else {}
    steps += [("value", name, "", Result(place)) for name, place in names.items()]
    return Program(tuple(steps), tuple(names))


def loss_program(use: Use, given: Mapping[str, Any], moving: Mapping[str, Any]) -> Program:
    """The same as far as the loss."""
    whole = use_program(use, given, moving)
    if use.loss is None:
        return whole
    steps = [each for each in whole.steps if each[0] != "value"][:-1]  # without the call
    return Program((*steps, ("value", "loss", "", Result(f"state.{LOSS}"))), ("loss",))


def state_program(use: Use, given: Mapping[str, Any], names: Sequence[str]) -> Program:
    """What is given and prepared, reported by name."""
    values = [("value", name, "", Result(f"state.{name}")) for name in names]
    return Program((*_prepared(use, given), *values), tuple(names))


def _prepared(use: Use, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What is given, as the first step, and the preparing statements, whose steps are counted from 1."""
    return [("run", "", "", "", use.own, dict(given)),
            *(("run", "", "", _text(each), use.own, {}) for each in use.prepared)]  # fmt: skip


def _text(statement: ast.stmt) -> str:
    """A statement, in its own line."""
    return "\n" * (statement.lineno - 1) + ast.unparse(statement)


def arrays_of(outcome: Mapping[str, Any]) -> dict[str, Floats]:
    """The arrays of floating numbers in what is reported, by their places; numbers may be whole (`w = 0`)."""
    return {place: np.asarray(array, dtype=np.float64)
            for name, value in outcome.items() for place, array in arrays_in(value, name)
            if array.size and (array.dtype.kind == "f" or (array.dtype.kind == "i" and not array.ndim))}  # fmt: skip
