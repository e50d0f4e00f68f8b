"""A second look at what the gradients of a backward pass were found to be: rows of two tables.

What is right is tried once more where slips cannot hide; what is wrong, where it may be meant to be right.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.guards import SINGLE_WORDS, is_single, without_guards
from chalkgrad.checking.code.inputs import is_label
from chalkgrad.checking.code.names import is_data
from chalkgrad.checking.code.own_comparisons import Comparison
from chalkgrad.checking.code.pairs import Pair
from chalkgrad.checking.code.sandbox import Failure, Sandbox
from chalkgrad.checking.code.source import Function, Source
from chalkgrad.checking.code.trees import Result
from chalkgrad.checking.code.trials import Trial, forward_program, outputs_of
from chalkgrad.checking.code.verdicts import CodeBlock, up_to
from chalkgrad.checking.precision import SINGLE
from chalkgrad.errors import ChalkgradError

_FIRST_ROW = re.compile(r"self\.\w+\[0\]")
_OTHER_SIZES = {2: 3, 3: 4, 4: 6, 5: 7}


@dataclass(frozen=True)
class Setting:
    """Where both passes run: what is compared, and the statements that were loaded with a library's arrays."""

    sandbox: Sandbox
    source: Source
    pair: Pair
    name: str
    generator: np.random.Generator
    needed: Sequence[int]
    library: str

    def compared(self, trial: Trial, quick: bool = False, tolerance: float | None = None) -> Comparison | None:
        """The comparison under a trial; None where it does not run."""
        try:
            return Comparison.at(
                self.sandbox, self.source, self.pair, self.name, trial, self.generator, quick, tolerance
            )
        except ChalkgradError:
            return None


Doubt: TypeAlias = Callable[[Setting, Trial], Iterator[Trial]]
Excuse: TypeAlias = Callable[[Setting, Comparison], "tuple[str, list[CodeBlock]] | None"]


def doubted(setting: Setting, right: Comparison) -> Comparison:
    """What is right, or the comparison under the first of the other trials in which something is wrong."""
    for row in DOUBTS:
        for trial in row(setting, right.trial) if all(block.verdict == "right" for block in right.blocks) else ():
            outcome = setting.sandbox.call([forward_program(setting.pair, setting.name, trial, trial.moving)])[0]
            if isinstance(outcome, Failure):
                continue
            outputs, several = outputs_of(outcome.get("output"), setting.pair)
            found = setting.compared(replace(trial, outputs=outputs, several=several), quick=True)
            if found is not None and any(block.verdict == "wrong" for block in found.blocks):
                return found
    return right


def excused(setting: Setting, found: Comparison, blocks: list[CodeBlock]) -> list[CodeBlock]:
    """The blocks, of which those that are wrong are right up to what a row of the table tells."""
    for row in EXCUSES:
        if all(block.verdict != "wrong" for block in blocks):
            break
        try:
            looked = row(setting, found)
        except ChalkgradError:  # its time is over: what was found stands
            break
        if looked is not None and all(block.verdict != "wrong" for block in looked[1]):
            blocks = up_to(blocks, looked[0])
    return blocks


def growth(array: Any) -> float:
    """By how much the entries of an array may grow: what lies between 0 and 1 stays there."""
    return 1.0 if ((array > 0) & (array < 1)).all() else 1.3


