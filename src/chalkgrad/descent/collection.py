"""Classic test functions of optimisation, each with a window to look at, its known minima, and its source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import pi, sqrt

from chalkgrad.descent.function import ScalarFunction, function_of_program
from chalkgrad.networks.tables import row_named
from chalkgrad.reading.programs import read_function

_SURVEY = "Jamil and Yang, A literature survey of benchmark functions for global optimisation problems, 2013"
_MORE = "Moré, Garbow and Hillstrom, Testing unconstrained optimization software, 1981"


@dataclass(frozen=True)
class TestFunction:
    """A row: the text that defines the function, (low, high) for each variable, its least value and where it is taken.

    `least` is None for a function without a least value. `smooth` is False where it has no gradient at a minimum.

    >>> himmelblau = test_function("Himmelblau")
    >>> himmelblau.function.value(himmelblau.minima[0]), len(himmelblau.minima)
    (0.0, 4)
    """

    __test__ = False  # its name is not meant for pytest

    name: str
    title: str
    text: str
    window: tuple[tuple[float, float], ...]
    least: float | None
    minima: tuple[tuple[float, ...], ...]
    source: str
    aliases: tuple[str, ...] = ()
    smooth: bool = True

    @cached_property
    def function(self) -> ScalarFunction:
        """The function itself."""
        return function_of_program(read_function(self.text))


def _plane(reach: float) -> tuple[tuple[float, float], ...]:
    return ((-reach, reach), (-reach, reach))


_LEVY = (
    "f(x, y) = sin(pi*(3+x)/4)^2 + ((x-1)/4)^2*(1 + 10*sin(pi*(3+x)/4 + 1)^2) + ((y-1)/4)^2*(1 + sin(2*pi*(3+y)/4)^2)"
)
_ROWS = (
    TestFunction(
        "sheet", "the function of the homework sheet", "f(x, y) = (1-x^3) + 100*(y^2-x)^2",
        ((-2, 3), (-2, 2)), None, (), "a homework sheet on gradient descent: like Rosenbrock's, but without a minimum",
    ),
    TestFunction("sphere", "Sphere", "f(x, y) = x^2 + y^2", _plane(3), 0, ((0, 0),), "De Jong, 1975"),
    TestFunction(
        "rosenbrock", "Rosenbrock", "f(x, y) = (1-x)^2 + 100*(y-x^2)^2", ((-2, 2), (-1, 3)), 0, ((1, 1),),
        "Rosenbrock, An automatic method for finding the greatest or least value of a function, 1960", ("banana",),
    ),
    TestFunction(
        "rosenbrock_3d", "Rosenbrock in three variables",
        "f(x, y, z) = (1-x)^2 + 100*(y-x^2)^2 + (1-y)^2 + 100*(z-y^2)^2", ((-2, 2),) * 3, 0, ((1, 1, 1),), _SURVEY,
    ),
    TestFunction(
        "himmelblau", "Himmelblau", "f(x, y) = (x^2+y-11)^2 + (x+y^2-7)^2", _plane(5), 0,
        (
            (3, 2), (-2.805118086952745, 3.131312518250573), (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        "Himmelblau, Applied nonlinear programming, 1972",
    ),
    TestFunction(
        "beale", "Beale", "f(x, y) = (1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2", _plane(4.5), 0,
        ((3, 0.5),), _MORE,
    ),
    TestFunction("booth", "Booth", "f(x, y) = (x + 2*y - 7)^2 + (2*x + y - 5)^2", _plane(10), 0, ((1, 3),), _SURVEY),
    TestFunction("matyas", "Matyas", "f(x, y) = 0.26*(x^2 + y^2) - 0.48*x*y", _plane(10), 0, ((0, 0),), _SURVEY),
    TestFunction(
        "goldstein_price", "Goldstein–Price",
        "f(x, y) = (1 + (x+y+1)^2*(19 - 14*x + 3*x^2 - 14*y + 6*x*y + 3*y^2))"
        "*(30 + (2*x-3*y)^2*(18 - 32*x + 12*x^2 + 48*y - 36*x*y + 27*y^2))",
        _plane(2), 3, ((0, -1),), "Goldstein and Price, On descent from local minima, 1971",
    ),
    TestFunction(
        "branin", "Branin", "f(x, y) = (y - 5.1/(4*pi^2)*x^2 + 5/pi*x - 6)^2 + 10*(1 - 1/(8*pi))*cos(x) + 10",
        ((-5, 10), (0, 15)), 10 / (8 * pi), ((-pi, 12.275), (pi, 2.275), (3 * pi, 2.475)),
        "Branin, Widely convergent method for finding multiple solutions, 1972", ("branin_hoo",),
    ),
    TestFunction(
        "six_hump_camel", "Six-hump camel", "f(x, y) = (4 - 2.1*x^2 + x^4/3)*x^2 + x*y + (-4 + 4*y^2)*y^2",
        ((-2, 2), (-1, 1)), -1.031628453489877,
        ((0.08984201310, -0.71265640283), (-0.08984201310, 0.71265640283)), _SURVEY,
    ),
    TestFunction(
        "three_hump_camel", "Three-hump camel", "f(x, y) = 2*x^2 - 1.05*x^4 + x^6/6 + x*y + y^2", _plane(2.5), 0,
        ((0, 0),), _SURVEY,
    ),
    TestFunction(
        "styblinski_tang", "Styblinski–Tang", "f(x, y) = (x^4 - 16*x^2 + 5*x + y^4 - 16*y^2 + 5*y)/2", _plane(5),
        -78.33233140754282, ((-2.903534027771177, -2.903534027771177),), "Styblinski and Tang, 1990",
    ),
    TestFunction(
        "rastrigin", "Rastrigin", "f(x, y) = 20 + x^2 - 10*cos(2*pi*x) + y^2 - 10*cos(2*pi*y)", _plane(5.12), 0,
        ((0, 0),), "Rastrigin, Systems of extremal control, 1974",
    ),
    TestFunction(
        "ackley", "Ackley",
        "f(x, y) = -20*exp(-0.2*sqrt((x^2+y^2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2) + exp(1) + 20", _plane(5), 0,
        ((0, 0),), "Ackley, A connectionist machine for genetic hillclimbing, 1987", smooth=False,
    ),
    TestFunction(
        "griewank", "Griewank", "f(x, y) = 1 + (x^2 + y^2)/4000 - cos(x)*cos(y/sqrt(2))", _plane(10), 0, ((0, 0),),
        "Griewank, Generalized descent for global optimization, 1981",
    ),
    TestFunction(
        "easom", "Easom", "f(x, y) = -cos(x)*cos(y)*exp(-(x-pi)^2 - (y-pi)^2)", ((0, 6), (0, 6)), -1, ((pi, pi),),
        "Easom, A survey of global optimization techniques, 1990",
    ),
    TestFunction(
        "mccormick", "McCormick", "f(x, y) = sin(x+y) + (x-y)^2 - 1.5*x + 2.5*y + 1", ((-1.5, 4), (-3, 4)),
        -1.913222954981037, ((-0.5471975511965976, -1.547197551196598),), _SURVEY,
    ),
    TestFunction("levy", "Lévy", _LEVY, _plane(10), 0, ((1, 1),), "Levy and Montalvo, The tunneling algorithm, 1985"),
    TestFunction(
        "levy_13", "Lévy N. 13",
        "f(x, y) = sin(3*pi*x)^2 + (x-1)^2*(1 + sin(3*pi*y)^2) + (y-1)^2*(1 + sin(2*pi*y)^2)", _plane(4), 0, ((1, 1),),
        _SURVEY,
    ),
    TestFunction(
        "powell", "Powell's singular function",
        "f(x, y, z, w) = (x+10*y)^2 + 5*(z-w)^2 + (y-2*z)^4 + 10*(x-w)^4", ((-4, 5),) * 4, 0, ((0, 0, 0, 0),), _MORE,
    ),
    TestFunction(
        "wood", "Wood",
        "f(x, y, z, w) = 100*(x^2-y)^2 + (x-1)^2 + (z-1)^2 + 90*(z^2-w)^2"
        " + 10.1*((y-1)^2 + (w-1)^2) + 19.8*(y-1)*(w-1)",
        ((-4, 4),) * 4, 0, ((1, 1, 1, 1),), _MORE, ("colville",),
    ),
    TestFunction(
        "zakharov", "Zakharov", "f(x, y) = x^2 + y^2 + (x/2 + y)^2 + (x/2 + y)^4", _plane(5), 0, ((0, 0),), _SURVEY
    ),
    TestFunction(
        "dixon_price", "Dixon–Price", "f(x, y) = (x-1)^2 + 2*(2*y^2 - x)^2", _plane(3), 0,
        ((1, sqrt(0.5)), (1, -sqrt(0.5))), "Dixon and Price, The truncated Newton method, 1989",
    ),
    TestFunction(
        "bohachevsky", "Bohachevsky", "f(x, y) = x^2 + 2*y^2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7", _plane(2), 0,
        ((0, 0),), "Bohachevsky, Johnson and Stein, 1986",
    ),
    TestFunction(
        "schaffer_2", "Schaffer N. 2", "f(x, y) = 1/2 + (sin(x^2-y^2)^2 - 1/2)/(1 + 0.001*(x^2+y^2))^2", _plane(4), 0,
        ((0, 0),), "Schaffer, Multiple objective optimization with vector evaluated genetic algorithms, 1985",
    ),
    TestFunction(
        "trid", "Trid", "f(x, y) = (x-1)^2 + (y-1)^2 - x*y", _plane(4), -2, ((2, 2),), "Neumaier, 2003"
    ),
    TestFunction(
        "freudenstein_roth", "Freudenstein–Roth",
        "f(x, y) = (-13 + x + ((5-y)*y - 2)*y)^2 + (-29 + x + ((y+1)*y - 14)*y)^2", ((-5, 15), (-3, 6)), 0, ((5, 4),),
        _MORE,
    ),
    TestFunction(
        "cube", "Cube", "f(x, y) = (1-x)^2 + 100*(y-x^3)^2", _plane(1.5), 0, ((1, 1),), _SURVEY, ("leon",)
    ),
    TestFunction(
        "qing", "Qing", "f(x, y) = (x^2-1)^2 + (y^2-2)^2", _plane(2.5), 0,
        tuple((x, y) for x in (1.0, -1.0) for y in (sqrt(2), -sqrt(2))), _SURVEY,
    ),
    TestFunction(
        "michalewicz", "Michalewicz", "f(x, y) = -sin(x)*sin(x^2/pi)^20 - sin(y)*sin(2*y^2/pi)^20", ((0, pi), (0, pi)),
        -1.801303410098554, ((2.202905520, 1.570796327),), "Michalewicz, Genetic algorithms, 1992",
    ),
    TestFunction(
        "hosaki", "Hosaki", "f(x, y) = (1 - 8*x + 7*x^2 - 7*x^3/3 + x^4/4)*y^2*exp(-y)", ((0, 5), (0, 6)),
        -2.345811576101292, ((4, 2),), _SURVEY,
    ),
    TestFunction(
        "exponential", "Exponential", "f(x, y) = -exp(-(x^2+y^2)/2)", _plane(2), -1, ((0, 0),), _SURVEY
    ),
    TestFunction(
        "peaks", "Peaks",
        "f(x, y) = 3*(1-x)^2*exp(-x^2-(y+1)^2) - 10*(x/5 - x^3 - y^5)*exp(-x^2-y^2) - exp(-(x+1)^2-y^2)/3", _plane(3),
        -6.551133332835841, ((0.228278920, -1.625534953),), "the demonstration surface of MATLAB",
    ),
    TestFunction(
        "schwefel", "Schwefel",
        "f(x, y) = 837.9657745448674 - x*sin(sqrt(abs(x))) - y*sin(sqrt(abs(y)))", _plane(500), 0,
        ((420.968746359982, 420.968746359982),), "Schwefel, Numerical optimization of computer models, 1981",
    ),
    TestFunction(
        "drop_wave", "Drop-wave", "f(x, y) = -(1 + cos(12*sqrt(x^2+y^2)))/((x^2+y^2)/2 + 2)", _plane(2), -1, ((0, 0),),
        _SURVEY, smooth=False,
    ),
    TestFunction(
        "bukin_6", "Bukin N. 6", "f(x, y) = 100*sqrt(abs(y - x^2/100)) + abs(x+10)/100", ((-15, -5), (-3, 3)), 0,
        ((-10, 1),), _SURVEY, smooth=False,
    ),
)  # fmt: skip
TEST_FUNCTIONS: dict[str, TestFunction] = {row.name: row for row in _ROWS}


def test_function(name: str) -> TestFunction:
    """The row with this name or alias; case and hyphens do not matter. Raises `UnknownNameError` with the nearest.

    >>> test_function("Goldstein-Price").title
    'Goldstein–Price'
    """
    return row_named("test function", name, TEST_FUNCTIONS.values())


test_function.__test__ = False  # type: ignore[attr-defined]  # its name is not meant for pytest
