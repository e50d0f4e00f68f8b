"""Any method by its name: settings where it has them, refusals where it has not."""

from __future__ import annotations

import pytest

from chalkgrad.descent.diagnosis import Stop
from chalkgrad.descent.runs import method_names, run, takes_rate
from chalkgrad.descent.schedules import SCHEDULES
from chalkgrad.descent.setting import default_rate, default_start
from chalkgrad.descent.sources import function_of_source
from chalkgrad.errors import ChalkgradError, UnknownNameError

BOWL = function_of_source("(x-1)^2 + 3*y^2")
SHEET = function_of_source("sheet")
PROMISED = [
    "gd",
    "momentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "adam",
    "adamw",
    "newton",
    "damped-newton",
    "bfgs",
    "l-bfgs",
    "armijo",
    "wolfe",
]


def test_all_promised_methods_are_there() -> None:
    assert list(method_names()) == PROMISED


@pytest.mark.parametrize("method", PROMISED)
def test_every_method_goes_down_a_bowl(method: str) -> None:
    path = run(BOWL, [0, 2], method, rate=0.05 if takes_rate(method) else None, steps=2000)
    assert path.values[-1] < 0.05 * path.values[0]
    assert path.explanation


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_is_reached_by_name(schedule: str) -> None:
    path = run(BOWL, [0, 2], "gd", rate=0.1, steps=50, schedule=schedule)
    assert path.values[-1] < path.values[0]


def test_hyper_parameters_and_stopping_rules_are_passed_on() -> None:
    light = run(BOWL, [0, 2], "momentum", rate=0.02, momentum=0.1)
    assert light.hyper_parameters == {"rate": 0.02, "momentum": 0.1}
    assert run(BOWL, [0, 2], "gd", rate=0.1, tolerance=0.5).slopes[-1] > 0.05
    assert run(BOWL, [0, 2], "gd", rate=0.1, window=[(-1, 0.1), (-3, 3)]).stop is Stop.LEFT_WINDOW
    assert run(SHEET, [-1, 1], "bfgs", window=[(-2, 2), (-2, 2)]).stop is Stop.LEFT_WINDOW


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"method": "bgfs"}, UnknownNameError, "did you mean 'bfgs'"),
        ({"schedule": "cosin"}, UnknownNameError, "did you mean 'cosine'"),
        ({"rate": -0.1}, ChalkgradError, "greater than 0"),
        ({"rate": float("nan")}, ChalkgradError, "greater than 0"),
        ({"tolerance": -1}, ChalkgradError, "tolerance"),
        ({"method": "newton", "rate": 0.1}, ChalkgradError, "takes no rate"),
        ({"method": "gd", "momentum": 0.1}, UnknownNameError, "hyper-parameter of sgd"),
    ],
)
def test_what_does_not_fit_is_refused(settings, error, words: str) -> None:
    with pytest.raises(error, match=words):
        run(BOWL, [0, 2], **settings)


def test_a_rate_that_becomes_too_great_on_the_way_is_explained() -> None:
    told = run(SHEET, [-1, 1], "momentum", rate=0.001).explanation
    assert told.startswith("rate 0.001 is below 2(1 + α)/L = 0.00222662 at the start")
    assert "it exceeds 2(1 + α)/L = 0.000675726 at step 11" in told


def test_a_domain_error_is_told_with_the_step_and_the_point() -> None:
    told = run(function_of_source("log(x) + y^2"), [1, 1], "gd", rate=0.5).explanation
    assert "at step 2, at x = -0.5, y = 0, f has no value: in f = log(x) + y^2: log(-0.5)" in told


def test_a_method_that_finds_no_further_step_is_stuck() -> None:
    path = run(function_of_source("log(x) + y^2"), [1, 1], "bfgs")
    assert path.stop is Stop.STUCK
    assert "no further step lowers f" in path.explanation


def test_defaults_are_within_the_domain_and_stable() -> None:
    start = default_start(function_of_source("log(-x-1) + sqrt(y+1)"))
    assert start["x"] < -1
    assert start["y"] > -1
    assert default_start(BOWL, [(0, 10), (0, 100)]) == {"x": 2.0, "y": 80.0}
    with pytest.raises(ChalkgradError, match="where to start"):
        default_start(function_of_source("log(-x^2-1) + y"))
    for method in ("gd", "momentum", "nesterov"):
        path = run(BOWL, [0, 2], method, rate=default_rate(BOWL, [0, 2], method))
        assert path.stop is Stop.CONVERGED
