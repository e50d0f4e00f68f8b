"""The gradients that a backward pass claims beside differences of its forward pass, at one point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import bare, is_data
from chalkgrad.checking.code.pairs import Pair
from chalkgrad.checking.code.plain_steps import plain_steps
from chalkgrad.checking.code.recognised import recognised
from chalkgrad.checking.code.sandbox import Failure, Program, Sandbox
from chalkgrad.checking.code.slips import CodeSlip
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.trials import (
    Trial,
    backward_program,
    claimed_by_input,
    forward_program,
    outputs_of,
    stepped_in,
)
from chalkgrad.checking.code.use_claims import is_along
from chalkgrad.checking.code.verdicts import CodeBlock, differing
from chalkgrad.checking.gradcheck import BlockCheck, gradcheck
from chalkgrad.errors import EvaluationError

_PARAMETER = re.compile(r"(?:w|b|weights?|bias|biases|kernels?|filters)\d?")
_ENTRIES = 40  # blocks with more are compared along random directions first


@dataclass(frozen=True)
class Comparison:
    """The gradients that the backward pass claims beside differences of the forward pass, for one trial.

    `of_loss` tells that no gradient comes from above; the outputs do not depend on what is `idle`; of what is
    `optimised` only steps are told, which may be those of an optimiser: with momentum, or Adam's.
    """

    trial: Trial
    program: Program
    outcome: Mapping[str, Any]
    claimed: Mapping[str, Floats]
    checked: Mapping[str, BlockCheck]
    of_loss: bool = False
    idle: frozenset[str] = frozenset()
    optimised: frozenset[str] = frozenset()

    @staticmethod
    def at(
        sandbox: Sandbox,
        source: Source,
        pair: Pair,
        name: str,
        trial: Trial,
        generator: np.random.Generator,
        quick: bool = False,
        tolerance: float | None = None,
    ) -> Comparison:
        """Both passes run with the inputs of a trial, and random cotangents; `quick` looks along few directions."""
        drawn = [generator.normal(size=each.shape) for each in trial.outputs]
        weights = [one if pair.takes_cotangent and not (pair.begins and one.ndim == 0) else np.ones(one.shape)
                   for one in drawn]  # fmt: skip
        program = backward_program(pair, name, trial, [each if np.ndim(each) else np.float64(each) for each in weights])
        outcome = sandbox.call([program])[0]
        if isinstance(outcome, Failure):
            raise outcome.error(source)
        claimed = claimed_by_input(outcome, pair, trial)
        if pair.takes_targets and not pair.takes_cotangent:
            # A loss is not derived by its data: what has another shape is no wrong gradient by these.
            moved = trial.inputs.moving
            unlike = {each for each in set(moved) & set(claimed)
                      if is_data(each) and np.shape(claimed[each]) != np.shape(moved[each])}  # fmt: skip
            claimed = {each: array for each, array in claimed.items() if each not in unlike}
        if not claimed:
            raise EvaluationError(f"{name} returned no gradients that could be told from one another")

        def value(moving: Mapping[str, Any]) -> float:
            found = sandbox.call([forward_program(pair, name, trial, moving, report=False)])[0]
            if isinstance(found, Failure):
                raise found.error(source)
            outputs, _ = outputs_of(found["output"], pair)
            return float(sum((weight * each).sum() for weight, each in zip(weights, outputs, strict=True)))

        point = {each: moved for each, moved in trial.moving.items() if each in claimed}
        fitting = {each: claimed[each] if np.shape(claimed[each]) == np.shape(moved) else np.zeros(np.shape(moved))
                   for each, moved in point.items()}  # fmt: skip

        def compared(names: set[str], method: str) -> list[BlockCheck]:
            """The blocks of these names, the others as they are."""
            if not names:
                return []
            chosen = {each: moved for each, moved in point.items() if each in names}
            rest = {each: moved for each, moved in trial.moving.items() if each not in names}
            claims = {each: fitting[each] for each in chosen}
            found = gradcheck(lambda p: value({**rest, **p}), claims, chosen, method=method, tolerance=tolerance)
            return list(found.blocks)

        # Of many entries, random directions tell whether any is wrong; which ones are, is only then looked for.
        many = {each for each, moved in point.items() if np.size(moved) > (0 if quick else _ENTRIES)}
        blocks = compared(many, "direction")
        wrong = set() if quick else {block.name for block in blocks if not block.passed}
        blocks = [block for block in blocks if block.name not in wrong]
        blocks += [*compared(wrong, "sample"), *compared(set(point) - many, "central")]
        unclaimed = [each for each in trial.moving if each not in claimed and each not in trial.held]
        before = value(trial.moving) if unclaimed else 0.0
        idle = {each for each in unclaimed if value({**trial.moving, each: 1.1 * trial.moving[each] + 0.1}) == before}
        checked = {block.name: block for block in blocks}
        stepped = stepped_in(outcome, pair, trial, claimed)
        fit = {each: claimed[each] for each in stepped if np.shape(claimed[each]) == np.shape(point[each])}
        odd = {each: step for each, step in fit.items() if not is_along(step, checked[each])}
        plain = plain_steps(sandbox, pair, name, trial, weights, odd) if odd and pair.takes_cotangent else frozenset()
        return Comparison(trial, program, outcome, claimed, checked, not pair.takes_cotangent, frozenset(idle),
                          frozenset(odd) - plain)  # fmt: skip

    @property
    def blocks(self) -> list[CodeBlock]:
        """The verdict on the gradient by each input."""
        blocks = []
        for each, moved in self.trial.moving.items():
            if each not in self.claimed:
                # An object keeps more than its parameters, and a loss is not derived by the data.
                asked = each not in self.trial.held and each not in self.idle
                if asked and not (self.of_loss and is_data(each) and np.ndim(moved)):
                    blocks.append(CodeBlock(each, "undetermined", f"no gradient by {each} is returned"))
                continue
            array = self.claimed[each]
            slips = recognised(each, self.claimed, self.checked)
            if each in self.optimised:
                told = f"{each} is changed otherwise than by a step along a gradient"
                blocks.append(CodeBlock(each, "undetermined", told))
            elif np.shape(array) == np.shape(moved):
                blocks.append(_block(self.checked[each], slips))
            else:
                reason = f"it has the shape {np.shape(array)}, but {each} has {np.shape(moved)}"
                blocks.append(CodeBlock(each, "wrong", reason, slips))
        return _with_means(blocks, self)

    def accepts(self, outcome: Mapping[str, Any], pair: Pair) -> bool:
        """Whether another outcome has the same output, and right gradients wherever this one has any."""
        old, new = (outputs_of(each.get("output"), pair)[0] for each in (self.outcome, outcome))
        if len(old) != len(new) or not all(map(_same, old, new)):
            return False
        claimed = claimed_by_input(outcome, pair, self.trial)
        return all(name in claimed and self.checked[name].accepts(claimed[name]) for name in self.claimed)


def _with_means(blocks: list[CodeBlock], found: Comparison) -> list[CodeBlock]:
    """The blocks, where all gradients by weights and biases are means over the samples, or sums, and all else is right.

    Layers take the mean there where the loss does not: it is a convention, if no parameter is left out.
    """
    parameters = [block for block in blocks if _PARAMETER.fullmatch(bare(re.sub(r"\.val(ue)?$", "", block.name)))]
    others = [block for block in blocks if block not in parameters]
    if len(parameters) < 2 or any(block.verdict != "wrong" for block in parameters):
        return blocks
    if not others or any(block.verdict != "right" for block in others):
        return blocks
    counts = {size for output in found.trial.outputs for size in np.shape(output) if size > 1}
    for count in sorted(counts):
        for scale, words in ((1 / count, "the mean over the samples"), (count, "the sum over the samples")):
            if all(found.checked[block.name].accepts(found.claimed[block.name] / scale) for block in parameters):
                told = f"it is the derivative up to the factor {scale:g}: {words}, which its forward pass leaves out"
                return [CodeBlock(b.name, "right_up_to", told) if b in parameters else b for b in blocks]
    return blocks


def _same(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-9, atol=1e-12))


def _block(found: BlockCheck, slips: tuple[CodeSlip, ...]) -> CodeBlock:
    if found.passed:
        return CodeBlock(found.name, "right", "it agrees with differences of the forward pass")
    return CodeBlock(found.name, "wrong", differing(found), slips)