def _other_sizes(setting: Setting, trial: Trial) -> Iterator[Trial]:
    """Arrays of other sizes: sizes that are equal hide slips."""
    generator = setting.generator

    def resized(value: Any) -> Any:
        if np.ndim(value) == 0:
            return _OTHER_SIZES.get(value, value) if type(value) is int and value > 2 else value
        drawn = generator.choice(np.ravel(value), [_OTHER_SIZES.get(size, size) for size in np.shape(value)])
        return drawn if drawn.dtype.kind in "iub" else drawn * generator.uniform(0.7, growth(drawn), drawn.shape)

    def relabelled(value: Any) -> Any:
        """More rows of the same kind: labels stay labels."""
        if np.ndim(value) != 2 or np.asarray(value).dtype.kind != "f":
            return resized(value)
        rows, columns = (_OTHER_SIZES.get(size, size) for size in np.shape(value))
        more = np.asarray(value)[generator.integers(0, len(value), rows)]
        return np.pad(more, ((0, 0), (0, columns - more.shape[1])))

    inputs = trial.inputs.replaced({k: resized(v) for k, v in trial.inputs.moving.items()},
                                   {k: relabelled(v) for k, v in trial.inputs.fixed.items()})  # fmt: skip
    held = {place: resized(array) for place, array in trial.held.items()}
    yield Trial(inputs, tuple(map(resized, trial.made)), trial.named, held, (), 0, trial.late)


def _other_labels(setting: Setting, trial: Trial) -> Iterator[Trial]:
    """For a number as the label of all samples 0 and 1: code may ask whether it is one."""
    labels = [each for each, value in trial.inputs.fixed.items() if is_label(each) and type(value) is float]
    for number in (0.0, 1.0) if labels else ():
        inputs = replace(trial.inputs, fixed={**trial.inputs.fixed, **dict.fromkeys(labels, number)})
        yield replace(trial, inputs=inputs)


def _other_words(setting: Setting, trial: Trial) -> Iterator[Trial]:
    """The other words that an argument is compared with: each may be a branch of its own."""
    for each in setting.pair.forward_facts.arguments:
        if trial.inputs.fixed.get(each.name) in each.usage.texts:
            for word in each.usage.texts:
                inputs = replace(trial.inputs, fixed={**trial.inputs.fixed, each.name: word})
                yield replace(trial, inputs=inputs)


def _single_values(setting: Setting, found: Comparison) -> tuple[str, list[CodeBlock]] | None:
    """A loss, which may be one of samples with a single value each."""
    trial = found.trial
    if any(np.ndim(each) for each in trial.outputs) or trial.held or trial.fullness < 2:
        return None
    rows = {name for name in trial.inputs.order if is_data(name, ("x",))} if len(trial.inputs.order) > 2 else set()

    def first(name: str, value: Any) -> Any:
        return value[:, 0].copy() if np.ndim(value) == 2 and name not in rows else value

    inputs = trial.inputs.replaced({k: first(k, v) for k, v in trial.inputs.moving.items()},
                                   {k: first(k, v) for k, v in trial.inputs.fixed.items()})  # fmt: skip
    again = setting.compared(Trial(inputs, trial.made, trial.named, {}, trial.outputs, trial.several))
    if again is None or any(block.verdict != "right" for block in again.blocks):
        return None
    return "it is right for samples of one value each; for several", again.blocks


def _without_guards(setting: Setting, found: Comparison) -> tuple[str, list[CodeBlock]] | None:
    """A forward pass that adds a small number within a logarithm, which its gradient leaves out.

    What is right without that number, if it is looked at as another row does, is so too.
    """
    functions = [each for each in ast.walk(setting.source.tree) if isinstance(each, Function)]
    text, guards = without_guards(setting.source.text, functions)
    if not guards:
        return None
    setting.sandbox.load(setting.needed, setting.library, text)
    again = setting.compared(found.trial)
    right, blocks = "it is right", again.blocks if again is not None else []
    for row in (_in_single_precision, _single_values, _single_rows):
        if again is None or all(block.verdict != "wrong" for block in blocks):
            break
        looked = row(setting, again)
        if looked is not None and all(block.verdict != "wrong" for block in looked[1]):
            right, blocks = looked[0].partition(";")[0], looked[1]
    setting.sandbox.load(setting.needed, setting.library)
    told = f"{right} but for what {setting.pair.forward} adds within a logarithm, {' and '.join(guards)}; else"
    return (told, blocks) if again is not None else None


