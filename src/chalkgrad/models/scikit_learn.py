"""Fitted models of scikit-learn as networks: linear models and multilayer perceptrons, also behind scalers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.board.network import NetworkSheet, network
from chalkgrad.errors import ChalkgradError

Floats = NDArray[np.float64]
_ACTIVATIONS = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "identity": "identity"}
_LINEAR = ("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "SGDRegressor")
_LOGISTIC = ("LogisticRegression", "LogisticRegressionCV")
_NETWORKS = ("MLPClassifier", "MLPRegressor")


def read_estimator(estimator: Any) -> NetworkSheet:
    """The network of a fitted model; raises `ChalkgradError` for one that is not covered, or not fitted.

    >>> from sklearn.linear_model import LinearRegression
    >>> net = read_estimator(LinearRegression().fit([[0, 1], [1, 0], [2, 2]], [1, 3, 5]))
    >>> net.spec, net.predict([[1, 1]]).round(6).tolist()
    ('2-1 identity mse', [[3.0]])
    """
    scale, shift = np.ones(1), np.zeros(1)
    if hasattr(estimator, "steps"):
        for _, step in estimator.steps[:-1]:
            factor, offset = _scaled(step)
            scale, shift = scale * factor, shift * factor + offset
        estimator = estimator.steps[-1][1]
    if isinstance(getattr(estimator, "network_", None), NetworkSheet):
        found: NetworkSheet = estimator.network_
        spec, layers = found.spec or "", list((found.trained or {}).values())
    else:
        spec, layers = _layers(estimator)
    first = layers[0]
    inputs = first.shape[0]
    # W(s x + t) + b = (W s) x + (b + W t)
    layers = [
        first * np.broadcast_to(scale, inputs)[:, None],
        layers[1] + np.broadcast_to(shift, inputs) @ first,
        *layers[2:],
    ]
    made = network(spec)
    return replace(made, trained=dict(zip(made.parameters, layers, strict=True)))


def _layers(estimator: Any) -> tuple[str, list[Floats]]:
    """The spec, and weights (inputs by outputs) and biases in turn."""
    name = type(estimator).__name__
    if name in _NETWORKS:
        weights, biases = _fitted(estimator, "coefs_"), estimator.intercepts_
        sizes = [weights[0].shape[0], *(matrix.shape[1] for matrix in weights)]
        output = {"logistic": "sigmoid bce", "softmax": "softmax cross-entropy"}.get(
            estimator.out_activation_, "identity mse"
        )
        hidden = _ACTIVATIONS[estimator.activation] if len(sizes) > 2 else ""
        spec = f"{'-'.join(map(str, sizes))} {hidden} {output}".replace("  ", " ")
        return spec, [np.asarray(each, dtype=np.float64) for pair in zip(weights, biases, strict=True) for each in pair]
    if name in _LINEAR or name in _LOGISTIC:
        weight = np.atleast_2d(_fitted(estimator, "coef_")).astype(np.float64).T
        bias = np.broadcast_to(np.asarray(estimator.intercept_, dtype=np.float64), weight.shape[1])
        output = "identity mse" if name in _LINEAR else "sigmoid bce"
        if name in _LOGISTIC and weight.shape[1] > 1:
            output = "softmax cross-entropy"
        return f"{weight.shape[0]}-{weight.shape[1]} {output}", [weight, bias]
    known = ", ".join((*_NETWORKS, *_LOGISTIC, *_LINEAR))
    raise ChalkgradError(f"a {name} is not covered yet; known are {known}")


def _scaled(step: Any) -> tuple[Any, Any]:
    """The factor and the offset of a scaler."""
    name = type(step).__name__
    if name not in _SCALERS:
        raise ChalkgradError(f"a {name} before a model is not covered yet; known are {', '.join(_SCALERS)}")
    return _SCALERS[name](step)


def _standard(step: Any) -> tuple[Any, Any]:
    scale = 1.0 if _fitted(step, "scale_") is None else 1 / step.scale_
    return scale, 0.0 if step.mean_ is None or not step.with_mean else -step.mean_ * scale


def _between(step: Any) -> tuple[Any, Any]:
    return _fitted(step, "scale_"), step.min_


def _robust(step: Any) -> tuple[Any, Any]:
    scale = 1.0 if _fitted(step, "scale_") is None else 1 / step.scale_
    return scale, 0.0 if step.center_ is None else -step.center_ * scale


def _greatest(step: Any) -> tuple[Any, Any]:
    return 1 / _fitted(step, "scale_"), 0.0


_SCALERS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "StandardScaler": _standard,
    "MinMaxScaler": _between,
    "RobustScaler": _robust,
    "MaxAbsScaler": _greatest,
}


def _fitted(model: Any, attribute: str) -> Any:
    if not hasattr(model, attribute):
        raise ChalkgradError(f"this {type(model).__name__} is not fitted yet")
    return getattr(model, attribute)
