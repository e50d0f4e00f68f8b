"""Training gives what PyTorch's optimisers give, learns, repeats itself, and says where it breaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from chalkgrad.calculus import derive
from chalkgrad.errors import ChalkgradError, EvaluationError, ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import Definition, Program, Role, Tensor, validate
from chalkgrad.networks import OPTIMISERS, Network, NetworkSpec, initialise
from chalkgrad.training.data import Dataset, generate, standardisation
from chalkgrad.training.fit import accuracy_of, fit, over_vectors, predict
from chalkgrad.training.surface import bounds_of, prediction_surface
from chalkgrad.training.tables import iris_petals

SPEC = NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")
PROGRAM = Network(SPEC).program
GRADIENTS = derive(PROGRAM).program

TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05),
}


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_thirty_steps_are_those_of_pytorch(optimiser: str) -> None:
    data, start = generate("xor", 60, seed=1), initialise(SPEC, seed=2)
    history = fit(PROGRAM, GRADIENTS, start, data, optimiser, rate=0.05, epochs=30)
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in start.items()}
    stepper = TORCH[optimiser](list(tensors.values()))
    x, y = torch.tensor(data.x), torch.tensor(data.y)
    losses = []
    for _ in range(30):
        stepper.zero_grad()
        hidden = torch.relu(x @ tensors["W1"] + tensors["b1"])
        logits = hidden @ tensors["W2"] + tensors["b2"]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y)
        loss.backward()
        stepper.step()
        losses.append(loss.item())
    np.testing.assert_allclose(history.losses, losses, rtol=1e-10)
    for name, tensor in tensors.items():
        np.testing.assert_allclose(history.parameters[name], tensor.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_equations_over_a_vector_are_a_valid_program(optimiser: str) -> None:
    program = over_vectors(OPTIMISERS[optimiser])
    validate(program)
    assert all(tensor.axes for tensor in program.results)


def test_momentum_learns_xor_faster_than_gradient_descent() -> None:
    data, start = generate("xor"), initialise(SPEC, seed=4)
    plain = fit(PROGRAM, GRADIENTS, start, data, "sgd", rate=0.1, epochs=400)
    momentum = fit(PROGRAM, GRADIENTS, start, data, "momentum", rate=0.1, epochs=400)
    assert momentum.final_loss < plain.final_loss < plain.losses[0]
    assert momentum.accuracy is not None
    assert momentum.accuracy > 0.95


def test_the_sheets_network_learns_the_iris_petals() -> None:
    data = iris_petals()
    scaled = replace(data, x=standardisation(data.x).apply(data.x))
    history = fit(PROGRAM, GRADIENTS, initialise(SPEC, seed=1), scaled, "momentum", rate=0.1, epochs=300)
    assert history.accuracy is not None
    assert history.accuracy >= 0.93


def test_batches_repeat_with_the_seed_and_take_every_sample_once() -> None:
    data, start = generate("moons", 50), initialise(SPEC, seed=1)
    runs = [fit(PROGRAM, GRADIENTS, start, data, rate=0.1, epochs=3, batch=16, seed=seed) for seed in (7, 7, 8)]
    assert runs[0].losses.shape == (12,)
    assert runs[0].iterations_per_epoch == 4
    np.testing.assert_array_equal(runs[0].losses, runs[1].losses)
    assert not np.array_equal(runs[0].losses, runs[2].losses)


def test_no_epochs_change_nothing() -> None:
    start = initialise(SPEC, seed=1)
    history = fit(PROGRAM, GRADIENTS, start, generate("xor", 20), epochs=0)
    assert history.losses.shape == (0,)
    for name, value in start.items():
        np.testing.assert_array_equal(history.parameters[name], value)


def test_a_regression_has_no_accuracy_and_finds_the_plane() -> None:
    program = Network(NetworkSpec((2, 1), ("identity",), "mse")).program
    zeros = {"W1": np.zeros((2, 1)), "b1": np.zeros(1)}
    history = fit(program, derive(program).program, zeros, generate("plane", 300), rate=0.3, epochs=200)
    assert history.accuracy is None
    np.testing.assert_allclose(history.parameters["W1"][:, 0], [2, -3], atol=0.05)


def test_three_classes_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    x = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])[labels] + rng.normal(0, 0.3, (90, 2))
    data = Dataset("three", x, np.eye(3)[labels], ("x1", "x2"), "kind", ("a", "b", "c"))
    spec = NetworkSpec((2, 4, 3), ("tanh", "softmax"), "cross-entropy")
    program = Network(spec).program
    history = fit(program, derive(program).program, initialise(spec, seed=0), data, "adam", rate=0.05, epochs=100)
    assert history.accuracy == 1.0
    surface = prediction_surface(program, history.parameters, bounds_of(x), steps=5)
    assert set(surface.values.ravel()) == {0.0, 1.0, 2.0}


def test_training_that_breaks_says_at_which_step_and_equation() -> None:
    data = generate("plane", 20)
    program = Network(NetworkSpec((2, 1), ("identity",), "mse")).program
    start = {"W1": np.ones((2, 1)), "b1": np.zeros(1)}
    with pytest.raises(
        EvaluationError,
        match=r"at step \d+ 'l' has an entry that is not finite for sample \d+, by l\[n\] = .*rate than",
    ):
        fit(program, derive(program).program, start, data, rate=1e10, epochs=500)
    with pytest.raises(EvaluationError, match="at step 1 'x' has an entry that is not finite"):
        fit(program, derive(program).program, start, replace(data, x=data.x * np.inf), epochs=1)
    with pytest.raises(EvaluationError, match="at step 2 'l' has an entry that is not finite"):
        fit(program, derive(program).program, start, data, rate=1e200, epochs=1)


def test_arguments_that_do_not_fit_are_refused() -> None:
    data, start = generate("xor", 20), initialise(SPEC, seed=1)
    with pytest.raises(UnknownNameError, match="no hyper-parameter of sgd 'momentum'"):
        fit(PROGRAM, GRADIENTS, start, data, momentum=0.9)
    with pytest.raises(UnknownNameError, match="no optimiser 'adam2'; did you mean 'adam'"):
        fit(PROGRAM, GRADIENTS, start, data, "adam2")
    with pytest.raises(ChalkgradError, match="a batch is 'full' or a number of samples from 1, not 0"):
        fit(PROGRAM, GRADIENTS, start, data, batch=0)
    with pytest.raises(ChalkgradError, match="whole number from 0, not -1"):
        fit(PROGRAM, GRADIENTS, start, data, epochs=-1)
    with pytest.raises(ShapeError, match="no value was given for the parameter 'b2'"):
        fit(PROGRAM, GRADIENTS, {name: start[name] for name in ("W1", "b1", "W2")}, data)
    with pytest.raises(ProgramError, match="no gradient by b1, W2, b2"):
        fit(PROGRAM, derive(PROGRAM, ["W1"]).program, start, data)
    with pytest.raises(ShapeError, match=r"'x' needs the shape \(n, 2\)"):
        fit(PROGRAM, GRADIENTS, start, Dataset("d", [[1.0]], [1.0], ("a",)))
    w, loss = Tensor("w", (), Role.PARAMETER), Tensor("L")
    bare = Program((w,), (Definition(loss, (), w[()] ** 2),), (loss,))
    with pytest.raises(ProgramError, match="training needs one input with the axes samples and columns; found: none"):
        fit(bare, derive(bare).program, {"w": 1.0}, data)


def test_accuracy_by_the_kind_of_target() -> None:
    column = np.array([[0.6], [0.4], [-2.0]])
    assert accuracy_of(column, np.array([[1.0], [1.0], [0.0]])) == pytest.approx(2 / 3)
    assert accuracy_of(column, np.array([[1.0], [1.0], [-1.0]])) == 1.0
    with pytest.raises(ShapeError, match="need the same shape"):
        accuracy_of(column, np.zeros((3, 2)))


def test_a_surface_is_in_the_units_of_the_data() -> None:
    scale = standardisation(np.array([[0.0, 0.0], [10.0, 20.0]]))
    start = initialise(SPEC, seed=3)
    surface = prediction_surface(PROGRAM, start, ((0, 10), (0, 20)), steps=7, standardisation=scale)
    row, column = 2, 5
    point = scale.apply(np.array([[surface.x1[column], surface.x2[row]]]))
    np.testing.assert_allclose(surface.values[row, column], predict(PROGRAM, start, point)[0, 0])
    with pytest.raises(ShapeError, match="drawn over 2 variables"):
        bounds_of(np.zeros((4, 3)))
