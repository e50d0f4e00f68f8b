"""Checking code against an expression of arrays, as `chalkgrad derive` takes it: `norm2(A*x-b)^2`, `x'*A*x`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, permutations, product
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import target_of
from chalkgrad.checking.code.corrections import corrections
from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.facts import Facts
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import bare, is_decorated, undecorated
from chalkgrad.checking.code.pairs import is_cotangent
from chalkgrad.checking.code.recognised import recognised
from chalkgrad.checking.code.returned import named_entries
from chalkgrad.checking.code.sandbox import Failure, Limits, Program, Sandbox
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck, Edit, differing
from chalkgrad.checking.gradcheck import GradientCheck, gradcheck
from chalkgrad.engines.numpy import NumpyFunction, compile_numpy
from chalkgrad.errors import EvaluationError
from chalkgrad.language import Program as Formula
from chalkgrad.reading.formulas import is_latex, read_formula
from chalkgrad.reading.index_text import read_index_text
from chalkgrad.reading.matrix_text import is_matrix_text

_POINTS = 3
_ORDERS = 60  # of gradients without names
_SIZES = (3, 4, 5, 2, 6, 7)  # of the axes, pairwise distinct


@dataclass(frozen=True)
class _Way:
    """One way of calling that ran: the arrays given, what came back, and how both agree."""

    words: str
    programs: tuple[Program, ...]
    claims: tuple[Mapping[str, Floats], ...]
    checks: tuple[GradientCheck, ...]

    @property
    def right(self) -> int:
        """How many gradients are right at every point."""
        return sum(all(each[name].passed for each in self.checks) for name in self.claims[0])


def expression_of(text: str) -> Formula | None:
    """The expression of arrays that a text is; None where all its names are numbers.

    >>> [tensor.name for tensor in expression_of("x'*A*x").declared]
    ['x', 'A']
    >>> expression_of("(1-x)^2 + 100*(y-x^2)^2") is None
    True
    """
    if is_matrix_text(text) or is_latex(text):
        program = read_formula(text).program
    elif "[" in text:
        program = read_index_text(text)
    else:
        return None
    return program if any(tensor.axes for tensor in program.declared) else None


def check_expression(
    source: Source, function: str, text: str, formula: Formula, *, limits: Limits, seed: int
) -> CodeCheck:
    """Compares what a function returns with the gradient of an expression by its names.

    The function takes the arrays by their names, or in order, vectors flat or as columns; where the expression is no
    number it also takes the gradient from above. It may return the gradients by some of the names: those count.
    """
    facts = target_of(source, function).function
    points = list(_points(formula, np.random.default_rng(seed)))
    with Sandbox(source, limits) as sandbox:
        used = source.libraries(function)
        library = "torch" if "torch" in used and "numpy" not in used else "jax" if "jax" in used else "numpy"
        left_out = sandbox.load(source.needed(function), library)
        best = _best(sandbox, source, function, facts, formula, points)
        edits: tuple[Edit, ...] = ()
        blocks = tuple(_blocks(best))
        if any(block.verdict == "wrong" for block in blocks):

            def right(number: int, outcome: dict[str, Any] | Failure) -> bool:
                claims = {} if isinstance(outcome, Failure) else _told(outcome, facts, points[number], best.claims[0])
                return bool(claims) and all(name in claims and best.checks[number][name].accepts(claims[name])
                                            for name in best.claims[0])  # fmt: skip

            edits = corrections(sandbox, source, functions_in_reach(source, function), list(best.programs), right)
    return CodeCheck(
        source.file, function, text, blocks, f"called as {function}({best.words})", "rows", left_out, edits
    )


@lru_cache(maxsize=8)
def _compiled(formula: Formula) -> NumpyFunction:
    return compile_numpy(formula)


def _points(formula: Formula, generator: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Random values at which the expression is a number: of any sign, positive, or of positive definite matrices.

    What comes from above is under the name of the result.
    """
    compute = _compiled(formula)
    letters = dict.fromkeys(axis.size for tensor in formula.declared for axis in tensor.axes)
    sizes = dict(zip((each for each in letters if not isinstance(each, int)), _SIZES, strict=False))

    def drawn(kind: str) -> dict[str, Any]:
        values = {}
        for tensor in formula.declared:
            shape = tuple(axis.size if isinstance(axis.size, int) else sizes[axis.size] for axis in tensor.axes)
            array = generator.normal(size=shape)
            if kind == "positive":
                array = np.abs(array) + 0.2
            elif kind == "definite" and len(shape) == 2 and shape[0] == shape[1]:
                array = array @ array.T + np.eye(len(array)) + 0.1 * generator.normal(size=shape)
            values[tensor.name] = array
        return values

    for kind in ("any", "definite", "positive"):
        found = [drawn(kind) for _ in range(_POINTS)]
        results = [compute(**each)[formula.result.name] for each in found]
        if all(np.isfinite(each).all() for each in results):
            for each, result in zip(found, results, strict=True):
                yield {**each, formula.result.name: generator.normal(size=np.shape(result)) if np.ndim(result) else 1.0}
            return
    raise EvaluationError(f"no values were found at which {formula.definitions[-1]} is a number")


