"""Networks whose hidden layers are normalised or gated: read, drawn, derived, trained, with PyTorch's numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

import chalkgrad as cg
from chalkgrad.errors import ChalkgradError, ProgramError, UnknownNameError
from chalkgrad.networks import NetworkSpec, activation_named
from chalkgrad.reading.spec import read_spec

SPEC = "3-4 layernorm tanh-5 swiglu-4 rmsnorm leaky_relu-2 identity mse"


@pytest.mark.parametrize(
    ("text", "activations"),
    [
        ("3-4-4-1 LayerNorm ReLU sigmoid bce", ("layernorm relu", "layernorm relu", "sigmoid")),
        ("3-4 layer norm leaky relu-2 rms-norm elu-1 sigmoid bce", ("layernorm leaky_relu", "rmsnorm elu", "sigmoid")),
        ("3-4-1 SwiGLU identity", ("swiglu", "identity")),
        ("3-4-4-1 geglu reglu sigmoid", ("geglu", "reglu", "sigmoid")),
    ],
)  # fmt: skip
def test_the_spec_is_read_and_written(text: str, activations: tuple[str, ...]) -> None:
    spec = read_spec(text)
    assert spec.activations == activations
    assert read_spec(str(spec)) == spec


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(ChalkgradError, match="'swiglu' is for hidden layers, not for the output"):
        read_spec("3-4-1 relu swiglu mse")
    with pytest.raises(ChalkgradError, match="'layernorm tanh' is for hidden layers"):
        NetworkSpec((3, 1), ("layernorm tanh",), "mse")
    with pytest.raises(UnknownNameError, match="did you mean 'relu'"):
        activation_named("layernorm rel")
    with pytest.raises(ProgramError, match="a worksheet knows layers of a weighted sum and a function, and not 'glu'"):
        read_spec("3-4-1 glu sigmoid").of_plain_layers("a worksheet")


def test_values_and_gradients_are_pytorchs() -> None:
    net, generator = cg.network(SPEC, l2=0.1), np.random.default_rng(4)
    values = {name: generator.normal(size=shape) for name, shape in net.parameters.items()}
    x, y = generator.normal(size=(6, 3)), generator.normal(size=(6, 2))
    t = {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}
    z = functional.layer_norm(torch.tensor(x) @ t["W1"] + t["b1"], (4,), t["gamma1"], t["beta1"], 1e-5)
    h = torch.tanh(z)
    h = functional.silu(h @ t["W2"]) * (h @ t["V2"])
    z = functional.rms_norm(h @ t["W3"] + t["b3"], (4,), t["gamma3"], 1e-5)
    yhat = functional.leaky_relu(z) @ t["W4"] + t["b4"]
    penalty = sum((value**2).sum() for name, value in t.items() if name[0] in "WV")
    loss = ((yhat - torch.tensor(y)) ** 2).mean() + 0.05 * penalty
    loss.backward()
    np.testing.assert_allclose(net.loss(x=x, y=y, **values), loss.item(), rtol=1e-12)
    found = cg.derive(net).evaluate(x=x, y=y, **values)
    assert found.keys() == values.keys()
    for name, slope in found.items():
        grad = t[name].grad
        assert grad is not None
        np.testing.assert_allclose(slope, grad.numpy(), rtol=1e-10, atol=1e-12, err_msg=name)


def test_initial_values() -> None:
    initial = cg.network(SPEC).initial(seed=1)
    assert list(initial) == list(cg.network(SPEC).parameters)
    assert (initial["gamma1"] == 1).all()
    assert (initial["beta1"] == 0).all()
    assert initial["V2"].std() > 0
    assert (initial["V2"] != initial["W2"]).all()


def test_both_engines_train_them() -> None:
    generator = np.random.default_rng(0)
    x = generator.uniform(-1, 1, (200, 2))
    y = (x[:, :1] * x[:, 1:] > 0) * 1.0
    net = cg.network("2-8 layernorm tanh-8 swiglu-8 rmsnorm gelu-1 sigmoid bce")
    trainers = [
        net.trainer(x, y, optimizer="adam", rate=0.03, batch=32, dtype="float64", engine=engine)
        for engine in ("native", "numpy")
    ]
    before = trainers[0].loss
    for trainer in trainers:
        trainer.run(120)
    assert trainers[0].loss == pytest.approx(trainers[1].loss, rel=1e-8)
    assert trainers[0].loss < before / 3


def test_they_are_drawn() -> None:
    picture = cg.network(SPEC).draw()
    for label in ("LayerNorm, tanh", "SwiGLU", "RMSNorm, LeakyReLU"):
        assert label in picture.svg()
        assert label in str(picture)
