"""The compiled loss over all the data against the NumPy engine: every loss, both loops, any number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalkgrad.engines.native.losses import LossOnData
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.errors import ShapeError
from chalkgrad.networks import LOSSES, Network, NetworkSpec, initialise
from chalkgrad.networks.regularising import WEIGHT, weighted


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def data_for(spec: NetworkSpec, count: int) -> dict[str, Any]:
    generator = np.random.default_rng(count)
    classes = generator.integers(0, max(2, spec.sizes[-1]), size=count)
    y = np.eye(spec.sizes[-1])[classes] if spec.sizes[-1] > 1 else classes[:, None] * 1.0
    return {"x": generator.normal(size=(count, spec.sizes[0])), "y": y}


def by_numpy(program: Any, data: dict[str, Any], parameters: dict[str, Any]) -> float:
    needed = stabilised(program).needed_for(program.result)
    values = data | parameters
    return float(compile_numpy(needed)(**{t.name: values[t.name] for t in needed.declared})[program.result.name])


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("sizes", [(2, 3, 2), (9, 12, 3)], ids=["registers", "memory"])
def test_every_loss_is_the_numpy_engines(loss: str, sizes: tuple[int, ...]) -> None:
    output = {"bce": "sigmoid", "cross_entropy": "softmax"}.get(loss, "identity")
    spec = NetworkSpec(sizes, ("tanh", output), loss, l2=0.3)
    program, data, parameters = Network(spec).program, data_for(spec, 1100), initialise(spec, seed=2)
    expected = by_numpy(program, data, parameters)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        assert LossOnData(program, data, dtype=dtype)(parameters) == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize("sizes", [(2, 3, 1), (9, 12, 1)], ids=["registers", "memory"])
@pytest.mark.parametrize("count", [1, 16, 513, 20_000])
def test_the_number_of_threads_changes_nothing(sizes: tuple[int, ...], count: int) -> None:
    spec = NetworkSpec(sizes, ("relu", "sigmoid"), "bce")
    program, data, parameters = Network(spec).program, data_for(spec, count), initialise(spec, seed=2)
    found = {LossOnData(program, data, threads=threads)(parameters) for threads in (1, 2, 3)}
    assert len(found) == 1
    assert found.pop() == pytest.approx(by_numpy(program, data, parameters), rel=1e-5)


def test_samples_count_as_they_weigh() -> None:
    spec = NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")
    program, data, parameters = weighted(Network(spec).program), data_for(spec, 90), initialise(spec, seed=2)
    data[WEIGHT.name] = np.linspace(0, 2, 90)
    assert LossOnData(program, data, dtype="float64")(parameters) == pytest.approx(by_numpy(program, data, parameters))


def test_data_that_do_not_fit_are_refused() -> None:
    spec = NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")
    with pytest.raises(ShapeError, match="'x' needs the shape"):
        LossOnData(Network(spec).program, {"x": np.zeros((4, 3)), "y": np.zeros((4, 1))})
