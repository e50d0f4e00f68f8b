"""Models of scikit-learn, state dicts and files, as networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import chalkgrad as cg
from chalkgrad.errors import ChalkgradError
from chalkgrad.sklearn import NetworkClassifier

X, Y = load_iris(return_X_y=True)
NUMBERS = load_diabetes(return_X_y=True)[1][:150]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize(
    ("model", "y", "spec"),
    [
        (MLPClassifier((5,), "tanh", max_iter=20), Y, "4-5-3 tanh softmax cross-entropy"),
        (MLPClassifier((5, 4), "logistic", max_iter=20), Y == 1, "4-5-4-1 sigmoid sigmoid bce"),
        (MLPRegressor(hidden_layer_sizes=(6,), max_iter=20), NUMBERS, "4-6-1 relu identity mse"),
        (LogisticRegression(max_iter=500), Y, "4-3 softmax cross-entropy"),
        (LogisticRegression(), Y == 0, "4-1 sigmoid bce"),
        (LinearRegression(), NUMBERS, "4-1 identity mse"),
        (Ridge(), np.stack([NUMBERS, NUMBERS**2], axis=1), "4-2 identity mse"),
        (make_pipeline(StandardScaler(), LogisticRegression()), Y, "4-3 softmax cross-entropy"),
        (make_pipeline(MinMaxScaler(), MaxAbsScaler(), LogisticRegression()), Y == 2, "4-1 sigmoid bce"),
        (make_pipeline(RobustScaler(), Ridge()), NUMBERS, "4-1 identity mse"),
        (NetworkClassifier("5 relu", epochs=5), Y, "4-5-3 relu softmax cross-entropy"),
    ],
    ids=str,
)
def test_a_model_of_scikit_learn_predicts_the_same(model: Any, y: Any, spec: str) -> None:
    fitted = model.fit(X, y)
    net = cg.read_model(fitted)
    assert net.spec == spec
    expected = fitted.predict_proba(X) if hasattr(fitted, "predict_proba") else fitted.predict(X)
    own = net.predict(X)
    np.testing.assert_allclose(own, np.reshape(expected, (len(X), -1))[:, -own.shape[1] :], rtol=1e-6, atol=1e-9)


def test_what_is_not_covered_is_said() -> None:
    with pytest.raises(ChalkgradError, match="a DecisionTreeClassifier is not covered yet; known are MLPClassifier"):
        cg.read_model(DecisionTreeClassifier().fit(X, Y))
    with pytest.raises(ChalkgradError, match="a PCA before a model is not covered yet"):
        cg.read_model(make_pipeline(PCA(), LogisticRegression()).fit(X, Y))
    with pytest.raises(ChalkgradError, match="this MLPClassifier is not fitted yet"):
        cg.read_model(MLPClassifier())
    with pytest.raises(ChalkgradError, match=r"a builtins\.int is no model"):
        cg.read_model(3)


def state(*, turned: bool) -> dict[str, Any]:
    random = np.random.default_rng(0)
    weights = [random.normal(size=shape) for shape in ((4, 5), (5, 5), (5, 3))]
    biases = [random.normal(size=size) for size in (5, 5, 3)]
    pairs = zip(weights, biases, strict=True)
    return {f"layers.{2 * n + 7}.{word}": (value.T if turned and word == "weight" else value)
            for n, pair in enumerate(pairs) for word, value in zip(("weight", "bias"), pair, strict=True)}  # fmt: skip


def test_a_state_dict_is_read_in_either_layout(tmp_path: Path) -> None:
    here, there = (cg.read_model(state(turned=turned), layers="relu softmax") for turned in (False, True))
    assert here.spec == there.spec == "4-5-5-3 relu softmax cross-entropy"
    np.testing.assert_array_equal(here.predict(X), there.predict(X))
    save_file(
        {name: np.ascontiguousarray(value) for name, value in state(turned=True).items()}, tmp_path / "m.safetensors"
    )
    again = cg.read_model(tmp_path / "m.safetensors", layers="relu softmax")
    np.testing.assert_array_equal(again.predict(X), here.predict(X))


def test_what_is_no_chain_of_layers_is_refused() -> None:
    with pytest.raises(ChalkgradError, match="does not say which functions stand between"):
        cg.read_model(state(turned=True))
    with pytest.raises(ChalkgradError, match="the layers do not follow on each other"):
        cg.read_model({"a.weight": np.ones((3, 2)), "b.weight": np.ones((1, 4))}, layers="relu sigmoid")
    with pytest.raises(ChalkgradError, match="no weights and biases of fully connected layers: conv"):
        cg.read_model({"conv": np.ones((3, 2, 3, 3))}, layers="relu sigmoid")


def test_what_we_saved_is_a_model_too(tmp_path: Path) -> None:
    saved = (
        cg.network("2-3-1 tanh sigmoid bce").fit([[0, 1], [1, 0]], [0, 1], epochs=2).save(tmp_path / "m.safetensors")
    )
    net = cg.read_model(saved)
    assert net.spec == "2-3-1 tanh sigmoid bce"
    assert net.trained is not None
    assert "<svg" in cg.read(saved).draw().svg()
    with pytest.raises(ChalkgradError, match="there is no file"):
        cg.read_model(tmp_path / "other.safetensors")
