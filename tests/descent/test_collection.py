"""The classic test functions: gradients against SciPy's differences, minima where they are said to be."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.optimize import approx_fprime

from chalkgrad.descent.collection import TEST_FUNCTIONS, test_function
from chalkgrad.descent.stationary import stationary_points
from chalkgrad.errors import UnknownNameError
from chalkgrad.language import mpmath_arithmetic

ROWS = list(TEST_FUNCTIONS.values())
NAMES = [row.name for row in ROWS]


def within(row, count: int) -> np.ndarray:
    low, high = np.array(row.window).T
    return np.random.default_rng(2).uniform(low, high, (count, len(low)))


def test_there_are_at_least_25_of_them_and_each_names_its_source() -> None:
    assert len(ROWS) >= 25
    assert all(row.source and row.title and len(row.window) == len(row.function.variables) for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_gradients_agree_with_scipys_differences(row) -> None:
    f = row.function
    for point in within(row, 4):
        gradient = np.array(f.gradient_at(point))
        numerical = approx_fprime(point, lambda p: f.value(p), 1e-7)
        assert np.allclose(gradient, numerical, rtol=1e-4, atol=1e-5 * (1 + abs(f.value(point)) + abs(gradient).max()))


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_gradients_agree_with_differences_in_40_digits(row) -> None:
    f, arithmetic = row.function, mpmath_arithmetic(40)
    for point in within(row, 2):
        place = [arithmetic.number(float(entry)) for entry in point]
        gradient = f.gradient_at(place, arithmetic)
        step = mpmath.mpf(10) ** -13
        with mpmath.workdps(40):
            for k, partial in enumerate(gradient):
                ahead, behind = (
                    f.value([entry + sign * step * (i == k) for i, entry in enumerate(place)], arithmetic)
                    for sign in (1, -1)
                )
                assert abs((ahead - behind) / (2 * step) - partial) <= 1e-18 * (1 + abs(partial)) * 10**4


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_many_points_at_once_give_the_same(row) -> None:
    points = within(row, 5)
    assert np.allclose(row.function.at_points(points), [row.function.value(p) for p in points], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("row", [row for row in ROWS if row.minima], ids=[row.name for row in ROWS if row.minima])
def test_the_minima_are_where_they_are_said_to_be(row) -> None:
    f = row.function
    for minimum in row.minima:
        assert f.value(minimum) == pytest.approx(row.least, abs=2e-7)
        assert all(low <= entry <= high for entry, (low, high) in zip(minimum, row.window, strict=True))
        if row.smooth:
            curved = 1 + np.abs(f.hessian_at(minimum)).max()
            assert np.abs(f.gradient_at(minimum)).max() <= 1e-7 * curved
            assert np.linalg.eigvalsh(np.array(f.hessian_at(minimum))).min() >= -1e-7 * curved


@pytest.mark.parametrize("row", [row for row in ROWS if row.minima], ids=[row.name for row in ROWS if row.minima])
def test_no_point_of_the_window_lies_below_the_least_value(row) -> None:
    assert row.function.at_points(within(row, 20_000)).min() >= row.least - 1e-9


def test_the_sheets_function_has_no_minimum() -> None:
    sheet = test_function("sheet")
    assert sheet.least is None
    assert stationary_points(sheet.function).has_minimum is False


def test_names_are_found_as_people_spell_them() -> None:
    assert test_function("Six-hump camel").name == "six_hump_camel"
    assert test_function("Colville").name == "wood"
    with pytest.raises(UnknownNameError, match="did you mean 'rosenbrock'"):
        test_function("rosenbrok")
