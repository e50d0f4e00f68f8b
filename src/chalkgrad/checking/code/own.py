"""Checking a backward pass against the forward pass of the same code, by differences of the forward pass's values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import FORWARD
from chalkgrad.checking.code.constructions import Making, makings
from chalkgrad.checking.code.corrections import corrections
from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.held import in_sizes_of, unset_parameters
from chalkgrad.checking.code.inputs import Inputs, inputs_for, is_label
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.own_comparisons import Comparison
from chalkgrad.checking.code.pairs import Pair, pair_of
from chalkgrad.checking.code.sandbox import Failure, Limits, Program, Sandbox
from chalkgrad.checking.code.second import second_derivatives
from chalkgrad.checking.code.second_looks import Setting, doubted, excused, growth
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.trials import Trial, forward_program, outputs_of, parameters_of
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck, Edit
from chalkgrad.errors import ChalkgradError, EvaluationError

_MOST = 14  # inputs under which both passes run and are compared
_OBJECTS = 12  # ways of making an object
_AT_ONCE = 60
_LARGEST_SIZE = 32  # of objects that the file makes itself


def check_own(
    source: Source,
    function: str,
    *,
    forward: str | None = None,
    pair: Pair | None = None,
    second: bool = False,
    let: Mapping[str, str] | None = None,
    limits: Limits,
    seed: int,
) -> CodeCheck:
    """Compares a backward pass with differences of the forward pass of the same code, input by input.

    `function` is a backward function (its forward function is found by its name, or given as `forward`), a class with
    `forward` and `backward`, a `torch.autograd.Function`, or a function with JAX's `custom_vjp`. Outputs are weighted
    with random cotangents. `second` also checks second derivatives, of what PyTorch or JAX differentiates. `pair` tells
    both passes where they are known. `let` gives shapes (`{"x": "4x3"}`) and numbers.
    """
    pair = pair or pair_of(source, function, forward)
    generator = np.random.default_rng(seed)
    made: list[Making] = []
    if pair.constructor is not None:
        owner = function.removesuffix(f".{pair.backward}")
        source = replace(source, beside=tuple(source.users(owner)))
        made = makings(source, owner)
    written = {text for each in (pair.constructor.arguments if pair.constructor is not None else ())
               for text in each.usage.written}  # fmt: skip
    with Sandbox(source, limits) as sandbox:
        needed = sorted({*source.needed(function), *source.needed(pair.forward if pair.kind != "class" else function),
                         *source.needed(*sorted(name for each in made for name in each.reads)),
                         *source.needed(*sorted(text.removesuffix("()") for text in written))})  # fmt: skip
        used = source.libraries(function)
        library = pair.kind if pair.kind in ("torch", "jax") else "torch" if "torch" in used - {"numpy"} else "numpy"
        left_out = sandbox.load(needed, library)
        setting = Setting(sandbox, source, pair, function, generator, needed, library)
        best: tuple[tuple[int, int, bool], Comparison, list[CodeBlock]] | None = None
        problem: ChalkgradError | None = None
        judged = 0
        trials = _trials(sandbox, source, pair, function, generator, let or {}, made)
        while True:
            try:
                trial = next(trials, None)
            except ChalkgradError:
                if best is None:
                    raise
                break  # its time is over: what was found stands
            if trial is None:
                break
            try:
                compared = Comparison.at(sandbox, source, pair, function, trial, generator)
            except ChalkgradError as raised:
                problem = problem or raised
                continue
            judged += 1
            compared = doubted(setting, compared)
            blocks = compared.blocks
            right = sum(1 for block in blocks if block.verdict == "right")
            fullness = trial.fullness
            loose = compared.of_loss and any(is_label(each) and each not in compared.claimed for each in trial.moving)
            rank = (fullness, right, not loose)
            if best is None or rank > best[0]:
                best = (rank, compared, blocks)
            if _is_guessed(trial, written, made) and right < len(blocks) and judged < _MOST:
                continue  # another function in its place may be the one that is meant
            if loose and right < len(blocks) and judged < _MOST:
                continue  # what was given for y may have to be labels: classes in ones and zeros
            if fullness == 2 and all("shape" not in block.reason for block in blocks if block.verdict != "right"):
                break  # every gradient is right or has other numbers: other inputs would not change that
            if judged == _MOST:
                break
        if best is None:
            raise problem or EvaluationError(
                f"no inputs were found with which {pair.forward} runs; tell shapes: --let x=4x3"
            )
        _, compared, blocks = best
        blocks = excused(setting, compared, blocks)
        if _is_guessed(compared.trial, written, made):
            blocks = [_undetermined(block) if block.verdict == "wrong" else block for block in blocks]
        edits: tuple[Edit, ...] = ()
        if any(block.verdict == "wrong" for block in blocks):
            edits = _corrected(sandbox, source, pair, function, compared, generator)
        elif second:
            if pair.kind not in ("torch", "jax"):
                raise ChalkgradError(
                    f"--second is about functions that PyTorch or JAX differentiates; {function} is none"
                )
            blocks = [*blocks, *second_derivatives(sandbox, pair, compared.trial, generator)]
    return CodeCheck(source.file, function, _ahead(pair), tuple(blocks),
                     _called(pair, function, compared.trial), "rows", left_out, edits)  # fmt: skip


def _is_guessed(trial: Trial, written: Iterable[str], made: Sequence[Making]) -> bool:
    """Whether the object is made with functions that nobody told."""
    return bool(written) and all(trial.made != each.given for each in made)


def _undetermined(block: CodeBlock) -> CodeBlock:
    told = "nothing tells with which functions it is made, and with those that were tried"
    return CodeBlock(block.name, "undetermined", f"{told} {block.reason}")


def _trials(
    sandbox: Sandbox,
    source: Source,
    pair: Pair,
    name: str,
    generator: np.random.Generator,
    let: Mapping[str, str],
    made_there: Sequence[Making],
) -> Iterator[Trial]:
    """The inputs with which the forward pass runs, the likeliest first."""
    objects: list[tuple[tuple[Any, ...], Mapping[str, Any]]] = [((), {})]
    known: list[dict[str, tuple[int, ...]]] = [{}]
    if pair.constructor is not None:
        named = {each.name for each in pair.constructor.arguments if each.named}
        objects = []
        for one in inputs_for(pair.constructor, generator, let, numbers=False, making=True):
            given = dict(zip(one.order, one.given(one.moving), strict=True))
            objects.append(
                (tuple(v for k, v in given.items() if k not in named), {k: v for k, v in given.items() if k in named})
            )
        owner = name.removesuffix(f".{pair.backward}")
        there = [(each.given, dict(each.named)) for each in made_there]
        objects = [*(each for each in there if _is_small(each)), *objects]
        tried: list[dict[str, Any] | Failure] = []
        while len(tried) < len(objects) and sum(not isinstance(each, Failure) for each in tried) < _OBJECTS:
            tried += sandbox.call([Program((("call", "object", owner, list(given), by_name),), ("object",))
                                   for given, by_name in objects[len(tried) : len(tried) + _AT_ONCE]])  # fmt: skip
        known = [{place: np.shape(each) for place, each in parameters_of(outcome.get("object")).items()}
                 for outcome in tried if not isinstance(outcome, Failure)]  # fmt: skip
        objects = [each for each, outcome in zip(objects, tried, strict=False) if not isinstance(outcome, Failure)]
        failures = [each for each in tried if isinstance(each, Failure)]
        if failures and not objects:
            raise failures[0].error(source)
    of_numbers = not pair.takes_cotangent and not (pair.kind == "class" and pair.forward in FORWARD)
    hypotheses = inputs_for(pair.forward_facts, generator, let, numbers=of_numbers, derived=pair.derived)
    failed: Failure | None = None
    found = 0
    batches = [(made, by_name, held, hypotheses[start : start + _AT_ONCE])
               for (made, by_name), shapes in zip(objects[:_OBJECTS], known, strict=False)
               for held in unset_parameters(source, name, pair, shapes, generator)
               for start in range(0, len(hypotheses), _AT_ONCE)]  # fmt: skip
    # Where an object has parameters of sizes that the file tells, its inputs have these.
    fitting: list[tuple[tuple[Any, ...], Mapping[str, Any], dict[str, Floats], list[Inputs]]]
    fitting = [(made, by_name, {}, in_sizes_of(hypotheses[:_AT_ONCE], shapes.values(), generator))
               for (made, by_name), shapes in zip(objects[:_OBJECTS], known, strict=False) if shapes]  # fmt: skip
    for number, (made, by_name, unset, some) in enumerate([*batches, *fitting]):
        if found and number >= len(batches):
            break
        trials = [Trial(each, made, by_name, unset, (), 0) for each in some]
        outcomes = sandbox.call([forward_program(pair, name, trial, trial.moving) for trial in trials])
        for trial, outcome in zip(trials, outcomes, strict=True):
            if isinstance(outcome, Failure):
                if failed is None or (failed.type != "NameError" and outcome.type == "NameError"):
                    failed = outcome  # a name that is missing is so with every input
                continue
            outputs, several = outputs_of(outcome.get("output"), pair)
            if not outputs or not all(np.isfinite(each).all() and each.size for each in outputs):
                continue
            own_shapes = {(), (1,), *(() if pair.takes_targets else map(np.shape, trial.moving.values()))}
            if not pair.takes_cotangent and not {each.shape for each in outputs} <= own_shapes:
                continue
            held = {**unset, **parameters_of(outcome.get("object"))} if pair.kind == "class" else {}
            # Zeros and ones, with which parameters begin, would hide what is multiplied by them.
            moved = {place: array + 0.5 * generator.normal(size=array.shape) if np.ptp(array) == 0 else array
                     for place, array in held.items()}  # fmt: skip
            moved = _apart(sandbox, pair, name, Trial(trial.inputs, made, by_name, moved, outputs, several))
            late = bool(moved) and not unset and not _has(sandbox, pair, name, made, by_name, moved)
            yield Trial(trial.inputs, made, by_name, moved, outputs, several, late)
            found += 1
    if not found and failed is not None:
        raise failed.error(source)


def _is_small(value: Any) -> bool:
    """Whether no number in arguments is large: with 784 inputs it takes long, and tells no more."""
    if isinstance(value, dict | list | tuple):
        return all(map(_is_small, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, int) or value <= _LARGEST_SIZE


def _apart(sandbox: Sandbox, pair: Pair, name: str, trial: Trial) -> dict[str, Any]:
    """The parameters of an object without those that are the array of a later one: they do not keep what is set."""
    held = dict(trial.held)
    drawn = {place: value + 0.01 * (1 + number) for number, (place, value) in enumerate(held.items())}
    (outcome,) = sandbox.call([forward_program(pair, name, trial, {**trial.moving, **drawn})]) if held else ({},)
    kept = parameters_of(outcome.get("object")) if not isinstance(outcome, Failure) else {}
    shared = {place for place in held if place in kept and any(
        place != other and np.array_equal(kept[place], value) and not np.array_equal(kept[place], drawn[place])
        for other, value in drawn.items())}  # fmt: skip
    return {place: value for place, value in held.items() if place not in shared}


def _has(
    sandbox: Sandbox, pair: Pair, name: str, made: tuple[Any, ...], by_name: Mapping[str, Any], held: Mapping[str, Any]
) -> bool:
    """Whether an object has its parameters as soon as it is made."""
    owner = name.removesuffix(f".{pair.backward}")
    (outcome,) = sandbox.call([Program((("call", "object", owner, list(made), dict(by_name)),), ("object",))])
    return not isinstance(outcome, Failure) and set(held) <= set(parameters_of(outcome["object"]))


def _corrected(
    sandbox: Sandbox, source: Source, pair: Pair, name: str, first: Comparison, generator: np.random.Generator
) -> tuple[Edit, ...]:
    """The edit of the code after which every gradient is right, and the forward pass gives what it did."""
    try:
        other = _elsewhere(first.trial, generator)
        comparisons = (first, Comparison.at(sandbox, source, pair, name, other, generator, quick=True))
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
        return mixed * generator.uniform(0.7, growth(array), array.shape) if array.ndim else float(array) * 1.2

    inputs = trial.inputs.replaced({k: moved(v) for k, v in trial.inputs.moving.items()})
    return Trial(
        inputs, trial.made, trial.named, {k: moved(v) for k, v in trial.held.items()}, trial.outputs, trial.several
    )


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
