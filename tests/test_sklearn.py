"""The estimators for scikit-learn, in all that scikit-learn itself asks of one."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import polars
import pytest
from scipy.sparse import csr_matrix
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from chalkgrad.errors import ChalkgradError
from chalkgrad.sklearn import NetworkClassifier, NetworkRegressor

IRIS = load_iris()
X, Y = StandardScaler().fit_transform(IRIS.data), IRIS.target


@parametrize_with_checks([NetworkClassifier(epochs=100), NetworkRegressor(epochs=100)])
def test_it_is_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", "4-3 softmax cross-entropy"),
        ("10 relu", "4-10-3 relu softmax cross-entropy"),
        ("10-8 tanh", "4-10-8-3 tanh softmax cross-entropy"),
        ("10 relu-8 tanh", "4-10 relu-8 tanh-3 softmax cross-entropy"),
        ("4-8-3 relu softmax cross-entropy", "4-8-3 relu softmax cross-entropy"),
    ],
)
def test_the_data_give_inputs_and_outputs(spec: str, expected: str) -> None:
    assert NetworkClassifier(spec, epochs=1, random_state=0).fit(X, Y).network_.spec == expected


def test_a_whole_spec_has_to_fit_and_to_give_probabilities() -> None:
    with pytest.raises(ChalkgradError, match="the data have 4 inputs and 3 outputs"):
        NetworkClassifier("5-8-3 relu softmax ce").fit(X, Y)
    with pytest.raises(ChalkgradError, match="hinge gives no probabilities"):
        NetworkClassifier("8 relu", loss="hinge").fit(X, Y == 0)


def test_without_hidden_layers_it_is_logistic_regression() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    # The penalty of LogisticRegression is ‖w‖²/(2C) beside the sum of the losses, ours (l2/2)‖w‖² beside their mean.
    known = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(x, y)
    model = NetworkClassifier("", optimizer="adam", rate=0.05, epochs=3000, l2=1 / len(x), random_state=0).fit(x, y)
    np.testing.assert_allclose(model.coefs_[0][:, 0], known.coef_[0], atol=2e-3)
    np.testing.assert_allclose(model.predict_proba(x), known.predict_proba(x), atol=2e-3)


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer, load_digits])
def test_it_is_as_accurate_as_the_network_of_scikit_learn(load: Any) -> None:
    x, y = load(return_X_y=True)
    x, unseen, y, expected = train_test_split(StandardScaler().fit_transform(x), y, random_state=0, stratify=y)
    settings = {"batch": 50, "rate": 0.01, "epochs": 60}
    ours = NetworkClassifier("20 relu", **settings, l2=0, random_state=0).fit(x, y)
    theirs = MLPClassifier(
        (20,), batch_size=50, learning_rate_init=0.01, max_iter=60, alpha=0, n_iter_no_change=100, random_state=0
    )
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(x, y)
    assert ours.score(unseen, expected) >= theirs.score(unseen, expected) - 0.03


def test_numbers_are_predicted_as_by_the_network_of_scikit_learn() -> None:
    x, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    x, unseen, y, expected = train_test_split(StandardScaler().fit_transform(x), y, random_state=0)
    ours = NetworkRegressor("10 tanh", batch=50, rate=0.01, epochs=40, random_state=0).fit(x, y)
    theirs = MLPRegressor(
        hidden_layer_sizes=(10,),
        activation="tanh",
        batch_size=50,
        learning_rate_init=0.01,
        max_iter=40,
        alpha=0,
        n_iter_no_change=99,
        random_state=0,
    )
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(x, y)
    assert ours.score(unseen, expected) >= theirs.score(unseen, expected) - 0.1


def test_pipelines_searches_and_validation_take_it() -> None:
    pipe = make_pipeline(StandardScaler(), NetworkClassifier("8 tanh", rate=0.1, epochs=60, random_state=0))
    assert cross_val_score(pipe, IRIS.data, Y, cv=3).mean() > 0.9
    search = GridSearchCV(pipe, {"networkclassifier__spec": ["4 relu", "8 tanh"]}, cv=2).fit(IRIS.data, Y)
    assert search.best_score_ > 0.9
    calibrated = CalibratedClassifierCV(pipe, cv=2).fit(IRIS.data, Y)
    np.testing.assert_allclose(calibrated.predict_proba(IRIS.data).sum(axis=1), 1)
    found = permutation_importance(pipe.fit(IRIS.data, Y), IRIS.data, Y, n_repeats=3, random_state=0)
    assert found.importances_mean.argmax() in (2, 3)  # the petals


def test_frames_go_in_by_their_names() -> None:
    frame = polars.DataFrame(dict(zip(IRIS.feature_names, X.T, strict=True)))
    model = NetworkClassifier("8 tanh", rate=0.1, epochs=50, random_state=0).fit(frame, IRIS.target_names[Y])
    assert model.feature_names_in_.tolist() == IRIS.feature_names
    assert set(model.predict(frame)) == set(IRIS.target_names)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.select(reversed(IRIS.feature_names)))


def test_sparse_inputs_give_what_dense_ones_give() -> None:
    x = np.where(X > 0.5, X, 0)
    settings: dict[str, Any] = {"rate": 0.1, "epochs": 20, "random_state": 0}
    dense = NetworkClassifier("8 tanh", **settings).fit(x, Y)
    sparse = NetworkClassifier("8 tanh", **settings).fit(csr_matrix(x), Y)
    np.testing.assert_array_equal(dense.predict_proba(x), sparse.predict_proba(csr_matrix(x)))


def test_epochs_one_by_one_are_the_epochs_of_one_fit() -> None:
    settings: dict[str, Any] = {"rate": 0.1, "random_state": 0}
    whole = NetworkClassifier("8 tanh", epochs=30, **settings).fit(X, Y)
    parts = NetworkClassifier("8 tanh", **settings)
    for _ in range(30):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    np.testing.assert_allclose(parts.predict_proba(X), whole.predict_proba(X), rtol=1e-9)
    assert (parts.n_iter_, whole.n_iter_) == (30, 30)
    with pytest.raises(ValueError, match="were not among those of the first call"):
        parts.partial_fit(X, Y + 1)


def test_training_is_taken_up_with_warm_start() -> None:
    model = NetworkClassifier("8 tanh", rate=0.1, epochs=20, warm_start=True, random_state=0).fit(X, Y)
    assert model.fit(X, Y).loss_curve_[0] < 0.3
    model.set_params(warm_start=False)
    assert model.fit(X, Y).loss_curve_[0] > 0.5


def test_early_stopping_keeps_some_data_apart() -> None:
    x, y = load_digits(return_X_y=True)
    model = NetworkClassifier("30 relu", rate=0.02, epochs=500, early_stopping=True, patience=5, random_state=0)
    model.fit(x / 16, y)
    assert model.n_iter_ < 500
    assert model.validation_loss_curve_ is not None
    assert int(np.argmin(model.validation_loss_curve_)) == model.n_iter_ - 1 - 5


def test_classes_weigh_as_they_are_told() -> None:
    x = np.concatenate([np.linspace(-1, 0.4, 90), np.linspace(-0.4, 1, 10)])[:, None]
    y = np.repeat([0, 1], [90, 10])
    plain = NetworkClassifier("", rate=0.1, epochs=300, random_state=0).fit(x, y)
    even = NetworkClassifier("", rate=0.1, epochs=300, class_weight="balanced", random_state=0).fit(x, y)
    assert even.predict(x).sum() > plain.predict(x).sum()


def test_several_labels_at_once() -> None:
    x, y = make_multilabel_classification(n_samples=200, n_features=8, n_classes=3, random_state=0)
    model = NetworkClassifier("16 tanh", rate=0.05, epochs=300, random_state=0).fit(x, y)
    assert model.predict_proba(x).shape == (200, 3)
    assert (model.predict(x) == y).mean() > 0.9


def test_several_numbers_at_once() -> None:
    y = np.column_stack([X[:, 0] + X[:, 1], X[:, 2] - X[:, 3]])
    model = NetworkRegressor("", rate=0.1, epochs=300, random_state=0).fit(X, y)
    assert model.predict(X).shape == (150, 2)
    assert model.score(X, y) > 0.999


def test_it_is_kept_and_shown() -> None:
    model = NetworkClassifier("4 relu", epochs=5, random_state=0)
    assert "<svg" not in model._repr_mimebundle_()["text/html"].split("sk-top-container")[0]
    model.fit(X, Y)
    again = pickle.loads(pickle.dumps(model))  # scikit-learn's tools hand estimators around like this
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert "<svg" in model._repr_mimebundle_()["text/html"]
