"""Checking a function as its own file calls it, by differences of the loss that the file computes beside the call."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from chalkgrad.checking.code.corrections import corrections
from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.facts import facts_of
from chalkgrad.checking.code.guards import SINGLE_WORDS, is_single, without_guards
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import is_data, is_rate
from chalkgrad.checking.code.recognised import recognised
from chalkgrad.checking.code.sandbox import Failure, Limits, Program, Sandbox
from chalkgrad.checking.code.source import Function, Source, bound, free
from chalkgrad.checking.code.use_claims import claims_of, is_along, is_other, steps_taken
from chalkgrad.checking.code.use_inputs import given_for
from chalkgrad.checking.code.use_programs import arrays_of, loss_program, state_program, use_program
from chalkgrad.checking.code.uses import GRADIENTS, LOSS, Use, uses_of
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck, Edit, differing, up_to
from chalkgrad.checking.gradcheck import BlockCheck, gradcheck
from chalkgrad.checking.precision import SINGLE
from chalkgrad.errors import ChalkgradError, EvaluationError

_AT_ONCE, _CUTS, _ENTRIES = 40, 6, 24


@dataclass(frozen=True)
class _Run:
    """A use that ran: what was given, the arrays that move with their places, and what the call claims of them.

    `counts` are how many samples there may be, `returned` the names of what is returned; `program` gives the claims and
    the `loss`.
    """

    use: Use
    given: Mapping[str, Any]
    moving: Mapping[str, Floats]
    claimed: Mapping[str, Floats]
    checked: Mapping[str, BlockCheck]
    counts: frozenset[int]
    returned: tuple[str, ...]
    program: Program
    loss: float

    @property
    def right(self) -> float:
        """The share of gradients that are right."""
        return sum(self.fits(each) and self.checked[each].passed for each in self.claimed) / len(self.claimed)

    def fits(self, place: str) -> bool:
        """Whether a claim has the shape of what it is the gradient by."""
        return self.claimed[place].shape == self.moving[place].shape


def check_use(
    source: Source,
    function: str,
    *,
    let: Mapping[str, str] | None = None,
    call: str | None = None,
    limits: Limits,
    seed: int,
) -> CodeCheck:
    """Compares the gradients that a function gives, where its own file calls it, with differences of the loss there.

    `let` gives what nothing in the file gives, or what it makes otherwise: numbers, and shapes of arrays. `call` is the
    one of the file's calls that is meant. Raises `EvaluationError` where the file calls it nowhere beside a loss, or
    not with what can be given.
    """
    defined = source
    for source in (defined, *defined.users(function)):
        uses = [use for use in uses_of(source, function) if call is None or use.is_call(call)]
        if uses:
            break
    if not uses:
        so = f" as {call}" if call is not None else ""
        raise EvaluationError(f"{defined.file} calls {function} nowhere{so} beside a loss")
    told = let or {}
    uses = [use.with_given(tuple(told)) for use in uses]
    generator = np.random.default_rng(seed)
    best: _Run | None = None
    problem: ChalkgradError | None = None
    edits: tuple[Edit, ...] = ()
    with Sandbox(source, limits) as sandbox:
        for use in (each for written in uses for each in (written.smaller(), written) if each is not None):
            wanted = {name for each in use.statements for name in free(each)} - {GRADIENTS, LOSS}
            wanted -= {name for each in use.statements for name in bound(each)} if use.own else set()
            needed = source.needed(function.split(".")[0], *sorted(wanted))
            used = defined.libraries(function)
            library = "torch" if "torch" in used and "numpy" not in used else "numpy"
            left_out = sandbox.load(needed, library)
            try:
                found = _ran(sandbox, source, _returned(defined, function), use, told, generator)
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
        if best is not None and source is defined and any(block.verdict == "wrong" for block in blocks):
            sandbox.load(*loaded)
            edits = _corrected(sandbox, source, function, best, generator)
    if best is None:
        raise problem or EvaluationError(f"{function} gave no gradients where {source.file} calls it")
    elsewhere = f" of {source.file}" if source is not defined else ""
    words = [f"called as in {source.place(best.use.line)}{elsewhere}, against differences of the loss there"]
    shapes = [f"{name} {'×'.join(map(str, np.shape(value)))}" for name, value in best.given.items() if np.ndim(value)]
    called = "; ".join([*words, *([f"with {', '.join(shapes)}"] if shapes else [])])
    return CodeCheck(
        defined.file, function, f"the loss of {source.file}", tuple(blocks), called, "rows", left_out, edits
    )


def _corrected(
    sandbox: Sandbox, source: Source, function: str, best: _Run, generator: np.random.Generator
) -> tuple[Edit, ...]:
    """The edit of the code after which every gradient is right, and the loss is what it was."""
    try:
        other = _compared(sandbox, source, best.returned, best.use, best.given, generator, elsewhere=True)
    except ChalkgradError:
        return ()
    if other is None or set(other.claimed) != set(best.claimed):
        return ()
    runs = (best, other)

    def right(number: int, outcome: dict[str, Any] | Failure) -> bool:
        run = runs[number]
        if isinstance(outcome, Failure):
            return False
        try:
            loss = float(np.sum(_loss_of(outcome)))
        except EvaluationError:
            return False
        claims = claims_of(outcome, run.use, run.returned, run.moving) or steps_taken(outcome, run.moving)
        return abs(loss - run.loss) <= 1e-9 * abs(run.loss) and all(
            place in claims and claims[place].shape == run.moving[place].shape
            and run.checked[place].accepts(claims[place]) for place in run.claimed)  # fmt: skip

    return corrections(sandbox, source, functions_in_reach(source, function), [each.program for each in runs], right)


def _without_guards(
    sandbox: Sandbox,
    source: Source,
    best: _Run,
    blocks: list[CodeBlock],
    loaded: tuple[list[int], str],
    generator: np.random.Generator,
) -> list[CodeBlock]:
    """The blocks, where the gradient is right but for a small number within a logarithm, or for float32."""
    functions = [each for each in ast.walk(source.tree) if isinstance(each, Function)]
    text, guards = without_guards(source.text, functions)
    tolerance = SINGLE.tolerance if is_single(source) else None
    if not guards and tolerance is None:
        return blocks
    needed, library = loaded
    sandbox.load(needed, library, text)
    claimed = tuple(best.claimed)
    again = _compared(sandbox, source, best.returned, best.use, best.given, generator, tolerance=tolerance)
    if again is None or again.right < 1.0 or set(again.claimed) != set(claimed):
        return blocks
    told = f"it is right but for what the loss adds within a logarithm, {' and '.join(guards)}; with it"
    return up_to(blocks, told if guards else SINGLE_WORDS)


def _returned(source: Source, function: str) -> tuple[str, ...]:
    """The names of what the function returns."""
    definition = source.definition(function)
    return facts_of(definition).returned if isinstance(definition, Function) else ()


def _ran(
    sandbox: Sandbox,
    source: Source,
    returned: tuple[str, ...],
    use: Use,
    told: Mapping[str, str],
    generator: np.random.Generator,
) -> _Run:
    """The use with values for what nothing in the file gives, under which it runs and most gradients are right."""
    failed: Failure | None = None
    for _ in range(_CUTS):
        best, failed = _tried(sandbox, source, returned, use, told, generator)
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
    sandbox: Sandbox,
    source: Source,
    returned: tuple[str, ...],
    use: Use,
    told: Mapping[str, str],
    generator: np.random.Generator,
) -> tuple[_Run | None, Failure | None]:
    failed: Failure | None = None
    best: _Run | None = None
    hypotheses = given_for(sandbox, use, told, generator)
    tried = 0
    while batch := list(islice(hypotheses, _AT_ONCE)):
        outcomes = sandbox.call([use_program(use, given, {}) for given in batch])
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


def _compared(
    sandbox: Sandbox,
    source: Source,
    returned: tuple[str, ...],
    use: Use,
    given: Mapping[str, Any],
    generator: np.random.Generator,
    elsewhere: bool = False,
    tolerance: float | None = None,
) -> _Run | None:
    """The claims of the call beside differences of the loss; None where nothing is claimed of what moves.

    `elsewhere` is at another point, near the one at which it is called there.
    """
    read = {name for each in (*use.before, *([use.loss] if use.loss else []), use.call) for name in free(each)}
    before = {name for each in use.prepared for name in bound(each)}
    names = sorted((read & before) | (read & set(given)))
    if not names:
        return None
    (outcome_before,) = sandbox.call([state_program(use, given, names)])
    if isinstance(outcome_before, Failure):
        raise outcome_before.error(source)
    arrays = {place: array for place, array in arrays_of(outcome_before).items() if not is_other(place)}
    still = {place: array + 0.5 * generator.normal(size=array.shape)
             for place, array in arrays.items() if array.ndim and np.ptp(array) == 0}  # fmt: skip
    if elsewhere:
        still |= {place: array * generator.uniform(0.7, 1.2, array.shape)
                  for place, array in arrays.items() if array.ndim and place not in still}  # fmt: skip
    moved = {**arrays, **still}
    in_file = {name for k in sandbox.loaded or () for name in bound(source.tree.body[k])}
    rates = {name for name in (*in_file, *before, *given) if is_rate(name)}
    kept = sorted({place.split(".")[0] for place in arrays} | rates)
    program = use_program(use, given, still, kept)
    (outcome,) = sandbox.call([program])
    if isinstance(outcome, Failure):
        raise outcome.error(source)
    claimed = claims_of(outcome, use, returned, moved)
    stepped = not claimed
    claimed = claimed or steps_taken(outcome, moved)
    if not claimed or not all(np.isfinite(claim).all() for claim in claimed.values()):
        return None

    def value(values: Mapping[str, Any]) -> float:
        (found,) = sandbox.call([loss_program(use, given, {**still, **values})])
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
        method = "direction" if large else "central"
        checked[place] = gradcheck(value, {place: claim}, point, method=method, tolerance=tolerance)[place]
        if large and not checked[place].passed:
            checked[place] = gradcheck(value, {place: claim}, point, method="sample", tolerance=tolerance)[place]
    counts = {size for name in names if is_data(name) for size in _lengths(outcome_before[name])}
    if not any(np.abs(block.numerical) > 0 or block.passed for block in checked.values()):
        raise EvaluationError(f"what is taken for the loss of line {use.line} does not depend on what is changed")
    run = _Run(use, given, moved, claimed, checked, frozenset(counts), returned, program,
               float(np.sum(_loss_of(outcome))))  # fmt: skip
    if stepped and not any(is_along(claim, checked[place]) for place, claim in claimed.items()):
        raise EvaluationError(f"line {use.line} changes parameters otherwise than by a step along a gradient")
    return run


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
