"""Metrics against scikit-learn, ties and empty classes included."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from chalkgrad.errors import ChalkgradError, ShapeError
from chalkgrad.training.metrics import class_scores, confusion, r_squared, roc, scores
from chalkgrad.training.splits import split


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_scores_of_classes_are_scikit_learns(seed: int, classes: int) -> None:
    generator = np.random.default_rng(seed)
    labels, taken = generator.integers(0, classes, (2, 20))
    table = confusion(labels, taken, classes)
    known = list(range(classes))
    np.testing.assert_array_equal(table, reference.confusion_matrix(labels, taken, labels=known))
    found = class_scores(table)
    expected = reference.precision_recall_fscore_support(labels, taken, labels=known, zero_division=0)
    for mine, theirs in zip((found.precision, found.recall, found.f1, found.support), expected, strict=True):
        np.testing.assert_allclose(mine, theirs)
    np.testing.assert_allclose(found.mean(), [column.mean() for column in expected[:3]])


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("distinct", [2, 5, 1000])
def test_the_roc_curve_is_scikit_learns_with_ties(seed: int, distinct: int) -> None:
    generator = np.random.default_rng(seed)
    positive = np.append(generator.integers(0, 2, 40) > 0, [True, False])
    ranks = generator.integers(0, distinct, 42) / distinct
    found = roc(positive, ranks)
    assert found.area == pytest.approx(reference.roc_auc_score(positive, ranks), abs=1e-12)
    alarms, hits, thresholds = reference.roc_curve(positive, ranks, drop_intermediate=False)
    np.testing.assert_allclose(found.false_positives, alarms)
    np.testing.assert_allclose(found.true_positives, hits)
    np.testing.assert_allclose(found.thresholds, thresholds)


def test_what_is_told_of_a_regression() -> None:
    generator = np.random.default_rng(0)
    y = generator.normal(size=(50, 3))
    outputs = y + 0.3 * generator.normal(size=y.shape)
    told = scores(outputs, y, 0)
    assert told["R2"] == pytest.approx(reference.r2_score(y, outputs))
    assert told["MAE"] == pytest.approx(reference.mean_absolute_error(y, outputs))
    assert told["RMSE"] == pytest.approx(np.sqrt(((y - outputs) ** 2).mean()))
    constant = np.ones((4, 1))
    assert (r_squared(constant, constant), r_squared(constant, constant + 1)) == (1, 0)


def test_what_is_told_of_classes() -> None:
    generator = np.random.default_rng(1)
    labels = np.arange(60) % 3
    outputs = generator.dirichlet(np.ones(3), 60)
    told = scores(outputs, np.eye(3)[labels], 3)
    assert told["accuracy"] == pytest.approx(reference.accuracy_score(labels, outputs.argmax(axis=1)))
    assert told["ROC-AUC"] == pytest.approx(reference.roc_auc_score(labels, outputs, multi_class="ovr"))
    two = scores(np.array([[0.9], [0.8]]), np.array([[1.0], [1.0]]), 2)
    assert "ROC-AUC" not in two
    assert two["precision"] == 1


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ChalkgradError, match="samples of both kinds"):
        roc(np.array([True, True]), np.array([0.1, 0.2]))
    with pytest.raises(ShapeError, match="need the same shape"):
        scores(np.zeros((2, 1)), np.zeros((3, 1)), 2)


def test_a_split_that_leaves_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(ChalkgradError, match=r"of 1 samples nothing is left to train on, with 0\.2 for validation"):
        split(1)


@pytest.mark.parametrize(("validation", "test"), [(0.2, 0.2), (0, 0.3), (0.1, 0), (0, 0)])
def test_parts_have_all_rows_once_and_each_class_in_its_share(validation: float, test: float) -> None:
    labels = (np.arange(1000) % 10 == 0).astype(np.int64)
    parts = split(1000, validation, test, seed=3, labels=labels)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(1000))
    for name, share in (("validation", validation), ("test", test)):
        assert (name in parts) == (share > 0)
        if share:
            assert len(parts[name]) == pytest.approx(1000 * share, abs=3)
            assert labels[parts[name]].sum() == pytest.approx(100 * share, abs=3)
    again, other = (split(1000, validation, test, seed=seed)["train"].tolist() for seed in (3, 4))
    assert split(1000, validation, test, seed=3)["train"].tolist() == again
    assert again != other or not (validation or test)
