"""Sums with their numbers in them."""

from __future__ import annotations

import pytest

from chalkgrad.language import Expression, Tensor, array_of, call
from chalkgrad.reports.numbers import array_box, result_line, spelled, value_box, with_numbers
from chalkgrad.writing.unicode import unicode_text

x, y, z = (Tensor(name)[()] for name in "xyz")
VALUES = {"x": array_of(2), "y": array_of(-3), "z": array_of(0.25)}


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (x + y, "2 + (−3)"),
        (y + x, "−3 + 2"),
        (x - y, "2 − (−3)"),
        (x * y + 1, "2 · (−3) + 1"),
        (-(x + y), "−(2 + (−3))"),
        (x / y, "2/(−3)"),
        (x**2 + y**2, "2² + (−3)²"),
        (call("relu", x * y), "ReLU(2 · (−3))"),
        (call("sigmoid", z), "σ(0.25)"),
        ((x + y) * z, "(2 + (−3)) · 0.25"),
    ],
    ids=str,
)
def test_every_element_is_its_number(expression: Expression, written: str) -> None:
    assert unicode_text(with_numbers(expression, VALUES)) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(3.0, "3"), (-3.0, "−3"), (0.5, "0.5"), (0.731058578, "0.7311"), (1.5e-12, "1.5e−12"), (0.0, "0")],
)
def test_numbers_are_short(value: float, written: str) -> None:
    assert spelled(value) == written


def test_powers_of_ten_are_written_as_such() -> None:
    assert unicode_text(value_box(-1.5e-12)) == "−1.5 · 10⁻¹²"


def test_a_rounded_result_is_said_to_be_one() -> None:
    assert unicode_text(result_line(with_numbers(x + y, VALUES), -1.0)) == "= 2 + (−3) = −1"
    assert unicode_text(result_line(with_numbers(call("sigmoid", x), VALUES), 0.8807970779)) == "= σ(2) ≈ 0.8808"


def test_arrays_are_rows_and_matrices() -> None:
    assert unicode_text(array_box(2.0)) == "2"
    assert "1" in unicode_text(array_box([[1.0, 2.0], [3.0, 4.0]]))
