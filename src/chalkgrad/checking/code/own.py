"""Checking a backward pass against the forward pass of the same code, by differences of the forward pass's values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import arrays_in
from chalkgrad.checking.code.corrections import corrections
from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.inputs import Inputs, inputs_for
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import bare, is_decorated, undecorated
from chalkgrad.checking.code.pairs import RATE, Pair, backward_arguments, pair_of
from chalkgrad.checking.code.recognised import recognised
from chalkgrad.checking.code.returned import named_entries
from chalkgrad.checking.code.sandbox import Failure, Limits, Program, Sandbox
from chalkgrad.checking.code.slips import CodeSlip
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.trees import Result, Thing
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck, Edit
from chalkgrad.checking.gradcheck import BlockCheck, gradcheck
from chalkgrad.errors import ChalkgradError, EvaluationError

_MOST = 6  # inputs under which the backward pass is tried
_OBJECTS = 12  # ways of making an object
_USUAL = frozenset(
    [
        "w",
        "b",
        "weights",
        "weight",
        "bias",
        "biases",
        "gamma",
        "beta",
        "kernel",
        "kernels",
        "filters",
        "params",
        "v",
        "u",
        "wx",
        "wh",
    ]
)
_OTHER_SIZES = {2: 3, 3: 4, 4: 6, 5: 7}
_ENTRIES = 40  # blocks with more are compared along random directions first


@dataclass(frozen=True)
class Trial:
    """A way of calling the forward pass that ran: its inputs, an object's parameters among them, and its outputs."""

    inputs: Inputs
    made: tuple[Any, ...]
    held: Mapping[str, Floats]
    outputs: tuple[Floats, ...]
    several: int

    @property
    def moving(self) -> dict[str, Any]:
        """Everything that is differentiated."""
        return {**self.inputs.moving, **self.held}

    @property
    def fullness(self) -> int:
        """2 for several samples of several values, or numbers; 1 for one column, 0 for one vector: slips hide there."""
        sizes = [np.shape(value) for value in self.inputs.moving.values()]
        full = any(len(each) > 1 and min(each) > 1 for each in sizes) or not any(sizes)
        return 2 if full else 1 if any(len(each) > 1 for each in sizes) else 0


def check_own(
    source: Source,
    function: str,
    *,
    forward: str | None = None,
    pair: Pair | None = None,
    let: Mapping[str, str] | None = None,
    limits: Limits,
    seed: int,
) -> CodeCheck:
    """Compares a backward pass with differences of the forward pass of the same code, input by input.

    `function` is a backward function (its forward function is found by its name, or given as `forward`), a class with
    `forward` and `backward`, a `torch.autograd.Function`, or a function with JAX's `custom_vjp`. Outputs are weighted
    with random cotangents. `pair` tells both passes where they are known. `let` gives shapes (`{"x": "4x3"}`)
    and numbers.
    """
    pair = pair or pair_of(source, function, forward)
    generator = np.random.default_rng(seed)
    with Sandbox(source, limits) as sandbox:
        needed = sorted({*source.needed(function), *source.needed(pair.forward if pair.kind != "class" else function)})
        used = source.libraries(function)
        library = pair.kind if pair.kind in ("torch", "jax") else "torch" if "torch" in used - {"numpy"} else "numpy"
        left_out = sandbox.load(needed, library)
        best: tuple[int, _Comparison, list[CodeBlock]] | None = None
        problem: ChalkgradError | None = None
        for trial in _trials(sandbox, source, pair, function, generator, let or {}):
            try:
                compared = _Comparison.at(sandbox, source, pair, function, trial, generator)
            except ChalkgradError as raised:
                problem = problem or raised
                continue
            if all(block.verdict == "right" for block in compared.blocks):
                compared = _at_other_sizes(sandbox, source, pair, function, compared, generator)
            blocks = compared.blocks
            right = sum(1 for block in blocks if block.verdict == "right")
            fullness = trial.fullness
            if best is None or (fullness, right) > (best[1].trial.fullness, best[0]):
                best = (right, compared, blocks)
            if fullness == 2 and all("shape" not in block.reason for block in blocks if block.verdict != "right"):
                break  # every gradient is right or has other numbers: other inputs would not change that
        if best is None:
            raise problem or EvaluationError(
                f"no inputs were found with which {pair.forward} runs; tell shapes: --let x=4x3"
            )
        _, compared, blocks = best
        edits: tuple[Edit, ...] = ()
        if any(block.verdict == "wrong" for block in blocks):
            edits = _corrected(sandbox, source, pair, function, compared, generator)
    return CodeCheck(source.file, function, _ahead(pair), tuple(blocks),
                     _called(pair, function, compared.trial), "rows", left_out, edits)  # fmt: skip


