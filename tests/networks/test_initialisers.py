"""The spread of every distribution against its paper's formula, seeds, and defaults."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chalkgrad.errors import UnknownNameError
from chalkgrad.networks import INITIALISERS, NetworkSpec, default_initialiser, initialise, initialiser_named

INPUTS, OUTPUTS = 300, 200
DEVIATIONS = {
    "he_normal": math.sqrt(2 / INPUTS),
    "he_uniform": math.sqrt(2 / INPUTS),
    "glorot_normal": math.sqrt(2 / (INPUTS + OUTPUTS)),
    "glorot_uniform": math.sqrt(2 / (INPUTS + OUTPUTS)),
    "lecun_normal": math.sqrt(1 / INPUTS),
    "lecun_uniform": math.sqrt(1 / INPUTS),
    "uniform": math.sqrt(1 / (3 * INPUTS)),
    "zeros": 0.0,
}
SPEC = NetworkSpec((INPUTS, OUTPUTS, 1), ("relu", "sigmoid"), "bce")


@pytest.mark.parametrize("name", INITIALISERS)
def test_mean_and_standard_deviation(name: str) -> None:
    weights = initialise(SPEC, name, seed=7)["W1"]
    assert weights.shape == (INPUTS, OUTPUTS)
    assert weights.dtype == np.float64
    assert weights.std() == pytest.approx(DEVIATIONS[name], rel=0.02)
    assert abs(weights.mean()) <= 0.02 * DEVIATIONS[name]


@pytest.mark.parametrize("name", [name for name in INITIALISERS if "uniform" in name])
def test_uniform_draws_fill_their_interval_and_stay_inside(name: str) -> None:
    weights = initialise(SPEC, name, seed=7)["W1"]
    bound = DEVIATIONS[name] * math.sqrt(3)
    assert 0.999 * bound < np.abs(weights).max() <= bound


@pytest.mark.parametrize("name", INITIALISERS)
def test_biases(name: str) -> None:
    biases = initialise(SPEC, name, seed=7)["b1"]
    if name == "uniform":
        assert 0 < np.abs(biases).max() <= 1 / math.sqrt(INPUTS)
    else:
        assert not biases.any()


def test_a_seed_repeats_and_another_differs() -> None:
    first, again, other = (initialise(SPEC, seed=seed) for seed in (1, 1, 2))
    assert list(first) == ["W1", "b1", "W2", "b2"]
    assert all((first[name] == again[name]).all() for name in first)
    assert not (first["W1"] == other["W1"]).any()


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        ("relu", "he_normal"),
        ("leaky_relu", "he_normal"),
        ("gelu", "he_normal"),
        ("selu", "lecun_normal"),
        ("tanh", "glorot_uniform"),
        ("sigmoid", "glorot_uniform"),
        ("softmax", "glorot_uniform"),
        ("identity", "glorot_uniform"),
    ],
)
def test_defaults(activation: str, name: str) -> None:
    assert default_initialiser(activation).name == name


def test_each_layer_has_the_default_of_its_activation() -> None:
    spec = NetworkSpec((300, 200, 100), ("relu", "tanh"), "mse")
    weights = initialise(spec, seed=3)
    assert weights["W1"].std() == pytest.approx(math.sqrt(2 / 300), rel=0.02)
    assert np.abs(weights["W2"]).max() <= math.sqrt(6 / 300)


def test_names() -> None:
    assert [initialiser_named(name).name for name in ("He", "Kaiming uniform", "Xavier", "LeCun", "zero")] == [
        "he_normal",
        "he_uniform",
        "glorot_uniform",
        "lecun_normal",
        "zeros",
    ]
    with pytest.raises(UnknownNameError, match="there is no initialiser 'glorott'; did you mean 'glorot'"):
        initialise(SPEC, "glorott")