def _in_single_precision(setting: Setting, found: Comparison) -> tuple[str, list[CodeBlock]] | None:
    """A gradient that is computed in float32, beside differences of a loss that is not."""
    again = setting.compared(found.trial, tolerance=SINGLE.tolerance) if is_single(setting.source) else None
    return (SINGLE_WORDS, again.blocks) if again is not None else None


def _by_its_value(setting: Setting, found: Comparison) -> tuple[str, list[CodeBlock]] | None:
    """A derivative that is written by the function's value, s(1 - s) for a sigmoid s: it is given that value."""
    pair, trial = setting.pair, found.trial
    if pair.kind not in ("functions", "class") or pair.takes_cotangent or len(found.checked) != 1:
        return None
    (name,) = found.checked
    kind, result, target, arguments, named = found.program.steps[-1]
    value = Result("output.0" if trial.several > 1 else "output")
    given = [value if each == Result(f"given {name}") else each for each in arguments]
    (outcome,) = setting.sandbox.call(
        [replace(found.program, steps=(*found.program.steps[:-1], (kind, result, target, given, named)))]
    )
    claim = None if isinstance(outcome, Failure) else outcome.get("result")
    if given == arguments or not isinstance(claim, np.ndarray) or claim.shape != found.checked[name].derivative.shape:
        return None
    if not found.checked[name].accepts(claim):
        return None
    told = f"it is the derivative by what {pair.forward} returns, to be given that; given its argument"
    return told, [CodeBlock(name, "right", "")]


def _single_rows(setting: Setting, found: Comparison) -> tuple[str, list[CodeBlock]] | None:
    """A layer that looks at the first row of what it kept only: it is meant for one sample at a time."""
    trial, pair = found.trial, setting.pair
    rows = {name: value for name, value in trial.inputs.moving.items() if np.ndim(value) == 2}
    back = next((each for each in functions_in_reach(setting.source, setting.name) if each.name == pair.backward), None)
    if pair.kind != "class" or not rows or back is None or not _FIRST_ROW.search(ast.unparse(back)):
        return None
    inputs = trial.inputs.replaced({**trial.inputs.moving, **{name: value[:1].copy() for name, value in rows.items()}})
    one = replace(trial, inputs=inputs)
    (outcome,) = setting.sandbox.call([forward_program(pair, setting.name, one, one.moving)])
    outputs, several = outputs_of(outcome.get("output"), pair) if not isinstance(outcome, Failure) else ((), 0)
    again = setting.compared(replace(one, outputs=outputs, several=several)) if outputs else None
    if again is None or any(block.verdict != "right" for block in again.blocks):
        return None
    return "it is right for one sample at a time, in a row; for several", again.blocks


def _handed_on(setting: Setting, found: Comparison) -> tuple[str, list[CodeBlock]] | None:
    """A softmax whose backward pass hands on what it is given: the gradient of its loss is by the softmax's inputs."""
    trial, pair = found.trial, setting.pair
    if (
        pair.kind != "class"
        or not pair.takes_cotangent
        or len(trial.outputs) != 1
        or set(found.checked) != {*found.claimed}
    ):
        return None
    (output,) = trial.outputs
    sums = [np.sum(output, axis=axis) for axis in range(output.ndim)]
    if output.ndim < 2 or not (output > 0).all() or not any(np.allclose(each, 1.0) for each in sums):
        return None
    weights = [step[3] for step in found.program.steps if step[0] == "value" and step[1] == "cotangent 0"]
    if len(found.claimed) != 1 or not all(np.array_equal(each, weights[0]) for each in found.claimed.values()):
        return None
    told = "it hands on what it is given, as where the loss's own gradient is by the softmax's inputs; else"
    return told, [CodeBlock(name, "right", "") for name in found.claimed]


DOUBTS: tuple[Doubt, ...] = (_other_sizes, _other_labels, _other_words)
EXCUSES: tuple[Excuse, ...] = (
    _in_single_precision,
    _single_values,
    _single_rows,
    _without_guards,
    _by_its_value,
    _handed_on,
)