def _trials(
    sandbox: Sandbox, source: Source, pair: Pair, name: str, generator: np.random.Generator, let: Mapping[str, str]
) -> Iterator[Trial]:
    """The inputs with which the forward pass runs, the likeliest first."""
    objects: list[tuple[Any, ...]] = [()]
    if pair.constructor is not None:
        objects = [
            tuple(each.given(each.moving))
            for each in inputs_for(pair.constructor, generator, let, numbers=False, making=True)
        ][:_OBJECTS]
    hypotheses = inputs_for(pair.forward_facts, generator, let, numbers=not pair.takes_cotangent, derived=pair.derived)
    failed: Failure | None = None
    found = 0
    for made in objects:
        trials = [Trial(each, made, {}, (), 0) for each in hypotheses]
        outcomes = sandbox.call([_forward(pair, name, trial, trial.moving) for trial in trials])
        for trial, outcome in zip(trials, outcomes, strict=True):
            if isinstance(outcome, Failure):
                failed = failed or outcome
                continue
            outputs, several = outputs_of(outcome.get("output"), pair)
            if not outputs or not all(np.isfinite(each).all() and each.size for each in outputs):
                continue
            own_shapes = {(), (1,), *map(np.shape, trial.moving.values())}
            if not pair.takes_cotangent and not {each.shape for each in outputs} <= own_shapes:
                continue
            held = _parameters(outcome.get("object")) if pair.kind == "class" else {}
            # Zeros and ones, with which parameters begin, would hide what is multiplied by them.
            moved = {place: array + 0.5 * generator.normal(size=array.shape) if np.ptp(array) == 0 else array
                     for place, array in held.items()}  # fmt: skip
            yield Trial(trial.inputs, made, moved, outputs, several)
            found += 1
            if found >= _MOST:
                return
    if not found and failed is not None:
        raise failed.error(source)


def _parameters(thing: Any) -> dict[str, Floats]:
    """The arrays of an object that are its parameters, not gradients and not what it keeps of the forward pass."""
    if not isinstance(thing, Thing):
        return {}
    return {
        place: np.asarray(array, dtype=np.float64)
        for place, array in arrays_in(thing)
        if array.dtype.kind == "f" and array.ndim and not is_decorated(place)
        and _short(place).rstrip("0123456789") in _USUAL
    }  # fmt: skip


def _short(place: str) -> str:
    """What a place is called: of `params.W1.val` it is w1."""
    return bare(re.sub(r"\.(val|value|data)$", "", place))


def outputs_of(value: Any, pair: Pair) -> tuple[tuple[Floats, ...], int]:
    """The outputs of a forward pass, and how many values it returned: after the first come those that it keeps."""
    if isinstance(value, np.ndarray):
        return ((value,), 1) if value.dtype.kind in "fi" else ((), 0)
    if isinstance(value, tuple | list) and value:
        arrays = [each for each in value if isinstance(each, np.ndarray) and each.dtype.kind == "f"]
        if pair.kind in ("torch", "jax"):
            return tuple(arrays), len(value)
        if pair.cotangents > 1:
            first = tuple(each for each in value[: pair.cotangents] if isinstance(each, np.ndarray))
            return (first, len(value)) if len(first) == pair.cotangents else ((), 0)
        return (tuple(arrays[:1]), len(value)) if isinstance(value[0], np.ndarray) else ((), 0)
    return (), 0


def _forward(pair: Pair, name: str, trial: Trial, moving: Mapping[str, Any], report: bool = True) -> Program:
    """The forward pass with values for everything that moves."""
    inputs = trial.inputs
    given = {each: moving[each] if each in moving else inputs.fixed[each] for each in inputs.order}
    steps: list[tuple[Any, ...]] = [("value", f"given {each}", "", value) for each, value in given.items()]
    target = pair.forward
    if pair.kind == "class":
        steps.append(("call", "object", name.removesuffix(f".{pair.backward}"), list(trial.made), {}))
        steps += [("set", "", f"object.{place}", moving[place]) for place in trial.held]
        target = f"object.{pair.forward}"
    steps.append(("call", "output", target, [Result(f"given {each}") for each in inputs.order], {}))
    kept = ("output", "object") if pair.kind == "class" and report else ("output",)
    return Program(tuple(steps), kept)


