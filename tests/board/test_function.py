"""A function to hold: what it writes is what it computes, held against mpmath and SymPy."""

from __future__ import annotations

from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy

import chalkgrad as cg
from chalkgrad.descent.collection import TEST_FUNCTIONS
from chalkgrad.errors import ChalkgradError, EvaluationError, ProgramError, ShapeError, UnknownNameError

SHEET = cg.function("(1-x^3) + 100*(y^2-x)^2")


def test_a_function_is_taken_in_every_form() -> None:
    forms = [
        "x^2*y + 3*y",
        r"x^2 y + 3y",
        r"f(x, y) = x^{2} y + 3 y",
        lambda x, y: x**2 * y + 3 * y,
        {"x": "2*x*y", "y": "x^2 + 3"},
    ]
    for form in forms:
        g = cg.function(form)
        assert g.variables == ("x", "y")
        assert g(x=2, y=5) - g(x=0, y=0) == 35
    assert cg.function(["2*x*y", "x^2 + 3"], variables=["x", "y"]).up_to_a_constant
    assert cg.function("himmelblau")(x=3, y=2) == 0


def test_partials_gradient_and_hessian_are_mpmaths() -> None:
    g = cg.function(r"e^{-x^2} \sin(xy) + \frac{y^3}{x + 4}")
    f = lambda x, y: mpmath.exp(-(x**2)) * mpmath.sin(x * y) + y**3 / (x + 4)  # noqa: E731
    point = {"x": 0.3, "y": -1.2}
    at = tuple(point.values())
    orders = {"x": (1, 0), "y": (0, 1)}
    for name, order in orders.items():
        expected = float(mpmath.diff(f, at, order))
        assert g.partial(name)(**point) == pytest.approx(expected, rel=1e-10)
        assert g.gradient()[name](**point) == g.gradient_at(**point)[name] == pytest.approx(expected, rel=1e-10)
    for i, row in enumerate([((2, 0), (1, 1)), ((1, 1), (0, 2))]):
        for j, order in enumerate(row):
            expected = float(mpmath.diff(f, at, order))
            assert g.hessian_at(**point)[i][j] == pytest.approx(expected, rel=1e-8)
            assert g.hessian()[i][j](**point) == pytest.approx(expected, rel=1e-8)


def test_directional_derivative_and_taylor_polynomial_are_written_and_evaluated() -> None:
    g = cg.function("exp(x)*cos(y)")
    along = g.directional_derivative({"x": 1, "y": -1})
    h = 1e-6
    numerical = (g(x=0.5 + h / 2**0.5, y=0.2 - h / 2**0.5) - g(x=0.5 - h / 2**0.5, y=0.2 + h / 2**0.5)) / (2 * h)
    assert along(x=0.5, y=0.2) == pytest.approx(numerical, rel=1e-8)
    assert r"\sqrt{2}" in along.latex()
    polynomial = g.taylor_polynomial([0, 0], 4)
    x, y = sympy.symbols("x y")
    expected = sympy.expand(
        1 + x + (x**2 - y**2) / 2 + (x**3 - 3 * x * y**2) / 6 + (x**4 - 6 * x**2 * y**2 + y**4) / 24
    )
    assert polynomial(x=0.3, y=0.7) == pytest.approx(float(expected.subs({x: 0.3, y: 0.7})))


def test_arrays_are_computed_at_once_and_broadcast() -> None:
    x, y = np.linspace(-1, 1, 5)[:, None], np.linspace(0, 2, 3)
    values = SHEET(x=x, y=y)
    assert values.shape == (5, 3)
    assert np.allclose(values, 1 - x**3 + 100 * (y**2 - x) ** 2)
    assert np.allclose(SHEET.partial("y")(x=x, y=y), 400 * (y**2 - x) * y)
    assert isinstance(SHEET(x=1, y=2), float)


def test_it_writes_itself() -> None:
    assert str(SHEET) == "f(x, y) = 1 − x³ + 100(y² − x)²"
    assert SHEET.latex() == "1 - x^3 + 100(y^2 - x)^2"
    assert SHEET._repr_latex_() == rf"$\displaystyle f(x, y) = {SHEET.latex()}$"
    partial = SHEET.partial("x")
    assert partial.text() == "200*x - 3*x^2 - 200*y^2"
    assert partial.unicode() == str(partial) == "200x − 3x² − 200y²"
    assert partial.mathml().startswith("<math")
    recovered = cg.function({"x": "2*x"})
    assert str(recovered) == "f(x) = x² + C"
    assert recovered._repr_latex_().endswith("+ C$")


