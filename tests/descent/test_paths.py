"""Descents: the recursions written out by hand, SciPy's and PyTorch's optimisers, and why each run stopped."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from chalkgrad.descent.diagnosis import Stop, curvature, largest_stable_rate, oscillates, stagnates
from chalkgrad.descent.function import function_of_program
from chalkgrad.descent.paths import descend, step_program, sweep
from chalkgrad.descent.schedules import SCHEDULES, cosine
from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError
from chalkgrad.language import validate
from chalkgrad.networks import OPTIMISERS, optimiser_named
from chalkgrad.reading.programs import read_function

SHEET = "(1-x^3) + 100*(y^2-x)^2"


def of(text: str):
    return function_of_program(read_function(text))


def test_gradient_descent_is_its_recursion() -> None:
    f, p = of(SHEET), np.array([-1.0, 1.0])
    path = descend(f, p, rate=0.001, steps=50)
    for k in range(51):
        assert np.allclose(path.points[k], p, rtol=1e-12)
        x, y = p
        p = p - 0.001 * np.array([-3 * x**2 - 200 * (y**2 - x), 400 * y * (y**2 - x)])


def test_momentum_is_the_recursion_of_the_sheet() -> None:
    f, p, v = of(SHEET), np.array([-1.0, 1.0]), np.zeros(2)
    path = descend(f, p, "momentum", rate=0.0001, momentum=0.8, steps=50)
    for k in range(51):
        assert np.allclose(path.points[k], p, rtol=1e-12)
        x, y = p
        v = 0.8 * v + 0.0001 * np.array([-3 * x**2 - 200 * (y**2 - x), 400 * y * (y**2 - x)])
        p = p - v


TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.01, eps=1e-10),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_goes_where_pytorchs_goes(name: str) -> None:
    path = descend(of("x^2 + 3*sin(y)^2 + x*y"), [1.0, 0.5], name, rate=0.01, steps=40)
    x, y = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (1.0, 0.5))
    optimiser = TORCH[name]([x, y])
    for k in range(40):
        assert np.allclose(path.points[k], [x.item(), y.item()], rtol=1e-10, atol=1e-12)
        optimiser.zero_grad()
        (x**2 + 3 * torch.sin(y) ** 2 + x * y).backward()
        optimiser.step()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_step_is_a_valid_program_whatever_the_variables_are_called(name: str) -> None:
    for text in ("x*y", "t*rate + momentum^2", "v*m_x + p*g*s*x"):
        validate(step_program(of(text), optimiser_named(name)))


def test_variables_with_the_names_of_settings_descend_all_the_same() -> None:
    one = descend(of("x^2 + 2*y^2"), [1, 1], "adam", rate=0.1, steps=20)
    other = descend(of("t^2 + 2*rate^2"), [1, 1], "adam", rate=0.1, steps=20)
    assert np.array_equal(one.points, other.points)


def test_a_sweep_is_its_descents() -> None:
    f = of(SHEET)
    starts = np.random.default_rng(0).uniform(-1, 1, (20, 2))
    for path, start in zip(sweep(f, starts, "adam", rate=0.01, steps=60), starts, strict=True):
        alone = descend(f, start, "adam", rate=0.01, steps=60)
        assert path.stop is alone.stop
        assert np.allclose(path.points, alone.points, rtol=1e-12)


STOPS = [
    ("x^2 + y^2", [1, 1], {"rate": 0.1}, Stop.CONVERGED),
    ("x^2 + y^2", [0, 0], {"rate": 0.1}, Stop.CONVERGED),
    ("x^2 + y^2", [1, 1], {"rate": 0.1, "steps": 3}, Stop.MAX_STEPS),
    ("x^2 + y^2", [1, 1], {"rate": 0.1, "steps": 0}, Stop.MAX_STEPS),
    ("x^2 + y^2", [1, 1], {"rate": 1.1}, Stop.DIVERGED),
    ("x^2 - y^2", [1, 1], {"rate": 0.1}, Stop.DIVERGED),
    ("x^2 - y^2", [1, 1], {"rate": 0.1, "window": [(-3, 3), (-3, 3)]}, Stop.LEFT_WINDOW),
    ("log(x) + y^2", [0.1, 1], {"rate": 0.5}, Stop.UNDEFINED),
    ("log(x) + y^2", [-1, 1], {"rate": 0.5}, Stop.UNDEFINED),
    (SHEET, [-1, 1], {"rate": 0.01}, Stop.DIVERGED),
    (SHEET, [-1, 1], {"rate": 0.0003}, Stop.MAX_STEPS),
]


@pytest.mark.parametrize(("text", "start", "settings", "stop"), STOPS)
def test_every_reason_to_stop_is_named(text, start, settings, stop) -> None:
    path = descend(of(text), start, **settings)
    assert path.stop is stop
    assert len(path.points) == len(path.values) == len(path.slopes) == path.steps + 1
    assert path.explanation
    assert all(np.isfinite(value) for value in path.end.values())


def test_explanations_hold_the_rate_against_the_largest_stable_one() -> None:
    f = of("x^2 + 100.2*y^2")
    assert curvature(f, np.array([1.0, 1.0])) == pytest.approx(200.4)
    high = descend(f, [1, 1], rate=0.02).explanation
    assert high.startswith("rate 0.02 exceeds 2/L = 0.00998004 at the start (L = 200.4): it oscillates and diverges")
    low = descend(f, [1, 1], rate=0.004).explanation
    assert low.startswith("rate 0.004 is below 2/L = 0.00998004 at the start")


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("momentum", [0.3, 0.9])
def test_the_largest_stable_rate_is_where_a_parabola_stops_converging(name: str, momentum: float) -> None:
    f, row = of("5*x^2"), optimiser_named(name)
    settings = {} if name == "sgd" else {"momentum": momentum}
    bound = largest_stable_rate(row, settings, 10.0)
    assert bound is not None
    assert descend(f, [1], name, rate=0.97 * bound, steps=4000, **settings).stop is Stop.CONVERGED
    assert descend(f, [1], name, rate=1.03 * bound, steps=4000, **settings).stop is Stop.DIVERGED


def test_a_domain_error_is_named_with_its_step() -> None:
    explanation = descend(of("log(x) + y^2"), [0.1, 1], rate=0.5).explanation
    assert "at step 1" in explanation
    assert "log(-4.9) is not defined; log needs positive numbers" in explanation


def test_stagnation_and_oscillation_are_told_apart() -> None:
    back_and_forth = np.array([[(-1.0) ** k] for k in range(30)])
    assert oscillates(back_and_forth)
    assert not oscillates(np.linspace(1, 0, 30)[:, None])
    assert stagnates(np.concatenate([[1.0], np.full(120, 0.5)]))
    assert not stagnates(np.linspace(1, 0, 120))
    assert "oscillates" in descend(of("x^2"), [1], rate=1.0, steps=100).explanation
    assert "stagnates" in descend(of(SHEET), [-1, 1], rate=0.001).explanation


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_begin_with_the_rate_and_never_rise(name: str) -> None:
    rates = [SCHEDULES[name](0.5, step, 100) for step in range(1, 101)]
    assert rates[0] == 0.5
    assert all(later <= earlier for earlier, later in pairwise(rates))
    assert min(rates) > 0


def test_a_schedule_is_used_at_every_step() -> None:
    path = descend(of("x"), [0.0], rate=1.0, steps=4, schedule=SCHEDULES["1/t"])
    assert path.points[:, 0].tolist() == pytest.approx([0, -1, -1.5, -1 - 1 / 2 - 1 / 3, -1 - 1 / 2 - 1 / 3 - 1 / 4])
    assert descend(of("x"), [0.0], rate=1.0, steps=2, schedule=cosine).points[-1, 0] == pytest.approx(-1.5)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"start": [1]}, ShapeError, "1 numbers"),
        ({"start": {"x": 1, "z": 1}}, UnknownNameError, "variable of f 'z'"),
        ({"method": "adan"}, UnknownNameError, "did you mean 'adam'"),
        ({"momentun": 0.1}, UnknownNameError, "hyper-parameter of sgd"),
        ({"steps": -1}, ChalkgradError, "number of steps"),
        ({"steps": 10**9}, ChalkgradError, "number of steps"),
        ({"window": [(0, 1)]}, ShapeError, "window"),
    ],
)
def test_what_does_not_fit_is_refused(settings, error, words) -> None:
    with pytest.raises(error, match=words):
        descend(of("x*y"), **{"start": [1, 1], **settings})
    with pytest.raises(ShapeError, match="starts"):
        sweep(of("x*y"), np.ones(2))
