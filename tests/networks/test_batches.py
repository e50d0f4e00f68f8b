"""From one sample to a batch: the same numbers, sample by sample, and the mean of their losses."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import ProgramError
from chalkgrad.language import Definition, Program, Role, Tensor, evaluate, validate
from chalkgrad.networks import Network, NetworkSpec
from chalkgrad.networks.batches import batched, in_columns

SPECS = (
    NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"),
    NetworkSpec((3, 4, 2), ("tanh", "identity"), "mse"),
    NetworkSpec((2, 3, 3), ("gelu", "softmax"), "cross_entropy"),
)


def random_values(program: Program, samples: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    values = {}
    for tensor in program.declared:
        shape = tuple(axis.size if isinstance(axis.size, int) else samples for axis in tensor.axes)
        drawn = generator.normal(size=shape)
        values[tensor.name] = np.eye(shape[-1])[0] + 0 * drawn if tensor.role is Role.TARGET else drawn
    return values


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_batch_is_its_samples(spec: NetworkSpec) -> None:
    sample = Network(spec).sample_program
    program = batched(sample)
    validate(program)
    values = random_values(program, 5)
    total = evaluate(program, values)["L"].nested()
    losses = []
    for place in range(5):
        one = {t.name: values[t.name] if t.role is Role.PARAMETER else values[t.name][place] for t in sample.declared}
        losses.append(evaluate(sample, one)["L"].nested())
    assert total == pytest.approx(np.mean(losses), rel=1e-13)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_gradients_are_those_of_the_network_over_a_batch(spec: NetworkSpec) -> None:
    network = Network(spec)
    ours, theirs = derive(batched(network.sample_program)), derive(network.program)
    values = random_values(theirs.source, 4)
    got, expected = compile_numpy(ours.program)(**values), compile_numpy(theirs.program)(**values)
    for name in network.parameters:
        mine, other = ours.gradients[name].tensor.name, theirs.gradients[name].tensor.name
        np.testing.assert_allclose(got[mine], expected[other], rtol=1e-12, atol=1e-14)


def scalar_neuron() -> Program:
    x, y = Tensor("x", (), Role.INPUT), Tensor("y", (), Role.TARGET)
    w, out, loss = Tensor("w", (), Role.PARAMETER), Tensor("out"), Tensor("L")
    two = (Definition(out, (), x[()] * w[()]), Definition(loss, (), (out[()] - y[()]) ** 2))
    return Program((x, y, w), two, (loss,))


def test_scalar_targets_become_columns() -> None:
    program = batched(in_columns(scalar_neuron()))
    validate(program)
    assert program.tensor("y").shape == ("n", 1)
    assert program.tensor("out").shape == ("n", 1)
    values = {"x": [1.0, 2.0], "y": [[1.0], [0.0]], "w": 3.0}
    assert evaluate(program, values)["L"].nested() == ((3 - 1) ** 2 + 6**2) / 2


def test_what_is_a_batch_already_is_refused() -> None:
    with pytest.raises(ProgramError, match="already"):
        batched(Network(SPECS[0]).program)


def test_a_loss_without_inputs_is_refused() -> None:
    w, loss = Tensor("w", (), Role.PARAMETER), Tensor("L")
    with pytest.raises(ProgramError, match="depends on no input"):
        batched(Program((w,), (Definition(loss, (), w[()] ** 2),), (loss,)))
