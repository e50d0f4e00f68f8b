"""Estimators for scikit-learn: `NetworkClassifier` and `NetworkRegressor`, for pipelines, searches and validation.

They need the extra `chalkgrad[sklearn]`. What is trained are the equations that `network_` writes, derives and draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chalkgrad.board.network import NetworkSheet, network
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.networks.losses import loss_named

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import LabelBinarizer
    from sklearn.utils import check_random_state, column_or_1d
    from sklearn.utils.class_weight import compute_sample_weight
    from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as problem:
    raise ChalkgradError("scikit-learn 1.6 or newer is missing: pip install 'chalkgrad[sklearn]'") from problem

__all__ = ["NetworkClassifier", "NetworkRegressor"]

Floats = NDArray[np.float64]


class _NetworkEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both estimators share: the settings of a training, the network of the data's sizes, and its training."""

    network_: NetworkSheet

    def __init__(
        self,
        spec: str = "100 relu",
        *,
        loss: str | None = None,
        optimizer: str = "adam",
        rate: float | None = None,
        schedule: str = "constant",
        batch: str | int = "full",
        epochs: int = 200,
        l1: float = 0.0,
        l2: float = 0.0,
        dropout: float = 0.0,
        clip: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        warm_start: bool = False,
        dtype: str = "float64",
        n_jobs: int | None = None,
        random_state: Any = None,
        hyper_parameters: Mapping[str, float] | None = None,
    ) -> None:
        self.spec = spec
        self.loss = loss
        self.optimizer = optimizer
        self.rate = rate
        self.schedule = schedule
        self.batch = batch
        self.epochs = epochs
        self.l1 = l1
        self.l2 = l2
        self.dropout = dropout
        self.clip = clip
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.warm_start = warm_start
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.hyper_parameters = hyper_parameters

    @property
    def coefs_(self) -> list[Floats]:
        """The weight matrices from the inputs to the outputs, each inputs by outputs, as `MLPClassifier` has them."""
        return self._layers()[::2]

    @property
    def intercepts_(self) -> list[Floats]:
        """The biases of the layers."""
        return self._layers()[1::2]

    def _layers(self) -> list[Floats]:
        if not hasattr(self, "network_"):
            raise AttributeError("it is not fitted yet")
        return list((self.network_.trained or {}).values())

    def _train(self, x: Floats, y: Floats, output: str, loss: str, weights: Floats | None, stratify: Any) -> None:
        """Trains a network with as many inputs and outputs as the data have columns."""
        made = network(_whole_spec(self.spec, x.shape[1], y.shape[1], output, self.loss or loss))
        seed = _seed(self.random_state)
        before = getattr(self, "network_", None) if self.warm_start else None
        known = before is not None and before.spec == made.spec
        kept = None
        if self.early_stopping:
            rows = np.arange(len(x))
            rows, apart = train_test_split(
                rows, test_size=self.validation_fraction, random_state=seed, stratify=stratify
            )
            kept = (x[apart], y[apart])
            x, y, weights = x[rows], y[rows], None if weights is None else weights[rows]
        self.network_ = made.fit(
            x,
            y,
            parameters=before.trained if before is not None and known else made.initial(seed=seed),
            schedule=self.schedule,
            epochs=self.epochs,
            validation=kept,
            patience=self.patience if kept else None,
            weights=weights,
            seed=seed,
            **self._settings(),
        )
        self.loss_curve_ = [epoch.loss for epoch in self.network_.history]
        self.validation_loss_curve_ = [epoch.validation_loss for epoch in self.network_.history] if kept else None
        self.n_iter_ = len(self.loss_curve_)
        self._state: dict[str, Any] | None = None

    def _train_on(self, x: Floats, y: Floats, output: str, loss: str, weights: Floats | None) -> None:
        """One epoch more on these data, with what the optimiser remembers of those before."""
        if not hasattr(self, "network_"):
            made = network(_whole_spec(self.spec, x.shape[1], y.shape[1], output, self.loss or loss))
            seed = self._seed = _seed(self.random_state)
            parameters: Mapping[str, Any] = made.initial(seed=seed)
            self.loss_curve_, self.n_iter_, self._state = [], 0, None
        else:
            made, parameters, seed = self.network_, self.network_.trained or {}, getattr(self, "_seed", 0)
        trainer = made.trainer(
            x,
            y,
            parameters=parameters,
            weights=weights,
            seed=seed + self.n_iter_,
            **self._settings(),
        )
        if self._state is not None:
            trainer.restore(self._state)
        trainer.run(-(-trainer.samples // trainer.batch))
        self._state = trainer.state()
        self.loss_curve_ = [*self.loss_curve_, trainer.loss]
        self.n_iter_ += 1
        self.network_ = replace(made, trained=trainer.parameters)

    def _settings(self) -> dict[str, Any]:
        """What every step of a training is told, of one fit or of epochs one by one."""
        return {
            "optimizer": self.optimizer,
            "rate": self.rate,
            "batch": self.batch,
            "clip": self.clip,
            "l1": self.l1,
            "l2": self.l2,
            "dropout": self.dropout,
            "dtype": self.dtype,
            "threads": _threads(self.n_jobs),
            **(self.hyper_parameters or {}),
        }

    def _inputs(self, X: Any) -> Floats:
        check_is_fitted(self, "network_")
        x: Floats = _dense(validate_data(self, X, accept_sparse=("csr", "csc", "coo"), dtype=np.float64, reset=False))
        return x

    def _given(self, X: Any, y: Any, sample_weight: Any, *, reset: bool, numeric: bool) -> tuple[Floats, Any, Any]:
        """The data as arrays of numbers, and the weights if there are any."""
        x, y = validate_data(
            self, X, y, accept_sparse=("csr", "csc", "coo"), dtype=np.float64, multi_output=True, y_numeric=numeric,
            reset=reset,
        )  # fmt: skip
        if not numeric:
            check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, x, dtype=np.float64)
        return _dense(x), y, weights

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        """In a notebook: scikit-learn's own diagram, and once it is fitted the drawing of the network above it."""
        bundle: dict[str, str] = super()._repr_mimebundle_(**options)
        if hasattr(self, "network_") and "text/html" in bundle:
            drawing = self.network_.draw(self.network_.trained).svg()
            bundle["text/html"] = f"<div>{drawing}{bundle['text/html']}</div>"
        return bundle


class NetworkClassifier(ClassifierMixin, _NetworkEstimator):  # type: ignore[misc]
    """A network that tells classes apart, trained by its own derived equations, compiled.

    `spec` has the hidden layers, "100 relu", "64-32 tanh", "64 relu-32 tanh", or "" for none: then it is logistic or
    softmax regression. Inputs, outputs, the last activation and the loss come from the data: softmax and cross-entropy
    for several classes, sigmoid and binary cross-entropy for two, and for each of several labels. A whole spec such as
    "4-8-3 relu softmax cross-entropy" is taken if it fits the data.

    `optimizer`, `rate`, `schedule`, `batch`, `epochs`, `l1`, `l2`, `dropout`, `clip`, `dtype` and `hyper_parameters`
    are those of `NetworkSheet.fit`; `n_jobs` is the number of threads. With `early_stopping` training ends after
    `patience` epochs without a lower loss on a `validation_fraction` that is kept apart, and the best parameters are
    kept. `class_weight` is "balanced", or the weight of each class.

    After fitting: `network_`, a `NetworkSheet` with its equations, drawing and parameters, `classes_`, `loss_curve_`,
    `validation_loss_curve_`, `n_iter_`, `coefs_`, `intercepts_`. Raises `ValueError` as scikit-learn does for data that
    do not fit, and `ChalkgradError` for settings that do not.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> model = NetworkClassifier("8 tanh", rate=0.1, epochs=100, random_state=0).fit(x, y)
    >>> model.network_.spec, bool(model.score(x, y) > 0.95)
    ('4-8-3 tanh softmax cross-entropy', True)
    """

    def __init__(
        self,
        spec: str = "100 relu",
        *,
        loss: str | None = None,
        optimizer: str = "adam",
        rate: float | None = None,
        schedule: str = "constant",
        batch: str | int = "full",
        epochs: int = 200,
        l1: float = 0.0,
        l2: float = 0.0,
        dropout: float = 0.0,
        clip: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        class_weight: Any = None,
        warm_start: bool = False,
        dtype: str = "float64",
        n_jobs: int | None = None,
        random_state: Any = None,
        hyper_parameters: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(
            spec, loss=loss, optimizer=optimizer, rate=rate, schedule=schedule, batch=batch, epochs=epochs, l1=l1,
            l2=l2, dropout=dropout, clip=clip, early_stopping=early_stopping, validation_fraction=validation_fraction,
            patience=patience, warm_start=warm_start, dtype=dtype, n_jobs=n_jobs, random_state=random_state,
            hyper_parameters=hyper_parameters,
        )  # fmt: skip
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> NetworkClassifier:
        """Trains on inputs X (samples, inputs), dense, sparse or a frame, and classes or a column for each label."""
        x, y, weights = self._given(X, y, sample_weight, reset=True, numeric=False)
        self._set_classes(unique_labels(y), y)
        targets = self._targets(y)
        labels = None if self._labels_apart else y
        self._train(x, targets, *self._ending(), self._weighed(y, weights), stratify=labels)
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> NetworkClassifier:
        """One epoch on these data; `classes` are all that there will be, needed at the first call."""
        first = not hasattr(self, "network_")
        x, y, weights = self._given(X, y, sample_weight, reset=first, numeric=False)
        if first:
            self._set_classes(unique_labels(y) if classes is None else np.unique(np.asarray(classes)), y)
        if not self._labels_apart and (unknown := sorted(set(np.unique(y).tolist()) - set(self.classes_.tolist()))):
            raise ValueError(f"y has classes that were not among those of the first call: {unknown}")
        self._train_on(x, self._targets(y), *self._ending(), self._weighed(y, weights))
        return self

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, (samples, classes), or of each label."""
        outputs = self.network_.predict(self._inputs(X)) if hasattr(self, "network_") else self._inputs(X)
        if not self._labels_apart and outputs.shape[1] == 1:
            return np.hstack([1 - outputs, outputs])
        return outputs

    def predict_log_proba(self, X: Any) -> Any:
        """The logarithms of the probabilities."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Any:
        """The class of each sample, or which labels it has."""
        probabilities = self.predict_proba(X)
        if self._labels_apart:
            return (probabilities > 0.5).astype(int)
        return self.classes_[probabilities.argmax(axis=1)]

    def _set_classes(self, classes: Any, y: Any) -> None:
        self._labels_apart = type_of_target(y).startswith("multilabel")
        self.classes_ = classes
        self._binarizer = None if self._labels_apart else LabelBinarizer().fit(classes)

    def _targets(self, y: Any) -> Floats:
        rows = _dense(y) if self._binarizer is None else self._binarizer.transform(y)
        return np.asarray(rows, dtype=np.float64)

    def _ending(self) -> tuple[str, str]:
        """The last activation and the loss."""
        several = not self._labels_apart and len(self.classes_) > 2
        row = network(self.spec).loss_row if _names_loss(self.spec) else None
        for name in (self.loss, row and row.name):
            if name and (loss_named(name).classes or (0,))[0] < 0:
                raise ChalkgradError(
                    f"the loss {name} gives no probabilities of classes; expected bce or cross_entropy"
                )
        return ("softmax", "cross_entropy") if several else ("sigmoid", "bce")

    def _weighed(self, y: Any, weights: Floats | None) -> Floats | None:
        if self.class_weight is None:
            return weights
        counted = np.asarray(compute_sample_weight(self.class_weight, y), dtype=np.float64)
        return counted if weights is None else counted * weights

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class NetworkRegressor(RegressorMixin, _NetworkEstimator):  # type: ignore[misc]
    """A network that predicts numbers, trained by its own derived equations, compiled.

    `spec` has the hidden layers, "100 relu", or "" for none: then it is linear regression by gradient descent. The loss
    is the squared error, or `loss`: "mae", "huber". y has one column or several. Inputs and targets are taken as they
    are: standardise them in a pipeline (`StandardScaler`, `TransformedTargetRegressor`). The other settings, and what
    there is after fitting, are those of `NetworkClassifier`.

    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> model = NetworkRegressor("16 tanh", rate=0.05, epochs=500, random_state=0).fit(x, x[:, 0] ** 2)
    >>> bool(model.score(x, x[:, 0] ** 2) > 0.99), model.network_.spec
    (True, '1-16-1 tanh identity mse')
    """

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> NetworkRegressor:
        """Trains on inputs X (samples, inputs), dense, sparse or a frame, and numbers y, one or several a sample."""
        x, y, weights = self._given(X, y, sample_weight, reset=True, numeric=True)
        self._train(x, self._targets(y), "identity", "mse", weights, stratify=None)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> NetworkRegressor:
        """One epoch on these data."""
        x, y, weights = self._given(X, y, sample_weight, reset=not hasattr(self, "network_"), numeric=True)
        self._train_on(x, self._targets(y), "identity", "mse", weights)
        return self

    def predict(self, X: Any) -> Any:
        """The predicted numbers, (samples,), or (samples, outputs) where several were learned."""
        x = self._inputs(X)
        outputs = self.network_.predict(x)
        return outputs[:, 0] if self._flat else outputs

    def _targets(self, y: Any) -> Floats:
        rows = np.asarray(y, dtype=np.float64)
        self._flat = rows.ndim == 1
        return rows.reshape(len(rows), -1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _whole_spec(spec: str, inputs: int, outputs: int, output: str, loss: str) -> str:
    """The spec of the network between that many inputs and outputs; raises `ChalkgradError` where a whole one misfits.

    >>> _whole_spec("100 relu", 4, 3, "softmax", "cross_entropy")
    '4-100-3 relu softmax cross-entropy'
    >>> _whole_spec("64 relu-32 tanh", 2, 1, "identity", "mse"), _whole_spec("", 2, 1, "sigmoid", "bce")
    ('2-64 relu-32 tanh-1 identity mse', '2-1 sigmoid bce')
    """
    if _names_loss(spec):
        made = network(spec)
        if (made.inputs, made.outputs) != (inputs, outputs):
            raise ChalkgradError(f"the data have {inputs} inputs and {outputs} outputs, which '{spec}' does not")
        return spec
    sizes, _, words = spec.strip().rpartition("-")
    last, _, activations = words.partition(" ")
    ending = f"{output} {loss.replace('_', '-')}"
    if any(letter.isalpha() for letter in sizes):  # each layer has its own
        return f"{inputs}-{spec.strip()}-{outputs} {ending}"
    layers = "-".join(each for each in (str(inputs), sizes, last, str(outputs)) if each)
    return " ".join(each for each in (layers, activations, ending) if each)


def _names_loss(spec: str) -> bool:
    words = spec.split()
    for length in (1, 2, 3):
        try:
            loss_named(" ".join(words[-length:]))
        except UnknownNameError:
            continue
        return True
    return False


def _dense(values: Any) -> Any:
    return values.toarray() if hasattr(values, "toarray") else values


def _seed(random_state: Any) -> int:
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def _threads(jobs: int | None) -> int:
    """As many threads as scikit-learn means by `n_jobs`: None is 1, -1 all."""
    from joblib import effective_n_jobs

    return int(effective_n_jobs(jobs or 1))
