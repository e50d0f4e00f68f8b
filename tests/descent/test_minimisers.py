"""Methods that choose their own step, on the collection: they arrive where SciPy does, and say how."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from chalkgrad.descent.collection import test_function
from chalkgrad.descent.diagnosis import Stop
from chalkgrad.descent.function import function_of_program
from chalkgrad.descent.minimisers import MINIMISERS, minimise
from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError
from chalkgrad.reading.programs import read_function


def of(text: str):
    return function_of_program(read_function(text))


CASES = [
    ("rosenbrock", [-1.2, 1]),
    ("booth", [5, -5]),
    ("himmelblau", [3.5, 2.5]),
    ("beale", [2, 0.2]),
    ("wood", [0.5, 0.5, 0.5, 0.5]),
    ("zakharov", [2, -1]),
    ("mccormick", [-0.3, -1.2]),
    ("rosenbrock_3d", [0.5, 0.5, 0.5]),
]


@pytest.mark.parametrize(("name", "start"), CASES, ids=[name for name, _ in CASES])
@pytest.mark.parametrize("method", ["damped newton", "bfgs", "l bfgs"])
def test_the_minimum_is_reached(name: str, start: list[float], method: str) -> None:
    row = test_function(name)
    path = minimise(row.function, start, method, steps=400, tolerance=1e-6)
    assert path.values[-1] == pytest.approx(row.least, abs=1e-8)
    assert np.all(np.diff(path.values) <= 1e-9 * (1 + np.abs(path.values[1:])))


@pytest.mark.parametrize("method", ["armijo", "wolfe"])
def test_line_searches_lower_the_value_at_every_step(method: str) -> None:
    f = test_function("rosenbrock").function
    path = minimise(f, [-1.2, 1], method, steps=300)
    assert (np.diff(path.values) < 0).all()
    assert path.values[-1] < 0.2
    parabola = minimise(of("x^2 + 10*y^2"), [3, 1], method, steps=300)
    assert parabola.stop is Stop.CONVERGED


def test_bfgs_ends_where_scipys_ends() -> None:
    f = test_function("beale").function
    path = minimise(f, [1, 1], "BFGS")
    scipys = minimize(lambda p: f.value(p), [1, 1], jac=lambda p: np.array(f.gradient_at(p)), method="BFGS")
    assert np.allclose(path.points[-1], scipys.x, atol=1e-5)


def test_newtons_method_is_done_with_a_parabola_in_one_step_and_may_end_on_a_maximum() -> None:
    assert minimise(of("x^2 + 10*y^2 - x*y + y"), [3, 1], "Newton").steps == 1
    top = minimise(of("-x^2 - y^4 - y^2"), [0.3, 0.2], "newton")
    assert np.allclose(top.points[-1], 0, atol=1e-8)


def test_the_sheets_function_is_left_by_every_method_that_goes_down() -> None:
    f = test_function("sheet").function
    for method in ("bfgs", "damped newton"):
        path = minimise(f, [1.5, 1], method, steps=400)
        assert path.values[-1] < -10


@pytest.mark.parametrize("method", MINIMISERS)
def test_trouble_is_told_and_not_raised(method: str) -> None:
    outside = minimise(of("log(x) + y^2"), [-1, 1], method)
    assert outside.stop is Stop.UNDEFINED
    assert "log(-1) is not defined" in outside.explanation
    assert minimise(of("x^2 + y^2"), [0, 0], method).stop is Stop.CONVERGED
    assert minimise(of("x^2 + y^2"), [1, 0], method, steps=0).steps == 0
    left = minimise(of("x + y^2"), [0, 1], method, window=[(-1, 1), (-2, 2)], steps=50)
    assert left.stop in (Stop.LEFT_WINDOW, Stop.MAX_STEPS)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'newton'"):
        minimise(of("x*y"), [1, 1], "neuton")
    with pytest.raises(ShapeError):
        minimise(of("x*y"), [1])
    with pytest.raises(ChalkgradError, match="number of steps"):
        minimise(of("x*y"), [1, 1], steps=-1)
