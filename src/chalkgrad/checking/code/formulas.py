"""Checking the gradient of a function of a few numbers in a person's code against a formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import target_of
from chalkgrad.checking.code.corrections import corrections
from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.facts import Facts
from chalkgrad.checking.code.names import bare
from chalkgrad.checking.code.pairs import is_cotangent
from chalkgrad.checking.code.recognised import recognised
from chalkgrad.checking.code.returned import named_entries
from chalkgrad.checking.code.sandbox import Failure, Limits, Program, Sandbox
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck, Edit
from chalkgrad.checking.gradcheck import GradientCheck, gradcheck
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import EvaluationError
from chalkgrad.language import Program as Formula
from chalkgrad.language import inline
from chalkgrad.reading.programs import read_function

_POINTS = 3
_ABOVE = 0.7  # the gradient from above, where one is asked for


def check_formula(
    source: Source,
    function: str,
    formula: str,
    *,
    limits: Limits,
    seed: int,
) -> CodeCheck:
    """Compares a function of a person's file with the gradient of a formula such as `(1-x)^2 + 100*(y-x^2)^2`.

    The function takes the variables one by one, or as one vector, and may take the gradient from above; it returns the
    partials in order or by name. Raises `ReadingError` for a formula that is not understood.
    """
    facts = target_of(source, function).function
    program = inline(read_function(formula))
    variables = _ordered([tensor.name for tensor in program.declared], facts)
    above = _from_above(variables, facts)
    generator = np.random.default_rng(seed)
    points = [dict(zip(variables, generator.uniform(0.5, 1.5, len(variables)), strict=True)) for _ in range(_POINTS)]
    with Sandbox(source, limits) as sandbox:
        used = source.libraries(function)
        left_out = sandbox.load(
            source.needed(function), "torch" if "torch" in used and "numpy" not in used else "numpy"
        )
        failed: Failure | None = None
        best: tuple[int, list[GradientCheck], list[dict[str, float]], str, list[Program]] | None = None
        for words, arguments in _ways(variables, facts):
            steps = [Program((("call", "result", function, arguments(point), {}),)) for point in points]
            outcomes = sandbox.call(steps)
            wrong = next((each for each in outcomes if isinstance(each, Failure)), None)
            if wrong is not None:
                failed = failed or wrong
                continue
            claims = [_claims(each["result"], facts, variables) for each in outcomes if not isinstance(each, Failure)]
            if not all(claims):
                continue
            checked = _checked(program, points, claims, _ABOVE if above else 1.0)
            right = sum(all(each[name].passed for each in checked) for name in variables)
            if best is None or right > best[0]:
                best = (right, checked, claims, words, steps)
        if best is None:
            if failed is not None:
                raise failed.error(source)
            raise EvaluationError(
                f"{function} returned no {len(variables)} partials; the formula has {', '.join(variables)}"
            )
        _, found, claims, words, steps = best

        def correct(number: int, outcome: dict[str, Any] | Failure) -> bool:
            claim = {} if isinstance(outcome, Failure) else _claims(outcome["result"], facts, variables)
            return bool(claim) and all(found[number][name].accepts(np.array(claim[name])) for name in variables)

        blocks = tuple(_blocks(points, found, claims))
        edits: tuple[Edit, ...] = ()
        if any(block.verdict == "wrong" for block in blocks):
            edits = corrections(sandbox, source, functions_in_reach(source, function), steps, correct)
    return CodeCheck(source.file, function, formula, blocks, f"called as {function}({words})", "rows", left_out, edits)


def _ordered(variables: list[str], facts: Facts) -> list[str]:
    """The variables in the order in which the code has them, where it names them all; else in the alphabet's."""
    named = [argument.name for argument in facts.arguments]
    unpacked = [name for argument in facts.arguments for name in argument.usage.unpacked]
    for order in (named, unpacked):
        found = [each for name in order for each in variables if bare(each) == bare(name)]
        if sorted(found) == sorted(variables):
            return found
    return sorted(variables)


def _from_above(variables: list[str], facts: Facts) -> str:
    """The argument that is the gradient from above, as `g` in `div_backward(g, a, b)`; "" where there is none."""
    own = {bare(each) for each in variables}
    found = [each.name for each in facts.required if is_cotangent(each.name) and bare(each.name) not in own]
    return found[0] if len(found) == 1 and len(facts.required) == len(variables) + 1 else ""


def _ways(variables: list[str], facts: Facts) -> Iterator[tuple[str, Any]]:
    """The ways of giving a point: numbers one by one, a vector, a column, a tuple."""
    told = ", ".join(variables)
    above = _from_above(variables, facts)
    if above:
        order = iter(variables)
        named = [above if each.name == above else next(order) for each in facts.required]
        yield ", ".join(named), lambda point: [_ABOVE if each == above else float(point[each]) for each in named]
    if len(facts.required) == len(variables):
        yield told, lambda point: [float(point[name]) for name in variables]
    if len(facts.required) <= 1:
        yield f"[{told}]", lambda point: [np.array([point[name] for name in variables])]
        yield f"[[{told}]]ᵀ", lambda point: [np.array([[point[name]] for name in variables])]


def _claims(result: Any, facts: Facts, variables: list[str]) -> dict[str, float]:
    """The partials by variable: by name in a dictionary, else in order."""
    if isinstance(result, dict):
        by_bare = {bare(name): name for name in variables}
        found = {}
        for key, value in result.items():
            short = bare(key)
            meant = next(
                (name for each, name in by_bare.items() if short in (each, f"d{each}", f"dfd{each}", f"df{each}")), ""
            )
            if meant and np.size(value) == 1:
                found[meant] = float(np.ravel(value)[0])
        return found if len(found) == len(variables) else {}
    arrays = [np.ravel(array) for _, array in named_entries(result, facts.returned)]
    flat = np.concatenate(arrays) if arrays else np.zeros(0)
    if len(flat) == len(variables) + 1 and isinstance(result, tuple | list) and len(arrays) == 2:
        flat = arrays[1]  # the value of the function stands before its gradient
    return dict(zip(variables, map(float, flat), strict=True)) if len(flat) == len(variables) else {}


def _checked(
    program: Formula, points: list[dict[str, Any]], claims: list[dict[str, float]], weight: float
) -> list[GradientCheck]:
    """The claims beside the partials, which are weighted with what comes from above."""
    compute = compile_numpy(program)
    name = program.result.name

    def value(point: Mapping[str, Any]) -> float:
        return weight * float(compute(**point)[name])

    return [gradcheck(value, dict(claim), point) for point, claim in zip(points, claims, strict=True)]


def _blocks(
    points: list[dict[str, Any]], checked: list[GradientCheck], claims: list[dict[str, float]]
) -> Iterator[CodeBlock]:
    for variable in points[0]:
        wrong: Mapping[int, Any] = {k: each[variable] for k, each in enumerate(checked) if not each[variable].passed}
        if not wrong:
            yield CodeBlock(variable, "right", f"it agrees with the formula at {len(points)} random points")
            continue
        where, found = next(iter(wrong.items()))
        at = ", ".join(f"{key} = {number:.4g}" for key, number in points[where].items())
        reason = f"at {at} it is {found.claimed:.6g}, but the derivative is {found.numerical:.6g}"
        slips = [
            recognised(variable, {name: np.array(each) for name, each in claim.items()},
                       {block.name: block for block in check.blocks})
            for claim, check in zip(claims, checked, strict=True)
        ]  # fmt: skip
        same = slips[0] if len({tuple(each) for each in slips}) == 1 else ()
        yield CodeBlock(variable, "wrong", reason, same)