def _best(
    sandbox: Sandbox, source: Source, function: str, facts: Facts, formula: Formula, points: Sequence[Mapping[str, Any]]
) -> _Way:
    failed: Failure | None = None
    best: _Way | None = None
    for words, arguments in _ways(formula, facts, points[0]):
        programs = tuple(Program((("call", "result", function, arguments(point), {}),)) for point in points)
        outcomes = sandbox.call(programs)
        wrong = next((each for each in outcomes if isinstance(each, Failure)), None)
        if wrong is not None:
            failed = failed or wrong
            continue
        results = [each for each in outcomes if not isinstance(each, Failure)]
        for names in _returned(formula, facts):
            claims = tuple(_told(each, facts, point, names) for each, point in zip(results, points, strict=True))
            if not all(claims):
                continue
            checks = tuple(_checked(formula, point, claim) for point, claim in zip(points, claims, strict=True))
            found = _Way(words, programs, claims, checks)
            if best is None or found.right / len(found.claims[0]) > best.right / len(best.claims[0]):
                best = found
            break  # another name of the same shape is not meant
    if best is not None:
        return best
    if failed is not None:
        raise failed.error(source)
    names = ", ".join(tensor.name for tensor in formula.declared)
    raise EvaluationError(f"{function} returned no gradient by one of {names}, in its shape")


def _ways(formula: Formula, facts: Facts, point: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arguments by their names, else in order; vectors flat or as columns."""
    names = [tensor.name for tensor in formula.declared]
    above = [
        each.name for each in facts.required if is_cotangent(each.name) and bare(each.name) not in map(bare, names)
    ]
    by_bare = {bare(name): name for name in names}
    rest = iter([name for name in names if bare(name) not in {bare(each.name) for each in facts.arguments}])
    order = []
    for each in facts.arguments:
        if each.name in above[:1]:
            order.append(formula.result.name)
        elif bare(each.name) in by_bare:
            order.append(by_bare[bare(each.name)])
        elif each.required and (name := next(rest, "")):
            order.append(name)
    several = [names] if len(facts.required) == len(names) and not above else []
    vectors = any(np.ndim(value) == 1 for value in point.values())
    for given, columns in product([order, *(each for each in several if each != order)], (False, True)):
        if columns and not vectors:
            continue
        told = ", ".join("upstream" if name == formula.result.name else name for name in given)

        def arguments(point: Mapping[str, Any], given: list[str] = given, columns: bool = columns) -> list[Any]:
            return [point[name][:, None] if columns and np.ndim(point[name]) == 1 else point[name] for name in given]

        yield told + ("; vectors as columns" if columns else ""), arguments


def _returned(formula: Formula, facts: Facts) -> Iterator[Sequence[str]]:
    """Whose gradients are returned: by the names that the code has for them, else the first whose shapes fit."""
    by_bare = {bare(tensor.name): tensor.name for tensor in formula.declared}
    shorts = [bare(undecorated(name)) for name in facts.returned if is_decorated(name)]
    told = [by_bare[short] for short in shorts if short in by_bare]
    own = bare(undecorated(facts.name))
    if told:
        yield told
        return
    if own in by_bare:
        yield [by_bare[own]]
        return
    given = [by_bare[bare(each.name)] for each in facts.arguments if bare(each.name) in by_bare]
    names = list(dict.fromkeys((*given, *by_bare.values())))
    for count in range(1, len(names) + 1):
        yield from islice(permutations(names, count), _ORDERS)


def _told(
    outcome: Mapping[str, Any], facts: Facts, point: Mapping[str, Any], names: Iterable[str]
) -> dict[str, Floats]:
    """The gradients by name, in the shapes of the arrays; none where they do not fit."""
    result = outcome.get("result")
    entries = [(name, array) for name, array in named_entries(result, facts.returned)]
    wanted = list(names)
    if len(entries) == len(wanted) + 1 and np.ndim(entries[0][1]) == 0:
        entries = entries[1:]  # the value stands before its gradients
    if isinstance(result, dict):
        by_bare = {bare(undecorated(name)): array for name, array in entries}
        wanted = [name for name in point if bare(name) in by_bare]
        chosen = [by_bare[bare(name)] for name in wanted]
    else:
        chosen = [array for _, array in entries]
    if len(chosen) != len(wanted):
        return {}
    found = {}
    for name, array in zip(wanted, chosen, strict=True):
        shape = np.shape(point[name])
        if np.squeeze(array).shape != tuple(size for size in shape if size != 1):
            return {}
        found[name] = np.asarray(array, dtype=np.float64).reshape(shape)
    return found


def _checked(formula: Formula, point: Mapping[str, Any], claims: Mapping[str, Floats]) -> GradientCheck:
    """The claims beside differences of the expression, weighted with what comes from above."""
    compute = _compiled(formula)
    given = {tensor.name: point[tensor.name] for tensor in formula.declared}

    def value(moved: Mapping[str, Any]) -> float:
        return float((point[formula.result.name] * compute(**{**given, **moved})[formula.result.name]).sum())

    return gradcheck(value, dict(claims), {name: np.asarray(given[name], dtype=np.float64) for name in claims})


def _blocks(way: _Way) -> Iterator[CodeBlock]:
    for name in way.claims[0]:
        wrong = next((each[name] for each in way.checks if not each[name].passed), None)
        if wrong is None:
            yield CodeBlock(name, "right", f"it agrees with the expression at {len(way.checks)} random points")
            continue
        slips = [recognised(name, claim, {block.name: block for block in check.blocks})
                 for claim, check in zip(way.claims, way.checks, strict=True)]  # fmt: skip
        yield CodeBlock(name, "wrong", differing(wrong), slips[0] if len({tuple(each) for each in slips}) == 1 else ())