def test_stationary_points_descents_and_sweeps() -> None:
    assert [point.coordinates for point in SHEET.stationary_points().points] == ["(0, 0)", "(200/3, 0)"]
    path = SHEET.descend({"x": -1, "y": 1}, "gd", rate=0.02)
    assert path.explanation.startswith("rate 0.02 exceeds 2/L = 0.00117191 at the start")
    rosenbrock = cg.function("rosenbrock")
    assert rosenbrock.descend([-1.2, 1], "l-bfgs").end == pytest.approx({"x": 1, "y": 1}, abs=1e-5)
    starts = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    swept = cg.function("x^2 + 3*y^2").sweep(starts, "momentum", rate=0.05)
    assert len(swept) == 50
    assert all(path.stop.value == "converged" for path in swept)


def test_plots_animation_and_page(tmp_path: Path) -> None:
    g = cg.function("x^2 + 3*y^2")
    paths = [g.descend([2, 1], method, rate=0.05, steps=20) for method in ("gd", "momentum")]
    for kind in ("contours", "values", "surface", "field"):
        plot = g.plot(*paths, kind=kind, title="A bowl")
        assert plot.save(tmp_path / f"{kind}.png").stat().st_size > 10_000
        assert plot.alternative
    assert g.animate(*paths, file=tmp_path / "bowl.gif").stat().st_size > 10_000
    assert "const df_dy = 6*y;" in g.page([1, 1])
    with pytest.raises(UnknownNameError, match="did you mean 'contours'"):
        g.plot(kind="contour")
    with pytest.raises(ShapeError, match="two variables"):
        cg.function("x*y*z").plot()


@pytest.mark.parametrize(
    ("action", "error", "words"),
    [
        (lambda: SHEET(x=1), ShapeError, "no number for y"),
        (lambda: SHEET(x=1, y=2, z=3), UnknownNameError, "'z'"),
        (lambda: SHEET.partial("z"), UnknownNameError, "known are: x, y"),
        (lambda: SHEET.descend([1, 2, 3]), ShapeError, "has 3 numbers"),
        (lambda: cg.function("log(x)")(x=-1), EvaluationError, "log needs positive numbers"),
        (lambda: cg.function({"x": "y", "y": "-x"}), ProgramError, "= 1, .* = -1, at x"),
        (lambda: cg.function(["x", "y"]), ChalkgradError, "variables="),
        (lambda: cg.function(lambda x: x if x else 0), ProgramError, "branches"),
        (lambda: cg.function(17), ProgramError, "not a function"),
    ],
)
def test_what_does_not_fit_is_refused(action, error, words: str) -> None:
    with pytest.raises(error, match=words):
        action()


@pytest.mark.parametrize("name", TEST_FUNCTIONS)
def test_latex_of_the_collection_is_read_back(name: str) -> None:
    g = cg.function(name)
    again = cg.function(f"${g.latex()}$", variables=g.variables)
    low, high = np.array(TEST_FUNCTIONS[name].window).T
    for point in np.random.default_rng(7).uniform(low, high, (3, len(low))):
        values = dict(zip(g.variables, point, strict=True))
        assert again(**values) == pytest.approx(g(**values), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("formula", "column"), [("sin(x,y)", 6), ("1 + tanh(x + (y + 1), 2)", 21)])
def test_too_many_arguments_are_told_as_such(formula: str, column: int) -> None:
    with pytest.raises(cg.ChalkgradError, match=r"one argument: '(sin|tanh)' is a function of one number") as told:
        cg.function(formula)
    assert f"column {column}" in str(told.value)


def test_ends_are_those_of_the_sweep() -> None:
    function, starts = cg.function("(x-1)^2 + y^4"), [[0.0, 1.0], [2.0, -1.0]]
    runs = function.ends(starts, rate=0.05, steps=40)
    for path, end in zip(function.sweep(starts, rate=0.05, steps=40), runs.ends, strict=True):
        np.testing.assert_allclose(path.points[-1], end, rtol=1e-12)
    assert str(function.stationary_points()).startswith("(1, 0): ")