def _backward(pair: Pair, name: str, trial: Trial, cotangents: list[Any]) -> Program:
    """The forward pass, then the backward pass."""
    ahead = _forward(pair, name, trial, trial.moving)
    order = trial.inputs.order
    if pair.kind in ("torch", "jax"):
        values = [Result(f"given {each}") for each in order]
        steps = (*ahead.steps, ("vjp", "result", pair.forward, values, cotangents))
        return Program(steps, ("result", "output"))
    if pair.kind == "loss":
        return Program((*ahead.steps, ("value", "result", "", Result("output"))), ("result", "output"))
    steps = (*ahead.steps, *(("value", f"cotangent {k}", "", each) for k, each in enumerate(cotangents)))
    arguments = backward_arguments(pair, trial.inputs, trial.several)
    if arguments is None:
        raise EvaluationError(f"it could not be told what {pair.backward} is called with")
    target = pair.backward if pair.kind == "functions" else f"object.{pair.backward}"
    last = ("call", "result", target, *arguments)
    return Program((*steps, last), ("result", "output", *(("object",) if pair.kind == "class" else ())))


@dataclass(frozen=True)
class _Comparison:
    """The gradients that the backward pass claims beside differences of the forward pass, for one trial."""

    trial: Trial
    program: Program
    outcome: Mapping[str, Any]
    claimed: Mapping[str, Floats]
    checked: Mapping[str, BlockCheck]

    @staticmethod
    def at(
        sandbox: Sandbox,
        source: Source,
        pair: Pair,
        name: str,
        trial: Trial,
        generator: np.random.Generator,
        quick: bool = False,
    ) -> _Comparison:
        """Both passes run with the inputs of a trial, and random cotangents; `quick` looks along few directions."""
        drawn = [generator.normal(size=each.shape) for each in trial.outputs]
        weights = [one if pair.takes_cotangent and not (pair.begins and one.ndim == 0) else np.ones(one.shape)
                   for one in drawn]  # fmt: skip
        program = _backward(pair, name, trial, [each if np.ndim(each) else np.float64(each) for each in weights])
        outcome = sandbox.call([program])[0]
        if isinstance(outcome, Failure):
            raise outcome.error(source)
        claimed = claimed_by_input(outcome, pair, trial)
        if not claimed:
            raise EvaluationError(f"{name} returned no gradients that could be told from one another")

        def value(moving: Mapping[str, Any]) -> float:
            found = sandbox.call([_forward(pair, name, trial, moving, report=False)])[0]
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
            return list(gradcheck(lambda p: value({**rest, **p}), claims, chosen, method=method).blocks)

        # Of many entries, random directions tell whether any is wrong; which one it is, is only then looked for.
        many = {each for each, moved in point.items() if np.size(moved) > (0 if quick else _ENTRIES)}
        blocks = compared(many, "direction")
        wrong = set() if quick else {block.name for block in blocks if not block.passed}
        blocks = [block for block in blocks if block.name not in wrong]
        blocks += compared(wrong | (set(point) - many), "central")
        return _Comparison(trial, program, outcome, claimed, {block.name: block for block in blocks})

    @property
    def blocks(self) -> list[CodeBlock]:
        """The verdict on the gradient by each input."""
        blocks = []
        for each, moved in self.trial.moving.items():
            if each not in self.claimed:
                if each not in self.trial.held:  # an object keeps more than its parameters
                    blocks.append(CodeBlock(each, "undetermined", f"no gradient by {each} is returned"))
                continue
            array = self.claimed[each]
            slips = recognised(each, self.claimed, self.checked)
            if np.shape(array) == np.shape(moved):
                blocks.append(_block(self.checked[each], slips))
            else:
                reason = f"it has the shape {np.shape(array)}, but {each} has {np.shape(moved)}"
                blocks.append(CodeBlock(each, "wrong", reason, slips))
        return blocks

    def accepts(self, outcome: Mapping[str, Any], pair: Pair) -> bool:
        """Whether another outcome has the same output, and right gradients wherever this one has any."""
        old, new = (outputs_of(each.get("output"), pair)[0] for each in (self.outcome, outcome))
        if len(old) != len(new) or not all(map(_same, old, new)):
            return False
        claimed = claimed_by_input(outcome, pair, self.trial)
        return all(name in claimed and self.checked[name].accepts(claimed[name]) for name in self.claimed)


