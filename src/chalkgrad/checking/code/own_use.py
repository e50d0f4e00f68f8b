"""Checking a function as its own file calls it, by differences of the loss that the file computes beside the call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import arrays_in
from chalkgrad.checking.code.facts import facts_of
from chalkgrad.checking.code.guards import without_guards
from chalkgrad.checking.code.inputs import inputs_for
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import bare, is_data, is_decorated, is_rate, size_meant, undecorated
from chalkgrad.checking.code.recognised import recognised
from chalkgrad.checking.code.returned import named_entries
from chalkgrad.checking.code.sandbox import Failure, Limits, Program, Sandbox
from chalkgrad.checking.code.source import Function, Source, bound, free
from chalkgrad.checking.code.trees import Result
from chalkgrad.checking.code.uses import GRADIENTS, LOSS, Use, uses_of
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck, differing, up_to
from chalkgrad.checking.gradcheck import BlockCheck, gradcheck
from chalkgrad.errors import ChalkgradError, EvaluationError

_AT_ONCE, _TRIED, _CUTS, _ENTRIES, _SETS = 40, 240, 6, 24, 8
_ALONG = 0.99
_OF_SIZE = {"0": 3, "1": 5, "-1": 1, "count": 4}


@dataclass(frozen=True)
class _Run:
    """A use that ran: what was given, the arrays that move with their places, and what the call claims of them.

    `counts` are how many samples there may be, `returned` the names of what is returned.
    """

    use: Use
    given: Mapping[str, Any]
    moving: Mapping[str, Floats]
    claimed: Mapping[str, Floats]
    checked: Mapping[str, BlockCheck]
    counts: frozenset[int] = frozenset()
    returned: tuple[str, ...] = ()

    @property
    def right(self) -> float:
        """The share of gradients that are right."""
        return sum(self.fits(each) and self.checked[each].passed for each in self.claimed) / len(self.claimed)

    def fits(self, place: str) -> bool:
        """Whether a claim has the shape of what it is the gradient by."""
        return self.claimed[place].shape == self.moving[place].shape


def check_use(source: Source, function: str, *, limits: Limits, seed: int) -> CodeCheck:
    """Compares the gradients that a function gives, where its own file calls it, with differences of the loss there.

    Raises `EvaluationError` where the file calls it nowhere beside a loss, or not with what can be given.
    """
    defined = source
    for source in (defined, *defined.users(function)):
        uses = list(uses_of(source, function))
        if uses:
            break
    if not uses:
        raise EvaluationError(f"{defined.file} calls {function} nowhere beside a loss")
    generator = np.random.default_rng(seed)
    best: _Run | None = None
    problem: ChalkgradError | None = None
    with Sandbox(source, limits) as sandbox:
        for use in (each for written in uses for each in (written.smaller(), written) if each is not None):
            wanted = {name for each in use.statements for name in free(each)} - {GRADIENTS, LOSS}
            wanted -= {name for each in use.statements for name in bound(each)} if use.own else set()
            needed = source.needed(function.split(".")[0], *sorted(wanted))
            used = defined.libraries(function)
            library = "torch" if "torch" in used and "numpy" not in used else "numpy"
            left_out = sandbox.load(needed, library)
            try:
                found = _ran(sandbox, source, _returned(defined, function), use, generator)
            except ChalkgradError as raised:
                problem = problem or raised
                continue
            if best is None or (found.right, len(found.claimed)) > (best.right, len(best.claimed)):
                best = found
                loaded = needed, library
            if best.right == 1.0:
                break
        blocks = list(_blocks(best)) if best is not None else []
        if best is not None and any(block.verdict == "wrong" for block in blocks):
            blocks = _without_guards(sandbox, source, best, blocks, loaded, generator)
    if best is None:
        raise problem or EvaluationError(f"{function} gave no gradients where {source.file} calls it")
    elsewhere = f" of {source.file}" if source is not defined else ""
    told = [f"called as in {source.place(best.use.line)}{elsewhere}, against differences of the loss there"]
    shapes = [f"{name} {'×'.join(map(str, np.shape(value)))}" for name, value in best.given.items() if np.ndim(value)]
    words = "; ".join([*told, *([f"with {', '.join(shapes)}"] if shapes else [])])
    return CodeCheck(defined.file, function, f"the loss of {source.file}", tuple(blocks), words, "rows", left_out)


def _without_guards(
    sandbox: Sandbox,
    source: Source,
    best: _Run,
    blocks: list[CodeBlock],
    loaded: tuple[list[int], str],
    generator: np.random.Generator,
) -> list[CodeBlock]:
    """The blocks, where the loss adds a small number within a logarithm, and its gradient is right without."""
    functions = [each for each in ast.walk(source.tree) if isinstance(each, Function)]
    text, guards = without_guards(source.text, functions)
    if not guards:
        return blocks
    needed, library = loaded
    sandbox.load(needed, library, text)
    claimed = tuple(best.claimed)
    again = _compared(sandbox, source, best.returned, best.use, best.given, generator)
    if again is None or again.right < 1.0 or set(again.claimed) != set(claimed):
        return blocks
    told = f"it is right but for what the loss adds within a logarithm, {' and '.join(guards)}; with it"
    return up_to(blocks, told)


def _returned(source: Source, function: str) -> tuple[str, ...]:
    """The names of what the function returns."""
    definition = source.definition(function)
    return facts_of(definition).returned if isinstance(definition, Function) else ()


def _ran(sandbox: Sandbox, source: Source, returned: tuple[str, ...], use: Use, generator: np.random.Generator) -> _Run:
    """The use with values for what nothing in the file gives, under which it runs and most gradients are right."""
    failed: Failure | None = None
    for _ in range(_CUTS):
        best, failed = _tried(sandbox, source, returned, use, generator)
        if best is not None:
            return best
        shorter = use.without(failed.step - 1) if failed is not None and failed.step is not None else None
        if shorter is None:
            break
        use = shorter
    if failed is not None:
        raise failed.error(source)
    raise EvaluationError(f"{source.file} has no gradients in line {use.line} that could be told from one another")


def _tried(
    sandbox: Sandbox, source: Source, returned: tuple[str, ...], use: Use, generator: np.random.Generator
) -> tuple[_Run | None, Failure | None]:
    failed: Failure | None = None
    best: _Run | None = None
    hypotheses = _given(sandbox, use, generator)
    tried = 0
    while batch := list(islice(hypotheses, _AT_ONCE)):
        outcomes = sandbox.call([_program(use, given, {}) for given in batch])
        for given, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Failure):
                # The furthest failure tells most: values that fit less fail sooner.
                if failed is None or (outcome.step or 0) > (failed.step or 0):
                    failed = outcome
                continue
            try:
                found = _compared(sandbox, source, returned, use, given, generator)
            except ChalkgradError:
                continue
            if found is not None and (best is None or found.right > best.right):
                best = found
            tried += 1
            if tried > 2 or (best is not None and best.right > 0.0):
                return best, failed
    return best, failed


def _program(use: Use, given: Mapping[str, Any], moving: Mapping[str, Any], kept: Sequence[str] = ()) -> Program:
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


def _loss_program(use: Use, given: Mapping[str, Any], moving: Mapping[str, Any]) -> Program:
    """The same as far as the loss."""
    whole = _program(use, given, moving)
    if use.loss is None:
        return whole
    steps = [each for each in whole.steps if each[0] != "value"][:-1]  # without the call
    return Program((*steps, ("value", "loss", "", Result(f"state.{LOSS}"))), ("loss",))


def _state_program(use: Use, given: Mapping[str, Any], names: Sequence[str]) -> Program:
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


def _given(sandbox: Sandbox, use: Use, generator: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Values for what nothing in the file gives a value: data whose sizes are those of the parameters, and others."""
    if not use.given:
        yield {}
        return
    body = [*use.statements, ast.Pass()]
    arguments = ast.arguments([], [ast.arg(name) for name in use.given], None, [], [], None, [])
    made = ast.FunctionDef("step", arguments, body, [], None, None)
    made.lineno = use.line
    facts = facts_of(made)
    found = [each for numbers in (False, True) for each in inputs_for(facts, generator, {}, numbers=numbers)]
    everything = [dict(zip(each.order, each.given(each.moving), strict=True)) for each in found]
    told = {name: _OF_SIZE[size] for name in use.given if (size := size_meant(name))}
    everything = [{**each, **told} for each in everything[:_TRIED]]
    data = [name for name in use.given if is_data(name)]
    if data and everything:
        sets: dict[str, dict[str, Any]] = {}
        for each in everything:
            rest = {name: value for name, value in each.items() if name not in data}
            sets.setdefault(str({name: np.shape(value) for name, value in rest.items()}), rest)
        made_sizes = _sizes(sandbox, use, everything[:_AT_ONCE])
        for rest in islice(sets.values(), _SETS):
            sizes = list(dict.fromkeys((*made_sizes, *_sizes_in(rest.values()))))
            most = _TRIED // len(sets) + 60 if sizes else 0
            for values in islice(_data(data, sizes, generator), most):
                yield {**rest, **values}
    yield from everything


