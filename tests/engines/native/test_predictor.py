"""Compiled prediction against the NumPy engine: every activation and output, any number of rows, one row at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalkgrad.engines.lowering import LoweringError
from chalkgrad.engines.native.predictor import NativePredictor
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.numpy_training import network_output
from chalkgrad.errors import ShapeError, UnknownNameError
from chalkgrad.language import FUNCTIONS, Axis, Definition, Program, Role, Tensor, matrix_function, summation
from chalkgrad.networks import Network, NetworkSpec, initialise

ACTIVATIONS = sorted(name for name in FUNCTIONS if FUNCTIONS[name].kinks or FUNCTIONS[name].definition)
HIDDEN = [name for name in ACTIVATIONS if not FUNCTIONS[name].domain and name not in ("step", "sign")]
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def both(spec: NetworkSpec, rows: int, dtype: str, threads: int = 1) -> tuple[NativePredictor, Any, Any]:
    """The predictor, inputs, and what NumPy makes of them."""
    program = Network(spec).program
    parameters = {name: value + 0.05 for name, value in initialise(spec, seed=1).items()}
    output = network_output(program)
    x = np.random.default_rng(rows).normal(size=(rows, spec.sizes[0]))
    expected = compile_numpy(program.needed_for(output))(x=x, **parameters)[output.name]
    return NativePredictor(program, output, parameters, dtype=dtype, threads=threads), x, expected


@pytest.mark.parametrize("activation", HIDDEN)
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_every_activation_is_the_numpy_engines(activation: str, dtype: str) -> None:
    predictor, x, expected = both(NetworkSpec((3, 5, 1), (activation, "sigmoid"), "bce"), 37, dtype)
    np.testing.assert_allclose(predictor(x), expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("rows", [0, 1, 15, 16, 17, 511, 512, 513, 1300])
@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_rows(rows: int, threads: int) -> None:
    predictor, x, expected = both(
        NetworkSpec((7, 20, 4), ("tanh", "softmax"), "cross_entropy"), rows, "float64", threads
    )
    np.testing.assert_allclose(predictor(x), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("output", [1, 3, 40])
def test_one_row_at_a_time_is_a_row_of_many(output: int) -> None:
    predictor, x, expected = both(NetworkSpec((4, 9, output), ("relu", "identity"), "mse"), 25, "float64")
    for row, wanted in zip(x, expected, strict=True):
        np.testing.assert_allclose(predictor.row(list(row)), wanted, rtol=1e-12, atol=1e-15)
    predictor.inputs[:] = x[7]
    predictor.run()
    np.testing.assert_allclose(predictor.outputs, expected[7], rtol=1e-12, atol=1e-15)


def test_nothing_is_written_beside_the_outputs() -> None:
    predictor, x, _ = both(NetworkSpec((4, 6, 3), ("relu", "identity"), "mse"), 21, "float32")
    whole = predictor(x)
    for cut in range(1, 21):
        np.testing.assert_array_equal(np.concatenate([predictor(x[:cut]), predictor(x[cut:])]), whole)


def test_what_does_not_fit_is_refused() -> None:
    spec = NetworkSpec((2, 1), ("sigmoid",), "bce")
    program = Network(spec).program
    parameters = initialise(spec, seed=0)
    predictor = NativePredictor(program, network_output(program), parameters)
    with pytest.raises(ShapeError, match="rows of 2 numbers"):
        predictor([[1.0, 2.0, 3.0]])
    with pytest.raises(UnknownNameError, match="float32"):
        NativePredictor(program, network_output(program), parameters, dtype="float23")
    with pytest.raises(LoweringError, match="from the inputs alone"):
        NativePredictor(program, program.result, parameters)


def test_an_inverse_is_left_to_the_numpy_engine() -> None:
    n, i, j = Axis("n", "n"), Axis("i", 2), Axis("j", 2)
    x, W, y = Tensor("x", (n, i), Role.INPUT), Tensor("W", (i, j), Role.PARAMETER), Tensor("y", (n, j))
    solved = summation(x[n, i] * matrix_function("inverse", W[i, j], i, j, (i, j)), i)
    program = Program((x, W), (Definition(y, (n, j), solved),), (y,))
    with pytest.raises(LoweringError, match="the inverse of a matrix; the NumPy engine does"):
        NativePredictor(program, y, {"W": [[1, 2], [3, 4]]})
