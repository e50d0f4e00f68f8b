"""What there is to say about a function and the descents on it: as lines of text, and as data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from chalkgrad.descent.diagnosis import Stop, curvature, largest_stable_rate
from chalkgrad.descent.function import ScalarFunction
from chalkgrad.descent.paths import DescentPath
from chalkgrad.descent.stationary import StationaryPoint, StationaryPoints
from chalkgrad.errors import EvaluationError
from chalkgrad.language import Expression
from chalkgrad.networks import OPTIMISERS
from chalkgrad.writing.equations import write_expression

_BOUNDED = {"sgd": "gradient descent", "momentum": "momentum 0.9", "nesterov": "Nesterov 0.9"}
_MOST_RATES = 6  # different greatest curvatures at minima that are told
_MOST_POINTS = 2000  # of a path that are written down; of a longer one, evenly chosen ones


@dataclass(frozen=True)
class Story:
    """A function, what is known of it, and the runs on it from one start.

    `further` are functions made of it (a directional derivative, a Taylor polynomial), each with what it is.
    """

    function: ScalarFunction
    found: StationaryPoints
    start: Mapping[str, float]
    paths: tuple[DescentPath, ...]
    further: tuple[tuple[str, ScalarFunction], ...] = ()
    constant: bool = False


def story_lines(story: Story) -> Iterator[str]:
    """The story in words, line by line: derivatives, the start, stationary points, and each run with its diagnosis."""
    function = story.function
    yield _equation(function) + (" + C" if story.constant else "")
    yield from ("", "Partial derivatives")
    for name in function.variables:
        yield f"  ∂{function.name}/∂{name} = {_written(function.partial(name))}"
    yield from ("", "Hessian")
    yield from _second_derivatives(function)
    for what, made in story.further:
        yield from ("", what, f"  {_equation(made)}")
    yield from ("", f"At the start, {_place(story.start)}")
    yield from (f"  {line}" for line in _at_start(story))
    yield from ("", "Stationary points")
    yield from (f"  {_sentence(sentence)}" for sentence in story.found.sentences())
    yield from (f"  {line}" for line in _rates_at_minima(story))
    yield from (f"  {line}" for line in _falling(story))
    yield from ("", "Descents")
    yield from (f"  {line}" for line in _table(story.paths))
    yield ""
    yield from (f"  {_diagnosis(path)}." for path in story.paths)


def story_data(story: Story) -> dict[str, Any]:
    """The same as data that JSON can hold; a number that is not finite is None."""
    function = story.function
    return {
        "function": str(function),
        "up_to_a_constant": story.constant,
        "variables": list(function.variables),
        "partials": {name: str(function.partial(name)) for name in function.variables},
        "hessian": [[str(entry) for entry in row] for row in function.hessian],
        "further": {what: str(made) for what, made in story.further},
        "start": dict(story.start),
        "stationary_points": [_point_data(point) for point in story.found.points],
        "all_stationary_points_known": story.found.complete,
        "has_minimum": story.found.has_minimum,
        "unbounded": [
            {"side": one.side, "curve": str(one.curve), "along": str(one.curve.along), "proved": one.proved}
            for one in story.found.unbounded
        ],
        "sentences": list(story.found.sentences()),
        "runs": [_path_data(path) for path in story.paths],
    }


def _written(expression: Expression) -> str:
    return write_expression(expression, to="unicode")


def _equation(function: ScalarFunction) -> str:
    return f"{function.name}({', '.join(function.variables)}) = {_written(function.expression)}"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}." if words[1:2].isalpha() else f"{words}."


def _place(point: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {number:.6g}" for name, number in point.items())


def _second_derivatives(function: ScalarFunction) -> Iterator[str]:
    """Each pair of variables once, as the mixed ones agree."""
    for i, first in enumerate(function.variables):
        for j, second in enumerate(function.variables[i:], start=i):
            below = f"∂{first}²" if i == j else f"∂{first}∂{second}"
            yield f"  ∂²{function.name}/{below} = {_written(function.hessian[i][j])}"


def _at_start(story: Story) -> Iterator[str]:
    function, place = story.function, story.start
    try:
        value, slope, hessian = function.value(place), function.gradient_at(place), function.hessian_at(place)
    except EvaluationError as problem:
        yield f"{function.name} has no value: {problem}"
        return
    yield f"{function.name} = {value:.6g}"
    yield f"gradient ({', '.join(f'{entry:.6g}' for entry in slope)}), of length {math.hypot(*slope):.6g}"
    rows = [", ".join(f"{entry:.6g}" for entry in row) for row in hessian]
    yield f"Hessian ({'; '.join(rows)})"
    yield from _stable(function, np.array(list(place.values())))


def _stable(function: ScalarFunction, point: Any) -> Iterator[str]:
    steepest = curvature(function, point)
    if not steepest > 0:
        return
    rows = {said: OPTIMISERS[name] for name, said in _BOUNDED.items()}
    told = ", ".join(f"{said} {largest_stable_rate(row, row.defaults, steepest):.4g}" for said, row in rows.items())
    yield f"greatest curvature L = {steepest:.6g}; largest stable rates: {told}"


def _rates_at_minima(story: Story) -> Iterator[str]:
    told: dict[str, list[str]] = {}
    for point in story.found.points:
        if point.kind.name == "minimum" and not point.kind.degenerate:
            for line in _stable(story.function, np.array(point.numbers)):
                told.setdefault(line, []).append(point.coordinates)
    for line, places in islice(told.items(), _MOST_RATES):
        others = f" and {len(places) - 1} others like it" if len(places) > 1 else ""
        yield f"At the minimum {places[0]}{others}: {line}."


def _falling(story: Story) -> Iterator[str]:
    """What the runs show where no curve was found on which the function falls without bound."""
    if any(one.side == "below" for one in story.found.unbounded):
        return
    for path in story.paths:
        seen = path.values[np.isfinite(path.values)]
        if path.stop is Stop.DIVERGED and len(seen) and seen[-1] < seen[0]:
            fallen = f"{story.function.name} falls to {seen[-1]:.4g} on the way of {path.label}"
            yield f"{fallen}: it may have no least value."
            return


def _table(paths: Sequence[DescentPath]) -> Iterator[str]:
    """The runs as a table with aligned columns."""
    rows = [("method", "rate", "steps", "why it ended", "f at the end", "the end")]
    for path in paths:
        rate = path.hyper_parameters.get("rate")
        rows.append(
            (
                path.title, "" if rate is None else f"{rate:g}", str(path.steps), path.stop.value,
                f"{path.values[-1]:.6g}", _place(path.end),
            )
        )  # fmt: skip
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(entry.ljust(width) for entry, width in zip(row, widths, strict=True)).rstrip()


def _diagnosis(path: DescentPath) -> str:
    """What a run did; an explanation that begins with the rate does not need it before."""
    return f"{path.title if path.explanation.startswith('rate ') else path.label}: {path.explanation}"


def _point_data(point: StationaryPoint) -> dict[str, Any]:
    return {
        "point": list(point.numbers),
        "exact": None if point.exact is None else [str(entry) for entry in point.exact],
        "value": _finite(point.value),
        "kind": point.kind.name,
        "degenerate": point.kind.degenerate,
        "strict": point.kind.strict,
        "eigenvalues": list(point.kind.eigenvalues),
        "reason": point.kind.reason,
        "residual": point.residual,
    }


def _path_data(path: DescentPath) -> dict[str, Any]:
    shown = np.unique(np.linspace(0, path.steps, min(path.steps + 1, _MOST_POINTS)).astype(int))
    return {
        "method": path.method,
        "settings": path.hyper_parameters,
        "steps": path.steps,
        "stop": path.stop.value,
        "explanation": path.explanation,
        "end": path.end,
        "iterations": shown.tolist(),
        "points": [[_finite(entry) for entry in point] for point in path.points[shown]],
        "values": [_finite(value) for value in path.values[shown]],
        "gradient_lengths": [_finite(slope) for slope in path.slopes[shown]],
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