def _sizes(sandbox: Sandbox, use: Use, given: Sequence[Mapping[str, Any]]) -> list[int]:
    """The sizes of the arrays that the preparing statements make, with the first values with which they run."""
    names = list(dict.fromkeys(name for each in use.prepared for name in sorted(bound(each))))
    outcomes = sandbox.call([_state_program(use, each, names) for each in given]) if names else []
    ran = (each for each in outcomes if not isinstance(each, Failure))
    return _sizes_in(_arrays(next(ran, {})).values())


def _sizes_in(arrays: Iterable[Any]) -> list[int]:
    """The lengths of the axes of arrays, of those with most axes first."""
    shapes = sorted(map(np.shape, arrays), key=len, reverse=True)
    return list(dict.fromkeys(size for shape in shapes for size in shape if 1 < size <= 50))[:5]


def _arrays(outcome: Mapping[str, Any]) -> dict[str, Floats]:
    """The arrays of floating numbers in what is reported, by their places; numbers may be whole (`w = 0`)."""
    return {place: np.asarray(array, dtype=np.float64)
            for name, value in outcome.items() for place, array in arrays_in(value, name)
            if array.size and (array.dtype.kind == "f" or (array.dtype.kind == "i" and not array.ndim))}  # fmt: skip


def _data(names: Sequence[str], sizes: Sequence[int], generator: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Inputs and targets, samples as rows, as columns, or one; targets numbers, in one of several classes, or flat."""
    count = next(each for each in range(4, 99) if each not in sizes)
    targets = [name for name in names if is_data(name, ("y",))]
    for inner in sizes:
        for outer in dict.fromkeys((*sizes[::-1], 1)):
            classes = generator.permutation(np.arange(count) % max(outer, 2))
            one_hot = np.eye(max(outer, 2))[classes][:, -outer:]
            for shape in ((count, inner), (inner, count), (inner, 1), (inner,), (1, inner)):
                if shape == (count, inner):
                    labels = [one_hot, classes.astype(float), classes, classes.astype(float)[:, None]]
                elif shape == (inner, count):
                    labels = [one_hot.T, classes.astype(float)[None], classes]
                else:
                    one = np.eye(max(outer, 2))[1][-outer:]
                    labels = [one[:, None], one] if shape != (1, inner) else [one[None]]
                    labels += [1.0] if outer == 1 else [1]
                for label in labels:
                    x = generator.normal(size=shape)
                    yield {name: label if name in targets else x for name in names}


def _compared(
    sandbox: Sandbox,
    source: Source,
    returned: tuple[str, ...],
    use: Use,
    given: Mapping[str, Any],
    generator: np.random.Generator,
) -> _Run | None:
    """The claims of the call beside differences of the loss; None where nothing is claimed of what moves."""
    read = {name for each in (*use.before, *([use.loss] if use.loss else []), use.call) for name in free(each)}
    before = {name for each in use.prepared for name in bound(each)}
    names = sorted((read & before) | (read & set(given)))
    if not names:
        return None
    (outcome_before,) = sandbox.call([_state_program(use, given, names)])
    if isinstance(outcome_before, Failure):
        raise outcome_before.error(source)
    arrays = {place: array for place, array in _arrays(outcome_before).items() if not _is_other(place)}
    still = {place: array + 0.5 * generator.normal(size=array.shape)
             for place, array in arrays.items() if array.ndim and np.ptp(array) == 0}  # fmt: skip
    moved = {**arrays, **still}
    in_file = {name for k in sandbox.loaded or () for name in bound(source.tree.body[k])}
    rates = {name for name in (*in_file, *before, *given) if is_rate(name)}
    kept = sorted({place.split(".")[0] for place in arrays} | rates)
    (outcome,) = sandbox.call([_program(use, given, still, kept)])
    if isinstance(outcome, Failure):
        raise outcome.error(source)
    claimed = _claims(outcome, use, returned, moved)
    stepped = not claimed
    claimed = claimed or _steps_taken(outcome, moved)
    if not claimed or not all(np.isfinite(claim).all() for claim in claimed.values()):
        return None

    def value(values: Mapping[str, Any]) -> float:
        (found,) = sandbox.call([_loss_program(use, given, {**still, **values})])
        if isinstance(found, Failure):
            raise found.error(source)
        return float(np.sum(_loss_of(found)))

    checked: dict[str, BlockCheck] = {}
    for place, claim in claimed.items():
        point = {place: moved[place]}
        if claim.shape != moved[place].shape:
            checked[place] = gradcheck(value, {place: np.zeros(moved[place].shape)}, point)[place]
            continue
        large = moved[place].size > _ENTRIES
        checked[place] = gradcheck(value, {place: claim}, point, method="direction" if large else "central")[place]
        if large and not checked[place].passed:
            checked[place] = gradcheck(value, {place: claim}, point, method="sample")[place]
    counts = {size for name in names if is_data(name) for size in _lengths(outcome_before[name])}
    if not any(np.abs(block.numerical) > 0 or block.passed for block in checked.values()):
        raise EvaluationError(f"what is taken for the loss of line {use.line} does not depend on what is changed")
    run = _Run(use, given, moved, claimed, checked, frozenset(counts), returned)
    if stepped and not any(_is_along(claim, checked[place]) for place, claim in claimed.items()):
        raise EvaluationError(f"line {use.line} changes parameters otherwise than by a step along a gradient")
    return run


def _is_along(claim: Floats, block: BlockCheck) -> bool:
    """Whether a step is along the derivative, or against it: that of Adam, or with momentum, is not."""
    known = np.isfinite(block.derivative) if block.derivative.shape == claim.shape else np.zeros(claim.shape, bool)
    one, other = claim[known], block.derivative[known]
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return bool(block.passed or (lengths > 0 and abs(float(one @ other)) > _ALONG * lengths))


def _lengths(value: Any) -> set[int]:
    """The lengths of an array's axes, or of a list."""
    return {len(value)} if isinstance(value, list | tuple) else set(np.shape(value))


def _loss_of(outcome: Mapping[str, Any]) -> Any:
    """The loss: of the file's own, or what the function gives before its gradients."""
    value = outcome.get("loss")
    if value is None:
        found = outcome["gradients"]
        value = found[0] if isinstance(found, tuple | list) else found
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not np.isfinite(value).all():
        raise EvaluationError("what is taken for the loss is no number")
    return value


def _is_other(place: str) -> bool:
    """Whether a place holds data, or a gradient."""
    first, *_ = place.split(".")
    return (is_data(first) and place == first) or is_decorated(place) or is_decorated(first) or "grad" in place


def _claims(
    outcome: Mapping[str, Any], use: Use, returned: tuple[str, ...], moving: Mapping[str, Floats]
) -> dict[str, Floats]:
    """The gradients by the places of what moves: by name and number, else in order where the shapes tell."""
    value = outcome["gradients"]
    if use.loss is None and isinstance(value, tuple | list):
        value = value[1] if len(value) == 2 else type(value)(value[1:])
        returned = returned[1:]
    told = returned if any(map(is_decorated, returned)) else use.names[len(use.names) - len(returned) :] or returned
    entries = list(named_entries(value, told))
    if any(name in moving and not is_decorated(name) for name, _ in entries):  # parameters, not their gradients
        return {}
    for name, kept in outcome.items():
        if name.startswith("kept "):
            entries += [(place, array) for place, array in arrays_in(kept)
                        if is_decorated(place) or is_decorated(place.split(".")[-1]) or "grad" in place]  # fmt: skip
    claimed: dict[str, Floats] = {}
    left = []
    for name, array in entries:
        meant = [place for place in moving if place not in claimed and _is_of(name, place)]
        meant = [place for place in meant if _fits(array, moving[place])] or meant[:1]
        if meant:
            claimed[meant[0]] = _shaped(array, moving[meant[0]])
        else:
            left.append(array)
    if not claimed:
        shaped = [place for place in moving if np.ndim(moving[place])]
        for array in left:
            fitting = [
                place for place in shaped if place not in claimed and np.ndim(array) and _fits(array, moving[place])
            ]
            if fitting:
                claimed[fitting[0]] = _shaped(array, moving[fitting[0]])
    return claimed


def _fits(array: Any, moving: Floats) -> bool:
    return bool(np.squeeze(array).shape == np.squeeze(moving).shape)


def _shaped(array: Any, moving: Floats) -> Floats:
    """A claim in the shape of what moves, where it fits but for axes of length 1."""
    found = np.asarray(array, dtype=np.float64)
    return found.reshape(moving.shape) if _fits(found, moving) else found


def _is_of(name: str, place: str) -> bool:
    """Whether a gradient's name is that of what is at a place: dW_h of `self.W_h`, `grads.1` of nothing.

    >>> _is_of("grads.dW1", "parameters.W1"), _is_of("all_dl_dweights.0", "all_weights.0"), _is_of("dW1", "W2")
    (True, True, False)
    """
    one, first = _stem(name)
    other, second = _stem(place)
    if first != second or not one:
        return False
    return one == other or (min(len(one), len(other)) > 2 and (one.endswith(other) or other.endswith(one)))


def _stem(place: str) -> tuple[str, str]:
    """The last name of a place, and the number after it."""
    *_, before, last = ["", *re.sub(r"\.(val|value|data|grad)$", "", place).split(".")]
    name, number = (before, last) if last.isdigit() else (last, "")
    if not is_decorated(name):
        return bare(name).removeprefix("all").removeprefix("alldld"), number
    return bare(undecorated(name)), number


def _steps_taken(outcome: Mapping[str, Any], moving: Mapping[str, Floats]) -> dict[str, Floats]:
    """The gradients by what the call has updated in place: the steps over their length, where an object has it."""
    after: dict[str, Any] = {}
    rates = []
    for name, kept in outcome.items():
        if name.startswith("kept "):
            for place, array in arrays_in(kept, name.removeprefix("kept ")):
                after[place] = array
                if np.ndim(array) == 0 and is_rate(place.split(".")[-1]):
                    rates.append(float(array))
    moved = {place: before - np.asarray(after[place]) for place, before in moving.items()
             if before.ndim and place in after and np.shape(after[place]) == before.shape}  # fmt: skip
    return {place: step / rates[0] for place, step in moved.items() if rates and np.abs(step).max(initial=0.0) > 0}


def _blocks(run: _Run) -> Iterator[CodeBlock]:
    known = {place: block for place, block in run.checked.items() if run.fits(place)}
    scale = _common_scale(run)
    for place in run.claimed:
        block = run.checked[place]
        if not run.fits(place):
            told = f"it has the shape {run.claimed[place].shape}, but {place} has {run.moving[place].shape}"
            yield CodeBlock(place, "wrong", told)
        elif block.passed:
            yield CodeBlock(place, "right", "it agrees with differences of the loss")
        elif scale is not None:
            yield CodeBlock(place, "right_up_to", scale)
        else:
            yield CodeBlock(place, "wrong", differing(block), recognised(place, run.claimed, known))


def _common_scale(run: _Run) -> str | None:
    """The factor that all gradients have, where it is the number of samples or a half: the loss has a convention."""
    factors = {2.0: "a factor ½ in the loss", 0.5: "a factor ½ in the loss"}
    for count in sorted(each for each in run.counts if each > 1):
        factors |= {float(count): "the sum over the samples where the loss has the mean",
                    1.0 / count: "the mean over the samples where the loss has the sum"}  # fmt: skip
    for factor, words in factors.items():
        if all(run.fits(each) and run.checked[each].accepts(claim / factor) for each, claim in run.claimed.items()):
            return f"it is the derivative up to the factor {factor:g}: {words}"
    return None
