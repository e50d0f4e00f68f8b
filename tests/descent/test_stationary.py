"""Stationary points: every kind of them, the sheet's told truthfully, and unboundedness with its witness."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from chalkgrad.descent.classification import classify
from chalkgrad.descent.curves import candidate_curves, unboundedness
from chalkgrad.descent.function import function_of_program
from chalkgrad.descent.roots import roots_by_elimination, roots_by_newton
from chalkgrad.descent.stationary import stationary_points
from chalkgrad.errors import ShapeError
from chalkgrad.language import evaluate_expression
from chalkgrad.reading.programs import read_function

SHEET = "(1-x^3) + 100*(y^2-x)^2"


def of(text: str):
    return function_of_program(read_function(text))


def test_the_sheets_function_is_told_truthfully() -> None:
    found = stationary_points(of(SHEET))
    assert found.complete
    origin, top = found.points
    assert (origin.coordinates, top.coordinates) == ("(0, 0)", "(200/3, 0)")
    assert (origin.kind.name, origin.kind.degenerate, origin.kind.eigenvalues) == ("saddle", True, (0.0, 200.0))
    assert str(origin.witness) == "x = y^2"
    assert str(origin.witness.along) == "1 - y^6"
    assert (top.kind.name, top.kind.degenerate) == ("maximum", False)
    assert top.kind.eigenvalues == pytest.approx((-80000 / 3, -200))
    assert str(top.exact_value) == "4000027/27"
    below, above = found.unbounded
    assert (below.side, str(below.curve), below.toward, below.proved) == ("below", "x = y^2", "±", True)
    assert above.side == "above"
    assert found.has_minimum is False
    text = "\n".join(found.sentences())
    assert "(0, 0): degenerate saddle, not a minimum" in text
    assert "(200/3, 0): maximum" in text
    assert "f falls without bound along x = y^2: there it is 1 - y^6" in text
    assert "f has no least value" in text


KINDS = [
    # text, kinds in order of the points, degenerate
    ("x^2 + y^2", ["minimum"], False),
    ("-x^2 - 3*y^2 + x*y", ["maximum"], False),
    ("x*y", ["saddle"], False),
    ("x^3 - 3*x*y^2", ["saddle"], True),  # monkey saddle
    ("x^4 - 6*x^2*y^2 + y^4", ["saddle"], True),
    ("x^4 + y^4", ["minimum"], True),
    ("-x^4 - y^2", ["maximum"], True),
    ("x^2 + y^3", ["saddle"], True),
    ("x^2 + y^6", ["minimum"], True),
    ("x^2 - y^6", ["saddle"], True),
    ("(y-x^2)*(y-3*x^2)", ["saddle"], True),  # Peano: a minimum along every line through 0
    ("(y-x^2)^2 + x^5", ["saddle"], True),
    ("(y-x^2)^2 + x^6", ["minimum"], True),
    ("x^3", ["inflection"], True),
    ("x^4", ["minimum"], True),
    ("x^3 - 3*x", ["maximum", "minimum"], False),
    ("x^2 - 2*y^2 + y^4", ["minimum", "saddle", "minimum"], False),
    ("x^2 + y^2 + z^4", ["minimum"], True),
    ("x^2 + y^2 - z^4", ["saddle"], True),
    ("x^2 + y^3 + z^3", ["saddle"], True),
    ("x^4 + y^4 + z^4", ["minimum"], True),
    ("x^2*y - y", ["saddle", "saddle"], False),
]


@pytest.mark.parametrize(("text", "kinds", "degenerate"), KINDS, ids=[row[0] for row in KINDS])
def test_every_kind_of_point_is_recognised(text: str, kinds: list[str], degenerate: bool) -> None:
    found = stationary_points(of(text))
    assert [point.kind.name for point in found.points] == kinds
    assert all(point.kind.degenerate is degenerate for point in found.points)
    assert all(point.residual <= 1e-40 for point in found.points)


def test_flat_places_and_places_without_second_derivatives_are_told() -> None:
    plain = classify(of("relu(x)^4 + relu(y)^4"), [-1, -1])
    assert (plain.name, plain.degenerate, plain.strict) == ("flat", True, False)
    trough = classify(of("x^2 + 0*y + relu(y)^4"), [0, -1])
    assert (trough.name, trough.strict) == ("minimum", False)
    ridge = classify(of("-x^2 - relu(y)^4"), [0, -1])
    assert (ridge.name, ridge.strict) == ("maximum", False)
    edge = classify(of("x^2 + sqrt(y)"), [0, 0])
    assert edge.name == "undecided"
    assert "no value" in edge.reason


def test_a_window_is_searched_only_where_algebra_fails() -> None:
    window = [(-2, 2), (-2, 2)]
    assert not stationary_points(of("x^2 + y^2"), window).complete
    assert stationary_points(of("x^2 + y^2"), window, exactly_first=True).complete
    assert not stationary_points(of("sin(x) + cos(y)"), window, exactly_first=True).complete


def test_the_monkey_saddle_has_three_valleys() -> None:
    assert classify(of("x^3 - 3*x*y^2"), [0, 0]).valleys == 3
    assert classify(of("x^4 - 6*x^2*y^2 + y^4"), [0, 0]).valleys == 4


def test_points_that_fill_a_curve_are_given_by_its_equation() -> None:
    found = stationary_points(of("(x^2+y^2-1)^2"))
    assert [str(family) for family in found.families] == ["-1 + x^2 + y^2"]
    assert [(point.coordinates, point.kind.name) for point in found.points] == [("(0, 0)", "maximum")]
    on_it = classify(of("(x^2+y^2-1)^2"), [1, 0])
    assert (on_it.name, on_it.degenerate, on_it.strict) == ("minimum", True, False)


def test_himmelblaus_nine_points_agree_with_scipy() -> None:
    f = of("(x^2+y-11)^2 + (x+y^2-7)^2")
    found = stationary_points(f)
    kinds = sorted(point.kind.name for point in found.points)
    assert kinds == ["maximum"] + ["minimum"] * 4 + ["saddle"] * 4
    assert found.complete
    minima = [point.numbers for point in found.points if point.kind.name == "minimum"]
    for start in ((3, 2), (-3, 3), (-4, -3), (4, -2)):
        least = minimize(lambda p: f.value(p), start, jac=lambda p: np.array(f.gradient_at(p)), tol=1e-10).x
        assert min(math.dist(least, point) for point in minima) < 1e-5


@pytest.mark.parametrize(
    ("text", "reach"),
    [("(x^2+y-11)^2 + (x+y^2-7)^2", 6), (SHEET, 100), ("x^3 - 3*x + y^2*x", 5), ("x^4 + y^4 - 4*x*y + z^2", 5)],
)
def test_newton_and_elimination_find_the_same(text: str, reach: float) -> None:
    f = of(text)
    exact = [tuple(map(float, root.numbers)) for root in roots_by_elimination(f).roots]
    newton = [tuple(map(float, root.numbers)) for root in roots_by_newton(f, [(-reach, reach)] * len(f.variables))]
    assert len(exact) == len(newton) > 0
    assert np.allclose(sorted(exact), sorted(newton), atol=1e-12)


def test_points_of_transcendental_functions_are_recognised_and_certified() -> None:
    found = stationary_points(of("sin(x)*cos(y)"), window=[(-2, 2), (-2, 2)])
    assert [point.coordinates for point in found.points] == ["(-pi/2, 0)", "(0, -pi/2)", "(0, pi/2)", "(pi/2, 0)"]
    assert [point.kind.name for point in found.points] == ["minimum", "saddle", "saddle", "maximum"]
    assert not found.complete
    assert "there may be others" in "\n".join(found.sentences())


def test_a_small_gradient_far_out_is_no_stationary_point() -> None:
    found = stationary_points(of("exp(-x^2-y^2)"))
    assert [(point.coordinates, point.kind.name) for point in found.points] == [("(0, 0)", "maximum")]


def test_no_points_are_claimed_where_there_are_none() -> None:
    assert stationary_points(of("x + y")).sentences()[0] == "f has no stationary point"
    assert stationary_points(of("x^3/3 + x + y^2")).points == ()
    assert stationary_points(of("x*exp(y)")).sentences()[0] == "no stationary point was found"


def test_kinks_are_not_passed_over_in_silence() -> None:
    found = stationary_points(of("abs(x) + y^2"))
    assert found.points == ()
    assert "where f has a kink it has no gradient" in "\n".join(found.sentences())
    assert found.has_minimum is None


BOUNDS = [
    (SHEET, {"below", "above"}),
    ("x^2 + y^2", {"above"}),
    ("-x^4 + y", {"below", "above"}),
    ("(y-x^2)*(y-3*x^2)", {"below", "above"}),
    ("x^2 + 3*x*y + y^2 + z^2", {"below", "above"}),
    ("x^2 + y^2 + z^2 + w*x", {"below", "above"}),
    ("exp(-x^2-y^2)", set()),
    ("sin(x) + cos(y)", set()),
    ("exp(x) - exp(y)", {"below", "above"}),
    ("log(x) - x", {"below"}),
]


@pytest.mark.parametrize(("text", "sides"), BOUNDS, ids=[row[0] for row in BOUNDS])
def test_unboundedness_is_seen_and_its_witness_holds(text: str, sides: set[str]) -> None:
    f = of(text)
    found = unboundedness(f)
    assert {one.side for one in found} == sides
    for one in found:
        sign = 1 if one.side == "above" else -1
        way = -1.0 if one.toward == "-" else 1.0
        values = []
        for t in (5 * way, 20 * way, 100 * way):
            at = {
                name: evaluate_expression(value, {one.curve.parameter: t} if value.tensors else {})
                for name, value in one.curve.coordinates.items()
            }
            values.append(sign * f.value(at))
        assert values[0] < values[1] < values[2]


def test_the_function_on_a_curve_is_what_the_curve_says() -> None:
    for text in (SHEET, "(x-2*y)^2 + abs(x+y)*y", "x*y*z + (x-y)^4"):
        f = of(text)
        for curve in candidate_curves(f):
            for t in (0.5, -1.25):
                at = {
                    name: evaluate_expression(value, {curve.parameter: t} if value.tensors else {})
                    for name, value in curve.coordinates.items()
                }
                along = evaluate_expression(curve.along, {curve.parameter: t} if curve.along.tensors else {})
                assert f.value(at) == pytest.approx(along)


def test_a_window_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="low below high"):
        stationary_points(of("x*y"), window=[(1, 0), (0, 1)])


def test_points_of_a_function_that_flattens_far_out_are_found() -> None:
    found = stationary_points(of("x*exp(-x^2-y^2)"))
    assert [(point.coordinates, point.kind.name) for point in found.points] == [
        ("(-sqrt(1/2), 0)", "minimum"),
        ("(sqrt(1/2), 0)", "maximum"),
    ]
