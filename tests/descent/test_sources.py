"""A function given in any way is the same function; what is misspelt or undefined is told with its place."""

from __future__ import annotations

import pytest

from chalkgrad.descent.collection import TEST_FUNCTIONS
from chalkgrad.descent.sources import function_of_partials, function_of_source, is_latex, named
from chalkgrad.errors import ProgramError, ReadingError, UnknownNameError
from chalkgrad.language import Tensor

X, Y = Tensor("x")[()], Tensor("y")[()]
SAME = [
    "(1-x)^2 + 100*(y-x^2)^2",
    "f(x, y) = (1-x)^2 + 100*(y-x^2)^2",
    r"(1-x)^2 + 100\left(y - x^2\right)^2",
    r"$f(x, y) = (1-x)^{2} + 100(y-x^{2})^{2}$",
    lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    (1 - X) ** 2 + 100 * (Y - X**2) ** 2,
    "rosenbrock",
    "Rosenbrock",
]


@pytest.mark.parametrize("source", SAME)
def test_every_way_to_give_a_function_gives_the_same(source) -> None:
    function = function_of_source(source)
    assert function.variables == ("x", "y")
    assert str(function.expression) == "(1 - x)^2 + 100*(y - x^2)^2"


def test_variables_are_in_the_order_that_was_given_or_of_the_alphabet() -> None:
    assert function_of_source("100*(y^2-x)^2").variables == ("x", "y")
    assert function_of_source(r"100(y^2-x)^2 + \frac{x}{2}").variables == ("x", "y")
    assert function_of_source("f(y, x) = x - y").variables == ("y", "x")
    assert function_of_source(r"f(y, x) = \sin x - y").variables == ("y", "x")
    assert function_of_source("x - y", ["y", "x", "z"]).variables == ("y", "x", "z")
    assert function_of_source(lambda v, u: u - v).variables == ("v", "u")


@pytest.mark.parametrize("row", TEST_FUNCTIONS.values(), ids=list(TEST_FUNCTIONS))
def test_the_collection_is_reached_by_name_and_title(row) -> None:
    assert function_of_source(row.name) == row.function
    assert named(row.name.replace("_", "-").capitalize()) is row


def test_accents_and_dashes_of_names_do_not_matter() -> None:
    assert named("Lévy") is TEST_FUNCTIONS["levy"]
    assert named("Goldstein–Price") is TEST_FUNCTIONS["goldstein_price"]
    assert named("x-y") is None
    assert named("theta") is None


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("rosenbrok", UnknownNameError, "did you mean 'rosenbrock'"),
        ("f(x, y) = x + z", ReadingError, "column 15: z is not a variable of f; expected x, y"),
        (r"f(x, y) = \frac{x}{z}", ReadingError, "'z' is used but nothing says what it is"),
        ("x^2 +", ReadingError, "column 6"),
        (r"\frac{x}{", ReadingError, "never closed"),
        (r"x = y = z", ReadingError, "column"),
        (r"\sin x = \cos y", ReadingError, "not the definition of a function"),
        ("x[i]", ReadingError, "index i"),
        (r"x, \quad y = 2", ReadingError, "formulas|definition"),
        ("sinn(x)", UnknownNameError, "did you mean 'sin'"),
        ("2 + 3", ProgramError, "no variables"),
        (3, ProgramError, "not a function"),
    ],
)
def test_what_is_no_function_is_refused_with_the_place(source, error, words: str) -> None:
    with pytest.raises(error, match=words):
        function_of_source(source)


def test_a_name_that_is_no_variable_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="variable of f 'z'"):
        function_of_source("x + z", ["x", "y"])


@pytest.mark.parametrize("text", ["__import__('os').system('true')", "().__class__", "lambda x: x", "x; import os"])
def test_text_is_never_executed(text: str) -> None:
    with pytest.raises((ReadingError, UnknownNameError, ProgramError)):
        function_of_source(text)


def test_latex_is_told_from_plain_text() -> None:
    assert [is_latex(text) for text in ("x^{2}", r"\sin x", "$x$", "x^2", "sin(x)")] == [True, True, True, False, False]


def test_latex_products_subscripts_and_sums() -> None:
    assert str(function_of_source(r"xy + \cosh(xy)").expression) == "x*y + cosh(x*y)"
    assert function_of_source(r"x_1^2 + \theta x_{2}").variables == ("theta", "x_1", "x_2")
    power_sum = function_of_source(r"\sum_{i=1}^{3} x^i")
    assert power_sum.variables == ("x",)
    assert power_sum.value([2]) == 14
    assert function_of_source(r"e^{-x^2}\sin(\pi y)").value([0, 0.5]) == pytest.approx(1)


def test_partials_give_the_function_back() -> None:
    sheet = function_of_partials({"x": "-3x^2 - 200*(y^2-x)", "y": r"400y\left(y^2-x\right)"})
    assert [str(partial) for partial in sheet.gradient] == ["200*x - 3*x^2 - 200*y^2", "400*(y^2 - x)*y"]
    mixed = function_of_partials({"x": lambda x, y: 2 * x * y, "y": X**2 + 1})
    assert mixed.value([3, 2]) - mixed.value([0, 0]) == 20
    assert str(function_of_partials({"x": "3", "y": "0"}).expression) == "3*x"


def test_partials_of_no_function_are_refuted_with_both_values() -> None:
    with pytest.raises(ProgramError, match=r"by x and then by y gives .* = 1, by y and then by x gives .* = 2, at x ="):
        function_of_partials({"x": "y", "y": "2*x"})
    with pytest.raises(ProgramError, match="no partials"):
        function_of_partials({})
    with pytest.raises(UnknownNameError, match="'z'"):
        function_of_partials({"x": "z"})