def _at_other_sizes(
    sandbox: Sandbox, source: Source, pair: Pair, name: str, right: _Comparison, generator: np.random.Generator
) -> _Comparison:
    """What is right, once more with arrays of other sizes, where it runs with them: sizes that are equal hide slips."""
    trial = right.trial

    def resized(value: Any) -> Any:
        if np.ndim(value) == 0:
            return _OTHER_SIZES.get(value, value) if type(value) is int and value > 2 else value
        drawn = generator.choice(np.ravel(value), [_OTHER_SIZES.get(size, size) for size in np.shape(value)])
        return drawn if drawn.dtype.kind in "iub" else drawn * generator.uniform(0.7, 1.3, drawn.shape)

    inputs = Inputs({k: resized(v) for k, v in trial.inputs.moving.items()},
                    {k: resized(v) for k, v in trial.inputs.fixed.items()}, trial.inputs.order)  # fmt: skip
    made = tuple(map(resized, trial.made))
    held = {place: resized(array) for place, array in trial.held.items()}
    other = Trial(inputs, made, held, (), 0)
    outcome = sandbox.call([_forward(pair, name, other, other.moving)])[0]
    if isinstance(outcome, Failure):
        return right
    outputs, several = outputs_of(outcome.get("output"), pair)
    try:
        again = Trial(inputs, made, held, outputs, several)
        found = _Comparison.at(sandbox, source, pair, name, again, generator, quick=True)
        wrong = any(block.verdict == "wrong" for block in found.blocks)
        return _Comparison.at(sandbox, source, pair, name, again, generator) if wrong else right
    except ChalkgradError:
        return right


def _same(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-9, atol=1e-12))


def _corrected(
    sandbox: Sandbox, source: Source, pair: Pair, name: str, first: _Comparison, generator: np.random.Generator
) -> tuple[Edit, ...]:
    """The edit of the code after which every gradient is right, and the forward pass gives what it did."""
    try:
        other = _elsewhere(first.trial, generator)
        comparisons = (first, _Comparison.at(sandbox, source, pair, name, other, generator, quick=True))
    except ChalkgradError:
        return ()

    def right(number: int, outcome: dict[str, Any] | Failure) -> bool:
        return not isinstance(outcome, Failure) and comparisons[number].accepts(outcome, pair)

    owner = name.removesuffix(f".{pair.backward}") if pair.kind == "class" else name
    functions = functions_in_reach(source, owner.removesuffix(".backward") if pair.kind == "torch" else owner)
    if pair.kind == "functions":
        functions += [each for each in functions_in_reach(source, pair.forward) if each not in functions]
    return corrections(sandbox, source, functions, [each.program for each in comparisons], right)


def _elsewhere(trial: Trial, generator: np.random.Generator) -> Trial:
    """The same with other numbers, whose signs and sizes are alike: what had to be positive still is."""

    def moved(value: Any) -> Any:
        array = np.asarray(value, dtype=np.float64)
        mixed = generator.permutation(array.reshape(-1)).reshape(array.shape)
        return mixed * generator.uniform(0.7, 1.3, array.shape) if array.ndim else float(array) * 1.2

    inputs = Inputs({k: moved(v) for k, v in trial.inputs.moving.items()}, trial.inputs.fixed, trial.inputs.order)
    return Trial(inputs, trial.made, {k: moved(v) for k, v in trial.held.items()}, trial.outputs, trial.several)


def _block(found: BlockCheck, slips: tuple[CodeSlip, ...]) -> CodeBlock:
    if found.passed:
        return CodeBlock(found.name, "right", "it agrees with differences of the forward pass")
    where = f"at {list(found.at)} " if found.at else ""
    return CodeBlock(
        found.name, "wrong", f"{where}it is {found.claimed:.6g}, but the derivative is {found.numerical:.6g}", slips
    )


def claimed_by_input(outcome: Mapping[str, Any], pair: Pair, trial: Trial) -> dict[str, Floats]:
    """The gradients that the backward pass gives, by the input that they belong to: by name, else in order.

    Axes of length 1 are those of the input: a row for a vector is no other gradient.
    """
    found = _claimed(outcome, pair, trial)
    shapes = {name: np.shape(trial.moving[name]) for name in found}
    return {name: array.reshape(shapes[name]) if np.squeeze(array).shape == np.squeeze(trial.moving[name]).shape
            else array for name, array in found.items()}  # fmt: skip


