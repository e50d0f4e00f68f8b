"""How good predictions are: accuracy, precision, recall, F1, ROC and its area, confusion; errors and R² of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import ChalkgradError, ShapeError
from chalkgrad.training.data import Floats

Counts = NDArray[np.int64]


def confusion(labels: Counts, predicted: Counts, classes: int) -> Counts:
    """How often samples of class i (rows) were taken for class j (columns).

    >>> confusion(np.array([0, 1, 1]), np.array([0, 1, 0]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    if labels.shape != predicted.shape:
        raise ShapeError(f"labels {labels.shape} and predictions {predicted.shape} need the same shape")
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (labels, predicted), 1)
    return table


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of each class (0 where they have no samples to go by), and how often it occurs."""

    precision: Floats
    recall: Floats
    f1: Floats
    support: Counts

    def mean(self) -> tuple[float, float, float]:
        """The plain means over the classes ("macro")."""
        return float(self.precision.mean()), float(self.recall.mean()), float(self.f1.mean())


def class_scores(table: Counts) -> ClassScores:
    """The scores of each class from the confusion table.

    Precision is the share of the samples taken for a class that are of it, recall the share of its samples that were
    found; F1 is their harmonic mean. C. J. van Rijsbergen, Information Retrieval, 1979.

    >>> class_scores(np.array([[1, 0], [1, 1]])).recall.tolist()
    [1.0, 0.5]
    """
    right, taken, there = np.diag(table).astype(float), table.sum(axis=0), table.sum(axis=1)
    precision = np.divide(right, taken, out=np.zeros_like(right), where=taken > 0)
    recall = np.divide(right, there, out=np.zeros_like(right), where=there > 0)
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(right), where=total > 0)
    return ClassScores(precision, recall, f1, there)


@dataclass(frozen=True)
class Roc:
    """The share of false alarms and of hits for every threshold from the greatest score down."""

    false_positives: Floats
    true_positives: Floats
    thresholds: Floats

    @property
    def area(self) -> float:
        """The area under the curve: how likely a positive sample has the greater score; ties count half."""
        widths = np.diff(self.false_positives)
        heights = (self.true_positives[1:] + self.true_positives[:-1]) / 2
        return float((widths * heights).sum())


def roc(positive: NDArray[np.bool_], scores: Floats) -> Roc:
    """The receiver operating characteristic; raises `ChalkgradError` unless there are samples of both kinds.

    T. Fawcett, An introduction to ROC analysis, 2006: samples with the same score come in together.

    >>> roc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8])).area
    0.75
    """
    truth = np.asarray(positive, dtype=bool)
    if truth.shape != np.shape(scores):
        raise ShapeError(f"labels {truth.shape} and scores {np.shape(scores)} need the same shape")
    if truth.all() or not truth.any():
        raise ChalkgradError("a ROC curve needs samples of both kinds")
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")
    ranked, hits = np.asarray(scores, dtype=float)[order], truth[order]
    last = np.append(np.nonzero(np.diff(ranked))[0], len(ranked) - 1)
    found, alarms = np.cumsum(hits)[last], np.cumsum(~hits)[last]
    return Roc(
        np.concatenate([[0.0], alarms / (~truth).sum()]),
        np.concatenate([[0.0], found / truth.sum()]),
        np.concatenate([[np.inf], ranked[last]]),
    )


def r_squared(y: Floats, predicted: Floats) -> float:
    """The share of the variance that is explained, 1 - Σ(y-ŷ)²/Σ(y-ȳ)², over all outputs alike (their mean).

    A constant target gives 1 where it is hit and 0 where it is not.

    >>> r_squared(np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [2.0]]))
    0.5
    """
    left = ((y - predicted) ** 2).sum(axis=0)
    spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    shares = np.where(spread > 0, 1 - left / np.where(spread > 0, spread, 1), (left == 0) * 1.0)
    return float(shares.mean())


def scores(outputs: Floats, y: Floats, classes: int, threshold: float = 0.5) -> dict[str, float]:
    """What is told of predictions: for `classes` 2 or more of each, for a regression (0) its errors and R².

    `outputs` and `y` are (samples, outputs); two classes are one column, parted at `threshold`. ROC-AUC is that of
    class 1, of more classes the mean of one class against the rest.

    >>> scores(np.array([[0.9], [0.2], [0.7]]), np.array([[1.0], [0.0], [0.0]]), 2)["recall"]
    1.0
    """
    if outputs.shape != y.shape:
        raise ShapeError(f"outputs {outputs.shape} and targets {y.shape} need the same shape")
    if not classes:
        errors = outputs - y
        return {
            "RMSE": float(np.sqrt((errors**2).mean())),
            "MAE": float(np.abs(errors).mean()),
            "R2": r_squared(y, outputs),
        }
    labels, predicted = labels_of(y, threshold), labels_of(outputs, threshold)
    table = confusion(labels, predicted, classes)
    found = class_scores(table)
    told = {"accuracy": float((labels == predicted).mean())}
    of_one = (float(found.precision[1]), float(found.recall[1]), float(found.f1[1]))
    averages = of_one if classes == 2 else found.mean()
    told |= dict(zip(("precision", "recall", "F1"), averages, strict=True))
    if len(set(labels.tolist())) == classes:
        columns = [1] if classes == 2 else range(classes)
        areas = [roc(labels == k, outputs[:, 0 if classes == 2 else k]).area for k in columns]
        told["ROC-AUC"] = float(np.mean(areas))
    return told


def labels_of(values: Floats, threshold: float = 0.5) -> Counts:
    """The number of the class of each row: of the greatest entry, or for one column whether it is above the threshold.

    >>> labels_of(np.array([[-1.0], [1.0]]), threshold=0).tolist()
    [0, 1]
    """
    if values.shape[1] > 1:
        return np.asarray(values.argmax(axis=1), dtype=np.int64)
    return (values[:, 0] > threshold).astype(np.int64)
