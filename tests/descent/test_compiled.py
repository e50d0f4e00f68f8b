"""Compiled descents against the reference: the optimiser's program evaluated step by step by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalkgrad.descent.function import ScalarFunction, function_of_program
from chalkgrad.descent.paths import descend, step_program, sweep, sweep_ends
from chalkgrad.descent.schedules import SCHEDULES
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import ChalkgradError
from chalkgrad.networks import OPTIMISERS, optimiser_named
from chalkgrad.reading.programs import read_function


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def of(text: str) -> ScalarFunction:
    return function_of_program(read_function(text))


def stepped(function: ScalarFunction, method: str, start: list[float], rate: float, steps: int) -> Any:
    row = optimiser_named(method)
    program = step_program(function, row)
    compute = compile_numpy(program)
    settings = {**row.defaults, "rate": rate}
    changing = [t.name for t in program.declared if t.name not in (*settings, "t")]
    values = dict(zip(changing, [*start, *[0.0] * (len(changing) - len(start))], strict=True))
    points = [start]
    for step in range(1, steps + 1):
        shared = {t.name: {**settings, "t": float(step)}[t.name] for t in program.declared if t.name not in changing}
        new = compute(**values, **shared)
        values = dict(zip(changing, (float(new[t.name]) for t in program.results), strict=True))
        points.append([values[name] for name in function.variables])
    return np.array(points)


FUNCTIONS = [
    "(1-x^3) + 100*(y^2-x)^2",
    "sin(3*x)*exp(-y^2) + tanh(x*y) + x^4/10 + y^2",
    "log(1 + x^2 + y^2) + sqrt(2 + cos(x)) + abs(y)/3",
    "(x^2+y^2+1)^(3/2) + arctan(x) + erf(y)",
]


@pytest.mark.parametrize("method", sorted(OPTIMISERS))
@pytest.mark.parametrize("formula", FUNCTIONS)
def test_every_step_is_that_of_the_program(formula: str, method: str) -> None:
    function = of(formula)
    expected = stepped(function, method, [0.3, -0.2], 1e-3, 60)
    found = descend(function, [0.3, -0.2], method, rate=1e-3, steps=60, tolerance=0).points
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_many_starts_go_as_each_alone() -> None:
    function = of(FUNCTIONS[0])
    starts = np.random.default_rng(0).uniform(-0.4, 0.4, size=(13, 2))
    window = [(-0.5, 0.5), (-0.5, 0.5)]
    together = sweep(function, starts, "momentum", rate=1e-3, steps=300, tolerance=1e-2, window=window)
    ends = sweep_ends(function, starts, "momentum", rate=1e-3, steps=300, tolerance=1e-2, window=window)
    stops = set()
    for start, path, end, steps in zip(starts, together, ends.ends, ends.steps, strict=True):
        alone = descend(function, start, "momentum", rate=1e-3, steps=300, tolerance=1e-2, window=window)
        np.testing.assert_allclose(path.points, alone.points, rtol=1e-10)
        np.testing.assert_allclose(end, alone.points[-1], rtol=1e-10)
        assert (path.stop, path.steps) == (alone.stop, alone.steps)
        assert steps == alone.steps
        stops.add(path.stop)
    assert len(stops) > 1


def test_a_million_steps_are_one_call() -> None:
    runs = sweep_ends(of("(x-1)^2 + 3*y^2"), np.array([[0.0, 2.0]]), rate=1e-6, steps=1_000_000, tolerance=0)
    exact = [1 - np.exp(1_000_000 * np.log1p(-2e-6)), 2 * np.exp(1_000_000 * np.log1p(-6e-6))]
    assert runs.steps.tolist() == [1_000_000]
    np.testing.assert_allclose(runs.ends[0], exact, rtol=1e-9)


def test_schedules_are_followed_without_keeping_the_way() -> None:
    function, start = of("x^2 + y"), np.array([[1.0, 0.0]])
    for name, schedule in SCHEDULES.items():
        path = descend(function, start[0], rate=0.3, steps=20, schedule=schedule)
        ends = sweep_ends(function, start, rate=0.3, steps=20, schedule=schedule).ends
        np.testing.assert_allclose(ends[0], path.points[-1], err_msg=name)


def test_too_many_points_to_keep_are_refused() -> None:
    with pytest.raises(ChalkgradError, match="sweep_ends gives the ends alone"):
        sweep(of("x^2"), np.zeros((1000, 1)), steps=1_000_000)


def test_a_start_that_is_not_finite_makes_no_step() -> None:
    runs = sweep_ends(of("x^2"), np.array([[np.nan], [1.0]]), rate=0.1, steps=3)
    assert runs.steps.tolist() == [0, 3]
    assert np.isnan(runs.ends[0, 0])
    np.testing.assert_allclose(runs.ends[1, 0], 0.8**3)