def _claimed(outcome: Mapping[str, Any], pair: Pair, trial: Trial) -> dict[str, Floats]:
    inputs = list(trial.inputs.moving)
    result = outcome["result"]
    if pair.kind in ("torch", "jax"):
        found = dict(zip(trial.inputs.order, result, strict=False)) if isinstance(result, list | tuple) else {}
        return {name: np.asarray(each, dtype=np.float64) for name, each in found.items()
                if name in inputs and isinstance(each, np.ndarray)}  # fmt: skip
    assert pair.backward_facts is not None
    names = pair.backward_facts.returned
    if pair.kind == "loss":
        if not isinstance(result, tuple | list) or len(result) < 2:
            return {}
        names = names[1:] if len(names) == len(result) else ()
        result = result[1:] if len(result) > 2 else result[1]
    entries = list(named_entries(result, names))
    thing = outcome.get("object")
    if isinstance(thing, Thing):
        # The gradient by an input is what is returned; what the object keeps is by its parameters.
        known = {_short(name) for name in (trial.held if entries else trial.moving)}
        for place, array in arrays_in(thing):
            name = re.sub(r"\.grad(ient)?$", "", place)
            if is_decorated(place) or is_decorated(place.split(".")[0]) or "grad" in place:
                short = bare(undecorated(name))
                entries += [(f"d{short}", array)] if short in known else []
        entries += _steps_taken(thing, trial)
    by_bare = {_short(name): name for name in trial.moving}
    claimed: dict[str, Floats] = {}
    unnamed = []
    for name, array in entries:
        # A plain name in a `return` is a value (of x*y the gradients are `y, x`); a key, or dW, is a gradient's name.
        meant = by_bare.get(bare(undecorated(name))) if is_decorated(name) or isinstance(result, dict) else None
        if meant is not None and meant not in claimed:
            claimed[meant] = np.asarray(array, dtype=np.float64)
        elif meant is None:
            unnamed.append(array)
    left = [name for name in inputs if name not in claimed]
    if len(entries) == len(inputs) and 0 < len(left) < len(inputs) and len(unnamed) == len(left):
        claimed |= {name: np.asarray(array, dtype=np.float64) for name, array in zip(left, unnamed, strict=True)}
    if not any(name in claimed for name in inputs):
        arrays = [each for each in unnamed if isinstance(each, np.ndarray | np.generic)]
        shape = np.shape(trial.inputs.moving[inputs[0]]) if inputs else ()
        if len(arrays) == 1 and len(inputs) > 1 and np.shape(arrays[0]) == (len(inputs), *shape):
            arrays = list(np.asarray(arrays[0]))
        if len(inputs) == 1 and len(arrays) == np.size(trial.inputs.moving[inputs[0]]) > 1:
            arrays = [np.array(arrays).reshape(shape)] if all(np.ndim(each) == 0 for each in arrays) else arrays
        claimed |= {name: np.asarray(array, dtype=np.float64) for name, array in zip(inputs, arrays, strict=False)}
    return claimed


def _steps_taken(thing: Thing, trial: Trial) -> list[tuple[str, Any]]:
    """The gradients by parameters that the backward pass has updated: the steps over their length."""
    after = dict(arrays_in(thing))
    moved = {place: (before - np.asarray(after[place])) / RATE for place, before in trial.held.items()
             if place in after and np.shape(after[place]) == np.shape(before)}  # fmt: skip
    return [(f"d{_short(place)}", step) for place, step in moved.items() if np.abs(step).max(initial=0.0) > 0]


def _ahead(pair: Pair) -> str:
    return "the loss that it returns" if pair.kind == "loss" else f"{pair.forward} of the same file"


def _called(pair: Pair, name: str, trial: Trial) -> str:
    """How both passes were called, in one line."""
    shapes = ", ".join(f"{k} {_shape(v)}" for k, v in trial.inputs.moving.items())
    fixed = ", ".join(f"{k} = {v if np.ndim(v) == 0 else _shape(v)}" for k, v in trial.inputs.fixed.items())
    words = [f"{name} against differences of {pair.forward}", f"with {shapes}" if shapes else "", fixed]
    if pair.takes_cotangent:
        words.append("for random gradients of the output")
    return "; ".join(word for word in words if word)


def _shape(value: Any) -> str:
    return "×".join(map(str, np.shape(value))) or "a number"
