"""Checking a function that returns its loss beside the gradients, by differences of that loss."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.checking.code.arguments import Asked, asked_for
from chalkgrad.checking.code.calls import Call, Target, target_of
from chalkgrad.checking.code.corrections import corrections
from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.guards import SINGLE_WORDS, is_single, without_guards
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import bare, is_decorated
from chalkgrad.checking.code.network import Points, called_words, libraries_of, outcomes_of, wanted_of
from chalkgrad.checking.code.recognised import recognised
from chalkgrad.checking.code.returned import Reading, named_entries, readings
from chalkgrad.checking.code.sandbox import Failure, Limits, Sandbox
from chalkgrad.checking.code.source import Function, Source
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck, Edit, up_to
from chalkgrad.checking.gradcheck import GradientCheck, gradcheck
from chalkgrad.checking.precision import SINGLE
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.reading.spec import read_spec

# Networks whose sizes and kinds of targets are tried: the loss itself is the code's own.
_NETWORKS = ("4-3 softmax ce", "3-4-2 tanh softmax ce", "3-1 sigmoid bce", "3-4-1 tanh sigmoid bce", "3-2 identity mse")
_TRIED, _MOST = 120, 3


@dataclass(frozen=True)
class _Trial:
    call: Call
    reading: Reading
    points: Points


def check_own_loss(
    source: Source,
    function: str,
    *,
    let: Mapping[str, str] | None = None,
    call: str | None = None,
    layout: str | None = None,
    limits: Limits,
    seed: int,
) -> CodeCheck:
    """Compares the gradients of a function with differences of the loss that it returns beside them.

    Regularisation is not 0 here, so that its gradient is checked as well. Raises `EvaluationError` where no loss is
    returned.
    """
    target = target_of(source, function)
    returned = target.function.returned
    if returned and all(map(is_decorated, returned)):
        raise EvaluationError(f"{function} in {source.file} returned no loss beside its gradients")
    asked = asked_for(let or {}, call, layout, [each.name for each in target.function.arguments], regularised=True)
    best: tuple[int, _Trial, list[CodeBlock]] | None = None
    problem: ChalkgradError | None = None
    with Sandbox(source, limits) as sandbox:
        left_out = sandbox.load(source.needed(function), libraries_of(source, target, function)[0])
        for spec in _NETWORKS:
            try:
                for trial in _trials(sandbox, source, target, Points(read_spec(spec), seed), asked):
                    blocks = list(_blocks(trial, _checked(sandbox, source, trial, 0)))
                    right = sum(block.verdict == "right" for block in blocks)
                    if best is None or right / len(blocks) > best[0] / len(best[2]):
                        best = (right, trial, blocks)
            except ChalkgradError as raised:
                problem = problem or raised
            if best is not None and best[0] == len(best[2]):
                break
        if best is None:
            raise problem or EvaluationError(f"{function} in {source.file} returned no loss beside its gradients")
        _, trial, blocks = best
        if any(block.verdict == "wrong" for block in blocks):
            blocks = _excused(sandbox, source, function, trial, blocks)
        edits: tuple[Edit, ...] = ()
        if any(block.verdict == "wrong" for block in blocks):
            edits = _corrected(sandbox, source, function, trial)
    words = called_words(trial.call, trial.reading, target, trial.points.spec)
    return CodeCheck(source.file, function, "the loss that it returns", tuple(blocks), words,
                     trial.call.layout.samples, left_out, edits)  # fmt: skip


def _trials(sandbox: Sandbox, source: Source, target: Target, points: Points, asked: Asked) -> Iterator[_Trial]:
    """Ways of calling that run and give a loss and gradients of the right shapes, the likeliest first."""
    found = 0
    for call, outcome in outcomes_of(sandbox, source, target, points, points, asked, _TRIED):
        if isinstance(outcome, Failure):
            continue
        if _more_layers(outcome, call, len(points.spec.sizes) - 1):
            continue
        for reading in readings(outcome, call, points.offered(0), points.spec):
            if reading.loss is not None and reading.gradients and not reading.odd and np.isfinite(reading.loss):
                yield _Trial(call, reading, points)
                found += 1
                break
        if found == _MOST:
            return


def _more_layers(outcome: Mapping[str, Any], call: Call, depth: int) -> bool:
    """Whether the code gives gradients by the parameters of more layers than the network has."""
    names = [bare(name) for name, _ in named_entries(outcome.get("result"), call.facts.returned)]
    numbers = [int(match[1]) for name in names if (match := re.fullmatch(r"d?(?:w|b|weights?|bias)(\d)", name))]
    return max(numbers, default=0) > depth


def _excused(
    sandbox: Sandbox, source: Source, function: str, trial: _Trial, blocks: list[CodeBlock]
) -> list[CodeBlock]:
    """The blocks, of which those that are wrong differ only by what guards a logarithm, or by rounding to float32."""
    library = libraries_of(source, target_of(source, function), function)[0]
    functions = [each for each in ast.walk(source.tree) if isinstance(each, Function)]
    text, guards = without_guards(source.text, functions)
    tolerance = SINGLE.tolerance if is_single(source) else None
    if not guards and tolerance is None:
        return blocks
    sandbox.load(source.needed(function), library, text)
    try:
        again = list(_blocks(trial, _checked(sandbox, source, trial, 0, tolerance)))
    finally:
        sandbox.load(source.needed(function), library)
    if any(block.verdict == "wrong" for block in again):
        return blocks
    told = f"it is right but for what the loss adds within a logarithm, {' and '.join(guards)}; with it"
    return up_to(blocks, told if guards else SINGLE_WORDS)


def _checked(
    sandbox: Sandbox, source: Source, trial: _Trial, number: int, tolerance: float | None = None
) -> GradientCheck:
    """The gradients at one of the points beside differences of the loss; at other points than the first, zeros."""
    offered = trial.points.offered(number)
    moving: dict[str, Any] = {name: offered[name] for name in trial.reading.gradients}

    def loss(values: Mapping[str, Floats]) -> float:
        outcome = sandbox.call([trial.call.program({**offered, **values})])[0]
        found = None if isinstance(outcome, Failure) else _loss_in(outcome, trial, offered)
        if isinstance(outcome, Failure):
            raise outcome.error(source)
        if found is None:
            raise EvaluationError("it does not return its loss at every point")
        return found

    zeros = {name: np.zeros_like(value) for name, value in moving.items()}
    return gradcheck(loss, zeros if number else trial.reading.gradients, moving, tolerance=tolerance)


def _loss_in(outcome: Mapping[str, Any], trial: _Trial, offered: Mapping[str, Any]) -> float | None:
    read = readings(outcome, trial.call, offered, trial.points.spec)
    return next((each.loss for each in read if each.loss is not None), None)


def _corrected(sandbox: Sandbox, source: Source, function: str, trial: _Trial) -> tuple[Edit, ...]:
    """The edit of the code after which every gradient is right, and the loss is what it was."""
    checks: dict[int, GradientCheck] = {}
    offered = [trial.points.offered(number) for number in range(2)]
    programs = [trial.call.program(each) for each in offered]
    losses = [None if isinstance(each, Failure) else _loss_in(each, trial, given)
              for each, given in zip(sandbox.call(programs), offered, strict=True)]  # fmt: skip

    def right(number: int, outcome: dict[str, Any] | Failure) -> bool:
        before = losses[number]
        if isinstance(outcome, Failure) or before is None:
            return False
        if number not in checks:
            checks[number] = _checked(sandbox, source, trial, number)
        for each in readings(outcome, trial.call, offered[number], trial.points.spec):
            same = each.loss is not None and abs(each.loss - before) <= 1e-9 * abs(before)
            if same and all(name in each.gradients and checks[number][name].accepts(each.gradients[name])
                            for name in trial.reading.gradients):  # fmt: skip
                return True
        return False

    return corrections(sandbox, source, functions_in_reach(source, function), programs, right)


def _blocks(trial: _Trial, checked: GradientCheck) -> Iterator[CodeBlock]:
    """The verdict on each gradient that was returned."""
    gradients = trial.reading.gradients
    known = {block.name: block for block in checked.blocks}
    for name in wanted_of(trial.call, trial.points.spec):
        if name not in gradients:
            if name in trial.call.roles:
                yield CodeBlock(name, "undetermined", f"no gradient by {name} is returned")
            continue
        block = checked[name]
        if block.passed:
            yield CodeBlock(name, "right", "it agrees with differences of the loss that is returned")
        else:
            where = f"at {list(block.at)} " if block.at else ""
            reason = f"{where}it is {block.claimed:.6g}, but the loss that is returned has {block.numerical:.6g}"
            yield CodeBlock(name, "wrong", reason, recognised(name, gradients, known))
